"""P1: from the start command to the first line of the run's log."""

import asyncio
import os
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import Protocol

import pytest
from absent import absent
from circus_peer import Circus, circus_is_installed
from homes import launchers
from house import MING, House
from measuring import Samples, show
from pm2_peer import Pm2, pm2_is_installed
from real_worker import popen, shell_line
from writes import Writes

from jobs.models.run import RunStatus
from jobs.supervisor.environment import worker_environment

pytestmark = pytest.mark.bench

ROUNDS = 40
WARM_UP = 3


class Starter(Protocol):
    """One way of starting a worker: `start` does it once and adds how long it took."""

    @property
    def samples(self) -> Samples: ...

    async def start(self) -> None: ...


class Ours:
    """The engine: `start` on a stopped monitor."""

    def __init__(self, name: str, house: House, writes: Writes) -> None:
        self.samples = Samples(f"{name}：engine.start → 第一行", is_peer=False)
        self.claimed, self.known = (Samples(f"　其中：到{what}", is_peer=False) for what in ("认领入库", "进程已知"))
        self._house, self._writes, self._job = house, writes, house.monitor("晚场监控")

    @property
    def rows(self) -> list[Samples]:
        return [self.samples, self.claimed, self.known]

    async def start(self) -> None:
        house, job, log = self._house, self._job, self._house.log(self._job)
        begun = perf_counter()
        house.bot.engine.start(MING, job.id)
        self.samples.seconds.append(await self._writes.until(log.has_first_line) - begun)
        await house.until(lambda: house.run(job).status is RunStatus.LIVE, "the process is known")
        self._note_phases()
        await house.stop(job)

    def _note_phases(self) -> None:
        detail = self._house.bot.board.detail(self._job)
        assert detail.run is not None
        at = {event.type: event.at for event in reversed(detail.history) if event.run_id == detail.run.id}
        for samples, type in ((self.claimed, "run.claimed"), (self.known, "run.launched")):
            samples.seconds.append((at[type] - detail.run.requested_at).total_seconds())


class Popen:
    """The very same worker, started directly."""

    def __init__(self, house: House, writes: Writes) -> None:
        self.samples = Samples("subprocess.Popen 同一个执行进程")
        self._house, self._writes, self._job = house, writes, house.monitor("直接启动")

    async def start(self) -> None:
        log = self._house.log(self._job)
        begun = perf_counter()
        worker = popen(self._house, self._job)
        self.samples.seconds.append(await self._writes.until(log.has_first_line) - begun)
        worker.kill()
        worker.wait()


class ByCircus:
    """The same worker again, started over circus' own RPC."""

    def __init__(self, house: House, writes: Writes, directory: Path) -> None:
        self.samples = Samples("circus（RPC start）同一个执行进程")
        self._house, self._writes, self._job = house, writes, house.monitor("由 circus 启动")
        environment = worker_environment(os.environ, house.home)
        self.circus = Circus(directory, {"worker": shell_line(house, self._job)}, environment, autostart=False)

    async def start(self) -> None:
        log = self._house.log(self._job)
        begun = perf_counter()
        started = asyncio.create_task(asyncio.to_thread(self.circus.call, "start", name="worker"))
        self.samples.seconds.append(await self._writes.until(log.has_first_line) - begun)
        await started
        await asyncio.to_thread(self.circus.call, "stop", name="worker", waiting=True)


class ByPm2:
    """And over pm2's: `restart` of an app it knows, which is how it starts one that was stopped."""

    def __init__(self, house: House, writes: Writes) -> None:
        self.samples = Samples("pm2（RPC restart）同一个执行进程")
        self._house, self._writes, self._job = house, writes, house.monitor("由 pm2 启动")
        self.pm2 = Pm2({"worker": shell_line(house, self._job)}, worker_environment(os.environ, house.home))

    async def start(self) -> None:
        log = self._house.log(self._job)
        begun = perf_counter()
        started = asyncio.create_task(self.pm2.call("restart", "worker"))
        self.samples.seconds.append(await self._writes.until(log.has_first_line) - begun)
        await started
        await self.pm2.call("stop", "worker")


class BareInterpreter:
    """What a fresh Python costs before it does anything at all."""

    def __init__(self) -> None:
        self.samples = Samples("（只启动再退出一个空的 python）")

    async def start(self) -> None:
        self.samples.time(lambda: subprocess.run([sys.executable, "-P", "-c", ""], check=True))


async def ours(stage: AsyncExitStack, directory: Path) -> list[Ours]:
    starters: list[Ours] = []
    for name, launcher in launchers(directory).items():
        house = await stage.enter_async_context(House(directory / launcher, launcher))
        starters.append(Ours(name, house, stage.enter_context(Writes(house.home / "jobs"))))
    return starters


async def peers(stage: AsyncExitStack, directory: Path) -> list[Starter]:
    house = await stage.enter_async_context(House(directory / "peers", "portable"))
    writes = stage.enter_context(Writes(house.home / "jobs"))
    starters: list[Starter] = [Popen(house, writes), BareInterpreter()]
    if circus_is_installed():
        starters.append(by_circus := ByCircus(house, writes, directory))
        await stage.enter_async_context(by_circus.circus)
    if pm2_is_installed():
        starters.append(by_pm2 := ByPm2(house, writes))
        await stage.enter_async_context(by_pm2.pm2)
        await by_pm2.pm2.start_all()
        await by_pm2.pm2.call("stop", "worker")
    return starters


async def test_p1_start_to_first_line(stage: AsyncExitStack, tmp_path: Path) -> None:
    own, others = await ours(stage, tmp_path), await peers(stage, tmp_path)
    starters: list[Starter] = [*own, *others]
    for starter in starters * WARM_UP:
        await starter.start()
    rows = [*(row for one in own for row in one.rows), *(other.samples for other in others)]
    for samples in rows:
        samples.seconds.clear()
    for starter in starters * ROUNDS:
        await starter.start()
    assert {len(samples.seconds) for samples in rows} == {ROUNDS}
    show("P1 启动命令 → 执行进程写出第一行日志", *rows, notes=absent("circus", "pm2"))
