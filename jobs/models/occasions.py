"""Decide what a due instant becomes: a run, a skipped occurrence, or one that was missed. Pure."""

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from jobs.models import notices
from jobs.models.change import Change, Occurrence, OccurrenceStatus
from jobs.models.decisions import event
from jobs.models.ids import RunId
from jobs.models.job import Job
from jobs.models.lifecycle import Trigger, follow
from jobs.models.recurrence import next_after
from jobs.models.run import Run, RunStatus

MISFIRE_GRACE: Final = timedelta(minutes=5)
"""An instant that was missed by less is run late; a court is rarely worth booking later than that."""

_MISSED_AT_MOST: Final = 366
"""Instants recorded one by one after a long absence: a year of days; the notice names the first and the last."""


def came_due(job: Job, open_run: Run | None, run_id: RunId, at: datetime) -> Change | None:
    """What shall happen to a waiting job at the instant `at`; None when nothing is due yet.

    The latest due instant within the grace becomes a run (unless one is still going: then it is skipped);
    all earlier ones are recorded as missed.
    """
    due = _due_instants(job, at)
    if not due:
        return None
    last_is_in_time = at - due[-1] <= MISFIRE_GRACE
    missed = due[:-1] if last_is_in_time else due
    change = _with_missed(job, missed, at)
    if not last_is_in_time:
        return change
    return _skipped(job, change, due[-1], at) if open_run else _fired(job, change, due[-1], run_id, at)


def decided_before(job: Job, at: datetime) -> Change:
    """The instant `job` waits for has an occurrence already: the job goes on to the next, or is at its end."""
    change = _with_missed(job, [], at)
    (moved,) = change.jobs
    if moved.next_at is not None:
        return change
    return replace(change, jobs=(replace(moved, status=follow(job.status, Trigger.FINISH), reason="时间已过"),))


def _due_instants(job: Job, at: datetime) -> list[datetime]:
    due: list[datetime] = []
    instant = job.next_at
    while instant is not None and instant <= at and job.recurrence is not None:
        due.append(instant)
        instant = next_after(job.recurrence, instant)
    return due[-_MISSED_AT_MOST:]


def _with_missed(job: Job, missed: list[datetime], at: datetime) -> Change:
    assert job.recurrence is not None
    moved = replace(job, next_at=next_after(job.recurrence, at), updated_at=at)
    if not missed:
        return Change(jobs=(moved,))
    reason = f"错过 {len(missed)} 次：当时机器人没有运行"
    moved = replace(moved, last_result=reason)
    if moved.next_at is None:
        moved = replace(moved, status=follow(job.status, Trigger.FINISH), reason=reason)
    return Change(
        jobs=(moved,),
        claims=tuple(
            Occurrence(job_id=job.id, scheduled_at=instant, status=OccurrenceStatus.MISSED, reason=reason)
            for instant in missed
        ),
        events=(event(job, "occurrence.missed", at, None, count=len(missed)),),
        notifications=notices.notify(
            job,
            notices.OCCURRENCE_MISSED,
            missed[-1].isoformat(),
            at,
            count=len(missed),
            first=missed[0].isoformat(),
            last=missed[-1].isoformat(),
            next_at=moved.next_at.isoformat() if moved.next_at else None,
        ),
    )


def _fired(job: Job, change: Change, due: datetime, run_id: RunId, at: datetime) -> Change:
    run = Run(id=run_id, job_id=job.id, status=RunStatus.QUEUED, requested_at=at, scheduled_at=due)
    occurrence = Occurrence(job_id=job.id, scheduled_at=due, status=OccurrenceStatus.RUNNING, run_id=run_id)
    return replace(
        change,
        runs=(run,),
        claims=(*change.claims, occurrence),
        events=(*change.events, event(job, "occurrence.due", at, None, run_id, scheduled_at=due.isoformat())),
    )


def _skipped(job: Job, change: Change, due: datetime, at: datetime) -> Change:
    reason = "上一次运行还没结束"
    occurrence = Occurrence(job_id=job.id, scheduled_at=due, status=OccurrenceStatus.SKIPPED, reason=reason)
    told = notices.notify(
        job,
        notices.OCCURRENCE_SKIPPED,
        due.isoformat(),
        at,
        reason=reason,
        first=due.isoformat(),
        next_at=change.jobs[0].next_at.isoformat() if change.jobs[0].next_at else None,
    )
    return replace(
        change,
        claims=(*change.claims, occurrence),
        events=(*change.events, event(job, "occurrence.skipped", at, None, reason=reason)),
        notifications=(*change.notifications, *told),
    )
