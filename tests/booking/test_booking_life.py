"""A booking's whole life, in any order of happenings: the ledger of a platform is the oracle."""

from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from booking_site import DATE, GROUP, HOME, NOW, OWNER, PRESET, account, slot
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from jobs.models import notices
from jobs.models.booking_decisions import intended, proven, refused, reminders
from jobs.models.booking_following import Look, Standpoint, followed, is_ripe, order_among
from jobs.models.booking_lifecycle import MOVES, IllegalMove, kept, moved
from jobs.models.booking_matching import hangs_on_clocks, order_of
from jobs.models.booking_telling import Case, login_wanted
from jobs.models.bookings import Booking, BookingState
from jobs.models.change import Change, Notification
from jobs.models.ids import JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.orders import Order, OrderedHour, OrderId, OrderState

ZONE = ZoneInfo("Asia/Shanghai")
ACCOUNT = account("czq", home=HOME)
SLOT = slot(19)
JOB = Job(
    id=JobId("1e95803d"),
    number=JobNumber(7),
    kind="monitor",
    name="晚场",
    status=Status.RUNNING,
    config={},
    owner=OWNER,
    origin=GROUP,
    created_at=NOW,
    updated_at=NOW,
)


def order(order_id: str = "1", **fields: object) -> Order:
    one = Order(
        id=OrderId(order_id),
        state=OrderState.UNPAID,
        venue="霍英东体育中心",
        sport="羽毛球",
        date=DATE,
        hours=(OrderedHour(court="场地1", hour=19),),
        amount="30.00",
        created_at=NOW,
    )
    return replace(one, **fields)


def intent(stored: Booking | None = None, at=NOW) -> Booking | None:
    return intended(stored, ACCOUNT, PRESET, SLOT, at, owner=OWNER, origin=GROUP, job_id=JOB.id, run_id=RunId("1" * 32))


def case(*rows: Booking, **fields: object) -> Case:
    return Case(**{"bookings": rows, "account": ACCOUNT, "job": JOB, **fields})


class Life(RuleBasedStateMachine):
    """One account, one slot: tries, platform, bookkeeper. Every change is applied as the store would."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOW
        self.row: Booking | None = None
        self.orders: list[Order] = []
        self.told: dict[str, Notification] = {}
        self.states: list[BookingState] = []
        self.absences = 0

    def apply(self, change: Change) -> None:
        for row in change.bookings:
            assert row.version == (self.row.version if self.row else 0)
            self.row = kept(row)
            self.states.append(row.state)
        for one in change.notifications:
            self.told.setdefault(one.dedupe_key, one)

    @precondition(lambda self: self.row is None or self.row.state.is_free)
    @rule(is_made=st.booleans(), says=st.sampled_from(["id", "no", "nothing"]))
    def try_for_it(self, is_made: bool, says: str) -> None:
        self.at += timedelta(seconds=1)  # Nobody cancels and orders anew within one instant.
        row = intent(self.row, self.at)
        assert row is not None
        self.apply(Change(bookings=(row,)))
        self.absences = 0
        if is_made and says != "no":
            self.orders.append(order(str(len(self.orders) + 1), created_at=self.at))
        if says == "no":
            self.apply(refused(self.case(), "已被预订", self.at))

    @precondition(lambda self: self.row is not None and not self.row.state.is_free)
    @rule()
    def nobody_tries_again_meanwhile(self) -> None:
        assert intent(self.row, self.at) is None

    @rule(seconds=st.sampled_from([1, 20, 45, 200, 1000]))
    def time_goes_by(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    @precondition(lambda self: bool(self.orders))
    @rule(state=st.sampled_from([OrderState.PAID, OrderState.CANCELLED, OrderState.EXPIRED]))
    def the_order_ends(self, state: OrderState) -> None:
        if self.orders[-1].state is OrderState.UNPAID:
            self.orders[-1] = replace(self.orders[-1], state=state)

    @precondition(lambda self: self.row is not None and self.row.state in (BookingState.OPEN, BookingState.BOOKED))
    @rule(is_readable=st.booleans(), run_is_over=st.booleans())
    def the_bookkeeper_looks(self, is_readable: bool, run_is_over: bool) -> None:
        assert self.row is not None
        if not is_ripe(self.row, run_is_over, self.at):
            return
        look = Look(orders=tuple(self.orders) if is_readable else None, trouble="连不上")
        if is_readable:
            found = order_among(self.case(), look, ())
            self.absences = 0 if found is not None else self.absences + 1
        here = Standpoint(run_is_over=run_is_over, absences=self.absences, others=frozenset())
        change = followed(self.case(), look, here, self.at, ZONE)
        if change is not None:
            self.apply(change)

    def case(self) -> Case:
        assert self.row is not None
        return case(self.row)

    @invariant()
    def states_follow_the_table(self) -> None:
        for before, after in pairwise(self.states):
            assert before == after or after in MOVES[before]

    @invariant()
    def what_is_booked_is_in_the_ledger(self) -> None:
        if self.row is not None and self.row.state in (BookingState.BOOKED, BookingState.PAID):
            assert self.row.order_id in {one.id for one in self.orders}

    @invariant()
    def never_two_orders_that_hold(self) -> None:
        assert sum(one.state.holds for one in self.orders) <= 1

    def teardown(self) -> None:
        """Whatever happened: with time and readable orders everything is settled, and every order was told of."""
        for _ in range(6):
            self.time_goes_by(200)
            if self.row is not None and self.row.state in (BookingState.OPEN, BookingState.BOOKED):
                self.the_bookkeeper_looks(is_readable=True, run_is_over=True)
        assert self.row is None or self.row.state is not BookingState.OPEN
        known = {one.data.get("order_id") for one in self.told.values()}
        assert {one.id for one in self.orders} <= known


class TestLife(Life.TestCase):
    settings = settings(max_examples=150, stateful_step_count=25, deadline=None)


def test_a_move_that_the_table_does_not_know_is_a_defect() -> None:
    row = intent()
    assert row is not None
    with pytest.raises(IllegalMove):
        moved(moved(row, BookingState.REFUSED, NOW), BookingState.CANCELLED, NOW)


MISMATCHES = {
    "another date": {"date": DATE + timedelta(days=1)},
    "another hour": {"hours": (OrderedHour(court="场地1", hour=20),)},
    "another court": {"hours": (OrderedHour(court="场地2", hour=19),)},
    "more than was asked": {"hours": (OrderedHour(court="场地1", hour=19), OrderedHour(court="场地1", hour=20))},
    "another venue": {"venue": "气膜体育中心"},
    "another sport": {"sport": "篮球"},
    "made long before": {"created_at": NOW - timedelta(hours=1)},
    "cancelled before": {"created_at": NOW - timedelta(seconds=30), "state": OrderState.CANCELLED},
    "no hours to be read": {"hours": ()},
}


@pytest.mark.parametrize("fields", MISMATCHES.values(), ids=MISMATCHES.keys())
def test_an_order_that_is_something_else_is_not_claimed(fields: dict[str, object]) -> None:
    row = intent()
    assert row is not None
    assert order_of((row,), None, [order(**fields)], ()) is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"venue": "霍英东"},
        {"sport": ""},
        {"venue": "", "sport": ""},
        {"created_at": None},
        {"created_at": NOW - timedelta(seconds=90)},
        {"created_at": NOW + timedelta(seconds=9), "state": OrderState.EXPIRED},
    ],
)
def test_an_order_that_can_be_nothing_else_is_claimed(fields: dict[str, object]) -> None:
    row = intent()
    assert row is not None
    assert order_of((row,), None, [order(**fields)], ()) is not None


def test_an_order_of_an_earlier_try_for_the_same_slot_is_not_claimed() -> None:
    first = intent()
    assert first is not None
    again = intent(kept(replace(first, state=BookingState.EXPIRED)), NOW + timedelta(seconds=50))
    assert again is not None
    before, after = (order(str(n), created_at=NOW + timedelta(seconds=n)) for n in (1, 49))
    assert order_of((again,), None, [before, after], ()) is None
    assert hangs_on_clocks((again,), [before, after], ())
    assert order_of((again,), None, [before, after], (), timedelta()) == after
    assert order_of((again,), None, [before], (), timedelta()) is None


def test_an_order_of_another_booking_is_not_claimed_even_by_its_id() -> None:
    row = intent()
    assert row is not None
    assert order_of((row,), OrderId("1"), [order()], {OrderId("1")}) is None


def test_an_answered_id_counts_where_the_rest_cannot_be_read() -> None:
    row = intent()
    assert row is not None
    bare = order(hours=(), date=None, venue="", sport="", created_at=None)
    assert order_of((row,), OrderId("1"), [bare], ()) is not None
    assert order_of((row,), None, [bare], ()) is None


def test_an_answered_order_that_is_spelt_otherwise_is_the_order_and_says_how() -> None:
    """To doubt it would mean to order again."""
    row = intent()
    assert row is not None
    other = order(hours=(OrderedHour(court="场地9", hour=19),), venue="霍英东体育馆")
    found = order_of((row,), OrderId("1"), [other], ())
    assert found == other
    (told,) = proven(case(row), found, NOW).notifications
    assert told.data["listed"] == "场地9 19:00"
    another_day = order(date=row.date + timedelta(days=1))
    assert order_of((row,), OrderId("1"), [another_day], ()) is None


def test_reminders_come_at_half_time_and_shortly_before_the_end() -> None:
    row = intent()
    assert row is not None
    (booked,) = proven(case(row), order(pay_seconds=600), NOW).bookings
    assert reminders(booked) == (NOW + timedelta(minutes=5), NOW + timedelta(minutes=8))
    (short,) = proven(case(row), order(pay_seconds=180), NOW).bookings
    assert reminders(short) == (NOW + timedelta(seconds=90),)
    (untold,) = proven(case(row), order(), NOW).bookings
    assert reminders(untold) == (NOW + timedelta(minutes=5), NOW + timedelta(minutes=10))


def test_what_costs_nothing_is_paid_at_once_and_told() -> None:
    row = intent()
    assert row is not None
    change = proven(case(row), order(state=OrderState.PAID), NOW)
    assert change.bookings[0].state is BookingState.PAID
    assert change.bookings[0].pay_until is None
    assert [(one.topic, one.data["state"]) for one in change.notifications] == [(notices.BOOKED, "paid")]


def test_an_owner_without_a_chat_is_asked_nowhere() -> None:
    assert login_wanted(account("czq"), b"s", "登录失效", NOW) == ()
    assert login_wanted(account("czq"), b"s", "登录失效", NOW, GROUP) == ()
    (asked,) = login_wanted(account("czq", home=HOME), b"secret-session", "登录失效", NOW)
    assert asked.target == HOME
    assert "secret" not in repr(asked)
