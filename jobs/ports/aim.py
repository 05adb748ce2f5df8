"""The instant a run was armed for: how it compares clocks beforehand, waits, and sends at the right moment."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from jobs.models.comparison import Comparison


class Fired(Struct, frozen=True, kw_only=True):
    """A request was sent, `late_seconds` after the instant: by the server's clock as far as it is known (give or take
    the error of `comparison`), by ours where it is None."""

    late_seconds: float
    comparison: Comparison | None = None


class TooLate(Exception):
    """The run woke so long after its instant that it shall not act any more: the machine slept, or it was stopped."""

    def __init__(self, late_seconds: float) -> None:
        super().__init__(f"{late_seconds:.1f} s late")
        self.late_seconds = late_seconds


class ServerDate(Struct, frozen=True, kw_only=True):
    """What one answer said of its server's clock."""

    second: int | None
    """Its `Date`, in seconds since 1970; None: it has none that says when it was made."""
    quiet_seconds: float | None = None
    """For so long the server wants not to be asked again, 0: it does not say how long; None: it wants no such thing."""


class DatedServer(Protocol):
    """A server whose answers say what its clock shows."""

    def server(self) -> str:
        """Whose clock it is, the same for all who ask the same server: `sports.example:443`. May raise `VenueError`."""
        ...

    def server_date(self, within_seconds: float) -> ServerDate:
        """The `Date` of a cheap request's answer, whatever else that says. May raise `VenueError`."""
        ...


class Ready(Protocol):
    """A request whose bytes are ready to be sent on a connection that is open. None of this raises."""

    def warm(self, within_seconds: float) -> None:
        """A cheap request on the connection, which is opened where it is not."""
        ...

    def mend(self, within_seconds: float) -> None:
        """Opens the connection anew if the other side has closed it. No request."""
        ...

    def send(self) -> None:
        """Sends the bytes, on a fresh connection if need be. What goes wrong is told by who asks for the answer."""
        ...


class Aim(Protocol):
    """One instant, of one run. Its methods wait, and return early when the run shall leave."""

    @property
    def instant(self) -> datetime:
        """What the server's clock shall show, aware."""
        ...

    def compare(self, server: DatedServer) -> Comparison | None:
        """Compares the server's clock with ours, as long as there is time for it; None: that was not possible.

        Takes until a few seconds before the instant if need be; after it, a second. A clock that is not believed
        counts no more than one that is not known. Raises nothing of the server's troubles.
        """
        ...

    def survey(self, server: DatedServer, *, closely: bool) -> Comparison | None:
        """How the clocks stand now, for people to hear of; None: that was not possible. `compare` is still needed.

        A few requests, some seconds; `closely`: as many as make sense, up to half a minute. Ends well before the
        instant. Raises nothing of the server's troubles.
        """
        ...

    def fire(self, ready: Ready) -> Fired | None:
        """Sends at the instant: not before it by the server's clock as far as it was compared, by ours otherwise.

        At once where the instant is past. None: nothing was sent, the run shall leave. Raises `TooLate`: nothing was
        sent, for the grace is over.
        """
        ...

    def stand_down(self) -> None:
        """The race is over: this run makes way for others as any other does, also for the bot, which wants to write
        while hundreds of them do."""
        ...
