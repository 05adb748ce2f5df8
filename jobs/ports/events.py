"""What happened, as a stream."""

from collections.abc import AsyncIterator
from typing import Protocol

from jobs.models.change import Event


class Events(Protocol):
    """Stored events in the order of their ids; publishing is `Store.apply`."""

    def subscribe(self, after_id: int) -> AsyncIterator[Event]:
        """Every event with a greater id, first those stored already, then each as it is written."""
        ...
