"""An outbox at work on a real store, with a clock that is moved by hand."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engine_site import GROUP, Audience
from msgspec.structs import replace

from jobs.bell import LoopBell
from jobs.models.change import Change, Notification
from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Job, Status
from jobs.models.notices import URGENT
from jobs.models.people import Chat
from jobs.outbox import Outbox
from jobs.store.opening import open_store
from jobs.store.store import SqliteStore

SHANGHAI = ZoneInfo("Asia/Shanghai")
OTHER = Chat(self_id="10000", type="group", peer_id="777")


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class PostOffice:
    """An outbox at work on a real store."""

    def __init__(self, home: Path) -> None:
        self.clock = Hands()
        self.store: SqliteStore = open_store(home, self.clock).store
        self.bell = LoopBell(home)
        self.audience = Audience()
        self.pages: list[bool] = []
        """How pages ended."""
        self.outbox = Outbox(
            store=self.store,
            notifier=self.audience,
            clock=self.clock,
            bell=self.bell,
            listening=self.bell,
            zone=SHANGHAI,
            paged=self.pages.append,
        )
        self.store.apply(
            Change(
                jobs=(
                    Job(
                        id=JobId("1e95803d"),
                        number=JobNumber(0),
                        kind="monitor",
                        name="晚场",
                        status=Status.RUNNING,
                        config={},
                        created_at=self.clock.at,
                        updated_at=self.clock.at,
                    ),
                )
            )
        )

    def crash_while_sending(self, times: int) -> None:
        """What the store looks like after so many sends that began and never ended."""
        for _ in range(times):
            for delivery in self.store.deliveries.due(self.clock.at, 10):
                self.store.deliveries.begin([delivery.id], self.clock.at)

    def write(
        self, key: str, target: Chat = GROUP, topic: str = "t", waits: timedelta | None = None, **data: Any
    ) -> None:
        notification = Notification(
            dedupe_key=key,
            target=target,
            topic=topic,
            job_id=JobId("1e95803d"),
            data=data,
            created_at=self.clock.at,
            not_before=None if waits is None else self.clock.at + waits,
            is_urgent=topic in URGENT,
        )
        self.store.apply(Change(notifications=(notification,)))
        self.bell.ring()

    def settle(self, target: Chat = GROUP, **settings: Any) -> None:
        """As `!通知设置` does."""
        before = self.store.chats.of(target.place)
        self.store.apply(Change(chats=((target.place, replace(before, **settings)),)))

    def pass_time(self, **delta: int) -> None:
        self.clock.at += timedelta(**delta)
        self.bell.ring()

    async def listened(self) -> None:
        """Returns when the outbox has had its turns to act on what was written."""
        for _ in range(20):
            await asyncio.sleep(0)

    def said(self) -> list[str]:
        return [notification.dedupe_key for notification, _ in self.audience.told]
