"""P8: one durable transition, in stores of ten to a hundred thousand jobs."""

import json
import os
import random
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from measuring import Samples, milliseconds, ratio, show_rows

from jobs.clock import SystemClock
from jobs.models import decisions, endings
from jobs.models.change import Change, Event
from jobs.models.conduct import Conduct
from jobs.models.configs import MonitorConfig, Plan
from jobs.models.ids import JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status
from jobs.models.people import Chat
from jobs.models.run import Exit, Identity, Run, RunStatus
from jobs.models.venue import Target
from jobs.store.opening import open_store
from jobs.store.store import SqliteStore

pytestmark = pytest.mark.bench

SIZES: Final = (10, 1_000, 100_000)
ROUNDS: Final = 200
"""Of four transitions each: started, claimed, launched, ended."""
REWRITES: Final = {10: 200, 1_000: 100, 100_000: 8}
WARM_UP: Final = 5
_BATCH: Final = 10_000
_AT: Final = datetime(2026, 11, 22, 3, tzinfo=UTC)
_CONFIG: Final[dict[str, Any]] = msgspec.to_builtins(
    MonitorConfig(target=Target(preset=13, venue_keyword="南洋北苑健身房", field_type_keyword="健身房"), plan=Plan())
)
_WORKER: Final = Identity(boot_id="5f0c1a52-7a0e-4a3a-9a43-2b8e9a1d3c10", pid=4242, start=123456)


def job(number: int) -> Job:
    """A monitor of one of a few hundred people in one of a few dozen groups, stopped by its owner."""
    return Job(
        id=JobId(f"{number:08x}"),
        number=JobNumber(0),
        kind="monitor",
        name=f"南洋北苑健身房监控{number}",
        status=Status.STOPPED,
        config=_CONFIG,
        owner=UserId(str(20_000 + number % 300)),
        origin=Chat(self_id="10000", type="group", peer_id=str(12_345 + number % 40)),
        created_at=_AT,
        updated_at=_AT,
        last_result="空场 3 个",
        reason="被停止",
    )


def past_of(job: Job) -> tuple[Run, tuple[Event, ...]]:
    """The run a job has behind it, and what is remembered of both."""
    run = Run(
        id=RunId(f"{job.id:0>32}"),
        job_id=job.id,
        status=RunStatus.ENDED,
        requested_at=_AT,
        started_at=_AT,
        ended_at=_AT,
        worker=_WORKER,
        exit=Exit(signal=15),
    )
    types = ("job.created", "run.claimed", "run.launched", "run.ended")
    return run, tuple(decisions.event(job, type, _AT, "qq:20001", run.id) for type in types)


def filled_store(home: Path, size: int) -> SqliteStore:
    """A store of `size` jobs, each with a run and four events behind it."""
    store = open_store(home, SystemClock()).store
    for first in range(0, size, _BATCH):
        jobs = tuple(job(number) for number in range(first, min(first + _BATCH, size)))
        runs, events = zip(*map(past_of, jobs), strict=True)
        store.apply(Change(jobs=jobs, runs=runs, events=sum(events, ())))
    assert store.jobs.count() == size
    return store


class Ours:
    """The life of a run as four transitions, each in a job drawn at random."""

    def __init__(self, store: SqliteStore, size: int) -> None:
        self.samples = Samples(f"{size:,}")
        self._store, self._size = store, size
        self._numbers = random.Random(size)
        self._runs = 0

    def live(self) -> None:
        """A run from its start to its end."""
        id = JobId(f"{self._numbers.randrange(self._size):08x}")
        at = _AT + timedelta(seconds=self._runs)
        self._runs += 1
        run_id = RunId(f"f{self._runs:031d}")
        self._apply(decisions.started(self._job(id), None, run_id, "qq:20001", at))
        self._apply(decisions.claimed(self._job(id), self._run(run_id), self._store.next_epoch(id), "local", at))
        self._apply(decisions.launched(self._job(id), self._run(run_id), _WORKER, at))
        end, log = Exit(signal=9), ["2026-11-22 11:00:00 INFO 第 1 次查询：新空场 2 个，共 5 个"] * 5
        self._apply(
            endings.ended(
                self._job(id), self._run(run_id), end, at, conduct=Conduct(), chance=0.5, next_run_id=run_id, log=log
            )
        )

    def _apply(self, change: Change) -> None:
        self.samples.time(lambda: self._store.apply(change))

    def _job(self, id: JobId) -> Job:
        found = self._store.jobs.get(id)
        assert found is not None
        return found

    def _run(self, id: RunId) -> Run:
        found = self._store.runs.get(id)
        assert found is not None
        return found


class WholeFile:
    """What the original program did: one file of all jobs, written anew at every change. Made as quick as can be."""

    def __init__(self, path: Path, size: int) -> None:
        self.samples = Samples(f"{size:,}")
        self._path = path
        self._entries = {one.id: self._entry(one) for one in map(job, range(size))}
        self._statuses = cycle(("running", "stopped"))

    def change(self) -> None:
        """One job's status changes; afterwards the file says so and survives a power cut."""
        entry = self._entries[random.choice(list(self._entries))]
        entry["status"] = next(self._statuses)
        self.samples.time(self._write)

    def reread(self) -> dict[str, Any]:
        return json.loads(self._path.read_bytes())

    def _write(self) -> None:
        draft = self._path.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(self._entries))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    @staticmethod
    def _entry(job: Job) -> dict[str, Any]:
        entry = {"job_id": job.id, "job_type": job.kind, "name": job.name, "status": job.status.value}
        times = dict.fromkeys(("created_at", "started_at", "stopped_at"), job.created_at.isoformat())
        return entry | times | {"pid": None, "config": job.config, "error_message": None, "logs": []}


def test_p8_durable_transition(tmp_path: Path) -> None:
    with ExitStack() as stores:
        ours = {
            size: Ours(stores.enter_context(closing(filled_store(tmp_path / str(size), size))), size) for size in SIZES
        }
        files = {size: WholeFile(tmp_path / f"{size}.json", size) for size in SIZES}
        for size in SIZES * WARM_UP:
            ours[size].live()
            files[size].change()
        for measured in (*ours.values(), *files.values()):
            measured.samples.seconds.clear()
        for number in range(ROUNDS):
            for size in SIZES:
                ours[size].live()
                if number < REWRITES[size]:
                    files[size].change()
    for size in SIZES:
        assert len(ours[size].samples.seconds) == 4 * ROUNDS
        assert len(files[size].reread()) == size
    print_figures(ours, files)


def print_figures(ours: dict[int, Ours], files: dict[int, WholeFile]) -> None:
    rows = [figures(ours[size].samples, files[size].samples) for size in SIZES]
    medians = [ours[size].samples.at(50) for size in SIZES]
    columns = ("任务数", "我们 p50", "p95", "p99", "整个文件重写 p50", "p95", "我们 ÷ 它（p50）")
    flat = f"从 {SIZES[0]} 到 {SIZES[-1]:,} 个任务，我们的 p50 相差 {ratio(max(medians), min(medians))} 倍"
    show_rows("P8 一次落盘的状态变化（SqliteStore.apply，synchronous=FULL）", columns, rows, notes=[flat])


def figures(ours: Samples, file: Samples) -> list[str]:
    times = [milliseconds(ours.at(percent)) for percent in (50, 95, 99)]
    theirs = [milliseconds(file.at(percent)) for percent in (50, 95)]
    return [ours.name, *times, *theirs, ratio(ours.at(50), file.at(50))]
