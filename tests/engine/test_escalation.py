"""What nobody acknowledges is told somebody else, once, whatever restarts between; a word or the deed ends that."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from engine_site import GROUP, speaking
from escalation_site import ACCOUNT, ALONE, BOSS, HONG, JOB, MING, ORDER, SECOND, START, Home, alone
from msgspec.structs import replace

from jobs.models.accounts import Standing
from jobs.models.booking_telling import Case, login_wanted, tell
from jobs.models.bookings import BookingState
from jobs.models.change import Change
from jobs.models.job import Telling
from jobs.models.notices import BOOKED, BOOKING_UNCERTAIN, ESCALATED, MENTIONS, PAYMENT_DUE, SECOND_NAMED
from jobs.models.orders import OrderId
from jobs.models.people import PAGER, Actor, Chat, Role


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, pager_after=timedelta(minutes=8))


def test_a_second_person_is_told_in_private_then_the_pager_each_once_with_restarts_between(home: Home) -> None:
    home.settle(escalate_to=HONG)
    home.booked()
    assert home.later(4.9) == []
    home.restart()
    (second,) = home.later(0.2)
    assert (second.target, second.topic, second.is_urgent) == (SECOND, ESCALATED, True)
    assert second.data["chat"] == "群 12345"
    assert second.data["data"]["order_id"] == ORDER
    home.restart()
    assert home.later(1) == []
    (paged,) = home.later(2)
    assert (paged.target, paged.job_id) == (PAGER, None)
    home.restart()
    assert home.later(1) == home.later(600) == []


def test_a_bot_that_was_away_tells_at_once_but_not_what_is_too_late(home: Home) -> None:
    home.settle(escalate_to=HONG)
    home.booked()
    assert [told.target for told in home.later(10)] == [SECOND, PAGER]
    home.booked(slot_key="other", order_id=OrderId("777"), key="777")
    assert home.later(30) == [], "its payment is over"


def test_without_anybody_named_and_without_a_pager_nothing_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.booked()
    assert home.later(60) == []


def test_whoever_was_told_first_is_not_told_as_second(home: Home) -> None:
    home.pager_after = None
    home.restart()
    home.settle(ALONE, escalate_to=MING)
    home.store.apply(Change(notifications=login_wanted(home.account, None, "登录过期", START)))
    home.arrive()
    assert home.later(60) == []


@pytest.mark.parametrize(
    "actor",
    [
        speaking(MING),
        speaking(HONG, role=Role.GROUP_ADMIN),
        alone(MING),
        speaking(BOSS, role=Role.SUPERUSER),
    ],
)
@pytest.mark.parametrize("how", [{"quoted": "77"}, {"job_id": JOB}, {}])
def test_whoever_may_act_on_the_job_stops_it(home: Home, actor: Actor, how: dict[str, Any]) -> None:
    home.settle(escalate_to=HONG)
    home.booked()
    told = home.receipts.acknowledge(actor, **how)
    if actor.chat != GROUP and "quoted" in how:
        assert told == (), "that message was said elsewhere"
        return
    assert [one.topic for one in told] == [BOOKED]
    assert home.receipts.acknowledge(actor, **how) == ()
    assert home.later(60) == []


@pytest.mark.parametrize(
    "actor",
    [
        speaking("20009"),
        alone("20009"),
        alone(HONG),
        speaking(MING, Chat(self_id="10000", type="group", peer_id="777")),
    ],
)
@pytest.mark.parametrize("how", [{"quoted": "77"}, {"job_id": JOB}, {}])
def test_nobody_else_does(home: Home, actor: Actor, how: dict[str, Any]) -> None:
    home.settle(escalate_to=HONG)
    home.booked()
    assert home.receipts.acknowledge(actor, **how) == ()
    assert [told.target for told in home.later(5)] == [SECOND]


def test_a_superuser_in_private_takes_note_of_what_is_theirs_not_of_everybody_s(home: Home) -> None:
    home.booked()
    assert home.receipts.acknowledge(alone(BOSS, Role.SUPERUSER)) == ()
    assert home.receipts.acknowledge(alone(BOSS, Role.SUPERUSER), job_id=JOB)


def test_the_second_person_stops_it_for_the_pager_too_once_told(home: Home) -> None:
    home.settle(escalate_to=HONG)
    home.booked()
    assert home.receipts.acknowledge(alone(HONG)) == ()
    home.later(5)
    assert [one.topic for one in home.receipts.acknowledge(alone(HONG))] == [BOOKED]
    assert home.later(60) == []


def test_paying_acknowledges(home: Home) -> None:
    home.settle(escalate_to=HONG)
    row = home.booked()
    home.booked(PAYMENT_DUE, f"{ORDER}/1", version=row.version)
    row = home.store.bookings.get(ACCOUNT, row.slot_key) or row
    home.store.apply(Change(bookings=(replace(row, state=BookingState.PAID),)))
    assert home.later(10) == []
    assert home.receipts.acknowledge(speaking(MING)) == ()


def test_logging_in_acknowledges(home: Home) -> None:
    home.settle(ALONE, escalate_to=HONG)
    home.store.apply(Change(notifications=login_wanted(home.account, None, "登录过期", START)))
    home.arrive()
    home.store.accounts.keep_session(ACCOUNT, b"x", Standing.IN, "", START)
    assert home.later(10) == []


def test_an_uncertain_request_is_settled_when_it_is_open_no_more(home: Home) -> None:
    home.settle(escalate_to=HONG)
    key = f"v/s/2026-11-29T19/3号场/{START.isoformat()}"
    row = home.booked(BOOKING_UNCERTAIN, key, state=BookingState.OPEN, order_id=None, pay_until=None)
    assert [told.target for told in home.later(5)] == [SECOND]
    home.store.apply(Change(bookings=(replace(row, state=BookingState.REFUSED),)))
    assert home.later(10) == []


def test_what_was_booked_by_hand_in_a_group_is_acknowledged_by_who_booked_it(home: Home) -> None:
    home.booked(job_id=None)
    assert home.receipts.acknowledge(speaking("20009")) == ()
    assert home.receipts.acknowledge(speaking(MING), quoted="77")


def test_a_job_tells_the_chat_it_is_told_to_and_calls_its_owner_only_in_groups(home: Home) -> None:
    other = Chat(self_id="10000", type="group", peer_id="777")
    for target, called in ((other, [MING]), (ALONE, None)):
        job = replace(home.job, telling=Telling(target=target, mentions_owner=True))
        (told,) = tell(Case(bookings=(home.booking(),), account=home.account, job=job), BOOKED, "k", START)
        assert (told.target, told.data.get(MENTIONS)) == (target, called)
    (told,) = tell(Case(bookings=(home.booking(),), account=home.account, job=home.job), BOOKED, "k", START)
    assert (told.target, told.data.get(MENTIONS)) == (GROUP, None)


def test_who_is_named_is_told_so_in_private_once(home: Home) -> None:
    for _ in range(2):
        home.receipts.introduce(speaking(MING), GROUP, HONG, 5)
    (told,) = home.arrive()
    assert (told.topic, told.target, told.data["by"]) == (SECOND_NAMED, SECOND, MING)


def test_what_has_not_left_yet_when_somebody_takes_note_is_not_passed_on(home: Home) -> None:
    home.settle(escalate_to=HONG)
    home.booked()
    home.clock.at += timedelta(minutes=9)
    home.office.round()
    assert len(home.store.deliveries.due(home.clock.at, 10)) == 2
    home.receipts.acknowledge(speaking(MING))
    assert home.arrive() == []
