"""Platforms tell whole seconds, intents know the microsecond: what lies in between is decided without doubling."""

from datetime import UTC, date, datetime, timedelta

from jobs.models.accounts import AccountId
from jobs.models.booking_matching import hangs_on_clocks, order_of
from jobs.models.bookings import Booking
from jobs.models.orders import Order, OrderedHour, OrderId, OrderState

AT = datetime(2026, 11, 22, 4, 0, 0, 265_000, tzinfo=UTC)
SECOND = AT.replace(microsecond=0)
DAY = date(2026, 11, 29)


def intent(attempts: int = 1) -> tuple[Booking, ...]:
    row = Booking(
        account_id=AccountId("a"),
        slot_key="k",
        nickname="czq",
        owner=None,
        origin=None,
        preset=5,
        venue="气膜体育中心·羽毛球",
        date=DAY,
        hour=19,
        court="场地1",
        opened_at=AT,
        attempts=attempts,
    )
    return (row,)


def order(number: str, state: OrderState, created_at: datetime = SECOND) -> Order:
    hours = (OrderedHour(court="场地1", hour=19),)
    return Order(id=OrderId(number), state=state, venue="气膜体育中心", date=DAY, hours=hours, created_at=created_at)


def test_an_order_of_the_same_second_that_has_ended_is_the_intents() -> None:
    expired = order("1", OrderState.EXPIRED)
    assert order_of(intent(), None, [expired], ()) == expired


def test_one_of_the_second_before_is_not() -> None:
    expired = order("1", OrderState.EXPIRED, SECOND - timedelta(seconds=1))
    assert order_of(intent(), None, [expired], ()) is None


def test_what_an_earlier_try_got_and_gave_back_in_that_second_hides_no_living_order() -> None:
    orders = [order("2", OrderState.UNPAID), order("1", OrderState.CANCELLED)]
    assert order_of(intent(attempts=2), None, orders, ()) is None
    assert hangs_on_clocks(intent(attempts=2), orders, ())
    found = order_of(intent(attempts=2), None, orders, (), timedelta())
    assert found is not None
    assert found.id == "2"
