"""One home with an engine in it, as `start_bot` makes it, and monitors that run there."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from harness import sweep

from jobs.app.bot import Bot, start_bot
from jobs.config import Settings
from jobs.models.change import Notification
from jobs.models.drafts import MonitorRequest, draft_monitor
from jobs.models.ids import UserId
from jobs.models.job import Job
from jobs.models.people import Actor, Chat, Role
from jobs.models.run import Run, RunStatus
from jobs.ports.notifier import DeliveryOutcome, DeliveryReport

GROUP: Final = Chat(self_id="10000", type="group", peer_id="12345")
MING: Final = Actor(user_id=UserId("20001"), role=Role.MEMBER, chat=GROUP)

_PATIENCE_SECONDS: Final = 60.0
_STARTED_TOGETHER: Final = 4
"""Monitors started at once: twice the cores of a small machine."""


class Silent:
    """Implements `Notifier`: takes everything, says nothing."""

    def reaches(self, target: Chat) -> bool:
        return True

    def tell(self, topic: str, sentence: str) -> None:
        """As `Administrators`."""

    async def send(self, notification: Notification, tag: str) -> DeliveryReport:
        return DeliveryReport(outcome=DeliveryOutcome.SENT)


class House:
    """A home and its engine. Entered, the engine runs; left, nothing of that home does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = Settings(sja_home=home, sja_stop_grace_seconds=5)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "House":
        await self.reopen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()
        sweep(self.home)

    async def reopen(self) -> None:
        """Stops the engine, if it runs, and starts a fresh one: whatever runs by then is adopted."""
        await self._open.aclose()
        self.bot: Bot = await start_bot(self.settings, silent := Silent(), silent)
        self._open.push_async_callback(self.bot.close)

    def monitor(self, name: str, *, start: bool = False) -> Job:
        """A monitor that looks once and then rests for an hour."""
        asked = MonitorRequest(name=name, preset=13, interval_seconds=3600, start=start)
        return self.bot.engine.create(MING, draft_monitor(asked, self.bot.rules, self.bot.clock.now()))

    async def resting_monitors(self, count: int) -> list[Job]:
        """Monitors that have looked once and rest now."""
        jobs: list[Job] = []
        while len(jobs) < count:
            together = [self.monitor(f"监控{len(jobs)}-{n}", start=True) for n in range(_STARTED_TOGETHER)]
            for job in together:
                await self.until(lambda job=job: self._rests(job), f"{job.label} rests")
            jobs += together
        return jobs[:count]

    def run(self, job: Job) -> Run:
        """The job's latest run, from the store."""
        run = self.bot.board.detail(job).run
        assert run is not None
        return run

    def pid(self, job: Job) -> int:
        worker = self.run(job).worker
        assert worker is not None
        return worker.pid

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while not holds():  # noqa: ASYNC110 - it is processes that are waited for
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"never: {what}") from None

    def _rests(self, job: Job) -> bool:
        row = self.bot.board.detail(job).row
        return self.run(job).status is RunStatus.LIVE and row.progress is not None and row.progress.checks == 1
