"""What the board counts, out of what a real store keeps."""

import asyncio
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jobs.clock import SystemClock
from jobs.engine import Board, hours_seen
from jobs.kinds import all_kinds
from jobs.logs import FileLogs
from jobs.models.change import Change, Fence, Occurrence, OccurrenceStatus
from jobs.models.ids import Epoch, JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status
from jobs.models.people import OPERATOR, Actor, Chat, Role
from jobs.models.recurrence import Weekly
from jobs.models.run import Identity, Run, RunStatus
from jobs.ports.reporter import Reporter
from jobs.ports.rows import Sighting, Tally
from jobs.ports.store import Store
from jobs.reporting import StoreReporter
from jobs.store.opening import open_beside, open_for_run
from jobs.supervisor.usage import best_meter

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
SINCE = datetime(2026, 11, 17, tzinfo=ZONE)
"""The local midnight with which seven days begin that end today."""
GROUP = Chat(self_id="10000", type="group", peer_id="12345")
ELSEWHERE = Chat(self_id="10000", type="group", peer_id="54321")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_beside(tmp_path, SystemClock())) as store:
        yield store


@pytest.fixture
def board(store: Store, tmp_path: Path) -> Board:
    clock = SystemClock()
    return Board(
        store=store,
        logs=FileLogs(tmp_path / "jobs"),
        meter=best_meter(clock),
        kinds=all_kinds(),
        presets=(),
        clock=clock,
        aside=lambda: closing(open_for_run(tmp_path)),
    )


def keep(store: Store, id: str, kind: str = "schedule", origin: Chat = GROUP, status: Status = Status.PENDING) -> Job:
    job = Job(
        id=JobId(id),
        number=JobNumber(0),
        kind=kind,
        name=f"任务{id}",
        status=status,
        config={},
        recurrence=Weekly(time=time(12)) if kind == "schedule" else None,
        owner=UserId("20001"),
        origin=origin,
        created_at=NOON,
        updated_at=NOON,
    )
    store.apply(Change(jobs=(job,)))
    stored = store.jobs.get(job.id)
    assert stored is not None
    return stored


def came(job: Job, days_ago: int, status: OccurrenceStatus, late: float | None = None) -> Occurrence:
    at = NOON - timedelta(days=days_ago)
    return Occurrence(job_id=job.id, scheduled_at=at, status=status, late_seconds=late)


def begin(store: Store, job: Job, id: str = "r") -> Fence:
    run = Run(
        id=RunId(id),
        job_id=job.id,
        status=RunStatus.LIVE,
        epoch=Epoch(1),
        requested_at=NOON,
        worker=Identity(boot_id="b", pid=1, start=1),
    )
    store.apply(Change(runs=(run,)))
    return Fence(run_id=run.id, epoch=run.epoch)


class Mute:
    """Implements `Bell`."""

    def ring(self) -> None: ...


def reporter(store: Store, job: Job, fence: Fence) -> Reporter:
    return StoreReporter(store=store, bell=Mute(), clock=SystemClock(), job=job, fence=fence)


async def test_instants_are_counted_by_what_became_of_them_and_only_recent_ones(store: Store, board: Board) -> None:
    job = keep(store, "aa")
    happened = [
        came(job, 0, OccurrenceStatus.DONE, 0.0004),
        came(job, 1, OccurrenceStatus.DONE, 0.012),
        came(job, 2, OccurrenceStatus.FAILED, 0.0002),
        came(job, 3, OccurrenceStatus.MISSED),
        came(job, 4, OccurrenceStatus.SKIPPED),
        came(job, 20, OccurrenceStatus.DONE, 9.0),
    ]
    store.apply(Change(occurrences=tuple(happened)))
    shown = await board.statistics(OPERATOR, SINCE, 7)
    assert shown.total == Tally(done=2, failed=1, missed=1, skipped=1)
    assert [one.job.id for one in shown.jobs] == [job.id]
    assert shown.lateness is not None
    assert (shown.lateness.instants, shown.lateness.median_seconds, shown.lateness.worst_seconds) == (3, 0.0004, 0.012)
    assert (await board.statistics(OPERATOR, SINCE - timedelta(days=23), 30)).total.done == 3


async def test_only_jobs_that_are_visible_here_count(store: Store, board: Board) -> None:
    here, there = keep(store, "aa", status=Status.FAILED), keep(store, "bb", origin=ELSEWHERE)
    store.apply(Change(occurrences=(came(here, 1, OccurrenceStatus.DONE), came(there, 1, OccurrenceStatus.DONE))))
    member = Actor(user_id=UserId("20009"), role=Role.MEMBER, chat=GROUP)
    shown = await board.statistics(member, SINCE, 7)
    assert (shown.total_jobs, dict(shown.statuses), shown.total.done) == (1, {Status.FAILED: 1}, 1)
    assert (await board.statistics(OPERATOR, SINCE, 7, there)).total_jobs == 1


async def test_nothing_to_count_is_no_error(board: Board) -> None:
    shown = await board.statistics(OPERATOR, SINCE, 7)
    assert (shown.total_jobs, shown.total, shown.jobs, shown.lateness, shown.hours) == (0, Tally(), (), None, ())


async def test_what_a_run_has_seen_is_there_for_the_next_run_and_for_people(store: Store, board: Board) -> None:
    job = keep(store, "aa", "monitor", status=Status.RUNNING)
    fence = begin(store, job)
    first = reporter(store, job, fence)
    assert first.looks_before(TODAY) == ("", None)
    seen = Sighting(day=TODAY, looks=4, hours={18: 1, 19: 3})
    first.progress("空场 1 个", checks=4, next_check_at=None, ticks="-+-+", sighting=seen)
    # As every run begins: without a word of looks.
    first.progress("刚刚启动", checks=0, next_check_at=None)
    assert first.looks_before(TODAY) == ("-+-+", seen)
    assert first.looks_before(TODAY + timedelta(days=1)) == ("-+-+", None)
    assert board.sightings(job, TODAY - timedelta(days=6)) == [seen]
    assert board.sightings(job, TODAY + timedelta(days=1)) == []
    progress = board.row(job).progress
    assert progress is not None
    assert progress.ticks == "-+-+"
    shown = await board.statistics(OPERATOR, SINCE, 7)
    assert [(one.hour, one.found, one.looks) for one in shown.hours] == [(19, 3, 4), (18, 1, 4)]
    assert shown.looks == 4


def test_hours_are_shares_of_all_looks_together() -> None:
    seen = [Sighting(day=TODAY, looks=10, hours={18: 5}), Sighting(day=TODAY, looks=30, hours={18: 5, 20: 30, 7: 0})]
    assert [(one.hour, one.share) for one in hours_seen(seen)] == [(20, 0.75), (18, 0.25)]
    assert hours_seen([]) == ()


async def test_the_loop_goes_on_while_there_is_much_to_count(store: Store, tmp_path: Path) -> None:
    went_on = threading.Event()

    @contextmanager
    def once_the_loop_went_on() -> Generator[Store]:
        assert went_on.wait(10)
        with closing(open_for_run(tmp_path)) as aside:
            yield aside

    clock = SystemClock()
    board = Board(
        store=store,
        logs=FileLogs(tmp_path / "jobs"),
        meter=best_meter(clock),
        kinds=all_kinds(),
        presets=(),
        clock=clock,
        aside=once_the_loop_went_on,
    )
    counting = asyncio.create_task(board.statistics(OPERATOR, SINCE, 7))
    await asyncio.sleep(0)
    went_on.set()
    assert (await counting).total_jobs == 0
