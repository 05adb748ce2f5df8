"""P3: what a monitor's run keeps for itself, and a thousand of them at once against the platform on loopback."""

import asyncio
import os
import statistics
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

import psutil
import pytest
from harness import CLOCK, processes_of
from homes import Launcher, warden_of
from house import MING, House
from measuring import show_rows

from jobs.models.drafts import MonitorRequest, draft_monitor
from jobs.models.job import Job

pytestmark = pytest.mark.bench

FEW: Final = 20
FEW_POLLS: Final = 30
PEERS: Final = 5
MANY: Final = int(os.environ.get("P3_RUNS", "1000"))
MANY_POLLS: Final = 2
WATCHED_SECONDS: Final = 60
MIB: Final = 1024 * 1024
_PATIENCE_SECONDS: Final = 120
_TICK: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_TOGETHER: Final = 50


class Crowd:
    """Monitors of one house that poll one day of the demo platform."""

    def __init__(self, house: House, count: int, interval_seconds: int) -> None:
        self._house = house
        day = CLOCK.now().date() + timedelta(days=3)
        # A preset with one court: it is the runs that are measured, not the platform.
        self.jobs: list[Job] = [
            house.bot.engine.create(
                MING,
                draft_monitor(
                    MonitorRequest(
                        name=f"监控{number}", preset=13, date=day, interval_seconds=interval_seconds, start=False
                    ),
                    house.bot.rules,
                    CLOCK.now(),
                ),
            )
            for number in range(count)
        ]

    async def start(self) -> None:
        """Starts all, some at a time; returns when each has looked once."""
        for first in range(0, len(self.jobs), _TOGETHER):
            some = self.jobs[first : first + _TOGETHER]
            for job in some:
                self._house.bot.engine.start(MING, job.id)
            await self.have_looked(1, some)

    async def have_looked(self, times: int, jobs: list[Job] | None = None) -> None:
        """Returns when each of these monitors, or of all, has looked so many times."""
        wanted = [job.id for job in jobs or self.jobs]

        def all_have() -> bool:
            progress = self._house.store.runs.progress_of(wanted)
            return len(progress) == len(wanted) and min(each.checks for each in progress.values()) >= times

        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not all_have():  # noqa: ASYNC110 - it is processes that are waited for
                await asyncio.sleep(0.2)

    @property
    def pids(self) -> list[int]:
        return [self._house.pid(job) for job in self.jobs]


def private_mib(pid: int) -> float:
    """What would come free if the process ended (USS)."""
    rollup = _rollup(pid)
    return (rollup["Private_Clean"] + rollup["Private_Dirty"]) / 1024


def shared_out_mib(pids: Iterable[int]) -> float:
    """What all these use together: of a page that n processes share each answers for an n-th (PSS)."""
    return sum(_rollup(pid)["Pss"] for pid in pids) / 1024


def cpu_seconds(pids: Iterable[int]) -> float:
    """What these processes have worked since their birth."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def _rollup(pid: int) -> dict[str, int]:
    """KiB by name."""
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return {words[0].rstrip(":"): int(words[1]) for words in lines}


def platform_pids(home: Path) -> set[int]:
    return {process.pid for process in processes_of(home) if "demo-platform" in " ".join(process.cmdline())}


async def alone(stage: AsyncExitStack, home: Path, launcher: Launcher, count: int) -> list[float]:
    """MiB of each of a few monitors after thirty polls, one a second."""
    house = await stage.enter_async_context(House(home, launcher))
    crowd = Crowd(house, count, 1)
    await crowd.start()
    await crowd.have_looked(FEW_POLLS)
    sizes = [private_mib(pid) for pid in crowd.pids]
    await house.stop(*crowd.jobs)
    return sizes


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc, as Linux has it")
async def test_p3_private_memory_of_a_monitor_after_thirty_polls(stage: AsyncExitStack, tmp_path: Path) -> None:
    ours = await alone(stage, tmp_path / "warden", "auto", FEW)
    peer = await alone(stage, tmp_path / "portable", "portable", PEERS)
    assert len(ours) == FEW
    rows = [_sizes("我们（warden 分出的执行进程）", ours, None), _sizes("每次新起一个 python（portable）", peer, ours)]
    show_rows(f"P3 一个监控查询 {FEW_POLLS} 次以后的私有内存（USS）", ("", "p50", "p95", "最大", "个数", "比值"), rows)


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc, as Linux has it")
async def test_p3_a_thousand_live_monitors(stage: AsyncExitStack, tmp_path: Path) -> None:
    house = await stage.enter_async_context(House(tmp_path / "home"))
    crowd = Crowd(house, MANY, 30)
    begun = perf_counter()
    await crowd.start()
    took = perf_counter() - begun
    await crowd.have_looked(MANY_POLLS)
    runs = crowd.pids
    warden = warden_of(runs)
    keepers = [warden.pid] if warden is not None else sorted({psutil.Process(pid).ppid() for pid in runs})
    groups = {"执行进程合计": runs, "warden": keepers, "机器人（引擎）": [os.getpid()]}
    platform = platform_pids(house.home)
    before = {name: cpu_seconds(pids) for name, pids in groups.items()} | {"platform": cpu_seconds(platform)}
    checks = _checks(house, crowd)
    await asyncio.sleep(WATCHED_SECONDS)
    polls = _checks(house, crowd) - checks
    spent = {name: cpu_seconds(pids) - before[name] for name, pids in groups.items()}
    apart = cpu_seconds(platform) - before["platform"]
    memory = {name: shared_out_mib(pids) for name, pids in groups.items()}
    sizes = [private_mib(pid) for pid in runs]
    assert len(runs) == MANY
    assert all(psutil.pid_exists(pid) for pid in runs)
    rows = [
        [name, f"{memory[name]:.0f} MiB", f"{100 * spent[name] / WATCHED_SECONDS:.1f} %", str(len(pids))]
        for name, pids in groups.items()
    ]
    rows.append(["合计", f"{sum(memory.values()):.0f} MiB", f"{100 * sum(spent.values()) / WATCHED_SECONDS:.1f} %", ""])
    title = f"P3 {MANY} 个监控同时活着，每 30 秒查一次（量 {WATCHED_SECONDS} 秒）"
    notes = [
        f"每个执行进程的私有内存 p50 {statistics.median(sizes):.2f} MiB，最大 {max(sizes):.2f} MiB",
        f"全部启动并各查一次：{took:.1f} 秒；{WATCHED_SECONDS} 秒里共查 {polls} 次，"
        f"每次 {1000 * spent['执行进程合计'] / max(polls, 1):.2f} ms CPU；"
        f"演示平台另用 {100 * apart / WATCHED_SECONDS:.0f} %",
        f"机器人打开的描述符：{psutil.Process().num_fds()}",
    ]
    show_rows(title, ("", "内存（PSS）", "CPU（一个核）", "进程数"), rows, notes=notes)
    await house.stop(*crowd.jobs)
    left = [pid for pid in runs if _lives(pid)]
    assert not left


def _checks(house: House, crowd: Crowd) -> int:
    return sum(each.checks for each in house.store.runs.progress_of([job.id for job in crowd.jobs]).values())


def _lives(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _sizes(name: str, sizes: list[float], ours: list[float] | None) -> list[str]:
    middle = statistics.median(sizes)
    against = f"{statistics.median(ours) / middle:.2f}" if ours else ""
    late = statistics.quantiles(sizes, n=20)[-1]
    return [name, f"{middle:.2f} MiB", f"{late:.2f} MiB", f"{max(sizes):.2f} MiB", str(len(sizes)), against]
