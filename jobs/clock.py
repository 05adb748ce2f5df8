"""The machine's clocks: the only place that reads them."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Implements `ports.clock.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SystemExactClock:
    """Implements `ports.clock.ExactClock`."""

    def wall(self) -> float:
        return time.time()

    if hasattr(time, "CLOCK_BOOTTIME"):  # Linux, where the monotonic clock stands still while the machine sleeps

        def steady(self) -> float:
            return time.clock_gettime(time.CLOCK_BOOTTIME)

    else:

        def steady(self) -> float:
            return time.monotonic()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)
