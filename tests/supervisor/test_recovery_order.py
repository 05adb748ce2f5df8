"""Recovery with a launcher made by hand: a run that ends while one looks keeps its true exit."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from jobs.bell import LoopBell
from jobs.clock import SystemClock
from jobs.logs import FileLogs
from jobs.models import decisions
from jobs.models.conduct import Conduct
from jobs.models.ids import Epoch, JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.restarts import ON_FAILURE
from jobs.models.run import UNSEEN_EXIT, Exit, Identity
from jobs.ports.launcher import ExitLine, LiveRun, RunSpec
from jobs.store.opening import open_store
from jobs.supervisor.loop import Supervisor
from jobs.supervisor.settling import Settling

CLOCK = SystemClock()
WORKER = Identity(boot_id="b", pid=1, start=1)


class EndsWhileOneLooks:
    """Implements `Launcher`, `Exits` and `Administrators`: the run ends just before `live` looks."""

    def __init__(self) -> None:
        self.lines: list[ExitLine] = []

    async def live(self) -> Mapping[RunId, LiveRun]:
        self.lines = [ExitLine(run=RunId("r1"), worker=WORKER, exit=Exit(code=0), at=0)]
        return {}

    def read(self, offset: int) -> tuple[list[ExitLine], int]:
        return self.lines[offset:], len(self.lines)

    async def get_ready(self) -> None: ...

    async def start(self, spec: RunSpec) -> LiveRun:
        raise AssertionError("nothing is to be started")

    async def stop(self, run: LiveRun, grace_seconds: float) -> None:
        raise AssertionError("nothing is to be stopped")

    async def ended(self, run: LiveRun) -> Exit:
        raise AssertionError("nothing is watched")

    def forget(self, run_id: RunId) -> None: ...

    async def close(self) -> None: ...

    def tell(self, topic: str, sentence: str) -> None:
        raise AssertionError(sentence)


class WrittenLate(EndsWhileOneLooks):
    """The run's process is gone, and its keeper has trouble with the disk: the line comes only after a while."""

    def __init__(self) -> None:
        super().__init__()
        self.may_write = asyncio.Event()

    async def live(self) -> Mapping[RunId, LiveRun]:
        return {}

    async def ended(self, run: LiveRun) -> Exit:
        await self.may_write.wait()
        self.lines = [ExitLine(run=RunId("r1"), worker=WORKER, exit=Exit(code=0), at=0)]
        return UNSEEN_EXIT


class Stage:
    """A store with one job whose run is live, and a supervisor that comes back to it."""

    def __init__(self, home: Path, launcher: EndsWhileOneLooks) -> None:
        self.store, bell, logs = open_store(home, CLOCK).store, LoopBell(home), FileLogs(home / "jobs")
        now = CLOCK.now()
        job = Job(
            id=JobId("aaaaaaaa"),
            number=JobNumber(0),
            kind="monitor",
            name="m",
            status=Status.PENDING,
            config={},
            created_at=now,
            updated_at=now,
        )
        self.store.apply(decisions.created(job, RunId("r1"), "test"))
        self.store.apply(decisions.claimed(self.job, self.store.runs.all_open()[0], Epoch(1), "local", now))
        self.store.apply(decisions.launched(self.job, self.store.runs.all_open()[0], WORKER, now))
        settling = Settling(
            store=self.store,
            exits=launcher,
            launcher=launcher,
            logs=logs,
            clock=CLOCK,
            bell=bell,
            conduct_of=lambda _: Conduct(restart=ON_FAILURE),
        )

        async def payload_of(*_: object) -> bytes:
            return b""

        self.supervisor = Supervisor(
            store=self.store,
            launcher=launcher,
            administrators=launcher,
            settling=settling,
            clock=CLOCK,
            bell=bell,
            listening=bell,
            payload_of=payload_of,
            max_running=1,
            max_locks=1,
            grace_seconds=1,
        )

    @property
    def job(self) -> Job:
        found = self.store.jobs.get(JobId("aaaaaaaa"))
        assert found is not None
        return found


async def test_a_run_that_ends_while_one_looks_keeps_its_true_exit(tmp_path: Path) -> None:
    stage = Stage(tmp_path, EndsWhileOneLooks())

    await stage.supervisor.recover_lost()

    assert stage.job.status is Status.COMPLETED
    stage.store.close()


async def test_a_dead_run_is_not_settled_before_its_keeper_has_written_how_it_ended(tmp_path: Path) -> None:
    keeper = WrittenLate()
    stage = Stage(tmp_path, keeper)

    await stage.supervisor.recover_lost()
    assert stage.job.status is Status.RUNNING
    keeper.may_write.set()
    await stage.supervisor.recover_lost()

    assert stage.job.status is Status.COMPLETED
    stage.store.close()
