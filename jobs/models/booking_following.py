"""How a booking is followed after its run: what is decided of what was read, and when to read again. Pure."""

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from msgspec import Struct

from jobs.models.booking_decisions import absent, proven, reminded, seen, uncertain, untracked
from jobs.models.booking_matching import order_of
from jobs.models.booking_telling import Case
from jobs.models.bookings import Booking, BookingState
from jobs.models.change import Change
from jobs.models.orders import Order, OrderId

ABANDONED_AFTER: Final = timedelta(seconds=60)
"""An intent of a run that still lives is that run's for so long: it reads for half a minute itself."""
_ABSENT_AFTER: Final = timedelta(seconds=60)
_ABSENT_WHILE_ITS_RUN_LIVES_AFTER: Final = timedelta(minutes=3)
"""A process that was stopped between its intent and its request does not send so much later."""
_ABSENT_READS: Final = 2
"""A platform's list may lag once; three reads for an order that was there before."""
_GIVEN_UP_AFTER: Final = timedelta(hours=24)
_UNTIL_SURE: Final = timedelta(seconds=30)
_FIRST_HOUR: Final = timedelta(minutes=2)
_LATER: Final = timedelta(minutes=10)
_ON_AND_ON: Final = timedelta(hours=1)
_UNPAID: Final = timedelta(minutes=3)
_JUST_AFTER: Final = timedelta(seconds=10)
"""The end of the time to pay."""
_PAID: Final = timedelta(hours=6)
"""It may still be given back where we do not see it."""

_HAD: Final = frozenset({BookingState.BOOKED, BookingState.PAID})
ABSENT: Final = "平台没有这份订单"
"""Why a request that nobody had an answer to counts as refused."""
IN_DOUBT_FOR: Final = timedelta(minutes=5)
"""After a request that was not refused and has become no order: at a crowded release a platform may make it minutes
later. Until then its account asks for nothing else, or it might get two."""
_REMOVED: Final = "账号已经删除，没法再核对订单，请到场馆平台上自己看一下"
_OVER: Final = "场次的时间已过，一直没能核对这份订单"


class Look(Struct, frozen=True, kw_only=True):
    """What was seen of an account's orders. `orders` None: they could not be read, for the `trouble` in words."""

    orders: tuple[Order, ...] | None
    trouble: str = ""
    ahead: timedelta | None = None
    """How far the platform's clock is ahead of ours, where that was looked at."""


class Standpoint(Struct, frozen=True, kw_only=True):
    """Of one case: whether its run is over, how often running its order was not there, and whose orders are others'."""

    run_is_over: bool
    absences: int
    others: frozenset[OrderId]


def is_ripe(row: Booking, run_is_over: bool, at: datetime) -> bool:
    """Whether it is time for somebody else than its run to look after it."""
    return row.state in _HAD or run_is_over or at - row.opened_at >= ABANDONED_AFTER


def order_among(case: Case, look: Look, others: Collection[OrderId]) -> Order | None:
    """The order of a case. One that was read back before is the same whatever it says now."""
    orders = look.orders or ()
    if case.first.state in _HAD:
        return next((order for order in orders if order.id == case.first.order_id), None)
    return order_of(case.bookings, case.first.order_id, orders, others, look.ahead)


def followed(case: Case, look: Look, here: Standpoint, at: datetime, zone: tzinfo) -> Change | None:
    """What is to be done of a case after a look at its account's orders; None: nothing yet.

    `here.absences` counts this look if the order was not there.
    """
    order = order_among(case, look, here.others)
    if case.first.state in (BookingState.REFUSED, BookingState.PAID):
        return None if order is None else _turned(case, order, at)
    if case.account is None:
        return untracked(case, _REMOVED, at)
    if order is not None and (change := seen(case, order, at)) is not None:
        return change
    if is_over(case, at, zone) and (order is not None or look.orders is None):
        return untracked(case, _OVER, at)
    if look.orders is not None:
        return _not_there(case, here, at) if order is None else reminded(case, at)
    return _unreadable(case, look.trouble, at)


def _turned(case: Case, order: Order, at: datetime) -> Change | None:
    """What was said to be absent is there after all, or what is paid was given back."""
    if case.first.state is BookingState.PAID:
        return seen(case, order, at)
    return proven(case, order, at) if order.state.holds else None


def next_look(rows: Sequence[Booking], at: datetime) -> timedelta:
    """How long until an account with these rows is looked at again."""
    return min((_rhythm(row, at) for row in rows), default=_ON_AND_ON)


def is_over(case: Case, at: datetime, zone: tzinfo) -> bool:
    """Whether the last of its hours has ended."""
    return all(hour_is_over(row, at, zone) for row in case.bookings)


def hour_is_over(row: Booking, at: datetime, zone: tzinfo) -> bool:
    return datetime.combine(row.date, time(row.hour), tzinfo=zone) + timedelta(hours=1) <= at


def _rhythm(row: Booking, at: datetime) -> timedelta:
    """Reminders are looked at when they are due, whatever is said here."""
    age = at - row.opened_at
    if row.state is BookingState.PAID:
        return _PAID
    if row.state is BookingState.BOOKED:
        pause = _UNPAID if age < timedelta(hours=2) else _LATER
        if row.pay_until is None or row.pay_until + _JUST_AFTER <= at:
            return pause
        return min(pause, row.pay_until + _JUST_AFTER - at)
    if age < timedelta(minutes=5):
        return _UNTIL_SURE
    if age < timedelta(hours=1):
        return _FIRST_HOUR
    return _LATER if age < _GIVEN_UP_AFTER else _ON_AND_ON


def _not_there(case: Case, here: Standpoint, at: datetime) -> Change | None:
    if case.first.state is BookingState.OPEN:
        wait = _ABSENT_AFTER if here.run_is_over else _ABSENT_WHILE_ITS_RUN_LIVES_AFTER
        is_sure = here.absences >= _ABSENT_READS and at - case.first.opened_at >= wait
        return absent(case, ABSENT, at) if is_sure else None
    if here.absences <= _ABSENT_READS:
        return reminded(case, at)
    return untracked(case, "平台的订单列表里已经没有它了，请到场馆平台上看一下", at)


def _unreadable(case: Case, trouble: str, at: datetime) -> Change | None:
    age = at - case.first.opened_at
    if case.first.state is BookingState.BOOKED:
        return reminded(case, at)
    if age < ABANDONED_AFTER:
        return None
    if age >= _GIVEN_UP_AFTER:
        if case.first.reminded > 1:
            return None
        reason = f"已经一天读不到订单（{trouble}），请到场馆平台上自己看一下"
        return uncertain(case, reason, at, gives_up=True)
    return uncertain(case, f"读不到订单：{trouble}", at) if case.first.reminded == 0 else None


def in_doubt_until(rows: Iterable[Booking], at: datetime) -> datetime | None:
    """Until when an account of whose requests these are must not ask for anything; None: it may."""
    instants = [
        row.opened_at + IN_DOUBT_FOR for row in rows if row.state is BookingState.REFUSED and row.reason == ABSENT
    ]
    return max((until for until in instants if until > at), default=None)


def doubt_in_words(until: datetime, at: datetime) -> str:
    minutes = math.ceil((until - at).total_seconds() / 60)
    return f"下单没有等到答复，也没有查到订单；平台可能过一会儿才生成，{minutes} 分钟内不再下单"
