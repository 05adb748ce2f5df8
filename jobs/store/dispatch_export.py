"""`dispatch_config.json`: the routines in the TaskDispatcher's format, for it and for those who read its file."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import msgspec

from jobs.models.job import Job, Status
from jobs.models.recurrence import Bounds, Every
from jobs.models.run import Desired
from jobs.ports.store import Store
from jobs.store.dispatch import VERSION
from jobs.store.dispatch_task import (
    DEFAULT_INTERVAL_SECONDS,
    ROUTINE,
    WINDOW_KEYS,
    ZONE,
    account_of,
    end_date_of,
    instant_of,
    interval_of,
    job_id_of,
    task_id_of,
)
from jobs.store.original import BadEntry

_STATUS_WORDS: Final = {
    Status.PENDING: "pending",
    Status.RUNNING: "running",
    Status.PAUSED: "paused",
    Status.STOPPED: "paused",
    Status.COMPLETED: "completed",
    Status.FAILED: "error",
}
_EVENTS_LOOKED_AT: Final = 50
"""Of a job whose latest run has not ended: what happened since the run before did is far less."""
_Object = dict[str, Any]


def dispatch_document(store: Store, at: datetime) -> bytes:
    """A `dispatch_config.json` of all routines, indented; `at` becomes `saved_at`."""
    tasks = dispatch_tasks(store)
    document = {
        "version": VERSION,
        "saved_at": written(at),
        "tasks": tasks,
        "account_tasks": tasks_by_account(tasks),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def dispatch_tasks(store: Store) -> list[_Object]:
    """Every routine as a task, but those about to be deleted."""
    jobs = store.jobs.select(kind=ROUTINE)
    going = {run.job_id for run in store.runs.unsettled() if run.desired is Desired.DELETED}
    return [task_of_job(job, last_end(store, job)) for job in jobs if job.id not in going]


def dispatch_task(store: Store, job: Job) -> _Object | None:
    """One routine as a task; None: it is about to be deleted."""
    run = store.runs.open_of(job.id)
    return None if run is not None and run.desired is Desired.DELETED else task_of_job(job, last_end(store, job))


def tasks_by_account(tasks: list[_Object]) -> dict[str, list[str]]:
    """The index `account_tasks`: the ids of each account's tasks."""
    index: dict[str, list[str]] = {}
    for task in tasks:
        if account := task["account_id"]:
            index.setdefault(str(account), []).append(str(task["task_id"]))
    return index


def task_of_job(job: Job, last_ended_at: datetime | None) -> _Object:
    """A routine as a task. What was imported comes back as it was written, as long as it still holds.

    `last_ended_at`: the end of its last run; None: the one it was imported with, if any.
    """
    was = _object(job.config.get("dispatch"))
    rhythm = job.recurrence if isinstance(job.recurrence, Every) else None
    bounds = rhythm.bounds if rhythm else Bounds()
    account, template = _text(job.config.get("account")), _text(job.config.get("template"))
    task: _Object = {
        "task_id": task_id_of_job(job),
        "account_id": _kept_account(was, account or None),
        "account_name": was.get("account_name") or _object(was.get("kwargs")).get("xhs_account_name") or account,
        "task_type": template,
        "status": _STATUS_WORDS[job.status],
        "interval": _kept_interval(was, rhythm),
        "valid_time_range": [bounds.window.first, bounds.window.last] if bounds.window else None,
        "task_end_time": _kept_date(was, bounds),
        "last_execution_time": _kept(was, "last_execution_time", last_ended_at or _known(was, "last_execution_time")),
        "next_execution_time": _next_execution(job, was, last_ended_at),
        "created_at": _kept(was, "created_at", job.created_at),
        # A row that was never replaced since its import has not been updated either.
        "updated_at": (job.version == 1 and was.get("updated_at")) or written(job.updated_at),
        "kwargs": _kwargs(job, was),
        "sys_type": was.get("sys_type"),
    }
    if not was:
        task["name"] = job.name  # The TaskDispatcher has no names, and passes over what it does not know.
    unknown = {key: value for key, value in was.items() if key not in task and key not in WINDOW_KEYS}
    return task | unknown


def task_id_of_job(job: Job) -> str | int:
    """What the task of a routine is called: as it was written where that still stands for this job."""
    was = _object(job.config.get("dispatch"))
    return was.get("task_id") or job.id if _still(was, _job_id, job.id) else job.id


def last_end(store: Store, job: Job) -> datetime | None:
    """When the job's last run that began was over; None: not known."""
    run = store.runs.last_of(job.id)
    if run is None or (run.started_at is not None and run.ended_at is not None):
        return run and run.ended_at
    happened = store.history.of_job(job.id, _EVENTS_LOOKED_AT)
    return next((event.at for event in happened if event.type == "run.ended"), None)


def written(at: datetime) -> str:
    """An instant as the TaskDispatcher writes it: Asia/Shanghai, without saying so."""
    return at.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None).isoformat()


def _kwargs(job: Job, was: _Object) -> _Object:
    """The original arguments with what has changed since; what was made here has those a task is made of again."""
    kwargs = _object(was.get("kwargs")) | _object(job.config.get("params"))
    if "task_id" in was:
        return kwargs
    account = _text(job.config.get("account")) or None
    template = _text(job.config.get("template"))
    own = {"task_id": job.id, "task_type": template, "xhs_account_id": account, "xhs_account_name": account}
    return own | kwargs


def _kept_account(was: _Object, account: str | None) -> str | int | None:
    return (was.get("account_id") or account) if _still(was, account_of, account) else account


def _kept(was: _Object, field: str, at: datetime | None) -> str | None:
    """An instant: as it was written where it is still the same one."""
    if at is None:
        return None
    return was[field] if _known(was, field) == at else written(at)


def _next_execution(job: Job, was: _Object, last_ended_at: datetime | None) -> str | None:
    """When it runs next; what does not wait and has not run since the import keeps what was written."""
    waits = job.status in (Status.PENDING, Status.RUNNING)
    has_run = last_ended_at is not None and last_ended_at != _known(was, "last_execution_time")
    if job.next_at is None and not waits and not has_run:
        return was.get("next_execution_time")
    return _kept(was, "next_execution_time", job.next_at)


def _kept_interval(was: _Object, rhythm: Every | None) -> float | str:
    """Seconds: as they were written, where they are still taken for the same."""
    seconds = rhythm.seconds if rhythm else DEFAULT_INTERVAL_SECONDS
    written = was.get("interval")
    return written if written is not None and _still(was, interval_of, seconds) else seconds


def _kept_date(was: _Object, bounds: Bounds) -> str | None:
    if bounds.ends_on is None:
        return None
    return was["task_end_time"] if _still(was, end_date_of, bounds.ends_on) else bounds.ends_on.isoformat()


def _known(was: _Object, field: str) -> datetime | None:
    try:
        return instant_of(was, field)
    except BadEntry:
        return None


def _still(was: _Object, read: Callable[[_Object], object], value: object) -> bool:
    try:
        return read(was) == value
    except BadEntry:
        return False


def _job_id(task: _Object) -> str:
    return job_id_of(task_id_of(task))


def _object(value: object) -> _Object:
    return cast(_Object, value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
