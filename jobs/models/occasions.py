"""Decide what a due instant becomes: a run, an occurrence that waits for its turn, a skipped or a missed one. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from jobs.models import notices
from jobs.models.change import Change, Event, Occurrence, OccurrenceStatus
from jobs.models.conduct import Conduct
from jobs.models.durations import seconds_in_words
from jobs.models.ids import RunId
from jobs.models.job import Job, Status
from jobs.models.lifecycle import Trigger
from jobs.models.moving import event, moved, queued
from jobs.models.outlook import COUNTED_AT_MOST, due_instants, first_from, rhythm_of
from jobs.models.pausing import skipped_in_a_pause
from jobs.models.punctuality import ON_TIME, Overlap
from jobs.models.recurrence import first_admitted, follows_its_runs, next_after
from jobs.models.run import Desired, Run

NOBODY_WAS_THERE: Final = "当时机器人没有运行"
"""The usual reason for a missed instant."""
STILL_RUNNING: Final = "上一次运行还没结束"
ONE_WAITS_ALREADY: Final = "上一次运行还没结束，已有一次在等它"
_BY_LITTLE: Final = timedelta(hours=1)
_RUNS_ITS_COURSE: Final = (Status.PENDING, Status.RUNNING, Status.COMPLETED, Status.FAILED)
"""A job whose waiting occurrence still gets its run; a person has stopped or paused the others."""


class Situation(Struct, frozen=True, kw_only=True):
    """What a due job meets. `waits`: one of its occurrences waits for the end of `open_run` already.

    `absence` says in words why an instant that is missed now was missed.
    """

    open_run: Run | None
    waits: bool = False
    absence: str = NOBODY_WAS_THERE


def wakes_at(next_at: datetime, status: Status, conduct: Conduct) -> datetime:
    """When a job that waits must be looked at: before its instant, where its run is to be prepared by then."""
    return next_at if status is Status.PAUSED else next_at - conduct.lead


def came_due(job: Job, situation: Situation, run_id: RunId, at: datetime, conduct: Conduct) -> Change | None:
    """What shall happen to a job at the instant `at`; None when nothing is due, or it can wait for the run before.

    The latest instant within the grace becomes a run (or waits for the one that goes on, or is skipped because of it);
    all earlier ones are recorded as missed. An instant no further ahead than the kind's lead gets its run now.
    """
    passed = due_instants(job, at)
    if _is_paused(job, situation.open_run):
        return _passed_over(job, passed, at) if passed else None
    if not passed:
        return _armed(job, situation, run_id, at, conduct)
    if follows_its_runs(job.recurrence):
        return None if situation.open_run else _after_its_runs(job, passed[0], situation, run_id, at, conduct)
    grace = (job.punctuality or conduct.punctuality).grace
    is_in_time = at - passed[-1] <= grace and len(passed) < COUNTED_AT_MOST
    gone_on = _gone_on(job, passed[-1] if len(passed) < COUNTED_AT_MOST else at, at)
    missed = passed[:-1] if is_in_time else passed
    change = _missed(job, gone_on, missed, _why_missed(missed, situation.absence, at, grace), at)
    if not is_in_time:
        return _finished_if_over(change)
    return _run_or_not(job, change, passed[-1], situation, run_id, at, conduct)


def its_turn(job: Job | None, waiting: Occurrence, run_id: RunId, at: datetime) -> Change:
    """The run that an occurrence waited for is over: now it has its own, unless a person has stopped the job.

    `job` None: it is deleted.
    """
    if job is None or job.status not in _RUNS_ITS_COURSE:
        reason = f"等上一次运行时，{'任务被删除' if job is None else job.status.words}"
        return Change(occurrences=(replace(waiting, status=OccurrenceStatus.SKIPPED, reason=reason),))
    run = queued(job, run_id, at, waiting.scheduled_at)
    return Change(
        jobs=(replace(job, updated_at=at),),
        runs=(run,),
        occurrences=(replace(waiting, run_id=run_id),),
        events=(_due_event(job, run, at),),
    )


def too_late(job: Job, run: Run, at: datetime, conduct: Conduct) -> str | None:
    """Why a claimed run shall not be started any more: its instant is further back than the grace. None: it may.

    So it is when the bot died between claiming and starting, or the machine refused for long. A run that waited for
    the one before it is late by intent: it counts from its turn.
    """
    if run.scheduled_at is None:
        return None
    grace = (job.punctuality or conduct.punctuality).grace
    had_to_wait = run.requested_at - run.scheduled_at > grace
    late = at - (run.requested_at if had_to_wait else run.scheduled_at)
    return f"没能按时启动，迟了{seconds_in_words(round(late.total_seconds()))}" if late > grace else None


def decided_before(job: Job, at: datetime) -> Change:
    """The instant `job` waits for has an occurrence already: the job goes on to the next, or is at its end.

    Only to the next, though that may have passed as well: it may be one that nobody has decided yet.
    """
    assert job.recurrence is not None
    gone_on = _gone_on(job, job.next_at or at, at)
    if follows_its_runs(job.recurrence):
        gone_on = replace(gone_on, next_at=next_after(job.recurrence, max(at, job.next_at or at)))
    return _finished_if_over(Change(jobs=(gone_on,)))


def waits_anew(job: Job, at: datetime) -> Change:
    """The clock was set back: the job waits for what the rhythm has next by it, if that is sooner. Else nothing.

    What was missed by the clock that was wrong still lies ahead, and can be claimed again.
    """
    assert job.recurrence is not None
    assert job.next_at is not None
    follows = follows_its_runs(job.recurrence)
    first = next_after(job.recurrence, at) if follows else first_from(job, at)
    if first is None or first >= job.next_at:
        return Change()
    return Change(jobs=(replace(job, next_at=first, updated_at=at),))


def missed_together(changes: Sequence[Change]) -> list[Change]:
    """The same changes, but what one chat is told of missed instants is one message: in the first that tells it any."""
    told = [told for change in changes for told in change.notifications if told.topic == notices.OCCURRENCE_MISSED]
    if len(told) < 2:
        return list(changes)
    digest = notices.missed_digest(told)
    merged: list[Change] = []
    for change in changes:
        kept = tuple(one for one in change.notifications if one.topic != notices.OCCURRENCE_MISSED)
        merged.append(replace(change, notifications=kept))
    merged[0] = replace(merged[0], notifications=(*merged[0].notifications, *digest))
    return merged


# -- inside -------------------------------------------------------------------------------------------------------
def _is_paused(job: Job, open_run: Run | None) -> bool:
    """Also while one extra run goes on."""
    return job.status is Status.PAUSED or (open_run is not None and open_run.returns_to is Status.PAUSED)


def _armed(job: Job, situation: Situation, run_id: RunId, at: datetime, conduct: Conduct) -> Change | None:
    """The run of an instant that lies ahead; as long as another run goes on, or waits for its turn, there is time
    until the instant itself."""
    instant, is_busy = job.next_at, situation.open_run is not None or situation.waits
    if instant is None or is_busy or instant - conduct.lead > at:
        return None
    return _fired(job, Change(jobs=(_gone_on(job, instant, at),)), instant, run_id, at)


def _run_or_not(
    job: Job, change: Change, due: datetime, situation: Situation, run_id: RunId, at: datetime, conduct: Conduct
) -> Change:
    if situation.open_run is None and not situation.waits:
        return _fired(job, change, due, run_id, at)
    if (job.punctuality or conduct.punctuality).overlap is Overlap.SKIP:
        return _skipped(job, change, due, at, STILL_RUNNING, situation)
    if situation.waits:
        return _skipped(job, change, due, at, ONE_WAITS_ALREADY, situation)
    waiting = Occurrence(job_id=job.id, scheduled_at=due, status=OccurrenceStatus.DUE, reason=STILL_RUNNING)
    return replace(change, claims=(*change.claims, waiting))


def _after_its_runs(
    job: Job, due: datetime, situation: Situation, run_id: RunId, at: datetime, conduct: Conduct
) -> Change:
    """A rhythm that follows its runs never catches up: late or not there is one run, now if the hours admit it."""
    assert job.recurrence is not None
    grace = (job.punctuality or conduct.punctuality).grace
    is_admitted = at - due <= ON_TIME or first_admitted(job.recurrence, at) == at
    if at - due <= grace and is_admitted:
        return _fired(job, Change(jobs=(replace(job, next_at=None, updated_at=at),)), due, run_id, at)
    gone_on = replace(job, next_at=first_admitted(job.recurrence, at), updated_at=at)
    return _finished_if_over(_missed(job, gone_on, [due], situation.absence, at))


def _passed_over(job: Job, passed: list[datetime], at: datetime) -> Change:
    """The rhythm of a paused job goes on without it."""
    return Change(jobs=(_gone_on(job, passed[-1], at),), claims=skipped_in_a_pause(job, passed))


def _gone_on(job: Job, instant: datetime, at: datetime) -> Job:
    """The job once `instant` is dealt with: it waits for the rhythm's next, if that is known yet."""
    assert job.recurrence is not None
    next_at = None
    if not follows_its_runs(job.recurrence):
        next_at = next_after(job.recurrence, rhythm_of(job, instant))
    return replace(job, next_at=next_at, updated_at=at)


def _missed(job: Job, gone_on: Job, missed: list[datetime], absence: str, at: datetime) -> Change:
    """The job, gone on behind all that has passed, and the record of those instants that were missed."""
    if not missed:
        return Change(jobs=(gone_on,))
    more = len(missed) >= COUNTED_AT_MOST
    count = f"至少 {len(missed)}" if more else str(len(missed))
    reason = f"错过 {count} 次：{absence}"
    return Change(
        jobs=(replace(gone_on, last_result=reason),),
        claims=tuple(
            Occurrence(job_id=job.id, scheduled_at=instant, status=OccurrenceStatus.MISSED, reason=absence)
            for instant in missed
        ),
        events=(event(job, "occurrence.missed", at, None, count=len(missed), more=more, reason=absence),),
        notifications=notices.notify(
            job,
            notices.OCCURRENCE_MISSED,
            missed[-1].isoformat(),
            at,
            reason=absence,
            count=len(missed),
            more=more,
            first=missed[0].isoformat(),
            last=missed[-1].isoformat(),
            next_at=gone_on.next_at.isoformat() if gone_on.next_at else None,
        ),
    )


def _why_missed(missed: list[datetime], absence: str, at: datetime, grace: timedelta) -> str:
    """Of one that was missed by little, also by how much: with a longer grace it would have been run."""
    if len(missed) != 1 or at - missed[0] >= _BY_LITTLE:
        return absence
    late, allowed = (seconds_in_words(round(time.total_seconds())) for time in (at - missed[0], grace))
    return f"{absence}，迟了{late}，超过宽限 {allowed}"


def _finished_if_over(change: Change) -> Change:
    """A job that waits for nothing any more is at its end; one whose run goes on is so when that has ended."""
    (job,) = change.jobs
    if job.next_at is not None or job.status is not Status.PENDING:
        return change
    over = moved(job, Trigger.FINISH, job.updated_at, reason=job.last_result or "时间已过")
    return replace(change, jobs=(over,))


def _fired(job: Job, change: Change, due: datetime, run_id: RunId, at: datetime) -> Change:
    run = queued(job, run_id, at, due)
    occurrence = Occurrence(job_id=job.id, scheduled_at=due, status=OccurrenceStatus.DUE, run_id=run_id)
    return replace(
        change,
        runs=(run,),
        claims=(*change.claims, occurrence),
        events=(*change.events, _due_event(job, run, at)),
    )


def _skipped(job: Job, change: Change, due: datetime, at: datetime, reason: str, situation: Situation) -> Change:
    """Told unless somebody is just stopping the job, and knows."""
    is_wanted = situation.open_run is None or situation.open_run.desired is Desired.UP
    occurrence = Occurrence(job_id=job.id, scheduled_at=due, status=OccurrenceStatus.SKIPPED, reason=reason)
    next_at = change.jobs[0].next_at
    told = notices.notify(
        job,
        notices.OCCURRENCE_SKIPPED,
        due.isoformat(),
        at,
        reason=reason,
        first=due.isoformat(),
        next_at=next_at.isoformat() if next_at else None,
    )
    return replace(
        change,
        claims=(*change.claims, occurrence),
        events=(*change.events, event(job, "occurrence.skipped", at, None, reason=reason)),
        notifications=(*change.notifications, *(told if is_wanted else ())),
    )


def _due_event(job: Job, run: Run, at: datetime) -> Event:
    scheduled_at = run.scheduled_at.isoformat() if run.scheduled_at else None
    return event(job, "occurrence.due", at, None, run.id, scheduled_at=scheduled_at)
