"""One home with an engine in it, as `start_bot` makes it, and monitors that run there."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, Self

from harness import CLOCK, sweep
from homes import QUIET_SECONDS, Launcher, Silent, settings_of

from jobs.app.bot import Bot, start_bot
from jobs.models.drafts import MonitorRequest, draft_monitor
from jobs.models.ids import UserId
from jobs.models.job import Job
from jobs.models.people import Actor, Chat, Role
from jobs.models.run import Run, RunStatus
from jobs.ports.store import Store
from jobs.store.opening import open_beside

GROUP: Final = Chat(self_id="10000", type="group", peer_id="12345")
MING: Final = Actor(user_id=UserId("20001"), role=Role.MEMBER, chat=GROUP)
FIRST_LINE: Final = "开始运行".encode()

_PATIENCE_SECONDS: Final = 60.0
_STARTED_TOGETHER: Final = {"auto": 50, "portable": 4}
"""Monitors started at once; of processes that begin from nothing, twice the cores of a small machine."""


class Log:
    """The log of one worker, and whether something begins a run in it from now on."""

    def __init__(self, path: Path, first_line: bytes = FIRST_LINE) -> None:
        self.path = path
        self._first_line = first_line
        self._seen = path.stat().st_size if path.exists() else 0

    def has_first_line(self) -> bool:
        if not self.path.exists() or self.path.stat().st_size == self._seen:
            return False
        with self.path.open("rb") as file:
            file.seek(self._seen)
            return self._first_line in file.read()


class House:
    """A home and its engine. Entered, the engine runs; left, nothing of that home does."""

    def __init__(self, home: Path, launcher: Launcher = "auto") -> None:
        self.home = home
        self.launcher: Launcher = launcher
        self.settings = settings_of(home, launcher)
        self._open = AsyncExitStack()
        self._kept = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.reopen()
        store = open_beside(self.home, CLOCK)
        self._kept.callback(store.close)
        self.store: Store = store
        """The same facts, through a connection of its own: also when the engine is another process's."""
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shut()
        await self._kept.aclose()
        sweep(self.home)

    async def shut(self) -> None:
        """Stops the engine; whatever runs goes on running."""
        await self._open.aclose()

    async def reopen(self) -> None:
        """Stops the engine, if it runs, and starts a fresh one: whatever runs by then is adopted."""
        await self.shut()
        self.bot: Bot = await start_bot(self.settings, silent := Silent(), silent)
        self._open.push_async_callback(self.bot.close)

    def monitor(self, name: str, *, start: bool = False, auto_book: bool = False) -> Job:
        """A monitor that looks once and then rests for an hour, or takes what is free at any hour and is done."""
        asked = MonitorRequest(
            name=name, preset=13, hours=(), interval_seconds=QUIET_SECONDS, auto_book=auto_book, start=start
        )
        return self.bot.engine.create(MING, draft_monitor(asked, self.bot.rules, self.bot.clock.now()))

    async def resting_monitors(self, count: int) -> list[Job]:
        """Monitors that have looked once and rest now."""
        jobs: list[Job] = []
        while len(jobs) < count:
            some = min(_STARTED_TOGETHER[self.launcher], count - len(jobs))
            together = [self.monitor(f"监控{len(jobs) + n}", start=True) for n in range(some)]
            for job in together:
                await self.until(lambda job=job: self._rests(job), f"{job.label} rests")
            jobs += together
        return jobs

    async def stop(self, *jobs: Job) -> None:
        """Stops these jobs; returns when nothing of them runs."""
        for job in jobs:
            self.bot.engine.stop(MING, job.id)
        for job in jobs:
            await self.bot.engine.settled(job.id, _PATIENCE_SECONDS)
            assert self.run(job).status is RunStatus.ENDED

    def log(self, job: Job) -> Log:
        return Log(self.home / "jobs" / f"{job.id}.log")

    def run(self, job: Job) -> Run:
        """The job's latest run, from the store."""
        run = self.store.runs.last_of(job.id)
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
        progress = self.store.runs.progress_of([job.id]).get(job.id)
        return self.run(job).status is RunStatus.LIVE and progress is not None and progress.checks == 1
