"""What a job's instants follow: the values that are stored. `recurrence` says which instants they mean."""

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

ALL_DAYS: Final = frozenset(range(7))
WORKDAYS: Final = frozenset(range(5))
LAST_DAY: Final = -1
"""Of a month, whichever it is."""


class Window(Struct, frozen=True, kw_only=True):
    """Hours of the day, 0 to 23, in which something may happen, the last one whole: 8 to 22 admits 22:59:59.

    `first` after `last` runs over midnight: 22 to 6. Equal ones are that hour alone.
    """

    first: int
    last: int

    @property
    def hours(self) -> range:
        """The hours in order from the opening on; those of 24 and more are on the day after."""
        return range(self.first, self.first + (self.last - self.first) % 24 + 1)

    def admits(self, hour: int) -> bool:
        return (hour - self.first) % 24 <= (self.last - self.first) % 24


class Bounds(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What narrows a rhythm. Days and hours are those of its zone.

    Nothing happens before `starts_on`, from `ends_on` on (exclusive, as the TaskDispatcher's end date), outside the
    `window`, or on the days `skips`; of a window over midnight each day's part goes by that day. Each instant is late
    by whole seconds, at most `jitter_seconds` and always less than to the next instant, that the instant and
    `jitter_seed` alone decide, so that the same instant is always the same; 0: none. Jitter comes last: it may carry
    an instant out of the window by that much.
    """

    starts_on: date | None = None
    ends_on: date | None = None
    window: Window | None = None
    skips: frozenset[date] = frozenset()
    jitter_seconds: int = 0
    jitter_seed: int = 0


UNBOUNDED: Final = Bounds()


class Once(Struct, frozen=True, kw_only=True, tag="once"):
    """One instant."""

    at: datetime


class Weekly(Struct, frozen=True, kw_only=True, tag="weekly"):
    """At one time of day, on some days of the week (0 is Monday, all seven: daily)."""

    time: time
    days: frozenset[int] = ALL_DAYS
    zone: str = "Asia/Shanghai"
    bounds: Bounds = UNBOUNDED


class Monthly(Struct, frozen=True, kw_only=True, tag="monthly"):
    """At one time of day, on some days of the month: 1 to 31, or `LAST_DAY`. A month without that day has none."""

    time: time
    days: frozenset[int]
    zone: str = "Asia/Shanghai"
    bounds: Bounds = UNBOUNDED


class Cron(Struct, frozen=True, kw_only=True, tag="cron"):
    """A cron expression of five fields (or six, the first being seconds), as Debian's cron reads it.

    A clock change of less than three hours: what would have run in the skipped hour runs once right after it, what
    happens twice runs once; expressions that begin with a star in minutes or hours, and those of six fields, follow
    the real time instead.
    """

    expression: str
    zone: str = "Asia/Shanghai"
    bounds: Bounds = UNBOUNDED


class Every(Struct, frozen=True, kw_only=True, tag="every"):
    """Every so many seconds of real time.

    With an `anchor`: at it and every `seconds` from it; where there is a window, counted anew from its opening each
    day (`每2小时 8-22点`: 8, 10, … 22 o'clock), never before the anchor. Without one (the TaskDispatcher's way):
    `seconds` after the given instant, which is the end of the run before, moved to the next opening of the window.
    """

    seconds: int
    anchor: datetime | None = None
    zone: str = "Asia/Shanghai"
    bounds: Bounds = UNBOUNDED


Recurrence = Once | Weekly | Monthly | Cron | Every


def follows_its_runs(recurrence: Recurrence | None) -> bool:
    """Whether the next instant is known only when the run before has ended."""
    return isinstance(recurrence, Every) and recurrence.anchor is None


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name, spelt as in the IANA database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
