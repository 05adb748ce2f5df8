"""When a job is due. Pure: the next instant after an instant, and the words for it.

Wall-clock times are those of the recurrence's own zone; instants going in and out are aware UTC.
A wall-clock time that a zone skips (spring) is due at the instant the clock would have shown it had it not been
moved, one that happens twice (autumn) at its first occurrence: PEP 495 with fold 0.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

ALL_DAYS: Final = frozenset(range(7))
WORKDAYS: Final = frozenset(range(5))
_DAY_NAMES: Final = "一二三四五六日"


class Once(Struct, frozen=True, kw_only=True, tag="once"):
    """One instant."""

    at: datetime


class Weekly(Struct, frozen=True, kw_only=True, tag="weekly"):
    """At one time of day, on some days of the week (0 is Monday, all seven: daily)."""

    time: time
    days: frozenset[int] = ALL_DAYS
    zone: str = "Asia/Shanghai"


Recurrence = Once | Weekly


def next_after(recurrence: Recurrence, instant: datetime) -> datetime | None:
    """The first due instant strictly after `instant`; None when there is none any more."""
    match recurrence:
        case Once(at=at):
            return at if at > instant else None
        case Weekly():
            return next(_weekly_after(recurrence, instant))


def upcoming(recurrence: Recurrence, instant: datetime, count: int) -> list[datetime]:
    """At most `count` due instants after `instant`, in order."""
    found: list[datetime] = []
    while len(found) < count and (due := next_after(recurrence, found[-1] if found else instant)):
        found.append(due)
    return found


def in_words(recurrence: Recurrence, zone: str) -> str:
    """`每天 12:00`, `工作日 08:30:15`, `每周一三五 12:00`, `2026-11-28 12:00 一次`. `zone` is the reader's."""
    match recurrence:
        case Once(at=at):
            local = at.astimezone(ZoneInfo(zone))
            return f"{local:%Y-%m-%d} {_clock_words(local.time())} 一次"
        case Weekly(time=at, days=days):
            return f"{_day_words(days)} {_clock_words(at)}"


def _weekly_after(recurrence: Weekly, instant: datetime) -> Iterator[datetime]:
    zone = ZoneInfo(recurrence.zone)
    # One day early: a due instant of yesterday's date can still lie ahead where a zone skips a time or a day.
    day = instant.astimezone(zone).date() - timedelta(days=1)
    while True:
        if day.weekday() in recurrence.days and (due := _instant(day, recurrence.time, zone)) > instant:
            yield due
        day += timedelta(days=1)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _clock_words(at: time) -> str:
    return at.strftime("%H:%M:%S" if at.second else "%H:%M")


def _day_words(days: frozenset[int]) -> str:
    if days == ALL_DAYS:
        return "每天"
    if days == WORKDAYS:
        return "工作日"
    return "每周" + "".join(_DAY_NAMES[day] for day in sorted(days))
