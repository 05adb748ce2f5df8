"""P5: from `kill -9` of a worker to the store saying that its run has ended."""

import asyncio
import os
import random
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from time import perf_counter
from typing import Final

import psutil
import pytest
from absent import absent
from circus_peer import Circus, circus_is_installed
from homes import launchers
from house import MING, House
from measuring import Samples, show
from pm2_peer import Pm2, pm2_is_installed
from supervisor_peer import Supervisor, supervisor_is_installed
from writes import Writes

from jobs.models.job import Job
from jobs.models.run import RunStatus

pytestmark = pytest.mark.bench

ROUNDS = 25
WARM_UP = 2
POLL_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
IDLE: Final = ("sleep", "3600")


class Runs:
    """Resting monitors of one house, to be killed one by one."""

    def __init__(self, name: str, house: House, jobs: list[Job]) -> None:
        self.samples = Samples(name, is_peer=False)
        self.line = Samples("　其中：到退出记录落盘", is_peer=False)
        self._house, self._jobs = house, jobs

    async def kill_next(self) -> None:
        """Kills a worker and waits for the engine to store the end, and what it made of it."""
        house, job = self._house, self._jobs.pop()
        run, pid, exits = house.run(job).id, house.pid(job), house.home / "exits.log"

        def ended() -> bool:
            now = house.store.runs.get(run)
            return now is not None and now.status is RunStatus.ENDED

        before = exits.stat().st_size if exits.exists() else 0
        with Writes(house.home) as lines, Writes(house.home / "jobs") as rows:
            written = asyncio.create_task(lines.until(lambda: exits.stat().st_size > before))
            await asyncio.sleep(0)
            begun = perf_counter()
            os.kill(pid, signal.SIGKILL)
            stored = await rows.until(ended)
            self.samples.seconds.append(stored - begun)
            self.line.seconds.append(await written - begun)
        after = house.store.runs.get(run)
        assert after is not None
        assert after.exit is not None
        assert after.exit.signal == signal.SIGKILL
        # It would be restarted in a moment, in the middle of the next measurement.
        house.bot.engine.stop(MING, job.id)


class Watched:
    """Idle processes in somebody else's care, killed one by one; `ended` says when the other noticed, by pid."""

    def __init__(self, name: str, pids: list[int], ended: Callable[[], Mapping[int, float]]) -> None:
        self.samples = Samples(name)
        self._pids, self._ended = pids, ended
        self._killed: dict[int, float] = {}

    async def kill_next(self) -> None:
        """Kills, and goes on: they are slow, and nobody need wait for them."""
        pid = self._pids.pop()
        self._killed[pid] = perf_counter()
        os.kill(pid, signal.SIGKILL)

    async def gather(self) -> None:
        """Waits until all ends have been noticed, and counts how long each took."""
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            while not self._killed.keys() <= self._ended().keys():  # noqa: ASYNC110 - a thread notes them
                await asyncio.sleep(0.1)
        ended = self._ended()
        self.samples.seconds = [ended[pid] - begun for pid, begun in self._killed.items()]


class Poller:
    """What most bots do: asks psutil each second which of its children live."""

    def __init__(self, count: int) -> None:
        self._children = [subprocess.Popen(IDLE) for _ in range(count)]
        self.pids = [child.pid for child in self._children]
        self.ended: dict[int, float] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._poll)

    def __enter__(self) -> "Poller":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        for child in self._children:
            child.kill()
            child.wait()

    def _poll(self) -> None:
        living = {pid: psutil.Process(pid) for pid in self.pids}
        while not self._done.wait(POLL_SECONDS):
            for pid, process in list(living.items()):
                with suppress(psutil.NoSuchProcess):
                    if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                        continue
                self.ended[pid] = perf_counter()
                del living[pid]


async def ours(stage: AsyncExitStack, directory: Path, count: int) -> list[Runs]:
    """Runs that their own engine started, and runs that an engine which came later has adopted."""
    rows: list[Runs] = []
    for name, launcher in launchers(directory).items():
        own, adopting = (House(directory / f"{launcher}-{which}", launcher) for which in ("own", "adopting"))
        for house in (own, adopting):
            await stage.enter_async_context(house)
        rows.append(Runs(f"{name}：自己启动的运行", own, await own.resting_monitors(count)))
        adopted = await adopting.resting_monitors(count)
        await adopting.reopen()
        rows.append(Runs(f"{name}：重启后接管的运行", adopting, adopted))
    return rows


async def peers(stage: AsyncExitStack, directory: Path, count: int) -> list[Watched]:
    poller = stage.enter_context(Poller(count))
    watched = [Watched("psutil 每秒查询", poller.pids, lambda: poller.ended)]
    commands = {f"idle{number}": f"exec {shlex.join(IDLE)}" for number in range(count)}
    if circus_is_installed():
        circus = await stage.enter_async_context(Circus(directory, commands, os.environ, autostart=True))
        pids = [await circus.pid(name) for name in commands]
        watched.append(Watched("circus（默认设置）", pids, circus.ended))
    if supervisor_is_installed():
        programs = dict.fromkeys(commands, shlex.join(IDLE))
        supervisor = await stage.enter_async_context(Supervisor(directory, programs))
        watched.append(Watched("supervisor（事件监听）", list(supervisor.pids().values()), supervisor.ended))
    if pm2_is_installed():
        pm2 = await stage.enter_async_context(Pm2(commands))
        await pm2.start_all()
        watched.append(Watched("pm2（事件总线）", list((await pm2.pids()).values()), pm2.ended))
    return watched


async def test_p5_death_seen(stage: AsyncExitStack, tmp_path: Path) -> None:
    own = await ours(stage, tmp_path, WARM_UP + ROUNDS)
    for runs in own * WARM_UP:
        await runs.kill_next()
    for runs in own:
        runs.samples.seconds.clear()
        runs.line.seconds.clear()
    others = await peers(stage, tmp_path, ROUNDS)
    for _ in range(ROUNDS):
        # At no fixed beat, so that nobody's polling is met at a phase of its liking.
        await asyncio.sleep(random.random())
        for watched in (*own, *others):
            await watched.kill_next()
    for watched in others:
        await watched.gather()
    measured = [*(row for runs in own for row in (runs.samples, runs.line)), *(other.samples for other in others)]
    assert {len(samples.seconds) for samples in measured} == {ROUNDS}
    show("P5 kill -9 执行进程 → 任务库记下它已结束（信号 9）", *measured, notes=absent("circus", "supervisor", "pm2"))
