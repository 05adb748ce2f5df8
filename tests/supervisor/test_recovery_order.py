"""Recovery with a launcher made by hand: a run that ends while one looks keeps its true exit."""

from collections.abc import Mapping
from pathlib import Path

from jobs.bell import LoopBell
from jobs.clock import SystemClock
from jobs.logs import FileLogs
from jobs.models import decisions
from jobs.models.ids import Epoch, JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.restarts import NEVER
from jobs.models.run import Exit, Identity
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


async def test_a_run_that_ends_while_one_looks_keeps_its_true_exit(tmp_path: Path) -> None:
    store, bell, logs = open_store(tmp_path, CLOCK).store, LoopBell(tmp_path), FileLogs(tmp_path / "jobs")
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
    store.apply(decisions.created(job, RunId("r1"), "test"))

    def stored() -> Job:
        found = store.jobs.get(job.id)
        assert found is not None
        return found

    store.apply(decisions.claimed(stored(), store.runs.all_open()[0], Epoch(1), "local", now))
    store.apply(decisions.launched(stored(), store.runs.all_open()[0], WORKER, now))
    ending = EndsWhileOneLooks()
    settling = Settling(
        store=store,
        exits=ending,
        launcher=ending,
        logs=logs,
        clock=CLOCK,
        bell=bell,
        policy_of=lambda _: NEVER,
    )

    async def payload_of(*_: object) -> bytes:
        return b""

    supervisor = Supervisor(
        store=store,
        launcher=ending,
        administrators=ending,
        settling=settling,
        clock=CLOCK,
        bell=bell,
        listening=bell,
        payload_of=payload_of,
        max_running=1,
        grace_seconds=1,
    )

    await supervisor.recover_lost()

    assert stored().status is Status.COMPLETED
    store.close()
