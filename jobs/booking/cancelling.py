"""Giving an order back: the platform's yes is no proof, its orders are."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from jobs.booking.books import cases_of
from jobs.models.accounts import Account
from jobs.models.audit import Audit
from jobs.models.booking_decisions import ended
from jobs.models.booking_lifecycle import MOVES
from jobs.models.booking_telling import Case
from jobs.models.bookings import BookingState
from jobs.models.change import Change, Inbound, together
from jobs.models.errors import NotFound, Refusal
from jobs.models.orders import Order, OrderId, OrderState
from jobs.models.people import Actor
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.provider import Member, OutcomeUnknown, VenueError
from jobs.ports.store import Conflict, Store

_READ_AFTER_SECONDS: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Until the orders say so, too."""
_TRIES: Final = 5


class Cancelling:
    def __init__(
        self, store: Store, member: Member, bell: Bell, clock: Clock, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._store = store
        self._member = member
        self._bell = bell
        self._clock = clock
        self._sleep = sleep

    def cancel(self, actor: Actor, account: Account, order_id: OrderId, inbound: Inbound | None) -> Order:
        """The order as it was read afterwards: given back. Raises `Refusal` where it is not (known to be), `VenueError`
        where the platform says no."""
        order = self._member.order(order_id)
        if order is None:
            raise NotFound(f"没有找到订单 {order_id}，发送 !订单 查看")
        if not order.state.holds or order.state is OrderState.USED:
            raise Refusal(f"订单 {order_id} 已经结束，不用取消，发送 !订单 查看")
        act = Audit(at=self._clock.now(), actor=actor.label, act="order.cancel_asked", subject=_subject(account, order))
        # Before anything is sent: a message that is delivered twice acts once.
        self._store.apply(Change(audits=(act,)).answering(inbound))
        doubt: VenueError | None = None
        try:
            self._member.cancel(order_id)
        except OutcomeUnknown as error:
            doubt = error
        order = self._read_back(order_id, doubt)
        self._write(actor, account, order)
        return order

    def _read_back(self, order_id: OrderId, doubt: VenueError | None) -> Order:
        trouble = doubt
        for seconds in _READ_AFTER_SECONDS:
            self._sleep(seconds)
            try:
                order = self._member.order(order_id)
            except VenueError as error:
                trouble = error
                continue
            if order is not None and not order.state.holds:
                return order
        if trouble is not None:
            raise Refusal(
                f"取消的请求发出了，但还不清楚订单 {order_id} 取消了没有（{trouble.sentence}）：过一会儿发送 !订单 查看"
            )
        raise Refusal(f"平台答应了取消，但订单 {order_id} 还在：过一会儿发送 !订单 查看，不行就到场馆平台上取消")

    def _write(self, actor: Actor, account: Account, order: Order) -> None:
        """What was given back is told to the others it concerns, not to the chat that is answered."""
        for _ in range(_TRIES):
            at = self._clock.now()
            changes = [self._change(actor, case, at) for case in self._cases(account, order.id)]
            subject = _subject(account, order)
            act = Audit(at=at, actor=actor.label, act="order.cancelled", subject=subject)
            try:
                self._store.apply(together([*changes, Change(audits=(act,))]))
            except Conflict:
                continue
            self._bell.ring()
            return

    def _cases(self, account: Account, order_id: OrderId) -> list[Case]:
        rows = [
            row
            for row in self._store.bookings.of_order(account.id, order_id)
            if BookingState.CANCELLED in MOVES[row.state]
        ]
        if not rows:
            return []
        job = self._store.jobs.get(rows[0].job_id) if rows[0].job_id is not None else None
        return cases_of(rows, account, job)

    @staticmethod
    def _change(actor: Actor, case: Case, at: datetime) -> Change:
        return ended(case, BookingState.CANCELLED, at, silent_in=actor.chat, actor=actor.label)


def _subject(account: Account, order: Order) -> str:
    hours = "、".join(f"{hour.hour:02d}:00 {hour.court}" for hour in order.hours)
    day = f" {order.date:%m-%d}" if order.date is not None else ""
    return f"{account.nickname} {order.venue}{day} {hours} {order.id}".strip()
