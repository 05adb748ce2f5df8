"""Where what blocks is done."""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class InThread(Protocol):
    """Does the work in a thread, and returns or raises what it does. Threads are few: work may wait for one.

    Whoever is cancelled meanwhile does not end the work.
    """

    async def __call__(self, work: Callable[[], T], /) -> T: ...
