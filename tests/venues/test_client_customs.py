"""What clients of the real platform disagree on: each custom of ours, against a platform that wants it and no other."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any

import pytest
from demo_site import BADMINTON, RunningPlatform, rule, running_platform

from jobs.models.customs import (
    Customs,
    DateId,
    Free,
    PayUnit,
    StateEight,
    Tensity,
    VenueFlag,
    VenueList,
    Week,
)
from jobs.models.orders import OrderId, OrderState
from jobs.models.venue import Day, Slot
from jobs.ports.accounts import Credentials
from jobs.ports.provider import Member, OrderRefused, OutcomeUnknown, UnexpectedAnswer, VenueError
from jobs.venues.sjtu.client import SjtuProvider
from jobs.venues.sjtu.places import KnownPlaces

DETAIL = "/venue/personal/queryOrder"
CANCEL = "/tRefundReceipt/tRefundReceipt/createUserReceipt"


class Client:
    """One account at a platform, with customs of its own."""

    _users = iter(range(10_000))

    def __init__(self, platform: RunningPlatform, customs: Customs) -> None:
        places = KnownPlaces(platform.url, platform.jaccount_url, platform.public_key)
        self.provider = SjtuProvider(places, timeout_seconds=5, customs=customs)
        with closing(self.provider.begin_login()) as attempt:
            attempt.picture()
            user = Credentials(user=f"customs{next(self._users)}", password="demo")
            assert attempt.submit(user, platform.control.last_captcha()) is None
            self.member: Member = self.provider.member(attempt.session())

    def free(self) -> tuple[Day, list[Slot]]:
        day = self.provider.days(BADMINTON)[5]
        return day, self.provider.slots(BADMINTON, day)

    def book(self, nth: int = 0) -> OrderId:
        day, slots = self.free()
        ready = self.member.prepare_order(BADMINTON, day, [slots[nth]])
        ready.send()
        return ready.answer()

    def close(self) -> None:
        self.member.close()
        self.provider.close()


@pytest.fixture(scope="module")
def shared() -> Generator[RunningPlatform, None, None]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def platform(shared: RunningPlatform) -> Generator[RunningPlatform, None, None]:
    yield shared
    shared.control.set_faults()
    shared.simulation.habits = type(shared.simulation.habits)()


@pytest.fixture
def client(platform: RunningPlatform) -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def make(**customs: Any) -> Client:
        made.append(Client(platform, Customs(**customs)))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("habits", "custom"),
    [
        ({"week": "monday"}, {"week": Week.MONDAY}),
        ({"week": "zero"}, {"week": Week.ZERO}),
        ({"date_id_forbidden": True, "date_id_required": False}, {"date_id": DateId.NEVER}),
        ({"tensity": "one"}, {"tensity": Tensity.ONE}),
    ],
)
def test_an_order_is_worded_as_the_platform_wants_it(
    platform: RunningPlatform, client: Callable[..., Client], habits: dict[str, Any], custom: dict[str, Any]
) -> None:
    platform.clock.set(platform.clock.at(15))
    platform.control.set_habits(**habits)
    # Whose days are counted otherwise is noticed on a weekday of another number; the fifth day ahead may be any.
    with pytest.raises(OrderRefused):
        _book_each_day(client())
    assert _book_each_day(client(**custom))


def _book_each_day(client: Client) -> list[OrderId]:
    """An order for each day the platform lists."""
    made: list[OrderId] = []
    for day in client.provider.days(BADMINTON)[1:]:
        slots = [slot for slot in client.provider.slots(BADMINTON, day) if slot.tension != "1"]
        ready = client.member.prepare_order(BADMINTON, day, slots[:1])
        ready.send()
        made.append(ready.answer())
    return made


def test_a_courts_own_tension_is_what_the_platform_is_told(
    platform: RunningPlatform, client: Callable[..., Client]
) -> None:
    platform.control.set_habits(tensity="court")
    with pytest.raises(OrderRefused):
        _book_each_day(client(tensity=Tensity.ONE))
    assert _book_each_day(client())


@pytest.mark.parametrize("free", [Free.STATUS, Free.COUNT])
def test_what_is_free_is_told_by_what_the_platform_says_it_with(
    platform: RunningPlatform, client: Callable[..., Client], free: Free
) -> None:
    sure = {slot.key for slot in client().free()[1]}
    platform.control.set_habits(free=free.value)
    assert client().free()[1] == []
    knowing = client(free=free)
    assert {slot.key for slot in knowing.free()[1]} == sure
    assert knowing.book()


@pytest.mark.parametrize(
    ("habits", "custom"),
    [
        ({"venue_list": "listOrderCount"}, {"venue_list": VenueList.COUNT}),
        ({"venue_flag": "1"}, {"venue_flag": VenueFlag.YES}),
    ],
)
def test_venues_are_listed_by_the_path_and_the_flag_there_are(
    platform: RunningPlatform, client: Callable[..., Client], habits: dict[str, Any], custom: dict[str, Any]
) -> None:
    platform.control.set_habits(**habits)
    with pytest.raises(UnexpectedAnswer):
        client().provider.catalogue()
    assert client(**custom).provider.catalogue()


# State 8: it may wait for money, or be over


@pytest.mark.parametrize("written", ["seconds", "words", "clock", "milliseconds"])
def test_state_8_waits_for_money_as_long_as_its_page_says_so_however_it_is_written(
    platform: RunningPlatform, client: Callable[..., Client], written: str
) -> None:
    platform.control.set_habits(unpaid_state=8, remaining=written)
    one = client()
    order_id = one.book()
    [order] = one.member.orders()
    assert (order.id, order.state) == (order_id, OrderState.UNPAID)
    assert order.pay_seconds == pytest.approx(600, abs=10)
    platform.clock.advance(seconds=700)
    assert one.member.orders()[0].state is OrderState.EXPIRED


def test_state_8_without_a_readable_time_holds_the_court_and_is_asked_for_again(
    platform: RunningPlatform, client: Callable[..., Client]
) -> None:
    """Taken for expired, the court would be ordered again and again: three unpaid orders, once."""
    platform.control.set_habits(unpaid_state=8, remaining="missing")
    one = client()
    one.book()
    [order] = one.member.orders()
    assert order.state is OrderState.UNKNOWN
    assert order.state.holds
    platform.control.set_habits(remaining="words")
    assert one.member.orders()[0].state is OrderState.UNPAID, "a doubt is not kept"
    platform.control.set_habits(remaining="missing")
    platform.clock.advance(hours=25)
    assert one.member.orders()[0].state is OrderState.EXPIRED, "no window is that long"


@pytest.mark.parametrize(
    "fault", [rule(DETAIL, "truncated"), rule(DETAIL, "html"), rule(DETAIL, "says", msg="订单不存在")]
)
def test_state_8_whose_page_cannot_be_read_holds_the_court(
    platform: RunningPlatform, client: Callable[..., Client], fault: dict[str, Any]
) -> None:
    platform.control.set_habits(unpaid_state=8)
    one = client()
    one.book()
    platform.control.set_faults([fault])
    assert one.member.orders()[0].state is OrderState.UNKNOWN


@pytest.mark.parametrize(
    ("meaning", "state"), [(StateEight.EXPIRED, OrderState.EXPIRED), (StateEight.UNPAID, OrderState.UNPAID)]
)
def test_who_knows_what_state_8_means_asks_no_page(
    platform: RunningPlatform, client: Callable[..., Client], meaning: StateEight, state: OrderState
) -> None:
    platform.control.set_habits(unpaid_state=8, remaining="missing")
    one = client(state_8=meaning)
    one.book()
    before = [asked for asked in platform.control.requests() if asked["path"].endswith(DETAIL)]
    assert one.member.orders()[0].state is state
    assert [asked for asked in platform.control.requests() if asked["path"].endswith(DETAIL)] == before


def test_the_last_seconds_are_read_rightly_by_who_knows_the_unit(
    platform: RunningPlatform, client: Callable[..., Client]
) -> None:
    platform.control.set_habits(remaining="milliseconds", unpaid_seconds=5)
    one = client(pay_unit=PayUnit.MILLISECONDS)
    order = one.member.order(one.book())
    assert order is not None
    assert order.pay_seconds is not None
    assert order.pay_seconds <= 5


# Cancelling


def test_a_code_that_is_no_known_yes_leaves_a_cancelling_in_doubt(
    platform: RunningPlatform, client: Callable[..., Client]
) -> None:
    platform.control.set_habits(cancel_code=9)
    one = client()
    with pytest.raises(OutcomeUnknown, match="以账号里的订单为准"):
        one.member.cancel(one.book())
    assert one.member.orders()[0].state is OrderState.CANCELLED
    knowing = client(cancel_codes=frozenset({9}))
    knowing.member.cancel(knowing.book())


@pytest.mark.parametrize(
    "fault",
    [
        rule(CANCEL, "booked_5xx"),
        rule(CANCEL, "truncated"),
        rule(CANCEL, "cut"),
        rule(CANCEL, "html"),
        rule(CANCEL, "5xx"),
        rule(CANCEL, "says", msg="系统繁忙"),
        rule(CANCEL, "says", code=7),
    ],
)
def test_everything_but_a_definite_no_leaves_it_in_doubt(
    platform: RunningPlatform, client: Callable[..., Client], fault: dict[str, Any]
) -> None:
    one = client()
    order_id = one.book()
    platform.control.set_faults([fault])
    with pytest.raises(OutcomeUnknown):
        one.member.cancel(order_id)


def test_a_definite_no_is_one(client: Callable[..., Client]) -> None:
    one = client()
    with pytest.raises(VenueError, match="没有取消这个订单：订单不存在") as refused:
        one.member.cancel(OrderId("404404404404404404"))
    assert not isinstance(refused.value, OutcomeUnknown)
