"""Runs that live but are not well: too much memory, no sign of life. Real processes, and a real bot that ends them."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_site import MING, House, until

from jobs.app.bot import Bot
from jobs.clock import SystemClock
from jobs.logs import FileLogs
from jobs.models import notices
from jobs.models.job import Job, Status
from jobs.models.run import RunStatus
from jobs.models.watching import HangRule
from jobs.ports.store import Store, StoreUnavailable
from jobs.rope import DistantBell
from jobs.store.opening import open_beside
from jobs.store.store import SqliteStore
from jobs.supervisor.overseer import Overseer
from jobs.supervisor.usage import best_meter

CLOCK = SystemClock()


class Fast:
    """A clock whose monotonic half is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Any:
        return CLOCK.now()

    def monotonic(self) -> float:
        return self.seconds


class Sick:
    """A store that can be read, and not written."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def set_meta(self, key: str, value: str) -> None:
        raise StoreUnavailable("磁盘已满，任务库无法写入，请清理磁盘空间")


class Tower:
    """An overseer of its own beside the bot's, which looks when told to."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = Fast()
        self.store: SqliteStore = open_beside(home, CLOCK)
        self.bell = DistantBell(home)

    def overseer(self, limit_mib: int = 0, store: Any = None) -> Overseer:
        return Overseer(
            store=store or self.store,
            meter=best_meter(CLOCK),
            logs=FileLogs(self.home / "jobs"),
            clock=self.clock,
            bell=self.bell,
            limit_mib=limit_mib,
            rule=HangRule(floor_seconds=60),
            look_every_seconds=30,
        )

    async def look(self, overseer: Overseer, times: int) -> None:
        for _ in range(times):
            self.clock.seconds += 30
            await overseer.look()

    def close(self) -> None:
        self.store.close()
        self.bell.close()


@pytest.fixture
def tower(house: House) -> Iterator[Tower]:
    house.home.mkdir(mode=0o700)
    open_beside(house.home, CLOCK).close()
    tower = Tower(house.home)
    yield tower
    tower.close()


async def running(house: House, bot: Bot, **request: Any) -> tuple[Job, int]:
    """A monitor that has looked at least once, and its process."""
    job = house.monitor(bot, **request)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "its process is known")
    await until(lambda: (now := bot.board.row(job).progress) is not None and now.checks, "it has looked")
    return job, house.pid(bot, job)


async def test_too_much_memory_is_first_a_warning_and_then_the_end_with_that_reason(house: House, tower: Tower) -> None:
    bot = await house.open()
    job, pid = await running(house, bot)
    overseer = tower.overseer(limit_mib=1)
    await tower.look(overseer, 1)
    assert bot.board.find(MING, job.id).status is Status.RUNNING
    assert any("SJA_RUN_MAX_MB" in line for line in await bot.board.log(job, 50))
    await tower.look(overseer, 1)
    await until(lambda: bot.board.find(MING, job.id).status is Status.FAILED, "it has ended")
    assert bot.board.find(MING, job.id).reason.startswith("内存超过上限 1 MB（用了 ")
    assert pid not in house.workers()
    await until(lambda: notices.JOB_FAILED in house.audience.topics(), "the chat is told")
    assert house.audience.topics().count(notices.JOB_FAILED) == 1
    (event,) = [event for event in tower.store.history.of_job(job.id, 50) if event.type == "run.memory"]
    assert event.data["limit_mib"] == 1
    assert event.data["mib"] >= 1


async def test_a_run_within_its_limit_is_left_alone(house: House, tower: Tower) -> None:
    bot = await house.open()
    job, _ = await running(house, bot, interval_seconds=3600)
    await tower.look(tower.overseer(limit_mib=2000), 3)
    assert bot.board.find(MING, job.id).status is Status.RUNNING
    assert not [event for event in tower.store.history.of_job(job.id, 50) if event.type == "run.memory"]


async def test_a_run_that_hangs_is_ended_and_followed_by_another_with_the_reason_said(
    house: House, tower: Tower
) -> None:
    bot = await house.open(sja_stop_grace_seconds=0.2)
    job, pid = await running(house, bot)
    overseer = tower.overseer()
    os.kill(pid, signal.SIGSTOP)
    await tower.look(overseer, 2)
    assert bot.board.find(MING, job.id).status is Status.RUNNING
    await tower.look(overseer, 1)
    await until(lambda: pid not in house.workers(), "the process that hung is gone")
    await until(lambda: bot.board.find(MING, job.id).last_result, "its end is known")
    assert bot.board.find(MING, job.id).last_result == "60秒没有进展（应每 1 秒查询一次），已请它退出"
    await until(lambda: bot.board.find(MING, job.id).status is Status.RUNNING, "another follows")
    assert bot.board.detail(job).run.restarts == 1
    assert notices.JOB_FAILED not in house.audience.topics()


async def test_a_run_that_goes_on_is_left_alone_however_long_one_looks(house: House, tower: Tower) -> None:
    bot = await house.open()
    job, pid = await running(house, bot)
    overseer = tower.overseer()
    for _ in range(5):
        checks = bot.board.row(job).progress.checks
        await until(lambda seen=checks: bot.board.row(job).progress.checks > seen, "it looks again")
        await tower.look(overseer, 2)
    assert house.workers() == [pid]


async def test_a_watcher_that_was_away_itself_condemns_nobody(house: House, tower: Tower) -> None:
    """The bot was stopped, or the machine frozen: an hour passed, and it saw none of it."""
    bot = await house.open()
    job, pid = await running(house, bot, interval_seconds=60)
    overseer = tower.overseer()
    await tower.look(overseer, 1)
    tower.clock.seconds += 3600
    await overseer.look()
    assert house.workers() == [pid]
    assert bot.board.find(MING, job.id).status is Status.RUNNING


async def test_nobody_is_judged_while_the_store_cannot_be_written(house: House, tower: Tower) -> None:
    bot = await house.open()
    _, pid = await running(house, bot, interval_seconds=3600)
    overseer = tower.overseer(store=Sick(tower.store))
    await tower.look(overseer, 1000)
    await asyncio.sleep(0)
    assert house.workers() == [pid]
