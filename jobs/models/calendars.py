"""Days and spans of real time that bounds admit, and how a zone's clock runs through a day. Pure."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from jobs.models.rhythms import Bounds, Window

DaysOfMonth = Callable[[date, int], tuple[int, ...]]
"""The days a rhythm has in a month, in order, from the month's first day and its length."""

LAST_DATE: Final = date(9998, 12, 31)
"""Nothing is due after it: one year of room for zones and windows."""
_HORIZON_YEARS: Final = 50
"""What has no day within so many years has none: weekdays of 29 February come back after 40 at the latest."""
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)


class Span(NamedTuple):
    """Real time from `start` up to `end`, which is not in it; `opening`: where the window it is of opens."""

    start: datetime
    end: datetime
    opening: datetime


class Stretch(NamedTuple):
    """Real time of one day in which the clock runs evenly: `offset` ahead of UTC."""

    start: datetime
    end: datetime
    offset: timedelta


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clock of `zone` shows that time: the first occurrence of one that happens twice; for one that is
    skipped, when the clock would have shown it had it not been moved (PEP 495, fold 0)."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def days_from(day: date, bounds: Bounds, days_of_month: DaysOfMonth) -> Iterator[date]:
    """The days of a rhythm that its bounds admit, `day` or later, in order; it ends at the horizon."""
    first = max(day, bounds.starts_on or day)
    end = min(bounds.ends_on or LAST_DATE, LAST_DATE)
    year, month = first.year, first.month
    last_year = min(first.year + _HORIZON_YEARS, end.year)
    while year <= last_year:
        begins = date(year, month, 1)
        for number in days_of_month(begins, monthrange(year, month)[1]):
            found = begins.replace(day=number)
            if found >= end:
                return
            if found >= first and found not in bounds.skips:
                yield found
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def spans_from(instant: datetime, bounds: Bounds, zone: ZoneInfo) -> Iterator[Span]:
    """The spans that bounds admit and that end after `instant`, in order. Without a window a span is a row of days
    and `opening` its start."""
    # A day early: a window over midnight, and a clock that was set back over it.
    for first, end in _rows_of_days(instant.astimezone(zone).date() - _DAY, bounds):
        row = Span(midnight(first, zone), midnight(end, zone), midnight(first, zone))
        if row.end <= instant:
            continue
        if bounds.window is None:
            yield row
        else:
            yield from _openings(max(instant, row.start), row, bounds.window, zone)


def stretches(day: date, zone: ZoneInfo) -> tuple[Stretch, ...]:
    """The day cut where its clock is moved: one or two pieces, none for a day that a zone skips."""
    start, end = midnight(day, zone), midnight(day + _DAY, zone)
    if start >= end:
        return ()
    before, after = _offset(start, zone), _offset(end - _SECOND, zone)
    if before == after:
        return (Stretch(start, end, before),)
    moved = _moved_at(start, end - _SECOND, zone)
    return (Stretch(start, moved, before), Stretch(moved, end, after))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day; of one that a zone skips, that of the day after."""
    return shown_from(day, time(), zone)


def shown_from(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clock first shows that time; one that is skipped, when it jumps over it."""
    instant = instant_of(day, at, zone)
    if instant.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, at):
        return instant
    early = datetime.combine(day, at.replace(fold=1), tzinfo=zone).astimezone(UTC)
    return _moved_at(early - _SECOND, instant, zone)


def _rows_of_days(day: date, bounds: Bounds) -> Iterator[tuple[date, date]]:
    """Rows of admitted days, `day` or later: the first, and the one after the last."""
    first = max(day, bounds.starts_on or day)
    end = min(bounds.ends_on or LAST_DATE, LAST_DATE)
    for skip in sorted(skip for skip in bounds.skips if first <= skip < end):
        if first < skip:
            yield first, skip
        first = skip + _DAY
    if first < end:
        yield first, end


def _openings(instant: datetime, row: Span, window: Window, zone: ZoneInfo) -> Iterator[Span]:
    """The window's spans within a row of days that end after `instant`."""
    # The window of the day before may be open still.
    day = instant.astimezone(zone).date() - _DAY
    closing_hour = window.hours.stop
    while day <= LAST_DATE:
        opening = shown_from(day, time(window.first), zone)
        closing = shown_from(day + timedelta(days=closing_hour // 24), time(closing_hour % 24), zone)
        start, end = max(opening, row.start), min(closing, row.end)
        if opening >= row.end:
            return
        if start < end and end > instant:
            yield Span(start, end, opening)
        day += _DAY


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _moved_at(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second between two instants from which on the clock shows the offset of `after`."""
    late = _offset(after, zone)
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        before, after = (before, middle) if _offset(middle, zone) == late else (middle, after)
    return after
