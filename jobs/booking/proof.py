"""Reads an account's orders back: the only proof there is."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from jobs.models.accounts import AccountId
from jobs.models.booking_matching import hangs_on_clocks, order_of
from jobs.models.booking_telling import Case
from jobs.models.bookings import Booking
from jobs.models.orders import Order, OrderId, OrderState
from jobs.ports.clock import Clock
from jobs.ports.provider import Member, Provider, VenueError
from jobs.ports.venue_store import Bookings

_DATE_WITHIN_SECONDS: Final = 5.0


def found(
    provider: Provider,
    member: Member,
    clock: Clock,
    case: Case,
    order_id: OrderId | None,
    others: Collection[OrderId],
    *,
    of_any_age: bool = False,
) -> Order | None:
    """What has become of a request: by the id that was answered, else by what the order is for. Raises `VenueError`.

    With `pay_seconds` where it can be paid and the platform says for how long. `of_any_age`: as `order_of`.
    """
    named = member.order(order_id) if order_id is not None else None
    # One whose slots cannot be read there may say more in the list.
    if named is not None and named.hours and order_of(case.bookings, order_id, [named], others) is not None:
        return named
    orders = member.orders()
    order = order_of(case.bookings, order_id, orders, others, of_any_age=of_any_age)
    if order is None and hangs_on_clocks(case.bookings, orders, others):
        order = order_of(case.bookings, order_id, orders, others, clock_ahead(provider, clock))
    return None if order is None else with_deadline(member, order)


def clock_ahead(provider: Provider, clock: Clock) -> timedelta:
    """How far the platform's clock is ahead of ours, to the second. Raises `VenueError`."""
    second = provider.server_date(_DATE_WITHIN_SECONDS).second
    return timedelta() if second is None else datetime.fromtimestamp(second, UTC) - clock.now()


def with_deadline(member: Member, order: Order) -> Order:
    """The order with its `pay_seconds`, if it is to be paid and they can be had."""
    if order.state is not OrderState.UNPAID or order.pay_seconds is not None:
        return order
    with suppress(VenueError):
        return replace(order, pay_seconds=member.time_to_pay(order.id))
    return order


class Holders:
    """Whose orders are known to be whose, for some dates: what is another booking's is not this one's. That of another
    account neither: two of them may be one at the platform."""

    def __init__(self, rows: Iterable[Booking]) -> None:
        self._holders: dict[OrderId, set[tuple[AccountId, str]]] = {}
        self.note(rows)

    def note(self, rows: Iterable[Booking]) -> None:
        for row in rows:
            if row.order_id is not None:
                self._holders.setdefault(row.order_id, set()).add((row.account_id, row.slot_key))

    def others(self, case: Case) -> frozenset[OrderId]:
        """The orders that are known to be of other bookings, or of earlier tries for the same slots."""
        mine = {(row.account_id, row.slot_key) for row in case.bookings}
        return case.former | {order_id for order_id, holders in self._holders.items() if holders - mine}


def holders_now(bookings: Bookings, dates: Collection[date]) -> Holders:
    return Holders(bookings.ordered(dates))
