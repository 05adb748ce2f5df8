"""A platform written by hand, with a ledger of its own, and the surroundings of a desk on a real store."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from jobs.booking.bookkeeper import Bookkeeper
from jobs.booking.desk import BookingDesk
from jobs.booking.errand import Errand
from jobs.models.accounts import Account, AccountId, Share, Standing
from jobs.models.bookings import Booking
from jobs.models.change import Change, Fence, Notification
from jobs.models.ids import Epoch, JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status
from jobs.models.orders import Order, OrderedHour, OrderId, OrderState, Payment
from jobs.models.people import Chat
from jobs.models.release import ReleaseRule
from jobs.models.run import Run, RunStatus
from jobs.models.venue import Day, Preset, Slot
from jobs.ports.aim import ServerDate
from jobs.ports.desk import Bought, Offer
from jobs.ports.provider import NotLoggedIn, OutcomeUnknown, Person, SlotGone, VenueError
from jobs.store.opening import open_store
from jobs.store.store import SqliteStore

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
DATE = date(2026, 11, 29)
PRESET = Preset(number=18, venue="霍英东体育中心", venue_id="v", sport="羽毛球", sport_id="s")
DAY = Day(date=DATE, token="t", is_full=False, is_open=True)
GROUP = Chat(self_id="10001", type="group", peer_id="555")
HOME = Chat(self_id="10001", type="private", peer_id="77")
OWNER = UserId("42")
FRIEND = UserId("77")
SHARED = (Share(kind="user", peer_id=OWNER),)


def slot(hour: int, court: str = "场地1", **fields: Any) -> Slot:
    return Slot(date=DATE, hour=hour, court=court, court_id=court, price="30.00", remaining=1, **fields)


def offer(*slots: Slot) -> Offer:
    return Offer(preset=PRESET, day=DAY, slots=slots)


def account(nickname: str, owner: UserId = OWNER, **fields: Any) -> Account:
    return Account(id=AccountId(f"id-{nickname}"), owner=owner, nickname=nickname, created_at=NOW, **fields)


class HandClock:
    """Stands still but while somebody waits."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds() + 1000

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Patience:
    """Implements `Stopping`; waiting moves the clock."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.is_over = False

    def is_set(self) -> bool:
        return self.is_over

    def wait(self, seconds: float) -> bool:
        self._clock.advance(seconds)
        return self.is_over


class Silence:
    """Implements `Bell`."""

    def ring(self) -> None: ...


class OpenHanded:
    """Implements `Budget`; says whether somebody hurried."""

    def __init__(self) -> None:
        self.hurried = 0

    def take(self, server: str, within_seconds: float | None = None) -> None: ...

    def quiet(self, server: str, seconds: float) -> None: ...

    def left(self, server: str) -> int:
        return 1000

    @contextmanager
    def hurrying(self) -> Generator[None]:
        self.hurried += 1
        yield


class Said(Struct, frozen=True):
    """How one order request goes: `makes` an order after `late_seconds` or not, and what is answered after
    `takes_seconds`: None: its id."""

    error: Exception | None = None
    makes: bool = False
    phantom: bool = False
    late_seconds: float = 0.0
    takes_seconds: float = 0.0


WELL = Said(makes=True)
LOST = Said(error=SlotGone("已被预订"))
BOOKED_TIMED_OUT = Said(error=OutcomeUnknown("没有答复"), makes=True)
UNKNOWN = Said(error=OutcomeUnknown("没有答复"))
PHANTOM = Said(phantom=True)


class Platform:
    """Implements `Provider` as far as booking needs it. `script`: what happens to an account's requests, one after the
    other; afterwards all goes well. Two accounts never get one slot."""

    presets: Sequence[Preset] = (PRESET,)
    release = ReleaseRule()

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.script: dict[str, list[Said]] = {}
        self.unreadable: dict[str, list[VenueError | None]] = {}
        """What goes wrong with reads of an account's orders, one after the other; None: nothing."""
        self.renews: dict[str, bool] = {}
        self.ledger: list[tuple[str, datetime, Order]] = []
        """(user, from when on it can be read, order)"""
        self.requests: list[tuple[str, tuple[str, ...]]] = []
        self.reads = 0
        self.ahead = timedelta()
        """How far its clock is ahead."""
        self.sent_while: Callable[[], None] = lambda: None
        """Called at every send."""

    def member(self, session: bytes | None) -> "Hand":
        return Hand(self, session.decode() if session else "")

    def close(self) -> None: ...

    def server_date(self, within_seconds: float) -> ServerDate:
        return ServerDate(second=int((self.clock.now() + self.ahead).timestamp()))

    def days(self, preset: Preset) -> list[Day]:
        return [DAY]

    def orders_of(self, user: str) -> list[Order]:
        now = self.clock.now()
        return [order for of, seen_at, order in reversed(self.ledger) if of == user and seen_at <= now]

    def make(self, user: str, slots: Sequence[Slot], late_seconds: float = 0.0, **fields: Any) -> OrderId:
        order_id = OrderId(f"{len(self.ledger) + 1:018d}")
        order = Order(
            id=order_id,
            state=OrderState.UNPAID,
            venue=PRESET.venue,
            date=slots[0].date,
            hours=tuple(OrderedHour(court=one.court, hour=one.hour) for one in slots),
            amount="30.00",
            created_at=self.clock.now() + self.ahead + timedelta(seconds=late_seconds),
        )
        order = replace(order, **fields)
        self.ledger.append((user, self.clock.now() + timedelta(seconds=late_seconds), order))
        return order_id

    def turn(self, order_id: OrderId, state: OrderState) -> None:
        """The order is in another state from now on."""
        self.ledger = [
            (user, at, replace(order, state=state) if order.id == order_id else order)
            for user, at, order in self.ledger
        ]


class Hand:
    """Implements `Member`. Its session is its user's name."""

    def __init__(self, platform: Platform, user: str) -> None:
        self.platform = platform
        self.user = user

    @property
    def session(self) -> bytes:
        return self.user.encode()

    def check(self) -> Person:
        self._stumble()
        return Person(user_id=self.user, name=f"{self.user}同学")

    def renew(self) -> Person:
        if not self.platform.renews.get(self.user, False):
            raise NotLoggedIn("登录失效")
        self.platform.unreadable.pop(self.user, None)
        return Person(user_id=self.user)

    def prepare_order(self, preset: Preset, day: Day, slots: Sequence[Slot]) -> "Prepared":
        return Prepared(self, tuple(slots))

    def warm(self, within_seconds: float) -> None: ...

    def orders(self) -> list[Order]:
        self._stumble()
        return self.platform.orders_of(self.user)

    def order(self, order_id: OrderId) -> Order | None:
        self._stumble()
        found = next((order for order in self.platform.orders_of(self.user) if order.id == order_id), None)
        if found is not None and found.state is OrderState.UNPAID:
            return replace(found, pay_seconds=600.0)
        return found

    def time_to_pay(self, order_id: OrderId) -> float | None:
        found = self.order(order_id)
        return None if found is None else found.pay_seconds

    def cancel(self, order_id: OrderId) -> None:
        self.platform.turn(order_id, OrderState.CANCELLED)

    def start_payment(self, order_id: OrderId) -> Payment:
        return Payment(url="https://pay.example")

    def close(self) -> None: ...

    def _stumble(self) -> None:
        self.platform.reads += 1
        troubles = self.platform.unreadable.get(self.user)
        trouble = troubles[0] if troubles else None
        if troubles and len(troubles) > 1:
            troubles.pop(0)
        if trouble is not None:
            raise trouble


class Prepared:
    """Implements `ReadyOrder`."""

    def __init__(self, hand: Hand, slots: tuple[Slot, ...]) -> None:
        self._hand = hand
        self._slots = slots
        self._said: Said | None = None
        self._order_id = OrderId("")
        self._sent_at = 0.0

    def warm(self, within_seconds: float) -> None: ...

    def mend(self, within_seconds: float) -> None: ...

    def send(self) -> None:
        platform, user = self._hand.platform, self._hand.user
        assert self._said is None, "sent twice"
        platform.sent_while()
        self._sent_at = platform.clock.monotonic()
        script = platform.script.get(user, [])
        self._said = script.pop(0) if script else WELL
        platform.requests.append((user, tuple(one.key for one in self._slots)))
        if self._said.makes:
            self._order_id = platform.make(user, self._slots, self._said.late_seconds)
        if self._said.phantom:
            self._order_id = OrderId("999999999999999999")

    def is_answered(self, within_seconds: float) -> bool:
        assert self._said is not None
        clock = self._hand.platform.clock
        left = self._sent_at + self._said.takes_seconds - clock.monotonic()
        clock.advance(max(0.0, min(left, within_seconds)))
        return left <= within_seconds

    def answer(self) -> OrderId:
        assert self._said is not None
        assert self.is_answered(0.0), "somebody waits for it alone"
        if self._said.error is not None:
            raise self._said.error
        return self._order_id


class Pockets:
    """Implements `Keyring`: the session of an account is its nickname."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.sessions: dict[AccountId, bytes | None] = {}

    def credentials(self, account: Account) -> Any:
        raise AssertionError("nobody types a password here")

    def session(self, account: Account) -> bytes | None:
        return self.sessions.get(account.id, account.nickname.encode())

    def keep_session(self, account: Account, session: bytes | None, standing: Standing, reason: str = "") -> None:
        self._store.accounts.keep_session(account.id, session, standing, reason, NOW)
        if session is not None:
            self.sessions[account.id] = session

    def account(self, account_id: AccountId) -> Account | None:
        return self._store.accounts.get(account_id)


class Site:
    """A job with a run, its accounts, a platform and a desk, on a real store."""

    def __init__(self, home: Path, *accounts: Account, **job: Any) -> None:
        self.clock = HandClock()
        self.store = open_store(home, self.clock).store
        self.platform = Platform(self.clock)
        self.patience = Patience(self.clock)
        self.keyring = Pockets(self.store)
        self.budget = OpenHanded()
        self.accounts = accounts or (account("czq"),)
        self.job = self._job(job)
        self.store.apply(Change(jobs=(self.job,), accounts=self.accounts))
        self.run_id = self.begin_run("1" * 32)

    def begin_run(self, run_id: str, epoch: int = 1) -> RunId:
        run = Run(
            id=RunId(run_id),
            job_id=self.job.id,
            status=RunStatus.LIVE,
            epoch=Epoch(epoch),
            requested_at=self.clock.now(),
            started_at=self.clock.now(),
        )
        self.store.apply(Change(runs=(run,)))
        self.fence = Fence(run_id=run.id, epoch=run.epoch)
        return run.id

    def end_run(self) -> None:
        run = self.store.runs.get(self.fence.run_id)
        assert run is not None
        self.store.apply(Change(runs=(replace(run, status=RunStatus.ENDED, ended_at=self.clock.now()),)))

    def desk(self, errand: Errand | None = None, store: Any = None) -> BookingDesk:
        return BookingDesk(
            store=store or self.store,
            keyring=self.keyring,
            provider=self.platform,  # pyright: ignore[reportArgumentType]
            bell=Silence(),
            clock=self.clock,
            stopping=self.patience,
            budget=self.budget,
            errand=errand or self.errand(),
            accounts=self.accounts,
        )

    def errand(self) -> Errand:
        return Errand(
            job_id=self.job.id, run_id=self.fence.run_id, fence=self.fence, owner=OWNER, origin=GROUP, label="#1 抢"
        )

    def buy(self, *offers: Offer, again: Callable[[], Sequence[Offer]] | None = None) -> list[Bought]:
        return self.desk().buy(offers, again or (lambda: offers))

    def bookkeeper(self) -> Bookkeeper:
        return Bookkeeper(
            store=self.store,
            keyring=self.keyring,
            open_provider=lambda: self.platform,  # pyright: ignore[reportArgumentType]
            bell=Silence(),
            clock=self.clock,
        )

    def rows(self) -> list[Booking]:
        return self.store.bookings.of_job(self.job.id)

    def told(self, target: Chat = GROUP) -> list[Notification]:
        """What a chat is told, in order; each is delivered by looking."""
        found: list[Notification] = []
        while due := self.store.deliveries.due(NOW + timedelta(days=365), 100):
            for delivery in due:
                self.store.deliveries.done([delivery.id], None, self.clock.now())
                found.append(delivery.notification)
        self._told = [*getattr(self, "_told", []), *found]
        return [one for one in self._told if one.target == target]

    def topics(self, target: Chat = GROUP) -> list[str]:
        return [one.topic for one in self.told(target)]

    def events(self) -> list[str]:
        return [event.type for event in reversed(self.store.history.of_job(self.job.id, 1000))]

    def close(self) -> None:
        self.store.close()

    def _job(self, fields: dict[str, Any]) -> Job:
        job = Job(
            id=JobId("1e95803d"),
            number=JobNumber(0),
            kind="auto_booking",
            name="周五抢票",
            status=Status.RUNNING,
            config={},
            owner=OWNER,
            origin=GROUP,
            created_at=NOW,
            updated_at=NOW,
        )
        return replace(job, **fields)
