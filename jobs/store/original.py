"""One entry of the original program's `jobs.json`, as a job and its last run."""

import hashlib
from datetime import UTC, datetime, time
from typing import Any, Final, TypeVar, cast
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from jobs.models.errors import Refusal
from jobs.models.ids import Epoch, JobId, JobNumber, RunId, UserId, is_job_id
from jobs.models.job import AS_USUAL, MAX_NAME_LENGTH, Job, Status, Telling
from jobs.models.people import Chat
from jobs.models.punctuality import Punctuality
from jobs.models.recurrence import Every, Once, Recurrence, Weekly
from jobs.models.recurrence_checks import check_form
from jobs.models.run import Run, RunStatus

MAX_NUMBER: Final = 99_999
"""The greatest number an all-digit id is given. One id in 43 of eight hex digits has no letter by chance; were it a
number too, every later job would be called `#12345679` and up."""

_ORIGINAL_ZONE: Final = ZoneInfo("Asia/Shanghai")
_MAX_KIND_LENGTH: Final = 64
_QQ_NUMBER_LENGTH: Final = 18
"""Digits that fit into the 64-bit integers of OneBot; real numbers have at most eleven."""
_T = TypeVar("_T")
_Object = dict[str, Any]


class BadEntry(Exception):
    """Why an entry cannot be taken over, in Chinese."""


def job_of_entry(key: str, entry: object, at: datetime) -> Job:
    if not isinstance(entry, dict):
        raise BadEntry("内容不是一个对象")
    if not is_job_id(key):
        raise BadEntry("编号只能由字母、数字、_ 和 - 组成，最长 64 个字符")
    fields = cast(_Object, entry)
    kind = _text(fields, "job_type")
    if not kind.strip() or not kind.isprintable() or len(kind) > _MAX_KIND_LENGTH:
        raise BadEntry("缺少任务类型 job_type，或类型名不合法")
    config = _object(fields, "config") or {}
    recurrence = _recurrence(fields, kind, config)
    was = _status(fields)
    waits = was is Status.PENDING and (kind == "schedule" or recurrence is not None)
    stopped = was is Status.RUNNING or waits
    return Job(
        id=JobId(key),
        number=_number(key, fields),
        kind=kind,
        name=_name(fields) or key,
        status=Status.STOPPED if stopped else was,
        config=config,
        recurrence=recurrence,
        owner=_owner(fields),
        origin=_origin(fields),
        created_at=_instant(fields, "created_at") or at,
        updated_at=at,
        punctuality=_converted(fields, "punctuality", Punctuality),
        lock=_text(fields, "lock") or None,
        telling=_telling(fields),
        last_result=_text(fields, "last_result"),
        reason=f"从 jobs.json 导入：原为{was.words}，请用 !启动任务 启动"
        if stopped
        else _text(fields, "error_message"),
    )


def last_run_of_entry(job: Job, entry: _Object, at: datetime) -> tuple[Run, ...]:
    """The run the entry's times tell of, so that they are kept; none when it never started."""
    started_at = _instant(entry, "started_at")
    if started_at is None:
        return ()
    return (imported_run(job, "jobs.json", started_at, _instant(entry, "stopped_at") or at),)


def imported_run(job: Job, source: str, started_at: datetime, ended_at: datetime) -> Run:
    """A run that is over, as a file tells of it; the same file always gives it the same id."""
    seed = f"{source}/{job.id}/{started_at.isoformat()}".encode()
    return Run(
        id=RunId(hashlib.blake2b(seed, digest_size=16).hexdigest()),
        job_id=job.id,
        status=RunStatus.ENDED,
        epoch=Epoch(1),
        requested_at=started_at,
        started_at=started_at,
        ended_at=ended_at,
    )


def _status(entry: _Object) -> Status:
    try:
        return Status(_text(entry, "status").lower())
    except ValueError:
        raise BadEntry("状态 status 不认识") from None


def _name(entry: _Object) -> str:
    name = _text(entry, "name").strip()
    return name if len(name) <= MAX_NAME_LENGTH else name[: MAX_NAME_LENGTH - 1] + "…"


def _number(key: str, entry: _Object) -> JobNumber:
    wished: object = entry.get("number")
    if wished is None and key.isdecimal() and str(int(key)) == key:
        wished = int(key)
    if type(wished) is int and 0 < wished <= MAX_NUMBER:
        return JobNumber(wished)
    return JobNumber(0)


def _owner(entry: _Object) -> UserId | None:
    owner = _text(entry, "owner")
    return UserId(owner) if owner else None


def _origin(entry: _Object) -> Chat | None:
    """The chat a job was made in; None for one that no message could be addressed to."""
    return _addressable(_converted(entry, "origin", Chat))


def _telling(entry: _Object) -> Telling:
    telling = _converted(entry, "telling", Telling) or AS_USUAL
    return replace(telling, target=_addressable(telling.target))


def _addressable(chat: Chat | None) -> Chat | None:
    return chat if chat is not None and _is_qq_number(chat.self_id) and _is_qq_number(chat.peer_id) else None


def _is_qq_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _QQ_NUMBER_LENGTH


def _recurrence(entry: _Object, kind: str, config: _Object) -> Recurrence | None:
    if "recurrence" in entry:
        return _checked(_converted(entry, "recurrence", cast(type[Recurrence], Recurrence)))
    if kind != "schedule":
        return None
    schedule = _object(config, "schedule")
    if schedule is None:
        raise BadEntry("定时任务缺少 schedule 配置")
    hour, minute, second = (_clock_part(schedule, part) for part in ("hour", "minute", "second"))
    if hour is None:
        raise BadEntry("定时任务缺少 schedule.hour")
    try:
        return Weekly(time=time(hour, minute or 0, second or 0))
    except (ValueError, OverflowError):
        raise BadEntry(f"定时时间不存在（{hour}:{minute or 0}:{second or 0}）") from None


def _clock_part(schedule: _Object, part: str) -> int | None:
    value: object = schedule.get(part)
    if isinstance(value, str) and value.isdecimal() and len(value) <= 4:
        value = int(value)
    if value is None or type(value) is int:
        return value
    raise BadEntry(f"定时时间 schedule.{part} 不是整数")


def _checked(recurrence: Recurrence | None) -> Recurrence | None:
    """What its type cannot say: a zone that exists, days and hours that exist, instants with a zone."""
    match recurrence:
        case None:
            return None
        case Once(at=at):
            return Once(at=_aware(at))
        case Every(anchor=anchor) if anchor is not None:
            recurrence = replace(recurrence, anchor=_aware(anchor))
        case _:
            pass
    try:
        check_form(recurrence)
    except Refusal as refusal:
        raise BadEntry(f"重复规则 recurrence 不合法：{refusal.sentence}") from None
    return recurrence


def _instant(entry: _Object, field: str) -> datetime | None:
    written = _text(entry, field)
    if not written:
        return None
    try:
        return _aware(datetime.fromisoformat(written))
    except (ValueError, OverflowError):
        raise BadEntry(f"时间 {field} 不合法") from None


def _aware(at: datetime) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=_ORIGINAL_ZONE)).astimezone(UTC)


def _text(entry: _Object, field: str) -> str:
    """The text of a field; empty when it is absent or null."""
    value: object = entry.get(field)
    if value is not None and not isinstance(value, str):
        raise BadEntry(f"字段 {field} 不是文字")
    return value or ""


def _object(entry: _Object, field: str) -> _Object | None:
    value: object = entry.get(field)
    if value is not None and not isinstance(value, dict):
        raise BadEntry(f"字段 {field} 不是一个对象")
    return cast(_Object | None, value)


def _converted(entry: _Object, field: str, kind: type[_T]) -> _T | None:
    value: object = entry.get(field)
    if value is None:
        return None
    try:
        return msgspec.convert(value, kind)
    except (ValueError, OverflowError):
        raise BadEntry(f"字段 {field} 不合法") from None


def require_storable(job: Job) -> None:
    """A lone surrogate or a bottomless nesting is JSON to Python, but no text to SQLite."""
    try:
        msgspec.json.encode(job)
    except (ValueError, OverflowError, RecursionError):
        raise BadEntry("内容含有无法保存的字符或结构") from None
