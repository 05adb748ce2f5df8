"""What public clients of the real platform disagree on, and nobody could look up: what we hold to be true.

Each default is the one that does the least harm where it is wrong.
"""

from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

_MOST_CODES: Final = 10


class Week(StrEnum):
    """How an order's `week` numbers the days."""

    SUNDAY = "sunday"
    """Sunday 0 to Saturday 6."""
    MONDAY = "monday"
    """Monday 1 to Sunday 7."""
    ZERO = "zero"
    """Always 0."""


class DateId(StrEnum):
    """Whether an order says the `dateId` of its day. One client sends it with a solved slider only; this one sends no
    sliders, so that is `never`."""

    ALWAYS = "always"
    NEVER = "never"


class Tensity(StrEnum):
    """What an order says in `tensity`: what the court said of itself, or always 1."""

    COURT = "court"
    ONE = "one"


class Free(StrEnum):
    """By what an hour is told to be free."""

    BOTH = "both"
    STATUS = "status"
    COUNT = "count"


class StateEight(StrEnum):
    """What an order's state 8 means; `ask`: the order's own page tells each time."""

    ASK = "ask"
    EXPIRED = "expired"
    UNPAID = "unpaid"


class PayUnit(StrEnum):
    """The unit of a bare number in `remainingTime`."""

    GUESS = "guess"
    """Seconds; milliseconds, where as seconds it would be longer than anybody waits for money."""
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


class VenueList(StrEnum):
    """The last part of the path by which venues are listed."""

    LIST = "list"
    COUNT = "listOrderCount"


class VenueFlag(StrEnum):
    """The `flag` that is sent along with that."""

    NO = "0"
    YES = "1"


class Customs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them."""

    week: Week = Week.SUNDAY
    """Most clients count so; one that always sends 0 is served all the same, so little can depend on it."""
    date_id: DateId = DateId.ALWAYS
    """Since about 2025 the platform asks for it when slots are looked at, and nobody was refused for sending it."""
    tensity: Tensity = Tensity.COURT
    """The court's own word cannot be wrong."""
    free: Free = Free.BOTH
    """Whoever asks for both never orders what is not to be had."""
    state_8: StateEight = StateEight.ASK
    """Held for expired while it waits for money, a court would be ordered again and again."""
    cancel_codes: frozenset[int] = frozenset({4, 0, 1, 2, 3})
    """4 is yes, as one client records; 0 is yes everywhere else on the platform; another client takes 1, 2 and 3 for
    one after two further posts. None of them is the proof, for the orders are read afterwards, so none is refused."""
    pay_unit: PayUnit = PayUnit.GUESS
    """Nobody recorded the unit."""
    venue_list: VenueList = VenueList.LIST
    venue_flag: VenueFlag = VenueFlag.NO
    """Of both, what most clients send."""


def read_customs(text: str) -> Customs:
    """`week=monday,cancel_codes=4+0`: those named differ from the default. Raises `ValueError` with a sentence."""
    found: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, is_pair, value = (piece.strip() for piece in part.partition("="))
        if not is_pair or name not in Customs.__struct_fields__:
            raise ValueError(f"没有“{name[:40]}”这一项，可以写的有 {'、'.join(Customs.__struct_fields__)}")
        if name in found:
            raise ValueError(f"{name} 写了两次")
        found[name] = _codes(value) if name == "cancel_codes" else value
        _check(name, found[name])
    return msgspec.convert(found, Customs)


def _check(name: str, value: Any) -> None:
    try:
        msgspec.convert({name: value}, Customs)
    except msgspec.ValidationError as wrong:
        custom: StrEnum = getattr(Customs(), name)
        raise ValueError(f"{name} 只能是 {'、'.join(type(custom))}") from wrong


def _codes(value: str) -> list[int]:
    codes = [code.strip() for code in value.split("+")]
    if len(codes) > _MOST_CODES or not all(code.isascii() and code.isdecimal() and len(code) <= 6 for code in codes):
        raise ValueError("cancel_codes 要写用加号连起来的代码，例如 4+0")
    return [int(code) for code in codes]
