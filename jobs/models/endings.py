"""Decide what a job becomes when its run is over. Pure."""

from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from jobs.models import notices
from jobs.models.change import Change, Notification
from jobs.models.conduct import Conduct
from jobs.models.end import End, closed, end_of, lateness
from jobs.models.ids import RunId
from jobs.models.job import ENDED, Job, Status
from jobs.models.lifecycle import Trigger, allows
from jobs.models.moving import event, moved, moved_back, queued
from jobs.models.pausing import goes_on_at
from jobs.models.recurrence import Once, first_admitted, follows_its_runs, next_after
from jobs.models.restarts import Restart, gave_up, is_restartable, next_restart
from jobs.models.run import Desired, Exit, Run

_AT_VENUES: Final = frozenset({"monitor", "schedule", "auto_booking", "keep_alive"})
"""Kinds whose outcomes are sentences for people."""


def ended(
    job: Job,
    run: Run,
    exit: Exit,
    at: datetime,
    *,
    conduct: Conduct,
    chance: float,
    next_run_id: RunId,
    log: list[str],
) -> Change:
    """A run's process is gone: what people wanted decides first, then the exit and what the run said of itself.

    `conduct` is that of the job's kind and `chance`, in [0, 1), what the jitter of restarts is drawn from.
    `next_run_id` names the run that follows, if one does; `log` holds the last lines, shown with a failure.
    """
    end = end_of(run, exit, at, log)
    change = _recorded(job, end)
    match run.desired:
        case Desired.DELETED:
            return replace(change, jobs=(replace(job, deleted_at=at, updated_at=at, next_at=None),))
        case Desired.STOPPED | Desired.PAUSED:
            return replace(change, jobs=(_halted(job, run, at),))
        case Desired.RESTARTED:
            return _begins_anew(job, change, end, next_run_id)
        case Desired.RESUMED | Desired.MOVED:
            return _resumed(job, change, end, next_run_id)
        case Desired.UP:
            return _ended_by_itself(job, change, end, conduct, chance, next_run_id)


def ended_in_trouble(job: Job, run: Run, exit: Exit, at: datetime) -> Change:
    """As `ended`, for a job of which nobody can tell how it goes on: its rhythm cannot be computed on this machine.

    It fails with that reason, so that it keeps nobody waiting, and people can see it.
    """
    end = replace(end_of(run, exit, at, []), sentence="算不出下一次的时间（这台机器可能没有它的时区），请重新创建")
    change = _recorded(job, end)
    if not allows(job.status, Trigger.FAIL):
        return change
    failed = moved(job, Trigger.FAIL, at, reason=end.sentence, last_result=end.sentence, next_at=None)
    return replace(change, jobs=(failed,), notifications=_told(job, failed, notices.JOB_FAILED, end))


def _recorded(job: Job, end: End) -> Change:
    """That the run is over, whatever becomes of the job."""
    run, exit = end.run, end.run.exit or Exit()
    happened = event(job, "run.ended", end.at, None, run.id, code=exit.code, signal=exit.signal, desired=run.desired)
    return Change(runs=(run,), occurrences=closed(end), events=(happened,))


def _halted(job: Job, run: Run, at: datetime) -> Job:
    """The job after a run that a person stopped or paused; one that had ended before an extra run has ended still."""
    if run.returns_to in ENDED:
        return moved_back(job, run, at)
    if run.desired is Desired.PAUSED:
        return moved(job, Trigger.PAUSE, at, reason="被暂停")
    return moved(job, Trigger.STOP, at, reason="被停止", next_at=None)


def _ended_by_itself(job: Job, change: Change, end: End, conduct: Conduct, chance: float, next_run_id: RunId) -> Change:
    if end.is_too_early:
        return _begins_anew(job, change, end, next_run_id)
    if end.run.returns_to is not None:
        return _extra_run_over(job, change, end)
    if job.recurrence is not None:
        return _occurrence_over(job, change, end, conduct)
    return _long_run_over(job, change, end, conduct, chance, next_run_id)


def _begins_anew(job: Job, change: Change, end: End, run_id: RunId) -> Change:
    """Another run in place of this one, for its instant if that lies ahead: a person wants it, or there is time."""
    run = end.run
    instant = run.scheduled_at if end.is_early else None
    again = replace(queued(job, run_id, end.at, instant), returns_to=run.returns_to)
    if run.desired is Desired.UP:
        again = replace(again, restarts=run.restarts + 1)
    return replace(change, jobs=(moved_back(job, run, end.at, reason=""),), runs=(run, again))


def _resumed(job: Job, change: Change, end: End, run_id: RunId) -> Change:
    """A pause that was taken back while its run was leaving."""
    if job.recurrence is None:
        return _begins_anew(job, change, end, run_id)
    next_at = goes_on_at(job, end.at)
    if next_at is None:
        return replace(change, jobs=(moved(job, Trigger.FINISH, end.at, reason="时间已过"),))
    return replace(change, jobs=(moved(job, Trigger.AWAIT, end.at, reason="", next_at=next_at),))


def _long_run_over(job: Job, change: Change, end: End, conduct: Conduct, chance: float, next_run_id: RunId) -> Change:
    """A job that is one long run: it begins again where its kind's policy says so, and is at its end otherwise."""
    sentence, policy = end.sentence, conduct.restart
    if is_restartable(policy, end.run, end.run.exit or Exit(), done=end.done):
        if restart := next_restart(policy, end.run, end.at, chance):
            return _restarts_by_itself(job, change, restart, next_run_id, sentence)
        sentence = f"{sentence}；{gave_up(policy, end.run, end.at)}"
    after = moved(job, Trigger.FINISH if end.done else Trigger.FAIL, end.at, reason=sentence, last_result=sentence)
    topic = notices.JOB_COMPLETED if end.done else notices.JOB_FAILED
    return replace(change, jobs=(after,), notifications=_told(job, after, topic, end, reason=sentence))


def _restarts_by_itself(job: Job, change: Change, restart: Restart, run_id: RunId, sentence: str) -> Change:
    (run,) = change.runs
    at = restart.recent[-1]
    waits = (restart.at - at).total_seconds()
    again = replace(
        queued(job, run_id, at),
        not_before_at=restart.at,
        restarts=run.restarts + 1,
        restarted_at=restart.recent,
    )
    return replace(
        change,
        jobs=(moved(job, Trigger.AWAIT, at, reason=sentence, last_result=sentence),),
        runs=(run, again),
        events=(
            *change.events,
            event(job, "run.restarts", at, None, run_id, number=again.restarts, waits_seconds=waits),
        ),
    )


def _extra_run_over(job: Job, change: Change, end: End) -> Change:
    """The job is as it was before the extra run; whoever asked for it is told how it went."""
    after = moved_back(job, end.run, end.at, last_result=end.sentence)
    if after.status is Status.PENDING and after.next_at is None:
        # Its last instant came while it ran.
        after = moved(job, Trigger.FINISH, end.at, reason="时间已过", last_result=end.sentence)
    topic = notices.OCCURRENCE_DONE if end.done else notices.OCCURRENCE_FAILED
    return replace(change, jobs=(after,), notifications=_told(job, after, topic, end, **{notices.ASKED: True}))


def _occurrence_over(job: Job, change: Change, end: End, conduct: Conduct) -> Change:
    """A job with a rhythm waits for its next instant; where there is none any more, it is at its end."""
    if end.is_missed:
        return _occurrence_missed(job, change, end)
    failures = 0 if end.done else job.failures + 1
    next_at = _next_at(job, end, failures, conduct)
    fields: dict[str, Any] = {"last_result": end.sentence, "failures": failures, "next_at": next_at}
    if next_at is None:
        return _last_occurrence_over(job, change, end, fields)
    after = moved(job, Trigger.AWAIT, end.at, reason="", **fields)
    topic = notices.OCCURRENCE_DONE if end.done else notices.OCCURRENCE_FAILED
    recovered = end.done and job.failures > 0
    first_of_a_row = failures == 1
    asked = end.run.scheduled_at is None
    is_told = conduct.tells_each or asked or recovered or first_of_a_row
    retries = not end.done and conduct.retry is not None and follows_its_runs(job.recurrence)
    data = {"failures": failures, "recovered": recovered, "retries": retries, "quiet": not conduct.tells_each}
    data |= {notices.ASKED: True} if asked else {}
    told = _told(job, after, topic, end, **data) if is_told else ()
    return replace(change, jobs=(after,), notifications=told)


def _occurrence_missed(job: Job, change: Change, end: End) -> Change:
    """Nothing has run, hence nothing has failed: the job goes on, or is at its end, as if nobody had been there."""
    next_at = job.next_at
    if job.recurrence is not None and follows_its_runs(job.recurrence):
        next_at = first_admitted(job.recurrence, end.at)
    fields: dict[str, Any] = {"last_result": f"错过 1 次：{end.sentence}", "next_at": next_at}
    trigger = Trigger.FINISH if next_at is None else Trigger.AWAIT
    after = moved(job, trigger, end.at, reason=fields["last_result"] if next_at is None else "", **fields)
    instant = (end.run.scheduled_at or end.at).isoformat()
    told = {"count": 1, "more": False, "first": instant, "last": instant}
    return replace(change, jobs=(after,), notifications=_told(job, after, notices.OCCURRENCE_MISSED, end, **told))


def _last_occurrence_over(job: Job, change: Change, end: End, fields: dict[str, Any]) -> Change:
    """A single instant succeeds or fails; a rhythm comes to its end, however its last run went."""
    if isinstance(job.recurrence, Once):
        trigger, reason = Trigger.FINISH if end.done else Trigger.FAIL, end.sentence
    else:
        trigger, reason = Trigger.FINISH, f"已到结束日期；最后一次{'完成' if end.done else '失败'}：{end.sentence}"
    after = moved(job, trigger, end.at, reason=reason, **fields)
    topic = notices.JOB_COMPLETED if trigger is Trigger.FINISH else notices.JOB_FAILED
    return replace(change, jobs=(after,), notifications=_told(job, after, topic, end, reason=reason))


def _next_at(job: Job, end: End, failures: int, conduct: Conduct) -> datetime | None:
    """The rhythm's next instant; after a failure sooner, where the kind tries again and the rhythm follows its runs."""
    if job.recurrence is None or not follows_its_runs(job.recurrence):
        return job.next_at
    usual = next_after(job.recurrence, end.at)
    wait = conduct.retry.wait(failures) if conduct.retry else None
    if wait is None or usual is None:
        return usual
    again = first_admitted(job.recurrence, end.at + wait)
    return usual if again is None else min(usual, again)


def _explains_itself(job: Job, end: End) -> bool:
    """Whether a run at a venue ended with a sentence of its own: its log would say the same in worse words."""
    return job.kind in _AT_VENUES and end.run.outcome is not None and end.run.outcome.sentence == end.sentence


def _told(job: Job, after: Job, topic: str, end: End, **data: Any) -> tuple[Notification, ...]:
    if end.is_told and data.get("reason", end.sentence) == end.sentence:
        return ()
    return notices.notify(
        job,
        topic,
        end.run.id,
        end.at,
        **{
            "reason": end.sentence,
            "log": () if _explains_itself(job, end) else end.last_words,
            "next_at": after.next_at.isoformat() if after.next_at and after.status is Status.PENDING else None,
            **lateness(end.run),
            "may_restart": job.recurrence is None,
            **data,
        },
    )
