"""A share of the budget for somebody who waits for the answer."""

from contextlib import AbstractContextManager
from typing import Final

from jobs.ports.budget import Budget
from jobs.ports.clock import ExactClock

QUESTION_SECONDS: Final = 10.0
"""How long a question, with all its requests, may wait for its places; then it is told how long it would take."""


class Impatient:
    """Implements `ports.budget.Budget` for one question, which begins with its first request."""

    def __init__(self, budget: Budget, clock: ExactClock, seconds: float = QUESTION_SECONDS) -> None:
        self._budget = budget
        self._clock = clock
        self._seconds = seconds
        self._ends_at: float | None = None

    def take(self, server: str, within_seconds: float | None = None) -> None:
        now = self._clock.steady()
        if self._ends_at is None:
            self._ends_at = now + self._seconds
        left = max(0.0, self._ends_at - now)
        self._budget.take(server, left if within_seconds is None else min(left, within_seconds))

    def quiet(self, server: str, seconds: float) -> None:
        self._budget.quiet(server, seconds)

    def hurrying(self) -> AbstractContextManager[None]:
        return self._budget.hurrying()

    def left(self, server: str) -> int:
        return self._budget.left(server)
