"""P2: 200 jobs, from the first command until the last has written its first line."""

import asyncio
import os
import shlex
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter

import pytest
from absent import absent
from circus_peer import Circus, circus_is_installed
from homes import launchers
from house import MING, House, Log
from measuring import ratio, show_rows
from pm2_peer import Pm2, pm2_is_installed
from real_worker import popen
from supervisor_peer import Supervisor, supervisor_is_installed
from writes import Writes

from jobs.models.job import Job

pytestmark = pytest.mark.bench

COUNT = 200
TRIFLE = b"begun"
COLUMNS = ("", "到最后一行", "每秒启动", "我们 ÷ 它")


class Start:
    """How long it took until all had begun."""

    def __init__(self, name: str, seconds: float, *, is_peer: bool = True) -> None:
        self.name, self.seconds, self.is_peer = name, seconds, is_peer

    def row(self, ours: "Start") -> list[str]:
        compared = ratio(ours.seconds, self.seconds) if self.is_peer else ""
        return [self.name, f"{self.seconds:.2f} s", f"{COUNT / self.seconds:.0f}", compared]


async def all_begun(logs: Mapping[str, Log], writes: Writes) -> float:
    """The instant at which the last of these logs got its first line."""
    return await writes.until_each(logs, lambda name: logs[name].has_first_line())


def logs_of(house: House, jobs: list[Job]) -> dict[str, Log]:
    return {(log := house.log(job)).path.name: log for job in jobs}


async def started_one_by_one(house: House, jobs: list[Job]) -> float:
    """One command for each job that is there, as from as many people."""
    with Writes(house.home / "jobs") as writes:
        logs, begun = logs_of(house, jobs), perf_counter()
        for job in jobs:
            house.bot.engine.start(MING, job.id)
            await asyncio.sleep(0)
        return await all_begun(logs, writes) - begun


async def created_at_once(house: House) -> float:
    """New jobs, all in one turn of the loop."""
    with Writes(house.home / "jobs") as writes:
        begun = perf_counter()
        jobs = [house.monitor(f"新的{number}", start=True) for number in range(COUNT)]
        return await all_begun(logs_of(house, jobs), writes) - begun


async def ours(directory: Path) -> list[Start]:
    starts: list[Start] = []
    for name, launcher in launchers(directory).items():
        async with House(directory / launcher, launcher) as house:
            await house.stop(*await house.resting_monitors(1))  # warm: the platform runs, and whoever keeps the runs
            jobs = [house.monitor(f"监控{number}") for number in range(COUNT)]
            starts.append(Start(f"{name}：{COUNT} 条启动命令", await started_one_by_one(house, jobs), is_peer=False))
            await house.stop(*jobs)
            starts.append(Start(f"{name}：同时新建 {COUNT} 个", await created_at_once(house), is_peer=False))
    return starts


async def by_popen(directory: Path) -> Start:
    """The same workers, started directly, without waiting for one before the next."""
    async with House(directory / "popen", "portable") as house:
        jobs = [house.monitor(f"监控{number}") for number in range(COUNT)]
        with Writes(house.home / "jobs") as writes:
            logs, begun = logs_of(house, jobs), perf_counter()
            workers = [popen(house, job) for job in jobs]
            seconds = await all_begun(logs, writes) - begun
        for worker in workers:
            worker.kill()
            worker.wait()
    return Start("subprocess.Popen 同样的执行进程", seconds)


async def of_trifles(name: str, directory: Path, start: Callable[[], Awaitable[object]]) -> Start:
    """A peer that starts what `trifles` has made, with one request."""
    logs = {f"{number}.log": Log(directory / f"{number}.log", TRIFLE) for number in range(COUNT)}
    with Writes(directory) as writes:
        begun = perf_counter()
        _, last = await asyncio.gather(start(), all_begun(logs, writes))
    return Start(f"{name}：只写一行就 sleep 的进程", last - begun)


def trifles(directory: Path) -> dict[str, str]:
    """Shell lines that write the first line and then do nothing: the least a worker can be."""
    directory.mkdir()
    logs = {f"trifle{number}": directory / f"{number}.log" for number in range(COUNT)}
    return {name: f"echo {TRIFLE.decode()} >>{shlex.quote(str(log))}; exec sleep 3600" for name, log in logs.items()}


async def peers(directory: Path) -> list[Start]:
    starts = [await by_popen(directory)]
    if circus_is_installed():
        commands = trifles(logs := directory / "circus")
        # It starts together only those that start by themselves: so they are stopped first.
        async with Circus(directory, commands, os.environ, autostart=True) as circus:
            call = circus.call
            await asyncio.to_thread(call, "stop", waiting=True)
            starts.append(await of_trifles("circus", logs, lambda: asyncio.to_thread(call, "start")))
    if supervisor_is_installed():
        commands = trifles(logs := directory / "supervisor")
        programs = {name: f"/bin/sh -c {shlex.quote(command)}" for name, command in commands.items()}
        async with Supervisor(directory, programs, autostart=False) as supervisor:
            start_all = supervisor.start_all
            starts.append(await of_trifles("supervisor", logs, lambda: asyncio.to_thread(start_all)))
    if pm2_is_installed():
        commands = trifles(logs := directory / "pm2")
        async with Pm2(commands) as pm2:
            starts.append(await of_trifles("pm2", logs, pm2.start_all))
    return starts


async def test_p2_many_starts(stage: AsyncExitStack, tmp_path: Path) -> None:
    own = await ours(tmp_path)
    starts = [*own, *await peers(tmp_path)]
    rows = [start.row(own[0]) for start in starts]
    title = f"P2 启动 {COUNT} 个任务 → 全部写出第一行日志"
    show_rows(title, COLUMNS, rows, notes=absent("circus", "supervisor", "pm2"))
