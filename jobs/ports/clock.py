"""Time, asked for in one place."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The two clocks of a machine."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""
        ...


class ExactClock(Protocol):
    """The same two clocks for those who count microseconds; both in seconds."""

    def wall(self) -> float:
        """Since 1970. It may be set."""
        ...

    def steady(self) -> float:
        """Never set, the same in all processes of a machine, and going on while that sleeps where the system can say
        so; only differences mean anything."""
        ...

    def sleep(self, seconds: float) -> None:
        """Whatever happens; not at all for a time that is not above 0."""
        ...
