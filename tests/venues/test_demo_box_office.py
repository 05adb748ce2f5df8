"""Whatever happens at the box office, in any order: no place is sold twice, and what is free is what is not held."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from demo_site import BADMINTON, CALM, GYM, SHANGHAI
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from venue_servers import SetClock

from jobs.models.venue import Preset
from jobs.venues.demo.box_office import BoxOffice, Refused
from jobs.venues.demo.clock import PlatformClock
from jobs.venues.demo.habits import Habits, Scope
from jobs.venues.demo.ledger import Asked, Ledger, SoldAlready, Space, State
from jobs.venues.demo.purchase import Choice, Purchase
from jobs.venues.demo.world import FIRST_HOUR, Court, World

NOON = datetime(2025, 11, 21, 12, tzinfo=SHANGHAI)
DAY = date(2025, 11, 23)
USERS = st.sampled_from(["czq", "sty"])
HOURS = st.integers(8, 10)
COURTS = st.integers(0, 1)


class Trade(RuleBasedStateMachine):
    """Two buyers, two courts, three hours, and time."""

    world = World(seed=3, period_seconds=CALM)

    def __init__(self) -> None:
        super().__init__()
        self.clock = SetClock(NOON)
        self.ledger = Ledger()
        self.open()

    def open(self) -> None:
        habits = Habits(conflict=Scope.NONE)
        self.office = BoxOffice(self.ledger, PlatformClock(self.clock), lambda: self.world, lambda: habits)

    def court(self, place: Preset, court: int) -> Court:
        return next(islice(self.office.each_court(place, DAY), court, None))

    def purchase(self, place: Preset, hours: list[int], court: int) -> Purchase:
        """At the price and sign of now."""
        shown = self.court(place, court)
        cells = [(hour, shown.cells[hour - FIRST_HOUR]) for hour in hours]
        choices = tuple(Choice(shown.id, shown.name, hour, cell.sign, cell.price) for hour, cell in cells)
        return Purchase(place=place, day=DAY, token=self.world.token(place, DAY), choices=choices)

    @rule(user=USERS, hours=st.lists(HOURS, min_size=1, max_size=2), court=COURTS)
    def buy(self, user: str, hours: list[int], court: int) -> None:
        shown = self.court(BADMINTON, court)
        free = len(set(hours)) == len(hours) and all(shown.cells[hour - FIRST_HOUR].is_free for hour in hours)
        try:
            self.office.sell(user, self.purchase(BADMINTON, hours, court))
        except Refused:
            assert not free
        else:
            assert free

    @rule(user=USERS, hour=HOURS)
    def buy_one_of_many(self, user: str, hour: int) -> None:
        self.office.sell(user, self.purchase(GYM, [hour], 0))

    @rule(court=COURTS, hour=HOURS)
    def a_rival_buys(self, court: int, hour: int) -> None:
        shown = self.court(BADMINTON, court)
        assert self.office.take(BADMINTON, DAY, hour, shown.name) == shown.cells[hour - FIRST_HOUR].is_free

    @rule(which=st.integers(0, 20), user=USERS)
    def cancel(self, which: int, user: str) -> None:
        if sales := self.ledger.sales():
            sale = sales[which % len(sales)]
            could = sale.user == user and sale.state in (State.UNPAID, State.PAID)
            assert self.office.cancel(user, sale.id, 1) == could

    @rule(which=st.integers(0, 20))
    def pay(self, which: int) -> None:
        if sales := self.ledger.sales():
            sale = sales[which % len(sales)]
            assert self.office.pay(sale.id) == (sale.state is State.UNPAID)

    @rule(minutes=st.integers(1, 11))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)
        self.office.settle(self.clock.now().timestamp())

    @rule()
    def it_leaves_and_comes_back(self) -> None:
        self.open()

    @invariant()
    def no_place_is_held_twice(self) -> None:
        held = Counter(
            (space.court_id, sale.date, space.hour, space.place)
            for sale in self.ledger.sales()
            if sale.state.holds
            for space in sale.spaces
        )
        assert all(count == 1 for count in held.values())

    @invariant()
    def what_is_free_is_what_is_not_held(self) -> None:
        now = self.clock.now()
        for place in (BADMINTON, GYM):
            held = Counter(
                (space.court_id, space.hour)
                for sale in self.ledger.sales()
                if sale.state.holds
                for space in sale.spaces
            )
            bare_ones, shown_ones = self.world.each_court(place, DAY, now), self.office.each_court(place, DAY)
            for bare, shown in islice(zip(bare_ones, shown_ones, strict=True), 2):
                left = [cell.count - held[bare.id, hour] for hour, cell in enumerate(bare.cells, start=FIRST_HOUR)]
                assert [cell.count for cell in shown.cells] == left

    @invariant()
    def no_unpaid_order_is_older_than_its_time(self) -> None:
        assert all(sale.expires_at > self.clock.now().timestamp() for sale in self.ledger.sales(None, State.UNPAID))

    @invariant()
    def every_state_is_the_last_change(self) -> None:
        changes = self.ledger.changes()
        assert all(changes[sale.id][-1][0] is sale.state for sale in self.ledger.sales())

    def teardown(self) -> None:
        self.ledger.close()


TestTrade = Trade.TestCase
TestTrade.settings = settings(
    max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_the_ledger_itself_refuses_to_sell_a_place_twice(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    space = Space("court", "场地1", 19, 1, 9)
    at = NOON.timestamp()
    first = ledger.sell("czq", BADMINTON, DAY, [space], at, at + 600)
    other = Space("court", "场地1", 20, 1, 9)
    with pytest.raises(SoldAlready):
        ledger.sell("sty", BADMINTON, DAY, [other, space], at, at + 600)
    assert [sale.id for sale in ledger.sales()] == [first.id]
    assert ledger.places_held("court", DAY, 20) == set()
    assert ledger.move(first.id, State.UNPAID, State.CANCELLED, "cancelled", at)
    assert not ledger.move(first.id, State.UNPAID, State.PAID, "paid", at)
    ledger.sell("sty", BADMINTON, DAY, [other, space], at, at + 600)
    ledger.close()


def test_order_ids_stay_different_when_the_clock_is_set_back() -> None:
    ledger = Ledger()
    at = NOON.timestamp()
    moments = [at, at, at - 1, at, at - 1]
    ids = [
        ledger.sell("czq", BADMINTON, DAY, [Space("court", "场地1", hour, 1, 9)], moment, moment).id
        for hour, moment in enumerate(moments)
    ]
    assert len(set(ids)) == len(ids)
    assert all(len(order_id) == 18 and order_id.isdecimal() for order_id in ids)


def test_the_requests_are_kept_in_their_order_and_bounded(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", requests_kept=300)
    for number in range(1000):
        ledger.note(Asked(float(number), float(number), "GET", "/", "", 200, "ok"))
    kept = [asked.at for asked in ledger.requests(10_000)]
    assert kept == [float(number) for number in range(700, 1000)]
    ledger.close()
    assert [asked.at for asked in Ledger(tmp_path / "ledger.db").requests(2)] == [998.0, 999.0]


def test_the_clock_of_the_platform_is_moved_and_that_of_sessions_is_not() -> None:
    base = SetClock(NOON)
    clock = PlatformClock(base)
    before = clock.monotonic()
    clock.offset_seconds = 3600
    assert clock.now() == NOON.astimezone(UTC) + timedelta(hours=1)
    assert clock.true_now() == NOON.astimezone(UTC)
    assert clock.monotonic() == before
