"""A run's surroundings, written by hand: a platform, a reporter, a clock and a wish to stop."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from jobs.models.accounts import Account, AccountId
from jobs.models.bookings import Booking, BookingState, slot_key
from jobs.models.comparison import Comparison
from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Job, Status
from jobs.models.orders import OrderId
from jobs.models.people import Chat
from jobs.models.release import ReleaseRule
from jobs.models.run import Outcome
from jobs.models.venue import Day, Preset, Slot
from jobs.ports.aim import DatedServer, Fired, Ready, ServerDate
from jobs.ports.desk import Bought, Offer, Readiness
from jobs.ports.kind import Assignment, Kind
from jobs.ports.provider import VenueError, VenueUnreachable
from jobs.ports.rows import Sighting
from jobs.ports.store import StoreUnavailable

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
TODAY = date(2026, 11, 22)
PRESET = Preset(number=13, venue="南洋北苑健身房", venue_id="v", sport="健身房", sport_id="s")
LOCKED = StoreUnavailable("任务库被别的程序占用太久，请稍后再试", "locked")


def slot(hour: int, court: str = "1号场", days_ahead: int = 0) -> Slot:
    return Slot(
        date=TODAY + timedelta(days=days_ahead), hour=hour, court=court, court_id=court, price="30.00", remaining=1
    )


class HandClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Platform:
    """Implements `Provider`: each look finds the next of `answers`, the last one for ever."""

    presets: Sequence[Preset] = (PRESET,)
    release = ReleaseRule()

    def __init__(self, *answers: list[Slot] | VenueError, days_listed: int = 3) -> None:
        self.answers = list(answers)
        self.days_listed = days_listed
        self.looks: int = 0
        self.slot_looks: int = 0
        self._free: list[Slot] = []
        self.full: set[date] = set()
        self.closed: set[date] = set()
        self.clock = HandClock()
        self.connect_seconds = 0.0

    def connect(self, within_seconds: float) -> None:
        self.clock.at += timedelta(seconds=min(self.connect_seconds, within_seconds))

    def days(self, preset: Preset) -> list[Day]:
        self.looks += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, VenueError):
            raise answer
        self._free = answer
        listed = [(str(n), TODAY + timedelta(days=n)) for n in range(self.days_listed)]
        return [
            Day(date=day, token=token, is_full=day in self.full, is_open=day not in self.closed)
            for token, day in listed
        ]

    def prepare_days(self, preset: Preset) -> "Prepared":
        return Prepared(self, preset)

    def server(self) -> str:
        return "sports.example:443"

    def server_date(self, within_seconds: float) -> ServerDate:
        raise AssertionError("an aim asks for it, not a kind")

    def slots(self, preset: Preset, day: Day) -> list[Slot]:
        self.slot_looks += 1
        return [slot for slot in self._free if slot.date == day.date]


RELEASED = TODAY + timedelta(days=7)
"""The day that opens at NOW: it is noon in Shanghai."""


class Release(Platform):
    """One day that is listed from `listed_after` seconds after NOW on, and has free slots between `opens_after` and
    `full_after`. `troubles` are raised by the first looks, None: nothing is wrong with that one."""

    def __init__(
        self,
        free: list[Slot],
        *,
        listed_after: float = 0,
        opens_after: float = 0,
        full_after: float = 9e9,
        troubles: Sequence[VenueError | None] = (),
    ) -> None:
        super().__init__([])
        self._offered = free
        self._listed_after = listed_after
        self._opens_after = opens_after
        self._full_after = full_after
        self._troubles = list(troubles)

    def days(self, preset: Preset) -> list[Day]:
        self.looks += 1
        self._stumble()
        ahead = 8 if self._passed() >= self._listed_after else 7
        return [Day(date=TODAY + timedelta(days=n), token=str(n), is_full=False, is_open=True) for n in range(ahead)]

    def slots(self, preset: Preset, day: Day) -> list[Slot]:
        self.slot_looks += 1
        self._stumble()
        is_open = self._opens_after <= self._passed() < self._full_after
        return [one for one in self._offered if one.date == day.date] if is_open else []

    def _passed(self) -> float:
        return (self.clock.at - NOW).total_seconds()

    def _stumble(self) -> None:
        trouble = self._troubles.pop(0) if self._troubles else None
        if trouble is not None:
            raise trouble


class Prepared:
    """Implements `ReadyDays`."""

    def __init__(self, platform: Platform, preset: Preset) -> None:
        self._platform = platform
        self._preset = preset
        self.was_sent = False

    def warm(self, within_seconds: float) -> None:
        self._platform.connect(within_seconds)

    def mend(self, within_seconds: float) -> None:
        self._platform.connect(within_seconds)

    def send(self) -> None:
        self.was_sent = True

    def answer(self) -> list[Day]:
        assert self.was_sent
        return self._platform.days(self._preset)


def account(nickname: str) -> Account:
    return Account(id=AccountId(f"id-{nickname}"), owner=None, nickname=nickname, created_at=NOW)


def booking(nickname: str, slot: Slot, order: str = "1") -> Booking:
    return Booking(
        account_id=account(nickname).id,
        slot_key=slot_key(PRESET, slot),
        nickname=nickname,
        owner=None,
        origin=None,
        preset=PRESET.number,
        venue=PRESET.title,
        date=slot.date,
        hour=slot.hour,
        court=slot.court,
        price=slot.price,
        state=BookingState.BOOKED,
        order_id=OrderId(order),
        opened_at=NOW,
    )


Purchase = Callable[["Counter", Sequence[Offer]], list[Bought]]


class Counter:
    """Implements `StandingDesk`. Each purchase is made by the next of `purchases`, the last one for ever; without any,
    every account that has nothing gets the next best offer. `ready` says what is wrong with an account; absent:
    nothing."""

    def __init__(self, *nicknames: str, missing: Sequence[str] = (), purchases: Sequence[Purchase] = ()) -> None:
        self.accounts = [account(nickname) for nickname in nicknames]
        self.coming: list[list[str]] = []
        """Who is there at each look for accounts, once; absent: the same as before."""
        self.missing = missing
        self.purchases = list(purchases)
        self.ready: dict[str, VenueError] = {}
        self.in_the_way: list[str] = []
        self.readied = 0
        self.clock: HandClock | None = None
        """Goes on by `slow_seconds` with each account that is looked at."""
        self.slow_seconds = 0.0
        self.looked_at: list[datetime] = []
        """When each look was over."""
        self.offered: list[list[str]] = []
        self.held: list[Booking] = []
        self.warmed: list[float] = []
        self.looked_again: list[Sequence[Offer] | VenueError] = []
        self.looks_again = 0
        """How often a purchase finds a slot stale."""

    def look_for_accounts(self) -> None:
        if self.coming:
            self.accounts = [account(nickname) for nickname in self.coming.pop(0)]

    def conflicts(self, day: date) -> list[str]:
        return [f"{day:%m-%d} {what}" for what in self.in_the_way]

    def get_ready(self, until: datetime | None = None) -> list[Readiness]:
        self.readied += 1
        return [self._readiness(one, until) for one in self.accounts]

    def _readiness(self, one: Account, until: datetime | None) -> Readiness:
        error = self.ready.get(one.nickname)
        if self.clock is not None:
            if until is not None and self.clock.at >= until:
                error = VenueUnreachable("没有检查", retry_after_seconds=0)
            else:
                self.clock.at += timedelta(seconds=self.slow_seconds)
                self.looked_at.append(self.clock.at)
        return Readiness(account=one, sentence=f"{one.nickname} {error.sentence if error else '已登录'}", error=error)

    def warm(self, within_seconds: float) -> None:
        self.warmed.append(within_seconds)

    def buy(self, offers: Sequence[Offer], look_again: Callable[[], Sequence[Offer]]) -> list[Bought]:
        self.offered.append([one.key for offer in offers for one in offer.slots])
        for _ in range(self.looks_again):
            try:
                self.looked_again.append(look_again())
            except VenueError as error:
                self.looked_again.append(error)
        purchase = everybody_gets_one
        if self.purchases:
            purchase = self.purchases.pop(0) if len(self.purchases) > 1 else self.purchases[0]
        bought = purchase(self, offers)
        self.held += [row for one in bought for row in one.bookings if row not in self.held]
        return bought

    def bought_before(self) -> list[Booking]:
        return list(self.held)

    def of(self, one: Account) -> tuple[Booking, ...]:
        return tuple(row for row in self.held if row.account_id == one.id)

    def close(self) -> None: ...


def everybody_gets_one(desk: Counter, offers: Sequence[Offer]) -> list[Bought]:
    had = {row.slot_key for row in desk.held}
    left = (offer for offer in offers if not had & {slot_key(offer.preset, one) for one in offer.slots})
    bought: list[Bought] = []
    for one in desk.accounts:
        if has := desk.of(one):
            bought.append(Bought(account=one, bookings=has))
        elif (offer := next(left, None)) is not None:
            rows = tuple(booking(one.nickname, slot, f"o-{one.nickname}") for slot in offer.slots)
            bought.append(Bought(account=one, bookings=rows))
        else:
            bought.append(Bought(account=one, sentence="没有抢到"))
    return bought


def nobody_gets_any(error: VenueError | None = None, *, uncertain: bool = False) -> Purchase:
    """All who have nothing are refused with this error."""

    def purchase(desk: Counter, _offers: Sequence[Offer]) -> list[Bought]:
        return [
            Bought(
                account=one,
                bookings=(has := desk.of(one)),
                error=None if has else error,
                sentence="" if has or error is None else error.sentence,
                is_uncertain=uncertain and not has,
            )
            for one in desk.accounts
        ]

    return purchase


class Allowance:
    """Implements `Budget`."""

    def __init__(self, left: int = 60) -> None:
        self.is_hurrying = False
        self.hurried = 0
        self._left = left

    def take(self, server: str, within_seconds: float | None = None) -> None: ...

    def quiet(self, server: str, seconds: float) -> None: ...

    @contextmanager
    def hurrying(self) -> Generator[None]:
        self.hurried += 1
        self.is_hurrying = True
        yield
        self.is_hurrying = False

    def left(self, server: str) -> int:
        return self._left


class Notebook:
    """Implements `Reporter`. Each write of a fact asks `troubles` for what shall go wrong with it; None: nothing."""

    def __init__(self, memory: dict[str, Any] | None = None) -> None:
        self.memory = memory or {}
        self.told: list[tuple[list[str], bool]] = []
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.said: list[str] = []
        self.promised: list[datetime | None] = []
        self.late: list[float] = []
        self.troubles: list[StoreUnavailable | None] = []
        self.notices: list[tuple[str, str, dict[str, Any]]] = []
        self.has_arrived: bool | None = True
        self.chat: Chat | None = None
        self.ticks = ""
        self.sightings: dict[date, Sighting] = {}

    def progress(
        self,
        sentence: str,
        *,
        checks: int,
        next_check_at: datetime | None,
        ticks: str = "",
        sighting: Sighting | None = None,
    ) -> None:
        self.said.append(sentence)
        self.promised.append(next_check_at)
        self.ticks = ticks or self.ticks
        if sighting is not None:
            self.sightings[sighting.day] = sighting

    def looks_before(self, today: date) -> tuple[str, Sighting | None]:
        return self.ticks, self.sightings.get(today)

    def recall(self) -> dict[str, Any]:
        return self.memory

    def slots_freed(self, check: int, slots: Sequence[Slot], memory: dict[str, Any], **data: Any) -> None:
        self._stumble()
        self.told.append(([slot.key for slot in slots], data["first"]))
        self.memory = memory

    def remember(self, memory: dict[str, Any]) -> None:
        self._stumble()
        self.memory = memory

    def event(self, type: str, **data: Any) -> None:
        self._stumble()
        self.events.append((type, data))

    def tell(self, topic: str, key: str, **data: Any) -> None:
        self._stumble()
        self.notices.append((topic, key, data))

    def was_told(self, topic: str, key: str) -> bool | None:
        return self.has_arrived

    def told_in(self) -> Chat | None:
        return self.chat

    def fired(self, late_seconds: float, **data: Any) -> None:
        self.late.append(late_seconds)
        self.events.append(("occurrence.fired", data))

    def finish(self, outcome: Outcome) -> None:
        raise AssertionError("the run finishes, not its kind")

    def _stumble(self) -> None:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble


class Patience:
    """Implements `Stopping`: the run shall leave in its wait number `waits`. Waiting moves the clock."""

    def __init__(self, clock: HandClock, waits: int) -> None:
        self._clock = clock
        self._left = waits
        self.waited: list[float] = []

    def is_set(self) -> bool:
        return self._left <= 0

    def wait(self, seconds: float) -> bool:
        self._left -= 1
        self.waited.append(seconds)
        if not self.is_set():
            self._clock.at += timedelta(seconds=seconds)
        return self.is_set()


FAST = Comparison(offset_seconds=0.3, error_seconds=0.005, requests=9)


class HandAim:
    """Implements `Aim`: compares to `comparison`, and is `late` in firing; None: it is asked to leave before.

    Where it is given a clock it moves that to the instant. `ways`: what it does with the connections before."""

    def __init__(
        self,
        instant: datetime,
        late: float | None = 0.0004,
        comparison: Comparison | None = FAST,
        ways: Sequence[str] = ("warm", "mend"),
    ) -> None:
        self.instant = instant
        self._ways = ways
        self.clock: HandClock | None = None
        self._late = late
        self._comparison = comparison
        self.is_over = False
        self.surveys: list[bool] = []

    def compare(self, server: DatedServer) -> Comparison | None:
        return self._comparison

    def survey(self, server: DatedServer, *, closely: bool) -> Comparison | None:
        self.surveys.append(closely)
        return self._comparison

    def fire(self, ready: Ready) -> Fired | None:
        if self._late is None:
            return None
        if self.clock is not None:
            self.clock.at = max(self.clock.at, self.instant)
        if "warm" in self._ways:
            ready.warm(1.0)
        if "mend" in self._ways:
            ready.mend(0.1)
        ready.send()
        return Fired(late_seconds=self._late, comparison=self._comparison)

    def stand_down(self) -> None:
        self.is_over = True


class Site:
    """One run of a kind, from its beginning to its end or to its wait number `waits`."""

    def __init__(
        self,
        kind: Kind,
        config: dict[str, Any],
        platform: Platform,
        *,
        waits: int = 1,
        book: Notebook | None = None,
        aim: Any = None,
        desk: Counter | None = None,
        began_at: datetime = NOW,
    ) -> None:
        self.platform = platform
        self.desk = desk or Counter()
        self.budget = Allowance()
        self.book = book or Notebook()
        self.clock = platform.clock
        self.clock.at = began_at
        self.stopping = Patience(self.clock, waits)
        job = Job(
            id=JobId("1e95803d"),
            number=JobNumber(7),
            kind=kind.name,
            name="晚场",
            status=Status.RUNNING,
            config=config,
            created_at=NOW,
            updated_at=NOW,
        )
        self._work: Callable[[], Outcome] = lambda: kind.work(
            Assignment(
                job=job,
                zone="Asia/Shanghai",
                provider=cast("Any", platform),
                budget=self.budget,
                desk=self.desk,
                reporter=self.book,
                clock=self.clock,
                stopping=self.stopping,
                aim=aim,
            )
        )

    def work(self) -> Outcome:
        return self._work()

    @property
    def told(self) -> list[list[str]]:
        return [keys for keys, _ in self.book.told]
