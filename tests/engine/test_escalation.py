"""What nobody acknowledges is told somebody else, once, whatever restarts between; a word or the deed ends that."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from engine_site import GROUP, speaking
from msgspec.structs import replace

from jobs.app.escalation import Escalation
from jobs.bell import LoopBell
from jobs.engine.receipts import Receipts
from jobs.models.accounts import Account, AccountId, Standing
from jobs.models.booking_telling import Case, login_wanted, tell
from jobs.models.bookings import Booking, BookingState
from jobs.models.change import Change, Notification
from jobs.models.ids import JobId, JobNumber, UserId
from jobs.models.job import Job, Status, Telling
from jobs.models.notices import BOOKED, BOOKING_UNCERTAIN, ESCALATED, MENTIONS, PAYMENT_DUE, SECOND_NAMED
from jobs.models.orders import OrderId
from jobs.models.people import PAGER, Actor, Chat, Role
from jobs.store.opening import open_store

MING, HONG, BOSS = UserId("20001"), UserId("20002"), UserId("90001")
ALONE = Chat(self_id="10000", type="private", peer_id=MING)
SECOND = Chat(self_id="10000", type="private", peer_id=HONG)
START = datetime(2026, 11, 22, 4, tzinfo=UTC)
JOB, ACCOUNT, ORDER = JobId("1e95803d"), AccountId("0123456789abcdef"), OrderId("5550001111")


class Hands:
    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Home:
    """A store with a job that has booked, and the office that minds it; opened anew after every restart."""

    def __init__(self, path: Path, *, pager_after: timedelta | None = None) -> None:
        self.path = path
        self.clock = Hands()
        self.pager_after = pager_after
        self.open()
        self.job = Job(
            id=JOB, number=JobNumber(0), kind="auto_booking", name="周五羽毛球", status=Status.RUNNING, config={},
            owner=MING, origin=GROUP, created_at=START, updated_at=START,
        )  # fmt: skip
        self.account = Account(id=ACCOUNT, owner=MING, nickname="czq", home=ALONE, created_at=START)
        self.store.apply(Change(jobs=(self.job,), accounts=(self.account,)))
        self.job = self.store.jobs.get(JOB) or self.job

    def open(self) -> None:
        self.store = open_store(self.path, self.clock).store
        bell = LoopBell(self.path)
        self.receipts = Receipts(self.store, self.clock, bell)
        self.office = Escalation(
            store=self.store, receipts=self.receipts, clock=self.clock, bell=bell, pager_after=self.pager_after
        )

    def restart(self) -> None:
        self.store.close()
        self.open()

    def settle(self, chat: Chat = GROUP, **settings: Any) -> None:
        before = self.store.chats.of(chat.place)
        self.store.apply(Change(chats=((chat.place, replace(before, **settings)),)))

    def booking(self, **fields: Any) -> Booking:
        known: dict[str, Any] = {
            "account_id": ACCOUNT, "slot_key": "v/s/2026-11-29T19/3号场", "nickname": "czq", "owner": MING,
            "origin": GROUP, "preset": 5, "venue": "霍英东", "date": date(2026, 11, 29), "hour": 19, "court": "3号场",
            "state": BookingState.BOOKED, "order_id": ORDER, "job_id": JOB, "opened_at": START,
            "pay_until": START + timedelta(minutes=15),
        }  # fmt: skip
        return Booking(**{**known, **fields})

    def booked(self, topic: str = BOOKED, key: str = ORDER, **fields: Any) -> Booking:
        """Written and told in the group, as message 77."""
        row = self.booking(**fields)
        job = self.job if row.job_id else None
        told = tell(Case(bookings=(row,), account=self.account, job=job), topic, key, self.clock.at)
        self.store.apply(Change(bookings=(row,), notifications=told))
        self.arrive()
        return self.store.bookings.get(ACCOUNT, row.slot_key) or row

    def booking_told(self) -> Notification:
        """What the group is told of a booking."""
        case = Case(bookings=(self.booking(),), account=self.account, job=self.job)
        return next(iter(tell(case, BOOKED, ORDER, self.clock.at)))

    def arrive(self) -> list[Notification]:
        """All that waits is told now."""
        told: list[Notification] = []
        while due := self.store.deliveries.due(self.clock.at, 10):
            for delivery in due:
                self.store.deliveries.begin([delivery.id], self.clock.at)
                self.store.deliveries.done([delivery.id], str(76 + delivery.id), self.clock.at)
                told.append(delivery.notification)
        return told

    def later(self, minutes: float) -> list[Notification]:
        """What the office has somebody told by then."""
        self.clock.at += timedelta(minutes=minutes)
        self.office.round()
        return self.arrive()

    def passed_on(self, minutes: float) -> list[Notification]:
        """What the office has written by then; it arrives, unlike what it is about."""
        self.clock.at += timedelta(minutes=minutes)
        self.office.round()
        told = [one for one in self.store.deliveries.due(self.clock.at, 10) if one.notification.topic == ESCALATED]
        for delivery in told:
            self.store.deliveries.done([delivery.id], None, self.clock.at)
        return [one.notification for one in told]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, pager_after=timedelta(minutes=8))


def alone(user: str, role: Role = Role.MEMBER) -> Actor:
    return speaking(user, Chat(self_id="10000", type="private", peer_id=user), role)


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
