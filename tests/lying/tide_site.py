"""Time that passes only when somebody waits, for a platform and its clients alike."""

import asyncio
import heapq
import itertools
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Final

Act = Callable[[], Coroutine[Any, Any, object]]
"""Something that happens in the platform's loop."""
NOON: Final = datetime(2026, 11, 22, 4, tzinfo=UTC)
"""In Shanghai: a date has just been released."""
_ACT_SECONDS: Final = 10.0
_TICK_SECONDS: Final = 0.0001
"""Each look at the clock takes so long: no two instants are the same."""


class Tide:
    """Implements `Clock` and `ExactClock`. Shared by threads. What becomes due in a wait is done in `loop`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, begins: datetime = NOON) -> None:
        self._loop = loop
        self._begins = begins
        self._passed = 0.0
        self._lock = threading.Lock()
        self._due: list[tuple[float, int, Act]] = []
        self._numbers = itertools.count()

    @property
    def passed(self) -> float:
        """Seconds since the beginning; looking takes no time."""
        return self._passed

    def now(self) -> datetime:
        return self._begins + timedelta(seconds=self._ticked())

    def monotonic(self) -> float:
        return 1000 + self._ticked()

    def wall(self) -> float:
        return self.now().timestamp()

    def steady(self) -> float:
        return self.monotonic()

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def at(self, seconds: float, act: Act) -> None:
        """Does something so many seconds after now, as soon as time has come so far."""
        with self._lock:
            heapq.heappush(self._due, (self._passed + seconds, next(self._numbers), act))

    def advance(self, seconds: float) -> None:
        """Lets time pass; what becomes due meanwhile is done at its instant. Not for the loop itself."""
        until = self._passed + max(0.0, seconds)
        while (act := self._next_due(until)) is not None:
            asyncio.run_coroutine_threadsafe(act(), self._loop).result(_ACT_SECONDS)
        self._reach(until)

    async def flow(self, seconds: float) -> None:
        """As `advance`, for the loop itself."""
        until = self._passed + max(0.0, seconds)
        while (act := self._next_due(until)) is not None:
            await act()
        self._reach(until)

    def _reach(self, until: float) -> None:
        with self._lock:
            self._passed = max(self._passed, until)

    def _next_due(self, until: float) -> Act | None:
        with self._lock:
            if not self._due or self._due[0][0] > until:
                return None
            due, _, act = heapq.heappop(self._due)
            self._passed = max(self._passed, due)
            return act

    def _ticked(self) -> float:
        with self._lock:
            self._passed += _TICK_SECONDS
            return self._passed
