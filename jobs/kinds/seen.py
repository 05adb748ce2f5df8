"""What a watch has seen: how its latest looks went, and at which hours there was a court today."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final

from jobs.models.venue import Slot
from jobs.ports.rows import TICK_FAILED, TICK_FOUND, TICK_NOTHING, TICKS_KEPT, Sighting

_NOTHING_BEFORE: Final = ("", None)


class Seen:
    """Goes on from what earlier runs have left (`Reporter.looks_before`); kept in memory, written with the progress."""

    def __init__(self, before: tuple[str, Sighting | None] = _NOTHING_BEFORE) -> None:
        self.ticks, sighting = before
        self._day = sighting.day if sighting else None
        self._looks = sighting.looks if sighting else 0
        self._hours: Counter[int] = Counter(sighting.hours if sighting else None)

    @property
    def sighting(self) -> Sighting | None:
        """What the looks of the latest day have seen; None before the first that succeeded."""
        if self._day is None:
            return None
        return Sighting(day=self._day, looks=self._looks, hours=dict(self._hours))

    def looked(self, day: date, free: Sequence[Slot]) -> None:
        """A look of that day has succeeded, and all this was free. A failed one is none."""
        if day != self._day:
            self._day, self._looks, self._hours = day, 0, Counter[int]()
        self._looks += 1
        self._hours.update({slot.hour for slot in free})

    def found(self, is_any: bool) -> None:
        """A look is over, and there was something that is wanted, or nothing."""
        self._tick(TICK_FOUND if is_any else TICK_NOTHING)

    def failed(self) -> None:
        """A look is over that came to nothing."""
        self._tick(TICK_FAILED)

    def _tick(self, tick: str) -> None:
        self.ticks = (self.ticks + tick)[-TICKS_KEPT:]
