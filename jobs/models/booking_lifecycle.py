"""How a booking can move: the one table, and nothing else changes a state. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from jobs.models.bookings import Booking, BookingState
from jobs.models.orders import OrderState

_OPEN, _REFUSED, _BOOKED = BookingState.OPEN, BookingState.REFUSED, BookingState.BOOKED
_PAID, _CANCELLED, _EXPIRED = BookingState.PAID, BookingState.CANCELLED, BookingState.EXPIRED

MOVES: Final[Mapping[BookingState, frozenset[BookingState]]] = {
    _OPEN: frozenset({_REFUSED, _BOOKED, _PAID, _CANCELLED, _EXPIRED}),
    # What looked absent may be read back late: the platform's word wins.
    _REFUSED: frozenset({_OPEN, _BOOKED, _PAID}),
    _BOOKED: frozenset({_PAID, _CANCELLED, _EXPIRED}),
    _PAID: frozenset({_CANCELLED}),
    _CANCELLED: frozenset({_OPEN}),
    _EXPIRED: frozenset({_OPEN}),
}

STATE_OF_ORDER: Final[Mapping[OrderState, BookingState]] = {
    OrderState.UNPAID: _BOOKED,
    OrderState.UNKNOWN: _BOOKED,
    OrderState.PAID: _PAID,
    OrderState.USED: _PAID,
    OrderState.CANCELLED: _CANCELLED,
    OrderState.EXPIRED: _EXPIRED,
}
"""What an order that was read makes of its booking. One in a state nobody has recorded is there all the same."""


class IllegalMove(Exception):
    """A move the table does not contain: a defect in the caller."""

    def __init__(self, before: BookingState, after: BookingState) -> None:
        super().__init__(f"{before} -> {after}")


def moved(booking: Booking, state: BookingState, at: datetime, **fields: Any) -> Booking:
    """The booking in another state, settled now. Raises `IllegalMove`."""
    if state not in MOVES[booking.state]:
        raise IllegalMove(booking.state, state)
    return replace(booking, state=state, settled_at=at, **fields)


def kept(booking: Booking) -> Booking:
    """The same row as the store has it once it was written: a version on."""
    return replace(booking, version=booking.version + 1)
