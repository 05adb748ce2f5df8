"""Decide: (bookings, what was seen, when) → what shall be. Pure; the store makes the returned `Change` true.

A state changes along `booking_lifecycle.MOVES` only. The rows of a returned change are those the store has afterwards,
but for their version (`booking_lifecycle.kept`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from jobs.models import notices
from jobs.models.accounts import Account
from jobs.models.booking_lifecycle import STATE_OF_ORDER, moved
from jobs.models.booking_matching import differs
from jobs.models.booking_telling import Case, attempt_key, record, tell
from jobs.models.bookings import Booking, BookingState, slot_key
from jobs.models.change import Change, together
from jobs.models.ids import JobId, RunId, UserId
from jobs.models.orders import Order, OrderId
from jobs.models.people import Chat
from jobs.models.venue import Preset, Slot

_ENDS: Final[Mapping[BookingState, str]] = {
    BookingState.PAID: "booking.paid",
    BookingState.CANCELLED: "booking.cancelled",
    BookingState.EXPIRED: "booking.expired",
}
_WITHOUT_DEADLINE: Final = (timedelta(minutes=5), timedelta(minutes=10))
"""After the booking, where the platform told no deadline. No source gives one; ten to thirty minutes are common."""
_LAST_CALL: Final = timedelta(minutes=2)
"""Before the deadline: enough to open the site and pay."""


def intended(
    stored: Booking | None,
    account: Account,
    preset: Preset,
    slot: Slot,
    at: datetime,
    *,
    owner: UserId | None,
    origin: Chat | None,
    job_id: JobId | None,
    run_id: RunId | None,
) -> Booking | None:
    """The intent to book a slot, to be stored before any request; None: the account has it, or somebody tries for it.

    `stored`: the row of that account and slot, which is opened anew where it is free.
    """
    if stored is not None and not stored.state.is_free:
        return None
    return Booking(
        account_id=account.id,
        slot_key=slot_key(preset, slot),
        nickname=account.nickname,
        owner=owner,
        origin=origin,
        preset=preset.number,
        venue=preset.title,
        date=slot.date,
        hour=slot.hour,
        court=slot.court,
        price=slot.price,
        job_id=job_id,
        run_id=run_id,
        opened_at=at,
        attempts=stored.attempts + 1 if stored is not None else 1,
        version=stored.version if stored is not None else 0,
    )


def refused(case: Case, answer: str, at: datetime, **data: Any) -> Change:
    """The platform said no, or surely nothing was sent: there is no order."""
    return _moved(case, BookingState.REFUSED, "booking.refused", at, reason=answer, told={"answer": answer, **data})


def answered(case: Case, order_id: OrderId) -> Change:
    """The platform named an order; nothing is proven."""
    return Change(bookings=tuple(replace(row, order_id=order_id) for row in case.bookings))


def proven(case: Case, order: Order, at: datetime, *, answered_in: Chat | None = None, **data: Any) -> Change:
    """The order was read back and is not over: what was intended is had, and told."""
    pay_until = None if order.pay_seconds is None else at + timedelta(seconds=order.pay_seconds)
    state = STATE_OF_ORDER[order.state]
    if state is not BookingState.BOOKED:
        pay_until = None
    rows = tuple(
        moved(row, state, at, order_id=order.id, pay_until=pay_until, reason="", reminded=0) for row in case.bookings
    )
    now = replace(case, bookings=rows)
    said: dict[str, Any] = {"amount": order.amount} if order.amount else {}
    if listed := differs(rows, order):
        said["listed"] = listed
    told = tell(now, notices.BOOKED, order.id, at, answered_in=answered_in, state=state.value, **said)
    happened = record(now, "booking.confirmed", at, order_id=order.id, state=state.value, **data)
    return together([Change(bookings=rows, notifications=told), happened])


def uncertain(case: Case, reason: str, at: datetime, *, gives_up: bool = False, **data: Any) -> Change:
    """Nobody knows what became of the request: told once, and once more when nobody is going to find out soon.

    The intents stay open: as long as nobody knows, the account does not try for these slots again. `reminded` counts
    what was told of them meanwhile.
    """
    key = f"{attempt_key(case)}/given-up" if gives_up else attempt_key(case)
    rows = tuple(replace(row, reason=reason, reminded=2 if gives_up else 1) for row in case.bookings)
    told = tell(case, notices.BOOKING_UNCERTAIN, key, at, reason=reason, given_up=gives_up)
    happened = record(case, "booking.uncertain", at, answer=reason, given_up=gives_up, **data)
    return together([Change(bookings=rows, notifications=told), happened])


def absent(case: Case, reason: str, at: datetime, **data: Any) -> Change:
    """The account's orders were read long enough after the request: it has become none."""
    change = _moved(case, BookingState.REFUSED, "booking.absent", at, reason=reason, told={"answer": reason, **data})
    told = tell(case, notices.BOOKING_ABSENT, attempt_key(case), at, reason=reason)
    return replace(change, notifications=told)


def ended(
    case: Case,
    state: BookingState,
    at: datetime,
    *,
    order_id: OrderId | None = None,
    reason: str = "",
    silent_in: Chat | None = None,
    actor: str | None = None,
    **told: Any,
) -> Change:
    """The order was paid, cancelled or has expired. `told`: what else is said (`state`: where no order was read)."""
    number = order_id or case.first.order_id
    rows = tuple(moved(row, state, at, order_id=number, reason=reason) for row in case.bookings)
    now = replace(case, bookings=rows)
    said: dict[str, Any] = {"state": state.value, "reason": reason, **told}
    key = f"{number or attempt_key(case)}/{state.value}"
    return together(
        [
            Change(bookings=rows, notifications=tell(now, notices.ORDER_ENDED, key, at, silent_in=silent_in, **said)),
            record(now, _ENDS[state], at, actor, order_id=number, reason=reason),
        ]
    )


def untracked(case: Case, reason: str, at: datetime) -> Change:
    """Nobody will find out any more: told, and the slot is free again. For what is over, or has no account."""
    rows = tuple(moved(row, BookingState.EXPIRED, at, reason=reason) for row in case.bookings)
    if case.first.state is BookingState.OPEN:
        key = f"{attempt_key(case)}/given-up"
        told = tell(case, notices.BOOKING_UNCERTAIN, key, at, reason=reason, given_up=True)
    else:
        key = f"{case.first.order_id}/untracked"
        told = tell(case, notices.ORDER_ENDED, key, at, reason=reason, state="untracked")
    happened = record(case, "booking.untracked", at, order_id=case.first.order_id, reason=reason)
    return together([Change(bookings=rows, notifications=told), happened])


def seen(case: Case, order: Order, at: datetime) -> Change | None:
    """What an order that was read says of a booking that is open, waits to be paid, or is paid; None: nothing new."""
    state = STATE_OF_ORDER[order.state]
    before = case.first.state
    if before is BookingState.PAID:
        return None if order.state.holds else ended(case, BookingState.CANCELLED, at, order_id=order.id)
    if before is BookingState.BOOKED and state is BookingState.BOOKED:
        if case.first.pay_until is not None or order.pay_seconds is None:
            return None
        pay_until = at + timedelta(seconds=order.pay_seconds)
        return Change(bookings=tuple(replace(row, pay_until=pay_until) for row in case.bookings))
    if before is BookingState.OPEN and order.state.holds:
        return proven(case, order, at)
    return ended(case, state, at, order_id=order.id)


def reminded(case: Case, at: datetime) -> Change | None:
    """The reminder to pay that is due, if one is; several that were missed count as one."""
    row = case.first
    due = sum(instant <= at for instant in reminders(row))
    if due <= row.reminded or (row.pay_until is not None and row.pay_until <= at):
        return None
    rows = tuple(replace(row, reminded=due) for row in case.bookings)
    told = tell(case, notices.PAYMENT_DUE, f"{row.order_id}/{due}", at)
    return together(
        [Change(bookings=rows, notifications=told), record(case, "booking.reminded", at, order_id=row.order_id)]
    )


def reminders(row: Booking) -> tuple[datetime, ...]:
    """When somebody shall be reminded to pay: at half of the time there is, and shortly before its end."""
    booked_at = row.settled_at or row.opened_at
    if row.pay_until is None:
        return tuple(booked_at + wait for wait in _WITHOUT_DEADLINE)
    half, last = booked_at + (row.pay_until - booked_at) / 2, row.pay_until - _LAST_CALL
    return (half, last) if half < last else (half,)


def _moved(case: Case, state: BookingState, type: str, at: datetime, *, reason: str, told: Mapping[str, Any]) -> Change:
    rows = tuple(moved(row, state, at, reason=reason) for row in case.bookings)
    return together([Change(bookings=rows), record(case, type, at, **told)])
