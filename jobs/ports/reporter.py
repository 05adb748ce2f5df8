"""How a run talks back, from inside its own process."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

from jobs.models.people import Chat
from jobs.models.run import Outcome
from jobs.models.venue import Slot
from jobs.ports.rows import Sighting


class Reporter(Protocol):
    """Facts are durable when a method returns; each may raise `Fenced`: the run is over, leave. All but `progress`
    and `fired` may raise `StoreUnavailable`: nothing was written, try again later."""

    def progress(
        self,
        sentence: str,
        *,
        checks: int,
        next_check_at: datetime | None,
        ticks: str = "",
        sighting: Sighting | None = None,
    ) -> None:
        """How it goes, for lists and details. May be lost: in a crash, or when the store cannot be had just now.

        `ticks` as in `Progress`; `sighting` replaces what the job has seen on that day.
        """
        ...

    def looks_before(self, today: date) -> tuple[str, Sighting | None]:
        """The ticks of the job's looks so far, of earlier runs too, and what those of that day have seen, if any."""
        ...

    def recall(self) -> dict[str, Any]:
        """What this job's runs remembered last."""
        ...

    def slots_freed(self, check: int, slots: Sequence[Slot], memory: dict[str, Any], **data: Any) -> None:
        """New free slots: the event, the notification and the new memory in one transaction, so each is told once."""
        ...

    def remember(self, memory: dict[str, Any]) -> None:
        """Replaces the job's memory without telling anybody."""
        ...

    def event(self, type: str, **data: Any) -> None:
        """Something for the job's history."""
        ...

    def tell(self, topic: str, key: str, **data: Any) -> None:
        """Tells the chat that is told of the job by now, once for each topic and `key`, with an event of the same name
        and data."""
        ...

    def was_told(self, topic: str, key: str) -> bool | None:
        """Whether what `tell` said has arrived; None: nothing was said, for there is no chat."""
        ...

    def told_in(self) -> Chat | None:
        """The chat that `tell` tells now; None: nobody is told."""
        ...

    def fired(self, late_seconds: float, **data: Any) -> None:
        """The instant this run is for has come, and its work began so late. A run without an instant says nothing.

        May be lost when the store cannot be had: that must not keep anybody from the work.
        """
        ...

    def finish(self, outcome: Outcome) -> None:
        """How the work went; said once, just before the process exits."""
        ...
