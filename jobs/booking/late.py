"""Orders that come after everybody has stopped looking: a platform may still be at work on what it was sent."""

from datetime import datetime, timedelta
from typing import Final

from jobs.models.accounts import AccountId
from jobs.models.booking_following import ABSENT
from jobs.models.bookings import Booking, BookingState
from jobs.ports.venue_store import Bookings

_LOOKS: Final = (timedelta(minutes=2), timedelta(minutes=8))
"""After an order was found absent: at a crowded release a queue may be minutes long."""
_FORGOTTEN_AFTER: Final = timedelta(hours=1)
_READ_EVERY: Final = timedelta(seconds=30)
"""The rows, all that were refused of late; far less than the first of the looks is to wait."""

_Try = tuple[AccountId, str, datetime]


class LateOrders:
    """Which bookings that were said to be absent are to be looked at once more. How often that was done is known while
    the bot runs."""

    def __init__(self, bookings: Bookings) -> None:
        self._bookings = bookings
        self._rows: list[Booking] = []
        self._read_at: datetime | None = None
        self._looks: dict[_Try, int] = {}

    def due(self, at: datetime) -> list[Booking]:
        """Those to be looked at now, as they are stored. Raises `StoreUnavailable`."""
        if self._read_at is None or abs(at - self._read_at) >= _READ_EVERY:
            self._rows = [row for row in self._bookings.refused(at - _FORGOTTEN_AFTER) if _is_absent(row)]
            self._read_at = at
            self._looks = {_try_of(row): self._looks.get(_try_of(row), 0) for row in self._rows}
        due = [row for row in self._rows if self._is_due(row, at)]
        stored = [(row, self._bookings.get(row.account_id, row.slot_key)) for row in due]
        return [now for row, now in stored if now is not None and _is_absent(now) and now.opened_at == row.opened_at]

    def looked(self, row: Booking) -> None:
        """The account's orders were read."""
        if _try_of(row) in self._looks:
            self._looks[_try_of(row)] += 1

    def _is_due(self, row: Booking, at: datetime) -> bool:
        looks = self._looks[_try_of(row)]
        return looks < len(_LOOKS) and at - (row.settled_at or row.opened_at) >= _LOOKS[looks]


def _is_absent(row: Booking) -> bool:
    return row.state is BookingState.REFUSED and row.reason == ABSENT


def _try_of(row: Booking) -> _Try:
    return (row.account_id, row.slot_key, row.opened_at)
