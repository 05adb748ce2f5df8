"""Whose orders a person may see, pay and give back: all of their own accounts, and of others' what was booked for
them."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from jobs.models.accounts import Account, AccountId
from jobs.models.bookings import BookingState
from jobs.models.orders import Order, OrderId
from jobs.models.people import Actor, Role
from jobs.ports.store import Store

_LOOKED_AT_MOST: Final = 200
"""A person's latest slots: more than anybody has ahead."""
_PROVEN: Final = frozenset(
    {BookingState.BOOKED, BookingState.PAID, BookingState.CANCELLED, BookingState.EXPIRED},
)
"""Where the order was read back: before, its id may be a guess."""


class Reach(Struct, frozen=True, kw_only=True):
    """An account, and which of its orders the person may deal with; `only` None: all of them."""

    account: Account
    only: frozenset[OrderId] | None = None

    def of(self, orders: Sequence[Order]) -> tuple[Order, ...]:
        return tuple(order for order in orders if self.only is None or order.id in self.only)


def is_own(actor: Actor, account: Account) -> bool:
    """Whether the person may deal with the account itself: its owner, and the operator."""
    return actor.role is Role.OPERATOR or actor.user_id == account.owner


def reach_of(store: Store, actor: Actor, own: Sequence[Account]) -> list[Reach]:
    """`own`: the accounts of the person's own that are meant. Those of others stand behind them, even when they are no
    longer shared: what was booked can still be paid or given back."""
    reached = [Reach(account=account) for account in own]
    if actor.user_id is None or actor.role is Role.OPERATOR:
        return reached
    booked: dict[AccountId, set[OrderId]] = {}
    for row in store.bookings.of_owner(actor.user_id, _LOOKED_AT_MOST):
        if row.state in _PROVEN and row.order_id is not None:
            booked.setdefault(row.account_id, set()).add(row.order_id)
    for account_id, orders in booked.items():
        account = store.accounts.get(account_id)
        if account is not None and not is_own(actor, account):
            reached.append(Reach(account=account, only=frozenset(orders)))
    return reached
