"""One task of the TaskDispatcher's `dispatch_config.json`, as a routine and its last run.

Its times are written without a zone and mean Asia/Shanghai; its end date is exclusive; the last hour of its window
counts whole.
"""

import hashlib
import math
from datetime import UTC, date, datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from jobs.models.ids import JobId, JobNumber, is_job_id
from jobs.models.job import MAX_NAME_LENGTH, Job, Status
from jobs.models.recurrence import Bounds, Every, Window, first_admitted
from jobs.models.routines import DEFAULT_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS, account_lock
from jobs.models.run import Run
from jobs.models.text import clean, shorten
from jobs.store.original import BadEntry, imported_run, require_storable

ROUTINE: Final = "routine"
ZONE: Final = "Asia/Shanghai"
WINDOW_KEYS: Final = ("valid_time_range", "valid_time_rage")
"""The second is a slip in the TaskDispatcher's own example, which it silently ignored; people meant what they wrote."""
STATUSES: Final = {
    "pending": Status.PENDING,
    "running": Status.PENDING,
    "paused": Status.PAUSED,
    "completed": Status.COMPLETED,
    "error": Status.FAILED,
}

_LONGEST_INTERVAL_SECONDS: Final = 366 * 86400
_LONGEST_TYPE: Final = 64
_LONGEST_ACCOUNT: Final = 128
_SAID_OTHERWISE: Final = frozenset({"task_id", "task_type", "xhs_account_id", "xhs_account_name"})
_Object = dict[str, Any]


def job_id_of(task_id: str) -> JobId:
    """The job that a task becomes: of the same id where it can be one, else of one that its id alone decides."""
    if is_job_id(task_id):
        return JobId(task_id)
    return JobId(hashlib.blake2b(task_id.encode(errors="replace"), digest_size=8).hexdigest())


def job_of_task(task: object, at: datetime) -> Job:
    """The routine that a task becomes at `at`; the task itself is kept whole in its configuration.

    A task that waits goes on waiting, and will run by itself: its next instant is the stored one, or, where that has
    passed, the first from `at` on that its window admits. After its end date it is COMPLETED. A paused one keeps the
    instant it had where that lies ahead: it is resumed at it. Raises `BadEntry`.
    """
    if not isinstance(task, dict):
        raise BadEntry("内容不是一个对象")
    fields = cast(_Object, task)
    template, account = _task_type(fields), account_of(fields)
    recurrence = _recurrence(fields)
    status, next_at, reason = _standing(fields, recurrence, at)
    is_over = status in (Status.COMPLETED, Status.FAILED)
    job = Job(
        id=job_id_of(task_id_of(fields)),
        number=JobNumber(0),
        kind=ROUTINE,
        name=_name(fields, template, account),
        status=status,
        config={
            "template": template,
            "params": params_of(_kwargs(fields)),
            "account": account or "",
            "interval": recurrence.seconds,
            "dispatch": fields,
        },
        recurrence=recurrence,
        created_at=instant_of(fields, "created_at") or at,
        # Cleaning deletes what ended long ago: the retention of what ended elsewhere begins here.
        updated_at=at if is_over else instant_of(fields, "updated_at") or at,
        next_at=next_at,
        reason=reason,
        lock=account_lock(account),
    )
    require_storable(job)
    return job


def last_run_of_task(job: Job) -> tuple[Run, ...]:
    """The run that the task's `last_execution_time` tells of, so that it is kept; none when it never ran."""
    ended_at = instant_of(job.config["dispatch"], "last_execution_time")
    return () if ended_at is None else (imported_run(job, "dispatch_config.json", ended_at, ended_at),)


def task_id_of(task: _Object) -> str:
    """The task's id; the one its `kwargs` carry where it has none itself. Raises `BadEntry`."""
    task_id = _name_like(task, "task_id") or _name_like(_kwargs(task), "task_id")
    if not task_id:
        raise BadEntry("缺少编号 task_id")
    return task_id


def account_of(task: _Object) -> str | None:
    """The account's id; None: the task has none."""
    account = _name_like(task, "account_id") or _name_like(_kwargs(task), "xhs_account_id")
    if len(account) > _LONGEST_ACCOUNT:
        raise BadEntry(f"账号 account_id 超过 {_LONGEST_ACCOUNT} 个字符")
    return account or None


def params_of(kwargs: _Object) -> _Object:
    """What is to be shown of a task's arguments: texts, numbers and booleans that say more than whose task it is."""
    return {
        key: value
        for key, value in kwargs.items()
        if isinstance(value, str | int | float) and key.isidentifier() and key not in _SAID_OTHERWISE
    }


def instant_of(task: _Object, field: str) -> datetime | None:
    """An instant as aware UTC; None where the field is absent or null. Raises `BadEntry`."""
    written = _text(task, field)
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(ZONE))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadEntry(f"时间 {field} 不合法") from None


def interval_of(task: _Object) -> int:
    """Seconds between a task's runs: parts of one counted as a whole one, too few as the minimum. Raises `BadEntry`."""
    return max(math.ceil(_interval(task)), MIN_INTERVAL_SECONDS)


def is_too_often(task: _Object) -> bool:
    """Whether a task names an interval below the minimum. Raises `BadEntry`."""
    return _interval(task) < MIN_INTERVAL_SECONDS


def end_date_of(task: _Object) -> date | None:
    """The first day on which nothing happens any more; None: there is none. Raises `BadEntry`."""
    written = _text(task, "task_end_time")
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
        return (at.astimezone(ZoneInfo(ZONE)) if at.tzinfo else at).date()
    except (ValueError, OverflowError):
        raise BadEntry("截止日期 task_end_time 不合法，应是 2026-12-31 这样") from None


def _standing(task: _Object, recurrence: Every, at: datetime) -> tuple[Status, datetime | None, str]:
    """Its status, next instant and why."""
    written = _text(task, "status").lower()
    status = STATUSES.get(written)
    if status is None:
        raise BadEntry(f"状态 status 不认识，应是 {'、'.join(STATUSES)} 之一")
    if status is Status.PAUSED:
        return status, _still_ahead(task, recurrence, at), "从 dispatch_config.json 导入：原为已暂停"
    if status is not Status.PENDING:
        return status, None, f"从 dispatch_config.json 导入：原为{status.words}"
    stored = instant_of(task, "next_execution_time")
    due = first_admitted(recurrence, stored if stored is not None and stored > at else at)
    if due is not None:
        return status, due, ""
    if recurrence.bounds.ends_on is None:
        raise BadEntry("时间 next_execution_time 太远")
    return Status.COMPLETED, None, f"截止日期 {recurrence.bounds.ends_on} 前没有下一次了"


def _still_ahead(task: _Object, recurrence: Every, at: datetime) -> datetime | None:
    """The instant a paused task had, where its rhythm may still come to it."""
    stored = instant_of(task, "next_execution_time")
    if stored is None or stored <= at or first_admitted(recurrence, stored) != stored:
        return None
    return stored


def _recurrence(task: _Object) -> Every:
    bounds = Bounds(window=_window(task), ends_on=end_date_of(task))
    return Every(seconds=interval_of(task), zone=ZONE, bounds=bounds)


def _interval(task: _Object) -> float:
    """Seconds, as the task has them."""
    written: object = task.get("interval")
    if written is None:
        return DEFAULT_INTERVAL_SECONDS
    seconds = _number(written)
    if seconds is None or not 0 < seconds <= _LONGEST_INTERVAL_SECONDS:
        raise BadEntry("间隔 interval 应是大于 0 的秒数，最多 366 天")
    return seconds


def _window(task: _Object) -> Window | None:
    """The hours of the first key that says any, the task's own before those of its arguments; None: always."""
    for fields in (task, _kwargs(task)):
        for key in WINDOW_KEYS:
            if written := fields.get(key):
                return _hours(written)
    return None


def _hours(written: object) -> Window:
    ends = [_number(end) for end in cast(list[object], written)] if isinstance(written, list | tuple) else []
    match ends:
        case [float(first), float(last)] if first in range(24) and last in range(25):
            return Window(first=int(first), last=min(int(last), 23))  # [0, 24] is the whole day to everybody.
        case _:
            raise BadEntry("有效时段 valid_time_range 应是两个 0 到 23 的整点，例如 [8, 22]")


def _number(written: object) -> float | None:
    if isinstance(written, str) and len(written) < 16:
        try:
            written = float(written)
        except ValueError:
            return None
    if isinstance(written, bool) or not isinstance(written, int | float):
        return None
    return float(written)


def _task_type(task: _Object) -> str:
    written = (_text(task, "task_type") or _text(_kwargs(task), "task_type")).strip()
    if not written or not written.isprintable() or len(written) > _LONGEST_TYPE:
        raise BadEntry("缺少任务类型 task_type，或类型名不合法")
    return written


def _name(task: _Object, template: str, account: str | None) -> str:
    """`name` where we wrote the file ourselves, for the TaskDispatcher knows none; else whose task it is and what."""
    wished = _visible(task.get("name"))
    whose = _visible(task.get("account_name")) or _visible(_kwargs(task).get("xhs_account_name")) or _visible(account)
    return wished or shorten(" ".join(filter(None, (whose, template))), MAX_NAME_LENGTH)


def _visible(text: object) -> str:
    return shorten(clean(text[: 8 * MAX_NAME_LENGTH]), MAX_NAME_LENGTH) if isinstance(text, str) else ""


def _kwargs(task: _Object) -> _Object:
    kwargs: object = task.get("kwargs")
    if kwargs is not None and not isinstance(kwargs, dict):
        raise BadEntry("字段 kwargs 不是一个对象")
    return cast(_Object, kwargs or {})


def _text(task: _Object, field: str) -> str:
    """The text of a field; empty when it is absent or null."""
    value: object = task.get(field)
    if value is not None and not isinstance(value, str):
        raise BadEntry(f"字段 {field} 不是文字")
    return value or ""


def _name_like(task: _Object, field: str) -> str:
    """A field that names something: ids are often written as numbers."""
    value: object = task.get(field)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(task, field)
