"""The rhythms that virtual days are made of, each said twice: as the engine stores it, and as a plain enumeration.

The enumeration is the oracle's: it looks at the days one by one, or at every minute, and shares nothing with the
engine's arithmetic. `instants(begin, end)` are the nominal instants with begin < instant <= end.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from jobs.models.recurrence import Bounds, Cron, Every, Monthly, Once, Recurrence, Weekly, Window

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Limits:
    """What narrows a rhythm: whole hours of the day from the first to the last, first day, first day no more."""

    zone: str = "Asia/Shanghai"
    hours: tuple[int, int] | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    skips: frozenset[date] = frozenset()
    jitter: int = 0

    def admit(self, instant: datetime) -> bool:
        local = instant.astimezone(ZoneInfo(self.zone))
        day = local.date()
        if self.starts_on is not None and day < self.starts_on:
            return False
        if self.ends_on is not None and day >= self.ends_on:
            return False
        return day not in self.skips and self.is_open(local.hour)

    def is_open(self, hour: int) -> bool:
        if self.hours is None:
            return True
        first, last = self.hours
        return first <= hour <= last if first <= last else hour >= first or hour <= last

    def stored(self) -> Bounds:
        return Bounds(
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            window=Window(first=self.hours[0], last=self.hours[1]) if self.hours else None,
            skips=self.skips,
            jitter_seconds=self.jitter,
            jitter_seed=7 if self.jitter else 0,
        )

    def first_open(self, instant: datetime) -> datetime | None:
        """The first instant from this one on that is admitted, found by walking; None: none within three days."""
        if self.admit(instant):
            return instant
        walk = instant.replace(second=0, microsecond=0) + _MINUTE
        while walk < instant + 3 * _DAY:
            if self.admit(walk):
                return walk
            walk += _MINUTE
        return None


class Rhythm(Protocol):
    limits: Limits

    def stored(self) -> Recurrence: ...

    def instants(self, begin: datetime, end: datetime) -> list[datetime]: ...

    def admits_any(self, after: datetime) -> bool:
        """Whether something of it lies ahead within days: no command makes a job of which nothing does."""
        ...


class _Ahead:
    def admits_any(self: Any, after: datetime) -> bool:
        return bool(self.instants(after, after + 3 * _DAY))


@dataclass(frozen=True)
class Single(_Ahead):
    """Once."""

    at: datetime
    limits: Limits = field(default_factory=Limits)

    def stored(self) -> Recurrence:
        return Once(at=self.at)

    def instants(self, begin: datetime, end: datetime) -> list[datetime]:
        return [self.at] if begin < self.at <= end else []


@dataclass(frozen=True)
class OnDays(_Ahead):
    """At a time of day: on days of the week, or (`of_month`) of the month, -1 being its last."""

    at: time
    days: frozenset[int]
    of_month: bool = False
    limits: Limits = field(default_factory=Limits)

    def stored(self) -> Recurrence:
        kind = Monthly if self.of_month else Weekly
        return kind(time=self.at, days=self.days, zone=self.limits.zone, bounds=self.limits.stored())

    def instants(self, begin: datetime, end: datetime) -> list[datetime]:
        found = [shown(day, self.at, self.limits.zone) for day in days_of(begin, end) if self._is_on(day)]
        return within(found, begin, end, self.limits)

    def _is_on(self, day: date) -> bool:
        if not self.of_month:
            return day.weekday() in self.days
        return day.day in self.days or (-1 in self.days and (day + _DAY).month != day.month)


@dataclass(frozen=True)
class Minutes(_Ahead):
    """A cron expression, with what it means spelled out: minutes, hours, and days of the week (0: Monday)."""

    expression: str
    minutes: frozenset[int]
    hours: frozenset[int]
    weekdays: frozenset[int] = frozenset(range(7))
    limits: Limits = field(default_factory=Limits)

    def stored(self) -> Recurrence:
        return Cron(expression=self.expression, zone=self.limits.zone, bounds=self.limits.stored())

    def instants(self, begin: datetime, end: datetime) -> list[datetime]:
        zone, found = ZoneInfo(self.limits.zone), list[datetime]()
        walk = begin.replace(second=0, microsecond=0)
        while walk <= end:
            local = walk.astimezone(zone)
            if local.minute in self.minutes and local.hour in self.hours and local.weekday() in self.weekdays:
                found.append(walk)
            walk += _MINUTE
        return within(found, begin, end, self.limits)


@dataclass(frozen=True)
class Grid(_Ahead):
    """Every so many seconds: from the anchor, or from each opening of the hours."""

    seconds: int
    anchor: datetime
    limits: Limits = field(default_factory=Limits)

    def stored(self) -> Recurrence:
        return Every(seconds=self.seconds, anchor=self.anchor, zone=self.limits.zone, bounds=self.limits.stored())

    def instants(self, begin: datetime, end: datetime) -> list[datetime]:
        if self.limits.hours is None:
            return within(list(self._from(self.anchor, end)), begin, end, self.limits)
        first, last = self.limits.hours
        found: list[datetime] = []
        for day in days_of(begin, end):
            closes_on = day if first <= last else day + _DAY
            closing = shown(closes_on, time(last), self.limits.zone) + timedelta(hours=1)
            found += self._from(shown(day, time(first), self.limits.zone), closing - timedelta(microseconds=1))
        return within([each for each in found if each >= self.anchor], begin, end, self.limits)

    def _from(self, start: datetime, end: datetime) -> Iterator[datetime]:
        while start <= end:
            yield start
            start += timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Chain:
    """So many seconds after the end of the run before: no instant is known before that."""

    seconds: int
    limits: Limits = field(default_factory=Limits)

    def stored(self) -> Recurrence:
        return Every(seconds=self.seconds, anchor=None, zone=self.limits.zone, bounds=self.limits.stored())

    def instants(self, begin: datetime, end: datetime) -> list[datetime]:
        return []

    def admits_any(self, after: datetime) -> bool:
        return self.limits.first_open(after) is not None


def days_of(begin: datetime, end: datetime) -> Iterator[date]:
    """Every date that may have to do with the time between, whatever the zone."""
    day = begin.date() - 2 * _DAY
    while day <= end.date() + 2 * _DAY:
        yield day
        day += _DAY


def shown(day: date, at: time, zone: str) -> datetime:
    """The first instant at which clocks of the zone show this; where none ever does (they were set forward), the one
    at which they would have, had they been set later."""
    naive = datetime.combine(day, at, tzinfo=UTC)
    offsets = {offset_of(naive + shift, zone) for shift in (-_DAY, _DAY)}
    candidates = sorted(naive - offset for offset in offsets)
    for instant in candidates:
        if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC) == naive:
            return instant
    return naive - offset_of(naive - _DAY, zone)


def offset_of(instant: datetime, zone: str) -> timedelta:
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset


def within(found: list[datetime], begin: datetime, end: datetime, limits: Limits) -> list[datetime]:
    is_in: Callable[[datetime], bool] = lambda instant: begin < instant <= end and limits.admit(instant)  # noqa: E731
    return sorted(filter(is_in, found))
