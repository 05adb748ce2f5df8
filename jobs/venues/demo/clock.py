"""The simulated platform's own clock, which may differ from the machine's."""

from datetime import datetime, timedelta

from jobs.ports.clock import Clock


class PlatformClock:
    """Another clock, moved by `offset_seconds`. Implements `ports.clock.Clock`."""

    def __init__(self, clock: Clock, offset_seconds: float = 0.0) -> None:
        self._clock = clock
        self.offset_seconds = offset_seconds

    def now(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self.offset_seconds)

    def true_now(self) -> datetime:
        """By the clock underneath, which the platform's members go by."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Never moved: how long a session was idle does not depend on what day is played."""
        return self._clock.monotonic()
