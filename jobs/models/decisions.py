"""Decide: (what is, what happened, when) → what shall be. Pure; the store makes the returned `Change` true.

`actor` is the label of whoever asked, for the audit. Refusals are for people; an `IllegalTransition` is a defect.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from jobs.models.change import Change, OccurrenceStatus
from jobs.models.configs import booking_config
from jobs.models.errors import Refusal
from jobs.models.ids import Epoch, RunId
from jobs.models.job import ENDED, Job, Status
from jobs.models.lifecycle import Trigger
from jobs.models.moving import (
    desire,
    event,
    moved,
    moved_back,
    occurrence_of,
    queued,
    refuse_while_deleting,
    withdrawn,
)
from jobs.models.outlook import first_from
from jobs.models.pausing import resumed
from jobs.models.run import Condemned, Desired, Identity, Run, RunStatus

_EXAMPLE_PRESET: Final = 18
_SHORTEST_POSTPONEMENT_SECONDS: Final = 2.0
_LONGEST_POSTPONEMENT_SECONDS: Final = 60.0
"""Between two tries to start a run on a machine that refuses: half as long as it has waited already."""


def created(job: Job, run_id: RunId | None, actor: str) -> Change:
    """A new job, as drawn up; with a run queued at once when `run_id` is given."""
    happened = event(job, "job.created", job.created_at, actor, kind=job.kind, name=job.name, config=job.config)
    runs = (queued(job, run_id, job.created_at),) if run_id else ()
    return Change(jobs=(job,), runs=runs, events=(happened,))


def started(job: Job, open_run: Run | None, run_id: RunId, actor: str, at: datetime) -> Change:
    """A person starts a job: a long run is queued, a recurring job waits for its next instant."""
    refuse_while_deleting(job, open_run)
    if open_run is not None and open_run.desired is Desired.STOPPED:
        raise Refusal(f"{job.label} 正在停止，停好后再启动，或发送 !重启任务 {job.number}")
    if open_run is not None and open_run.not_before_at is not None and open_run.status is RunStatus.QUEUED:
        return _hasten(job, open_run, actor, at, "job.started")
    if open_run is not None and open_run.status is RunStatus.QUEUED:
        raise Refusal(f"{job.label} 已经在排队，轮到就会启动")
    if open_run is not None:
        raise Refusal(f"{job.label} 已经在运行，不用再启动")
    if job.status is Status.PAUSED:
        return resumed(job, open_run, run_id, actor, at)
    if job.recurrence is None:
        return _queue_run(job, run_id, actor, at, "job.started")
    if job.status is Status.PENDING and job.next_at is not None:
        raise Refusal(f"{job.label} 已经在等待下一次触发，不用再启动；想马上运行一次请发送 !立即执行 {job.number}")
    return _await_next(job, actor, at, "job.started")


def restarted(job: Job, open_run: Run | None, run_id: RunId, actor: str, at: datetime) -> Change:
    """A person restarts a job: the present run ends first, then a new one begins; else as starting."""
    refuse_while_deleting(job, open_run)
    if open_run is not None and open_run.not_before_at is not None and open_run.status is RunStatus.QUEUED:
        return _hasten(job, open_run, actor, at, "job.restarted")
    if open_run is not None and open_run.status is RunStatus.QUEUED:
        raise Refusal(f"{job.label} 正在排队，轮到就启动，不用重启")
    if open_run is not None:
        return desire(job, open_run, Desired.RESTARTED, "job.restart_requested", actor=actor, at=at)
    if job.recurrence is None:
        return _queue_run(job, run_id, actor, at, "job.restarted")
    return _await_next(job, actor, at, "job.restarted")


def stopped(job: Job, open_run: Run | None, actor: str, at: datetime) -> Change:
    """A person stops a job. With a process alive this only says so; the status follows when the process is gone."""
    refuse_while_deleting(job, open_run)
    if job.status in ENDED and open_run is None:
        raise Refusal(f"{job.label} 没有在运行（{job.status.words}），不用停止")
    if open_run is not None and open_run.status is not RunStatus.QUEUED:
        return desire(job, open_run, Desired.STOPPED, "job.stop_requested", actor=actor, at=at)
    # An extra run of a job that had ended before: only that is taken back.
    still = replace(job, updated_at=at) if job.status in ENDED else _stopped(job, at)
    return replace(
        withdrawn(open_run, at, "启动前被取消"), jobs=(still,), events=(event(job, "job.stopped", at, actor),)
    )


def deleted(job: Job, open_run: Run | None, actor: str, at: datetime) -> Change:
    """A person deletes a job: at once, or as soon as its process is gone."""
    refuse_while_deleting(job, open_run)
    if open_run is not None and open_run.status is not RunStatus.QUEUED:
        return desire(job, open_run, Desired.DELETED, "job.delete_requested", actor=actor, at=at)
    gone = replace(job, deleted_at=at, updated_at=at, next_at=None)
    return replace(withdrawn(open_run, at, "任务已删除"), jobs=(gone,), events=(event(job, "job.deleted", at, actor),))


def claimed(job: Job, run: Run, epoch: Epoch, node: str, at: datetime) -> Change:
    """A node takes a queued run: intent is durable before any process exists."""
    return Change(
        jobs=(moved(job, Trigger.CLAIM, at, reason=""),),
        runs=(replace(run, status=RunStatus.STARTING, epoch=epoch, node=node, started_at=at),),
        events=(event(job, "run.claimed", at, None, run.id, epoch=epoch, node=node),),
    )


def launched(job: Job, run: Run, worker: Identity, at: datetime) -> Change:
    """The run's process is known; before its instant, it waits for it prepared."""
    is_early = run.scheduled_at is not None and at < run.scheduled_at
    return Change(
        runs=(replace(run, status=RunStatus.LIVE, worker=worker),),
        occurrences=occurrence_of(run, OccurrenceStatus.ARMED) if is_early else (),
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
        jobs=(moved_back(job, run, at, reason=sentence),),
        runs=(again,),
        events=(event(job, "run.postponed", at, None, run.id, reason=sentence, waits_seconds=wait.total_seconds()),),
    )


def _stopped(job: Job, at: datetime) -> Job:
    return moved(job, Trigger.STOP, at, reason="被停止", next_at=None)


def _queue_run(job: Job, run_id: RunId, actor: str, at: datetime, type: str) -> Change:
    waiting = replace(job, updated_at=at) if job.status is Status.PENDING else moved(job, Trigger.QUEUE, at, reason="")
    return Change(jobs=(waiting,), runs=(queued(job, run_id, at),), events=(event(job, type, at, actor),))


def _hasten(job: Job, waiting: Run, actor: str, at: datetime, type: str) -> Change:
    """A person does not wait for the restart that is due by itself, and its count begins anew."""
    now = replace(waiting, not_before_at=None, restarts=0, restarted_at=())
    return Change(
        jobs=(replace(job, reason="", updated_at=at),), runs=(now,), events=(event(job, type, at, actor, waiting.id),)
    )


def _await_next(job: Job, actor: str, at: datetime, type: str) -> Change:
    assert job.recurrence is not None
    due = first_from(job, at)
    if due is None:
        raise Refusal(f"{job.label} 的时间已经过去，请重新创建一个，例如 {_how_to_make_another(job)}")
    if job.status is Status.PENDING:
        waiting = replace(job, next_at=due, updated_at=at)
    else:
        waiting = moved(job, Trigger.QUEUE, at, reason="", next_at=due, failures=0)
    return Change(jobs=(waiting,), events=(event(job, type, at, actor),))


def _how_to_make_another(job: Job) -> str:
    if job.kind != "auto_booking":
        return f"!创建定时 {job.name} 每天12:00"
    try:
        preset = booking_config(job.config).target.preset
    except msgspec.ValidationError:
        preset = None
    return f"!创建抢票 {job.name} 预设={preset or _EXAMPLE_PRESET}"
