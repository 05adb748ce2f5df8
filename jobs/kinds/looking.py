"""Looking at a venue: what is free on the days that are wanted, and what may be ordered of it."""

import datetime
from collections.abc import Callable, Sequence

from msgspec import Struct

from jobs.models.venue import Day, Preset, Slot
from jobs.models.wishes import Wishes, choices
from jobs.ports.desk import Offer
from jobs.ports.provider import Provider


class View(Struct, frozen=True, kw_only=True):
    """The days that are wanted, and what is free on them, as a platform listed it."""

    preset: Preset
    days: tuple[Day, ...]
    free: tuple[Slot, ...]

    def offers(self, wishes: Wishes) -> list[Offer]:
        """What fulfils the wishes, the best first."""
        days: dict[datetime.date, Day] = {day.date: day for day in self.days}
        return [
            Offer(preset=self.preset, day=days[choice[0].date], slots=choice) for choice in choices(self.free, wishes)
        ]


def look(
    provider: Provider, preset: Preset, wants: Callable[[Day], bool], ask: Callable[[], Sequence[Day]] | None = None
) -> View:
    """What is free on the days that `wants` wants. May raise any `VenueError`.

    `ask` is how the days are asked for, where that is not the usual way.
    """
    days = tuple(day for day in (ask() if ask else provider.days(preset)) if wants(day))
    return look_at(provider, preset, days)


def look_at(provider: Provider, preset: Preset, days: tuple[Day, ...]) -> View:
    """What is free on days that are known already. May raise any `VenueError`."""
    return View(preset=preset, days=days, free=tuple(slot for day in days for slot in provider.slots(preset, day)))


def slots_in(offers: Sequence[Offer], free: Sequence[Slot]) -> list[Slot]:
    """The free slots that are part of any offer, in the platform's order."""
    offered = {slot.key for offer in offers for slot in offer.slots}
    return [slot for slot in free if slot.key in offered]
