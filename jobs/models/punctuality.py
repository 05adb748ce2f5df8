"""What becomes of instants that cannot be kept."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

ON_TIME: Final = timedelta(seconds=5)
"""Seen no later than this, an instant was not missed: a busy loop or a slow disk may cost as much."""


class Misfire(StrEnum):
    """What becomes of the last instant that was missed."""

    SKIP = "skip"
    ONCE = "once"
    """It is run late, within the grace."""


class Overlap(StrEnum):
    """What becomes of an instant while the run before goes on."""

    SKIP = "skip"
    QUEUE = "queue"
    """One waits for its end; those that come while one waits are skipped."""


class Punctuality(Struct, frozen=True, kw_only=True):
    """What happens to instants that cannot be kept."""

    misfire: Misfire = Misfire.ONCE
    grace_seconds: int = 300
    """A court is rarely worth booking later than five minutes after the instant."""
    overlap: Overlap = Overlap.SKIP

    @property
    def grace(self) -> timedelta:
        """How late an instant may still be run."""
        return max(timedelta(seconds=self.grace_seconds), ON_TIME) if self.misfire is Misfire.ONCE else ON_TIME
