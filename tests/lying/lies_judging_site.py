"""What must be true after a round, by the platform's own ledger. A violation is a sentence."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final

from lies_platform_site import CLIENTS_PATIENCE_SECONDS
from lies_record_site import Made, Record

from jobs.models import notices
from jobs.models.bookings import Booking, BookingState
from jobs.venues.demo.ledger import State

_OF_LEDGER: Final = {
    State.UNPAID: BookingState.BOOKED,
    State.PAID: BookingState.PAID,
    State.USED: BookingState.PAID,
    State.CANCELLED: BookingState.CANCELLED,
    State.EXPIRED: BookingState.EXPIRED,
}
_HAD: Final = frozenset(_OF_LEDGER.values())
_BUSY_SECONDS: Final = 60.0
_IN_HAND: Final = 6
"""Places that were taken for prepared orders and warmed connections, and used a little later."""


def judge(record: Record) -> list[str]:
    """All that is wrong; empty: nothing."""
    rules = (
        _one_order_each,
        _one_living_order_for_each_intent,
        _intents_first,
        _no_success_without_an_order,
        _every_order_is_told,
        _rows_are_true,
        _nothing_is_open,
        _ends_are_told,
        _within_the_budget,
        _quiet_is_kept,
    )
    return [*record.wrong, *(wrong for rule in rules for wrong in rule(record))]


def _ends(record: Record) -> dict[str, float]:
    """When orders were over, by the platform's clock."""
    ended = ((order, [at for state, _, at in changes if not state.holds]) for order, changes in record.changes.items())
    return {order: instants[0] for order, instants in ended if instants}


def _is_told_apart(record: Record, made: Made) -> bool:
    """Of two tries for one slot within a second, what has ended unseen may be either's: nobody is told (yet)."""
    seen = {one.data["order_id"] for one in record.told if one.topic == notices.BOOKED}
    was_tried = any(row["attempts"] > 1 for row in made.rows)
    return not (was_tried and made.order_id in _ends(record) and made.order_id not in seen)


def _one_order_each(record: Record) -> Iterator[str]:
    """Of one job for one account: another only after the one before was given back or not paid for."""
    ends = _ends(record)
    same: dict[tuple[Any, ...], list[Made]] = defaultdict(list)
    for made in record.made:
        same[made.user, made.job_id, made.date].append(made)
    for (user, job_id, date), orders in same.items():
        for one, other in itertools.pairwise(orders):
            if ends.get(one.order_id, float("inf")) > other.at:
                yield f"{user} has two orders of job {job_id} for {date}: {one.order_id}, {other.order_id}"


def _one_living_order_for_each_intent(record: Record) -> Iterator[str]:
    ends = _ends(record)
    for one, other in itertools.combinations(record.made, 2):
        both = one.user == other.user and one.date == other.date and one.hours & other.hours
        if both and ends.get(one.order_id, float("inf")) > other.at:
            yield f"{one.user} has {one.order_id} and {other.order_id} for {set(one.hours & other.hours)}"


def _intents_first(record: Record) -> Iterator[str]:
    for made in record.made:
        if len(made.rows) != len(made.hours):
            yield f"order {made.order_id} was made for {len(made.hours)} slots with {len(made.rows)} intents"
        elif any(row["state"] != "open" or row["opened_at"] / 1e6 > made.at for row in made.rows):
            states = [row["state"] for row in made.rows]
            yield f"order {made.order_id} was made when its intents were {states}"


def _no_success_without_an_order(record: Record) -> Iterator[str]:
    made = {one.order_id: one for one in record.made}
    for one in record.told:
        if one.topic == notices.BOOKED:
            yield from _is_real(one.data, made)
    for end in record.ends:
        if end.outcome is None or not (end.outcome.done or "订到：" in end.outcome.sentence):
            continue
        said = end.outcome.sentence
        # What was given back was had, and is the end of it.
        got = (said if "不再预订" in said else said.partition("订到：")[2]).partition("；没订到")[0]
        names = [user.removeprefix("u-") for user in record.user_of.values()]
        lucky = [name for name in names if f"{name} " in got]
        if not lucky and not end.outcome.sentence.startswith("监控的日期已过"):
            yield f"a run said {end.outcome.sentence!r}, and names nobody"
        for name in lucky:
            mine = [one for one in record.made if one.user == f"u-{name}" and one.job_id == end.job_id]
            if not any(one.at <= end.at.timestamp() for one in mine):
                yield f"a run said {end.outcome.sentence!r}, and {name} had no order"


def _is_real(said: dict[str, Any], made: dict[str, Made]) -> Iterator[str]:
    order = made.get(said["order_id"])
    slots = {(slot["court"], slot["hour"]) for slot in said["slots"]}
    if order is None:
        yield f"{said['account']} was told of order {said['order_id']}, which nobody has"
    elif (order.user, order.hours) != (f"u-{said['account']}", slots):
        yield f"{said['account']} was told of {slots} for order {order.order_id} of {order.user}: {set(order.hours)}"


def _every_order_is_told(record: Record) -> Iterator[str]:
    told = {one.data.get("order_id") for one in record.told if one.topic in (notices.BOOKED, notices.ORDER_ENDED)}
    for made in record.made:
        if made.order_id not in told and _is_told_apart(record, made):
            yield f"nobody was told of order {made.order_id} of {made.user}"


def _rows_are_true(record: Record) -> Iterator[str]:
    """What was got is on record, slot by slot, and nothing else is: when intents were settled, and in the end."""
    for when, rows, sales in (("then", record.rows_then, record.ordered), ("now", record.rows, record.sales)):
        ledger = {sale.id: sale for sale in sales}
        latest = _latest_of_each_slot(record)
        for row in rows:
            if row.state in _HAD:
                yield from (f"{when}: {wrong}" for wrong in _row_is_true(record, row, ledger, when))
        for key, made in latest.items():
            row = next((row for row in rows if _key(record, row) == key), None)
            if row is None or row.order_id != made.order_id or not _agree(row, ledger[made.order_id], when):
                state = ledger[made.order_id].state.name
                held = row and (row.state.value, row.order_id, row.reason)
                yield f"{when}: order {made.order_id} of {made.user} is {state}, and on record is {held}"


def _latest_of_each_slot(record: Record) -> dict[tuple[Any, ...], Made]:
    """Unless its row was opened anew since, for something that became nothing."""
    opened = {_key(record, row): row.opened_at.timestamp() for row in record.rows}
    found: dict[tuple[Any, ...], Made] = {}
    for made in record.made:
        for court, hour in made.hours:
            key = (made.user, made.date, court, hour)
            found.pop(key, None)
            if opened.get(key, 0.0) <= made.at and _is_told_apart(record, made):
                found[key] = made
    return found


def _key(record: Record, row: Booking) -> tuple[Any, ...]:
    return (record.user_of[row.account_id], row.date.isoformat(), row.court, row.hour)


def _row_is_true(record: Record, row: Booking, ledger: dict[str, Any], when: str) -> Iterator[str]:
    sale = ledger.get(row.order_id or "")
    slot = f"{row.nickname} {row.hour}:00 {row.court}"
    if sale is None:
        yield f"{slot} is {row.state.value} by order {row.order_id}, which nobody has"
    elif sale.user != record.user_of[row.account_id] or (row.court, row.hour) not in _hours(sale):
        yield f"{slot} is {row.state.value} by {sale.id}, which is for {_hours(sale)} of {sale.user}"
    elif not _agree(row, sale, when):
        yield f"{slot} is {row.state.value}, and order {sale.id} is {sale.state.name}"


def _agree(row: Booking, sale: Any, when: str) -> bool:
    """In the end exactly. Before, the end of an order may not have been seen yet."""
    state = _OF_LEDGER[sale.state]
    return row.state is state or (when == "then" and row.state is BookingState.BOOKED)


def _hours(sale: Any) -> set[tuple[str, int]]:
    return {(space.court, space.hour) for space in sale.spaces}


def _nothing_is_open(record: Record) -> Iterator[str]:
    for row in record.rows:
        if row.state is BookingState.OPEN:
            yield f"{row.nickname} {row.hour}:00 {row.court} stayed open: {row.reason}"


def _ends_are_told(record: Record) -> Iterator[str]:
    """Of each order exactly its end, once; of one that goes on, none."""
    ended = Counter(
        (one.data["order_id"], one.data["state"]) for one in record.told if one.topic == notices.ORDER_ENDED
    )
    untold = {made.order_id for made in record.made if not _is_told_apart(record, made)}
    for sale in record.sales:
        if sale.id in untold:
            continue
        state = _OF_LEDGER[sale.state].value
        was_told_paid = any(
            one.topic == notices.BOOKED and one.data["order_id"] == sale.id and one.data["state"] == state
            for one in record.told
        )
        told = sum(count for (order, _), count in ended.items() if order == sale.id)
        if state == BookingState.BOOKED.value or was_told_paid:
            continue
        if ended[sale.id, state] != 1 or told != 1:
            yield f"order {sale.id} is {state}; told of its end: {[key for key in ended if key[0] == sale.id]}"


def _within_the_budget(record: Record) -> Iterator[str]:
    """No request without a place, and in no window more than the allowance."""
    instants = [knock.at for knock in record.knocks]
    places = sorted(record.given)
    for number, at in enumerate(instants, start=1):
        if number > sum(place <= at for place in places):
            yield f"request {number} came without a place in the budget"
            break
    rate, burst = record.case.per_minute / 60, record.case.hurried_burst
    level, before = 0.0, 0.0
    for number, at in enumerate(instants):
        level = max(0.0, level - (at - before) * rate) + 1
        before = at
        if level > burst + _IN_HAND:
            yield f"request {number} came when {level:.0f} were under way; {burst} at once and {rate}/s are allowed"
            break


def _quiet_is_kept(record: Record) -> Iterator[str]:
    if record.case.together or record.case.freezing or any(end.was_killed for end in record.ends):
        # Held up between two orders, a run sends the second one late; and who was killed has not heard.
        return
    seconds = _BUSY_SECONDS if record.case.retry_after is None else float(record.case.retry_after)
    # Orders that were sent together arrive one by one: who comes after a silence seems to be late by it.
    together = 1 + CLIENTS_PATIENCE_SECONDS * (len(record.user_of) - 1)
    for at, path in record.hushes:
        soon = [knock for knock in record.knocks if at + together < knock.at < at + seconds]
        if soon:
            yield f"{soon[0].path} was asked within {seconds} s after a 429 for {path}"
            return
