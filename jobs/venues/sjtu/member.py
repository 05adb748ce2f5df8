"""The platform as one account sees it."""

import datetime
import logging
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Final

from msgspec.structs import replace

from jobs.models.orders import Order, OrderId, OrderState, Payment
from jobs.models.venue import Day, Preset, Slot
from jobs.ports.budget import Budget
from jobs.ports.provider import (
    NotLoggedIn,
    OutcomeUnknown,
    Person,
    UnexpectedAnswer,
    VenueError,
    VenueUnreachable,
)
from jobs.venues.sjtu.answers import Answer
from jobs.venues.sjtu.order_form import order_form
from jobs.venues.sjtu.order_list import cancel_answer, read_detail, read_order_page, read_payment
from jobs.venues.sjtu.places import Places
from jobs.venues.sjtu.ready import ReadyOrder
from jobs.venues.sjtu.refusals import refuse_limits, refuse_login_page, refuse_person, refuse_status
from jobs.venues.sjtu.requests import Request, get, post_form, who_am_i
from jobs.venues.sjtu.sealing import seal
from jobs.venues.sjtu.server_clock import ServerClock
from jobs.venues.sjtu.session import Jars, jars_from
from jobs.venues.sjtu.sign_on import Journey
from jobs.venues.sjtu.site import Site
from jobs.venues.sjtu.wire import read_person

_log = logging.getLogger("sja.venue")


CANCEL_CODES: Final = frozenset({4, 0, 1, 2, 3})
"""4 is yes, as one client records; 0 is yes everywhere else on the platform; another client takes 1, 2 and 3 for one
after two further posts. None of them is the proof, for the orders are read afterwards, so none is refused. The further
posts are never sent: `cannelRefundReceipt` may well take the cancelling back."""
_CANCEL_TYPE: Final = "2"

_ENOUGH_ORDERS: Final = 40
_PAGE_SIZE: Final = 20
_MOST_PAGES: Final = 6
_MOST_DOUBTS: Final = 5
_DOUBT_LASTS: Final = timedelta(days=1)
"""No window for paying is that long: an order this old that is not paid will not be."""


class SjtuMember:
    """Implements `ports.provider.Member`. One instance per thread."""

    def __init__(
        self,
        places: Places,
        session: bytes | None,
        *,
        timeout_seconds: float,
        budget: Budget | None = None,
        clock: ServerClock | None = None,
    ) -> None:
        self._places = places
        self._timeout_seconds = timeout_seconds
        self._budget = budget
        self._clock = clock or ServerClock()
        self._jars = jars_from(session)
        self._expired: set[OrderId] = set()
        self._site = self._new_site(self._jars)

    @property
    def session(self) -> bytes:
        return self._jars.dump()

    def check(self) -> Person:
        return read_person(self._site.ask(who_am_i()))

    def renew(self) -> Person:
        """As a browser that is still known to the login page. What there was is kept where that fails."""
        jars = Jars(jars_from(None).sports, self._jars.jaccount)
        site = self._new_site(jars)
        journey = Journey(self._places, site, jars, timeout_seconds=self._timeout_seconds, budget=self._budget)
        try:
            if journey.begin() is not None:
                raise NotLoggedIn("登录失效，需要重新登录", "the login page wants a person")
            person = read_person(site.ask(who_am_i()))
        except BaseException:
            site.close()
            raise
        finally:
            journey.close()
        self._site.close()
        self._site, self._jars = site, jars
        return person

    def prepare_order(self, preset: Preset, day: Day, slots: Sequence[Slot]) -> ReadyOrder:
        form = order_form(preset, day, slots)
        return ReadyOrder(self._site, lambda: self._order_request(form), self._greet)

    def warm(self, within_seconds: float) -> None:
        try:
            self._site.connected(within_seconds)
        except VenueError as error:
            _log.warning("预热连接没有成功：%s", error)

    def orders(self) -> list[Order]:
        orders: dict[OrderId, Order] = {}
        doubtful: set[OrderId] = set()
        for number in range(1, _MOST_PAGES + 1):
            page = read_order_page(self._site.ask(_orders_question(number)))
            before = len(orders)
            # What was ordered meanwhile pushes others to the next page, where they are seen again.
            orders |= {order.id: order for order in page.orders if order.id not in orders}
            doubtful |= page.doubtful
            if page.is_last or len(orders) == before or len(orders) >= _ENOUGH_ORDERS:
                break
        newest = sorted(orders.values(), key=_age)
        return self._without_doubts(newest, doubtful)

    def order(self, order_id: OrderId) -> Order | None:
        listed = next((order for order in self.orders() if order.id == order_id), None)
        if listed is not None and listed.state not in {OrderState.UNPAID, OrderState.UNKNOWN}:
            return listed
        if listed is not None and listed.pay_seconds is not None:
            return listed
        detail = self._detail(order_id)
        if listed is None or detail is None:
            return listed or detail
        return replace(listed, pay_seconds=detail.pay_seconds)

    def cancel(self, order_id: OrderId) -> None:
        self._site.connected()
        request = post_form("/tRefundReceipt/tRefundReceipt/createUserReceipt", orderId=order_id, type=_CANCEL_TYPE)
        try:
            answer = self._site.ask(request)
            refuse_status(answer)
        except VenueUnreachable as error:
            sentence = "取消的请求已发出，但没有收到答复；有没有取消，以账号里的订单为准"
            raise OutcomeUnknown(sentence, error.detail) from error
        _read_cancelled(answer)

    def start_payment(self, order_id: OrderId) -> Payment:
        answer = self._site.ask(post_form("/venue/personal/orderImmediatelyPC", orderId=order_id))
        return read_payment(answer, self._places.payment_url)

    def close(self) -> None:
        self._site.close()

    def _new_site(self, jars: Jars) -> Site:
        return Site(
            lambda: self._places.base_url,
            timeout_seconds=self._timeout_seconds,
            budget=self._budget,
            clock=self._clock,
            jar=jars.sports,
        )

    def _greet(self, within_seconds: float) -> Answer:
        return self._site.ask(who_am_i(), within_seconds)

    def _order_request(self, form: bytes) -> Request:
        sealed = seal(form, self._places.public_key, self._clock.milliseconds())
        return Request(
            method="POST",
            path="/venue/personal/ConfirmOrder",
            body=sealed.body,
            content_type="application/json;charset=UTF-8",
            headers=(("sid", sealed.sid), ("tim", sealed.tim)),
        )

    def _detail(self, order_id: OrderId) -> Order | None:
        return read_detail(self._site.ask(get("/venue/personal/queryOrder", orderId=order_id)), order_id)

    def _without_doubts(self, orders: Sequence[Order], doubtful: set[OrderId]) -> list[Order]:
        """Where the list does not tell whether an order is unpaid or expired, its age or its own page does."""
        states: dict[OrderId, Order] = {}
        now = datetime.datetime.fromtimestamp(self._clock.milliseconds() / 1000, UTC)
        asked = 0
        for order in orders:
            if order.id not in doubtful:
                continue
            is_old = order.created_at is not None and now - order.created_at > _DOUBT_LASTS
            if is_old or order.id in self._expired:
                states[order.id] = replace(order, state=OrderState.EXPIRED)
            elif asked < _MOST_DOUBTS:
                asked += 1
                states[order.id] = self._unpaid_or_expired(order)
        return [states.get(order.id, order) for order in orders]

    def _unpaid_or_expired(self, order: Order) -> Order:
        detail = self._detail(order.id)
        seconds = detail.pay_seconds if detail is not None else None
        if seconds:
            return replace(order, state=OrderState.UNPAID, pay_seconds=seconds)
        self._expired.add(order.id)
        return replace(order, state=OrderState.EXPIRED)


def _read_cancelled(answer: Answer) -> None:
    """Returns where it may be a yes. Raises `VenueError`."""
    refuse_login_page(answer)
    said = cancel_answer(answer)
    if said.code in CANCEL_CODES:
        return
    refuse_limits(answer, said.message, said.detail)
    refuse_person(said.code, said.message, said.detail)
    raise UnexpectedAnswer(f"预订平台没有取消这个订单：{said.message or f'代码 {said.code}'}", said.detail)


def _orders_question(number: int) -> Request:
    return get("/venue/personal/personalOrderlist", pageNo=str(number), pageSize=str(_PAGE_SIZE))


def _age(order: Order) -> tuple[bool, float]:
    """Newest first; those that do not say when they were made stay behind, in the list's own order."""
    return (order.created_at is None, -order.created_at.timestamp() if order.created_at else 0.0)
