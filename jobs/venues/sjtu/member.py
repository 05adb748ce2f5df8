"""The platform as one account sees it."""

import datetime
import logging
from collections.abc import Collection, Sequence
from datetime import UTC, timedelta
from typing import Final

from msgspec.structs import replace

from jobs.models.customs import Customs
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

_CANCEL_PATH: Final = "/tRefundReceipt/tRefundReceipt/createUserReceipt"
"""One client posts twice more after it. These are never sent: `cannelRefundReceipt` may well take the cancelling
back."""
_CANCEL_TYPE: Final = "2"
_NOT_CANCELLED: Final = ("不可", "不能", "无法", "不允许", "不支持", "不存在", "参数错误", "取消失败")
"""Words of a platform that surely has not done it."""

_ENOUGH_ORDERS: Final = 40
_PAGE_SIZE: Final = 20
_MOST_PAGES: Final = 6
_MOST_DOUBTS: Final = 5
_DOUBT_LASTS: Final = timedelta(days=1)
"""No window for paying is that long, whatever clock the order was dated by: one this old will not be paid."""


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
        customs: Customs = Customs(),  # noqa: B008 - frozen
    ) -> None:
        self._places = places
        self._timeout_seconds = timeout_seconds
        self._budget = budget
        self._clock = clock or ServerClock()
        self._jars = jars_from(session)
        self._customs = customs
        self._expired: set[OrderId] = set()
        """Of those whose state does not tell: what their own page has said to be over."""
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
        form = order_form(preset, day, slots, self._customs)
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
            page = read_order_page(self._site.ask(_orders_question(number)), self._customs.state_8)
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

    def time_to_pay(self, order_id: OrderId) -> float | None:
        detail = self._detail(order_id)
        return None if detail is None else detail.pay_seconds

    def cancel(self, order_id: OrderId) -> None:
        self._site.connected()
        try:
            answer = self._site.ask(post_form(_CANCEL_PATH, orderId=order_id, type=_CANCEL_TYPE))
            refuse_status(answer)
            refuse_login_page(answer)
        except (VenueUnreachable, UnexpectedAnswer) as error:
            sentence = "取消的请求已发出，但没有收到看得懂的答复；有没有取消，以账号里的订单为准"
            raise OutcomeUnknown(sentence, f"{error.sentence} {error.detail}".strip()) from error
        _read_cancelled(answer, self._customs.cancel_codes)

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
        answer = self._site.ask(get("/venue/personal/queryOrder", orderId=order_id))
        return read_detail(answer, order_id, self._customs.pay_unit)

    def _without_doubts(self, orders: Sequence[Order], doubtful: set[OrderId]) -> list[Order]:
        """Where the list does not tell whether an order is unpaid or expired, its age or its own page does; where that
        does not either it stays unknown, for the court may well be the account's."""
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
        try:
            detail = self._detail(order.id)
        except UnexpectedAnswer as error:
            _log.warning("订单 %s 的页面看不懂：%s", order.id, error)
            return order
        seconds = detail.pay_seconds if detail is not None else None
        if seconds is None:
            return order
        if seconds > 0:
            return replace(order, state=OrderState.UNPAID, pay_seconds=seconds)
        self._expired.add(order.id)
        return replace(order, state=OrderState.EXPIRED)


def _read_cancelled(answer: Answer, yes: Collection[int]) -> None:
    """Returns where it may be a yes. Raises `VenueError`; `OutcomeUnknown` for all but a definite no."""
    said = cancel_answer(answer)
    if said.code in yes:
        return
    refuse_limits(answer, said.message, said.detail)
    refuse_person(said.code, said.message, said.detail)
    if any(words in said.message for words in _NOT_CANCELLED):
        raise UnexpectedAnswer(f"预订平台没有取消这个订单：{said.message}", said.detail)
    sentence = f"预订平台对取消答复了“{said.message or f'代码 {said.code}'}”；有没有取消，以账号里的订单为准"
    raise OutcomeUnknown(sentence, said.detail)


def _orders_question(number: int) -> Request:
    return get("/venue/personal/personalOrderlist", pageNo=str(number), pageSize=str(_PAGE_SIZE))


def _age(order: Order) -> tuple[bool, float]:
    """Newest first; those that do not say when they were made stay behind, in the list's own order."""
    return (order.created_at is None, -order.created_at.timestamp() if order.created_at else 0.0)
