"""What a virtual day holds: jobs of every rhythm, and what people, the machine and the clock do to them. By a seed."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from world_machine_site import Habits
from world_rhythms_site import Chain, Grid, Limits, Minutes, OnDays, Rhythm, Single

from jobs.models.punctuality import Misfire, Overlap, Punctuality

HOME_ZONE: Final = "Asia/Shanghai"

_BEGINNINGS: Final = (
    ("2026-11-22T03:00", HOME_ZONE),
    ("2027-02-27T16:00", HOME_ZONE),
    ("2026-12-31T08:00", HOME_ZONE),
    ("2026-03-08T07:00", "America/New_York"),
    ("2026-11-01T06:00", "America/New_York"),
    ("2027-03-28T01:00", "Europe/London"),
    ("2026-10-25T01:00", "Europe/London"),
    ("2026-10-03T15:30", "Australia/Lord_Howe"),
    ("2027-04-03T15:00", "Australia/Lord_Howe"),
)
"""Ordinary days, ends of months and years, and the instants at which clocks change; days begin up to 20 h before."""


@dataclass(frozen=True)
class Plan:
    """A job of the day. `lead`: of its kind."""

    name: str
    kind: str
    rhythm: Rhythm
    punctuality: Punctuality | None
    lock: str | None
    chat: int
    habits: Habits
    made_after: float


@dataclass(frozen=True)
class Fate:
    """Something that happens so many seconds after the beginning."""

    after: float
    verb: str
    plan: int = 0
    seconds: float = 0.0
    writes: int = 0
    flag: bool = False

    def __str__(self) -> str:
        return f"+{timedelta(seconds=round(self.after))} {self.verb} plan={self.plan} {self.seconds:.0f}s {self.writes}"


@dataclass(frozen=True)
class Day:
    seed: str
    begins: datetime
    rate: float
    plans: tuple[Plan, ...]
    fates: tuple[Fate, ...]
    hours: int


def draw(seed: str, hours: int = 24) -> Day:
    """A day, or so many hours of one."""
    chance = random.Random(seed)
    around, zone = chance.choice(_BEGINNINGS)
    begins = datetime.fromisoformat(around).replace(tzinfo=UTC) - timedelta(seconds=chance.randint(3600, 20 * 3600))
    begins += timedelta(microseconds=chance.randrange(1_000_000))
    painter = _Painter(chance, begins, zone, hours)
    plans = tuple(painter.plan(number) for number in range(chance.randint(3, 6)))
    fates = sorted(painter.fates(len(plans)), key=lambda fate: fate.after)
    return Day(seed, begins, 1 + chance.choice((0, 0, 2e-4, -2e-4)), plans, tuple(fates), hours)


class _Painter:
    def __init__(self, chance: random.Random, begins: datetime, zone: str, hours: int) -> None:
        self._chance = chance
        self._begins = begins
        self._zone = zone
        self._seconds = hours * 3600

    # -- jobs ----------------------------------------------------------------------------------------------------
    def plan(self, number: int) -> Plan:
        chance = self._chance
        makers: list[Callable[[], Rhythm]] = [self._daily, self._monthly, self._cron, self._grid, self._chain]
        rhythm = chance.choice([*makers, self._single, self._daily, self._chain])()
        is_chain = isinstance(rhythm, Chain)
        return Plan(
            name=f"{type(rhythm).__name__} {number}",
            kind="routine" if is_chain else chance.choice(("plain", "armed")),
            rhythm=rhythm,
            punctuality=None if is_chain or chance.random() < 0.4 else self._punctuality(),
            lock=f"account {chance.randint(1, 2)}" if is_chain and chance.random() < 0.8 else None,
            chat=chance.randint(0, 1),
            habits=self._habits(),
            made_after=chance.choice((0.0, 0.0, chance.uniform(0, self._seconds / 4))),
        )

    def _punctuality(self) -> Punctuality:
        return Punctuality(
            misfire=self._chance.choice(list(Misfire)),
            grace_seconds=self._chance.choice((30, 300, 3600)),
            overlap=self._chance.choice(list(Overlap)),
        )

    def _habits(self) -> Habits:
        return Habits(
            seconds=self._chance.choice((2.0, 20.0, 120.0)),
            slow_seconds=self._chance.choice((600.0, 4000.0, 9000.0)),
            slow=self._chance.choice((0.0, 0.2)),
            fails=self._chance.choice((0.0, 0.1, 0.6)),
        )

    def _limits(self, *, hours: bool) -> Limits:
        chance = self._chance
        zone = chance.choice((HOME_ZONE, self._zone))
        today = self._begins.astimezone(ZoneInfo(zone)).date()
        tomorrow = today + timedelta(days=1)
        bound: dict[str, date] = {}
        if chance.random() < 0.2:
            bound = {chance.choice(("starts_on", "ends_on")): tomorrow}
        return Limits(
            zone=zone,
            hours=(chance.randint(6, 23), chance.randint(5, 23)) if hours else None,
            skips=frozenset({tomorrow}) if chance.random() < 0.1 else frozenset(),
            **bound,
        )

    def _time(self) -> time:
        return time(self._chance.randrange(24), self._chance.randrange(60), self._chance.choice((0, 0, 17, 59)))

    def _daily(self) -> Rhythm:
        days = frozenset(range(7)) if self._chance.random() < 0.7 else frozenset(self._chance.sample(range(7), 4))
        limits = self._limits(hours=False)
        if self._chance.random() < 0.25:
            limits = Limits(zone=limits.zone, jitter=self._chance.choice((60, 1800)))
        return OnDays(self._time(), days, limits=limits)

    def _monthly(self) -> Rhythm:
        limits = self._limits(hours=False)
        today = self._begins.astimezone(ZoneInfo(limits.zone)).date()
        return OnDays(self._time(), frozenset({today.day, -1, 1, 15}), of_month=True, limits=limits)

    def _cron(self) -> Rhythm:
        every = frozenset(range(24))
        quarter, thirds = frozenset({0, 20, 40}), frozenset(range(0, 24, 3))
        spelled = [
            ("*/20 8-11 * * *", quarter, frozenset({8, 9, 10, 11})),
            ("0 */3 * * *", frozenset({0}), thirds),
            ("7 * * * *", frozenset({7}), every),
            ("30 9,21 * * *", frozenset({30}), frozenset({9, 21})),
        ]
        expression, minutes, hours = self._chance.choice(spelled)
        zone = HOME_ZONE if not {"*/20", "*"} & set(expression.split()[:2]) else self._zone
        return Minutes(expression, minutes, hours, limits=Limits(zone=zone))

    def _grid(self) -> Rhythm:
        anchor = self._begins.replace(microsecond=0) - timedelta(seconds=self._chance.randrange(7200))
        seconds = self._chance.choice((2700, 3601, 7200, 10800))
        return Grid(seconds, anchor, self._limits(hours=self._chance.random() < 0.7))

    def _chain(self) -> Rhythm:
        return Chain(self._chance.choice((2000, 5400, 9000)), self._limits(hours=self._chance.random() < 0.5))

    def _single(self) -> Rhythm:
        return Single(
            self._begins.replace(microsecond=0) + timedelta(seconds=self._chance.randrange(60, self._seconds))
        )

    # -- what happens to them ------------------------------------------------------------------------------------
    def fates(self, plans: int) -> list[Fate]:
        chance = self._chance
        fates = [fate for _ in range(chance.randint(0, 6)) for fate in self._wish(chance.randrange(plans))]
        fates += [self._kill() for _ in range(chance.randint(0, 4))]
        if chance.random() < 0.4:
            leaps = [self._leap() for _ in range(chance.randint(1, 3))]
            # Begun anew in a time that comes a second time: its instants were decided, and lie ahead again.
            again = [
                Fate(leap.after + 30 + number, "restart", number)
                for leap in leaps
                if leap.seconds < 0
                for number in range(plans)
            ]
            fates += [*leaps, *(fate for fate in again if chance.random() < 0.5)]
        if chance.random() < 0.3:
            fates.append(Fate(self._when(), "refuse", seconds=chance.choice((20, 600, 2400))))
        if chance.random() < 0.3:
            fates.append(Fate(self._when(), "kill a process"))
        return fates

    def _when(self) -> float:
        return self._chance.uniform(60, self._seconds - 600)

    def _wish(self, plan: int) -> list[Fate]:
        chance, after = self._chance, self._when()
        verb = chance.choice(("pause", "stop", "run now", "reorder", "reorder", "restart"))
        seconds = chance.choice((-1, 1)) * chance.uniform(30, 5400)
        wish = Fate(after, verb, plan, float(round(seconds)), flag=chance.random() < 0.4)
        undo = {"pause": "resume", "stop": "start"}.get(verb)
        if undo is None or chance.random() < 0.2:
            return [wish]
        return [wish, Fate(after + chance.choice((1, 60, 3000, 9000)), undo, plan, flag=chance.random() < 0.4)]

    def _kill(self) -> Fate:
        chance = self._chance
        away = chance.choice((2, 20, 200, 1800, 3 * 3600)) * chance.uniform(0.5, 1.5)
        return Fate(
            self._when(), "kill", seconds=away, writes=chance.choice((0, 1, 2, 3, 5)), flag=chance.random() < 0.5
        )

    def _leap(self) -> Fate:
        chance = self._chance
        seconds = chance.choice((3, 120, 1800, 3 * 3600)) * chance.uniform(0.5, 1.5)
        if chance.random() < 0.4:
            return Fate(self._when(), "suspend", seconds=seconds)
        return Fate(self._when(), "set the clock", seconds=seconds * chance.choice((-1, 1)))
