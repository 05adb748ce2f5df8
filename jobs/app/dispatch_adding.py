"""A task that code adds, as a job to be made."""

import os
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from jobs.models.drafts import Draft
from jobs.models.job import Status
from jobs.ports.store import Store
from jobs.store.dispatch_export import dispatch_tasks
from jobs.store.dispatch_task import ROUTINE, job_of_task
from jobs.store.original import BadEntry


def draft_of(fields: dict[str, Any], now: datetime) -> Draft:
    """A task that somebody adds, in the words of `dispatch_config.json`, as a job to be made. Raises `ValueError`."""
    task = _plain(fields)
    try:
        # The id is given later: here it only stands for one.
        job = job_of_task({**task, "task_id": "new"}, now)
    except BadEntry as why:
        raise ValueError(str(why)) from None
    if not job.config["account"]:
        raise ValueError("缺少账号 xhs_account_id")
    if job.status is not Status.PENDING:
        raise ValueError(f"{job.reason}，请给将来的 task_end_time")
    config = {**job.config, "dispatch": task}
    return Draft(kind=ROUTINE, name=job.name, config=config, recurrence=job.recurrence, lock=job.lock)


def refuse_second(store: Store, draft: Draft) -> None:
    """Of one type and account there is one task, as in the TaskDispatcher; one that has ended counts too."""
    for task in dispatch_tasks(store):
        if (task["task_type"], str(task["account_id"])) == (draft.config["template"], draft.config["account"]):
            raise ValueError(f"账号 {task['account_id']} 已有 {task['task_type']} 任务：{task['task_id']}")


def _plain(task: dict[str, Any]) -> dict[str, Any]:
    """A task as JSON has it: an enumeration's member is its value, a day or an instant is its text."""

    def plain(value: object) -> object:
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, os.PathLike):
            return os.fspath(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        raise ValueError(f"参数里有无法保存的内容：{type(value).__name__}")

    try:
        return msgspec.to_builtins(task, str_keys=True, enc_hook=plain)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"参数里有无法保存的内容：{error}") from None
