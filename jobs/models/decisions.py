"""Decide: (what is, what happened, when) → what shall be. Pure; the store makes the returned `Change` true.

`actor` is the label of whoever asked, for the audit. Refusals are for people; an `IllegalTransition` is a defect.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from jobs.models import notices
from jobs.models.change import Change, Event, Occurrence, OccurrenceStatus
from jobs.models.errors import Refusal
from jobs.models.ids import Epoch, RunId
from jobs.models.job import ENDED, Job, Status
from jobs.models.lifecycle import Trigger, follow
from jobs.models.recurrence import next_after
from jobs.models.restarts import Restart, RestartPolicy, gave_up, is_restartable, next_restart
from jobs.models.run import Condemned, Desired, Exit, Identity, Run, RunStatus

_SHORTEST_POSTPONEMENT_SECONDS: Final = 2.0
_LONGEST_POSTPONEMENT_SECONDS: Final = 60.0
"""Between two tries to start a run on a machine that refuses: half as long as it has waited already."""


def created(job: Job, run_id: RunId | None, actor: str) -> Change:
    """A new job, as drawn up; with a run queued at once when `run_id` is given."""
    happened = event(job, "job.created", job.created_at, actor, kind=job.kind, name=job.name, config=job.config)
    queued = (_queued(job, run_id, job.created_at),) if run_id else ()
    return Change(jobs=(job,), runs=queued, events=(happened,))


def started(job: Job, open_run: Run | None, run_id: RunId, actor: str, at: datetime) -> Change:
    """A person starts a job: a long run is queued, a recurring job waits for its next instant."""
    _refuse_while_deleting(job, open_run)
    if open_run is not None and open_run.desired is Desired.STOPPED:
        raise Refusal(f"{job.label} 正在停止，停好后再启动，或发送 !重启任务 {job.number}")
    if open_run is not None and open_run.not_before_at is not None and open_run.status is RunStatus.QUEUED:
        return _hasten(job, open_run, actor, at, "job.started")
    if open_run is not None and open_run.status is RunStatus.QUEUED:
        raise Refusal(f"{job.label} 已经在排队，轮到就会启动")
    if open_run is not None:
        raise Refusal(f"{job.label} 已经在运行，不用再启动")
    if job.recurrence is None:
        return _queue_run(job, run_id, actor, at, "job.started")
    if job.status is Status.PENDING and job.next_at is not None:
        raise Refusal(f"{job.label} 已经在等待下一次触发，不用再启动")
    return _await_next(job, actor, at, "job.started")


def restarted(job: Job, open_run: Run | None, run_id: RunId, actor: str, at: datetime) -> Change:
    """A person restarts a job: the present run ends first, then a new one begins; else as starting."""
    _refuse_while_deleting(job, open_run)
    if open_run is not None and open_run.not_before_at is not None and open_run.status is RunStatus.QUEUED:
        return _hasten(job, open_run, actor, at, "job.restarted")
    if open_run is not None and open_run.status is RunStatus.QUEUED:
        raise Refusal(f"{job.label} 正在排队，轮到就启动，不用重启")
    if open_run is not None:
        return _desire(job, open_run, Desired.RESTARTED, "job.restart_requested", actor=actor, at=at)
    if job.recurrence is None:
        return _queue_run(job, run_id, actor, at, "job.restarted")
    return _await_next(job, actor, at, "job.restarted")


def stopped(job: Job, open_run: Run | None, actor: str, at: datetime) -> Change:
    """A person stops a job. With a process alive this only says so; the status follows when the process is gone."""
    _refuse_while_deleting(job, open_run)
    if job.status in ENDED:
        raise Refusal(f"{job.label} 没有在运行（{job.status.words}），不用停止")
    if open_run is not None and open_run.status is not RunStatus.QUEUED:
        return _desire(job, open_run, Desired.STOPPED, "job.stop_requested", actor=actor, at=at)
    return replace(
        _withdrawn(open_run, at),
        jobs=(_moved(job, Trigger.STOP, at, reason="被停止", next_at=None),),
        events=(event(job, "job.stopped", at, actor),),
    )


def deleted(job: Job, open_run: Run | None, actor: str, at: datetime) -> Change:
    """A person deletes a job: at once, or as soon as its process is gone."""
    _refuse_while_deleting(job, open_run)
    if open_run is not None and open_run.status is not RunStatus.QUEUED:
        return _desire(job, open_run, Desired.DELETED, "job.delete_requested", actor=actor, at=at)
    gone = replace(job, deleted_at=at, updated_at=at, next_at=None)
    return replace(_withdrawn(open_run, at), jobs=(gone,), events=(event(job, "job.deleted", at, actor),))


def claimed(job: Job, run: Run, epoch: Epoch, node: str, at: datetime) -> Change:
    """A node takes a queued run: intent is durable before any process exists."""
    return Change(
        jobs=(_moved(job, Trigger.CLAIM, at, reason=""),),
        runs=(replace(run, status=RunStatus.STARTING, epoch=epoch, node=node, started_at=at),),
        events=(event(job, "run.claimed", at, None, run.id, epoch=epoch, node=node),),
    )


def launched(job: Job, run: Run, worker: Identity, at: datetime) -> Change:
    """The run's process is known."""
    return Change(
        runs=(replace(run, status=RunStatus.LIVE, worker=worker),),
        events=(event(job, "run.launched", at, None, run.id, pid=worker.pid),),
    )


def condemned(job: Job, run: Run, why: Condemned, at: datetime) -> Change:
    """The engine ends a run by itself; what becomes of the job is decided when its process is gone."""
    ending = replace(run, condemned=why, stop_requested_at=run.stop_requested_at or at)
    return Change(runs=(ending,), events=(event(job, "run.condemned", at, None, run.id, reason=why.sentence),))


def postponed(job: Job, run: Run, sentence: str, at: datetime) -> Change:
    """The machine could not start a claimed run just now: it waits its turn again, ever longer, and nothing counts
    against the job, whose fault it is not."""
    waited = (at - run.requested_at).total_seconds() / 2
    wait = timedelta(seconds=min(max(waited, _SHORTEST_POSTPONEMENT_SECONDS), _LONGEST_POSTPONEMENT_SECONDS))
    again = replace(run, status=RunStatus.QUEUED, started_at=None, not_before_at=at + wait)
    return Change(
        jobs=(_moved(job, Trigger.AWAIT, at, reason=sentence),),
        runs=(again,),
        events=(event(job, "run.postponed", at, None, run.id, reason=sentence, waits_seconds=wait.total_seconds()),),
    )


def ended(
    job: Job,
    run: Run,
    exit: Exit,
    at: datetime,
    *,
    policy: RestartPolicy,
    chance: float,
    next_run_id: RunId,
    log: list[str],
) -> Change:
    """A run's process is gone: what people wanted decides first, then the exit and what the run said of itself.

    `policy` is that of the job's kind and `chance`, in [0, 1), what its jitter is drawn from. `next_run_id` names the
    run that follows, if one does; `log` holds the last lines, shown with a failure.
    """
    run = replace(run, status=RunStatus.ENDED, ended_at=at, exit=exit)
    done, sentence = verdict(run, exit)
    change = Change(
        runs=(run,),
        occurrences=_closed_occurrence(run, OccurrenceStatus.DONE if done else OccurrenceStatus.FAILED, sentence),
        events=(event(job, "run.ended", at, None, run.id, code=exit.code, signal=exit.signal, desired=run.desired),),
    )
    match run.desired:
        case Desired.DELETED:
            return replace(change, jobs=(replace(job, deleted_at=at, updated_at=at, next_at=None),))
        case Desired.STOPPED:
            return replace(change, jobs=(_moved(job, Trigger.STOP, at, reason="被停止", next_at=None),))
        case Desired.PAUSED:
            return replace(change, jobs=(_moved(job, Trigger.PAUSE, at, reason="被暂停", next_at=None),))
        case Desired.RESTARTED:
            again = _moved(job, Trigger.AWAIT, at, reason="")
            return replace(change, jobs=(again,), runs=(run, _queued(job, next_run_id, at)))
        case Desired.UP:
            may_restart = job.recurrence is None and is_restartable(policy, run, exit, done=done)
            if may_restart and (restart := next_restart(policy, run, at, chance)):
                return _restarts_by_itself(job, change, restart, next_run_id, sentence)
            if may_restart:
                sentence = f"{sentence}；{gave_up(policy, run, at)}"
            return _ended_by_itself(job, change, done, sentence, log)


def verdict(run: Run, exit: Exit) -> tuple[bool, str]:
    """Whether the work was done, and the sentence for it: the run's own words where they agree with its exit.

    What a run says it has done is done, however its process ended afterwards: it says so last, and a booking must not
    be made again because somebody pulled the plug then.
    """
    if run.outcome is not None and run.outcome.done:
        return True, run.outcome.sentence
    if run.condemned is not None:
        return False, run.condemned.sentence
    if run.outcome is not None and exit.signal is None:
        return False, run.outcome.sentence
    done = exit.code == 0
    return done, "已完成" if done else exit.words


def event(job: Job, type: str, at: datetime, actor: str | None, run_id: RunId | None = None, **data: Any) -> Event:
    """An event of a job; `actor` None: the engine itself."""
    return Event(job_id=job.id, type=type, at=at, actor=actor, run_id=run_id, data=data)


def _ended_by_itself(job: Job, change: Change, done: bool, sentence: str, log: list[str]) -> Change:
    (run,) = change.runs
    at = run.ended_at
    assert at is not None
    if job.recurrence is not None and job.next_at is not None:
        after = _moved(job, Trigger.AWAIT, at, reason="", last_result=sentence)
        topic = notices.OCCURRENCE_DONE if done else notices.OCCURRENCE_FAILED
    else:
        after = _moved(job, Trigger.FINISH if done else Trigger.FAIL, at, reason=sentence, last_result=sentence)
        topic = notices.JOB_COMPLETED if done else notices.JOB_FAILED
    told = notices.notify(
        job,
        topic,
        run.id,
        at,
        reason=sentence,
        log=[] if done else log,
        next_at=_iso(after.next_at),
        may_restart=job.recurrence is None,
    )
    return replace(change, jobs=(after,), notifications=told)


def _restarts_by_itself(job: Job, change: Change, restart: Restart, run_id: RunId, sentence: str) -> Change:
    (run,) = change.runs
    at = restart.recent[-1]
    waits = (restart.at - at).total_seconds()
    again = replace(
        _queued(job, run_id, at),
        not_before_at=restart.at,
        restarts=run.restarts + 1,
        restarted_at=restart.recent,
    )
    return replace(
        change,
        jobs=(_moved(job, Trigger.AWAIT, at, reason=sentence, last_result=sentence),),
        runs=(run, again),
        events=(
            *change.events,
            event(job, "run.restarts", at, None, run_id, number=again.restarts, waits_seconds=waits),
        ),
    )


def _closed_occurrence(run: Run, status: OccurrenceStatus, sentence: str) -> tuple[Occurrence, ...]:
    if run.scheduled_at is None:
        return ()
    return (
        Occurrence(job_id=run.job_id, scheduled_at=run.scheduled_at, status=status, run_id=run.id, reason=sentence),
    )


def _queue_run(job: Job, run_id: RunId, actor: str, at: datetime, type: str) -> Change:
    waiting = replace(job, updated_at=at) if job.status is Status.PENDING else _moved(job, Trigger.QUEUE, at, reason="")
    return Change(jobs=(waiting,), runs=(_queued(job, run_id, at),), events=(event(job, type, at, actor),))


def _hasten(job: Job, waiting: Run, actor: str, at: datetime, type: str) -> Change:
    """A person does not wait for the restart that is due by itself, and its count begins anew."""
    now = replace(waiting, not_before_at=None, restarts=0, restarted_at=())
    return Change(
        jobs=(replace(job, reason="", updated_at=at),), runs=(now,), events=(event(job, type, at, actor, waiting.id),)
    )


def _await_next(job: Job, actor: str, at: datetime, type: str) -> Change:
    assert job.recurrence is not None
    due = next_after(job.recurrence, at)
    if due is None:
        raise Refusal(f"{job.label} 的时间已经过去，请用 !创建定时 重新创建")
    if job.status is Status.PENDING:
        waiting = replace(job, next_at=due, updated_at=at)
    else:
        waiting = _moved(job, Trigger.QUEUE, at, reason="", next_at=due)
    return Change(jobs=(waiting,), events=(event(job, type, at, actor),))


def _desire(job: Job, run: Run, desired: Desired, type: str, *, actor: str, at: datetime) -> Change:
    wanted = replace(run, desired=desired, stop_requested_at=run.stop_requested_at or at)
    return Change(runs=(wanted,), events=(event(job, type, at, actor, run.id),))


def _moved(job: Job, trigger: Trigger, at: datetime, **fields: Any) -> Job:
    return replace(job, status=follow(job.status, trigger), updated_at=at, **fields)


def _queued(job: Job, run_id: RunId, at: datetime, scheduled_at: datetime | None = None) -> Run:
    return Run(id=run_id, job_id=job.id, status=RunStatus.QUEUED, requested_at=at, scheduled_at=scheduled_at)


def _withdrawn(queued: Run | None, at: datetime) -> Change:
    """A run that was queued, if any, never begins; nor does the occurrence it was for."""
    if queued is None:
        return Change()
    ended = replace(queued, status=RunStatus.ENDED, ended_at=at)
    return Change(runs=(ended,), occurrences=_closed_occurrence(ended, OccurrenceStatus.SKIPPED, "启动前被取消"))


def _refuse_while_deleting(job: Job, run: Run | None) -> None:
    if run is not None and run.desired is Desired.DELETED:
        raise Refusal(f"{job.label} 正在删除，等它的进程退出就好")


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
