"""What administrators are told, at most once an hour for each thing; and always in the log."""

import logging
from typing import Final

from jobs.ports.administrators import Administrators
from jobs.ports.clock import Clock

_log = logging.getLogger("sja")

QUIET_SECONDS: Final = 3600.0
"""Of the monotonic clock, between two tellings of one topic."""


class Alarm:
    """Implements `ports.administrators.Administrators` in front of `voice`, which repeats whatever it is told.

    Needs no store: what it tells may be that there is none.
    """

    def __init__(self, voice: Administrators, clock: Clock) -> None:
        self._voice = voice
        self._clock = clock
        self._told_at: dict[str, float] = {}
        self._lasting: set[str] = set()
        """Told, and not said to be over."""

    def tell(self, topic: str, sentence: str) -> None:
        """As the port says. What is told again within the hour goes to the log alone, and not as a warning."""
        now = self._clock.monotonic()
        if now - self._told_at.get(topic, -QUIET_SECONDS) < QUIET_SECONDS:
            _log.info("%s: %s", topic, sentence)
            return
        _log.warning("%s: %s", topic, sentence)
        self._told_at[topic] = now
        self._lasting.add(topic)
        self._voice.tell(topic, sentence)

    def over(self, topic: str, sentence: str) -> None:
        """What was told of `topic` has passed; says so once, and only to those who heard of it."""
        if topic in self._lasting:
            self._lasting.remove(topic)
            _log.warning("%s: %s", topic, sentence)
            self._voice.tell(topic, sentence)
