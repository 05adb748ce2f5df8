"""Clocks walked minute by minute: what they show when, found without any of the arithmetic that is tested."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from jobs.models.recurrence import Bounds, Recurrence, next_after

MINUTE = timedelta(minutes=1)
DAYS_WALKED = 5

CLOCKS = [
    ("Asia/Shanghai", date(2026, 11, 20)),
    ("UTC", date(2028, 2, 27)),
    ("America/New_York", date(2026, 3, 5)),
    ("America/New_York", date(2026, 10, 29)),
    ("Europe/London", date(2026, 3, 26)),
    ("Europe/London", date(2026, 10, 22)),
    ("Australia/Lord_Howe", date(2026, 4, 2)),
    ("Australia/Lord_Howe", date(2026, 10, 1)),
    ("Africa/Cairo", date(2026, 4, 21)),
    ("Africa/Cairo", date(2026, 10, 27)),
    ("America/Havana", date(2026, 3, 5)),
    ("America/Havana", date(2026, 10, 29)),
    ("America/Nuuk", date(2026, 3, 25)),
    ("America/Sao_Paulo", date(2018, 11, 1)),
    ("America/Sao_Paulo", date(2019, 2, 13)),
    ("America/Toronto", date(1919, 3, 28)),
    ("Antarctica/Casey", date(2009, 10, 15)),
    ("Pacific/Apia", date(2011, 12, 27)),
]
"""A zone, and a first day; some days later its clock is moved, if ever: by an hour, half of one or three of them,
at night or over midnight, or by a whole day."""


class Walk:
    """`shown`: every minute and the wall clock then; `first`: when a wall clock was shown first; `skipped`: for one
    that never was, when it would have been and when the clock jumped over it."""

    def __init__(self, zone: str, start: date) -> None:
        self.zone = ZoneInfo(zone)
        self.start = datetime(start.year, start.month, start.day, tzinfo=UTC)
        self.end = self.start + timedelta(days=DAYS_WALKED)
        self.shown: list[tuple[datetime, datetime]] = []
        self.first: dict[datetime, datetime] = {}
        self.skipped: dict[datetime, tuple[datetime, datetime, timedelta]] = {}
        at = self.start - timedelta(days=3)
        before = at.astimezone(self.zone).replace(tzinfo=None) - MINUTE
        while at < self.end + timedelta(days=3):
            wall = at.astimezone(self.zone).replace(tzinfo=None)
            jump = wall - before - MINUTE
            for n in range(jump // MINUTE):
                self.skipped[before + (n + 1) * MINUTE] = (at + n * MINUTE, at, jump)
            self.first.setdefault(wall, at)
            self.shown.append((at, wall))
            at, before = at + MINUTE, wall

    def within(self, instants: set[datetime]) -> list[datetime]:
        """Those of the days that are compared, in order."""
        return sorted(at for at in instants if self.start < at < self.end)

    def due(self, recurrence: Recurrence) -> list[datetime]:
        """What the code under test says of the same days."""
        return list(_until(recurrence, self.start, self.end))


walk = lru_cache(maxsize=None)(Walk)


def admits_day(bounds: Bounds, day: date) -> bool:
    after = bounds.starts_on is None or day >= bounds.starts_on
    return after and (bounds.ends_on is None or day < bounds.ends_on) and day not in bounds.skips


def admits_hour(bounds: Bounds, hour: int) -> bool:
    window = bounds.window
    if window is None:
        return True
    if window.first <= window.last:
        return window.first <= hour <= window.last
    return hour >= window.first or hour <= window.last


def _until(recurrence: Recurrence, instant: datetime, end: datetime) -> Iterator[datetime]:
    while (due := next_after(recurrence, instant)) is not None and due < end:
        assert due > instant
        yield due
        instant = due
