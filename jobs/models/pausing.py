"""Decide what people ask of a job's rhythm: pause, go on, run once now, shift the next run. Pure.

`actor` is the label of whoever asked, for the audit. Refusals are for people.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from jobs.models.change import Change, Occurrence, OccurrenceStatus
from jobs.models.durations import seconds_in_words
from jobs.models.errors import Refusal
from jobs.models.ids import RunId
from jobs.models.job import ENDED, Job, Status
from jobs.models.lifecycle import Trigger
from jobs.models.moving import desire, event, moved, queued, refuse_while_deleting, withdrawn
from jobs.models.outlook import due_instants, first_from, next_of, rhythm_of
from jobs.models.recurrence import first_admitted, follows_its_runs
from jobs.models.run import Desired, Run, RunStatus

IN_A_PAUSE = "任务已暂停"
"""The reason of occurrences that came due in a pause."""


def paused(job: Job, open_run: Run | None, actor: str, at: datetime) -> Change:
    """A person pauses a job. With a process alive this only says so; the status follows when the process is gone.

    The rhythm goes on in thought: what comes due meanwhile is skipped, each with its reason.
    """
    refuse_while_deleting(job, open_run)
    if job.status is Status.PAUSED:
        raise Refusal(f"{job.label} 已经暂停，发送 !继续任务 {job.number} 继续")
    if job.status in ENDED:
        raise Refusal(f"{job.label} 没有在运行（{job.status.words}），不用暂停")
    if open_run is not None and open_run.desired is Desired.PAUSED:
        raise Refusal(f"{job.label} 正在暂停，等这次运行退出就好")
    if open_run is not None and open_run.desired is Desired.STOPPED:
        raise Refusal(f"{job.label} 正在停止，不用暂停")
    if open_run is not None and open_run.status is not RunStatus.QUEUED:
        return desire(job, open_run, Desired.PAUSED, "job.pause_requested", actor=actor, at=at)
    return replace(
        withdrawn(open_run, at, IN_A_PAUSE),
        jobs=(moved(job, Trigger.PAUSE, at, reason="被暂停"),),
        events=(event(job, "job.paused", at, actor),),
    )


def resumed(job: Job, open_run: Run | None, run_id: RunId, actor: str, at: datetime) -> Change:
    """A person lets a paused job go on: a long run is queued, a rhythm waits for its next instant.

    What came due in the pause and was not recorded yet is skipped in the same change. While the run that the pause
    stopped is still leaving, this only says so.
    """
    refuse_while_deleting(job, open_run)
    if open_run is not None and open_run.desired in (Desired.PAUSED, Desired.RESUMED):
        return desire(job, open_run, Desired.RESUMED, "job.resume_requested", actor=actor, at=at)
    if open_run is not None and open_run.returns_to is Status.PAUSED:
        raise Refusal(f"{job.label} 正在立即执行一次，等它结束后再发送 !继续任务 {job.number}")
    if job.status is not Status.PAUSED:
        start = f"；要启动请发送 !启动任务 {job.number}" if job.status in ENDED else ""
        raise Refusal(f"{job.label} 没有暂停（{job.status.words}），不用继续{start}")
    happened = event(job, "job.resumed", at, actor)
    if job.recurrence is None:
        again = moved(job, Trigger.QUEUE, at, reason="")
        return Change(jobs=(again,), runs=(queued(job, run_id, at),), events=(happened,))
    passed = due_instants(job, at)
    next_at = goes_on_at(job, at)
    if next_at is None:
        raise Refusal(f"{job.label} 的时间已经过去，不会再运行；发送 !删除任务 {job.number} 删除")
    again = moved(job, Trigger.QUEUE, at, reason="", next_at=next_at)
    return Change(jobs=(again,), claims=skipped_in_a_pause(job, passed), events=(happened,))


def goes_on_at(job: Job, at: datetime) -> datetime | None:
    """What a job waits for after a pause: what it waited for before, if that still lies ahead, or the rhythm's next.

    Of the two the sooner: an instant that a run was prepared for when the pause began may still lie ahead, too.
    """
    kept = job.next_at if job.next_at is not None and job.next_at > at else None
    if kept is not None and follows_its_runs(job.recurrence):
        return kept
    first = first_from(job, at)
    return min((instant for instant in (kept, first) if instant is not None), default=None)


def skipped_in_a_pause(job: Job, instants: list[datetime]) -> tuple[Occurrence, ...]:
    """The rows of instants that came due in a pause."""
    return tuple(
        Occurrence(job_id=job.id, scheduled_at=instant, status=OccurrenceStatus.SKIPPED, reason=IN_A_PAUSE)
        for instant in instants
    )


def run_now(job: Job, open_run: Run | None, run_id: RunId, actor: str, at: datetime) -> Change:
    """One extra run of a job with a rhythm, at most one at a time; afterwards the job is as it was."""
    refuse_while_deleting(job, open_run)
    if job.recurrence is None:
        raise Refusal(f"{job.label} 不是按时间运行的，启动后一直在运行；没有在运行就发送 !启动任务 {job.number}")
    if open_run is not None and open_run.status is RunStatus.QUEUED:
        raise Refusal(f"{job.label} 已经在排队，轮到就会运行")
    if open_run is not None:
        raise Refusal(f"{job.label} {_busy(open_run, at)}，等这次结束后再立即执行")
    extra = replace(queued(job, run_id, at), returns_to=_returns_to(job))
    return Change(jobs=(replace(job, updated_at=at),), runs=(extra,), events=(event(job, "job.run_now", at, actor),))


def reordered(job: Job, open_run: Run | None, shift: timedelta, actor: str, at: datetime) -> Change:
    """A person shifts the next run: into the past means now, outside the valid hours means their next opening.

    The rhythm itself stays: what comes after is where it was. Refused beyond the instant after the next.
    """
    refuse_while_deleting(job, open_run)
    if job.recurrence is None:
        raise Refusal(f"{job.label} 不是按时间运行的，没有下一次可调整")
    if job.status is Status.PAUSED:
        raise Refusal(f"{job.label} 已暂停，没有下一次可调整；先发送 !继续任务 {job.number}")
    if job.status in ENDED:
        raise Refusal(f"{job.label} {job.status.words}，没有下一次可调整；先发送 !启动任务 {job.number}")
    if open_run is not None:
        raise Refusal(f"{job.label} {_busy(open_run, at)}，等这次结束后再调整")
    if job.next_at is None:
        raise Refusal(f"{job.label} 还没有启动，先发送 !启动任务 {job.number}")
    if shift == timedelta(0):
        raise Refusal(f"调整的时长不能是 0，例如 !调整任务 {job.number} +30分钟")
    target = first_admitted(job.recurrence, max(job.next_at + shift, at))
    if target is None:
        raise Refusal(f"{job.label} 推迟这么久就过了结束日期，请少推迟一些，例如 !调整任务 {job.number} +10分钟")
    following = next_of(job)
    if following is not None and target >= following:
        most = max(int((following - job.next_at).total_seconds()) - 1, 1)
        raise Refusal(
            f"{job.label} 推迟这么久就越过再下一次了，最多推迟 {seconds_in_words(most)}：!调整任务 {job.number} +{most}"
        )
    rhythm = None if follows_its_runs(job.recurrence) else rhythm_of(job, job.next_at)
    return Change(
        jobs=(replace(job, next_at=target, served_until=rhythm, updated_at=at),),
        events=(event(job, "job.reordered", at, actor, was=job.next_at.isoformat(), now=target.isoformat()),),
    )


def _busy(open_run: Run, at: datetime) -> str:
    """Why another run cannot be had now."""
    if open_run.scheduled_at is not None and open_run.scheduled_at > at:
        return "已经为下一次就位"
    return "正在排队" if open_run.status is RunStatus.QUEUED else "正在运行"


def _returns_to(job: Job) -> Status:
    """As what it is, a job that was never started as one that was stopped: it waits for nothing."""
    return Status.STOPPED if job.status is Status.PENDING and job.next_at is None else job.status
