"""The platform's answers, decoded. Pure: bytes in, days and slots out, or the typed error the answer means.

What is wrong with one court or one hour hides no other; what is wrong with the envelope is an error.
"""

import datetime
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec
from msgspec import Raw, Struct

from jobs.models.venue import Day, Slot
from jobs.ports.provider import UnexpectedAnswer
from jobs.venues.sjtu.refusals import Answer, refuse_login_page, refuse_status, refuse_words

FIRST_HOUR: Final = 7
"""Item 0 of a price list is 07:00-08:00."""

_LAST_HOUR: Final = 23
_LONGEST_NAME: Final = 64
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,9}(?:\.0+)?")
_PRICE: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,4})?")
_UNREADABLE: Final = (ValueError, RecursionError)
"""What msgspec raises for bytes that are not the JSON asked for (its own errors are ValueErrors)."""

_Scalar = int | float | str | bool | None


class _Envelope(Struct):
    code: int | str
    msg: str | None = None
    data: Raw = Raw(b"null")


class _Day(Struct, rename="camel"):
    date: str
    date_id: str | None = None
    is_all: _Scalar = None
    open: _Scalar = None


class _Court(Struct, rename="camel"):
    field_id: int | str
    field_name: str
    price_list: list[Raw]


class _Hour(Struct):
    count: _Scalar
    status: _Scalar
    price: _Scalar = None
    sign: str | None = None


def read_days(answer: Answer) -> list[Day]:
    """The days of a `queryFieldReserveSituationIsFull` answer, soonest first; unreadable ones are left out.

    A day that does not say whether it is open counts as open: its slots will tell. Raises `VenueError`.
    """
    days = (_day(raw) for raw in _items(answer))
    return sorted((day for day in days if day is not None), key=lambda day: day.date)


def read_slots(answer: Answer, date: datetime.date) -> list[Slot]:
    """The free slots of a `queryFieldSituation` answer, by hour, then court in natural order (场地2 before 场地10).

    Free means `status == 0` and `count > 0`, both: sources disagree on which one counts. Raises `VenueError`.
    """
    slots = (slot for raw in _items(answer) for slot in _free_hours(raw, date))
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


def whole_number(value: _Scalar) -> int | None:
    """The integer that an int, `3.0`, `"3"` or `"3.00"` means, None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        text = value.strip()
        return int(text.partition(".")[0]) if _WHOLE_NUMBER.fullmatch(text) else None
    return value


def price_text(value: _Scalar) -> str:
    """A price as the platform writes it: text is kept, a number gets two decimals, nonsense becomes empty."""
    if isinstance(value, bool) or value is None:
        return ""
    text = value.strip() if isinstance(value, str) else f"{value:.2f}"
    return text if _PRICE.fullmatch(text) else ""


def _items(answer: Answer) -> list[Raw]:
    """The list in an answer's `data`, each item still undecoded."""
    refuse_status(answer)
    refuse_login_page(answer)
    try:
        envelope = msgspec.json.decode(answer.body, type=_Envelope)
    except _UNREADABLE as error:
        raise UnexpectedAnswer("预订平台的答复看不懂，可能正在维护", str(error), 60) from error
    refuse_words(answer, whole_number(envelope.code), envelope.msg or "")
    try:
        return msgspec.json.decode(envelope.data, type=list[Raw])
    except _UNREADABLE as error:
        raise UnexpectedAnswer("预订平台的答复里没有场次数据", str(error), 60) from error


def _day(raw: Raw) -> Day | None:
    try:
        day = msgspec.json.decode(raw, type=_Day)
        date = datetime.date.fromisoformat(day.date.strip()[:10])
    except _UNREADABLE:
        return None
    return Day(date=date, token=day.date_id or "", is_full=_truth(day.is_all, False), is_open=_truth(day.open, True))


def _free_hours(raw: Raw, date: datetime.date) -> Iterator[Slot]:
    try:
        court = msgspec.json.decode(raw, type=_Court)
    except _UNREADABLE:
        return
    court_id, name = str(court.field_id).strip(), court.field_name.strip()
    if not court_id or not name or max(len(court_id), len(name)) > _LONGEST_NAME:
        return
    for hour, item in enumerate(court.price_list[: _LAST_HOUR + 1 - FIRST_HOUR], start=FIRST_HOUR):
        if cell := _free_hour(item):
            yield Slot(
                date=date,
                hour=hour,
                court=name,
                court_id=court_id,
                price=price_text(cell.price),
                remaining=whole_number(cell.count) or 0,
                sign=cell.sign or "",
            )


def _free_hour(raw: Raw) -> _Hour | None:
    """The hour if it is free, None when it is taken, closed or unreadable."""
    try:
        hour = msgspec.json.decode(raw, type=_Hour)
    except _UNREADABLE:
        return None
    count = whole_number(hour.count)
    return hour if whole_number(hour.status) == 0 and count is not None and count > 0 else None


def _truth(value: _Scalar, otherwise: bool) -> bool:
    """A flag sent as true, 1, `"1"` or `"true"`; `otherwise` when it is absent."""
    if value is None:
        return otherwise
    return value.strip().lower() in {"1", "true"} if isinstance(value, str) else bool(value)


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """A sort key in which numbers inside a name count as numbers."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", name))
