"""Reads the TaskDispatcher's `dispatch_config.json`, task by task, so that a bad one hides no other."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, cast

from jobs.models.job import Job, Status
from jobs.models.routines import MIN_INTERVAL_SECONDS
from jobs.models.run import Run
from jobs.models.text import clean, shorten
from jobs.ports.store import Store
from jobs.store.dispatch_task import account_of, is_too_often, job_of_task, last_run_of_task, task_id_of
from jobs.store.importing import MAX_BYTES, Imported, UnreadableImport, store_new, whole_number
from jobs.store.original import BadEntry

FILE_NAME: Final = "dispatch_config.json"
VERSION: Final = "1.0"

_SHOWN_LENGTH: Final = 24
_NAMED_AT_MOST: Final = 5


class ImportedTasks(Imported, frozen=True, kw_only=True):
    """What a `dispatch_config.json` held. `notes`: what else was found, a Chinese sentence each."""

    notes: tuple[str, ...] = ()

    @property
    def waiting(self) -> int:
        """How many will run by themselves."""
        return sum(job.status is Status.PENDING for job in self.jobs)


def is_dispatch_config(data: bytes) -> bool:
    """Whether a file is meant as a `dispatch_config.json`, sound or not, rather than as a `jobs.json`."""
    try:
        document: object = json.loads(data.decode("utf-8-sig"), parse_int=float)
    except (ValueError, RecursionError):
        return b'"task_id"' in data or b'"account_tasks"' in data
    if not isinstance(document, dict):
        return False
    # A `jobs.json` has nothing but entries, which are objects.
    fields = cast(dict[str, Any], document)
    return isinstance(fields.get("tasks"), list) or not isinstance(fields.get("version", {}), dict)


def read_dispatch(data: bytes, at: datetime) -> ImportedTasks:
    """Reads a `dispatch_config.json` of version 1.0, the TaskDispatcher's or our own export.

    What waited there waits here, and will run by itself; `at` decides what has passed. The index `account_tasks` is
    compared, not believed. Raises `UnreadableImport`.
    """
    document = _document(data)
    jobs: dict[str, Job] = {}
    runs: list[Run] = []
    skipped: list[str] = []
    for count, task in enumerate(document["tasks"], 1):
        try:
            job = job_of_task(task, at)
            if job.id in jobs:
                raise BadEntry("编号 task_id 重复")
            runs.extend(last_run_of_task(job))
        except BadEntry as why:
            skipped.append(f"{_called(task, count)} 无法导入：{why}，已跳过")
        else:
            jobs[job.id] = job
    return ImportedTasks(
        jobs=tuple(jobs.values()), runs=tuple(runs), skipped=tuple(skipped), notes=tuple(_notes(document))
    )


def import_dispatch(store: Store, data: bytes, at: datetime) -> ImportedTasks:
    """Stores what `data` holds and the store does not know; returns what was stored, and a sentence for the rest.

    Raises `UnreadableImport`; then nothing is stored. After a `StoreUnavailable` the first part may be: importing
    again takes over the rest.
    """
    found = read_dispatch(data, at)
    stored = store_new(store, found, at, FILE_NAME)
    jobs = tuple(job for job in found.jobs if job.id in stored)
    return ImportedTasks(
        jobs=jobs,
        runs=tuple(run for run in found.runs if run.job_id in stored),
        skipped=(
            *found.skipped,
            *(
                f"任务 {_name(job)} 无法导入：编号已存在或曾被删除，已跳过"
                for job in found.jobs
                if job.id not in stored
            ),
        ),
        notes=(*found.notes, *_slowed_down(jobs)),
    )


def _document(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise UnreadableImport(f"{FILE_NAME} 超过 256 MB，无法导入")
    try:
        # The standard parser, as the TaskDispatcher wrote with it: it also takes NaN and lone surrogates.
        document: object = json.loads(data.decode("utf-8-sig"), parse_int=whole_number)
    except (ValueError, RecursionError) as error:
        raise UnreadableImport(f"{FILE_NAME} 不是完整的 JSON 文件，无法导入", str(error)) from error
    if not isinstance(document, dict):
        raise UnreadableImport(f"{FILE_NAME} 的内容不是一个对象，无法导入")
    fields = cast(dict[str, Any], document)
    version: object = fields.get("version", VERSION)
    if str(version) not in (VERSION, "1"):
        raise UnreadableImport(
            f"{FILE_NAME} 的版本是 {_shown(version)}，这里只认识 {VERSION}，请用写出它的程序导出 {VERSION} 的文件再导入"
        )
    if not isinstance(fields.get("tasks"), list):
        raise UnreadableImport(f"{FILE_NAME} 里没有任务列表 tasks，无法导入")
    return fields


def _notes(document: dict[str, Any]) -> Iterator[str]:
    if document.get("account_tasks") is not None and _index(document) != _index_of_tasks(document["tasks"]):
        yield "账号索引 account_tasks 与任务对不上，已按任务里的账号重建"


def _index(document: dict[str, Any]) -> set[tuple[str, str]]:
    """(account, task) as the file's index says."""
    index: object = document["account_tasks"]
    accounts = cast(dict[str, Any], index).items() if isinstance(index, dict) else ()
    return {
        (account, str(task_id))
        for account, task_ids in accounts
        for task_id in (cast(list[Any], task_ids) if isinstance(task_ids, list) else ("?",))
    }


def _index_of_tasks(tasks: list[Any]) -> set[tuple[str, str]]:
    """(account, task) as those tasks say that can tell."""
    found: set[tuple[str, str]] = set()
    for task in tasks:
        try:
            account, task_id = account_of(task), task_id_of(task)
        except (BadEntry, AttributeError):
            continue
        if account:
            found.add((account, task_id))
    return found


def _slowed_down(jobs: Sequence[Job]) -> Iterator[str]:
    hurried = [_name(job) for job in jobs if is_too_often(job.config["dispatch"])]
    if hurried:
        more = f" 等 {len(hurried)} 个" if len(hurried) > _NAMED_AT_MOST else ""
        whose = "、".join(hurried[:_NAMED_AT_MOST]) + more
        yield f"间隔不足 {MIN_INTERVAL_SECONDS} 秒的任务按 {MIN_INTERVAL_SECONDS} 秒运行：{whose}"


def _name(job: Job) -> str:
    """How sentences name an imported task."""
    return _shown(job.config["dispatch"].get("task_id") or job.id)


def _called(task: object, count: int) -> str:
    """How sentences name a task: by its id, else by its place."""
    task_id: object = cast(dict[str, Any], task).get("task_id") if isinstance(task, dict) else None
    return f"任务 {_shown(task_id)}" if isinstance(task_id, str) and task_id.strip() else f"第 {count} 个任务"


def _shown(value: object) -> str:
    return shorten(clean(str(value)[: 8 * _SHOWN_LENGTH]), _SHOWN_LENGTH) or "（空）"
