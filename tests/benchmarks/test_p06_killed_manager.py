"""P6: `kill -9` of the manager, and what its successor makes of the processes it finds."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import psutil
import pytest
from absent import absent
from circus_peer import Circus, circus_is_installed
from harness import CLOCK, processes_of
from homes import Launcher, launchers, warden_of
from house import MING, House
from live_bot import LiveBot, Opened
from measuring import milliseconds, show_rows
from pm2_peer import Pm2, pm2_is_installed
from supervisor_peer import Supervisor, supervisor_is_installed

from jobs.models.drafts import ScheduleRequest, draft_schedule
from jobs.models.ids import RunId
from jobs.models.job import Job
from jobs.models.recurrence import Once
from jobs.models.run import EXIT_DONE, EXIT_FAILED, Exit, Run, RunStatus
from jobs.supervisor.identity import identify, is_alive

pytestmark = pytest.mark.bench

COUNT = {"auto": 1000, "portable": 50}
COUNT_WITHOUT_WARDEN = 100
COUNT_OF_PEERS = 20
EACH = 5
"""Processes for every way of ending while nobody is there to see it."""
PATIENCE_SECONDS = 60.0
COLUMNS = ("", "进程", "丢失", "重复", "知道真实的结局", "start_bot → 全部接管", "进程启动 → 全部接管")


@dataclass
class Aftermath:
    """What the successor found, and what it knows of those that ended meanwhile."""

    name: str
    count: int
    lost: int
    doubled: int
    ends_known: int
    ends: int
    opened: Opened | None = None

    def row(self) -> list[str]:
        figures = [self.name, str(self.count), str(self.lost), str(self.doubled), f"{self.ends_known} / {self.ends}"]
        if self.opened is None:
            return [*figures, "—", "—"]
        watching, entered, begun = self.opened.watching, self.opened.entered, self.opened.begun
        return [*figures, milliseconds(watching - entered), milliseconds(watching - begun)]


class Ours:
    """A house full of runs, some of which are about to end."""

    def __init__(self, house: House, count: int) -> None:
        self._house, self._count = house, count
        self._ends: dict[RunId, Exit] = {}

    async def aftermath(self, name: str, *, also_warden: bool) -> Aftermath:
        house, resting = self._house, await self._house.resting_monitors(self._count)
        victims, untouched = resting[: 2 * EACH], [house.run(job) for job in resting[2 * EACH :]]
        with platform_frozen(house):
            await self._let_begin_what_ends_by_itself()
            warden = warden_of(house.pid(job) for job in resting)
            await house.shut()
            bot = LiveBot(house.home, house.launcher, len(untouched))
            await bot.start()
            bot.kill()
            if also_warden and warden is not None:
                warden.kill()
                await self._until(lambda: identify(warden.pid) is None, "the warden is gone")
        self._kill(victims)
        await self._until(lambda: not any(is_running(self._run(run)) for run in self._ends), "their ends")
        async with bot:
            await self._until(self._has_settled, "all is settled")
            return self._found(name, untouched, bot.opened)

    def _found(self, name: str, untouched: list[Run], opened: Opened) -> Aftermath:
        return Aftermath(
            name=name,
            count=self._count + 2 * EACH,
            lost=sum(not is_same_and_running(run, self._run(run.id)) for run in untouched),
            doubled=sum(copies > 1 for copies in copies_by_log(self._house).values()),
            ends_known=sum(self._run(run).exit == end for run, end in self._ends.items()),
            ends=len(self._ends),
            opened=opened,
        )

    async def _let_begin_what_ends_by_itself(self) -> None:
        """Runs that ask a platform which does not answer now; as soon as it does, they are done, or have failed."""
        house = self._house
        done = [house.monitor(f"马上订到{number}", start=True, auto_book=True) for number in range(EACH)]
        failed = [self._schedule_in_vain(f"没有空场{number}") for number in range(EACH)]
        for jobs, code in ((done, EXIT_DONE), (failed, EXIT_FAILED)):
            for job in jobs:
                await house.until(lambda job=job: self._has_begun(job), f"{job.label} asks")
                self._ends[house.run(job).id] = Exit(code=code)

    def _schedule_in_vain(self, name: str) -> Job:
        """It comes due in a moment, and wants a court that no venue has."""
        rules, now = self._house.bot.rules, CLOCK.now()
        once = Once(at=(now + timedelta(seconds=2)).replace(microsecond=0))
        asked = ScheduleRequest(name=name, preset=13, recurrence=once, courts=("没有的场地",))
        return self._house.bot.engine.create(MING, draft_schedule(asked, rules, now))

    def _has_begun(self, job: Job) -> bool:
        run = self._house.store.runs.last_of(job.id)
        return run is not None and run.status is RunStatus.LIVE and "开始运行" in log_of(self._house, job)

    def _kill(self, victims: list[Job]) -> None:
        for number, jobs in ((signal.SIGKILL, victims[:EACH]), (signal.SIGTERM, victims[EACH:])):
            for job in jobs:
                self._ends[self._house.run(job).id] = Exit(signal=number)
                os.kill(self._house.pid(job), number)

    def _has_settled(self) -> bool:
        """Every end is stored, and what was restarted because of it lives."""
        ended = all(self._run(run).status is RunStatus.ENDED for run in self._ends)
        return ended and all(run.status is RunStatus.LIVE for run in self._house.store.runs.all_open())

    def _run(self, run_id: RunId) -> Run:
        run = self._house.store.runs.get(run_id)
        assert run is not None
        return run

    async def _until(self, holds: Callable[[], bool], what: str) -> None:
        await self._house.until(holds, what)


@contextmanager
def platform_frozen(house: House) -> Generator[None]:
    """The demo platform takes connections and says nothing."""
    platform = next(process for process in processes_of(house.home) if "demo-platform" in process.cmdline())
    platform.suspend()
    try:
        yield
    finally:
        platform.resume()


def is_running(run: Run) -> bool:
    return run.worker is not None and is_alive(run.worker)


def is_same_and_running(before: Run, after: Run) -> bool:
    return after.status is RunStatus.LIVE and after.worker == before.worker and is_running(before)


def log_of(house: House, job: Job) -> str:
    path = house.log(job).path
    return path.read_text("utf-8") if path.exists() else ""


def copies_by_log(house: House) -> Counter[str]:
    """How many live processes write to each log of this home, as the kernel says."""
    copies: Counter[str] = Counter()
    for process in processes_of(house.home):
        with suppress(FileNotFoundError, ProcessLookupError):
            file = Path(f"/proc/{process.pid}/fd/2").readlink()
            copies[file.name] += file.parent == house.home / "jobs"
    return copies


class Peer(Protocol):
    """A manager that can be killed and started again."""

    async def kill(self) -> None: ...

    async def restart(self) -> None: ...

    def ended(self) -> dict[int, float]: ...


class Sleepers:
    """Processes to be managed, told from all others of this machine by a number of their own."""

    def __init__(self, mark: int) -> None:
        # `sleep` adds up its arguments: an argument list that nobody else has.
        self.programs = {f"w{n}": f"sleep {mark} {3600 + n}" for n in range(COUNT_OF_PEERS)}

    def pids(self) -> dict[str, list[int]]:
        """The live copies of each."""
        found: dict[str, list[int]] = {name: [] for name in self.programs}
        names = {program: name for name, program in self.programs.items()}
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess):  # a zombie is no such process either
                if name := names.get(" ".join(process.cmdline())):
                    found[name].append(process.pid)
        return found

    def __enter__(self) -> "Sleepers":
        return self

    def __exit__(self, *_: object) -> None:
        for pid in (pid for pids in self.pids().values() for pid in pids):
            os.kill(pid, signal.SIGKILL)


async def aftermath_of(name: str, peer: Peer, sleepers: Sleepers) -> Aftermath:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(len(pids) != 1 for pids in sleepers.pids().values()):  # noqa: ASYNC110 - it is processes
            await asyncio.sleep(0.1)
    await peer.kill()
    victims = [pids[0] for pids in list(sleepers.pids().values())[:EACH]]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    await peer.restart()
    # The last to be started are those that have lost nobody: when nothing is added any more, all have been seen to.
    before, copies = {}, sleepers.pids()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while copies != before or not all(copies.values()):
            await asyncio.sleep(2)
            before, copies = copies, sleepers.pids()
    return Aftermath(
        name=name,
        count=COUNT_OF_PEERS,
        lost=sum(not pids for pids in copies.values()),
        doubled=sum(len(pids) > 1 for pids in copies.values()),
        ends_known=len(peer.ended().keys() & set(victims)),
        ends=len(victims),
    )


async def peers(directory: Path) -> list[Aftermath]:
    found: list[Aftermath] = []
    if circus_is_installed():
        with Sleepers(1) as sleepers:
            commands = {name: f"exec {program}" for name, program in sleepers.programs.items()}
            async with Circus(directory, commands, os.environ, autostart=True) as circus:
                found.append(await aftermath_of("circus", circus, sleepers))
    if supervisor_is_installed():
        with Sleepers(2) as sleepers:
            async with Supervisor(directory, sleepers.programs) as supervisor:
                found.append(await aftermath_of("supervisor", supervisor, sleepers))
    if pm2_is_installed():
        with Sleepers(3) as sleepers:
            commands = {name: f"exec {program}" for name, program in sleepers.programs.items()}
            async with Pm2(commands) as pm2:
                await pm2.start_all()
                found.append(await aftermath_of("pm2（dump、resurrect）", pm2, sleepers))
    return found


async def ours(directory: Path, name: str, launcher: Launcher, count: int, *, also_warden: bool) -> Aftermath:
    home = directory / f"{launcher}-{count}"
    async with House(home, launcher) as house:
        return await Ours(house, count).aftermath(name, also_warden=also_warden)


async def test_p6_kill_9_of_the_manager(tmp_path: Path) -> None:
    own: list[Aftermath] = []
    for name, launcher in launchers(tmp_path).items():
        own.append(await ours(tmp_path, name, launcher, COUNT[launcher], also_warden=False))
        if launcher == "auto":
            count = COUNT_WITHOUT_WARDEN
            own.append(await ours(tmp_path, f"{name}，它也被 kill -9", launcher, count, also_warden=True))
    others = await peers(tmp_path)
    assert all(one.ends == 4 * EACH for one in own)
    assert all(one.ends == EACH for one in others)
    notes = [
        f"退出的各有 {EACH} 个：kill -9、kill -15、退出码 0、退出码 1；同类只有 kill -9 的",
        "进程启动不含 NoneBot：只有引擎",
        *absent("circus", "supervisor", "pm2"),
    ]
    show_rows("P6 kill -9 管理进程，再启动它", COLUMNS, [one.row() for one in (*own, *others)], notes=notes)
