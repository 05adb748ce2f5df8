"""Serves people at once: what is free, an order now, the orders they have, giving one back."""

import asyncio
import datetime
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from jobs.booking.cancelling import Cancelling
from jobs.booking.desk import BookingDesk
from jobs.booking.errand import Errand
from jobs.booking.proof import with_deadline
from jobs.booking.sessions import Sessions
from jobs.models.accounts import Account
from jobs.models.audit import Audit
from jobs.models.change import Change, Inbound
from jobs.models.errors import NotAllowed, NotFound, Refusal
from jobs.models.ids import UserId
from jobs.models.orders import Order, OrderId, OrderState, Payment
from jobs.models.people import Actor, Chat
from jobs.models.venue import Day, Preset, Slot
from jobs.models.wishes import Wishes, choices
from jobs.ports.accounts import Keyring
from jobs.ports.bell import Bell
from jobs.ports.budget import Budget
from jobs.ports.clock import Clock
from jobs.ports.counter import AccountOrders, DaySlots
from jobs.ports.desk import Bought, Offer
from jobs.ports.provider import Member, NotLoggedIn, Provider, VenueError
from jobs.ports.store import Store

_FIRST_HOUR, _LAST_HOUR = 7, 21
"""Start hours the platform knows: fifteen of them a day."""

T = TypeVar("T")


class Book(Protocol):
    """What is needed of the book of accounts."""

    def of(self, actor: Actor) -> list[Account]: ...

    def find(self, actor: Actor, nickname: str | None = None) -> Account: ...

    def require_usable(self, names: Sequence[str], user: UserId | None, origin: Chat | None) -> tuple[Account, ...]: ...


class Counter:
    """Implements `ports.counter.Counter`. `book` is asked in the caller's thread; all else is opened anew in a thread
    of its own each time, for what it works with may not be shared."""

    def __init__(
        self,
        *,
        book: Book,
        open_store: Callable[[], Store],
        open_keyring: Callable[[Store], Keyring],
        open_provider: Callable[[], Provider],
        budget: Budget,
        bell: Bell,
        clock: Clock,
        zone: str = "Asia/Shanghai",
    ) -> None:
        self._book = book
        self._open_store = open_store
        self._open_keyring = open_keyring
        self._open_provider = open_provider
        self._budget = budget
        self._bell = bell
        self._clock = clock
        self._zone = ZoneInfo(zone)

    async def slots(self, preset: Preset, date: datetime.date | None) -> list[DaySlots]:
        return await asyncio.to_thread(self._slots, preset, date)

    async def book(
        self,
        actor: Actor,
        names: Sequence[str],
        preset: Preset,
        date: datetime.date,
        hours: Sequence[int],
        inbound: Inbound | None = None,
    ) -> list[Bought]:
        _check_hours(hours)
        accounts = self._book.require_usable(names, actor.user_id, actor.chat)
        if not accounts:
            raise Refusal(
                "没有说用哪个账号，你也没有默认账号：请写 账号=昵称，没有账号就先私聊我 !账号 添加 小陈 学号 密码"
            )
        return await asyncio.to_thread(self._book_now, actor, accounts, preset, date, hours, inbound)

    async def orders(self, actor: Actor, nickname: str | None = None) -> list[AccountOrders]:
        accounts = [self._one(actor, nickname)] if nickname is not None else self._book.of(actor)
        if not accounts:
            raise NotFound("还没有账号，私聊我 !账号 添加 小陈 学号 密码")
        return await asyncio.to_thread(lambda: [self._orders_of(account) for account in accounts])

    async def cancel(self, actor: Actor, order_id: OrderId, inbound: Inbound | None = None) -> Order:
        accounts = self._book.of(actor)
        return await asyncio.to_thread(self._cancel, actor, accounts, order_id, inbound)

    async def payment(self, actor: Actor, order_id: OrderId) -> Payment:
        accounts = self._book.of(actor)
        return await asyncio.to_thread(self._payment, actor, accounts, order_id)

    def _one(self, actor: Actor, nickname: str) -> Account:
        """Also one that is shared with the speaker, who has none of that name."""
        try:
            return self._book.find(actor, nickname)
        except NotAllowed:
            return next(one for one in self._book.of(actor) if one.nickname == nickname)

    def _slots(self, preset: Preset, date: datetime.date | None) -> list[DaySlots]:
        with _in_words(), closing(self._open_provider()) as provider:
            _check_sport(preset)
            if date is not None:
                self._check_date(provider, preset, date)
            days = [day for day in provider.days(preset) if date in (None, day.date)]
            return [DaySlots(day=day, slots=tuple(_free(provider, preset, day))) for day in days if day.is_open]

    def _book_now(
        self,
        actor: Actor,
        accounts: Sequence[Account],
        preset: Preset,
        date: datetime.date,
        hours: Sequence[int],
        inbound: Inbound | None,
    ) -> list[Bought]:
        with (
            _in_words(),
            closing(self._open_provider()) as provider,
            closing(self._open_store()) as store,
            closing(self._desk(store, provider, actor, accounts)) as desk,
        ):
            _check_sport(preset)
            self._check_date(provider, preset, date)
            offers = self._offers(provider, preset, date, hours)
            if not offers:
                hours_said = "、".join(f"{hour}点" for hour in hours) or "这天"
                raise Refusal(
                    f"{date:%m-%d} {hours_said}没有空场了：换个时段，或盯着等人退 "
                    f"!创建监控 名称 预设={preset.number} 日期={date:%m-%d} 自动"
                )
            subject = f"{preset.title} {date:%m-%d} {'、'.join(one.nickname for one in accounts)}"
            asked = Audit(at=self._clock.now(), actor=actor.label, act="booking.asked", subject=subject)
            # Before anything is sent: a message that is delivered twice must not order twice.
            store.apply(Change(audits=(asked,)).answering(inbound))
            return desk.buy(offers, lambda: self._offers(provider, preset, date, hours))

    def _desk(self, store: Store, provider: Provider, actor: Actor, accounts: Sequence[Account]) -> BookingDesk:
        return BookingDesk(
            store=store,
            keyring=self._open_keyring(store),
            provider=provider,
            bell=self._bell,
            clock=self._clock,
            stopping=_Never(),
            budget=self._budget,
            errand=Errand(owner=actor.user_id, origin=actor.chat),
            accounts=accounts,
        )

    def _offers(self, provider: Provider, preset: Preset, date: datetime.date, hours: Sequence[int]) -> list[Offer]:
        day = next((day for day in provider.days(preset) if day.date == date), None)
        if day is None:
            return []
        ranked = choices(_free(provider, preset, day), Wishes(hours=tuple(hours)))
        return [Offer(preset=preset, day=day, slots=choice) for choice in ranked]

    def _check_date(self, provider: Provider, preset: Preset, date: datetime.date) -> None:
        now = self._clock.now()
        if date < now.astimezone(self._zone).date():
            raise Refusal(f"{date:%m-%d} 已经过去了，请写今天或以后的日子，例如 明天")
        if date > provider.release.last_open(now):
            opens_at = provider.release.opens_at(date).astimezone(self._zone)
            when = f"{opens_at:%m-%d %H:%M}" if not opens_at.second else f"{opens_at:%m-%d %H:%M:%S}"
            how = f"!创建抢票 名称 预设={preset.number} 日期={date:%m-%d} 时段=19,20"
            raise Refusal(f"{date:%m-%d} 的场 {when} 才放出，抢它：{how}")

    def _orders_of(self, account: Account) -> AccountOrders:
        try:
            with self._as_member(account) as (_, member):
                orders = [with_deadline(member, order) for order in member.orders()]
        except Refusal as refusal:
            return AccountOrders(account=account, trouble=refusal.sentence)
        return AccountOrders(account=account, orders=tuple(orders))

    @contextmanager
    def _as_member(self, account: Account) -> Generator[tuple[Store, Member]]:
        """Logged in as the account. Raises `Refusal` for whatever the platform says no to, with the next step."""
        with closing(self._open_store()) as store, _in_words(account):
            sessions = Sessions(store, self._open_keyring(store), self._bell, self._clock)
            begun = sessions.of(account)
            if begun is None:
                raise NotLoggedIn("还没有登录过")
            with closing(self._open_provider()) as provider, closing(provider.member(begun)) as member:
                try:
                    member.check()
                except NotLoggedIn:
                    try:
                        member.renew()
                    except NotLoggedIn as error:
                        sessions.over(account, begun, error.sentence)
                        raise
                yield store, member
                sessions.held(account, begun, member.session)

    def _cancel(self, actor: Actor, accounts: Sequence[Account], order_id: OrderId, inbound: Inbound | None) -> Order:
        account = self._holder(actor, accounts, order_id)
        with self._as_member(account) as (store, member):
            cancelling = Cancelling(store, member, self._bell, self._clock)
            return cancelling.cancel(actor, account, order_id, inbound)

    def _payment(self, actor: Actor, accounts: Sequence[Account], order_id: OrderId) -> Payment:
        account = self._holder(actor, accounts, order_id)
        with self._as_member(account) as (_, member):
            order = member.order(order_id)
            if order is None:
                raise _no_such_order(order_id)
            if order.state is not OrderState.UNPAID:
                raise Refusal(f"订单 {order_id} 现在不用付款，发送 !订单 查看")
            return member.start_payment(order_id)

    def _holder(self, actor: Actor, accounts: Sequence[Account], order_id: OrderId) -> Account:
        """Whose order it is: of the speaker's own accounts, or booked for the speaker with one that is shared."""
        with closing(self._open_store()) as store:
            for account in accounts:
                rows = store.bookings.of_order(account.id, order_id)
                if rows and (_is_own(actor, account) or rows[0].owner == actor.user_id):
                    return account
        troubles: list[str] = []
        for account in filter(lambda one: _is_own(actor, one), accounts):
            listed = self._orders_of(account)
            if any(order.id == order_id for order in listed.orders):
                return account
            troubles += [listed.trouble] if listed.trouble else []
        if troubles:
            raise NotFound(f"没有找到订单 {order_id}，而且有账号的订单读不到：{troubles[0]}")
        raise _no_such_order(order_id)


class _Never:
    """Implements `ports.kind.Stopping` for a command: it goes on to its end."""

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        threading.Event().wait(seconds)
        return False


@contextmanager
def _in_words(account: Account | None = None) -> Generator[None]:
    """What a platform says no to is one sentence with the next step."""
    try:
        yield
    except NotLoggedIn as error:
        name = account.nickname if account is not None else "昵称"
        raise Refusal(f"账号 {name} 没有登录（{error.sentence}）：私聊我 !登录 {name}") from error
    except VenueError as error:
        wait = error.retry_after_seconds
        again = "" if wait is None else f"，约 {max(1, round(wait))} 秒后再试"
        raise Refusal(error.sentence if "再试" in error.sentence else f"{error.sentence}{again}") from error


def _free(provider: Provider, preset: Preset, day: Day) -> list[Slot]:
    return provider.slots(preset, day) if day.is_open and not day.is_full else []


def _check_hours(hours: Sequence[int]) -> None:
    for hour in hours:
        if not _FIRST_HOUR <= hour <= _LAST_HOUR:
            raise Refusal(f"没有 {hour} 点的场：场次从 7 点到 21 点开始，例如 19 或 18-21")


def _check_sport(preset: Preset) -> None:
    if not preset.sport_id:
        raise Refusal(f"{preset.venue} 在平台上没有列出项目，订不了：发送 !预设 选别的")


def _is_own(actor: Actor, account: Account) -> bool:
    return actor.user_id == account.owner


def _no_such_order(order_id: OrderId) -> NotFound:
    return NotFound(f"没有找到订单 {order_id}，发送 !订单 查看")
