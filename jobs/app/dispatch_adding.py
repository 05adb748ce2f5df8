"""A task that code adds, as a job to be made."""

import os
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from jobs.models.drafts import Draft
from jobs.models.job import Status
from jobs.models.routines import DEFAULT_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS
from jobs.models.run import Desired
from jobs.ports.store import Store
from jobs.store.dispatch_export import task_id_of_job
from jobs.store.dispatch_task import ROUTINE, ZONE, is_too_often, job_of_task
from jobs.store.original import BadEntry

_USUAL_LIFE: Final = timedelta(days=30)
"""Of a task that is added without an end date, as in the TaskDispatcher."""
_Fields = dict[str, Any]


def task_of(fields: _Fields, whose: _Fields, arguments: _Fields, now: datetime) -> _Fields:
    """What `add_task` was given, in the words of `dispatch_config.json`; `fields` are those of the same name."""
    account = whose["xhs_account_id"]
    kwargs = {key: value for key, value in arguments.items() if value is not None}
    return {
        **fields,
        "account_id": account,
        "account_name": whose["xhs_account_name"] or account,
        "status": "pending",
        "task_end_time": fields["task_end_time"] or now.astimezone(ZoneInfo(ZONE)).date() + _USUAL_LIFE,
        "kwargs": {"task_type": fields["task_type"], **whose, **kwargs},
    }


def draft_of(fields: _Fields, now: datetime) -> Draft:
    """A task that somebody adds, in the words of `dispatch_config.json`, as a job to be made. Raises `ValueError`."""
    task = _plain(fields)
    try:
        # The id is given later: here it only stands for one.
        job = job_of_task({**task, "task_id": "new"}, now)
        hurries = is_too_often(task)
    except BadEntry as why:
        raise ValueError(str(why)) from None
    if hurries:
        raise ValueError(f"间隔最少 {MIN_INTERVAL_SECONDS} 秒，例如 interval={DEFAULT_INTERVAL_SECONDS}")
    if not job.config["account"]:
        raise ValueError("缺少账号 xhs_account_id")
    if job.status is not Status.PENDING:
        raise ValueError(f"{job.reason}，请给将来的 task_end_time")
    config = {**job.config, "dispatch": task}
    return Draft(kind=ROUTINE, name=job.name, config=config, recurrence=job.recurrence, lock=job.lock)


def refuse_second(store: Store, draft: Draft) -> None:
    """Of one type and account there is one task, as in the TaskDispatcher; one that has ended counts too."""
    account, template = draft.config["account"], draft.config["template"]
    for job in store.jobs.select(kind=ROUTINE):
        if (job.lock, job.config.get("template")) != (draft.lock, template):
            continue
        run = store.runs.open_of(job.id)
        if run is None or run.desired is not Desired.DELETED:
            raise ValueError(f"账号 {account} 已有 {template} 任务：{task_id_of_job(job)}")


def _plain(task: _Fields) -> _Fields:
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
