"""A chat whose bot asks a platform that does as it is told: the real table, store, engine and account book."""

import itertools
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from msgspec.structs import replace

from jobs import (
    Account,
    AccountOrders,
    Actor,
    Board,
    Booking,
    Bot,
    Bought,
    Chat,
    Day,
    DaySlots,
    Engine,
    Inbound,
    JobId,
    NotFound,
    Order,
    OrderedHour,
    OrderId,
    OrderState,
    Payment,
    Preset,
    Refusal,
    Role,
    Rules,
    Settings,
    Slot,
    Standing,
    UserId,
    all_kinds,
)
from jobs.accounts.book import AccountBook
from jobs.accounts.vault import Vault
from jobs.engine import ChatBook, Limits
from jobs.engine.receipts import Receipts
from jobs.logs import FileLogs
from jobs.models.accounts import Share
from jobs.models.change import Change
from jobs.models.release import ReleaseRule
from jobs.ports.accounts import Credentials
from jobs.store.opening import open_store
from jobs.venues import presets_of
from plugins._commands.answering import Answering
from plugins._commands.command import Heard, Reply
from plugins._commands.table import COMMANDS

SUNDAY = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai: two hours before the 29th is released."""
TOMORROW = date(2026, 11, 23)
SELF, GROUP = "10000", "12345"
MING, HONG = "20001", "20002"
ORDER = Order(
    id=OrderId("812345678901234567"),
    state=OrderState.UNPAID,
    venue="气膜体育中心",
    sport="羽毛球",
    date=TOMORROW,
    hours=(OrderedHour(court="场地3", hour=19),),
    amount="18.00",
    pay_seconds=545.0,
)
_MESSAGES = itertools.count(1)


def slot(hour: int, court: int, price: str = "18.00", day: date = TOMORROW) -> Slot:
    return Slot(date=day, hour=hour, court=f"场地{court}", court_id=f"c{court}", price=price, remaining=1)


def group(peer_id: str = GROUP) -> Chat:
    return Chat(self_id=SELF, type="group", peer_id=peer_id)


class FakeCounter:
    """Implements `ports.counter.Counter` from what the test says there is."""

    def __init__(self) -> None:
        self.free: list[Slot] = []
        self.listed: dict[str, list[Order]] = {}
        """Orders by nickname."""
        self.accounts: list[Account] = []
        self.trouble = ""
        self.refusal = ""
        self.outcome: dict[str, Any] = {}
        """What is other than booked, for `Bought`."""
        self.booked: list[tuple[tuple[str, ...], int, date, tuple[int, ...]]] = []
        self.wished: tuple[tuple[str, ...], int] = ((), 1)
        """Courts and hours in a row of the last booking."""
        self.cancelled: list[str] = []
        self.paid_for: list[str] = []
        self.after_cancelling = OrderState.CANCELLED

    async def slots(self, actor: Actor, preset: Preset, date: date | None) -> list[DaySlots]:
        self._refuse()
        days = sorted({slot.date for slot in self.free} | {TOMORROW, TOMORROW + timedelta(days=1)})
        return [
            DaySlots(
                day=Day(date=day, token="t", is_full=False, is_open=True),
                slots=tuple(slot for slot in self.free if slot.date == day),
            )
            for day in days
            if date in (None, day)
        ]

    async def book(
        self,
        actor: Actor,
        names: Sequence[str],
        preset: Preset,
        date: date,
        hours: Sequence[int],
        inbound: Inbound | None = None,
        *,
        courts: Sequence[str] = (),
        length: int = 1,
    ) -> list[Bought]:
        self._refuse()
        self.wished = (tuple(courts), length)
        self.booked.append((tuple(names), preset.number, date, tuple(hours)))
        rows = (a_booking(preset, date, hours[0]),)
        return [Bought(account=one, **(self.outcome or {"bookings": rows})) for one in self.accounts]

    async def orders(self, actor: Actor, nickname: str | None = None) -> list[AccountOrders]:
        self._refuse()
        seen = [one for one in self.accounts if one.is_for(actor.user_id, None)]
        if not seen:
            raise Refusal("还没有账号")
        return [
            AccountOrders(account=one, orders=tuple(self.listed.get(one.nickname, ())), trouble=self.trouble)
            for one in seen
            if nickname in (None, one.nickname)
        ]

    async def cancel(self, actor: Actor, order_id: OrderId, inbound: Inbound | None = None) -> Order:
        for one in await self.orders(actor):
            for order in one.orders:
                if order.id == order_id:
                    self.cancelled.append(order_id)
                    return replace(order, state=self.after_cancelling)
        raise NotFound("没有这个订单")

    async def payment(self, actor: Actor, order_id: OrderId) -> Payment:
        self.paid_for.append(order_id)
        return Payment(url="https://pay.example/pay.action?sign=a+b&data=1")

    def _refuse(self) -> None:
        if self.refusal:
            raise Refusal(self.refusal)


def a_booking(preset: Preset, day: date, hour: int) -> Booking:
    return Booking(
        account_id=cast("Any", "a" * 16),
        slot_key="k",
        nickname="czq",
        owner=UserId(MING),
        origin=None,
        preset=preset.number,
        venue=preset.title,
        date=day,
        hour=hour,
        court="场地3",
        price="18.00",
        order_id=ORDER.id,
        opened_at=SUNDAY,
        pay_until=SUNDAY + timedelta(minutes=10),
    )


class _Deaf:
    """Nobody rings, and nobody waits."""

    def ring(self) -> None: ...

    def listen(self) -> "_Deaf":
        return self

    async def wait(self, timeout_seconds: float | None = None) -> bool:
        return False

    def close(self) -> None: ...


class _Idle:
    """Whoever would start, stop, measure or tidy up: nothing is ever done."""

    def submit(self, job_id: JobId) -> None: ...

    def request_stop(self, job_id: JobId) -> None: ...

    def usage(self, *_: object, **__: object) -> None: ...


class _Told:
    def now(self) -> datetime:
        return SUNDAY

    def monotonic(self) -> float:
        return 0.0


class VenueChat:
    """People speak, the bot answers. Time stands still."""

    def __init__(self, home: Path, **settings: Any) -> None:
        clock = _Told()
        self.store = open_store(home, clock).store
        self.counter = FakeCounter()
        presets = presets_of("demo")
        logs = FileLogs(home / "jobs", "Asia/Shanghai")
        idle = cast("Any", _Idle())
        self.book = AccountBook(self.store, Vault(home), clock)
        known = Settings(sja_home=home, **settings)
        engine = Engine(
            store=self.store,
            dispatcher=idle,
            clock=clock,
            logs=logs,
            bell=_Deaf(),
            housekeeping=idle,
            limits=Limits(max_jobs_per_user=50, retention_days=30),
        )
        board = Board(
            store=self.store,
            logs=logs,
            meter=idle,
            kinds=all_kinds(),
            presets=presets,
            clock=clock,
            aside=lambda: nullcontext(self.store),
        )
        bot = SimpleNamespace(
            engine=engine,
            board=board,
            settings=known,
            presets=presets,
            rules=Rules(
                presets=presets, min_interval_seconds=1, zone="Asia/Shanghai", release=ReleaseRule(time=time(12))
            ),
            conversations=self.store.conversations,
            clock=clock,
            accounts=self.book,
            counter=self.counter,
            chats=ChatBook(self.store, clock),
            receipts=Receipts(self.store, clock, _Deaf()),
        )
        self.acquainted: set[str] = set()
        """Whom the bot may write to unasked."""
        self.answering = Answering(cast(Bot, bot), COMMANDS, frozenset({"!"}), cast("Any", self))

    async def is_group(self, self_id: str, number: str) -> bool:
        """Implements `Surroundings`, as does the next."""
        return number == GROUP

    async def is_acquainted(self, chat: Chat, user: str) -> bool:
        return user in self.acquainted

    def account(self, nickname: str = "czq", owner: str = MING, *, standing: Standing = Standing.IN) -> Account:
        """Adds an account; the first of an owner's is the default."""
        me = Actor(user_id=UserId(owner), role=Role.MEMBER, chat=Chat(self_id=SELF, type="private", peer_id=owner))
        number = f"5{len(self.counter.accounts):011d}"
        added = self.book.add(me, nickname, Credentials(user=number, password="secret-word"))
        self.store.apply(Change(accounts=(replace(added, standing=standing),)))
        self._refresh()
        return self.counter.accounts[-1]

    def share(self, nickname: str, owner: str, share: Share) -> None:
        me = Actor(user_id=UserId(owner), role=Role.MEMBER, chat=Chat(self_id=SELF, type="private", peer_id=owner))
        self.book.share(me, nickname, share)
        self._refresh()

    async def say(self, text: str, **how: Any) -> str:
        reply = await self.ask(text, **how)
        assert reply is not None, f"{text!r} was met with silence"
        return reply.text

    async def ask(
        self,
        text: str,
        *,
        user: str = MING,
        place: Chat | None = None,
        quoted: str | None = None,
        role: Role = Role.MEMBER,
    ) -> Reply | None:
        """In private unless a group is given. `quoted`: the id of a message."""
        chat = place or Chat(self_id=SELF, type="private", peer_id=user)
        heard = Heard(
            text=text,
            actor=Actor(user_id=UserId(user), role=role, chat=chat),
            chat=chat,
            inbound=Inbound(self_id=SELF, message_id=str(next(_MESSAGES)), received_at=SUNDAY),
            quoted=quoted,
            quotes_us=quoted is not None,
        )
        return await self.answering.answer(heard) if self.answering.concerns(heard) else None

    def job_ids(self) -> list[JobId]:
        return [job.id for job in self.store.jobs.select()]

    def close(self) -> None:
        self.store.close()

    def _refresh(self) -> None:
        self.counter.accounts = self.store.accounts.all()
