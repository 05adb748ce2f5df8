"""What somebody would like to have, in order of preference, and which free slots fulfil it. Pure."""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from msgspec import Struct

from jobs.models.venue import Slot

Choice = tuple[Slot, ...]
"""Slots that belong together: one court, hours one after the other."""

_NUMBER: Final = re.compile("[0-9]+")


class Wishes(Struct, frozen=True, kw_only=True):
    """Start hours, courts and dates, each in order of preference; empty: any. `length`: hours in a row on one court.

    A court is meant by its name, or by a number in it: `3` means `场地3`, not `场地13`.
    """

    hours: tuple[int, ...] = ()
    courts: tuple[str, ...] = ()
    dates: tuple[datetime.date, ...] = ()
    length: int = 1


def choices(free: Iterable[Slot], wishes: Wishes) -> list[Choice]:
    """All that fulfils the wishes, the best first: by hour, then court, then date, as wished; where nothing is wished
    the earliest date and the natural order of courts (场地2 before 场地10)."""
    on_court = {(slot.date, slot.court_id, slot.hour): slot for slot in free}
    found = (_from(slot, on_court, wishes.length) for slot in on_court.values() if _is_wished(slot, wishes))
    return sorted(filter(None, found), key=_preference(wishes))


def natural(court: str) -> list[tuple[int, str]]:
    """A key that sorts courts as people do: 场地2 before 场地10."""
    parts = filter(None, re.split("([0-9]+)", _plain(court)))
    return [(len(_value(part)), _value(part)) if _NUMBER.fullmatch(part) else (-1, part) for part in parts]


def _is_wished(slot: Slot, wishes: Wishes) -> bool:
    return (
        (not wishes.hours or slot.hour in wishes.hours)
        and (not wishes.courts or _court_rank(slot, wishes) < len(wishes.courts))
        and (not wishes.dates or slot.date in wishes.dates)
    )


def _from(first: Slot, on_court: dict[tuple[datetime.date, str, int], Slot], length: int) -> Choice | None:
    """The hours in a row that begin with a slot; None: one of them is not free."""
    row = [on_court.get((first.date, first.court_id, first.hour + step)) for step in range(max(length, 1))]
    whole = tuple(slot for slot in row if slot is not None)
    return whole if len(whole) == len(row) else None


def _preference(wishes: Wishes) -> Callable[[Choice], Any]:
    hours, dates = _ranks(wishes.hours), _ranks(wishes.dates)

    def place(choice: Choice) -> tuple[Any, ...]:
        first = choice[0]
        wished = (hours.get(first.hour, 0), _court_rank(first, wishes), dates.get(first.date, 0))
        return (*wished, first.date, first.hour, natural(first.court), first.court_id)

    return place


def _ranks(wished: Sequence[Any]) -> dict[Any, int]:
    """The place of each; of one that is named twice the first."""
    return {value: place for place, value in reversed([*enumerate(wished)])}


def _court_rank(slot: Slot, wishes: Wishes) -> int:
    """The place of the first wish that means the slot's court; as many as there are wishes: none does."""
    met = (place for place, court in enumerate(wishes.courts) if _means(court, slot.court))
    return next(met, len(wishes.courts))


def _means(wish: str, court: str) -> bool:
    wish, name = _plain(wish), _plain(court)
    if _NUMBER.fullmatch(wish):
        return _value(wish) in map(_value, _NUMBER.findall(name))
    return wish == name


def _value(digits: str) -> str:
    """As text, for a name may be digits without end."""
    return digits.lstrip("0")


def _plain(court: str) -> str:
    """A court's name without what two people write differently: width, case, blanks."""
    return "".join(unicodedata.normalize("NFKC", court).casefold().split())
