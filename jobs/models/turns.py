"""Whose turn it is."""

from collections.abc import Generator
from contextlib import contextmanager

from jobs.models.errors import Refusal


class Turns:
    """One thing at a time for each of those who ask. Used in one thread."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        """What is said to whoever asks too early."""
        self._taken: set[str] = set()

    @contextmanager
    def turn(self, who: str) -> Generator[None]:
        """Raises `Refusal` while this one has a turn already."""
        if who in self._taken:
            raise Refusal(self._sentence)
        self._taken.add(who)
        try:
            yield
        finally:
            self._taken.discard(who)

    def has(self, who: str) -> bool:
        return who in self._taken
