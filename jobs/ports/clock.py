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
