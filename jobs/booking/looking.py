"""One look at an account's orders, in a thread, with a client and connections of its own."""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from jobs.booking.proof import clock_ahead, with_deadline
from jobs.models.booking_following import Look, order_among
from jobs.models.booking_matching import hangs_on_clocks
from jobs.models.booking_telling import Case
from jobs.models.orders import Order, OrderId
from jobs.ports.clock import Clock
from jobs.ports.provider import Member, NotLoggedIn, Provider, VenueError

NEVER_IN: Final = "还没有登录过"


class Question(Struct, frozen=True, kw_only=True):
    """`session`: what is kept of it now. `cases`: what is looked for, each with the orders that are not its own."""

    session: bytes | None
    cases: Sequence[tuple[Case, frozenset[OrderId]]]


class Answer(Struct, frozen=True, kw_only=True):
    """`session`: as it is afterwards. `error` None: the orders were read."""

    look: Look
    session: bytes | None = None
    error: VenueError | None = None


def looked(open_provider: Callable[[], Provider], clock: Clock, question: Question) -> Answer:
    """Raises nothing of the platform's troubles; a session that is over is renewed where that needs no person."""
    if question.session is None:
        return _trouble(NotLoggedIn(NEVER_IN))
    try:
        with closing(open_provider()) as provider, closing(provider.member(question.session)) as member:
            look = Look(orders=tuple(_orders(member)))
            if any(hangs_on_clocks(case.bookings, look.orders or (), others) for case, others in question.cases):
                look = replace(look, ahead=clock_ahead(provider, clock))
            return Answer(look=_complete(member, look, question.cases), session=member.session)
    except VenueError as error:
        return _trouble(error)


def _orders(member: Member) -> list[Order]:
    try:
        return member.orders()
    except NotLoggedIn:
        member.renew()
        return member.orders()


def _complete(member: Member, look: Look, cases: Sequence[tuple[Case, frozenset[OrderId]]]) -> Look:
    """With the orders that the list does not show, and with the deadlines that are not known yet."""
    orders = list(look.orders or ())
    for case, others in cases:
        order = order_among(case, look, others)
        if order is None and case.first.order_id is not None:
            with suppress(VenueError):
                order = member.order(case.first.order_id)
            if order is not None and all(order.id != listed.id for listed in orders):
                orders = [*orders, order]
        elif order is not None and case.first.pay_until is None:
            dated = with_deadline(member, order)
            orders = [dated if listed.id == dated.id else listed for listed in orders]
    return replace(look, orders=tuple(orders))


def _trouble(error: VenueError) -> Answer:
    return Answer(look=Look(orders=None, trouble=error.sentence), error=error)
