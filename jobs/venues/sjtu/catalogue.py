"""The platform's own list of venues and sports, decoded. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Raw, Struct

from jobs.models.venue import Preset
from jobs.ports.provider import UnexpectedAnswer
from jobs.venues.sjtu.answers import Answer, printable, whole_number
from jobs.venues.sjtu.wire import decoded, envelope_of

_LONGEST_ID: Final = 64


class Venue(Struct, frozen=True):
    id: str
    name: str


class VenuePage(Struct, frozen=True):
    """One page of the list. `total`: how many venues there are in all; None: it does not say."""

    venues: tuple[Venue, ...]
    total: int | None


class _Row(Struct, rename="camel"):
    venue_id: int | str
    venue_name: str


class _Motion(Struct):
    id: int | str
    name: str


class _Venue(Struct, rename="camel"):
    motion_types: list[Raw] | None = None


def read_venues(answer: Answer) -> VenuePage:
    """One page of `venue/list`; rows that cannot be read are left out. Raises `VenueError`."""
    envelope = envelope_of(answer)
    rows = decoded(envelope.rows, list[Raw])
    if rows is None:
        raise UnexpectedAnswer("预订平台的答复里没有场馆列表", "no rows", 60)
    read = (decoded(raw, _Row) for raw in rows)
    venues = [Venue(str(row.venue_id).strip(), printable(row.venue_name)) for row in read if row is not None]
    return VenuePage(
        venues=tuple(venue for venue in venues if venue.name and 0 < len(venue.id) <= _LONGEST_ID),
        total=whole_number(envelope.total),
    )


def read_sports(answer: Answer) -> list[tuple[str, str]]:
    """Ids and names of the sports in `queryVenueById`'s answer; empty: the venue lists none. Raises `VenueError`."""
    venue = decoded(envelope_of(answer).data, _Venue)
    if venue is None:
        raise UnexpectedAnswer("预订平台的答复里没有场馆", "no venue", 60)
    read = (decoded(raw, _Motion) for raw in venue.motion_types or ())
    sports = [(str(motion.id).strip(), printable(motion.name)) for motion in read if motion is not None]
    return [(sport_id, name) for sport_id, name in dict(sports).items() if name and 0 < len(sport_id) <= _LONGEST_ID]


def numbered(venue: Venue, sports: Sequence[tuple[str, str]], known: Iterable[Preset]) -> list[Preset]:
    """A venue's presets: those known by their ids have their number, others 0. One without sports is a preset too."""
    numbers = {(preset.venue_id, preset.sport_id): preset.number for preset in known}
    return [
        Preset(
            number=numbers.get((venue.id, sport_id), 0),
            venue=venue.name,
            venue_id=venue.id,
            sport=name,
            sport_id=sport_id,
        )
        for sport_id, name in (sports or [("", "")])
    ]
