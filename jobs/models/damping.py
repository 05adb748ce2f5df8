"""Slots that come and go: what was told twice in short order is not told a third time until it has been calm. Pure."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

CALM: Final = timedelta(minutes=30)
"""A slot is told twice within so long, and not again until it has not changed for so long."""
TOLD_AT_MOST: Final = 2
REMEMBERED_AT_MOST: Final = 2000
"""Slots: more than a week of fifteen hours on a dozen courts, all of them moving within half an hour."""


class Flicker(Struct, frozen=True):
    """Of one slot: when it was told of late, when it last came or went (seconds since 1970), and whether it is damped:
    it has come without being told."""

    told: tuple[int, ...] = ()
    changed: int = 0
    is_damped: bool = False


class Flickers(Struct, frozen=True, kw_only=True):
    """What a monitor remembers of the slots that moved within `CALM`, by `Slot.key`.

    `forgot`: when more of them moved than are remembered (seconds since 1970). For `CALM` from then on a slot that
    comes out of nowhere may be one that was forgotten, and is damped.
    """

    slots: Mapping[str, Flicker] = {}
    forgot: int = 0

    @property
    def as_data(self) -> dict[str, Any]:
        """For the job's memory; as `flickers_of` reads it."""
        slots = {key: [list(one.told), one.changed, one.is_damped] for key, one in self.slots.items()}
        return {"slots": slots, "forgot": self.forgot}


class _Stored(Struct):
    slots: dict[str, tuple[tuple[int, ...], int, bool]] = {}
    forgot: int = 0


class Seen(Struct, frozen=True, kw_only=True):
    """What follows from one look: the slots that are told, and what is remembered with the telling."""

    told: frozenset[str]
    flickers: Flickers


def flickers_of(data: object) -> Flickers:
    """Out of a job's memory. What cannot be read counts as nothing: then a slot is told once more than it should."""
    try:
        known = msgspec.convert(data, _Stored)
    except msgspec.ValidationError:
        return Flickers()
    return Flickers(slots={key: Flicker(*one) for key, one in known.slots.items()}, forgot=known.forgot)


def seen(before: Flickers, was_free: Collection[str] | None, is_free: Collection[str], at: datetime) -> Seen:
    """What of a look is told, by the slots that were free at the look before (None: there was none) and are now.

    A slot that came is told, unless it was told `TOLD_AT_MOST` times within `CALM`: then it is damped until it has not
    moved for `CALM`. If it has been free all that while it is told at last, if it was gone it is news again.
    """
    now = int(at.astimezone(UTC).timestamp())
    since = now - int(CALM.total_seconds())
    slots = {key: one for key, one in before.slots.items() if one.changed > since}
    free, were = frozenset(is_free), frozenset(was_free or ())
    told = {key for key, one in before.slots.items() if one.is_damped and key not in slots and key in free & were}
    unknown = Flicker(is_damped=before.forgot > since)
    for key in free - were:
        one = _came(slots.get(key, unknown), now, since)
        if not one.is_damped:
            told.add(key)
        slots[key] = one
    for key in were - free:
        slots[key] = replace(slots.get(key, unknown), changed=now)
    kept = _bounded(slots, free)
    # All that is free at the first look has not moved: forgetting some of it hides nothing.
    forgets = len(kept) < len(slots) and was_free is not None
    return Seen(told=frozenset(told), flickers=Flickers(slots=kept, forgot=now if forgets else before.forgot))


def _came(one: Flicker, now: int, since: int) -> Flicker:
    recent = tuple(instant for instant in one.told if instant > since)
    if one.is_damped or len(recent) >= TOLD_AT_MOST:
        return Flicker(recent, now, is_damped=True)
    return Flicker((*recent, now), now)


def _bounded(slots: Mapping[str, Flicker], free: Collection[str]) -> dict[str, Flicker]:
    """Those that moved last; and those that are free and untold, whatever their number, for they are to be told."""
    untold = [key for key in slots if slots[key].is_damped and key in free]
    others = slots.keys() - untold
    latest = sorted(others, key=lambda key: (slots[key].changed, key), reverse=True)
    return {key: slots[key] for key in (*untold, *latest[: max(0, REMEMBERED_AT_MOST - len(untold))])}
