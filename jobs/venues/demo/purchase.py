"""What a buyer asks for, read from the fields of an order. Strict: whatever is not as the protocol says is refused."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from jobs.models.venue import Preset
from jobs.venues.demo.answers import calendar_date

ILLEGAL: Final = "非法请求"
_HOURS: Final = re.compile(r"([01][0-9]|2[0-3]):00-([01][0-9]|2[0-3]):00")
_MOST_SPACES: Final = 10


class Refused(Exception):
    """An order the office does not take: `message` for the buyer, `why` for the ledger."""

    def __init__(self, message: str, why: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.why = why or message


class Choice(Struct, frozen=True):
    """One space of an order, as the buyer wrote it."""

    court_id: str
    court: str
    hour: int
    sign: str
    price: float
    tensity: str = ""


class Purchase(Struct, frozen=True, kw_only=True):
    """What a buyer asks for."""

    place: Preset
    day: date
    token: str | None
    """The `dateId`, None where it was left out."""
    choices: tuple[Choice, ...]
    week: str = ""


class _Space(Struct, frozen=True):
    """How an order names a space; nothing may be missing."""

    venuePrice: str | int | float
    count: str | int
    sign: str
    status: str | int
    scheduleTime: str
    subSitename: str
    subSiteId: str
    tensity: str | int
    venueNum: str | int


def read_purchase(fields: dict[str, Any], sports: Mapping[tuple[str, str], Preset]) -> Purchase:
    """What an order asks for. Raises `Refused`."""
    place = sports.get((_text(fields, "venueId"), _text(fields, "venTypeId")))
    if place is None or _text(fields, "fieldType") != place.sport:
        raise Refused(ILLEGAL, "venueId, venTypeId, fieldType: no such place")
    day = calendar_date(_text(fields, "scheduleDate"))
    if day is None:
        raise Refused(ILLEGAL, "scheduleDate: no date")
    for name in ("returnUrl", "tenSity"):
        _text(fields, name)
    spaces = fields.get("spaces")
    if not isinstance(spaces, list) or not 0 < len(cast("list[Any]", spaces)) <= _MOST_SPACES:
        raise Refused(ILLEGAL, "spaces: none or too many")
    token = None if fields.get("dateId") is None else _text(fields, "dateId")
    choices = tuple(_choice(space) for space in cast("list[Any]", spaces))
    return Purchase(place=place, day=day, token=token, choices=choices, week=_text(fields, "week"))


def _choice(space: Any) -> Choice:
    try:
        wanted = msgspec.convert(space, _Space)
        price = float(wanted.venuePrice)
    except (msgspec.ValidationError, ValueError) as error:
        raise Refused(ILLEGAL, f"spaces: {error}") from error
    hours = _HOURS.fullmatch(wanted.scheduleTime)
    if hours is None or int(hours[2]) != int(hours[1]) + 1:
        raise Refused(ILLEGAL, "scheduleTime: not an hour")
    return Choice(wanted.subSiteId, wanted.subSitename, int(hours[1]), wanted.sign, price, str(wanted.tensity))


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise Refused(ILLEGAL, f"{name}: missing")
    return value
