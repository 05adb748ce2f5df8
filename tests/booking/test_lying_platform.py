"""The whole way from offers to proven orders, over HTTP, with a platform that lies; its ledger is the oracle."""

import random
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from booking_site import GROUP
from demo_site import rule, running_platform, verdicts
from lying_site import Home, free_home, until

from jobs.models import notices
from jobs.models.bookings import BookingState
from jobs.models.job import Job

CONFIRM, LIST, DETAIL = "ConfirmOrder", "personalOrderlist", "queryOrder"
USERS = ("czq", "sty")
_HASTY_SECONDS = 0.5
"""Before a client gives up on an answer: one that is only late is a lie like any other."""
_UNPAID_SECONDS = 900.0
HAD = (BookingState.BOOKED, BookingState.PAID)
LIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("slow", {"seconds": 0.1}),
    ("slow", {"seconds": 1.0}),
    ("hang", {"seconds": 2.0}),
    ("reset", {}),
    ("429", {"retry_after": "1"}),
    ("5xx", {}),
    ("html", {}),
    ("login", {}),
    ("truncated", {}),
    ("cut", {}),
    ("booked_timed_out", {"seconds": 2.0}),
    ("booked_reset", {}),
    ("booked_late", {"seconds": 0.8}),
    ("phantom", {}),
    ("says", {"code": 500, "msg": "场地信息已过期，请刷新页面"}),
    ("says", {"code": 500, "msg": "已被预订"}),
    ("says", {"code": 500, "msg": "天书"}),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Generator[Home, None, None]:
    with running_platform(home=free_home(tmp_path_factory.mktemp("lying") / "home")) as platform:
        home = Home(platform, USERS)
        yield home
        home.close()


@pytest.fixture
def new_home(tmp_path: Path) -> Generator[Home, None, None]:
    """Where no account has left anything in doubt."""
    with running_platform(home=free_home(tmp_path / "home")) as platform:
        home = Home(platform, USERS)
        calm(home)
        yield home
        home.close()


@pytest.fixture(autouse=True)
def afresh(home: Home) -> None:
    calm(home)
    home.told()


def calm(home: Home) -> None:
    """No lies, no quiet, and nobody holds an order."""
    home.platform.control.set_faults()
    home.platform.control.set_habits(
        conflict="none", rival_chance=0.0, unpaid_seconds=_UNPAID_SECONDS, session_seconds=1e9
    )


def lies(chance: random.Random) -> list[dict[str, Any]]:
    """What goes wrong in one round: mostly with orders, often with reading them, sometimes with everything."""
    rules: list[dict[str, Any]] = []
    for endpoint, how_often in ((CONFIRM, 0.9), (LIST, 0.4), (DETAIL, 0.2), ("*", 0.1)):
        if chance.random() < how_often:
            fault, more = chance.choice(LIES if endpoint == CONFIRM else LIES[:10])
            rules.append(
                rule(endpoint, fault, times=chance.choice([1, 1, 2, 4]), after=chance.choice([0, 0, 1]), **more)
            )
    return rules


def one_round(home: Home, chance: random.Random) -> tuple[Job, list[dict[str, Any]]]:
    """A purchase under lies, then a bookkeeper under truth."""
    hours = chance.sample(range(7, 22), 4)
    offers = home.offers(chance.choice([2, 3, 4, 5]), hours)
    rules = lies(chance)
    known = {order["id"] for order in home.ledger()}
    job, fence = home.new_job()
    home.platform.control.set_habits(rival_chance=chance.choice([0.0, 0.0, 0.5]))
    home.platform.control.set_faults(rules, seed=chance.randrange(10**6))
    bought = home.desk(job, fence, _HASTY_SECONDS).buy(offers, lambda: offers)
    for one in bought:
        assert not (one.bookings and one.is_uncertain)
        assert one.bookings or one.sentence
    home.end(fence)
    calm(home)
    home.settle()
    return job, [order for order in home.ledger() if order["id"] not in known]


def judge(home: Home, job: Job, orders: list[dict[str, Any]]) -> None:
    rows = home.rows(job)
    told = home.told()
    assert all(row.state is not BookingState.OPEN for row in rows), "something stayed open"
    for user in USERS:
        mine = [order for order in orders if order["user"] == user]
        assert len(mine) <= 1, f"{user} has {len(mine)} orders of one job"
    made = {order["id"] for order in orders}
    assert {row.order_id for row in rows if row.state in HAD} == made, "what is booked is what was made"
    said = {one.data["order_id"] for one in told if one.topic == notices.BOOKED and one.target == GROUP}
    assert said == made, "every order is told, and none that is not there"
    keys = [(row.account_id, row.slot_key) for row in rows]
    assert len(keys) == len(set(keys))


def rounds(home: Home, count: int, seed: int) -> None:
    for number in range(count):
        chance = random.Random(seed * 100_000 + number)
        try:
            job, orders = one_round(home, chance)
            judge(home, job, orders)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, round {number}: {error}") from error
        home.skip(_UNPAID_SECONDS)  # Else the courts would run out.


def test_two_orders_are_made_proven_and_told(home: Home) -> None:
    job, fence = home.new_job()
    offers = home.offers(3, (19, 20))
    bought = home.desk(job, fence).buy(offers, lambda: offers)
    assert all(one.bookings for one in bought), [one.sentence for one in bought]
    home.end(fence)
    orders = home.ledger()
    judge(home, job, orders)
    assert {order["state"] for order in orders} == {0}


def test_a_platform_whose_clock_is_hours_ahead_loses_nothing(home: Home) -> None:
    home.platform.control.set_faults([rule(CONFIRM, "booked_reset")])
    job, fence = home.new_job()
    offers = home.offers(4, (19, 20))
    known = {order["id"] for order in home.ledger()}
    bought = home.desk(job, fence).buy(offers, lambda: offers)
    assert all(one.bookings for one in bought), [one.sentence for one in bought]
    home.end(fence)
    judge(home, job, [order for order in home.ledger() if order["id"] not in known])


def test_whatever_a_platform_does_no_order_is_doubled_invented_or_kept_quiet(home: Home) -> None:
    rounds(home, 8, seed=1)


@pytest.mark.parametrize(("fault", "states"), [("booked_timed_out", {"booked"}), ("hang", {"refused"})])
def test_a_run_that_is_killed_between_intent_and_answer_is_settled_afterwards(
    new_home: Home, fault: str, states: set[str]
) -> None:
    home = new_home
    assert home.platform.home is not None
    home.platform.control.set_faults([rule(CONFIRM, fault, seconds=60.0)])
    job, fence = home.new_job()
    known = {order["id"] for order in home.ledger()}
    asked = len(verdicts(home.platform, CONFIRM))
    argv = [str(home.platform.home), job.id, fence.run_id, str(fence.epoch), "9"]
    process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("buying_main.py")), *argv])
    try:
        until(lambda: len(home.rows(job)) == len(USERS), "the intents")
        is_made = fault == "booked_timed_out"
        until(lambda: not is_made or len(home.ledger()) == len(known) + len(USERS), "the orders")
    finally:
        process.kill()
        process.wait()
    assert {row.state for row in home.rows(job)} == {BookingState.OPEN}
    home.end(fence)
    calm(home)
    home.settle()
    assert {row.state.value for row in home.rows(job)} == states
    judge(home, job, [order for order in home.ledger() if order["id"] not in known])
    assert asked <= len(verdicts(home.platform, CONFIRM)) <= asked + len(USERS), "nobody sent it again"


@pytest.mark.campaign
def test_a_lying_campaign(home: Home) -> None:
    rounds(home, 600, seed=2)
