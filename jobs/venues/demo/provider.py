"""The real client, pointed at the simulator of a home."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from jobs.models.venue import Day, Preset, Slot
from jobs.ports.aim import ServerDate
from jobs.ports.provider import ReadyDays, VenueError, VenueUnreachable
from jobs.venues.demo.files import address
from jobs.venues.sjtu.client import SjtuProvider
from jobs.venues.sjtu.presets import PRESETS
from jobs.venues.sjtu.ready import ReadyQuestion

_T = TypeVar("_T")

_STARTING_SECONDS: Final = 2.0


class DemoProvider:
    """Finds the simulator by `home/demo/address`, and looks there again when it stops answering."""

    def __init__(self, home: Path, timeout_seconds: float = 10.0) -> None:
        self._home = home
        self._timeout_seconds = timeout_seconds
        self._address: str | None = None
        self._client: SjtuProvider | None = None

    @property
    def presets(self) -> Sequence[Preset]:
        return PRESETS

    def days(self, preset: Preset) -> list[Day]:
        """As the real platform's. Raises `VenueError`."""
        return self._ask(lambda client: client.days(preset))

    def prepare_days(self, preset: Preset) -> ReadyDays:
        """As the real platform's; it need not be there yet."""
        return _ReadyDays(self, preset)

    def prepared(self, preset: Preset) -> ReadyQuestion:
        """The question as bytes for the simulator where it is now. Raises `VenueError`."""
        if address(self._home) != self._address:
            self._moved()
        return self._current().prepare_days(preset)

    def server(self) -> str:
        """Raises `VenueError` where there is no simulator."""
        return self._ask(lambda client: client.server())

    def server_date(self, within_seconds: float) -> ServerDate:
        """As the real platform's. Raises `VenueError`."""
        return self._ask(lambda client: client.server_date(within_seconds))

    def slots(self, preset: Preset, day: Day) -> list[Slot]:
        """As the real platform's. Raises `VenueError`."""
        return self._ask(lambda client: client.slots(preset, day))

    def close(self) -> None:
        """Closes the kept connection; the next request opens another."""
        if self._client is not None:
            self._client.close()

    def _ask(self, question: Callable[[SjtuProvider], _T]) -> _T:
        """Asks where the simulator was last; should it have moved since, once more where it is now."""
        try:
            return question(self._current())
        except VenueUnreachable:
            if address(self._home) == self._address:
                raise
            return question(self._moved())

    def _current(self) -> SjtuProvider:
        return self._client or self._moved()

    def _moved(self) -> SjtuProvider:
        """A client for the address as it is on disk now."""
        self.close()
        self._client = None
        self._address = address(self._home)
        if self._address is None:
            raise VenueUnreachable("演示平台还没有启动", f"no address in {self._home}", _STARTING_SECONDS)
        self._client = SjtuProvider(self._address, self._timeout_seconds)
        return self._client


class _ReadyDays:
    """Implements `ports.provider.ReadyDays` for a simulator that may begin, or move, at any time."""

    def __init__(self, provider: DemoProvider, preset: Preset) -> None:
        self._provider = provider
        self._preset = preset
        self._ready: ReadyQuestion | None = None

    def warm(self, within_seconds: float) -> None:
        self._prepare()
        if self._ready is not None:
            self._ready.warm(within_seconds)

    def mend(self, within_seconds: float) -> None:
        if self._ready is None:
            self._prepare()
        if self._ready is not None:
            self._ready.mend(within_seconds)

    def send(self) -> None:
        if self._ready is not None:
            self._ready.send()

    def answer(self) -> list[Day]:
        if self._ready is None:
            return self._provider.days(self._preset)
        try:
            return self._ready.answer()
        except VenueUnreachable:
            return self._provider.days(self._preset)

    def _prepare(self) -> None:
        try:
            self._ready = self._provider.prepared(self._preset)
        except VenueError:
            self._ready = None
