"""The real client, pointed at the simulator of a home."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from jobs.models.venue import Preset
from jobs.ports.budget import Budget
from jobs.ports.provider import VenueUnreachable
from jobs.venues.demo.files import address, public_key
from jobs.venues.sjtu.client import SjtuProvider
from jobs.venues.sjtu.presets import PRESETS

_STARTING_SECONDS: Final = 2.0
_FIRST_START_SECONDS: Final = 3.0
"""A home's first simulator needs one or two."""
_LOOKS_EVERY_SECONDS: Final = 0.05


class DemoProvider(SjtuProvider):
    """Looks for the simulator whenever it connects, for it may begin, or move, at any time."""

    def __init__(
        self,
        home: Path,
        timeout_seconds: float = 10.0,
        *,
        budget: Budget | None = None,
        release: str = "12:00:00",
        presets: Sequence[Preset] = PRESETS,
    ) -> None:
        super().__init__(DemoPlaces(home), timeout_seconds, budget=budget, release=release, presets=presets)


class DemoPlaces:
    """Implements `jobs.venues.sjtu.places.Places` by what the simulator keeps on disk, as it is at the moment.

    Where a home's first simulator is just starting this waits for it, once and not for long.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._patience_seconds = _FIRST_START_SECONDS

    @property
    def base_url(self) -> str:
        return self._written(address)

    @property
    def jaccount_url(self) -> str:
        return f"{self.base_url}/jaccount-site"

    @property
    def public_key(self) -> str:
        return self._written(public_key)

    @property
    def payment_url(self) -> str:
        return f"{self.base_url}/payment/pay/pay.action"

    def _written(self, reading: Callable[[Path], str | None]) -> str:
        text = reading(self._home)
        if text is None and self._is_starting() and not _on_a_loop():
            until, self._patience_seconds = time.monotonic() + self._patience_seconds, 0.0
            while text is None and time.monotonic() < until:
                time.sleep(_LOOKS_EVERY_SECONDS)
                text = reading(self._home)
        if text is None:
            raise VenueUnreachable("演示平台还没有启动", f"nothing in {self._home}", _STARTING_SECONDS)
        return text

    def _is_starting(self) -> bool:
        """Whether somebody has begun to see to it that one runs."""
        return (self._home / "demo").is_dir()


def _on_a_loop() -> bool:
    """Whether this thread has others to serve meanwhile. Loads nothing: a run that polls has no loop."""
    events = sys.modules.get("asyncio.events")
    return events is not None and events._get_running_loop() is not None
