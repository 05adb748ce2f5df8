"""Where people ask and book at once, from the chat and the command line: as `jobs.booking.counter` implements it."""

import datetime
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from jobs.models.accounts import Account
from jobs.models.change import Inbound
from jobs.models.orders import Order, OrderId, Payment
from jobs.models.people import Actor
from jobs.models.venue import Day, Preset, Slot
from jobs.ports.desk import Bought


class DaySlots(Struct, frozen=True, kw_only=True):
    """A day the platform lists, and what is free on it: by hour, then court."""

    day: Day
    slots: tuple[Slot, ...] = ()


class AccountOrders(Struct, frozen=True, kw_only=True):
    """The orders of one account, newest first. `trouble`: why they could not be read, with the next step; then there
    are none here. An account whose orders cannot be read hides nobody else's."""

    account: Account
    orders: tuple[Order, ...] = ()
    trouble: str = ""


class Counter(Protocol):
    """Blocking work is done in threads, with a store and a client of its own. Every method may raise `Refusal` (one
    sentence with the next step; what the platform says no to is one, too; and while the same person's last question is
    not answered yet) and `StoreUnavailable`. What only asks waits some seconds for its place in the budget, no longer.

    A person deals with all orders of their own accounts, and of others' with those booked for them; the operator with
    all. What is not theirs is as if it were not there.
    """

    async def slots(self, actor: Actor, preset: Preset, date: datetime.date | None) -> list[DaySlots]:
        """What is free: of that date, or of every open day, soonest first (days without a free slot included).

        Raises `Refusal` for a date that is over, or not open yet: then it says when it opens.
        """
        ...

    async def book(
        self,
        actor: Actor,
        names: Sequence[str],
        preset: Preset,
        date: datetime.date,
        hours: Sequence[int],
        inbound: Inbound | None = None,
        *,
        courts: Sequence[str] = (),
        length: int = 1,
    ) -> list[Bought]:
        """One order for each account named (none named: the default one), of the best of the hours, in that order of
        preference; `courts` (none: any) and `length`, hours in a row, as in `Wishes`.

        Raises `DuplicateInbound`, and `Refusal` where an account is not to be used or nothing is free."""
        ...

    async def orders(self, actor: Actor, nickname: str | None = None) -> list[AccountOrders]:
        """With the account named, else with every account of the speaker's, and with others' that something was booked
        with for the speaker: of those, only that. Those that can still be paid have `pay_seconds`.

        Raises `Refusal` where there is no such account, with the next step.
        """
        ...

    async def cancel(self, actor: Actor, order_id: OrderId, inbound: Inbound | None = None) -> Order:
        """Gives an order back; the order as it was read afterwards. Raises `NotFound`."""
        ...

    async def payment(self, actor: Actor, order_id: OrderId) -> Payment:
        """Where a person pays it. Raises `NotFound`, and `Refusal` where it cannot be paid (any more)."""
        ...
