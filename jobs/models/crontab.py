"""Which instants a cron expression means. The expression is read by `cronsim`, healthchecks' own reader of Debian's
cron; the days and the clock are walked here, so that half-hour changes and changes at midnight come out right."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from jobs.models.calendars import days_from, stretches
from jobs.models.rhythms import Cron, Window

MAX_LENGTH: Final = 200
"""Characters of an expression."""
_LONE_RANGE: Final = re.compile(r"\b(\w+)-\1/")
"""`5-5/2`, which `cronsim` takes for `5/2` and cron for `5`: nobody means it."""
_CORRECTION: Final = timedelta(hours=3)
"""A clock moved by as much is set right, not moved for summer: what it skips is lost, what it repeats runs again."""
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_ANY: Final = datetime(2000, 1, 1, tzinfo=UTC)


class BadExpression(ValueError):
    """Not a cron expression."""


class Crontab:
    """An expression that was read, narrowed to a window."""

    def __init__(self, expression: str, window: Window | None = None) -> None:
        """Raises `BadExpression`, also for a day that none of its months has."""
        if len(expression) > MAX_LENGTH or _LONE_RANGE.search(expression):
            raise BadExpression(expression[:MAX_LENGTH])
        try:
            self._read = CronSim(expression, _ANY)
        except (CronSimError, ValueError, AssertionError) as error:
            raise BadExpression(str(error)) from error
        fields = expression.split()
        self.follows_real_time = len(fields) == 6 or fields[0].startswith("*") or fields[1].startswith("*")
        self.seconds = sorted(self._read.seconds)
        self._minutes = sorted(self._read.minutes)
        self._hours = sorted(hour for hour in self._read.hours if window is None or window.admits(hour))
        self._days: dict[tuple[int, int], tuple[int, ...]] = {}

    def days_of_month(self, first: date, length: int) -> tuple[int, ...]:
        """`calendars.DaysOfMonth`. Months that begin on the same weekday and are as long have the same days."""
        if first.month not in self._read.months or not self._hours:
            return ()
        shape = (first.weekday(), length)
        if shape not in self._days:
            days = (first.replace(day=number) for number in range(1, length + 1))
            self._days[shape] = tuple(day.day for day in days if self._read.match_day(day))
        return self._days[shape]

    def time_from(self, low: time) -> time | None:
        """The first time of day, `low` or later."""
        for hour in self._hours[bisect_left(self._hours, low.hour) :]:
            from_minute = low.minute if hour == low.hour else 0
            for minute in self._minutes[bisect_left(self._minutes, from_minute) :]:
                from_second = low.second if (hour, minute) == (low.hour, low.minute) else 0
                at = bisect_left(self.seconds, from_second)
                if at < len(self.seconds):
                    return time(hour, minute, self.seconds[at])
        return None


crontab: Final = lru_cache(maxsize=512)(Crontab)
"""A `Crontab`; those read before are at hand."""


def cron_after(cron: Cron, instant: datetime) -> datetime | None:
    """The first instant after `instant`, jitter left aside. An expression that cannot be read has none."""
    try:
        read = crontab(cron.expression, cron.bounds.window)
    except BadExpression:
        return None
    zone = ZoneInfo(cron.zone)
    for day in days_from(instant.astimezone(zone).date() - _DAY, cron.bounds, read.days_of_month):
        due = next((at for at in _instants_of(read, day, zone, instant) if at > instant), None)
        if due is not None:
            return due
    return None


def _instants_of(read: Crontab, day: date, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The instants of one day in order; those that lie well before `after` may be left out."""
    shown = datetime.combine(day, time())
    tomorrow = shown + _DAY
    pieces = stretches(day, zone)
    for start, end, offset in pieces:
        begins, ends = _wall(start, offset), _wall(end, offset)
        # A clock set right (and one that moves in real time) is taken as it is; one moved for summer is not.
        real = read.follows_real_time or abs(begins - shown) >= _CORRECTION
        if not real and begins > shown and _first_wall(read, shown, begins) is not None:
            yield start
        low = begins if real else max(begins, shown)
        wall = _first_wall(read, max(low, min(_wall(after, offset), ends)), ends)
        while wall is not None:
            yield (wall - offset).replace(tzinfo=UTC)
            wall = _first_wall(read, wall + _SECOND, ends)
        shown = max(shown, ends)
    is_moved = pieces and not read.follows_real_time and tomorrow - shown < _CORRECTION
    if is_moved and _first_wall(read, shown, tomorrow) is not None:
        yield pieces[-1].end


def _wall(instant: datetime, offset: timedelta) -> datetime:
    return (instant + offset).replace(tzinfo=None)


def _first_wall(read: Crontab, low: datetime, end: datetime) -> datetime | None:
    """The first time the expression names, `low` or later on the same day and before `end`."""
    if low >= end:
        return None
    whole = low.replace(microsecond=0) + (_SECOND if low.microsecond else timedelta())
    at = read.time_from(whole.time()) if whole.date() == low.date() else None
    wall = datetime.combine(whole.date(), at) if at else None
    return wall if wall is not None and wall < end else None
