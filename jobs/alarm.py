"""What administrators are told, at most once an hour for each thing that lasts; and always in the log."""

import logging
from collections import defaultdict
from typing import Final

from jobs.ports.administrators import Administrators
from jobs.ports.clock import Clock

_log = logging.getLogger("sja")

QUIET_SECONDS: Final = 3600.0
"""Of the monotonic clock, between two tellings of one topic that was not over meanwhile."""
_RETURNS_AT_MOST: Final = 3
"""Tellings within `QUIET_SECONDS` of what comes and goes: whoever heard that it is over must hear that it is back."""
_LAST_WORD: Final = "（它在反复出现，之后一小时内不再说）"


class Alarm:
    """Implements `ports.administrators.Administrators` in front of `voice`, which repeats whatever it is told.

    Needs no store: what it tells may be that there is none.
    """

    def __init__(self, voice: Administrators, clock: Clock) -> None:
        self._voice = voice
        self._clock = clock
        self._told_at: defaultdict[str, list[float]] = defaultdict(list)
        """The tellings of each topic within the hour."""
        self._lasting: set[str] = set()
        """Told, and not said to be over."""
        self._repeated: set[str] = set()
        """Repeated in the log since it was told: a disk may be full, of which every look says so."""

    def tell(self, topic: str, sentence: str) -> None:
        """As the port says; told again when it had been over, three times an hour at most.

        What is not told goes to the log alone, once, and not as a warning.
        """
        now = self._clock.monotonic()
        told = self._told_at[topic] = [at for at in self._told_at[topic] if now - at < QUIET_SECONDS]
        if told and (topic in self._lasting or len(told) >= _RETURNS_AT_MOST):
            if topic not in self._repeated:
                self._repeated.add(topic)
                _log.info("%s: %s", topic, sentence)
            return
        _log.warning("%s: %s", topic, sentence)
        told.append(now)
        self._lasting.add(topic)
        self._repeated.discard(topic)
        self._voice.tell(topic, sentence)

    def over(self, topic: str, sentence: str) -> None:
        """What was told of `topic` has passed; says so once, and only to those who heard of it."""
        if topic not in self._lasting:
            return
        self._lasting.remove(topic)
        _log.warning("%s: %s", topic, sentence)
        now = self._clock.monotonic()
        tellings = sum(now - at < QUIET_SECONDS for at in self._told_at[topic])
        self._voice.tell(topic, sentence + (_LAST_WORD if tellings >= _RETURNS_AT_MOST else ""))
