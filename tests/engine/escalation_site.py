"""A home whose urgent notices are minded, with a clock that is moved by hand."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from engine_site import GROUP, speaking
from msgspec.structs import replace

from jobs.app.escalation import Escalation
from jobs.bell import LoopBell
from jobs.engine.receipts import Receipts
from jobs.models.accounts import Account, AccountId
from jobs.models.booking_telling import Case, tell
from jobs.models.bookings import Booking, BookingState
from jobs.models.change import Change, Notification
from jobs.models.ids import JobId, JobNumber, UserId
from jobs.models.job import Job, Status
from jobs.models.notices import BOOKED, ESCALATED
from jobs.models.orders import OrderId
from jobs.models.people import Actor, Chat, Role
from jobs.store.opening import open_store

MING, HONG, BOSS = UserId("20001"), UserId("20002"), UserId("90001")
ALONE = Chat(self_id="10000", type="private", peer_id=MING)
SECOND = Chat(self_id="10000", type="private", peer_id=HONG)
START = datetime(2026, 11, 22, 4, tzinfo=UTC)
JOB, ACCOUNT, ORDER = JobId("1e95803d"), AccountId("0123456789abcdef"), OrderId("5550001111")


class Hands:
    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Home:
    """A store with a job that has booked, and the office that minds it; opened anew after every restart."""

    def __init__(self, path: Path, *, pager_after: timedelta | None = None) -> None:
        self.path = path
        self.clock = Hands()
        self.pager_after = pager_after
        self.open()
        self.job = Job(
            id=JOB, number=JobNumber(0), kind="auto_booking", name="周五羽毛球", status=Status.RUNNING, config={},
            owner=MING, origin=GROUP, created_at=START, updated_at=START,
        )  # fmt: skip
        self.account = Account(id=ACCOUNT, owner=MING, nickname="czq", home=ALONE, created_at=START)
        self.store.apply(Change(jobs=(self.job,), accounts=(self.account,)))
        self.job = self.store.jobs.get(JOB) or self.job

    def open(self) -> None:
        self.store = open_store(self.path, self.clock).store
        bell = LoopBell(self.path)
        self.receipts = Receipts(self.store, self.clock, bell)
        self.office = Escalation(
            store=self.store, receipts=self.receipts, clock=self.clock, bell=bell, pager_after=self.pager_after
        )

    def restart(self) -> None:
        self.store.close()
        self.open()

    def settle(self, chat: Chat = GROUP, **settings: Any) -> None:
        before = self.store.chats.of(chat.place)
        self.store.apply(Change(chats=((chat.place, replace(before, **settings)),)))

    def booking(self, **fields: Any) -> Booking:
        known: dict[str, Any] = {
            "account_id": ACCOUNT, "slot_key": "v/s/2026-11-29T19/3号场", "nickname": "czq", "owner": MING,
            "origin": GROUP, "preset": 5, "venue": "霍英东", "date": date(2026, 11, 29), "hour": 19, "court": "3号场",
            "state": BookingState.BOOKED, "order_id": ORDER, "job_id": JOB, "opened_at": START,
            "pay_until": START + timedelta(minutes=15),
        }  # fmt: skip
        return Booking(**{**known, **fields})

    def booked(self, topic: str = BOOKED, key: str = ORDER, **fields: Any) -> Booking:
        """Written and told in the group, as message 77."""
        row = self.booking(**fields)
        job = self.job if row.job_id else None
        told = tell(Case(bookings=(row,), account=self.account, job=job), topic, key, self.clock.at)
        self.store.apply(Change(bookings=(row,), notifications=told))
        self.arrive()
        return self.store.bookings.get(ACCOUNT, row.slot_key) or row

    def booking_told(self) -> Notification:
        """What the group is told of a booking."""
        case = Case(bookings=(self.booking(),), account=self.account, job=self.job)
        return next(iter(tell(case, BOOKED, ORDER, self.clock.at)))

    def arrive(self) -> list[Notification]:
        """All that waits is told now."""
        told: list[Notification] = []
        while due := self.store.deliveries.due(self.clock.at, 10):
            for delivery in due:
                self.store.deliveries.begin([delivery.id], self.clock.at)
                self.store.deliveries.done([delivery.id], str(76 + delivery.id), self.clock.at)
                told.append(delivery.notification)
        return told

    def later(self, minutes: float) -> list[Notification]:
        """What the office has somebody told by then."""
        self.clock.at += timedelta(minutes=minutes)
        self.office.round()
        return self.arrive()

    def passed_on(self, minutes: float) -> list[Notification]:
        """What the office has written by then; it arrives, unlike what it is about."""
        self.clock.at += timedelta(minutes=minutes)
        self.office.round()
        told = [one for one in self.store.deliveries.due(self.clock.at, 10) if one.notification.topic == ESCALATED]
        for delivery in told:
            self.store.deliveries.done([delivery.id], None, self.clock.at)
        return [one.notification for one in told]


def alone(user: str, role: Role = Role.MEMBER) -> Actor:
    return speaking(user, Chat(self_id="10000", type="private", peer_id=user), role)
