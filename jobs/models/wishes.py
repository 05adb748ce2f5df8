"""What somebody would like to have, in order of preference, and which free slots fulfil it. Pure."""

import datetime
from collections.abc import Iterable, Sequence

from msgspec import Struct

from jobs.models.venue import Slot

Choice = tuple[Slot, ...]
"""Slots that belong together: one court, hours one after the other."""


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
    raise NotImplementedError


def spread(ranked: Sequence[Choice], buyers: int) -> list[Choice | None]:
    """What each of several buyers tries first: the best for the first, for every other the best that shares no slot
    with those before; None: nothing is left for that one."""
    raise NotImplementedError
