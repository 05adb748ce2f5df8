"""What every decision is made of: a job moved, a run queued, withdrawn or wanted otherwise, an event."""

from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from jobs.models.change import Change, Event, Occurrence, OccurrenceStatus
from jobs.models.errors import Refusal
from jobs.models.ids import RunId
from jobs.models.job import Job, Status
from jobs.models.lifecycle import Trigger, follow
from jobs.models.run import Desired, Run, RunStatus

_BACK: Final = {
    Status.PENDING: Trigger.AWAIT,
    Status.RUNNING: Trigger.AWAIT,
    Status.PAUSED: Trigger.PAUSE,
    Status.STOPPED: Trigger.STOP,
    Status.FAILED: Trigger.FAIL,
    Status.COMPLETED: Trigger.FINISH,
}


def event(job: Job, type: str, at: datetime, actor: str | None, run_id: RunId | None = None, **data: Any) -> Event:
    """An event of a job; `actor` None: the engine itself."""
    return Event(job_id=job.id, type=type, at=at, actor=actor, run_id=run_id, data=data)


def moved(job: Job, trigger: Trigger, at: datetime, **fields: Any) -> Job:
    """The job after a move of the table. Raises `IllegalTransition`."""
    return replace(job, status=follow(job.status, trigger), updated_at=at, **fields)


def moved_back(job: Job, run: Run, at: datetime, **fields: Any) -> Job:
    """The job without its run, as it was before an extra one; otherwise waiting."""
    return moved(job, _BACK[run.returns_to or Status.PENDING], at, **fields)


def queued(job: Job, run_id: RunId, at: datetime, scheduled_at: datetime | None = None) -> Run:
    """A new run that waits for its turn."""
    return Run(
        id=run_id,
        job_id=job.id,
        status=RunStatus.QUEUED,
        requested_at=at,
        scheduled_at=scheduled_at,
        lock=job.lock,
    )


def withdrawn(waiting: Run | None, at: datetime, reason: str) -> Change:
    """A run that was queued, if any, never begins; nor does the occurrence it was for."""
    if waiting is None:
        return Change()
    over = replace(waiting, status=RunStatus.ENDED, ended_at=at)
    return Change(runs=(over,), occurrences=occurrence_of(over, OccurrenceStatus.SKIPPED, reason))


def occurrence_of(run: Run, status: OccurrenceStatus, reason: str = "") -> tuple[Occurrence, ...]:
    """The occurrence that the run is for, if it is for one, as it stands now."""
    if run.scheduled_at is None:
        return ()
    return (Occurrence(job_id=run.job_id, scheduled_at=run.scheduled_at, status=status, run_id=run.id, reason=reason),)


def desire(job: Job, run: Run, desired: Desired, type: str, *, actor: str, at: datetime) -> Change:
    """A person wants something else of a run whose process lives; what becomes of the job is decided at its end."""
    wanted = replace(run, desired=desired, stop_requested_at=run.stop_requested_at or at)
    return Change(runs=(wanted,), events=(event(job, type, at, actor, run.id),))


def refuse_while_deleting(job: Job, run: Run | None) -> None:
    if run is not None and run.desired is Desired.DELETED:
        raise Refusal(f"{job.label} 正在删除，等它的进程退出就好")
