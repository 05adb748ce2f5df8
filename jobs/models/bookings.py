"""Bookings: what is intended, written down before any request, and what became of it. Pure."""

import datetime
from datetime import datetime as Instant
from enum import StrEnum

from msgspec import Struct

from jobs.models.accounts import AccountId
from jobs.models.ids import JobId, RunId, UserId
from jobs.models.orders import OrderId
from jobs.models.people import Chat
from jobs.models.venue import Preset, Slot


class BookingState(StrEnum):
    """How far a booking has come."""

    OPEN = "open"
    """Written before the request. It may have been sent; only the account's orders tell what became of it."""
    REFUSED = "refused"
    """Surely no order. It may be tried again: the row is opened anew."""
    BOOKED = "booked"
    """The order was read back; it waits to be paid."""
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_free(self) -> bool:
        """Whether the account may try this slot (again)."""
        return self in (BookingState.REFUSED, BookingState.CANCELLED, BookingState.EXPIRED)


class Booking(Struct, frozen=True, kw_only=True):
    """One slot that one account shall have; the only row of its (account, slot). Several of one request share an order.

    `owner`, `origin`: who wanted it and where that was said. `job_id` None: booked by hand, at once.
    `order_id`: what the platform answered, or what was read; it is proven only in the states from BOOKED on.
    `pay_until` None: not told. `reminded`: reminders told so far. Rows are replaced whole, `version` as with jobs.
    """

    account_id: AccountId
    slot_key: str
    nickname: str
    owner: UserId | None
    origin: Chat | None
    preset: int
    venue: str
    date: datetime.date
    hour: int
    court: str
    price: str = ""
    state: BookingState = BookingState.OPEN
    order_id: OrderId | None = None
    job_id: JobId | None = None
    run_id: RunId | None = None
    opened_at: Instant
    settled_at: Instant | None = None
    pay_until: Instant | None = None
    reason: str = ""
    attempts: int = 1
    reminded: int = 0
    version: int = 0


def slot_key(preset: Preset, slot: Slot) -> str:
    """Names one court for one hour of one venue's sport, whoever asks: the intent's key beside the account."""
    return f"{preset.venue_id}/{preset.sport_id}/{slot.key}"
