"""P1: from the start command to the first line of the run's log."""

import asyncio
import os
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import Protocol

import msgspec
import pytest
from circus_peer import Circus, circus_is_installed
from house import MING, House
from measuring import Samples, missing, show
from writes import Writes

from jobs.app.bot import WORKER
from jobs.app.run import Handover
from jobs.models.ids import Epoch, RunId
from jobs.models.job import Job
from jobs.models.run import RunStatus
from jobs.supervisor.portable import worker_environment
from jobs.venues import ProviderConfig

pytestmark = pytest.mark.bench

ROUNDS = 40
WARM_UP = 3
FIRST_LINE = "开始运行".encode()


class Log:
    """The log of one job, and whether something begins a run in it from now on."""

    def __init__(self, house: House, job: Job) -> None:
        self.path = house.home / "jobs" / f"{job.id}.log"
        self._seen = self.path.stat().st_size if self.path.exists() else 0

    def has_first_line(self) -> bool:
        if not self.path.exists() or self.path.stat().st_size == self._seen:
            return False
        with self.path.open("rb") as file:
            file.seek(self._seen)
            return FIRST_LINE in file.read()


class Starter(Protocol):
    """One way of starting a worker: `start` does it once and adds how long it took."""

    @property
    def samples(self) -> Samples: ...

    async def start(self) -> None: ...


class Ours:
    """The engine: `start` on a stopped monitor."""

    def __init__(self, house: House, writes: Writes) -> None:
        self.samples = Samples("我们：engine.start → 执行进程的第一行")
        self.claimed, self.known = (Samples(f"其中：到{what}", is_peer=False) for what in ("认领入库", "进程已知"))
        self._house, self._writes, self._job = house, writes, house.monitor("晚场监控")

    async def start(self) -> None:
        house, job, log = self._house, self._job, Log(self._house, self._job)
        begun = perf_counter()
        house.bot.engine.start(MING, job.id)
        self.samples.seconds.append(await self._writes.until(log.has_first_line) - begun)
        await house.until(lambda: house.run(job).status is RunStatus.LIVE, "the process is known")
        self._note_phases()
        house.bot.engine.stop(MING, job.id)
        await house.bot.engine.settled(job.id, 30)
        assert house.run(job).status is RunStatus.ENDED

    def _note_phases(self) -> None:
        detail = self._house.bot.board.detail(self._job)
        assert detail.run is not None
        at = {event.type: event.at for event in reversed(detail.history) if event.run_id == detail.run.id}
        for samples, type in ((self.claimed, "run.claimed"), (self.known, "run.launched")):
            samples.seconds.append((at[type] - detail.run.requested_at).total_seconds())


class Popen:
    """The very same worker, started directly: what any program that starts a process per job does."""

    def __init__(self, house: House, writes: Writes) -> None:
        self.samples = Samples("subprocess.Popen 同一个执行进程")
        self._house, self._writes, self._job = house, writes, house.monitor("直接启动")

    async def start(self) -> None:
        log = Log(self._house, self._job)
        begun = perf_counter()
        worker = self._popen(log.path)
        assert worker.stdin is not None
        worker.stdin.write(payload_of(self._house, self._job))
        worker.stdin.close()
        self.samples.seconds.append(await self._writes.until(log.has_first_line) - begun)
        worker.kill()
        worker.wait()

    def _popen(self, log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as out:
            return subprocess.Popen(
                WORKER,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                cwd=self._house.home,
                env=worker_environment(os.environ, self._house.home),
                start_new_session=True,
            )


class ByCircus:
    """The same worker again, started over circus' own RPC."""

    def __init__(self, house: House, writes: Writes, circus: Circus, job: Job) -> None:
        self.samples = Samples("circus（RPC start）同一个执行进程")
        self._house, self._writes, self._circus, self._job = house, writes, circus, job

    async def start(self) -> None:
        log = Log(self._house, self._job)
        begun = perf_counter()
        started = asyncio.create_task(asyncio.to_thread(self._circus.call, "start", name="worker"))
        self.samples.seconds.append(await self._writes.until(log.has_first_line) - begun)
        await started
        await asyncio.to_thread(self._circus.call, "stop", name="worker", waiting=True)


class BareInterpreter:
    """What a fresh Python costs before it does anything at all."""

    def __init__(self) -> None:
        self.samples = Samples("（只启动再退出一个空的 python）")

    async def start(self) -> None:
        self.samples.time(lambda: subprocess.run([sys.executable, "-P", "-c", ""], check=True))


def payload_of(house: House, job: Job) -> bytes:
    """A hand-over as the engine makes it, for a run that the store does not know: its first line comes all the same."""
    provider = ProviderConfig(name="demo", base_url=house.settings.sja_sjtu_base_url, home=str(house.home))
    return msgspec.json.encode(
        Handover(
            home=str(house.home),
            job_id=job.id,
            run_id=RunId("0" * 32),
            epoch=Epoch(1),
            zone=house.settings.sja_timezone,
            min_interval_seconds=1,
            provider=provider,
        )
    )


async def circus_of(stage: AsyncExitStack, house: House, writes: Writes, directory: Path) -> ByCircus:
    job = house.monitor("由别人启动")
    payload = directory / "payload.json"
    payload.write_bytes(payload_of(house, job))
    log = house.home / "jobs" / f"{job.id}.log"
    command = f"exec {' '.join(WORKER)} <{payload} >>{log} 2>&1"
    environment = worker_environment(os.environ, house.home)
    circus = await stage.enter_async_context(Circus(directory, {"worker": command}, environment, autostart=False))
    return ByCircus(house, writes, circus, job)


async def test_p1_start_to_first_line(stage: AsyncExitStack, tmp_path: Path) -> None:
    house = await stage.enter_async_context(House(tmp_path / "home"))
    writes = stage.enter_context(Writes(house.home / "jobs"))
    ours = Ours(house, writes)
    starters: list[Starter] = [ours, Popen(house, writes), BareInterpreter()]
    if circus_is_installed():
        starters.append(await circus_of(stage, house, writes, tmp_path))
    for starter in starters * WARM_UP:
        await starter.start()
    for samples in (ours.claimed, ours.known, *(starter.samples for starter in starters)):
        samples.seconds.clear()
    for starter in starters * ROUNDS:
        await starter.start()
    assert {len(starter.samples.seconds) for starter in starters} == {ROUNDS}
    others = [starter.samples for starter in starters[1:]]
    title = "P1 启动命令 → 执行进程写出第一行日志"
    show(title, ours.samples, ours.claimed, ours.known, *others, notes=missing(circus_is_installed(), "circus"))
