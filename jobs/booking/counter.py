"""Serves people at once: what is free, an order now, the orders they have, giving one back."""

import asyncio
import datetime
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from jobs.booking.cancelling import Cancelling
from jobs.booking.desk import BookingDesk
from jobs.booking.errand import Errand
from jobs.booking.proof import with_deadline
from jobs.booking.reach import Reach, is_own, reach_of
from jobs.booking.refusing import check_hours, check_sport, in_words, no_such_order, not_shown, nothing_free
from jobs.booking.sessions import Sessions
from jobs.models.accounts import Account, how_to_add
from jobs.models.audit import Audit
from jobs.models.change import Change, Inbound
from jobs.models.errors import NotAllowed, NotFound, Refusal
from jobs.models.ids import UserId
from jobs.models.orders import Order, OrderId, OrderState, Payment
from jobs.models.people import Actor, Chat
from jobs.models.turns import Turns
from jobs.models.venue import Day, Preset, Slot
from jobs.models.wishes import Wishes, choices
from jobs.ports.accounts import Keyring
from jobs.ports.bell import Bell
from jobs.ports.budget import Budget
from jobs.ports.clock import Clock
from jobs.ports.counter import AccountOrders, DaySlots
from jobs.ports.desk import Bought, Offer
from jobs.ports.provider import Member, NotLoggedIn, Provider
from jobs.ports.store import Store
from jobs.ports.threads import InThread

T = TypeVar("T")


class Book(Protocol):
    """What is needed of the book of accounts."""

    def of(self, actor: Actor) -> list[Account]: ...

    def find(self, actor: Actor, nickname: str | None = None) -> Account: ...

    def require_usable(self, names: Sequence[str], user: UserId | None, origin: Chat | None) -> tuple[Account, ...]: ...


class Counter:
    """Implements `ports.counter.Counter`. `book` is asked in the caller's thread; all else is opened anew in a thread
    each time, for what it works with may not be shared.

    `open_briefly` opens clients for questions, which do not wait for long. One person does one thing at a time.
    """

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
        open_briefly: Callable[[], Provider] | None = None,
        in_thread: InThread = asyncio.to_thread,
    ) -> None:
        self._book = book
        self._open_store = open_store
        self._open_keyring = open_keyring
        self._open_provider = open_provider
        self._open_briefly = open_briefly or open_provider
        self._budget = budget
        self._bell = bell
        self._clock = clock
        self._zone = ZoneInfo(zone)
        self._in_thread = in_thread
        self._turns = Turns("上一个问题还在查，稍等它的结果")

    async def slots(self, actor: Actor, preset: Preset, date: datetime.date | None) -> list[DaySlots]:
        with self._turns.turn(actor.label):
            return await self._in_thread(partial(self._slots, preset, date))

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
        check_hours(hours)
        wishes = Wishes(hours=tuple(hours), courts=tuple(courts), length=length)
        accounts = self._book.require_usable(names, actor.user_id, actor.chat)
        if not accounts:
            raise Refusal(f"没有说用哪个账号，你也没有默认账号：请写 账号=昵称，没有账号就先{how_to_add('小陈')}")
        with self._turns.turn(actor.label):
            return await self._in_thread(partial(self._book_now, actor, accounts, preset, date, wishes, inbound))

    async def orders(self, actor: Actor, nickname: str | None = None) -> list[AccountOrders]:
        own, refusal = self._own(actor), NotFound(f"还没有账号，也没有用别人的账号订过场；{how_to_add('小陈')}")
        if nickname is not None:
            try:
                own = [self._book.find(actor, nickname)]
            except (NotFound, NotAllowed) as error:
                own, refusal = [], not_shown(error, nickname)
        with self._turns.turn(actor.label):
            return await self._in_thread(partial(self._orders, actor, own, nickname, refusal))

    async def cancel(self, actor: Actor, order_id: OrderId, inbound: Inbound | None = None) -> Order:
        with self._turns.turn(actor.label):
            return await self._in_thread(partial(self._cancel, actor, self._own(actor), order_id, inbound))

    async def payment(self, actor: Actor, order_id: OrderId) -> Payment:
        with self._turns.turn(actor.label):
            return await self._in_thread(partial(self._payment, actor, self._own(actor), order_id))

    def _own(self, actor: Actor) -> list[Account]:
        return [account for account in self._book.of(actor) if is_own(actor, account)]

    def _slots(self, preset: Preset, date: datetime.date | None) -> list[DaySlots]:
        with in_words(), closing(self._open_briefly()) as provider:
            check_sport(preset)
            if date is not None:
                self._check_date(provider, preset, date, ())
            days = [day for day in provider.days(preset) if date in (None, day.date)]
            return [DaySlots(day=day, slots=tuple(_free(provider, preset, day))) for day in days if day.is_open]

    def _book_now(
        self,
        actor: Actor,
        accounts: Sequence[Account],
        preset: Preset,
        date: datetime.date,
        wishes: Wishes,
        inbound: Inbound | None,
    ) -> list[Bought]:
        with (
            in_words(),
            closing(self._open_provider()) as provider,
            closing(self._open_store()) as store,
            closing(self._desk(store, provider, actor, accounts)) as desk,
        ):
            check_sport(preset)
            self._check_date(provider, preset, date, wishes.hours)
            offers = self._offers(provider, preset, date, wishes)
            if not offers:
                raise nothing_free(preset, date, wishes)
            subject = f"{preset.title} {date:%m-%d} {'、'.join(one.nickname for one in accounts)}"
            asked = Audit(at=self._clock.now(), actor=actor.label, act="booking.asked", subject=subject)
            # Before anything is sent: a message that is delivered twice must not order twice.
            store.apply(Change(audits=(asked,)).answering(inbound))
            return desk.buy(offers, lambda: self._offers(provider, preset, date, wishes))

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

    def _offers(self, provider: Provider, preset: Preset, date: datetime.date, wishes: Wishes) -> list[Offer]:
        day = next((day for day in provider.days(preset) if day.date == date), None)
        if day is None:
            return []
        ranked = choices(_free(provider, preset, day), wishes)
        return [Offer(preset=preset, day=day, slots=choice) for choice in ranked]

    def _check_date(self, provider: Provider, preset: Preset, date: datetime.date, hours: Sequence[int]) -> None:
        now = self._clock.now()
        if date < now.astimezone(self._zone).date():
            raise Refusal(f"{date:%m-%d} 已经过去了，请写今天或以后的日子，例如 明天")
        if date > provider.release.last_open(now):
            opens_at = provider.release.opens_at(date).astimezone(self._zone)
            when = f"{opens_at:%m-%d %H:%M}" if not opens_at.second else f"{opens_at:%m-%d %H:%M:%S}"
            wished = f" 时段={','.join(map(str, hours))}" if hours else ""
            how = f"!创建抢票 名称 预设={preset.number} 日期={date:%m-%d}{wished}"
            raise Refusal(f"{date:%m-%d} 的场 {when} 才放出，抢它：{how}")

    def _orders(
        self, actor: Actor, own: Sequence[Account], nickname: str | None, refusal: Refusal
    ) -> list[AccountOrders]:
        """Raises the refusal where there is nothing to be looked at."""
        reached = [
            one for one in self._reach(actor, own) if nickname in (None, one.account.nickname) or one.only is None
        ]
        if not reached:
            raise refusal
        return [self._orders_of(actor, one) for one in reached]

    def _orders_of(self, actor: Actor, reach: Reach) -> AccountOrders:
        try:
            with self._as_member(actor, reach.account, self._open_briefly) as (_, member):
                orders = [with_deadline(member, order) for order in reach.of(member.orders())]
        except Refusal as refusal:
            return AccountOrders(account=reach.account, trouble=refusal.sentence)
        return AccountOrders(account=reach.account, orders=tuple(orders))

    def _reach(self, actor: Actor, own: Sequence[Account]) -> list[Reach]:
        with closing(self._open_store()) as store:
            return reach_of(store, actor, own)

    @contextmanager
    def _as_member(
        self, actor: Actor, account: Account, open_provider: Callable[[], Provider]
    ) -> Generator[tuple[Store, Member]]:
        """Logged in as the account. Raises `Refusal` for whatever the platform says no to, with the next step."""
        with closing(self._open_store()) as store, in_words(account, actor.user_id):
            sessions = Sessions(store, self._open_keyring(store), self._bell, self._clock)
            begun = sessions.of(account)
            if begun is None:
                raise NotLoggedIn("还没有登录过")
            with closing(open_provider()) as provider, closing(provider.member(begun)) as member:
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

    def _cancel(self, actor: Actor, own: Sequence[Account], order_id: OrderId, inbound: Inbound | None) -> Order:
        account = self._holder(actor, own, order_id)
        with self._as_member(actor, account, self._open_provider) as (store, member):
            cancelling = Cancelling(store, member, self._bell, self._clock)
            return cancelling.cancel(actor, account, order_id, inbound)

    def _payment(self, actor: Actor, own: Sequence[Account], order_id: OrderId) -> Payment:
        account = self._holder(actor, own, order_id)
        with self._as_member(actor, account, self._open_briefly) as (_, member):
            order = member.order(order_id)
            if order is None:
                raise no_such_order(order_id)
            if order.state is not OrderState.UNPAID:
                raise Refusal(f"订单 {order_id} 现在不用付款，发送 !订单 查看")
            return member.start_payment(order_id)

    def _holder(self, actor: Actor, own: Sequence[Account], order_id: OrderId) -> Account:
        """Whose order it is, of those within the speaker's reach."""
        with closing(self._open_store()) as store:
            for one in reach_of(store, actor, own):
                is_known = (
                    order_id in one.only if one.only is not None else store.bookings.of_order(one.account.id, order_id)
                )
                if is_known:
                    return one.account
        troubles: list[str] = []
        for account in own:
            listed = self._orders_of(actor, Reach(account=account))
            if any(order.id == order_id for order in listed.orders):
                return account
            troubles += [listed.trouble] if listed.trouble else []
        if troubles:
            raise NotFound(f"没有找到订单 {order_id}，而且有账号的订单读不到：{troubles[0]}")
        raise no_such_order(order_id)


class _Never:
    """Implements `ports.kind.Stopping` for a command: it goes on to its end."""

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        threading.Event().wait(seconds)
        return False


def _free(provider: Provider, preset: Preset, day: Day) -> list[Slot]:
    return provider.slots(preset, day) if day.is_open and not day.is_full else []
