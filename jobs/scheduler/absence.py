"""Why instants have passed unseen: the bot was away, or the clock has leapt."""

from datetime import datetime, timedelta
from typing import Final

from jobs.models.occasions import NOBODY_WAS_THERE
from jobs.ports.clock import Clock

CLOCK_LEAPT: Final = "电脑休眠过，或时钟被调整"
TOO_BUSY: Final = "机器人当时忙不过来"

_LEAP: Final = timedelta(seconds=1)
"""Between the two clocks from one look to the next; slewing (500 ppm at most) is a hundredth of it in half a minute."""


class Absence:
    """Compares the wall clock with the monotonic one, which stands still while a Linux machine sleeps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looked: tuple[datetime, float] | None = None
        self.went_back = False
        """Whether, at the last look, the wall clock had been set back since the one before."""

    def is_noticed(self) -> bool:
        """Whether the wall clock has leapt since the last look."""
        return self._looked is not None and abs(self._leap(*self._looked)) >= _LEAP

    def until_now(self) -> str:
        """Why what came due since the last look was not seen; notes this look."""
        before, self._looked = self._looked, (self._clock.now(), self._clock.monotonic())
        leap = timedelta(0) if before is None else self._leap(*before)
        self.went_back = leap <= -_LEAP
        if before is None:
            return NOBODY_WAS_THERE
        return CLOCK_LEAPT if leap >= _LEAP else TOO_BUSY

    def _leap(self, wall: datetime, monotonic: float) -> timedelta:
        return self._clock.now() - wall - timedelta(seconds=self._clock.monotonic() - monotonic)
