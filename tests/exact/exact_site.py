"""Virtual time for the exact: a clock that only moves when somebody waits, and servers whose clocks are wrong."""

import math
import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from jobs.exact.aim import ExactAim
from jobs.exact.shared import SharedFindings
from jobs.ports.aim import ServerDate
from jobs.ports.provider import VenueUnreachable

EPOCH = 1_795_000_000.0
"""When the wall clock says it is, as these worlds begin."""
_TICK = 1e-6


class World:
    """Implements `ExactClock` and `Stopping`. `steps`: at so many seconds the wall clock is set by so many.

    `leaves_at`: when the run is asked to leave. `sleeps`: at so many seconds the machine sleeps for so many.
    """

    def __init__(
        self,
        *,
        leaves_at: float = math.inf,
        steps: dict[float, float] | None = None,
        sleeps: dict[float, float] | None = None,
    ) -> None:
        self.now = 0.0
        self._leaves_at = leaves_at
        self._steps = steps or {}
        self._sleeps = dict(sleeps or {})

    def wall(self) -> float:
        return EPOCH + self.now + sum(by for at, by in self._steps.items() if at <= self.now)

    def steady(self) -> float:
        self.now += _TICK
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds < 1.5, "a sleep that nobody can end"
        self.pass_by(max(seconds, 0.0))

    def is_set(self) -> bool:
        return self.now >= self._leaves_at

    def wait(self, seconds: float) -> bool:
        assert seconds >= 0
        self.pass_by(max(min(seconds, self._leaves_at - self.now), 0.0))
        return self.is_set()

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        for at in [at for at in self._sleeps if at <= self.now]:
            self.now += self._sleeps.pop(at)


class Server:
    """Implements `DatedServer`: ahead of our steady clock by EPOCH + `offset`, drifting by so much per second.

    Each request travels for `travel` seconds there and back, drawn from `chance`. `hosts`: what the clocks of several
    hosts that take turns are off by. `dates` False: it never says what time it is; `answers` False: it never answers;
    `quiet`: by the number of an answer, from 1, for how long it wants to be left alone then. `stopped_at`: where the
    clock in front of it stands still.
    """

    def __init__(
        self,
        world: World,
        *,
        offset: float,
        drift: float = 0.0,
        travel: tuple[float, float] = (0.0002, 0.002),
        slow_share: float = 0.0,
        hosts: Sequence[float] = (0.0,),
        dates: bool = True,
        answers: bool = True,
        quiet: dict[int, float] | None = None,
        stopped_at: float | None = None,
        seed: int = 0,
    ) -> None:
        self._world = world
        self._quiet = quiet or {}
        self._stopped_at = stopped_at
        self.warmed_at: float | None = None
        self._offset = offset
        self._drift = drift
        self._travel = travel
        self._slow_share = slow_share
        self._hosts = hosts
        self._dates = dates
        self._answers = answers
        self._chance = random.Random(seed)
        self.asked_at: list[float] = []
        self.fired_at: list[float] = []
        """By our steady clock."""
        self.mended_at: list[float] = []

    def clock(self, at: float, host: int = 0) -> float:
        """What the server's clock shows at an instant of our steady clock."""
        return EPOCH + self._offset + at * (1 + self._drift) + self._hosts[host]

    def slowest(self, at: float) -> float:
        return min(self.clock(at, host) for host in range(len(self._hosts)))

    def server(self) -> str:
        return "sports.example:443"

    def server_date(self, within_seconds: float) -> ServerDate:
        assert within_seconds > 0
        host = len(self.asked_at) % len(self._hosts)
        self.asked_at.append(self._world.now)
        self._world.pass_by(self._chance.uniform(*self._travel))
        stamped = self.clock(self._world.now, host)
        slow = 2.0 if self._chance.random() < self._slow_share else 0.0
        self._world.pass_by(min(self._chance.uniform(*self._travel) + slow, within_seconds))
        if not self._answers:
            raise VenueUnreachable("暂时连不上预订平台")
        second = math.floor(stamped if self._stopped_at is None else self._stopped_at)
        return ServerDate(second=second if self._dates else None, quiet_seconds=self._quiet.get(len(self.asked_at)))

    # Implements `Ready`: the request that is to arrive at the instant.

    def warm(self, within_seconds: float) -> None:
        self.warmed_at = self._world.now
        self._world.pass_by(min(self._chance.uniform(*self._travel), within_seconds))

    def mend(self, within_seconds: float) -> None:
        assert within_seconds > 0
        self.mended_at.append(self._world.now)

    def send(self) -> None:
        self.fired_at.append(self._world.now)


def free(_: Path) -> AbstractContextManager[None] | None:
    """A lock that nobody else has."""
    return nullcontext()


def aim_at(
    world: World,
    directory: Path,
    in_seconds: float,
    take: Callable[[Path], AbstractContextManager[None] | None] = free,
    grace_seconds: float = 300,
) -> ExactAim:
    instant = datetime.fromtimestamp(EPOCH + in_seconds, UTC)
    return ExactAim(instant, world, world, SharedFindings(directory, world, take), grace_seconds)
