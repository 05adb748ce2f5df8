"""The platform's answers, decoded. Pure: bytes in, days and slots out, or the typed error the answer means.

What is wrong with one court or one hour hides no other; what is wrong with the envelope is an error.
"""

import datetime
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from jobs.models.customs import Free
from jobs.models.venue import Day, Slot
from jobs.ports.provider import Person, UnexpectedAnswer
from jobs.venues.sjtu.answers import UNREADABLE, Answer, Envelope, Scalar, printable, whole_number
from jobs.venues.sjtu.refusals import not_logged_in, refuse_login_page, refuse_status, refuse_words

FIRST_HOUR: Final = 7
"""Item 0 of a price list is 07:00-08:00."""

_LAST_HOUR: Final = 23
_LONGEST_NAME: Final = 64
_PRICE: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,4})?")
_TOO_DEAR: Final = 10**7
"""Yuan. What is above that is no price."""
_TENSIONS: Final = range(5)
_T = TypeVar("_T")


class _Day(Struct, rename="camel"):
    date: str
    date_id: str | None = None
    is_all: Scalar = None
    open: Scalar = None


class _Court(Struct, rename="camel"):
    field_id: int | str
    field_name: str
    price_list: list[Raw]
    field_detail_status: Raw = Raw(b"null")


class _Hour(Struct):
    count: Scalar
    status: Scalar
    price: Scalar = None
    sign: str | None = None


class _User(Struct, rename="camel"):
    user_id: int | str
    user_name: Raw = Raw(b"null")
    login_name: Raw = Raw(b"null")


def read_days(answer: Answer) -> list[Day]:
    """The days of a `queryFieldReserveSituationIsFull` answer, soonest first; unreadable ones are left out.

    A day that does not say whether it is open counts as open: its slots will tell. Raises `VenueError`.
    """
    days = (_day(raw) for raw in _items(answer))
    return sorted((day for day in days if day is not None), key=lambda day: day.date)


def read_slots(answer: Answer, date: datetime.date, free: Free = Free.BOTH) -> list[Slot]:
    """The free slots of a `queryFieldSituation` answer, by hour, then court in natural order (场地2 before 场地10).

    `free`: whether `status == 0`, `count > 0` or both make it so. Raises `VenueError`.
    """
    slots = (slot for raw in _items(answer) for slot in _free_hours(raw, date, free))
    unique = {slot.key: slot for slot in slots}
    return sorted(unique.values(), key=lambda slot: (slot.hour, _natural(slot.court), slot.court_id))


def read_second(answer: Answer) -> int | None:
    """What the server's clock showed, in seconds since 1970, whatever else it said; None: its `Date` is unreadable, or
    a cache has kept it."""
    if answer.age.strip().strip("0"):
        return None
    try:
        stamped = parsedate_to_datetime(answer.date)
        # `-0000` and no zone at all both mean UTC there.
        return int((stamped if stamped.tzinfo else stamped.replace(tzinfo=datetime.UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def price_text(value: Scalar) -> str:
    """A price as the platform writes it: text is kept, a number gets two decimals, nonsense becomes empty."""
    if isinstance(value, bool) or value is None:
        return ""
    if not isinstance(value, str) and not abs(value) < _TOO_DEAR:
        return ""
    text = value.strip() if isinstance(value, str) else f"{value:.2f}"
    return text if _PRICE.fullmatch(text) else ""


def read_person(answer: Answer) -> Person:
    """Who is logged in. Nobody may be told by code 0 and no data, too. Raises `VenueError`."""
    user = decoded(envelope_of(answer).data, _User)
    if user is None or not str(user.user_id).strip():
        raise not_logged_in("code 0 without a userId")
    name = scalar_text(user.user_name) or scalar_text(user.login_name)
    return Person(user_id=str(user.user_id).strip()[:_LONGEST_NAME], name=name)


def envelope_of(answer: Answer) -> Envelope:
    """The envelope of an answer that says yes. Raises `VenueError` for any other."""
    refuse_status(answer)
    refuse_login_page(answer)
    try:
        envelope = msgspec.json.decode(answer.body, type=Envelope)
    except UNREADABLE as error:
        raise UnexpectedAnswer("预订平台的答复看不懂，可能正在维护", str(error), 60) from error
    refuse_words(answer, whole_number(envelope.code), envelope.msg or "")
    return envelope


def decoded(raw: Raw, shape: type[_T]) -> _T | None:
    """None for what has not that shape."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except UNREADABLE:
        return None


def scalar(raw: Raw) -> Scalar:
    """A text, number or flag; None for anything else."""
    try:
        return msgspec.json.decode(raw, type=Scalar)
    except UNREADABLE:
        return None


def scalar_text(raw: Raw) -> str:
    """A text or number as printable text; empty for anything else."""
    value = scalar(raw)
    return "" if value is None or isinstance(value, bool) else printable(str(value))


def _items(answer: Answer) -> list[Raw]:
    """The list in an answer's `data`, each item still undecoded."""
    data = envelope_of(answer).data
    try:
        return msgspec.json.decode(data, type=list[Raw])
    except UNREADABLE as error:
        raise UnexpectedAnswer("预订平台的答复里没有场次数据", str(error), 60) from error


def _day(raw: Raw) -> Day | None:
    try:
        day = msgspec.json.decode(raw, type=_Day)
        date = datetime.date.fromisoformat(day.date.strip()[:10])
    except UNREADABLE:
        return None
    return Day(date=date, token=day.date_id or "", is_full=_truth(day.is_all, False), is_open=_truth(day.open, True))


def _free_hours(raw: Raw, date: datetime.date, free: Free) -> Iterator[Slot]:
    try:
        court = msgspec.json.decode(raw, type=_Court)
    except UNREADABLE:
        return
    court_id, name = str(court.field_id).strip(), court.field_name.strip()
    if not court_id or not name or max(len(court_id), len(name)) > _LONGEST_NAME:
        return
    tension = _tension(court.field_detail_status)
    for hour, item in enumerate(court.price_list[: _LAST_HOUR + 1 - FIRST_HOUR], start=FIRST_HOUR):
        if cell := _free_hour(item, free):
            yield Slot(
                date=date,
                hour=hour,
                court=name,
                court_id=court_id,
                price=price_text(cell.price),
                remaining=max(whole_number(cell.count) or 0, 1),
                sign=cell.sign or "",
                tension=tension,
            )


def _tension(raw: Raw) -> str:
    number = whole_number(scalar(raw))
    return str(number) if number in _TENSIONS else "0"


def _free_hour(raw: Raw, free: Free) -> _Hour | None:
    """The hour if it is free, None when it is taken, closed or unreadable."""
    try:
        hour = msgspec.json.decode(raw, type=_Hour)
    except UNREADABLE:
        return None
    is_selectable, count = whole_number(hour.status) == 0, whole_number(hour.count)
    has_places = count is not None and count > 0
    is_free = {Free.STATUS: is_selectable, Free.COUNT: has_places, Free.BOTH: is_selectable and has_places}[free]
    return hour if is_free else None


def _truth(value: Scalar, otherwise: bool) -> bool:
    """A flag sent as true, 1, `"1"` or `"true"`; `otherwise` when it is absent."""
    if value is None:
        return otherwise
    return value.strip().lower() in {"1", "true"} if isinstance(value, str) else bool(value)


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """A sort key in which numbers inside a name count as numbers."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", name))
