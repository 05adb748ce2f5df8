"""The bookkeeper: what a run has left open is settled, every order is followed to its end, each fact told once."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from booking_site import (
    BOOKED_TIMED_OUT,
    FRIEND,
    GROUP,
    HOME,
    OWNER,
    SHARED,
    UNKNOWN,
    WELL,
    Said,
    Site,
    account,
    offer,
    slot,
)
from msgspec.structs import replace

from jobs.booking.bookkeeper import Bookkeeper
from jobs.booking.errand import Errand
from jobs.models import notices
from jobs.models.accounts import Standing
from jobs.models.bookings import BookingState
from jobs.models.change import Change
from jobs.models.orders import Order, OrderState
from jobs.ports.provider import HasOrder, NotLoggedIn, OutcomeUnknown, VenueUnreachable

MakeSite = Callable[..., Site]
BEST = offer(slot(19))
AWAY = VenueUnreachable("连不上", "", 5.0)


def looks(site: Site, keeper: Bookkeeper, seconds: float, step: float = 5.0) -> None:
    """The bookkeeper's rounds for so long."""
    until = site.clock.at + timedelta(seconds=seconds)
    while site.clock.at < until:
        site.clock.advance(step)
        asyncio.run(keeper.round())


def left_open(site: Site, said=UNKNOWN) -> None:
    """A run ends while nobody knows what became of its request."""
    site.platform.script["czq"] = [said]
    site.platform.unreadable["czq"] = [AWAY]
    site.patience.is_over = False

    def wait(seconds: float) -> bool:
        site.patience.is_over = True
        return True

    site.patience.wait = wait
    site.buy(BEST)
    site.end_run()
    site.platform.unreadable.clear()


def state(site: Site) -> BookingState:
    (row,) = site.rows()
    return row.state


def test_an_order_that_a_dead_run_never_heard_of_is_found_and_told(site: Site) -> None:
    left_open(site, BOOKED_TIMED_OUT)
    assert state(site) is BookingState.OPEN
    looks(site, site.bookkeeper(), 5)
    assert state(site) is BookingState.BOOKED
    assert site.topics() == [notices.BOOKED]
    assert site.rows()[0].pay_until is not None


def test_clocks_that_are_hours_apart_are_compared(site: Site) -> None:
    site.platform.ahead = timedelta(hours=-5)
    left_open(site, BOOKED_TIMED_OUT)
    looks(site, site.bookkeeper(), 5)
    assert state(site) is BookingState.BOOKED


def test_a_request_that_became_nothing_is_told_once_the_orders_are_sure(site: Site) -> None:
    left_open(site)
    keeper = site.bookkeeper()
    looks(site, keeper, 40)
    assert state(site) is BookingState.OPEN
    looks(site, keeper, 120)
    assert state(site) is BookingState.REFUSED
    assert site.topics() == [notices.BOOKING_ABSENT]


def test_an_order_that_comes_minutes_later_is_told_all_the_same(site: Site) -> None:
    """It was said that there is none: that proves wrong, and is put right."""
    keeper = site.bookkeeper()
    waits = site.patience.wait

    def wait(seconds: float) -> bool:
        asyncio.run(keeper.round())
        return waits(seconds)

    site.patience.wait = wait
    site.platform.script["czq"] = [Said(error=OutcomeUnknown("没有答复"), makes=True, late_seconds=90)]
    assert not site.buy(BEST)[0].bookings
    site.end_run()
    looks(site, keeper, 60)
    assert site.topics() == [notices.BOOKING_ABSENT]
    looks(site, keeper, 120)
    assert state(site) is BookingState.BOOKED
    assert site.topics() == [notices.BOOKING_ABSENT, notices.BOOKED]


def test_what_stays_absent_is_let_go(site: Site) -> None:
    left_open(site)
    keeper = site.bookkeeper()
    looks(site, keeper, 1200)
    reads = site.platform.reads
    looks(site, keeper, 7200, 60)
    assert site.platform.reads == reads


def test_one_look_at_a_list_that_lags_settles_nothing(site: Site) -> None:
    left_open(site, BOOKED_TIMED_OUT)
    ledger, site.platform.ledger = site.platform.ledger, []
    site.clock.advance(300)
    keeper = site.bookkeeper()
    looks(site, keeper, 5)
    assert state(site) is BookingState.OPEN
    site.platform.ledger = ledger
    looks(site, keeper, 200)
    assert state(site) is BookingState.BOOKED
    assert site.topics() == [notices.BOOKED]


def test_a_run_that_lives_is_left_to_do_it_itself(site: Site) -> None:
    site.platform.script["czq"] = [BOOKED_TIMED_OUT]
    site.platform.unreadable["czq"] = [AWAY]
    site.patience.wait = lambda seconds: setattr(site.patience, "is_over", True) or True
    site.buy(BEST)
    site.platform.unreadable.clear()
    reads = site.platform.reads
    keeper = site.bookkeeper()
    looks(site, keeper, 50)
    assert site.platform.reads == reads
    looks(site, keeper, 30)
    assert state(site) is BookingState.BOOKED


def test_reminders_follow_until_it_is_paid(site: Site) -> None:
    site.buy(BEST)
    keeper = site.bookkeeper()
    looks(site, keeper, 290)
    assert site.topics() == [notices.BOOKED]
    looks(site, keeper, 30)
    assert site.topics() == [notices.BOOKED, notices.PAYMENT_DUE]
    site.platform.turn(site.rows()[0].order_id, OrderState.PAID)
    looks(site, keeper, 220)
    assert site.topics() == [notices.BOOKED, notices.PAYMENT_DUE, notices.ORDER_ENDED]
    assert site.told()[-1].data["state"] == "paid"
    looks(site, keeper, 600)
    assert len(site.topics()) == 3


def test_nobody_is_reminded_of_what_has_just_been_paid(site: Site) -> None:
    site.buy(BEST)
    keeper = site.bookkeeper()
    looks(site, keeper, 295)
    site.platform.turn(site.rows()[0].order_id, OrderState.PAID)
    looks(site, keeper, 10)
    assert site.topics() == [notices.BOOKED, notices.ORDER_ENDED]


def test_both_reminders_and_the_end_of_what_nobody_pays(site: Site) -> None:
    site.buy(BEST)
    keeper = site.bookkeeper()
    looks(site, keeper, 590)
    assert site.topics().count(notices.PAYMENT_DUE) == 2
    site.platform.turn(site.rows()[0].order_id, OrderState.EXPIRED)
    looks(site, keeper, 90)
    assert state(site) is BookingState.EXPIRED
    assert site.told()[-1].data["state"] == "expired"


def test_a_bot_that_was_away_reminds_once_not_twice(site: Site) -> None:
    site.buy(BEST)
    site.clock.advance(500)
    looks(site, site.bookkeeper(), 20)
    assert site.topics() == [notices.BOOKED, notices.PAYMENT_DUE]


def test_another_bookkeeper_tells_nothing_again(site: Site) -> None:
    site.buy(BEST)
    looks(site, site.bookkeeper(), 310)
    looks(site, site.bookkeeper(), 30)
    assert site.topics() == [notices.BOOKED, notices.PAYMENT_DUE]


def test_unpaid_orders_are_read_every_few_minutes_and_when_their_time_is_up(site: Site) -> None:
    site.buy(BEST)
    reads, keeper = site.platform.reads, site.bookkeeper()
    looks(site, keeper, 270)
    assert 2 <= site.platform.reads - reads <= 3
    looks(site, keeper, 320)
    site.platform.turn(site.rows()[0].order_id, OrderState.EXPIRED)
    looks(site, keeper, 80)
    assert state(site) is BookingState.EXPIRED


def test_the_more_accounts_there_are_the_rarer_each_is_looked_at(make_site: MakeSite) -> None:
    site = make_site(*(account(f"u{number}") for number in range(150)))
    site.buy(*(offer(slot(19, f"场地{number}")) for number in range(150)))
    keeper = site.bookkeeper()
    looks(site, keeper, 10)
    reads = site.platform.reads
    looks(site, keeper, 230)
    assert site.platform.reads == reads, "nobody is due so soon"
    looks(site, keeper, 80)
    assert site.topics().count(notices.PAYMENT_DUE) == 150, "but for reminders"


def test_what_is_paid_is_followed_rarely_and_nobody_is_asked_to_log_in_for_it(make_site: MakeSite) -> None:
    site = make_site(account("czq", OWNER, home=HOME))
    site.buy(BEST)
    order_id = site.rows()[0].order_id
    site.platform.turn(order_id, OrderState.PAID)
    keeper = site.bookkeeper()
    looks(site, keeper, 5)
    assert state(site) is BookingState.PAID
    reads = site.platform.reads
    looks(site, keeper, 4 * 3600, 60)
    assert site.platform.reads == reads
    site.platform.unreadable["czq"] = [NotLoggedIn("登录失效")]
    looks(site, keeper, 8 * 3600, 60)
    assert site.topics(HOME) == []
    site.platform.unreadable.clear()
    site.platform.turn(order_id, OrderState.CANCELLED)
    looks(site, keeper, 8 * 3600, 60)
    assert state(site) is BookingState.CANCELLED
    assert site.told()[-1].data["state"] == "cancelled"
    looks(site, keeper, 8 * 24 * 3600, 3600)
    reads = site.platform.reads
    looks(site, keeper, 24 * 3600, 3600)
    assert site.platform.reads == reads


def test_what_comes_new_is_looked_for_at_once_beside_what_is_paid(site: Site) -> None:
    site.buy(BEST)
    site.platform.turn(site.rows()[0].order_id, OrderState.PAID)
    keeper = site.bookkeeper()
    looks(site, keeper, 10)
    site.platform.script["czq"] = [BOOKED_TIMED_OUT]
    site.platform.unreadable["czq"] = [AWAY]
    desk = site.desk(Errand(owner=OWNER, origin=GROUP))
    (bought,) = desk.buy([offer(slot(20))], lambda: [])
    assert bought.is_uncertain
    site.platform.unreadable.clear()
    looks(site, keeper, 70)
    assert [row.state.value for row in site.store.bookings.unpaid()] == ["booked"]


def test_a_defect_in_one_accounts_look_stops_nobody_else(make_site: MakeSite) -> None:
    site = make_site(account("czq"), account("sty"))
    site.buy(BEST, offer(slot(20)))
    orders = site.platform.orders_of

    def stumbles(user: str) -> list[Order]:
        if user == "czq":
            raise RuntimeError("a defect")
        return orders(user)

    site.platform.orders_of = stumbles
    looks(site, site.bookkeeper(), 310)
    assert [one.data["account"] for one in site.told() if one.topic == notices.PAYMENT_DUE] == ["sty"]


def test_an_order_has_one_account_even_where_two_are_one_person(make_site: MakeSite) -> None:
    site = make_site(account("czq"), account("zq2"))
    site.keyring.sessions = {site.accounts[0].id: b"one", site.accounts[1].id: b"one"}
    room = offer(replace(slot(19, "健身房"), remaining=30))
    site.platform.script["one"] = [WELL, Said(error=HasOrder("已存在订单"))]
    bought = site.buy(room)
    assert [bool(one.bookings) for one in bought] == [True, False]
    looks(site, site.bookkeeper(), 60)
    assert site.topics() == [notices.BOOKED]


def test_a_late_order_is_found_by_a_bot_that_started_anew(site: Site) -> None:
    site.platform.script["czq"] = [Said(error=OutcomeUnknown("没有答复"), makes=True, late_seconds=100)]
    assert not site.buy(BEST)[0].bookings
    site.end_run()
    looks(site, site.bookkeeper(), 300)
    assert state(site) is BookingState.BOOKED


def test_a_row_with_an_hour_that_no_day_has_is_left_out(site: Site) -> None:
    left_open(site, BOOKED_TIMED_OUT)
    site.store.apply(Change(bookings=(replace(site.rows()[0], hour=31),)))
    assert site.store.bookings.open() == []
    looks(site, site.bookkeeper(), 30)


def test_a_platform_that_is_away_is_told_once_and_asked_less_and_less(site: Site) -> None:
    left_open(site, BOOKED_TIMED_OUT)
    site.platform.unreadable["czq"] = [AWAY]
    keeper = site.bookkeeper()
    reads = site.platform.reads
    looks(site, keeper, 3600, 30)
    assert site.platform.reads - reads < 25
    assert site.topics() == [notices.BOOKING_UNCERTAIN]
    assert state(site) is BookingState.OPEN
    site.platform.unreadable.clear()
    looks(site, keeper, 900, 30)
    assert state(site) is BookingState.BOOKED


def test_after_a_day_nobody_waits_any_more_but_the_slot_stays_closed(site: Site) -> None:
    left_open(site)
    site.platform.unreadable["czq"] = [AWAY]
    keeper = site.bookkeeper()
    looks(site, keeper, 30 * 3600, 600)
    told = site.told()
    assert [one.topic for one in told] == [notices.BOOKING_UNCERTAIN, notices.BOOKING_UNCERTAIN]
    assert told[-1].data["given_up"]
    assert state(site) is BookingState.OPEN
    looks(site, keeper, 8 * 24 * 3600, 3600)
    assert state(site) is BookingState.EXPIRED
    assert len(site.told()) == 2
    assert site.store.bookings.open() == []


def test_a_session_that_is_over_is_asked_for_once_and_read_after_the_login(make_site: MakeSite) -> None:
    site = make_site(account("czq", OWNER, home=HOME))
    left_open(site, BOOKED_TIMED_OUT)
    site.platform.unreadable["czq"] = [NotLoggedIn("登录失效")]
    keeper = site.bookkeeper()
    looks(site, keeper, 600)
    assert site.topics(HOME) == [notices.LOGIN_WANTED]
    site.platform.unreadable.clear()
    site.store.accounts.keep_session(site.accounts[0].id, b"new", Standing.IN, "", site.clock.at)
    looks(site, keeper, 5)
    assert state(site) is BookingState.BOOKED


def test_a_session_that_needs_nobody_is_renewed(site: Site) -> None:
    left_open(site, BOOKED_TIMED_OUT)
    site.platform.unreadable["czq"] = [NotLoggedIn("登录失效")]
    site.platform.renews["czq"] = True
    looks(site, site.bookkeeper(), 5)
    assert state(site) is BookingState.BOOKED


def test_what_a_removed_account_has_is_told_as_no_longer_followed(site: Site) -> None:
    left_open(site, BOOKED_TIMED_OUT)
    site.store.apply(Change(forgotten=(site.accounts[0].id,)))
    looks(site, site.bookkeeper(), 5)
    (told,) = site.told()
    assert told.topic == notices.BOOKING_UNCERTAIN
    assert "删除" in told.data["reason"]
    assert site.store.bookings.open() == []


def test_an_order_that_vanishes_from_the_list_is_told(site: Site) -> None:
    site.buy(BEST)
    site.platform.ledger.clear()
    looks(site, site.bookkeeper(), 400)
    assert state(site) is BookingState.EXPIRED
    assert site.told()[-1].data["state"] == "untracked"


def test_the_owner_of_the_account_hears_of_reminders_and_ends(make_site: MakeSite) -> None:
    site = make_site(account("czq", FRIEND, home=HOME, shared_with=SHARED))
    site.buy(BEST)
    site.platform.turn(site.rows()[0].order_id, OrderState.CANCELLED)
    looks(site, site.bookkeeper(), 5)
    assert site.topics(HOME) == site.topics(GROUP) == [notices.BOOKED, notices.ORDER_ENDED]


def test_what_was_booked_by_the_operator_is_followed_in_the_accounts_home(make_site: MakeSite) -> None:
    site = make_site(account("czq", FRIEND, home=HOME, shared_with=SHARED))
    site.desk(Errand(owner=None, origin=None)).buy([BEST], lambda: [])
    looks(site, site.bookkeeper(), 310)
    assert site.topics(HOME) == [notices.BOOKED, notices.PAYMENT_DUE]
    assert site.topics(GROUP) == []
    assert GROUP not in {one.target for one in site.told(HOME)}
