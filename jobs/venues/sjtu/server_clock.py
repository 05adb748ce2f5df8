"""What the platform's clock shows, as far as its answers have told."""

import time
from collections.abc import Callable


class ServerClock:
    """Ours, corrected by as little as the `Date`s of answers prove necessary. `wall`: seconds since 1970."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._ahead = (-float("inf"), float("inf"))
        """Between these the server is ahead of us, seconds."""

    def wall(self) -> float:
        """What our own clock shows."""
        return self._wall()

    def learn(self, sent_at: float, received_at: float, second: int) -> None:
        """At some moment between these two of ours the server's clock showed this second."""
        low, high = second - received_at, second + 1 - sent_at
        was_low, was_high = self._ahead
        narrowed = max(low, was_low), min(high, was_high)
        # Where the two cannot both be true a clock was set meanwhile: what was said last counts.
        self._ahead = narrowed if narrowed[0] <= narrowed[1] else (low, high)

    def milliseconds(self) -> int:
        """What the server's clock shows now, since 1970."""
        low, high = self._ahead
        return int((self._wall() + min(max(0.0, low), high)) * 1000)
