"""Time that passes only where somebody waits for it: an event loop that jumps, and a clock on the wall that errs.

`loop.time()` is what the machine calls monotonic: it stands still while the machine is suspended. The wall shows what
people call the time: it runs on in a suspend, is set forward and back, and goes a little fast or slow.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any


class Deadlock(Exception):
    """Everybody waits, and for nothing that time could bring."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs what is ready; when nothing is, it is at once as late as the next timer wants it. Knows no files."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0.0
        self._clock_resolution = 1e-9
        self._selector = self

    def time(self) -> float:
        return self._seconds

    def select(self, timeout: float | None) -> list[Any]:
        """What `BaseEventLoop` asks of a selector, once nothing is ready."""
        if timeout is None:
            raise Deadlock
        if timeout > 0:
            # To the timer itself, not by the difference: sums of small differences would come short of it.
            self._seconds = (
                max(self._scheduled[0].when(), self._seconds) if self._scheduled else self._seconds + timeout
            )
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody calls from another thread."""


class Wall:
    """Implements `ports.clock.Clock`. `rate`: seconds it shows for each that passes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, shows: datetime, rate: float = 1.0) -> None:
        self._loop = loop
        self._since = loop.time()
        self._shown = shows
        self._rate = rate
        self._turned = asyncio.Event()
        self.turns: list[Callable[[], None]] = []
        """Called whenever the clock was set."""

    def now(self) -> datetime:
        return self._shown + timedelta(seconds=(self._loop.time() - self._since) * self._rate)

    def monotonic(self) -> float:
        return self._loop.time()

    def step(self, seconds: float) -> None:
        """Somebody sets the clock."""
        self._shown, self._since = self.now() + timedelta(seconds=seconds), self._loop.time()
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()
        for turn in self.turns:
            turn()

    def wait_for(self, instant: datetime) -> float:
        """How long to wait, by the loop's time, until the wall shows `instant` if nobody touches it."""
        return max((instant - self.now()).total_seconds(), 0.0) / self._rate

    async def shows(self, instant: datetime) -> None:
        """Returns as soon as the wall shows `instant` or later, however it comes to do so."""
        while (left := instant - self.now()) > timedelta(0):
            try:
                async with asyncio.timeout(left.total_seconds() / self._rate + 1e-6):
                    await self._turned.wait()
            except TimeoutError:
                continue
