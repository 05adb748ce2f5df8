"""The counter: one clear sentence for what cannot be, an order at once for what can, and giving it back with proof."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from booking_site import (
    DATE,
    DAY,
    FRIEND,
    GROUP,
    HOME,
    NOW,
    OWNER,
    PRESET,
    Hand,
    OpenHanded,
    Silence,
    Site,
    account,
    offer,
    slot,
)
from msgspec.structs import replace

from jobs.booking.counter import Counter
from jobs.models import notices
from jobs.models.accounts import Account, Share, usable
from jobs.models.bookings import BookingState
from jobs.models.change import Inbound
from jobs.models.errors import NotFound, Refusal
from jobs.models.ids import UserId
from jobs.models.orders import OrderState
from jobs.models.people import Actor, Chat, Role
from jobs.models.venue import Day, Preset, Slot
from jobs.ports.provider import NotLoggedIn, OutcomeUnknown, VenueUnreachable
from jobs.ports.store import DuplicateInbound

MakeSite = Callable[..., Site]
PRIVATE = Chat(self_id="10001", type="private", peer_id=OWNER)
ME = Actor(user_id=OWNER, role=Role.MEMBER, chat=PRIVATE)
IN_GROUP = Actor(user_id=OWNER, role=Role.MEMBER, chat=GROUP)
MESSAGE = Inbound(self_id="10001", message_id="1", received_at=NOW)
WITH_ME = Share(kind="user", peer_id=OWNER)
TODAY = date(2026, 11, 22)
OPEN_DATE = TODAY + timedelta(days=7)


class Book:
    """As the book of accounts."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._accounts = accounts

    def of(self, actor: Actor) -> list[Account]:
        return [one for one in self._accounts if one.is_for(actor.user_id, None)]

    def find(self, actor: Actor, nickname: str | None = None) -> Account:
        for one in self._accounts:
            if one.owner == actor.user_id and one.nickname == nickname:
                return one
        raise NotFound(f"没有叫 {nickname} 的账号")

    def require_usable(self, names: Sequence[str], user: UserId | None, origin: Chat | None) -> tuple[Account, ...]:
        found = usable(self._accounts, names, user, origin)
        if found.missing:
            raise NotFound(f"没有可用的账号 {found.missing[0]}")
        return found.accounts


async def at_once(work: Callable[[], Any]) -> Any:
    """What is done in a thread is done in this one: the store of these tests is one connection's."""
    return work()


class Shop:
    """A counter over a site whose platform sells what is in `free`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.free: list[Slot] = [slot(19), slot(20)]
        self.day = DAY
        platform: Any = site.platform
        platform.days = lambda preset: [self.day]
        platform.slots = lambda preset, day: self.free
        site.clock.at = NOW + timedelta(hours=1)  # 13:00 in Shanghai: the day a week ahead is open.
        self.counter = Counter(
            book=Book(site.accounts),
            open_store=lambda: Shared(site.store),  # pyright: ignore[reportArgumentType]
            open_keyring=lambda store: site.keyring,
            open_provider=lambda: platform,
            budget=OpenHanded(),
            bell=Silence(),
            clock=site.clock,
            in_thread=at_once,
        )

    def book(self, hours: Sequence[int] = (19,), names: Sequence[str] = ("czq",), **asked: Any) -> Any:
        wanted = {"actor": ME, "preset": PRESET, "date": DATE, "inbound": None, **asked}
        return asyncio.run(
            self.counter.book(wanted["actor"], names, wanted["preset"], wanted["date"], hours, wanted["inbound"])
        )

    def refusal(self, *arguments: Any, **asked: Any) -> str:
        with pytest.raises(Refusal) as refused:
            self.book(*arguments, **asked)
        assert self.site.platform.requests == []
        return refused.value.sentence


class Shared:
    """The site's store, as one that was opened for this alone; the test is single-threaded but for that."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def close(self) -> None: ...


@pytest.fixture
def shop(site: Site, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(site)


def test_what_is_free_is_listed_by_day(shop: Shop) -> None:
    (found,) = asyncio.run(shop.counter.slots(ME, PRESET, None))
    assert found.day.date == DATE
    assert [one.hour for one in found.slots] == [19, 20]


def test_a_slot_is_booked_at_once_by_order_of_preference(shop: Shop) -> None:
    (bought,) = shop.book((20, 19))
    assert [row.hour for row in bought.bookings] == [20]
    shop.site.store.deliveries.said(bought.notices, shop.site.clock.now())
    assert shop.site.topics(PRIVATE) == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"date": TODAY - timedelta(days=1)}, "已经过去"),
        ({"date": OPEN_DATE + timedelta(days=1)}, "11-23 12:00 才放出，抢它：!创建抢票"),
        ({"preset": replace(PRESET, sport="", sport_id="")}, "没有列出项目"),
        ({"names": ("nobody",)}, "没有可用的账号 nobody"),
        ({"names": ()}, "!账号 添加"),
        ({"hours": (6,)}, "从 7 点到 21 点"),
        ({"hours": (22,)}, "从 7 点到 21 点"),
        ({"hours": (9,)}, "没有空场了"),
    ],
)
def test_bad_input_is_one_sentence_with_the_next_step(shop: Shop, asked: dict[str, Any], words: str) -> None:
    assert words in shop.refusal(**asked)


def test_a_full_day_is_said_with_the_next_step(shop: Shop) -> None:
    shop.day = replace(DAY, is_full=True)
    assert "!创建监控" in shop.refusal()


def test_a_platform_that_is_away_is_a_sentence(shop: Shop) -> None:
    def away(preset: Preset) -> list[Day]:
        raise VenueUnreachable("暂时连不上预订平台", "secret detail", 10.0)

    shop.site.platform.days = away
    sentence = shop.refusal()
    assert "约 10 秒后再试" in sentence
    assert "secret" not in sentence


def test_a_message_that_comes_twice_orders_once(shop: Shop) -> None:
    shop.book(inbound=MESSAGE)
    with pytest.raises(DuplicateInbound):
        shop.book((20,), inbound=MESSAGE)
    assert len(shop.site.platform.requests) == 1


def test_orders_are_listed_with_their_deadlines_and_troubles_hide_nobody(make_site: MakeSite) -> None:
    shop = Shop(make_site(account("czq"), account("sty")))
    shop.book()
    shop.site.platform.unreadable["sty"] = [NotLoggedIn("登录失效")]
    mine, other = asyncio.run(shop.counter.orders(ME))
    assert [order.pay_seconds for order in mine.orders] == [600.0]
    assert not mine.trouble
    assert "!登录 sty" in other.trouble


def test_an_order_is_given_back_and_the_others_are_told(make_site: MakeSite) -> None:
    shop = Shop(make_site(account("czq", FRIEND, home=HOME, shared_with=(WITH_ME,))))
    site = shop.site
    friend = Actor(user_id=FRIEND, role=Role.MEMBER, chat=HOME)
    (bought,) = site.desk().buy([offer(slot(19))], lambda: [])
    order_id = bought.bookings[0].order_id
    order = asyncio.run(shop.counter.cancel(friend, order_id, MESSAGE))
    assert order.state is OrderState.CANCELLED
    assert [row.state for row in site.rows()] == [BookingState.CANCELLED]
    assert site.topics(GROUP) == [notices.BOOKED, notices.ORDER_ENDED]
    assert site.topics(HOME) == [notices.BOOKED], "who gave it back is answered"
    assert "order.cancelled" in [audit.act for audit in site.store.history.audit(10)]
    with pytest.raises(Refusal, match="已经结束"):
        asyncio.run(shop.counter.cancel(friend, order_id, None))


def test_a_yes_that_changes_nothing_is_no_yes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = shop.book()[0].bookings[0].order_id
    monkeypatch.setattr(Hand, "cancel", lambda self, order_id: None)
    monkeypatch.setattr("jobs.booking.cancelling._READ_AFTER_SECONDS", (0.0, 0.0))
    with pytest.raises(Refusal, match="还在"):
        asyncio.run(shop.counter.cancel(ME, order_id, None))


def test_a_cancellation_nobody_heard_of_is_read_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = shop.book()[0].bookings[0].order_id

    def cancel(hand: Hand, order_id: Any) -> None:
        hand.platform.turn(order_id, OrderState.CANCELLED)
        raise OutcomeUnknown("没有答复")

    monkeypatch.setattr(Hand, "cancel", cancel)
    assert asyncio.run(shop.counter.cancel(ME, order_id, None)).state is OrderState.CANCELLED


def test_somebody_elses_order_is_not_found(make_site: MakeSite) -> None:
    shop = Shop(make_site(account("czq", FRIEND, shared_with=(WITH_ME,))))
    (bought,) = shop.site.desk().buy([offer(slot(19))], lambda: [])
    stranger = Actor(user_id=UserId("99"), role=Role.MEMBER, chat=GROUP)
    with pytest.raises(NotFound):
        asyncio.run(shop.counter.cancel(stranger, bought.bookings[0].order_id, None))


def test_what_others_booked_with_a_shared_account_is_not_to_be_cancelled(make_site: MakeSite) -> None:
    shop = Shop(make_site(account("czq", FRIEND, shared_with=(WITH_ME, Share(kind="user", peer_id="99")))))
    (bought,) = shop.site.desk().buy([offer(slot(19))], lambda: [])
    sharer = Actor(user_id=UserId("99"), role=Role.MEMBER, chat=GROUP)
    with pytest.raises(NotFound):
        asyncio.run(shop.counter.cancel(sharer, bought.bookings[0].order_id, None))


def test_what_can_be_paid_has_an_address_and_what_cannot_a_sentence(shop: Shop) -> None:
    order_id = shop.book()[0].bookings[0].order_id
    assert asyncio.run(shop.counter.payment(ME, order_id)).url
    shop.site.platform.turn(order_id, OrderState.PAID)
    with pytest.raises(Refusal, match="不用付款"):
        asyncio.run(shop.counter.payment(ME, order_id))


def shared_in_group(make_site: MakeSite) -> tuple[Shop, Any]:
    """Somebody has booked in the group with an account that its owner shares there. Whoever that was, in private."""
    shop = Shop(make_site(account("czq", FRIEND, shared_with=(Share(kind="group", peer_id=GROUP.peer_id),))))
    shop.book(actor=IN_GROUP)
    (theirs,) = shop.book((20,), actor=Actor(user_id=FRIEND, role=Role.MEMBER, chat=HOME))
    assert theirs.bookings
    return shop, ME


def test_what_was_booked_with_an_account_of_the_groups_is_seen_paid_and_given_back(make_site: MakeSite) -> None:
    shop, me = shared_in_group(make_site)
    (listed,) = asyncio.run(shop.counter.orders(me))
    assert [hour.hour for order in listed.orders for hour in order.hours] == [19], "and no other order of the owner's"
    order_id = listed.orders[0].id
    assert [one.orders for one in asyncio.run(shop.counter.orders(me, "czq"))] == [listed.orders]
    assert asyncio.run(shop.counter.payment(me, order_id)).url
    assert asyncio.run(shop.counter.cancel(IN_GROUP, order_id, None)).state is OrderState.CANCELLED


def test_the_owner_sees_all_orders_and_whoever_booked_nothing_none(make_site: MakeSite) -> None:
    shop, _ = shared_in_group(make_site)
    owner = Actor(user_id=FRIEND, role=Role.MEMBER, chat=HOME)
    (listed,) = asyncio.run(shop.counter.orders(owner))
    assert len(listed.orders) == 2
    stranger = Actor(user_id=UserId("99"), role=Role.MEMBER, chat=GROUP)
    for nickname in (None, "czq"):
        with pytest.raises(NotFound):
            asyncio.run(shop.counter.orders(stranger, nickname))
    for order in listed.orders:
        with pytest.raises(NotFound):
            asyncio.run(shop.counter.payment(stranger, order.id))


def test_whoever_uses_anothers_account_is_sent_to_its_owner(make_site: MakeSite) -> None:
    shop, me = shared_in_group(make_site)
    shop.site.platform.unreadable["czq"] = [NotLoggedIn("登录失效")]
    (listed,) = asyncio.run(shop.counter.orders(me))
    assert "请账号的主人私聊我发送 !登录 czq" in listed.trouble


def test_a_day_that_is_not_open_is_raced_for_with_the_hours_that_were_asked(shop: Shop) -> None:
    day = OPEN_DATE + timedelta(days=1)
    assert "日期=11-30 时段=20,19" in shop.refusal((20, 19), date=day)


def test_one_person_asks_one_question_at_a_time(shop: Shop) -> None:
    async def ask() -> None:
        may_answer = asyncio.Event()

        async def slowly(work: Callable[[], Any]) -> Any:
            await may_answer.wait()
            return work()

        shop.counter._in_thread = slowly  # pyright: ignore[reportPrivateUsage]
        first = asyncio.create_task(shop.counter.slots(ME, PRESET, None))
        await asyncio.sleep(0)
        with pytest.raises(Refusal, match="上一个问题还在查"):
            await shop.counter.slots(IN_GROUP, PRESET, None)
        other = asyncio.create_task(
            shop.counter.slots(Actor(user_id=FRIEND, role=Role.MEMBER, chat=HOME), PRESET, None)
        )
        may_answer.set()
        assert await first
        assert await other
        assert await shop.counter.slots(ME, PRESET, None)

    asyncio.run(ask())
