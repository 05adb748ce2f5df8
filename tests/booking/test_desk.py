"""The desk: intents before requests, proofs after them, one order for each account, whatever the platform says."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta

import pytest
from booking_site import (
    BOOKED_TIMED_OUT,
    DATE,
    DAY,
    FRIEND,
    GROUP,
    HOME,
    LOST,
    OWNER,
    PHANTOM,
    PRESET,
    SHARED,
    UNKNOWN,
    Hand,
    Said,
    Site,
    account,
    offer,
    slot,
)
from msgspec.structs import replace

from jobs.booking.errand import Errand
from jobs.models import notices
from jobs.models.accounts import Account, AccountId, Standing, how_to_log_in
from jobs.models.booking_following import IN_DOUBT_FOR
from jobs.models.bookings import BookingState
from jobs.models.change import Change
from jobs.models.orders import Order, OrderId, OrderState
from jobs.models.recurrence import Weekly
from jobs.ports.desk import Offer
from jobs.ports.provider import (
    HasOrder,
    NotLoggedIn,
    OrderRefused,
    OutcomeUnknown,
    Person,
    ProfileIncomplete,
    RateLimited,
    Remedy,
    SliderWanted,
    SlotStale,
    UnexpectedAnswer,
    VenueError,
    VenueUnreachable,
)
from jobs.ports.store import Fenced, StoreUnavailable

MakeSite = Callable[..., Site]
BEST, NEXT, LAST = offer(slot(19)), offer(slot(20)), offer(slot(18))


def states(site: Site) -> list[tuple[int, str]]:
    return sorted((row.hour, row.state.value) for row in site.rows())


def test_the_best_offer_is_booked_proven_and_told(site: Site) -> None:
    (bought,) = site.buy(BEST, NEXT)
    assert [row.hour for row in bought.bookings] == [19]
    assert not bought.is_uncertain
    assert bought.error is None
    assert states(site) == [(19, "booked")]
    (told,) = site.told()
    assert told.topic == notices.BOOKED
    assert told.data["account"] == "czq"
    assert told.data["number"] == 1
    assert told.data["amount"] == "30.00"
    assert told.data["slots"] == [{"date": "2026-11-29", "hour": 19, "court": "场地1", "price": "30.00"}]
    assert site.rows()[0].pay_until is not None
    assert site.budget.hurried == 1
    assert site.events() == ["booking.attempted", "booking.confirmed"]


def test_the_intent_is_stored_before_the_request(site: Site) -> None:
    seen: list[list[tuple[int, str]]] = []
    site.platform.sent_while = lambda: seen.append(states(site))
    site.buy(BEST)
    assert seen == [[(19, "open")]]


def test_accounts_take_different_slots_in_one_round(make_site: MakeSite) -> None:
    site = make_site(account("czq"), account("sty"), account("lin"))
    bought = site.buy(BEST, NEXT)
    assert [[row.hour for row in one.bookings] for one in bought] == [[19], [20], []]
    assert len(site.platform.requests) == 2


def test_a_room_with_many_places_is_for_several(make_site: MakeSite) -> None:
    site = make_site(account("czq"), account("sty"))
    bought = site.buy(offer(replace(slot(19, "健身房"), remaining=9)))
    assert all(one.bookings for one in bought)


def test_hours_in_a_row_are_rows_of_one_order(site: Site) -> None:
    (bought,) = site.buy(offer(slot(19), slot(20)))
    assert len({row.order_id for row in bought.bookings}) == 1
    assert states(site) == [(19, "booked"), (20, "booked")]
    assert site.topics() == [notices.BOOKED]


def test_who_loses_tries_the_next_best(site: Site) -> None:
    site.platform.script["czq"] = [LOST, LOST]
    (bought,) = site.buy(BEST, NEXT, LAST)
    assert [row.hour for row in bought.bookings] == [18]
    assert states(site) == [(18, "booked"), (19, "refused"), (20, "refused")]


def test_who_loses_everything_has_nothing_and_a_sentence(site: Site) -> None:
    site.platform.script["czq"] = [LOST, LOST]
    (bought,) = site.buy(BEST, NEXT)
    assert not bought.bookings
    assert bought.sentence
    assert site.topics() == []


def test_a_stale_slot_is_looked_for_again_a_few_times(site: Site) -> None:
    site.platform.script["czq"] = [Said(error=SlotStale("过期", retry_after_seconds=0))] * 9
    looks: list[int] = []

    def again() -> Sequence[Offer]:
        looks.append(1)
        return [BEST]

    (bought,) = site.buy(BEST, again=again)
    assert not bought.bookings
    assert len(looks) == 3
    assert len(site.platform.requests) == 4


def test_a_fresh_sign_is_what_is_ordered_then(site: Site) -> None:
    site.platform.script["czq"] = [Said(error=SlotStale("过期", retry_after_seconds=0))]
    (bought,) = site.buy(BEST, again=lambda: [BEST])
    assert [row.hour for row in bought.bookings] == [19]
    assert bought.bookings[0].attempts == 2


def test_booked_but_timed_out_is_found_and_never_sent_again(site: Site) -> None:
    site.platform.script["czq"] = [BOOKED_TIMED_OUT]
    (bought,) = site.buy(BEST, NEXT)
    assert [row.hour for row in bought.bookings] == [19]
    assert len(site.platform.requests) == 1
    assert site.topics() == [notices.BOOKED]


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_platform_whose_clock_is_hours_off_is_understood(site: Site, hours: int) -> None:
    site.platform.ahead = timedelta(hours=hours)
    site.platform.script["czq"] = [BOOKED_TIMED_OUT]
    assert site.buy(BEST)[0].bookings


def test_an_order_that_comes_late_is_found(site: Site) -> None:
    site.platform.script["czq"] = [Said(error=OutcomeUnknown("没有答复"), makes=True, late_seconds=14)]
    (bought,) = site.buy(BEST)
    assert bought.bookings
    assert len(site.platform.requests) == 1


def test_an_unknown_outcome_that_became_nothing_ends_the_accounts_tries_for_minutes(site: Site) -> None:
    """The platform may be that late with the order."""
    site.platform.script["czq"] = [UNKNOWN]
    (bought,) = site.buy(BEST, NEXT)
    assert not bought.bookings
    assert bought.is_uncertain
    assert "分钟内不再下单" in bought.sentence
    assert site.buy(NEXT)[0].is_uncertain
    assert states(site) == [(19, "refused")]
    assert len(site.platform.requests) == 1
    assert site.topics() == [notices.BOOKING_ABSENT]


def test_success_without_an_order_is_no_success(site: Site) -> None:
    site.platform.script["czq"] = [PHANTOM]
    (bought,) = site.buy(BEST)
    assert not bought.bookings
    assert states(site) == [(19, "refused")]
    assert site.topics() == [notices.BOOKING_ABSENT]


def test_an_order_that_is_named_counts_however_it_is_spelt(site: Site) -> None:
    site.platform.make("czq", [slot(19, "VIP")], id=OrderId("999999999999999999"), venue="霍英东体育馆")
    site.platform.script["czq"] = [PHANTOM]
    (bought,) = site.buy(BEST, NEXT)
    assert [row.order_id for row in bought.bookings] == ["999999999999999999"]
    assert len(site.platform.requests) == 1
    assert site.told()[0].data["listed"] == "VIP 19:00"


def test_an_id_of_something_on_another_day_proves_nothing(site: Site) -> None:
    other = replace(slot(19), date=DATE + timedelta(days=1))
    site.platform.make("czq", [other], id=OrderId("999999999999999999"))
    site.platform.script["czq"] = [PHANTOM]
    (bought,) = site.buy(BEST)
    assert not bought.bookings
    assert states(site) == [(19, "refused")]


def test_orders_that_cannot_be_read_leave_it_open_and_told_once(site: Site) -> None:
    site.platform.script["czq"] = [BOOKED_TIMED_OUT]
    site.platform.unreadable["czq"] = [VenueUnreachable("连不上", "", 5.0)]
    (bought,) = site.buy(BEST, NEXT)
    assert bought.is_uncertain
    assert not bought.bookings
    assert states(site) == [(19, "open")]
    assert len(site.platform.requests) == 1
    assert site.topics() == [notices.BOOKING_UNCERTAIN]


@pytest.mark.parametrize("error", [UnexpectedAnswer("看不懂"), VenueError("新的错误"), RuntimeError("defect")])
def test_whatever_is_not_a_definite_no_is_read_back(site: Site, error: Exception) -> None:
    site.platform.script["czq"] = [Said(error=error, makes=True)]
    (bought,) = site.buy(BEST, NEXT)
    assert [row.hour for row in bought.bookings] == [19]
    assert len(site.platform.requests) == 1


def test_an_order_that_exists_already_may_be_ours(site: Site) -> None:
    """A request that surely was not sent, but was."""
    site.platform.script["czq"] = [
        Said(error=VenueUnreachable("连不上", "", 0.0), makes=True),
        Said(error=HasOrder("已存在订单")),
    ]
    (bought,) = site.buy(BEST)
    assert [row.hour for row in bought.bookings] == [19]
    assert site.topics() == [notices.BOOKED]


def test_another_order_of_the_account_ends_its_tries(site: Site) -> None:
    site.platform.make("czq", [slot(9)])
    site.platform.script["czq"] = [Said(error=HasOrder("已存在订单"))]
    (bought,) = site.buy(BEST, NEXT)
    assert isinstance(bought.error, HasOrder)
    assert bought.sentence == "已存在订单"
    assert len(site.platform.requests) == 1
    assert states(site) == [(19, "refused")]


@pytest.mark.parametrize("error", [OrderRefused("非法请求"), SliderWanted("要滑块"), ProfileIncomplete("资料不全")])
def test_what_only_a_person_can_mend_stops_the_account(site: Site, error: VenueError) -> None:
    site.platform.script["czq"] = [Said(error=error)]
    (bought,) = site.buy(BEST, NEXT)
    assert bought.error is error
    assert len(site.platform.requests) == 1
    assert states(site) == [(19, "refused")]


def test_a_short_wait_is_waited_a_long_one_is_told(make_site: MakeSite) -> None:
    site = make_site(account("czq"), account("sty"))
    site.platform.script["czq"] = [Said(error=RateLimited("太频繁", "", 2.0))]
    site.platform.script["sty"] = [Said(error=RateLimited("太频繁", "", 600.0))]
    quick, slow = site.buy(BEST, NEXT)
    assert quick.bookings
    assert isinstance(slow.error, RateLimited)


def test_what_was_not_sent_is_sent_once_more(site: Site) -> None:
    site.platform.script["czq"] = [Said(error=VenueUnreachable("连不上", "", 0.0))]
    assert site.buy(BEST)[0].bookings
    assert len(site.platform.requests) == 2


def test_a_platform_that_is_away_is_not_asked_for_ever(site: Site) -> None:
    site.platform.script["czq"] = [Said(error=VenueUnreachable("连不上", "", 0.0))] * 5
    (bought,) = site.buy(BEST, NEXT)
    assert isinstance(bought.error, VenueUnreachable)
    assert len(site.platform.requests) == 2


def test_a_session_that_ends_in_the_race_is_renewed_once(site: Site) -> None:
    site.platform.script["czq"] = [Said(error=NotLoggedIn("登录失效"))]
    site.platform.renews["czq"] = True
    assert [row.hour for row in site.buy(BEST, NEXT)[0].bookings] == [19]


def test_who_never_logged_in_is_told_so_and_not_that_a_login_is_over(make_site: MakeSite) -> None:
    site = make_site(account("czq", home=HOME))
    site.keyring.sessions[site.accounts[0].id] = None
    site.platform.script["czq"] = site.platform.script[""] = [Said(error=NotLoggedIn("登录失效，请重新登录"))] * 3
    (bought,) = site.buy(BEST)
    assert bought.sentence == "还没有登录过：私聊我发送 !登录 czq"
    (asked,) = [told for told in site.told(HOME) if told.topic == notices.LOGIN_WANTED]
    assert asked.data["reason"] == "还没有登录过"


def test_an_account_of_the_operators_is_logged_in_from_a_shell() -> None:
    for standing, act in ((Standing.NEVER, "login"), (Standing.OUT, "login"), (Standing.REFUSED, "update")):
        one = Account(
            id=AccountId("a"),
            owner=None,
            nickname="op",
            standing=standing,
            created_at=datetime(2026, 11, 22, tzinfo=UTC),
        )
        for user in (None, OWNER):
            assert how_to_log_in(one, user) == f"请超级用户运行 sja accounts {act} op"


def test_a_login_during_the_race_is_gone_on_with(make_site: MakeSite) -> None:
    site = make_site(account("czq", home=HOME))
    site.platform.script["czq"] = [Said(error=NotLoggedIn("登录失效"))]
    site.platform.sent_while = lambda: site.keyring.sessions.update({site.accounts[0].id: b"new"})
    (bought,) = site.buy(BEST)
    assert bought.bookings
    assert [user for user, _ in site.platform.requests] == ["czq", "new"]
    assert site.topics(HOME) == []


def test_a_purchase_begins_with_the_session_of_now(site: Site) -> None:
    desk = site.desk()
    desk.get_ready()
    site.keyring.sessions[site.accounts[0].id] = b"new"
    desk.buy([BEST], lambda: [])
    assert [user for user, _ in site.platform.requests] == ["new"]


def test_an_account_that_is_gone_or_not_shared_any_more_books_nothing(make_site: MakeSite) -> None:
    site = make_site(account("czq"), account("sty", FRIEND, shared_with=SHARED))
    desk = site.desk()
    site.store.apply(Change(forgotten=(site.accounts[0].id,)))
    sty = site.store.accounts.get(site.accounts[1].id)
    assert sty is not None
    site.store.apply(Change(accounts=(replace(sty, shared_with=()),)))
    assert ["移除" in desk.get_ready()[0].sentence, "不再共享" in desk.get_ready()[1].sentence] == [True, True]
    assert not any(one.bookings for one in desk.buy([BEST, NEXT], lambda: []))
    assert site.platform.requests == []


def test_no_login_is_looked_at_when_there_is_no_time_left(make_site: MakeSite) -> None:
    site = make_site(account("czq"), account("sty"))
    until = site.clock.now() + timedelta(seconds=5)
    check = Hand.check

    def slow(hand: Hand) -> Person:
        site.clock.advance(10)
        return check(hand)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Hand, "check", slow)
        looked, late = site.desk().get_ready(until)
    assert looked.error is None
    assert late.sentence == "sty 没有检查"
    assert late.error is not None


def test_what_another_day_left_open_holds_up_nothing(make_site: MakeSite) -> None:
    site = make_site(recurrence=Weekly(time=time(12)))
    site.platform.script["czq"] = [UNKNOWN]
    site.platform.unreadable["czq"] = [VenueUnreachable("连不上", "", 5.0)]
    site.buy(BEST)
    site.platform.unreadable.clear()
    site.end_run()
    site.begin_run("2" * 32, 2)
    began = site.clock.monotonic()
    later = replace(slot(19), date=DATE + timedelta(days=1))
    (bought,) = site.buy(Offer(preset=PRESET, day=replace(DAY, date=later.date), slots=(later,)))
    assert bought.bookings
    assert site.clock.monotonic() - began < 1
    assert states(site) == [(19, "booked"), (19, "open")]


def test_an_earlier_request_is_not_called_absent_for_one_list_that_lags(site: Site) -> None:
    site.platform.script["czq"] = [BOOKED_TIMED_OUT]
    site.platform.unreadable["czq"] = [VenueUnreachable("连不上", "", 5.0)]
    site.buy(BEST)
    site.end_run()
    site.begin_run("2" * 32, 2)
    site.clock.advance(600)
    ledger, site.platform.ledger = site.platform.ledger, []
    waits = site.patience.wait

    def wait(seconds: float) -> bool:
        site.platform.ledger = ledger
        return waits(seconds)

    site.patience.wait = wait
    site.platform.unreadable.clear()
    (bought,) = site.buy(NEXT)
    assert [row.hour for row in bought.bookings] == [19]
    assert len(site.platform.requests) == 1


def test_a_session_only_a_person_can_renew_is_asked_for_once(make_site: MakeSite) -> None:
    site = make_site(account("czq", FRIEND, home=HOME, shared_with=SHARED))
    for _ in range(2):
        site.platform.script["czq"] = [Said(error=NotLoggedIn("登录失效"))]
        (bought,) = site.buy(BEST, NEXT)
        assert isinstance(bought.error, NotLoggedIn)
    assert site.topics(HOME) == [notices.LOGIN_WANTED]
    assert site.topics(GROUP) == []


def test_the_owner_of_a_shared_account_is_told_too(make_site: MakeSite) -> None:
    site = make_site(account("czq", FRIEND, home=HOME, shared_with=SHARED))
    site.buy(BEST)
    assert site.topics(GROUP) == [notices.BOOKED]
    assert site.topics(HOME) == [notices.BOOKED]


def test_ones_own_account_is_told_of_in_one_place(make_site: MakeSite) -> None:
    site = make_site(account("czq", OWNER, home=HOME))
    site.buy(BEST)
    assert site.topics(HOME) == []


def test_a_job_never_orders_twice_for_an_account(site: Site) -> None:
    site.buy(BEST)
    site.end_run()
    site.begin_run("2" * 32, 2)
    (bought,) = site.buy(NEXT)
    assert [row.hour for row in bought.bookings] == [19]
    assert len(site.platform.requests) == 1
    assert [row.hour for row in site.desk().bought_before()] == [19]


def test_a_recurring_job_orders_once_for_each_date(make_site: MakeSite) -> None:
    site = make_site(recurrence=Weekly(time=time(12)))
    site.buy(BEST)
    site.end_run()
    site.begin_run("2" * 32, 2)
    assert [row.hour for row in site.buy(NEXT)[0].bookings] == [19], "the same date again"
    later = replace(slot(20), date=DATE + timedelta(days=1))
    day = replace(DAY, date=later.date)
    (bought,) = site.buy(Offer(preset=PRESET, day=day, slots=(later,)))
    assert [row.hour for row in bought.bookings] == [20]


def test_a_slot_that_another_job_tries_for_with_the_account_is_left_alone(site: Site) -> None:
    other = site.desk(Errand(owner=OWNER, origin=GROUP))
    other.buy([BEST], lambda: [])
    (bought,) = site.buy(BEST, NEXT)
    assert [row.hour for row in bought.bookings] == [20]


def test_what_a_person_books_by_hand_is_answered_not_told(site: Site) -> None:
    (bought,) = site.desk(Errand(owner=OWNER, origin=GROUP)).buy([BEST], lambda: [])
    assert bought.bookings
    site.store.deliveries.said(bought.notices, site.clock.now())
    assert site.topics() == []
    assert "booking.confirmed" in [audit.act for audit in site.store.history.audit(10)]


def test_what_a_person_books_by_hand_is_told_where_the_answer_was_lost(site: Site) -> None:
    site.desk(Errand(owner=OWNER, origin=GROUP)).buy([BEST], lambda: [])
    assert site.store.deliveries.due(site.clock.now(), 9) == []
    assert site.topics() == [notices.BOOKED]


def test_an_open_intent_of_an_earlier_run_is_read_before_anything_is_asked(site: Site) -> None:
    site.platform.script["czq"] = [BOOKED_TIMED_OUT]
    site.platform.unreadable["czq"] = [VenueUnreachable("连不上", "", 5.0)]
    site.buy(BEST)
    site.end_run()
    site.begin_run("2" * 32, 2)
    site.platform.unreadable.clear()
    (bought,) = site.buy(NEXT)
    assert [row.hour for row in bought.bookings] == [19]
    assert len(site.platform.requests) == 1


def test_an_earlier_intent_that_became_nothing_lets_the_account_try_again(site: Site) -> None:
    site.platform.script["czq"] = [UNKNOWN]
    site.platform.unreadable["czq"] = [VenueUnreachable("连不上", "", 5.0)]
    site.buy(BEST)
    site.end_run()
    site.begin_run("2" * 32, 2)
    site.platform.unreadable.clear()
    assert site.buy(BEST)[0].is_uncertain
    site.clock.advance(IN_DOUBT_FOR.total_seconds())
    assert [row.hour for row in site.buy(BEST)[0].bookings] == [19]
    assert site.topics() == [notices.BOOKING_UNCERTAIN, notices.BOOKING_ABSENT, notices.BOOKED]


def test_what_another_job_got_for_the_same_slot_meanwhile_is_not_this_ones(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.platform.script["czq"] = [UNKNOWN]
    orders_of = site.platform.orders_of

    def another_gets_it(user: str) -> list[Order]:
        (row,) = site.rows()
        if row.state is BookingState.OPEN and row.attempts == 1:
            absent = replace(row, state=BookingState.REFUSED, reason="没有", settled_at=site.clock.now())
            site.store.apply(Change(bookings=(absent,)))
            (row,) = site.rows()
            anew = replace(row, opened_at=site.clock.now(), attempts=2)
            got = replace(anew, state=BookingState.BOOKED, order_id=OrderId("another"))
            site.store.apply(Change(bookings=(got,)))
        return orders_of(user)

    monkeypatch.setattr(site.platform, "orders_of", another_gets_it)
    (bought,) = site.buy(BEST)
    assert not bought.bookings
    assert "订到" not in bought.sentence


def test_a_run_that_was_superseded_sends_nothing(site: Site) -> None:
    site.end_run()
    with pytest.raises(Fenced):
        site.buy(BEST)
    assert site.platform.requests == []


def test_whoever_was_stopped_between_intent_and_request_does_not_send(site: Site) -> None:
    store = Slow(site)
    site.desk(store=store).buy([BEST], lambda: [])
    assert len(site.platform.requests) == 1
    assert store.was_slow
    assert site.rows()[0].attempts == 2


class Slow:
    """The store of a process that is stopped for a minute just behind its first write of an intent."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.was_slow = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._site.store, name)

    def apply(self, change: Change) -> None:
        self._site.store.apply(change)
        if not self.was_slow and any(row.state is BookingState.OPEN for row in change.bookings):
            self.was_slow = True
            self._site.clock.advance(20)


def test_a_bookkeeper_who_was_faster_is_believed(site: Site) -> None:
    """Both read the same order; the row is settled once and told once."""
    keeper = site.bookkeeper()
    site.platform.script["czq"] = [BOOKED_TIMED_OUT]
    site.platform.unreadable["czq"] = [VenueUnreachable("连不上", "", 5.0)]
    desk = site.desk()
    waits = site.patience.wait

    def wait(seconds: float) -> bool:
        site.clock.advance(70)
        site.platform.unreadable.clear()
        asyncio.run(keeper.round())
        site.patience.wait = waits
        return waits(seconds)

    site.patience.wait = wait
    (bought,) = desk.buy([BEST], lambda: [])
    assert [row.state for row in bought.bookings] == [BookingState.BOOKED]
    assert site.topics() == [notices.BOOKED]


def test_accounts_are_looked_at_and_renewed(make_site: MakeSite) -> None:
    site = make_site(account("czq"), account("sty", FRIEND, home=HOME, shared_with=SHARED), account("lin"))
    site.platform.unreadable["sty"] = [NotLoggedIn("登录失效")]
    site.platform.unreadable["lin"] = [NotLoggedIn("登录失效")]
    site.platform.renews["lin"] = True
    ready = site.desk().get_ready()
    assert [one.error is None for one in ready] == [True, False, True]
    site.desk().get_ready()
    assert site.topics(HOME) == [notices.LOGIN_WANTED]
    standings = [site.store.accounts.get(one.account.id).standing.value for one in ready]
    assert standings == ["in", "out", "in"]


def test_a_login_during_the_look_is_neither_overwritten_nor_asked_for_again(make_site: MakeSite) -> None:
    site = make_site(account("czq", home=HOME))
    site.platform.unreadable["czq"] = [NotLoggedIn("登录失效")]
    desk = site.desk()
    keep = site.keyring.session
    asked: list[int] = []

    def session(account: Account) -> bytes | None:
        asked.append(1)
        return keep(account) if len(asked) == 1 else b"new"

    site.keyring.session = session
    (ready,) = desk.get_ready()
    assert ready.error is not None
    assert site.topics(HOME) == []
    found = site.store.accounts.get(site.accounts[0].id)
    assert found is not None
    assert found.standing is Standing.NEVER, "as it was"


def given_back(site: Site) -> OrderId:
    order_id = site.buy(BEST)[0].bookings[0].order_id
    assert order_id is not None
    site.platform.turn(order_id, OrderState.CANCELLED)
    site.store.apply(Change(bookings=(replace(site.rows()[0], state=BookingState.CANCELLED),)))
    return order_id


def test_what_was_given_back_is_not_ordered_once_more_by_its_job(site: Site) -> None:
    given_back(site)
    (again,) = site.buy(BEST, NEXT)
    assert not again.bookings
    assert "不再重订" in again.sentence
    assert len(site.platform.requests) == 1
    assert [row.state for row in site.desk().bought_before()] == [BookingState.CANCELLED]


def test_what_was_given_back_may_be_ordered_by_hand(site: Site) -> None:
    order_id = given_back(site)
    (again,) = site.desk(Errand(owner=OWNER, origin=GROUP)).buy([BEST], lambda: [])
    assert again.bookings[0].order_id != order_id
    assert again.bookings[0].attempts == 2


def test_nobody_waits_for_the_answer_to_another(make_site: MakeSite) -> None:
    site = make_site(account("czq"), account("sty"))
    hanging, lost = replace(LOST, takes_seconds=9.0), replace(LOST, takes_seconds=0.5)
    site.platform.script = {"czq": [hanging], "sty": [lost]}
    sent: list[float] = []
    site.platform.sent_while = lambda: sent.append(site.clock.monotonic() - 1000)
    bought = site.buy(BEST, NEXT, LAST)
    assert [[row.hour for row in one.bookings] for one in bought] == [[20], [18]]
    assert [round(at) for at in sent] == [0, 0, 0, 9]


def test_whoever_is_asked_to_leave_leaves_what_is_not_answered_to_the_bookkeeper(site: Site) -> None:
    site.platform.script["czq"] = [replace(BOOKED_TIMED_OUT, takes_seconds=9.0)]
    desk = site.desk()
    desk._stopping = LeavesAfter(site, 1.0)  # pyright: ignore[reportPrivateUsage]
    (bought,) = desk.buy([BEST], lambda: [])
    assert bought.is_uncertain
    assert site.clock.monotonic() < 1002
    assert states(site) == [(19, "open")]


class LeavesAfter:
    """Implements `Stopping`: the run shall leave after so long."""

    def __init__(self, site: Site, seconds: float) -> None:
        self._clock = site.clock
        self._until = site.clock.monotonic() + seconds

    def is_set(self) -> bool:
        return self._clock.monotonic() >= self._until

    def wait(self, seconds: float) -> bool:
        self._clock.advance(seconds)
        return self.is_set()


class Busy:
    """A store that takes no more than so many writes of intents."""

    def __init__(self, site: Site, writes: int) -> None:
        self._site = site
        self._left = writes

    def __getattr__(self, name: str) -> object:
        return getattr(self._site.store, name)

    def apply(self, change: Change) -> None:
        if any(row.state is BookingState.OPEN and row.order_id is None for row in change.bookings):
            self._left -= 1
            if self._left < 0:
                raise StoreUnavailable("任务库忙，稍后再试")
        self._site.store.apply(change)


def test_what_one_account_got_is_not_lost_with_the_intents_of_another(make_site: MakeSite) -> None:
    site = make_site(account("czq"), account("sty"))
    site.platform.script["sty"] = [LOST]
    desk = site.desk(Errand(owner=OWNER, origin=GROUP), Busy(site, 1))
    got, nothing = desk.buy([BEST, NEXT, LAST], lambda: [])
    assert got.bookings
    assert nothing.sentence == "任务库忙，稍后再试"
    assert nothing.error is not None
    assert nothing.error.remedy is Remedy.WAIT
    with pytest.raises(StoreUnavailable):
        site.desk(Errand(owner=OWNER, origin=GROUP), Busy(site, 0)).buy([NEXT], lambda: [])


def test_what_is_booked_by_hand_and_paid_at_once_is_told_too(site: Site) -> None:
    """No reminder will tell of it, should the reply be lost."""
    site.platform.sent_while = lambda: site.platform.make("czq", [slot(19)], state=OrderState.PAID)
    site.platform.script["czq"] = [UNKNOWN]
    (bought,) = site.desk(Errand(owner=OWNER, origin=GROUP)).buy([BEST], lambda: [])
    assert bought.bookings[0].state is BookingState.PAID
    assert site.topics() == [notices.BOOKED]


def test_an_order_that_came_too_late_is_known_again_when_it_forbids_another(site: Site) -> None:
    late = Said(error=OutcomeUnknown("没有答复"), makes=True, late_seconds=300)
    site.platform.script["czq"] = [late, Said(error=HasOrder("已存在订单"))]
    assert not site.buy(BEST)[0].bookings
    site.clock.advance(1000)
    (bought,) = site.buy(BEST)
    assert [row.hour for row in bought.bookings] == [19]
    assert site.topics() == [notices.BOOKING_ABSENT, notices.BOOKED]


def test_a_clock_that_was_put_back_gives_no_try_the_order_of_an_earlier_one(site: Site) -> None:
    given_back(site)
    ago = timedelta(seconds=300)
    site.platform.ledger = [(user, seen_at - ago, order) for user, seen_at, order in site.platform.ledger]
    site.clock.at -= ago
    site.platform.script["czq"] = [Said(error=OutcomeUnknown("没有答复"), makes=True, late_seconds=5)]
    (again,) = site.desk(Errand(owner=OWNER, origin=GROUP)).buy([BEST], lambda: [])
    assert [row.state for row in again.bookings] == [BookingState.BOOKED]
