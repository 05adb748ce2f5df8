"""The machine of a virtual day: its processes outlive every bot, work as long as they were drawn to, and leave a line.

Nothing here knows what should happen. What did is written down: who was born, when work began and ended by the wall.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from virtual_loop_site import Wall

from jobs.models.change import Fence
from jobs.models.ids import JobId, RunId
from jobs.models.job import Status
from jobs.models.run import EXIT_DONE, EXIT_FAILED, UNSEEN_EXIT, Exit, Identity, Outcome
from jobs.ports.launcher import ExitLine, LaunchFailed, LiveRun, RunSpec
from jobs.ports.store import Fenced, Store
from jobs.reporting import StoreReporter

OWNER: ContextVar[object] = ContextVar("OWNER", default=None)
"""The bot that a task belongs to, and with which it dies; None: the machine's."""


@dataclass(frozen=True)
class Habits:
    """How the work of one job usually goes. Chances are of each run."""

    seconds: float = 20.0
    slow_seconds: float = 0.0
    slow: float = 0.0
    fails: float = 0.1
    crashes: float = 0.03
    deaf: float = 0.1
    """To a request to end: it is killed when its grace is over."""


@dataclass
class Process:
    """One process. `began`: when its work did, by the wall; None: it never came to that."""

    run_id: RunId
    job_id: JobId
    lock: str | None
    due: datetime | None
    identity: Identity
    born: datetime
    born_at: float
    began: datetime | None = None
    ended: datetime | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    killed: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class Machine:
    """Implements `Launcher` and `Exits`. `complain` is told what no machine of ours may ever see."""

    def __init__(
        self, *, chance: random.Random, wall: Wall, store: Store, ring: Callable[[], None], note: Callable[[str], None]
    ) -> None:
        self._chance = chance
        self._wall = wall
        self._store = store
        self._ring = ring
        self._note = note
        self._births: dict[RunId, asyncio.Task[LiveRun]] = {}
        self._own: Context = copy_context()
        self.habits: dict[JobId, Habits] = {}
        self.refuses = False
        self.processes: list[Process] = []
        self.journal: list[ExitLine] = []
        self.faults: list[str] = []
        self.tasks: set[asyncio.Task[Any]] = set()

    # -- Launcher -----------------------------------------------------------------------------------------------
    async def get_ready(self) -> None:
        """Nothing to do."""

    async def start(self, spec: RunSpec) -> LiveRun:
        if self.refuses and spec.run_id not in self._births:
            raise LaunchFailed("机器忙，暂时不能启动新进程", "virtual")
        if spec.run_id not in self._births:
            self._births[spec.run_id] = self._begin(self._bear(spec))
        return await asyncio.shield(self._births[spec.run_id])

    async def live(self) -> Mapping[RunId, LiveRun]:
        await asyncio.sleep(0.001)
        unborn = {run: LiveRun(run_id=run, worker=None, keeper=None) for run, t in self._births.items() if not t.done()}
        return unborn | {each.run_id: _seen(each) for each in self.alive()}

    async def ended(self, run: LiveRun) -> Exit:
        process = self._process(run.run_id)
        if process is not None:
            await process.gone.wait()
        return UNSEEN_EXIT

    async def stop(self, run: LiveRun, grace_seconds: float) -> None:
        process = self._process(run.run_id)
        if process is None or process.ended is not None:
            return
        process.asked.set()
        try:
            async with asyncio.timeout(grace_seconds):
                await process.gone.wait()
        except TimeoutError:
            process.killed.set()
            await process.gone.wait()

    def forget(self, run_id: RunId) -> None:
        self._births.pop(run_id, None)

    async def close(self) -> None:
        """Nothing is held."""

    def read(self, offset: int) -> tuple[list[ExitLine], int]:
        return self.journal[offset:], len(self.journal)

    # -- what the world sees -------------------------------------------------------------------------------------
    def alive(self) -> list[Process]:
        return [process for process in self.processes if process.ended is None]

    def kill_one(self) -> None:
        """Somebody kills a process, any."""
        if living := self.alive():
            self._chance.choice(living).killed.set()

    # -- processes -------------------------------------------------------------------------------------------------
    def _begin(self, work: Awaitable[Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work, context=self._own.copy())  # type: ignore[arg-type]
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _bear(self, spec: RunSpec) -> LiveRun:
        await asyncio.sleep(self._chance.uniform(0.005, 0.2))
        job, run = self._store.jobs.get(spec.job_id), self._store.runs.get(spec.run_id)
        if job is not None and job.status is not Status.RUNNING:
            self.faults.append(f"a process is born for {spec.job_id}, which is {job.status}")
        process = Process(
            run_id=spec.run_id,
            job_id=spec.job_id,
            lock=job.lock if job else None,
            due=run.scheduled_at if run else None,
            identity=Identity(boot_id="virtual", pid=1000 + len(self.processes), start=len(self.processes)),
            born=self._wall.now(),
            born_at=self._wall.monotonic(),
        )
        self._look_at_birth(process)
        self.processes.append(process)
        self._begin(self._live(process, Fence(run_id=spec.run_id, epoch=spec.epoch)))
        return _seen(process)

    def _look_at_birth(self, new: Process) -> None:
        for other in self.processes:
            if other.run_id == new.run_id:
                self.faults.append(f"run {new.run_id[:6]} of job {new.job_id} was born twice")
            if other.ended is None and other.job_id == new.job_id:
                self.faults.append(f"job {new.job_id} has two live processes")
            if other.ended is None and other.lock is not None and other.lock == new.lock:
                self.faults.append(f"two live processes hold the lock {new.lock}")

    async def _live(self, process: Process, fence: Fence) -> None:
        job = self._store.jobs.get(process.job_id)
        code = Exit(code=EXIT_FAILED)
        if job is not None:
            reporter = StoreReporter(store=self._store, bell=self, clock=self._wall, job=job, fence=fence)
            work = asyncio.ensure_future(self._work(process, reporter, self.habits[job.id]))
            ends = [work, *map(asyncio.ensure_future, (process.killed.wait(), self._obeyed(process)))]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            code = self._exit(process, work)
            for each in ends:
                each.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
        process.ended = self._wall.now()
        self._note(f"process of {process.job_id} is gone: {code.words}")
        await asyncio.sleep(self._chance.uniform(0, 0.05))
        if self._chance.random() > 0.02:
            at = self._wall.now().timestamp()
            self.journal.append(ExitLine(run=process.run_id, worker=process.identity, exit=code, at=at))
        process.gone.set()

    async def _obeyed(self, process: Process) -> None:
        await process.asked.wait()
        is_deaf = self._chance.random() < self.habits[process.job_id].deaf
        await asyncio.sleep(3600 if is_deaf else self._chance.uniform(0.01, 1))

    def _exit(self, process: Process, work: asyncio.Future[int]) -> Exit:
        if work.done():
            return Exit(code=work.result())
        return Exit(signal=9 if process.killed.is_set() else 15)

    async def _work(self, process: Process, reporter: StoreReporter, habits: Habits) -> int:
        """What `jobs.app.run` does, with nothing to do."""
        try:
            reporter.progress("刚刚启动", checks=0, next_check_at=None)
            if process.due is not None:
                await self._wall.shows(process.due)
            process.began = self._wall.now()
            late = self._late(process)
            self._note(f"work of {process.job_id} begins" + (f", {late:.3f} s late" if late is not None else ""))
            reporter.progress("正在做", checks=1, next_check_at=None)
            if late is not None:
                reporter.fired(late)
            is_slow = self._chance.random() < habits.slow
            await asyncio.sleep((habits.slow_seconds if is_slow else habits.seconds) * self._chance.uniform(0.5, 1.5))
            if self._chance.random() < habits.crashes:
                process.killed.set()
                await asyncio.sleep(3600)
            done = self._chance.random() >= habits.fails
            reporter.finish(Outcome(done=done, sentence="做好了" if done else "没做成"))
        except Fenced:
            return EXIT_FAILED
        return EXIT_DONE if done else EXIT_FAILED

    def _late(self, process: Process) -> float | None:
        if process.due is None or process.began is None:
            return None
        if process.began < process.due:
            self.faults.append(f"work of {process.job_id} began before {process.due}")
        return (process.began - process.due) / timedelta(seconds=1)

    def _process(self, run_id: RunId) -> Process | None:
        return next((process for process in reversed(self.processes) if process.run_id == run_id), None)

    def ring(self) -> None:
        """Implements `Bell` for the runs: whichever bot there is hears it."""
        self._ring()


def _seen(process: Process) -> LiveRun:
    return LiveRun(run_id=process.run_id, worker=process.identity, keeper=None)
