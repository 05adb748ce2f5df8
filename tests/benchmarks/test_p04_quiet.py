"""P4: what a manager burns while it watches processes that do nothing."""

import asyncio
import os
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from absent import absent
from circus_peer import Circus, circus_is_installed
from homes import launchers, warden_of
from house import House
from live_bot import LiveBot
from measuring import ratio, show_rows
from pm2_peer import Pm2, pm2_is_installed
from supervisor_peer import Supervisor, supervisor_is_installed

pytestmark = pytest.mark.bench

WINDOW_SECONDS = 60
COUNT = 500
FEW = {"portable": 50, "pm2": 100}
"""Fewer where so many would fill the memory or take minutes to start."""
COLUMNS = ("", "进程数", f"CPU（{WINDOW_SECONDS} 秒里）", "一个核的", "我们 ÷ 它（每个进程）")


@dataclass
class Watching:
    """A manager, as the processes it consists of, and how many others it watches."""

    name: str
    pids: list[int]
    count: int
    is_peer: bool = True
    burnt_seconds: float = 0.0

    def row(self, ours: "Watching") -> list[str]:
        compared = ratio(ours.burnt_seconds / ours.count, self.burnt_seconds / self.count) if self.is_peer else ""
        share = f"{100 * self.burnt_seconds / WINDOW_SECONDS:.3f} %"
        return [self.name, str(self.count), f"{1000 * self.burnt_seconds:.1f} ms", share, compared]


def burnt_seconds(pids: Iterable[int]) -> float:
    """Seconds on a processor since these processes began, by the scheduler's own count (nanoseconds, not ticks)."""
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


async def ours(stage: AsyncExitStack, directory: Path) -> list[Watching]:
    """Monitors that rest; the bot that watches them is a process of its own, and adopted them."""
    rows: list[Watching] = []
    for name, launcher in launchers(directory).items():
        count = FEW.get(launcher, COUNT)
        house = await stage.enter_async_context(House(directory / launcher, launcher))
        workers = [house.pid(job) for job in await house.resting_monitors(count)]
        await house.shut()
        bot = await stage.enter_async_context(LiveBot(house.home, launcher, count))
        warden = warden_of(workers)
        if warden is None:
            rows.append(Watching(f"{name}：机器人", [bot.pid], count, is_peer=False))
            continue
        rows.append(Watching(f"{name}：机器人和 warden", [bot.pid, warden.pid], count, is_peer=False))
        rows.append(Watching("　其中：warden", [warden.pid], count, is_peer=False))
    return rows


async def peers(stage: AsyncExitStack, directory: Path) -> list[Watching]:
    rows: list[Watching] = []
    programs = {f"idle{number}": "sleep 3600" for number in range(COUNT)}
    commands = {name: f"exec {command}" for name, command in programs.items()}
    if circus_is_installed():
        circus = await stage.enter_async_context(Circus(directory, commands, os.environ, autostart=True))
        await circus.pid(list(commands)[-1])
        rows.append(Watching("circus", [circus.daemon_pid], COUNT))
    if supervisor_is_installed():
        supervisor = await stage.enter_async_context(Supervisor(directory, programs))
        rows.append(Watching("supervisor", [supervisor.daemon_pid], COUNT))
    if pm2_is_installed():
        some = dict(list(commands.items())[: FEW["pm2"]])
        pm2 = await stage.enter_async_context(Pm2(some))
        await pm2.start_all()
        rows.append(Watching("pm2", [pm2.daemon_pid], len(some)))
    return rows


async def test_p4_cpu_of_a_quiet_manager(stage: AsyncExitStack, tmp_path: Path) -> None:
    own = await ours(stage, tmp_path)
    watching = [*own, *await peers(stage, tmp_path)]
    await asyncio.sleep(5)  # what is left of the starts: the mirror is written once more, listeners catch up
    before = [burnt_seconds(one.pids) for one in watching]
    await asyncio.sleep(WINDOW_SECONDS)
    for one, already in zip(watching, before, strict=True):
        one.burnt_seconds = burnt_seconds(one.pids) - already
    rows = [one.row(own[0]) for one in watching]
    title = "P4 管理进程看着安静的进程，烧多少 CPU"
    show_rows(title, COLUMNS, rows, notes=absent("circus", "supervisor", "pm2"))
