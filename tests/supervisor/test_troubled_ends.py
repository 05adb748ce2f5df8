"""The end of one run, however troubled its job, holds up no other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from jobs.bell import LoopBell
from jobs.clock import SystemClock
from jobs.logs import FileLogs
from jobs.models import decisions
from jobs.models.conduct import Conduct
from jobs.models.ids import Epoch, JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.recurrence import Every, Recurrence
from jobs.models.run import Exit, Identity
from jobs.ports.launcher import ExitLine, Launcher
from jobs.store.opening import open_store
from jobs.store.store import SqliteStore
from jobs.supervisor.settling import Settling

CLOCK = SystemClock()
WORKER = Identity(boot_id="boot", pid=2**22 + 7, start=7)


class Journal:
    """Implements `Exits` and what settling asks of a launcher: the ends of two runs are written."""

    def read(self, offset: int) -> tuple[list[ExitLine], int]:
        lines = [ExitLine(run=RunId(run), worker=WORKER, exit=Exit(code=0), at=0) for run in ("troubled", "sound")]
        return ([], 2) if offset else (lines, 2)

    def forget(self, run_id: RunId) -> None: ...


def live(store: SqliteStore, identity: str, run: str, recurrence: Recurrence | None) -> Callable[[], Job]:
    """A job whose run is live; returns how to look at it."""
    now = CLOCK.now()
    job = Job(
        id=JobId(identity),
        number=JobNumber(0),
        kind="routine",
        name=identity,
        status=Status.PENDING,
        config={},
        recurrence=recurrence,
        created_at=now,
        updated_at=now,
    )

    def present() -> Job:
        found = store.jobs.get(job.id)
        assert found is not None
        return found

    def opened() -> Any:
        return store.runs.open_of(job.id)

    store.apply(decisions.created(job, RunId(run), "test"))
    store.apply(decisions.claimed(present(), opened(), Epoch(1), "local", now))
    store.apply(decisions.launched(present(), opened(), WORKER, now))
    return present


async def test_a_rhythm_that_nobody_can_compute_fails_its_own_job_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store, journal = open_store(tmp_path, CLOCK).store, Journal()
    troubled = live(store, "aaaaaaaa", "troubled", Every(seconds=3600, zone="Nowhere/City"))
    sound = live(store, "bbbbbbbb", "sound", None)
    settling = Settling(
        store=store,
        exits=journal,
        launcher=cast(Launcher, journal),
        logs=FileLogs(tmp_path / "jobs"),
        clock=CLOCK,
        bell=LoopBell(tmp_path),
        conduct_of=lambda _: Conduct(),
    )
    await settling.replay()
    assert sound().status is Status.COMPLETED
    assert troubled().status is Status.FAILED
    assert "算不出下一次的时间" in troubled().reason
    assert "it cannot be told how job aaaaaaaa goes on" in caplog.text
    store.close()
