"""Decide how a person's last act is taken back: an edit, a deletion, a stop. Pure.

Built on events: the act's own says what was before (`remembering`), and taking it back writes one that names it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from jobs.models.change import Change, Event
from jobs.models.editions import EDITED, edited, edition_of, stored_edition, stored_next_at
from jobs.models.errors import Refusal
from jobs.models.ids import JobId, RunId
from jobs.models.job import ENDED, Job, Status
from jobs.models.lifecycle import Trigger
from jobs.models.moving import desire, event, moved, moved_back, queued
from jobs.models.outlook import first_from
from jobs.models.people import Actor
from jobs.models.recurrence import Recurrence, first_due, follows_its_runs
from jobs.models.run import Desired, Run

WITHIN: Final = timedelta(minutes=10)
UNDONE: Final = "job.undone"

Act = Literal["edit", "stop", "delete"]
_ACTS: Final[dict[str, Act]] = {
    EDITED: "edit",
    "job.stopped": "stop",
    "job.stop_requested": "stop",
    "job.deleted": "delete",
    "job.delete_requested": "delete",
}
OVER: Final = "时间已过"
_ON_ITS_WAY: Final = {Desired.PAUSED: Status.PAUSED, Desired.STOPPED: Status.STOPPED}
"""What a job is as soon as its run has left."""


class Before(Struct, frozen=True, kw_only=True):
    """How a job stood before it was stopped or deleted. `desired`, `scheduled_at` and `returns_to` are those of its
    open run, if it `had_run`."""

    status: Status
    reason: str = ""
    next_at: datetime | None = None
    recurrence: Recurrence | None = None
    had_run: bool = False
    desired: Desired = Desired.UP
    scheduled_at: datetime | None = None
    returns_to: Status | None = None


class Undone(Struct, frozen=True, kw_only=True):
    """What was taken back: the act, when it was done, and the job as it is now.

    `was` with the act and `became` without it: what this taking back changed, whatever others do at the same time.
    """

    act: Act
    acted_at: datetime
    job: Job
    was: Job
    became: Job


def remembering(change: Change, job: Job, open_run: Run | None, actor: Actor) -> Change:
    """The same act, with an event that says what was before and where it was said: it can be taken back."""
    said: dict[str, Any] = {"place": actor.chat.place if actor.chat else None}
    return replace(change, events=tuple(_with(one, said, job, open_run) for one in change.events))


def last_act(events: Iterable[Event], at: datetime, *, place: str | None, job_id: JobId | None) -> Event | None:
    """The latest act among one person's events (latest first) that can be taken back: of that job, or, where none is
    named, said in that place."""
    gone: set[object] = set()
    for one in events:
        if one.type == UNDONE:
            gone.add(one.data.get("event"))
        elif one.type in _ACTS and "before" in one.data and one.id not in gone and at - one.at <= WITHIN:
            is_meant = one.job_id == job_id if job_id is not None else one.data.get("place") == place
            if is_meant:
                return one
    return None


def acted_on(events: Sequence[Event], at: datetime) -> list[JobId]:
    """The jobs that one person's acts among these were about, latest first."""
    acts = (one for one in events if one.type in _ACTS and "before" in one.data and at - one.at <= WITHIN)
    return list(dict.fromkeys(one.job_id for one in acts))


def act_of(event: Event) -> Act:
    return _ACTS[event.type]


def undone(act: Event, job: Job, open_run: Run | None, run_id: RunId, actor: Actor, at: datetime) -> Change:
    """The act is taken back: the job is as it was before, or on its way there. `job` may be deleted.

    Raises `Refusal` where what has happened since stands against it.
    """
    label = actor.label
    data: dict[str, Any] = {"event": act.id, "act": act_of(act), "place": actor.chat.place if actor.chat else None}
    if act_of(act) == "edit":
        return _as_edited_before(act, job, open_run, label, at, data)
    before = msgspec.convert(act.data["before"], Before)
    leaving = Desired.STOPPED if act_of(act) == "stop" else Desired.DELETED
    if open_run is not None and open_run.desired is leaving and job.deleted_at is None:
        return _wanted_again(job, open_run, before, label, at, data)
    if act_of(act) == "stop":
        change = _started_again(job, open_run, before, run_id, at)
    else:
        change = _brought_back(job, before, run_id, at)
    return replace(change, events=(event(job, UNDONE, at, label, **data),))


# -- inside -------------------------------------------------------------------------------------------------------
def _with(one: Event, said: dict[str, Any], job: Job, open_run: Run | None) -> Event:
    is_stopping = open_run is not None and open_run.desired is Desired.STOPPED
    if one.type not in _ACTS or (_ACTS[one.type] == "stop" and is_stopping):
        return one  # Said a second time it changes nothing.
    before = {} if one.type == EDITED else {"before": msgspec.to_builtins(_before(job, open_run))}
    return replace(one, data={**one.data, **said, **before})


def _before(job: Job, open_run: Run | None) -> Before:
    before = Before(status=job.status, reason=job.reason, next_at=job.next_at, recurrence=job.recurrence)
    if open_run is None:
        return before
    return replace(
        before,
        status=_ON_ITS_WAY.get(open_run.desired, job.status),
        had_run=True,
        desired=open_run.desired,
        scheduled_at=open_run.scheduled_at,
        returns_to=open_run.returns_to,
    )


def _as_edited_before(
    act: Event, job: Job, open_run: Run | None, actor: str, at: datetime, data: dict[str, Any]
) -> Change:
    if job.deleted_at is not None:
        raise Refusal(f"{job.label} 已经删除，没有修改可撤销")
    if edition_of(job) != stored_edition(act.data["after"]):
        raise Refusal(f"{job.label} 在那之后又被改过，不能直接撤销；发送 !任务详情 {job.number} 看现在的样子再改")
    before = act.data["before"]
    return edited(job, open_run, stored_edition(before), actor, at, type=UNDONE, next_at=stored_next_at(before), **data)


def _wanted_again(job: Job, run: Run, before: Before, actor: str, at: datetime, data: dict[str, Any]) -> Change:
    """Its process is still leaving: what was wanted before is decided when it is gone."""
    change = desire(job, run, _desired_again(job, run, before, at), UNDONE, actor=actor, at=at)
    return replace(change, events=(event(job, UNDONE, at, actor, run.id, **data),))


def _desired_again(job: Job, run: Run, before: Before, at: datetime) -> Desired:
    if before.desired is not Desired.UP:
        return before.desired
    is_armed = run.scheduled_at is not None and run.scheduled_at > at
    if job.recurrence is None or run.returns_to is not None or is_armed:
        return Desired.RESTARTED
    return Desired.MOVED


def _started_again(job: Job, open_run: Run | None, before: Before, run_id: RunId, at: datetime) -> Change:
    if job.deleted_at is not None:
        raise Refusal(f"{job.label} 已经删除，撤销不了之前的停止")
    if before.status in ENDED or before.returns_to in ENDED:
        raise Refusal(f"那次停下的只是一次立即执行，要再来一次请发送 !立即执行 {job.number}")
    if job.status is not Status.STOPPED or open_run is not None:
        raise Refusal(f"{job.label} 现在{job.status.words}，那次停止不用撤销了")
    if _next_at(job, before, at) is None and _awaits(job, before):
        raise Refusal(f"{job.label} 的时间已经过去，撤销停止也不会再运行")
    return _as_it_was(moved(job, Trigger.QUEUE, at, reason=""), before, run_id, at)


def _brought_back(job: Job, before: Before, run_id: RunId, at: datetime) -> Change:
    if job.deleted_at is None:
        raise Refusal(f"{job.label} 还在，没有删除可撤销")
    back = replace(job, deleted_at=None, updated_at=at)
    if back.status is Status.RUNNING:
        # It was deleted while it ran, and nothing has said yet what it is without its run.
        extra = replace(queued(back, run_id, at), returns_to=before.returns_to)
        back = moved_back(back, extra, at)
    return _as_it_was(back, before, run_id, at)


def _as_it_was(job: Job, before: Before, run_id: RunId, at: datetime) -> Change:
    """A job that waits for nothing yet, or is at its end, and then as it stood before; what ran begins anew."""
    if job.status in ENDED:
        return Change(jobs=(job,))
    if before.status is Status.STOPPED:
        return Change(jobs=(moved(job, Trigger.STOP, at, reason="被停止", next_at=None),))
    if Status.PAUSED in (job.status, before.status, before.returns_to):
        paused = job if job.status is Status.PAUSED else moved(job, Trigger.PAUSE, at)
        return Change(jobs=(replace(paused, reason="被暂停", next_at=_next_at(job, before, at)),))
    if job.recurrence is None:
        runs = (queued(job, run_id, at),) if before.had_run else ()
        return Change(jobs=(replace(job, reason="" if runs else before.reason),), runs=runs)
    return Change(jobs=(_waiting(job, before, at),))


def _waiting(job: Job, before: Before, at: datetime) -> Job:
    if not _awaits(job, before):
        return replace(job, reason=before.reason, next_at=None)
    next_at = _next_at(job, before, at)
    if next_at is None:
        return moved(job, Trigger.FINISH, at, reason=OVER, next_at=None)
    return replace(job, reason="", next_at=next_at)


def _awaits(job: Job, before: Before) -> bool:
    """Whether the job has a rhythm that it was started on."""
    is_extra = before.returns_to is not None
    return job.recurrence is not None and (before.next_at is not None or (before.had_run and not is_extra))


def _next_at(job: Job, before: Before, at: datetime) -> datetime | None:
    """What a job waits for: what it waited for before, if that still lies ahead, or the rhythm's next."""
    if job.recurrence is None or not _awaits(job, before):
        return None
    if job.recurrence != before.recurrence:
        return first_due(job.recurrence, at)
    ahead = [instant for instant in (before.scheduled_at, before.next_at) if instant is not None and instant > at]
    if ahead:
        return min(ahead)
    return first_due(job.recurrence, at) if follows_its_runs(job.recurrence) else first_from(job, at)
