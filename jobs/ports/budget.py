"""How often a platform may be asked: one allowance for each host, shared by all runs and accounts of a home."""

from contextlib import AbstractContextManager
from typing import Protocol


class Budget(Protocol):
    """Asked before every request. May be shared by threads."""

    def take(self, server: str, within_seconds: float | None = None) -> None:
        """Returns when one more request may be made to that host, now.

        Raises `RateLimited`, with the wait that would be needed, where that is longer than `within_seconds`, or than
        people have patience for, or where the host has asked for quiet; then it takes no place. Raises it too when this
        process shall leave before its place has come.
        """
        ...

    def quiet(self, server: str, seconds: float) -> None:
        """The host has asked not to be asked for so long: nobody of this home does."""
        ...

    def hurrying(self) -> AbstractContextManager[None]:
        """Within it, requests of this context (the thread, and what it starts) are a race's: they go before others, out
        of a reserve that is larger, but that has an end too; and the next ones of everybody else wait for it. Quiet is
        kept all the same."""
        ...

    def left(self, server: str) -> int:
        """How many requests could be made at once in a hurry, now; 0 while the host wants quiet."""
        ...
