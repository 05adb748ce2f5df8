"""What is free, and when: a pure function of a seed and an instant, so that a restarted simulator says the same.

Every court and hour has a fate of its own, drawn by hashing. At its release (noon of the seventh day before) it is
free; some time later its first buyer comes; from then on it is drawn anew, again and again, as people book and cancel.
"""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from jobs.models.venue import Preset

ZONE: Final = ZoneInfo("Asia/Shanghai")
RELEASE_TIME: Final = time(12)
RELEASE_DAYS: Final = 7
"""Date D opens at noon on D-7; so 8 dates are visible after noon, 7 before."""
FIRST_HOUR: Final = 7
HOURS: Final = range(FIRST_HOUR, 22)

_DEMAND: Final = (10, 15, 20, 25, 30, 30, 35, 40, 40, 55, 65, 80, 88, 85, 70)
"""How much of an hour is taken in the long run, in per cent, from 7 o'clock on: the evening is what people want."""


class Status(IntEnum):
    """The platform's own numbers."""

    FREE = 0
    BOOKED = 1
    CLOSED = -1
    UNRELEASED = -2
    FULL = -3


class Cell(Struct, frozen=True):
    """One court for one hour. `price` in yuan; `sign` goes stale when the hour is drawn anew."""

    status: Status
    count: int
    price: int
    sign: str

    @property
    def is_free(self) -> bool:
        return self.status is Status.FREE and self.count > 0


class Court(Struct, frozen=True):
    """One court on one day; `cells` are the hours of `HOURS`. `tension` runs from 0 (quiet) to 3 (very tight)."""

    id: str
    name: str
    number: int
    tension: int
    cells: tuple[Cell, ...]


class Sport(Struct, frozen=True):
    """How a sport is offered: courts, places per court and hour, yuan before 12, from 12 and from 16 o'clock."""

    courts: int
    places: int
    prices: tuple[int, int, int]


_SPORTS: Final = {
    "羽毛球": Sport(12, 1, (5, 7, 9)),
    "篮球": Sport(4, 1, (20, 30, 40)),
    "排球": Sport(2, 1, (20, 30, 40)),
    "乒乓球": Sport(10, 1, (3, 3, 5)),
    "网球": Sport(8, 1, (15, 20, 30)),
    "足球": Sport(2, 1, (50, 80, 120)),
    "台球": Sport(6, 1, (5, 5, 8)),
    "健身房": Sport(1, 40, (3, 3, 3)),
    "学生中心健身房": Sport(1, 60, (3, 3, 3)),
    "琴房兼乐器": Sport(4, 1, (2, 2, 2)),
}
_OTHER_SPORT: Final = Sport(2, 1, (10, 10, 10))

# A taken hour shows itself in one of these ways; two of them look free to a client that tests only one number.
_TAKEN: Final = (
    (Status.BOOKED, 0),
    (Status.BOOKED, 0),
    (Status.BOOKED, 0),
    (Status.FULL, 0),
    (Status.BOOKED, 1),
    (Status.FREE, 0),
)


class World(Struct, frozen=True, kw_only=True):
    """All courts of all venues for ever. `period_seconds`, above 0: the mean time between two flips of one slot."""

    seed: int
    period_seconds: float = 600.0
    release: time = RELEASE_TIME
    """By the wall clock of Shanghai, `RELEASE_DAYS` before the date."""
    sign_seconds: float | None = None
    """How long a `sign` is good for even where nothing happens to its slot; None: for ever."""
    sign_generation: int = 0
    """Another number makes every `sign` another."""

    def __post_init__(self) -> None:
        if not self.period_seconds > 0:
            raise ValueError("period_seconds must be above 0")
        if self.sign_seconds is not None and not self.sign_seconds > 0:
            raise ValueError("sign_seconds must be above 0")

    def visible(self, at: datetime) -> list[date]:
        """The dates whose release has come and that are not over, soonest first."""
        local = at.astimezone(ZONE)
        count = RELEASE_DAYS + (local.time() >= self.release)
        return [local.date() + timedelta(days=ahead) for ahead in range(count)]

    def opens_at(self, day: date) -> datetime:
        """When a date's slots turn from -2 to 0, UTC."""
        return released_at(day, self.release)

    def token(self, place: Preset, day: date) -> str:
        """The `dateId`: 44 base64 characters, one per date and sport."""
        return _token(self.seed, "dateId", place.venue_id, place.sport_id, day)

    def courts(self, place: Preset, day: date, at: datetime) -> list[Court]:
        """Every court of a sport on a day, as it stands at an instant."""
        return list(self._courts(place, day, at))

    def each_court(self, place: Preset, day: date, at: datetime) -> Iterator[Court]:
        """As `courts`, each made when it is asked for."""
        return self._courts(place, day, at)

    def is_full(self, place: Preset, day: date, at: datetime) -> bool:
        """Whether no hour of any court can be booked."""
        sport = _SPORTS.get(place.sport, _OTHER_SPORT)
        courts = (self._court_id(place, number) for number in range(1, sport.courts + 1))
        return not any(cell.is_free for court in courts for cell in self._cells(court, sport, day, at))

    def _courts(self, place: Preset, day: date, at: datetime) -> Iterator[Court]:
        sport = _SPORTS.get(place.sport, _OTHER_SPORT)
        return (self._court(place, sport, number, day, at) for number in range(1, sport.courts + 1))

    def _court(self, place: Preset, sport: Sport, number: int, day: date, at: datetime) -> Court:
        court_id = self._court_id(place, number)
        cells = tuple(self._cells(court_id, sport, day, at))
        taken = sum(cell.count == 0 for cell in cells)
        name = f"场地{number}" if sport.courts > 1 else place.sport
        return Court(court_id, name, number, min(3, 4 * taken // len(cells)), cells)

    def _court_id(self, place: Preset, number: int) -> str:
        return str(UUID(bytes=_digest(self.seed, "court", place.venue_id, place.sport_id, number)[:16]))

    def _cells(self, court_id: str, sport: Sport, day: date, at: datetime) -> Iterator[Cell]:
        released = self.opens_at(day)
        for hour in HOURS:
            opens_at = datetime.combine(day, time(hour), tzinfo=ZONE)
            turn = self._turn(f"{court_id}/{day}/{hour}", hour, day, at)
            if at >= opens_at:
                status, count = Status.CLOSED, 0
            elif at < released:
                status, count = Status.UNRELEASED, 0
            else:
                status, count = self._standing(turn, hour, sport.places)
            yield Cell(status, count, _price(sport, hour), self._sign(turn, at))

    def _sign(self, turn: str, at: datetime) -> str:
        parts: list[object] = [self.seed, "sign", turn]
        if self.sign_seconds is not None:
            parts.append(int(at.timestamp() / self.sign_seconds))
        if self.sign_generation:
            parts.append(f"generation {self.sign_generation}")
        return _token(*parts)

    def _standing(self, turn: str, hour: int, places: int) -> tuple[Status, int]:
        """Free or taken, and the places left, during one turn of a slot."""
        how = _draw(self.seed, "how", turn)
        if turn.endswith("/first") or _draw(self.seed, "taken", turn) >= _share_taken(hour):
            return Status.FREE, 1 + int(how * places)
        return (Status.FULL, 0) if places > 1 else _TAKEN[int(how * len(_TAKEN))]

    def _turn(self, slot: str, hour: int, day: date, at: datetime) -> str:
        """The name of the stretch of time, between two drawings of this slot, that an instant falls into.

        Two independent drawings differ with probability 2·p·(1-p), so turns of period·2·p·(1-p) seconds flip a slot
        once per period on average.
        """
        share = _share_taken(hour)
        first_buyer_after = self.period_seconds * (1 - share) * _draw(self.seed, "first", slot)
        since = (at - self.opens_at(day)).total_seconds() - first_buyer_after
        if since < 0:
            return f"{slot}/first"
        return f"{slot}/{int(since / (self.period_seconds * 2 * share * (1 - share)))}"


def released_at(day: date, release: time = RELEASE_TIME) -> datetime:
    """When a date's slots turn from -2 to 0, UTC."""
    return datetime.combine(day - timedelta(days=RELEASE_DAYS), release, tzinfo=ZONE).astimezone(UTC)


def _share_taken(hour: int) -> float:
    return _DEMAND[hour - FIRST_HOUR] / 100


def _price(sport: Sport, hour: int) -> int:
    morning, noon, evening = sport.prices
    return morning if hour < 12 else noon if hour < 16 else evening


def _digest(*parts: object) -> bytes:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()


def _draw(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but the parts."""
    return (int.from_bytes(_digest(*parts)[:8]) >> 11) / 2**53


def _token(*parts: object) -> str:
    return base64.b64encode(_digest(*parts)).decode()
