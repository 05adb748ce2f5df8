"""Which order is what became of an intent. Pure."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Final

from jobs.models.bookings import Booking
from jobs.models.orders import Order, OrderId

CLOCKS_DIFFER_AT_MOST: Final = timedelta(minutes=2)
"""An order may seem to have been made that long before its intent was written: a platform's clock is believed up to
50 s, and its times may be cut to the minute."""
_COMPARED: Final = timedelta(seconds=5)
"""What is left of that where the clocks were compared: a `Date` is cut to the second, and was on its way."""
_CUT: Final = timedelta(minutes=1)


def order_of(
    bookings: Sequence[Booking],
    order_id: OrderId | None,
    orders: Iterable[Order],
    others: Collection[OrderId],
    ahead: timedelta | None = None,
    *,
    of_any_age: bool = False,
) -> Order | None:
    """The order that these slots, intended together, have become; None: there is none among `orders`.

    `order_id`: what the platform answered, if it did: that one counts however court and venue are spelt in it, unless
    it is for another day; doubting it would mean to order again. `others`: orders that are known to be of other
    bookings. `ahead`: how far the platform's clock is ahead of ours; None: they were not compared. One that has ended
    counts only when it was surely made after the intent. `of_any_age`: one that has not counts whenever it was made.
    """
    found = list(orders)
    if order_id is not None and order_id not in others:
        for order in found:
            if order.id == order_id and order.date in (None, bookings[0].date):
                return order
    fitting = [
        order
        for order in found
        if order.id not in others
        and _is_what_was_meant(bookings, order)
        and (_is_new(bookings, order, ahead) or (of_any_age and order.state.holds))
    ]
    return next((order for order in fitting if order.state.holds), fitting[0] if fitting else None)


def hangs_on_clocks(bookings: Sequence[Booking], orders: Iterable[Order], others: Collection[OrderId]) -> bool:
    """Whether an order would be what was intended, had it not been made too early, by clocks that nobody compared."""
    return any(
        order.id not in others
        and order.state.holds
        and _is_what_was_meant(bookings, order)
        and not _is_new(bookings, order, None)
        for order in orders
    )


def _is_new(bookings: Sequence[Booking], order: Order, ahead: timedelta | None) -> bool:
    """Whether it may have been made for this intent. Where the slot was tried for before, what was made for that try
    looks the same, so nothing is left to chance there."""
    opened_at = bookings[0].opened_at + (ahead or timedelta())
    if order.created_at is None:
        return order.state.holds
    is_first = all(booking.attempts == 1 for booking in bookings)
    if not order.state.holds:
        # Platforms tell whole seconds: it may seem older than its intent by what was cut off.
        return order.created_at >= (opened_at.replace(microsecond=0) if is_first else opened_at)
    if ahead is not None:
        is_cut = order.created_at.second == 0 and order.created_at.microsecond == 0
        return order.created_at >= opened_at - _COMPARED - (_CUT if is_cut else timedelta())
    return order.created_at >= opened_at - (CLOCKS_DIFFER_AT_MOST if is_first else timedelta())


def _is_what_was_meant(bookings: Sequence[Booking], order: Order) -> bool:
    return (
        order.date == bookings[0].date
        and _same_place(bookings[0].venue, order)
        and {(hour.court, hour.hour) for hour in order.hours} == _hours(bookings)
    )


def differs(bookings: Sequence[Booking], order: Order) -> str:
    """What an order says of courts and hours, in words, where that is not what was intended; empty where it is."""
    listed = {(hour.court, hour.hour) for hour in order.hours}
    if not listed or listed == _hours(bookings):
        return ""
    return "、".join(f"{hour.court} {hour.hour:02d}:00".strip() for hour in order.hours)


def _hours(bookings: Sequence[Booking]) -> set[tuple[str, int]]:
    return {(booking.court, booking.hour) for booking in bookings}


def _same_place(title: str, order: Order) -> bool:
    """Whether venue and sport may be the same: names of one thing are written more or less fully; none says nothing."""
    venue, _, sport = title.partition("·")
    return _alike(venue, order.venue) and _alike(sport, order.sport)


def _alike(one: str, other: str) -> bool:
    return one in other or other in one
