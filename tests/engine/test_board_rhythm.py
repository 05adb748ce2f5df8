"""What the board shows of jobs with a rhythm: armed, waiting for a turn, paused, shifted."""

from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from jobs.clock import SystemClock
from jobs.engine import Board, JobDetail
from jobs.kinds import all_kinds
from jobs.logs import FileLogs
from jobs.models import pausing
from jobs.models.change import Change
from jobs.models.ids import Epoch, JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.people import OPERATOR
from jobs.models.punctuality import Misfire, Punctuality
from jobs.models.recurrence import Weekly
from jobs.models.run import Identity, Run, RunStatus
from jobs.ports.store import Store
from jobs.store.opening import open_beside
from jobs.supervisor.usage import best_meter

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Monday noon in Shanghai."""
DAY = timedelta(days=1)
SOON = NOON - timedelta(seconds=20)
DAILY = Job(
    id=JobId("aa"),
    number=JobNumber(0),
    kind="schedule",
    name="晨跑",
    status=Status.PENDING,
    config={},
    recurrence=Weekly(time=time(12)),
    created_at=NOON - DAY,
    updated_at=NOON - DAY,
    next_at=NOON,
)
LIVE = Run(
    id=RunId("r"),
    job_id=DAILY.id,
    status=RunStatus.LIVE,
    epoch=Epoch(1),
    requested_at=SOON,
    scheduled_at=NOON,
    worker=Identity(boot_id="b", pid=1, start=1),
)


class StoppedClock(SystemClock):
    """Shows `at` until somebody sets it."""

    def __init__(self) -> None:
        self.at = SOON

    def now(self) -> datetime:
        return self.at


class Room:
    """A board over a store of its own."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store = store
        self.clock = StoppedClock()
        self.board = Board(
            store=store,
            logs=FileLogs(home / "jobs"),
            meter=best_meter(self.clock),
            kinds=all_kinds(),
            presets=(),
            clock=self.clock,
            aside=lambda: nullcontext(store),
        )

    def keep(self, job: Job, *runs: Run) -> Job:
        self.store.apply(Change(jobs=(job,), runs=runs))
        return self.job()

    def job(self) -> Job:
        job = self.store.jobs.get(DAILY.id)
        assert job is not None
        return job

    def shown(self) -> JobDetail:
        """The detail; what a list says is the same."""
        detail = self.board.detail(self.job())
        assert detail.row in self.board.page(OPERATOR).rows
        return detail

    def decide(self, decision: Any, *arguments: Any) -> None:
        self.store.apply(decision(self.job(), self.store.runs.open_of(DAILY.id), *arguments, "qq:1", self.clock.at))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with closing(open_beside(tmp_path, SystemClock())) as store:
        yield Room(store, tmp_path)


def test_the_instant_a_run_is_armed_for_is_the_next(room: Room) -> None:
    room.keep(replace(DAILY, status=Status.RUNNING, next_at=NOON + DAY), LIVE)
    shown = room.shown()
    assert (shown.row.armed_for, shown.row.next_at) == (NOON, NOON)
    assert shown.upcoming == (NOON, NOON + DAY, NOON + 2 * DAY)
    room.clock.at = NOON
    shown = room.shown()
    assert (shown.row.armed_for, shown.row.next_at) == (None, NOON + DAY)
    assert shown.upcoming == (NOON + DAY, NOON + 2 * DAY, NOON + 3 * DAY)


def test_a_run_that_shall_leave_acts_no_more(room: Room) -> None:
    room.keep(replace(DAILY, status=Status.RUNNING, next_at=NOON + DAY), LIVE)
    room.decide(pausing.paused)
    assert room.shown().row.armed_for is None


def test_a_shifted_instant_comes_first_and_the_rhythm_stays(room: Room) -> None:
    room.keep(DAILY)
    room.decide(pausing.reordered, timedelta(hours=1))
    assert room.shown().upcoming == (NOON + timedelta(hours=1), NOON + DAY, NOON + 2 * DAY)


def test_a_shifted_instant_says_where_it_was_however_often_it_was_shifted(room: Room) -> None:
    room.keep(DAILY)
    assert room.shown().moved_from is None
    room.decide(pausing.reordered, timedelta(hours=1))
    room.decide(pausing.reordered, timedelta(hours=2))
    assert room.shown().moved_from == NOON
    room.decide(pausing.reordered, -timedelta(hours=3))
    assert room.shown().moved_from is None


def test_where_nobody_ran_what_was_due_only_what_lies_ahead_is_shown(room: Room) -> None:
    room.keep(DAILY)
    room.clock.at = NOON + 5 * DAY
    assert room.shown().upcoming == (NOON + 6 * DAY, NOON + 7 * DAY, NOON + 8 * DAY)


def test_a_run_whose_lock_another_run_holds_waits_for_its_turn(room: Room) -> None:
    queued = replace(LIVE, status=RunStatus.QUEUED, worker=None, lock="routine/20001/czq", scheduled_at=None)
    room.keep(replace(DAILY, lock=queued.lock), queued)
    assert (room.shown().row.turn_of, room.shown().row.queue_position) == (None, 1)
    other = replace(DAILY, id=JobId("bb"), status=Status.RUNNING, lock=queued.lock)
    holder = replace(LIVE, id=RunId("h"), job_id=other.id, lock=queued.lock)
    room.store.apply(Change(jobs=(other,), runs=(holder,)))
    assert room.shown().row.turn_of == f"#{room.store.jobs.get(other.id).number}（也用账号 czq）"  # pyright: ignore[reportOptionalMemberAccess]


def test_a_pause_is_shown_with_its_beginning_and_counts_what_it_skipped(room: Room) -> None:
    room.keep(DAILY)
    room.decide(pausing.paused)
    shown = room.shown()
    assert (shown.row.paused_at, shown.upcoming) == (SOON, ())
    room.clock.at = NOON + 2 * DAY
    room.decide(pausing.resumed, RunId("n"))
    assert room.board.skipped_in_last_pause(room.job()) == 3
    assert room.shown().row.paused_at is None
    room.clock.at += timedelta(hours=1)
    room.decide(pausing.paused)
    room.decide(pausing.resumed, RunId("m"))
    assert room.board.skipped_in_last_pause(room.job()) == 0


def test_an_extra_run_of_a_paused_job_is_shown_in_the_queue(room: Room) -> None:
    room.keep(DAILY)
    room.decide(pausing.paused)
    room.decide(pausing.run_now, RunId("x"))
    shown = room.shown()
    assert (shown.row.job.status, shown.row.queue_position, shown.upcoming) == (Status.PAUSED, 1, ())


def test_a_kind_that_is_silent_about_its_successes_is_known_for_it(room: Room) -> None:
    room.keep(DAILY)
    assert room.shown().tells_each
    room.keep(replace(room.job(), kind="routine"))
    assert not room.shown().tells_each


def test_punctuality_is_shown_where_it_differs_from_its_kinds(room: Room) -> None:
    room.keep(replace(DAILY, punctuality=all_kinds()["schedule"].conduct.punctuality))
    assert room.shown().punctuality is None
    own = Punctuality(misfire=Misfire.SKIP)
    room.keep(replace(room.job(), punctuality=own))
    assert room.shown().punctuality == own
