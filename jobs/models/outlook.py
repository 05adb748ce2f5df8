"""Which instants lie before a job, and which have come due. Pure."""

from datetime import datetime
from typing import Final

from jobs.models.job import Job
from jobs.models.recurrence import first_due, follows_its_runs, next_after
from jobs.models.run import Run

COUNTED_AT_MOST: Final = 300
"""Instants that came due at once and are counted one by one: five hours of a job that is due each minute. Each costs a
row, and the bot answers nobody while hundreds of jobs have theirs written."""


def next_of(job: Job) -> datetime | None:
    """The rhythm's instant after the one the job waits for; None: none, or known only when a run has ended."""
    if job.next_at is None or job.recurrence is None or follows_its_runs(job.recurrence):
        return None
    return next_after(job.recurrence, rhythm_of(job, job.next_at))


def rhythm_of(job: Job, instant: datetime) -> datetime:
    """Where the rhythm stands when the job has come to `instant`: a shifted instant stands for the one it was."""
    return instant if job.served_until is None else max(instant, job.served_until)


def first_from(job: Job, at: datetime) -> datetime | None:
    """What the job waits for first when it begins to wait at `at`; never an instant that a shifted run has served."""
    assert job.recurrence is not None
    return first_due(job.recurrence, at if follows_its_runs(job.recurrence) else rhythm_of(job, at))


def due_instants(job: Job, until: datetime) -> list[datetime]:
    """What the job waits for and has come by `until`, in order; at most `COUNTED_AT_MOST`, the first ones."""
    if job.recurrence is None or job.next_at is None or job.next_at > until:
        return []
    due = [job.next_at]
    if follows_its_runs(job.recurrence):
        return due
    after = next_of(job)
    while after is not None and after <= until and len(due) < COUNTED_AT_MOST:
        due.append(after)
        after = next_after(job.recurrence, after)
    return due


def is_rough(job: Job, place: int) -> bool:
    """Whether the instant at `place` (from 0) of those awaited depends on how long the runs before it take."""
    return follows_its_runs(job.recurrence) and (place > 0 or job.next_at is None)


def awaited(job: Job, open_run: Run | None, at: datetime, count: int) -> list[datetime]:
    """The next instants, at most `count`: the one an armed run waits for first.

    Of a rhythm that follows its runs those after the next, and all while a run goes on, are what they would be if the
    runs took no time (`is_rough`).
    """
    found: list[datetime] = []
    if open_run is not None and open_run.scheduled_at is not None and open_run.scheduled_at > at:
        found.append(open_run.scheduled_at)
    instant = job.next_at
    if instant is not None:
        found.append(instant)
        instant = rhythm_of(job, instant)
    elif open_run is not None and open_run.returns_to is None and follows_its_runs(job.recurrence):
        instant = at
    while instant is not None and job.recurrence is not None and len(found) < count:
        instant = next_after(job.recurrence, instant)
        if instant is not None:
            found.append(instant)
    return found[:count]
