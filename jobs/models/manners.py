"""What may be said now, and how much of it at once: quiet hours, one digest per storm, jobs that flap. Pure.

What waits for a chat is rows of the store, so nothing is forgotten here: of the same rows, settings and instant comes
the same decision, before and after a restart.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jobs.models import notices
from jobs.models.change import Notification
from jobs.models.chats import ChatSettings, QuietHours
from jobs.models.ids import JobId

SINGLY_AT_MOST: Final = 3
"""As many ordinary ones that wait together are told one by one; more are a storm."""
DIGEST_AT_MOST: Final = 20
"""Notifications in one message: about what a phone shows without scrolling twice."""
FLAPPING_WITHIN: Final = timedelta(hours=1)
TOLD_WHILE_FLAPPING: Final = 4
"""Told one by one within that time, two failures and two recoveries among them; the next announces the silence."""
_LOOK_AGAIN: Final = timedelta(minutes=10)
"""What quiet hours hold is looked at again so often, for a chat may settle them anew meanwhile."""

FAILURES: Final = frozenset({notices.OCCURRENCE_FAILED, notices.JOB_FAILED})
RECOVERIES: Final = frozenset({notices.OCCURRENCE_DONE, notices.JOB_COMPLETED})
_WAITED_LONG: Final = timedelta(minutes=5)
"""Far longer than a turn takes: whatever has waited so long was held."""
ALTERNATING: Final = FAILURES | RECOVERIES

FLAPPING: Final = "flapping"
"""Set in the data of the notification that announces the silence."""
ESCALATES: Final = "escalates"
"""Set in the data of what is escalated: after how many minutes."""


class Waiting(Struct, frozen=True, kw_only=True):
    """What waits in one lane of a chat, in order and none of it begun, but perhaps the first. Never empty.

    `told`: of the jobs in it, how often their chats were told what within `FLAPPING_WITHIN`, by topic. `is_begun`: the
    first was tried before, with whatever outcome.
    """

    notifications: tuple[Notification, ...]
    settings: ChatSettings
    told: Mapping[JobId, Mapping[str, int]] = {}
    is_begun: bool = False


class Send(Struct, frozen=True, kw_only=True):
    """These go now, as one message, in this order: places in `Waiting.notifications`. `announcing`: those of them with
    which it is said that their job flaps, and what comes next is told together."""

    places: tuple[int, ...]
    announcing: frozenset[int] = frozenset()


class Hold(Struct, frozen=True, kw_only=True):
    """The lane waits until then."""

    until: datetime


class Leave(Struct, frozen=True, kw_only=True):
    """Nothing goes now; whatever is written behind may."""


Decision = Send | Hold | Leave


def decide(waiting: Waiting, at: datetime, zone: tzinfo) -> Decision:
    """What is done now about a lane whose chat can be reached.

    Urgent ones go one by one, whatever the hour. What was tried before goes alone: it may have arrived, or be what the
    chat does not take.
    """
    first, quiet = waiting.notifications[0], waiting.settings.quiet
    if first.is_urgent:
        return Send(places=(0,))
    if quiet is not None and _is_held(quiet, at, zone):
        return Hold(until=min(_end_of(quiet, at, zone), at + _LOOK_AGAIN))
    return Send(places=(0,)) if waiting.is_begun else _of_those_awake(waiting, at, zone)


def _of_those_awake(waiting: Waiting, at: datetime, zone: tzinfo) -> Decision:
    damped = {place for place, one in enumerate(waiting.notifications) if _is_damped(one, waiting.told)}
    free = [place for place in range(len(waiting.notifications)) if place not in damped]
    if not free:
        return Leave()
    first = waiting.notifications[free[0]]
    quiet = waiting.settings.quiet
    was_held = quiet is not None and _is_held(quiet, first.created_at, zone)
    if len(free) > (1 if was_held else SINGLY_AT_MOST):
        return _sending(free[:DIGEST_AT_MOST], waiting)
    # What was held while its job flapped goes together.
    has_waited = at - first.created_at >= _WAITED_LONG
    same = [place for place in free if _alternate(first, waiting.notifications[place])] if has_waited else []
    return _sending(same[:DIGEST_AT_MOST] if len(same) > 1 else free[:1], waiting)


def _sending(places: Sequence[int], waiting: Waiting) -> Send:
    """With the last of a job after which the next would be damped, the silence is announced."""
    told = {job_id: dict(topics) for job_id, topics in waiting.told.items()}
    last: dict[JobId, int] = {}
    for place in places:
        one = waiting.notifications[place]
        if one.job_id is not None and one.topic in ALTERNATING:
            topics = told.setdefault(one.job_id, {})
            topics[one.topic] = topics.get(one.topic, 0) + 1
            last[one.job_id] = place
    announcing = (place for place in last.values() if _is_damped(waiting.notifications[place], told))
    return Send(places=tuple(places), announcing=frozenset(announcing))


def announced(notification: Notification) -> Notification:
    """The same, saying that what comes next of its job is told together."""
    return replace(notification, data={**notification.data, FLAPPING: True})


def to_acknowledge(notification: Notification, minutes: int) -> Notification:
    """The same, saying that somebody else is told unless it is acknowledged within so many minutes."""
    return replace(notification, data={**notification.data, ESCALATES: minutes})


def escalates_after(notification: Notification, settings: ChatSettings, pager_minutes: int | None) -> int | None:
    """After how many minutes somebody else is told of it, unless it is acknowledged; None: nobody is.

    `pager_minutes` None: there is no pager.
    """
    if notification.topic not in notices.TO_ACKNOWLEDGE:
        return None
    named = None if settings.escalate_to is None else max(1, round(settings.escalate_after_seconds / 60))
    return min((minutes for minutes in (named, pager_minutes) if minutes is not None), default=None)


def _is_damped(one: Notification, told: Mapping[JobId, Mapping[str, int]]) -> bool:
    return _count(one, told) > TOLD_WHILE_FLAPPING


def _alternate(one: Notification, other: Notification) -> bool:
    """Whether both say of the same job that it failed or recovered."""
    return one.job_id == other.job_id and {one.topic, other.topic} <= ALTERNATING


def _count(one: Notification, told: Mapping[JobId, Mapping[str, int]]) -> int:
    """How often its job was told to fail and to recover of late; 0 where it does not alternate."""
    if one.job_id is None or one.topic not in ALTERNATING:
        return 0
    topics = told.get(one.job_id, {})
    failed, recovered = (sum(topics.get(topic, 0) for topic in side) for side in (FAILURES, RECOVERIES))
    return failed + recovered if min(failed, recovered) >= TOLD_WHILE_FLAPPING // 2 else 0


def _is_held(quiet: QuietHours, at: datetime, zone: tzinfo) -> bool:
    return quiet.hold(at.astimezone(zone).time())


def _end_of(quiet: QuietHours, at: datetime, zone: tzinfo) -> datetime:
    """The next end of quiet hours; where a change of clocks hides it, another look is soon enough."""
    local = at.astimezone(zone)
    day = local.date() if local.time() < quiet.ends else local.date() + timedelta(days=1)
    end = datetime.combine(day, quiet.ends, tzinfo=zone).astimezone(at.tzinfo)
    return end if end > at else at + _LOOK_AGAIN


def jobs_that_may_flap(waiting: Sequence[Notification]) -> tuple[JobId, ...]:
    """The jobs of which it matters how often they were told."""
    return tuple(dict.fromkeys(one.job_id for one in waiting if one.job_id is not None and one.topic in ALTERNATING))


def mentions_of(notifications: Sequence[Notification]) -> tuple[str, ...]:
    """The numbers of those who are called by name (@) in a message of these; in groups only."""
    if not notifications or not notifications[0].target.is_group:
        return ()
    named: list[Any] = [number for one in notifications for number in one.data.get(notices.MENTIONS) or ()]
    return tuple(dict.fromkeys(number for number in named if isinstance(number, str) and number.isdecimal()))
