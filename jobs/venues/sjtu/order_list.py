"""The platform's answers about orders, decoded. Pure.

That an order is not in the list is evidence: a page with a record that cannot be told apart is an error as a whole.
"""

import datetime
import re
from collections.abc import Mapping
from datetime import UTC
from typing import Final
from urllib.parse import urlencode

import msgspec
from msgspec import Raw, Struct

from jobs.models.customs import PayUnit, StateEight
from jobs.models.orders import Order, OrderedHour, OrderId, OrderState, Payment
from jobs.ports.provider import OutcomeUnknown, UnexpectedAnswer
from jobs.venues.sjtu.answers import UNREADABLE, Answer, Envelope, Scalar, printable, whole_number
from jobs.venues.sjtu.refusals import PLATFORM_ZONE, refuse_login_page, refuse_status, refuse_words
from jobs.venues.sjtu.wire import decoded, envelope_of, price_text, scalar, scalar_text

_EIGHT: Final = 8
"""Sources disagree whether this state means that nobody paid in time, or that it waits to be paid."""
_EIGHT_MEANS: Final[Mapping[StateEight, OrderState]] = {
    StateEight.ASK: OrderState.UNKNOWN,
    StateEight.EXPIRED: OrderState.EXPIRED,
    StateEight.UNPAID: OrderState.UNPAID,
}
_STATES: Final[Mapping[int, OrderState]] = {
    0: OrderState.UNPAID,
    1: OrderState.PAID,
    2: OrderState.CANCELLED,
    7: OrderState.USED,
}
_ORDER_ID: Final = re.compile(r"(?=(?:[A-Za-z_-]*[0-9]){6})[0-9A-Za-z][0-9A-Za-z_-]{5,63}")
"""With six digits at least, for `success`, 0 and -1 are none; the known ones are some eighteen digits."""
_COURT: Final = re.compile(r"(.{0,80}?)[(（]([^()（）:]{0,20}[0-9]{1,2}:[^()（）]{1,180})[)）]")
"""`网球 场地7 (20:00-21:00)`, one after the other; a court's own name may have brackets too: `场地7(室内)`."""
_SPAN: Final = re.compile(r"([0-9]{1,2}):[0-5][0-9]\s*[-~—–至]\s*([0-9]{1,2}):[0-5][0-9]")
_BETWEEN: Final = " \t\r\n,，;；、/|"
_CLOCK: Final = re.compile(r"(?:([0-9]{1,2})[:：])?([0-9]{1,3})[:：]([0-9]{2})")
_WORDS: Final = re.compile(
    r"(?=.*[0-9])(?:([0-9]{1,2})(?:小时|个小时|时|h))?(?:([0-9]{1,3})(?:分钟|分|min|m))?零?(?:([0-9]{1,5})(?:秒钟|秒|s))?"
)
_BEFORE: Final = re.compile(r"^[^0-9-]{1,10}")
_LONGEST_WINDOW: Final = 7200.0
"""Seconds. Nobody recorded how long the platform waits for the money; no court is held longer for nothing."""
_LONGEST_FIELD: Final = 8192


class OrderPage(Struct, frozen=True, kw_only=True):
    """One page of the list. `is_last`: as far as it says, there is none after it. `doubtful`: the ids of its orders
    whose state the list does not tell."""

    orders: tuple[Order, ...]
    is_last: bool
    doubtful: frozenset[OrderId]


class _Page(Struct):
    records: list[Raw] | None = None
    total: Scalar = None
    pages: Scalar = None
    current: Scalar = None
    code: Scalar = None
    msg: str | None = None
    data: Raw = Raw(b"null")


class _Record(Struct):
    order_id: int | str = msgspec.field(name="pOrderid")
    state: Raw = msgspec.field(name="orderstateid", default=Raw(b"null"))
    venue: Raw = msgspec.field(name="venuename", default=Raw(b"null"))
    sport: Raw = msgspec.field(name="venname", default=Raw(b"null"))
    spaces: Raw = msgspec.field(name="spaceInfo", default=Raw(b"null"))
    date: Raw = msgspec.field(name="scDate", default=Raw(b"null"))
    created: Raw = msgspec.field(name="ordercreatement", default=Raw(b"null"))
    price: Raw = msgspec.field(name="countprice", default=Raw(b"null"))


class _Detail(Struct, rename="camel"):
    spaces: Raw = Raw(b"null")
    count_price: Raw = Raw(b"null")
    sum_money: Raw = Raw(b"null")
    remaining_time: Raw = Raw(b"null")
    schedule_date: Raw = Raw(b"null")
    venue_name: Raw = Raw(b"null")


class _Space(Struct, rename="camel"):
    sub_sitename: str
    schedule_time: str


def order_id_of(value: Scalar) -> OrderId | None:
    """The platform's id of an order, None for what is none. A whole number is one, however long; `1.0` is not."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return OrderId(text) if _ORDER_ID.fullmatch(text) else None


def read_order_page(answer: Answer, eight: StateEight = StateEight.ASK) -> OrderPage:
    """One page of `personalOrderlist`: a bare page object, or one in an envelope. `eight`: what state 8 means. Raises
    `VenueError`."""
    refuse_status(answer)
    refuse_login_page(answer)
    try:
        page = msgspec.json.decode(answer.body, type=_Page)
        if page.records is None:
            refuse_words(answer, whole_number(page.code), page.msg or "")
            page = msgspec.json.decode(page.data, type=_Page)
        raws = page.records
        records = [msgspec.json.decode(raw, type=_Record) for raw in raws or ()]
    except UNREADABLE as error:
        raise _unreadable(str(error)) from error
    orders = [_order(record, eight) for record in records]
    if raws is None or None in orders:
        raise _unreadable("no records" if raws is None else "a record without an id")
    return OrderPage(
        orders=tuple(order for order in orders if order is not None),
        is_last=not raws or _is_last(page),
        doubtful=frozenset(
            order.id
            for order, record in zip(orders, records, strict=True)
            if order is not None and eight is StateEight.ASK and whole_number(scalar(record.state)) == _EIGHT
        ),
    )


def read_detail(answer: Answer, order_id: OrderId, unit: PayUnit = PayUnit.GUESS) -> Order | None:
    """`queryOrder`'s answer, its state unknown; None: the platform knows of no such order. `unit`: see `pay_seconds`.
    Raises `VenueError`."""
    try:
        data = envelope_of(answer).data
    except UnexpectedAnswer as error:
        if any(word in error.detail for word in ("不存在", "未找到", "没有找到", "查无")):
            return None
        raise
    found = decoded(data, _Detail)
    if found is None or all(raw == b"null" for raw in (found.spaces, found.remaining_time, found.venue_name)):
        return None
    spaces = decoded(found.spaces, list[Raw]) or []
    return Order(
        id=order_id,
        state=OrderState.UNKNOWN,
        venue=scalar_text(found.venue_name),
        date=_date(found.schedule_date),
        hours=tuple(hour for raw in spaces if (space := decoded(raw, _Space)) for hour in _hours_of_space(space)),
        amount=price_text(scalar(found.count_price)) or price_text(scalar(found.sum_money)),
        pay_seconds=pay_seconds(scalar(found.remaining_time), unit),
    )


def read_payment(answer: Answer, url: str) -> Payment:
    """`orderImmediatelyPC`'s answer: the page at `url`, with what it wants to be told. Raises `VenueError`."""
    data = decoded(envelope_of(answer).data, dict[str, Raw])
    fields = {name: _field(raw) for name, raw in (data or {}).items() if name in {"data", "sign", "subsysid", "sysid"}}
    if not fields.get("data") or not fields.get("sign"):
        raise UnexpectedAnswer("预订平台没有给出支付页面，请在平台网页的“我的订单”里支付", "no data or sign", 60)
    told = {name: value for name, value in fields.items() if value}
    return Payment(url=f"{url}?{urlencode(told)}")


class Said(Struct, frozen=True):
    """A code with its message; None: it was no number."""

    code: int | None
    message: str
    detail: str


def cancel_answer(answer: Answer) -> Said:
    """What the platform says to a cancelling, whose yes is not 0. Raises `VenueError` for what is no envelope."""
    try:
        envelope = msgspec.json.decode(answer.body, type=Envelope)
    except UNREADABLE as error:
        raise OutcomeUnknown("预订平台对取消的答复看不懂；有没有取消，以账号里的订单为准", str(error)) from error
    code, message = whole_number(envelope.code), printable(envelope.msg or "")
    return Said(code, message, f"code {code} {message}".strip())


def pay_seconds(value: Scalar, unit: PayUnit = PayUnit.GUESS) -> float | None:
    """How long an order can still be paid, from `remainingTime`: a number, `14:59` or `14分59秒`. None: it does not say
    that, or says more than two hours.

    A bare number's unit is unrecorded. `GUESS` takes it for seconds, and above two hours for milliseconds: whole
    minutes are read rightly either way, the last seven seconds in milliseconds as up to two hours.
    """
    if isinstance(value, str) and (spelt := _spelt(value)) is not None:
        return spelt if spelt <= _LONGEST_WINDOW else None
    number = value if isinstance(value, float) else whole_number(value)
    if number is None or not 0 <= number <= _LONGEST_WINDOW * 1000:
        return None
    if unit is PayUnit.MILLISECONDS or (unit is PayUnit.GUESS and number > _LONGEST_WINDOW):
        number = number / 1000
    return float(number) if number <= _LONGEST_WINDOW else None


def _spelt(text: str) -> float | None:
    """Seconds, of a clock's or in words; something may be said before them."""
    bare = _BEFORE.sub("", "".join(text.split())[:40])
    match = _CLOCK.fullmatch(bare) or _WORDS.fullmatch(bare)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def hours_in(text: str, sport: str = "") -> tuple[str, tuple[OrderedHour, ...]]:
    """The sport and the courts with their hours in a `spaceInfo` (`网球 场地7 (20:00-21:00)`), several in a row too.

    `sport`: what it is called elsewhere in the record, so that a court's name with a blank is not torn apart.
    """
    hours: list[OrderedHour] = []
    for match in _COURT.finditer(text[:4000]):
        name = match[1].strip(_BETWEEN)
        first, _, rest = name.partition(" ")
        if sport and name.startswith(f"{sport} "):
            name = name.removeprefix(sport)
        elif rest.strip():
            sport, name = first, rest
        hours += [OrderedHour(court=printable(name), hour=hour) for hour in _hours(match[2])]
    return printable(sport), tuple(dict.fromkeys(hours))


def _order(record: _Record, eight: StateEight) -> Order | None:
    order_id = order_id_of(record.order_id)
    if order_id is None:
        return None
    venue, sport = scalar_text(record.venue), scalar_text(record.sport)
    # What is a venue's name and what a sport's is not recorded of the second of these; the space tells.
    sport, hours = hours_in(str(scalar(record.spaces) or ""), "" if sport == venue else sport)
    return Order(
        id=order_id,
        state=_state(whole_number(scalar(record.state)), eight),
        venue=venue or scalar_text(record.sport),
        sport=sport,
        date=_date(record.date),
        hours=hours,
        amount=price_text(scalar(record.price)),
        created_at=_instant(record.created),
    )


def _state(number: int | None, eight: StateEight) -> OrderState:
    if number == _EIGHT:
        return _EIGHT_MEANS[eight]
    return OrderState.UNKNOWN if number is None else _STATES.get(number, OrderState.UNKNOWN)


def _is_last(page: _Page) -> bool:
    """By what the page says of itself; one that says nothing has another after it."""
    current, pages = whole_number(page.current), whole_number(page.pages)
    return current is not None and pages is not None and current >= pages


def _hours_of_space(space: _Space) -> tuple[OrderedHour, ...]:
    return tuple(OrderedHour(court=printable(space.sub_sitename), hour=hour) for hour in _hours(space.schedule_time))


def _hours(text: str) -> list[int]:
    """The start hours of `18:00-20:00`, several in a row too."""
    spans = ((int(begin), int(end)) for begin, end in _SPAN.findall(text[:200]))
    return [hour for begin, end in spans for hour in range(begin, min(max(end, begin + 1), 24))]


def _date(raw: Raw) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(scalar_text(raw)[:10])
    except ValueError:
        return None


def _instant(raw: Raw) -> datetime.datetime | None:
    """`2026-11-22 12:00:01` as the platform's wall clock shows it, or milliseconds since 1970; UTC."""
    text = scalar_text(raw)
    try:
        if text.isascii() and text.isdecimal():
            return datetime.datetime.fromtimestamp(int(text) / 1000, UTC)
        instant = datetime.datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=PLATFORM_ZONE)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _field(raw: Raw) -> str:
    value = scalar(raw)
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if len(text) <= _LONGEST_FIELD else ""


def _unreadable(detail: str) -> UnexpectedAnswer:
    return UnexpectedAnswer("预订平台的订单列表看不懂，请稍后再试，或在平台网页上查看", detail, 60)
