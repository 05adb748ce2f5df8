"""Orders as the platform tells of them."""

import datetime
from enum import StrEnum
from typing import NewType

from msgspec import Struct

OrderId = NewType("OrderId", str)
"""The platform's own, some eighteen digits: text, for it is longer than what other programs count exactly."""


class OrderState(StrEnum):
    """What has become of an order, by what the platform says."""

    UNPAID = "unpaid"
    PAID = "paid"
    USED = "used"
    CANCELLED = "cancelled"
    """Or given back."""
    EXPIRED = "expired"
    """Nobody paid in time."""
    UNKNOWN = "unknown"
    """The platform used a number nobody has recorded."""

    @property
    def holds(self) -> bool:
        """Whether the courts are (as far as is known) the account's."""
        return self not in (OrderState.CANCELLED, OrderState.EXPIRED)


class OrderedHour(Struct, frozen=True, kw_only=True):
    """One court for one hour of an order."""

    court: str
    hour: int


class Order(Struct, frozen=True, kw_only=True):
    """One order of an account's, read from its list. What the platform did not say readably is empty or None.

    `pay_seconds`: how long it can still be paid, as read a moment ago; None: not asked, or not told.
    """

    id: OrderId
    state: OrderState
    venue: str
    sport: str = ""
    date: datetime.date | None = None
    hours: tuple[OrderedHour, ...] = ()
    amount: str = ""
    """Yuan, as the platform writes it: `9.00`."""
    created_at: datetime.datetime | None = None
    pay_seconds: float | None = None


class Payment(Struct, frozen=True, kw_only=True):
    """Where a person pays: the platform's own page, with all it wants to be told. Nothing is paid by us."""

    url: str
