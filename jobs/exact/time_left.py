"""How much time there is for comparing clocks before an instant, and how it is divided."""

import math
from collections.abc import Callable
from typing import Final

from jobs.exact.shared import Finding
from jobs.exact.worth import is_sharpenable
from jobs.models.offsets import MOST_BEHIND_SECONDS, Estimate
from jobs.ports.clock import ExactClock

FINE_LEAD_SECONDS: Final = 21.0
"""Before the instant clocks are compared closely: nine requests of two seconds at the most, and some."""
RESERVE_SECONDS: Final = 2.5
"""Before the instant no more is compared."""
LEAST_SPACING_SECONDS: Final = 0.25
"""When the instant is near."""
_SPACING_SECONDS: Final = 1.0
_OWN_TURN_SECONDS: Final = 0.5
"""How long after its earliest a request is sent at the mean, to meet the turn of a second; and as much to travel."""
_BARE_RESERVE_SECONDS: Final = 0.3
"""As long as nothing is known at all."""
_BARE_SECONDS: Final = 1.0
"""But a run that begins about its instant, or after it, has so long to find out whether the server's clock is behind
ours: it would be refused."""
_SHARPENING_LEAD_SECONDS: Final = 12.0
"""Before the instant what is known is sharpened: four requests of two seconds, and what is kept free."""

DueAt = Callable[[Estimate | None], float]
"""The earliest moment, by our steady clock, that the instant may come, as far as the server's clock is known."""


class TimeLeft:
    """Of one run, from now on. All instants are those of our steady clock."""

    def __init__(self, clock: ExactClock, due_at: DueAt) -> None:
        self._clock = clock
        self._due_at = due_at
        self._begun_at = clock.steady()

    def seconds(self, known: Estimate | None) -> float:
        """Until there is no more time to ask; below 0: there is none any more."""
        return self.over_at(known) - self._clock.steady()

    def over_at(self, known: Estimate | None) -> float:
        """When there is no more time to ask. But something must be known: a clock behind ours would make us early."""
        due = self._due_at(known)
        if known is not None:
            return due - RESERVE_SECONDS
        is_possible = due > self._begun_at - MOST_BEHIND_SECONDS
        return max(due - _BARE_RESERVE_SECONDS, self._begun_at + _BARE_SECONDS if is_possible else -math.inf)

    def fine_at(self, finding: Finding | None, rough: Estimate | None) -> float:
        """When to compare closely: late, so that the clocks do not part again, and later where there is less to do."""
        known = finding.estimate if finding else rough
        due = self._due_at(known)
        if known is None or known.contested or known.requests == 1:
            # A single answer may have been kept on the way; who waited for its instant might oversleep.
            due = min(due, self._due_at(None))
        late = due - _SHARPENING_LEAD_SECONDS
        return late if finding and is_sharpenable(finding, late) else due - FINE_LEAD_SECONDS

    def between(self, known: Estimate | None, requests: int) -> float:
        """How long to leave the server alone before the next of so many requests."""
        share = self.seconds(known) / max(requests, 1)
        return min(max(share - 2 * _OWN_TURN_SECONDS, LEAST_SPACING_SECONDS), _SPACING_SECONDS)
