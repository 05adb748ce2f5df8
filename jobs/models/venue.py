"""Venues as values: presets, targets, days and slots. Where they come from is a provider's business."""

import datetime
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

DEFAULT_HOURS: Final = (18, 19, 20)
"""Start hours watched when none are asked for: the original program's preference."""


class Preset(Struct, frozen=True, kw_only=True):
    """A numbered venue and sport, with the platform's own ids. `sport` empty: the venue has no sport listed."""

    number: int
    venue: str
    venue_id: str
    sport: str
    sport_id: str

    @property
    def title(self) -> str:
        return f"{self.venue}·{self.sport}" if self.sport else self.venue


class Target(Struct, frozen=True, kw_only=True):
    """What to look at, in the original program's words; a preset, where given, wins over the keywords.

    `date` is a calendar day, `date_offset` days from the day of looking; neither: every day that can be seen.
    """

    preset: int | None = None
    venue_keyword: str = ""
    field_type_keyword: str = ""
    date: datetime.date | None = None
    date_offset: int | None = None
    start_hour: int | None = None
    duration_hours: int = 1


class Day(Struct, frozen=True, kw_only=True):
    """A day the platform lists for a target. `token` is opaque and needed to ask for its slots."""

    date: datetime.date
    token: str
    is_full: bool
    is_open: bool


class Slot(Struct, frozen=True, kw_only=True):
    """One court for one hour, free right now. `price` is the platform's text (`"30.00"`), empty when unknown.

    `remaining` is how many can still be booked, `sign` the platform's token for an order; it goes stale.
    """

    date: datetime.date
    hour: int
    court: str
    court_id: str
    price: str
    remaining: int
    sign: str = ""
    tension: str = "0"
    """The platform's own mark of how sought-after the court is; an order must echo it."""

    @property
    def key(self) -> str:
        """The same for the same court and hour, however often it is asked for."""
        return f"{self.date.isoformat()}T{self.hour:02d}/{self.court_id}"

    def as_data(self) -> dict[str, Any]:
        """The part of a slot worth telling people, as plain JSON values."""
        return {"date": self.date.isoformat(), "hour": self.hour, "court": self.court, "price": self.price}


def preset_by_number(presets: Sequence[Preset], number: int) -> Preset | None:
    """The preset of that number, or None."""
    return next((preset for preset in presets if preset.number == number), None)


def resolve_preset(target: Target, presets: Sequence[Preset]) -> Preset | None:
    """The preset a target means: by its number, else the first whose venue and sport contain the keywords."""
    if target.preset is not None:
        return preset_by_number(presets, target.preset)
    if not target.venue_keyword:
        return None
    return next(
        (
            preset
            for preset in presets
            if target.venue_keyword in preset.venue and target.field_type_keyword in preset.sport
        ),
        None,
    )
