"""What is urgent and never arrived is told somebody else too, as what nobody acknowledges is; a fact once."""

from datetime import timedelta
from pathlib import Path

import pytest
from engine_site import GROUP, speaking
from escalation_site import ACCOUNT, ALONE, HONG, MING, SECOND, Home, alone
from msgspec.structs import replace

from jobs.models.bookings import Booking, BookingState
from jobs.models.change import Change
from jobs.models.notices import BOOKED
from jobs.models.people import PAGER


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, pager_after=timedelta(minutes=8))


@pytest.mark.parametrize(
    ("becomes", "arrival"), [("refused", "never"), ("unknown", "unknown"), ("away", "never"), ("crashed", "unknown")]
)
def test_what_never_arrived_is_passed_on_like_what_nobody_read(home: Home, becomes: str, arrival: str) -> None:
    home.settle(escalate_to=HONG)
    written(home, becomes)
    is_given_up = becomes in ("refused", "unknown")
    (second,) = home.passed_on(0 if is_given_up else 5)
    assert (second.target, second.data["arrival"], second.data["chat"]) == (SECOND, arrival, "群 12345")
    (paged,) = home.passed_on(8)
    assert (paged.target, paged.data["arrival"]) == (PAGER, arrival)
    assert home.passed_on(600) == []


@pytest.mark.parametrize("becomes", ["refused", "unknown"])
def test_what_was_given_up_goes_to_the_pager_at_once_where_nobody_is_named(home: Home, becomes: str) -> None:
    written(home, becomes)
    (paged,) = home.passed_on(0)
    assert paged.target == PAGER


def test_what_nobody_can_have_seen_is_not_taken_note_of_but_by_who_was_told_instead(home: Home) -> None:
    home.settle(escalate_to=HONG)
    written(home, "refused")
    assert home.receipts.acknowledge(speaking(MING)) == ()
    home.passed_on(0)
    assert home.receipts.acknowledge(speaking(MING)) == ()
    assert [one.topic for one in home.receipts.acknowledge(alone(HONG))] == [BOOKED]
    assert home.passed_on(60) == []


def test_a_fact_that_two_chats_were_told_is_passed_on_once(home: Home) -> None:
    for chat in (GROUP, ALONE):
        home.settle(chat, escalate_to=HONG)
    told = home.booking_told()
    copy = replace(told, dedupe_key=f"{told.dedupe_key}/owner", target=ALONE)
    home.store.apply(Change(bookings=(home.booking(),), notifications=(told, copy)))
    home.arrive()
    assert [one.target for one in home.later(9)] == [SECOND, PAGER]
    assert home.later(600) == []


def test_a_fact_that_one_of_its_chats_has_seen_is_not_lost(home: Home) -> None:
    home.settle(escalate_to=HONG)
    written(home, "refused")
    told = home.booking_told()
    home.store.apply(Change(notifications=(replace(told, dedupe_key=f"{told.dedupe_key}/owner", target=ALONE),)))
    home.arrive()
    assert home.passed_on(0) == []
    (second,) = home.passed_on(5)
    assert second.data["arrival"] == "confirmed"


def test_what_is_settled_before_it_arrives_is_passed_on_to_nobody(home: Home) -> None:
    home.settle(escalate_to=HONG)
    row = written(home, "away")
    row = home.store.bookings.get(ACCOUNT, row.slot_key) or row
    home.store.apply(Change(bookings=(replace(row, state=BookingState.PAID),)))
    assert home.passed_on(10) == []


def written(home: Home, becomes: str) -> Booking:
    """Booked, and what the chat was to be told of it has become of."""
    row, deliveries = home.booking(), home.store.deliveries
    home.store.apply(Change(bookings=(row,), notifications=(home.booking_told(),)))
    (head,) = deliveries.due(home.clock.at, 9)
    if becomes != "away":
        deliveries.begin([head.id], home.clock.at)
    if becomes in ("refused", "unknown"):
        deliveries.failed([head.id], None, becomes, uncertain=becomes == "unknown")
    return row
