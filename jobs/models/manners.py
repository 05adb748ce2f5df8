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
"""Lines in one message: about what a phone shows without scrolling twice."""
FLAPPING_WITHIN: Final = timedelta(hours=1)
TOLD_WHILE_FLAPPING: Final = 4
"""Told one by one within that time, two failures and two recoveries among them; the next announces the silence."""
_LOOK_AGAIN: Final = timedelta(minutes=10)
"""What quiet hours hold is looked at again so often, for a chat may settle them anew meanwhile."""

FAILED: Final = notices.OCCURRENCE_FAILED
RECOVERED: Final = notices.OCCURRENCE_DONE
ALTERNATING: Final = (FAILED, RECOVERED)
"""What a job may say again and again. Its end, and what somebody asked for (`notices.ASKED`), is news each time."""
_OF_EACH: Final = TOLD_WHILE_FLAPPING // 2
_TICK: Final = timedelta(milliseconds=1)

FLAPPING: Final = "flapping"
"""Set in the data of the notification that announces the silence."""
SUMMED_UP: Final = "summed_up"
"""Set in the data of the last of several that are told as one: how many of them were failures (`failed`) and recoveries
(`recovered`)."""
ESCALATES: Final = "escalates"
"""Set in the data of what is escalated: after how many minutes."""


ToldAt = Sequence[tuple[str, datetime]]
"""Topics, and when they were told, latest first."""


class Waiting(Struct, frozen=True, kw_only=True):
    """What waits in one lane of a chat, in order and none of it begun, or all that was begun as one. Never empty.

    `told`: of the jobs in it, which of `ALTERNATING` their chats were told within `FLAPPING_WITHIN`. `is_begun`: they
    were tried before, with whatever outcome.
    """

    notifications: tuple[Notification, ...]
    settings: ChatSettings
    told: Mapping[JobId, ToldAt] = {}
    is_begun: bool = False


class Send(Struct, frozen=True, kw_only=True):
    """These go now, as one message: lines, each of one place in `Waiting.notifications` or of several that are summed
    up. `announcing`: the lines with which it is said that their job flaps, and what comes next is told together."""

    lines: tuple[tuple[int, ...], ...]
    announcing: frozenset[int] = frozenset()


class Hold(Struct, frozen=True, kw_only=True):
    """These places wait, each until then; about the others it is decided without them."""

    until: Mapping[int, datetime]


Decision = Send | Hold


def decide(waiting: Waiting, at: datetime, zone: tzinfo) -> Decision:
    """What is done now about a lane whose chat can be reached.

    Urgent ones go one by one, whatever the hour. What was tried before goes as it was tried: it may have arrived, or be
    what the chat does not take.
    """
    quiet, everywhere = waiting.settings.quiet, range(len(waiting.notifications))
    if waiting.notifications[0].is_urgent:
        return Send(lines=((0,),))
    if quiet is not None and _is_held(quiet, at, zone):
        return Hold(until=dict.fromkeys(everywhere, min(_end_of(quiet, at, zone), at + _LOOK_AGAIN)))
    if waiting.is_begun:
        return _sending(_lines(waiting), waiting, at)
    if damped := {place: until for place in everywhere if (until := _damped_until(place, waiting, at)) is not None}:
        return Hold(until=damped)
    lines = _lines(waiting)
    was_held = quiet is not None and _is_held(quiet, waiting.notifications[0].created_at, zone)
    is_storm = len(lines) > (1 if was_held else SINGLY_AT_MOST)
    return _sending(lines[: DIGEST_AT_MOST if is_storm else 1], waiting, at)


def _damped_until(place: int, waiting: Waiting, at: datetime) -> datetime | None:
    """When its job, which was told to fail and to recover too often, was not any more; None: it is told now."""
    one = waiting.notifications[place]
    told = waiting.told.get(one.job_id, ()) if one.job_id is not None and _alternates(one) else ()
    return _flaps_until(told, at)


def _flaps_until(told: ToldAt, at: datetime) -> datetime | None:
    """When enough of what was told has left the hour; None: it does not flap."""
    recent = [(topic, instant) for topic, instant in told if instant > at - FLAPPING_WITHIN - _TICK]
    failed = [instant for topic, instant in recent if topic == FAILED]
    recovered = [instant for topic, instant in recent if topic == RECOVERED]
    if not _is_flapping(len(failed), len(recovered)):
        return None
    ends = (failed[_OF_EACH - 1], recovered[_OF_EACH - 1], recent[TOLD_WHILE_FLAPPING][1])
    return min(ends) + FLAPPING_WITHIN + _TICK


def _is_flapping(failed: int, recovered: int) -> bool:
    return min(failed, recovered) >= _OF_EACH and failed + recovered > TOLD_WHILE_FLAPPING


def _lines(waiting: Waiting) -> list[tuple[int, ...]]:
    """One for each notification, but one for all that wait of a job that flaps: in order of the first of each."""
    of_job: dict[JobId, list[int]] = {}
    for place, one in enumerate(waiting.notifications):
        if one.job_id is not None and _alternates(one):
            of_job.setdefault(one.job_id, []).append(place)
    summed = {places[0]: tuple(places) for job_id, places in of_job.items() if _is_summed_up(job_id, places, waiting)}
    inside = {place for places in summed.values() for place in places}
    lines = [summed.get(place, (place,)) for place in range(len(waiting.notifications))]
    return [line for place, line in enumerate(lines) if place in summed or place not in inside]


def _is_summed_up(job_id: JobId, places: Sequence[int], waiting: Waiting) -> bool:
    """Whether it flaps, what it was told and what waits taken together."""
    topics = [waiting.notifications[place].topic for place in places]
    topics += [topic for topic, _ in waiting.told.get(job_id, ())]
    return len(places) > 1 and _is_flapping(topics.count(FAILED), topics.count(RECOVERED))


def _sending(lines: Sequence[tuple[int, ...]], waiting: Waiting, at: datetime) -> Send:
    """With the last line of a job after which the next would be damped, the silence is announced."""
    told = {job_id: list(before) for job_id, before in waiting.told.items()}
    ordered = sorted(lines, key=lambda line: line[-1])
    last: dict[JobId, int] = {}
    for number, line in enumerate(ordered):
        for one in (waiting.notifications[place] for place in line):
            if one.job_id is not None and _alternates(one):
                told.setdefault(one.job_id, []).insert(0, (one.topic, at))
                last[one.job_id] = number
    announcing = (number for job_id, number in last.items() if _flaps_until(told[job_id], at) is not None)
    return Send(lines=tuple(ordered), announcing=frozenset(announcing))


def summed_up(notifications: Sequence[Notification]) -> Notification:
    """The last of them, telling how many there were; a single one as it is."""
    last = notifications[-1]
    if len(notifications) == 1:
        return last
    topics = [one.topic for one in notifications]
    count = {"failed": topics.count(FAILED), "recovered": topics.count(RECOVERED)}
    return replace(last, data={**last.data, SUMMED_UP: count})


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


def _alternates(one: Notification) -> bool:
    return one.topic in ALTERNATING and not one.data.get(notices.ASKED)


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
    return tuple(dict.fromkeys(one.job_id for one in waiting if one.job_id is not None and _alternates(one)))


def mentions_of(notifications: Sequence[Notification]) -> tuple[str, ...]:
    """The numbers of those who are called by name (@) in a message of these; in groups only."""
    if not notifications or not notifications[0].target.is_group:
        return ()
    named: list[Any] = [number for one in notifications for number in one.data.get(notices.MENTIONS) or ()]
    return tuple(dict.fromkeys(number for number in named if isinstance(number, str) and number.isdecimal()))
