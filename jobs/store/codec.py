"""Between rows and values. A row that cannot be read is an `UnreadableRow`, and never the reader's end."""

import logging
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from jobs.models.audit import Audit
from jobs.models.change import Event, Notification, Occurrence, OccurrenceStatus
from jobs.models.ids import Epoch, JobId, JobNumber, RunId, UserId, is_job_id
from jobs.models.job import AS_USUAL, Job, Status, Telling
from jobs.models.people import Chat
from jobs.models.punctuality import Punctuality
from jobs.models.queue import Waiting
from jobs.models.recurrence import Recurrence
from jobs.models.run import Condemned, Desired, Exit, Identity, Outcome, Run, RunStatus
from jobs.models.watching import Beat
from jobs.ports.rows import Awaiting, Living
from jobs.store.sqlite import Value

Row = sqlite3.Row
T = TypeVar("T")

_log = logging.getLogger(__name__)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)

_encoder: Final = msgspec.json.Encoder()
_objects: Final = msgspec.json.Decoder(dict[str, Any])
_recurrences: Final = msgspec.json.Decoder(Recurrence)
_chats: Final = msgspec.json.Decoder(Chat)
_workers: Final = msgspec.json.Decoder(Identity)
_exits: Final = msgspec.json.Decoder(Exit)
_outcomes: Final = msgspec.json.Decoder(Outcome)
_condemnations: Final = msgspec.json.Decoder(Condemned)
_punctualities: Final = msgspec.json.Decoder(Punctuality)
_tellings: Final = msgspec.json.Decoder(Telling)
_instants: Final = msgspec.json.Decoder(list[int])


class UnreadableRow(ValueError):
    """A row holds what no version of this program writes: the file was damaged."""


def readable(read: Callable[[Row], T], rows: Iterable[Row]) -> list[T]:
    """The values of those rows that can be read; the others are logged and left out, so that they hide none."""
    values: list[T] = []
    for row in rows:
        try:
            values.append(read(row))
        except UnreadableRow as error:
            _log.error("%s", error)
    return values


def first(read: Callable[[Row], T], row: Row | None) -> T | None:
    """The value of a row, None where there is no row or none that can be read."""
    found = readable(read, () if row is None else (row,))
    return found[0] if found else None


def micros(at: datetime) -> int:
    """Microseconds since 1970; `at` must be aware."""
    return (at - _EPOCH) // _TICK


def micros_or_none(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def instant(count: int) -> datetime:
    return _EPOCH + count * _TICK


def instant_or_none(count: int | None) -> datetime | None:
    return None if count is None else instant(count)


def text(value: Any) -> str:
    """JSON; equal values give equal texts, so a structure can be looked up by its text."""
    return _encoder.encode(value).decode()


def text_or_none(value: Any) -> str | None:
    return None if value is None else text(value)


def chat_of(data: str) -> Chat:
    return _chats.decode(data)


def columns_of_job(job: Job) -> dict[str, Value]:
    """Every column but `number`, which the store gives, and `version`, which it counts."""
    return {
        "id": job.id,
        "kind": job.kind,
        "name": job.name,
        "status": job.status.value,
        "config": text(job.config),
        "recurrence": text_or_none(job.recurrence),
        "owner": job.owner,
        "origin": text_or_none(job.origin),
        "place": job.origin.place if job.origin else None,
        "created_at": micros(job.created_at),
        "updated_at": micros(job.updated_at),
        "next_at": micros_or_none(job.next_at),
        "last_result": job.last_result,
        "reason": job.reason,
        "deleted_at": micros_or_none(job.deleted_at),
        "punctuality": text_or_none(job.punctuality),
        "lock": job.lock,
        "failures": job.failures,
        "served_until": micros_or_none(job.served_until),
        "telling": None if job.telling == AS_USUAL else text(job.telling),
    }


def columns_of_run(run: Run) -> dict[str, Value]:
    """Every column but `version`."""
    return {
        "id": run.id,
        "job_id": run.job_id,
        "status": run.status.value,
        "desired": run.desired.value,
        "node": run.node,
        "epoch": run.epoch,
        "scheduled_at": micros_or_none(run.scheduled_at),
        "requested_at": micros(run.requested_at),
        "started_at": micros_or_none(run.started_at),
        "stop_requested_at": micros_or_none(run.stop_requested_at),
        "ended_at": micros_or_none(run.ended_at),
        "worker": text_or_none(run.worker),
        "exit": text_or_none(run.exit),
        "outcome": text_or_none(run.outcome),
        "condemned": text_or_none(run.condemned),
        "not_before_at": micros_or_none(run.not_before_at),
        "restarts": run.restarts,
        "restarted_at": text([micros(at) for at in run.restarted_at]),
        "lock": run.lock,
        "returns_to": run.returns_to.value if run.returns_to else None,
    }


def reads(read: Callable[[Row], T]) -> Callable[[Row], T]:
    """Names the failure: whatever a damaged text or number raises becomes an `UnreadableRow`."""

    def reading(row: Row) -> T:
        try:
            return read(row)
        except (ValueError, OverflowError) as error:  # msgspec's errors are ValueErrors
            raise UnreadableRow(f"{read.__name__}: row {row[0]!r} cannot be read: {error}") from error

    return reading


@reads
def job_of(row: Row) -> Job:
    if not is_job_id(row["id"]):
        raise ValueError("not a job id")
    return Job(
        id=JobId(row["id"]),
        number=JobNumber(row["number"]),
        kind=row["kind"],
        name=row["name"],
        status=Status(row["status"]),
        config=_objects.decode(row["config"]),
        recurrence=_recurrence(row["recurrence"]),
        owner=None if row["owner"] is None else UserId(row["owner"]),
        origin=None if row["origin"] is None else _chats.decode(row["origin"]),
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
        next_at=instant_or_none(row["next_at"]),
        last_result=row["last_result"],
        reason=row["reason"],
        deleted_at=instant_or_none(row["deleted_at"]),
        punctuality=None if row["punctuality"] is None else _punctualities.decode(row["punctuality"]),
        lock=row["lock"],
        failures=row["failures"],
        served_until=instant_or_none(row["served_until"]),
        telling=AS_USUAL if row["telling"] is None else _tellings.decode(row["telling"]),
        version=row["version"],
    )


@reads
def awaiting_of(row: Row) -> Awaiting:
    return Awaiting(
        job_id=JobId(row["id"]), kind=row["kind"], status=Status(row["status"]), next_at=instant(row["next_at"])
    )


@reads
def run_of(row: Row) -> Run:
    return Run(
        id=RunId(row["id"]),
        job_id=JobId(row["job_id"]),
        status=RunStatus(row["status"]),
        desired=Desired(row["desired"]),
        node=row["node"],
        epoch=Epoch(row["epoch"]),
        scheduled_at=instant_or_none(row["scheduled_at"]),
        requested_at=instant(row["requested_at"]),
        started_at=instant_or_none(row["started_at"]),
        stop_requested_at=instant_or_none(row["stop_requested_at"]),
        ended_at=instant_or_none(row["ended_at"]),
        worker=None if row["worker"] is None else _workers.decode(row["worker"]),
        exit=None if row["exit"] is None else _exits.decode(row["exit"]),
        outcome=None if row["outcome"] is None else _outcomes.decode(row["outcome"]),
        condemned=None if row["condemned"] is None else _condemnations.decode(row["condemned"]),
        not_before_at=instant_or_none(row["not_before_at"]),
        restarts=row["restarts"],
        restarted_at=tuple(map(instant, _instants.decode(row["restarted_at"]))),
        lock=row["lock"],
        returns_to=None if row["returns_to"] is None else Status(row["returns_to"]),
        version=row["version"],
    )


@reads
def waiting_of(row: Row) -> Waiting:
    return Waiting(
        run_id=RunId(row["id"]),
        owner=None if row["owner"] is None else UserId(row["owner"]),
        requested_at=instant(row["requested_at"]),
        not_before_at=instant_or_none(row["not_before_at"]),
        scheduled_at=instant_or_none(row["scheduled_at"]),
        lock=row["lock"],
    )


@reads
def event_of(row: Row) -> Event:
    return Event(
        id=row["id"],
        job_id=JobId(row["job_id"]),
        run_id=None if row["run_id"] is None else RunId(row["run_id"]),
        type=row["type"],
        at=instant(row["at"]),
        actor=row["actor"],
        data=_objects.decode(row["data"]),
    )


@reads
def occurrence_of(row: Row) -> Occurrence:
    return Occurrence(
        job_id=JobId(row["job_id"]),
        scheduled_at=instant(row["scheduled_at"]),
        status=OccurrenceStatus(row["status"]),
        run_id=None if row["run_id"] is None else RunId(row["run_id"]),
        reason=row["reason"],
        late_seconds=None if row["late_us"] is None else row["late_us"] / 1_000_000,
    )


@reads
def notification_of(row: Row) -> Notification:
    return Notification(
        dedupe_key=row["dedupe_key"],
        target=_chats.decode(row["target"]),
        topic=row["topic"],
        job_id=None if row["job_id"] is None else JobId(row["job_id"]),
        data=_objects.decode(row["data"]),
        created_at=instant(row["created_at"]),
        is_urgent=bool(row["urgent"]),
    )


@reads
def audit_of(row: Row) -> Audit:
    return Audit(id=row["id"], at=instant(row["at"]), actor=row["actor"], act=row["act"], subject=row["subject"])


@reads
def mapping_of(row: Row) -> dict[str, Any]:
    """The JSON object in a row's only column."""
    return _objects.decode(row[0])


def _recurrence(data: str | None) -> Recurrence | None:
    return None if data is None else _recurrences.decode(data)


@reads
def living_of(row: Row) -> Living:
    at = instant_or_none(row["at"])
    beat = at and Beat(at=at, next_check_at=instant_or_none(row["next_check_at"]), checks=row["checks"])
    return Living(
        run_id=RunId(row["id"]), job_id=JobId(row["job_id"]), worker=_workers.decode(row["worker"]), beat=beat
    )
