"""When a job is due. Pure: the next instant after an instant.

Wall-clock times are those of the recurrence's own zone; instants going in and out are aware UTC.
A wall-clock time that a zone skips (spring) is due at the instant the clock would have shown it had it not been
moved, one that happens twice (autumn) at its first occurrence: PEP 495 with fold 0. Cron has rules of its own.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

from jobs.models.calendars import DaysOfMonth, days_from, instant_of, spans_from
from jobs.models.crontab import cron_after
from jobs.models.recurrence_words import in_words
from jobs.models.rhythms import (
    ALL_DAYS,
    LAST_DAY,
    UNBOUNDED,
    WORKDAYS,
    Bounds,
    Cron,
    Every,
    Monthly,
    Once,
    Recurrence,
    Weekly,
    Window,
    follows_its_runs,
    is_zone,
)

__all__ = [
    "ALL_DAYS",
    "LAST_DAY",
    "UNBOUNDED",
    "WORKDAYS",
    "Bounds",
    "Cron",
    "Every",
    "Monthly",
    "Once",
    "Recurrence",
    "Weekly",
    "Window",
    "first_admitted",
    "first_due",
    "follows_its_runs",
    "in_words",
    "is_zone",
    "next_after",
    "rhythm_after",
    "upcoming",
]

_EARLIEST: Final = datetime(2, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9998, 12, 1, tzinfo=UTC)
"""Between these every sum of days is a date; nothing is looked for outside."""
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_TICK: Final = timedelta(microseconds=1)


def next_after(recurrence: Recurrence, instant: datetime) -> datetime | None:
    """The first due instant strictly after `instant`; None when there is none any more. Raises for unknown zones."""
    if isinstance(recurrence, Once):
        return recurrence.at if recurrence.at > instant else None
    instant = max(instant, _EARLIEST)
    if instant >= _LATEST:
        return None
    try:
        return _jittered_after(recurrence, instant)
    except OverflowError:
        return None


def first_admitted(recurrence: Recurrence, instant: datetime) -> datetime | None:
    """The first instant at or after `instant` that the recurrence's bounds admit, whatever its rhythm; None: none.

    Where a run is put that does not keep to the rhythm: a retry, or one that a person shifted. Jitter is left aside.
    """
    if isinstance(recurrence, Once):
        return instant
    if not _EARLIEST <= instant < _LATEST:
        return None
    span = next(spans_from(instant, recurrence.bounds, ZoneInfo(recurrence.zone)), None)
    return max(instant, span.start) if span else None


def first_due(recurrence: Recurrence, at: datetime) -> datetime | None:
    """When a job that starts to wait at `at` is due first: where the rhythm follows its runs, at once or when the
    bounds admit it, else by the rhythm."""
    return first_admitted(recurrence, at) if follows_its_runs(recurrence) else next_after(recurrence, at)


def upcoming(recurrence: Recurrence, instant: datetime, count: int) -> list[datetime]:
    """At most `count` due instants after `instant`, in order."""
    found: list[datetime] = []
    while len(found) < count and (due := next_after(recurrence, found[-1] if found else instant)):
        found.append(due)
    return found


def rhythm_after(recurrence: Weekly | Monthly | Cron | Every, instant: datetime) -> datetime | None:
    """The first instant after `instant` without the jitter. May raise `OverflowError` at the end of the calendar."""
    match recurrence:
        case Weekly(days=days):
            return _timed_after(recurrence, partial(_days_of_week, days), instant)
        case Monthly(days=days):
            return _timed_after(recurrence, partial(_days_of_month, days), instant)
        case Cron():
            return cron_after(recurrence, instant)
        case Every(anchor=anchor) if anchor is not None:
            return _every_after(recurrence, anchor, instant)
        case Every():
            return first_admitted(recurrence, instant + timedelta(seconds=recurrence.seconds))


def _timed_after(rhythm: Weekly | Monthly, days_of_month: DaysOfMonth, instant: datetime) -> datetime | None:
    window = rhythm.bounds.window
    if window is not None and not window.admits(rhythm.time.hour):
        return None
    zone = ZoneInfo(rhythm.zone)
    # One day early: a due instant of yesterday's date can still lie ahead where a zone skips a time or a day.
    days = days_from(instant.astimezone(zone).date() - _DAY, rhythm.bounds, days_of_month)
    return next((due for day in days if (due := instant_of(day, rhythm.time, zone)) > instant), None)


@lru_cache(maxsize=1024)
def _days_of_week(days: frozenset[int], first: date, length: int) -> tuple[int, ...]:
    return tuple(number for number in range(1, length + 1) if (first.weekday() + number - 1) % 7 in days)


def _days_of_month(days: frozenset[int], _first: date, length: int) -> tuple[int, ...]:
    numbers = {length if day == LAST_DAY else day for day in days}
    return tuple(sorted(number for number in numbers if 1 <= number <= length))


def _every_after(every: Every, anchor: datetime, instant: datetime) -> datetime | None:
    """On the grid of the anchor or, where there is a window, on that of each opening."""
    step = timedelta(seconds=every.seconds)
    earliest = max(anchor, instant + _TICK)
    for span in spans_from(earliest, every.bounds, ZoneInfo(every.zone)):
        origin = anchor if every.bounds.window is None else span.opening
        low = max(span.start, earliest)
        due = origin + -((origin - low) // step) * step
        if due < span.end:
            return due
    return None


# -- jitter ------------------------------------------------------------------------------------------------------
def _jittered_after(recurrence: Weekly | Monthly | Cron | Every, instant: datetime) -> datetime | None:
    """Late instants keep their order, for each is before the next one's rhythm: so only the last instant of the
    rhythm up to `instant` may still be due, else the one after it is."""
    rhythm = partial(rhythm_after, recurrence)
    jitter = recurrence.bounds.jitter_seconds
    if not jitter:
        return rhythm(instant)
    if follows_its_runs(recurrence):
        found = rhythm(instant)
        return found + _lateness(recurrence.bounds, found, jitter) if found else None
    if (last := _last_within(rhythm, instant - timedelta(seconds=jitter), instant)) is not None:
        due = _late(recurrence.bounds, last, rhythm)
        if due > instant:
            return due
    found = rhythm(instant)
    return _late(recurrence.bounds, found, rhythm) if found else None


def _last_within(rhythm: Callable[[datetime], datetime | None], early: datetime, instant: datetime) -> datetime | None:
    """The last instant of the rhythm after `early` and up to `instant`; its instants are whole seconds apart."""
    found = rhythm(max(early, _EARLIEST))
    if found is None or found > instant:
        return None
    # Invariant: `found` is of the rhythm and not after `instant`, and nothing of it lies between `late` and `instant`.
    late = instant
    while late - found >= _SECOND:
        middle = found + (late - found) / 2
        later = rhythm(middle)
        if later is None or later > instant:
            late = middle
        else:
            found = later
    return found


def _late(bounds: Bounds, due: datetime, rhythm: Callable[[datetime], datetime | None]) -> datetime:
    after = rhythm(due)
    most = bounds.jitter_seconds
    return due + _lateness(bounds, due, most if after is None else min(most, (after - due) // _SECOND - 1))


def _lateness(bounds: Bounds, due: datetime, most: int) -> timedelta:
    """0 to `most` whole seconds, each as likely."""
    drawn = blake2b(f"{bounds.jitter_seed}/{due.timestamp():.6f}".encode(), digest_size=8).digest()
    return timedelta(seconds=int.from_bytes(drawn, "big") * (most + 1) >> 64)
