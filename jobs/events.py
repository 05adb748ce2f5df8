"""Stored events as a stream."""

from collections.abc import AsyncIterator

from jobs.models.change import Event
from jobs.ports.bell import Listening
from jobs.ports.store import Store

_AT_ONCE = 200


class StoredEvents:
    """Implements `ports.events.Events`: reads the store whenever the bell rings."""

    def __init__(self, store: Store, bell: Listening) -> None:
        self._store = store
        self._bell = bell

    async def subscribe(self, after_id: int) -> AsyncIterator[Event]:
        ear = self._bell.listen()
        try:
            while True:
                events = self._store.history.after(after_id, _AT_ONCE)
                for event in events:
                    after_id = event.id
                    yield event
                if not events:
                    await ear.wait()
        finally:
            ear.close()
