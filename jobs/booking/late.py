"""Orders that come after everybody has stopped looking: a platform may still be at work on what it was sent."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from jobs.models.accounts import AccountId
from jobs.models.booking_following import ABSENT
from jobs.models.bookings import Booking, BookingState
from jobs.ports.store import Bookings

_LOOKS: Final = (timedelta(minutes=2), timedelta(minutes=8))
"""After an order was found absent: at a crowded release a queue may be minutes long."""
_FORGOTTEN_AFTER: Final = timedelta(hours=1)

_Key = tuple[AccountId, str]


class LateOrders:
    """Remembers, while the bot runs, which intents were open, and looks again at those that were said to be absent."""

    def __init__(self, bookings: Bookings) -> None:
        self._bookings = bookings
        self._open: dict[_Key, datetime] = {}
        self._doubtful: dict[_Key, tuple[Booking, int]] = {}

    def note(self, rows: Iterable[Booking]) -> None:
        """`rows`: all that are open now."""
        now_open = {(row.account_id, row.slot_key): row.opened_at for row in rows}
        for key, opened_at in self._open.items():
            row = self._bookings.get(*key) if key not in now_open else None
            if row is not None and _is_absent(row) and row.opened_at == opened_at:
                self._doubtful[key] = (row, 0)
        self._open = now_open

    def due(self, at: datetime) -> list[Booking]:
        """Those to be looked at once more, as they are stored now."""
        found: list[Booking] = []
        for key, (row, looks) in list(self._doubtful.items()):
            stored = self._bookings.get(*key)
            age = at - (row.settled_at or row.opened_at)
            is_same = stored is not None and _is_absent(stored) and stored.opened_at == row.opened_at
            if stored is None or not is_same or looks >= len(_LOOKS) or age > _FORGOTTEN_AFTER:
                del self._doubtful[key]
            elif age >= _LOOKS[looks]:
                found.append(stored)
        return found

    def looked(self, row: Booking) -> None:
        """The account's orders were read."""
        key = (row.account_id, row.slot_key)
        if key in self._doubtful:
            doubtful, looks = self._doubtful[key]
            self._doubtful[key] = (doubtful, looks + 1)


def _is_absent(row: Booking) -> bool:
    return row.state is BookingState.REFUSED and row.reason == ABSENT
