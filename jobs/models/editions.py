"""Decide what becomes of a job that a person edits. Pure.

What runs goes by what was stored when it began, so a change holds from some instant on: at once where nothing runs;
with a new run in place of the present one; or only after it, where there is no time to prepare for its instant anew.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from jobs.models.change import Change, OccurrenceStatus
from jobs.models.errors import Refusal
from jobs.models.job import ENDED, Job, Status, Telling
from jobs.models.moving import event, occurrence_of, refuse_while_deleting
from jobs.models.punctuality import Punctuality
from jobs.models.recurrence import Recurrence, first_admitted, first_due, follows_its_runs, next_after
from jobs.models.rhythms import Every
from jobs.models.run import Desired, Run, RunStatus

KEPT_WITHIN: Final = timedelta(seconds=90)
"""A shot no further ahead is fired as it was prepared: a new process, its login and the comparing of clocks take a
minute, and a release waits for nobody."""

EDITED: Final = "job.edited"


class Edition(Struct, frozen=True, kw_only=True):
    """What of a job may be changed afterwards; the fields are those of `Job`."""

    name: str
    config: dict[str, Any]
    recurrence: Recurrence | None = None
    punctuality: Punctuality | None = None
    lock: str | None = None
    telling: Telling = Telling()


class Holds(StrEnum):
    """From when on a change holds."""

    NOW = "now"
    WITH_A_NEW_RUN = "with a new run"
    AFTER_THIS_RUN = "after this run"


def edition_of(job: Job) -> Edition:
    return Edition(
        name=job.name,
        config=job.config,
        recurrence=job.recurrence,
        punctuality=job.punctuality,
        lock=job.lock,
        telling=job.telling,
    )


def when_it_holds(job: Job, open_run: Run | None, wanted: Edition, at: datetime) -> Holds:
    """From when on it holds what the job is changed into at the instant `at`."""
    if open_run is None or open_run.status is RunStatus.QUEUED or open_run.desired is not Desired.UP:
        return Holds.NOW
    if not _is_other_work(job, wanted):
        return Holds.NOW
    if job.recurrence is None:
        return Holds.WITH_A_NEW_RUN
    if open_run.scheduled_at is not None and open_run.scheduled_at - at > KEPT_WITHIN:
        return Holds.WITH_A_NEW_RUN
    return Holds.AFTER_THIS_RUN


def edited(
    job: Job,
    open_run: Run | None,
    wanted: Edition,
    actor: str,
    at: datetime,
    *,
    type: str = EDITED,
    next_at: datetime | None = None,
    **data: Any,
) -> Change:
    """A person changes a job, which stays what it is: waiting, running, paused or at its end.

    A run that goes by the old is begun anew where there is time; for another instant it leaves, and the job waits.
    `next_at`: what the job waits for where that still lies ahead; None: what the rhythm says. `data` goes into the
    event, beside what was before and is now.
    """
    refuse_while_deleting(job, open_run)
    before = edition_of(job)
    if wanted == before:
        raise Refusal(f"{job.label} 本来就是这样，没有要改的")
    has_new_rhythm = wanted.recurrence != job.recurrence
    after = replace(job, **_fields(wanted), updated_at=at)
    change = Change()
    if has_new_rhythm:
        is_ahead = next_at is not None and next_at > at and not _rests(job, open_run)
        kept = next_at if is_ahead else None
        after = replace(after, served_until=None, next_at=kept or _next_at(job, open_run, wanted, at))
        change = _another_instant(open_run, at)
    runs = change.runs or _runs(job, open_run, wanted, at)
    happened = event(
        job, type, at, actor, before=_stored(before, job.next_at), after=_stored(wanted, after.next_at), **data
    )
    return replace(change, jobs=(after,), runs=runs, events=(happened,))


def stored_edition(data: dict[str, Any]) -> Edition:
    """The `before` or `after` of an event. Raises `msgspec.ValidationError` for what no version wrote."""
    return msgspec.convert(data, Edition)


def stored_next_at(data: dict[str, Any]) -> datetime | None:
    """What the job waited for, in the `before` or `after` of an event."""
    return datetime.fromisoformat(data["next_at"]) if data.get("next_at") else None


# -- inside -------------------------------------------------------------------------------------------------------
def _is_other_work(job: Job, wanted: Edition) -> bool:
    """Whether the run would do something else. By its name and by whom it tells none goes: `jobs.reporting` reads them
    whenever it tells; and how punctual the job is, the scheduler asks, before there is a run."""
    return (wanted.config, wanted.recurrence, wanted.lock) != (job.config, job.recurrence, job.lock)


def _fields(wanted: Edition) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in Edition.__struct_fields__}


def _stored(edition: Edition, next_at: datetime | None) -> dict[str, Any]:
    return {**msgspec.to_builtins(edition), "next_at": next_at.isoformat() if next_at else None}


def _runs(job: Job, open_run: Run | None, wanted: Edition, at: datetime) -> tuple[Run, ...]:
    """The present run, where the change means something to it."""
    if open_run is None:
        return ()
    if open_run.status is RunStatus.QUEUED:
        return (replace(open_run, lock=wanted.lock),) if open_run.lock != wanted.lock else ()
    if when_it_holds(job, open_run, wanted, at) is not Holds.WITH_A_NEW_RUN:
        return ()
    return (_leaving(open_run, Desired.RESTARTED, at),)


def _another_instant(open_run: Run | None, at: datetime) -> Change:
    """A run that is prepared for an instant which the job has no longer: it never begins, or leaves."""
    if open_run is None or open_run.scheduled_at is None or open_run.scheduled_at <= at:
        return Change()
    if open_run.status is RunStatus.QUEUED:
        over = replace(open_run, status=RunStatus.ENDED, ended_at=at)
        return Change(runs=(over,), occurrences=occurrence_of(over, OccurrenceStatus.SKIPPED, "时间改了"))
    if open_run.desired is Desired.UP and open_run.scheduled_at - at > KEPT_WITHIN:
        return Change(runs=(_leaving(open_run, Desired.MOVED, at),))
    return Change()


def _leaving(run: Run, desired: Desired, at: datetime) -> Run:
    return replace(run, desired=desired, stop_requested_at=run.stop_requested_at or at)


def _next_at(job: Job, open_run: Run | None, wanted: Edition, at: datetime) -> datetime | None:
    """What the job waits for by its new rhythm. Raises `Refusal` where that has nothing for it any more."""
    recurrence = wanted.recurrence
    assert recurrence is not None, "a job with a rhythm keeps having one"
    if _rests(job, open_run):
        return job.next_at
    is_rhythmic_run = open_run is not None and open_run.returns_to is None
    if follows_its_runs(recurrence):
        # While its run goes on nobody knows; the end of the run says when.
        return None if is_rhythmic_run else _after_the_last(job, recurrence, at)
    is_kept = is_rhythmic_run and when_it_holds(job, open_run, wanted, at) is Holds.AFTER_THIS_RUN
    kept = open_run if is_kept else None
    if kept is not None and kept.scheduled_at is not None:
        return next_after(recurrence, max(kept.scheduled_at, at))
    due = first_due(recurrence, at)
    if due is None and open_run is None:
        raise Refusal("这个时间已经过去，不会再触发，请写以后的时间，例如 明天 12:00")
    return due


def _rests(job: Job, open_run: Run | None) -> bool:
    """Whether it waits for nothing, also while one extra run goes on: it is at its end, or was never started."""
    status = job.status if open_run is None or open_run.returns_to is None else open_run.returns_to
    return status in ENDED or (job.status is Status.PENDING and job.next_at is None and open_run is None)


def _after_the_last(job: Job, recurrence: Recurrence, at: datetime) -> datetime | None:
    """So long after the end of the last run as the new interval says, not in the past; as it was where only the hours
    are others."""
    old, due = job.recurrence, job.next_at
    if isinstance(old, Every) and isinstance(recurrence, Every) and due is not None:
        moved = due + timedelta(seconds=recurrence.seconds - old.seconds)
        latest = at + timedelta(seconds=recurrence.seconds)
        # A retry comes sooner than the interval, and a window later.
        return first_admitted(recurrence, min(max(moved, at), max(latest, due)))
    return first_due(recurrence, at)
