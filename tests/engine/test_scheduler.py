"""The scheduler on a real store: what is due is claimed once, and no trouble with one job is trouble for others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from engine_site import GROUP, until
from msgspec.structs import replace

from jobs.bell import LoopBell
from jobs.clock import SystemClock
from jobs.events import StoredEvents
from jobs.models.change import Change, Occurrence, OccurrenceStatus
from jobs.models.conduct import Conduct
from jobs.models.ids import JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.punctuality import Overlap, Punctuality
from jobs.models.recurrence import Every, Weekly
from jobs.models.run import Run, RunStatus
from jobs.scheduler import ApschedulerClockwork, Scheduler
from jobs.scheduler.absence import Absence
from jobs.store.opening import open_store

CLOCK = SystemClock()


class Office:
    """A scheduler at work; what it queues stays queued, for nobody launches it. Implements `Dispatcher`."""

    def __init__(self, home: Path, lead_seconds: float = 0, clockwork: ApschedulerClockwork | None = None) -> None:
        self.store = open_store(home, CLOCK).store
        self.bell = LoopBell(home)
        self.scheduler = Scheduler(
            store=self.store,
            dispatcher=self,
            clock=CLOCK,
            bell=self.bell,
            clockwork=clockwork or ApschedulerClockwork(),
            conduct_of=lambda _: Conduct(lead_seconds=lead_seconds),
            longest_lead=timedelta(seconds=lead_seconds),
        )
        self.task = asyncio.create_task(self.scheduler.run())

    def submit(self, job_id: JobId) -> None:
        self.bell.ring()

    def request_stop(self, job_id: JobId) -> None:
        self.bell.ring()

    async def recover_lost(self) -> None: ...

    async def drain(self) -> None: ...

    def daily(self, identity: str, due: datetime) -> Job:
        """A job that waits for `due`, and for the same time on every day after."""
        rhythm = Weekly(time=time(due.hour, due.minute, due.second), zone="UTC")
        return self.of(identity, recurrence=rhythm, next_at=due)

    def of(self, identity: str, **fields: Any) -> Job:
        """A job that waits for a moment soon."""
        job = replace(self.drawn(identity), **fields)
        self.store.apply(Change(jobs=(job,)))
        self.bell.ring()
        return job

    def drawn(self, identity: str) -> Job:
        now = CLOCK.now()
        return Job(
            id=JobId(identity),
            number=JobNumber(0),
            kind="schedule",
            name=identity,
            status=Status.PENDING,
            config={},
            recurrence=Weekly(time=time(12), zone="UTC"),
            origin=GROUP,
            created_at=now,
            updated_at=now,
            next_at=now,
        )

    def occurrences(self, job: Job) -> list[tuple[OccurrenceStatus, str]]:
        return [(one.status, one.reason) for one in self.store.history.occurrences(job.id, 99)]

    def queued(self, job: Job) -> datetime | None:
        run = self.store.runs.open_of(job.id)
        return run.scheduled_at if run is not None and run.status is RunStatus.QUEUED else None

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.store.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    yield office
    await office.close()


def soon(seconds: int = 2) -> datetime:
    return (CLOCK.now() + timedelta(seconds=seconds)).replace(microsecond=0)


async def test_an_instant_is_claimed_when_it_comes_and_not_before(office: Office) -> None:
    job = office.daily("aaaaaaaa", soon())
    await until(lambda: office.queued(job), "it is due")
    assert CLOCK.now() >= job.next_at
    assert office.queued(job) == job.next_at
    after = office.store.jobs.get(job.id)
    assert after is not None
    assert after.next_at == job.next_at + timedelta(days=1)


async def test_an_instant_that_was_decided_before_is_passed_over_without_disturbing_anybody(office: Office) -> None:
    other = office.daily("bbbbbbbb", soon(1))
    due = CLOCK.now().replace(microsecond=0) - timedelta(seconds=1)
    job = office.daily("aaaaaaaa", due + timedelta(hours=1))
    claim = Occurrence(job_id=job.id, scheduled_at=due, status=OccurrenceStatus.DONE)
    stored = office.store.jobs.get(job.id)
    assert stored is not None
    office.store.apply(Change(jobs=(replace(stored, next_at=due),), claims=(claim,)))
    office.bell.ring()
    await until(lambda: office.store.jobs.get(job.id).next_at > CLOCK.now(), "it waits for the next instant")
    assert office.queued(job) is None
    await until(lambda: office.queued(other), "the other is due all the same")


async def test_a_scheduler_that_was_stopped_and_started_again_still_fires(office: Office) -> None:
    job = office.daily("aaaaaaaa", soon(3))
    await asyncio.sleep(0)
    office.task.cancel()
    await asyncio.gather(office.task, return_exceptions=True)
    office.task = asyncio.create_task(office.scheduler.run())
    await until(lambda: office.queued(job), "it is due")


async def test_a_rhythm_that_nobody_can_compute_stops_no_other(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    broken = office.of("aaaaaaaa", recurrence=Weekly(time=time(12), zone="Nowhere/City"), next_at=soon(-600))
    job = office.daily("bbbbbbbb", soon(1))
    await until(lambda: office.queued(job), "the other is due all the same")
    office.bell.ring()
    another = office.daily("cccccccc", soon(1))
    await until(lambda: office.queued(another), "and later ones too")
    assert [record.message for record in caplog.records if broken.id in record.message] == [
        "it cannot be told when job aaaaaaaa is due; it waits until it is changed"
    ]
    stored = office.store.jobs.get(broken.id)
    assert stored is not None
    office.store.apply(Change(jobs=(replace(stored, recurrence=Weekly(time=time(12), zone="UTC")),)))
    office.bell.ring()
    await until(lambda: office.occurrences(broken), "what was mended is looked at again")


async def test_what_several_jobs_missed_in_an_absence_is_told_in_one_message(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.task.cancel()
    missed = soon(-7200)
    rhythm = Weekly(time=missed.time(), zone="UTC")  # Whatever time it is now, it comes once in the absence.
    jobs = [office.of(f"{n:08x}", recurrence=rhythm, next_at=missed) for n in range(3)]
    office.task = asyncio.create_task(office.scheduler.run())
    await until(lambda: all(office.occurrences(job) for job in jobs), "all are recorded")
    (told,) = office.store.deliveries.due(CLOCK.now(), 99)
    assert told.notification.job_id is None
    assert [one["number"] for one in told.notification.data["jobs"]] == [1, 2, 3]
    assert office.occurrences(jobs[0]) == [(OccurrenceStatus.MISSED, "当时机器人没有运行")]
    await office.close()


async def test_a_run_that_prepares_is_queued_its_lead_before_the_instant(tmp_path: Path) -> None:
    office = Office(tmp_path, lead_seconds=3600)
    due = soon(3601)
    job = office.daily("aaaaaaaa", due)
    later = office.daily("bbbbbbbb", soon(7300))
    await until(lambda: office.queued(job), "it is to prepare")
    assert office.queued(job) == due
    assert office.occurrences(job) == [(OccurrenceStatus.DUE, "")]
    assert office.queued(later) is None
    await office.close()


async def test_an_instant_that_waits_has_its_turn_when_the_run_before_is_over(office: Office) -> None:
    job = office.of("aaaaaaaa", next_at=soon(1), punctuality=Punctuality(overlap=Overlap.QUEUE))
    busy = Run(id=RunId("r1"), job_id=job.id, status=RunStatus.STARTING, requested_at=CLOCK.now())
    office.store.apply(Change(runs=(busy,)))
    await until(lambda: office.occurrences(job), "it came due")
    assert office.occurrences(job) == [(OccurrenceStatus.DUE, "上一次运行还没结束")]
    assert office.queued(job) is None
    office.store.apply(Change(runs=(replace(busy, status=RunStatus.ENDED, version=1),)))
    office.bell.ring()
    await until(lambda: office.queued(job), "it has its turn")


async def test_a_job_that_was_stopped_before_its_instant_and_started_again_keeps_it(office: Office) -> None:
    job = office.daily("aaaaaaaa", soon(2))
    skipped = Occurrence(job_id=job.id, scheduled_at=job.next_at or soon(), status=OccurrenceStatus.SKIPPED)
    office.store.apply(Change(claims=(skipped,)))
    await until(lambda: office.queued(job), "it is due all the same")


class CountedClockwork(ApschedulerClockwork):
    """Counts how often the scheduler plans: it has the wall clock read once each time."""

    def __init__(self) -> None:
        super().__init__()
        self.plans = 0

    def reread(self) -> None:
        self.plans += 1
        super().reread()


async def test_a_hundred_alarms_at_one_instant_are_one_look(tmp_path: Path) -> None:
    clockwork = CountedClockwork()
    office = Office(tmp_path, clockwork=clockwork)
    due = soon(2)
    jobs = [office.daily(f"{n:08x}", due) for n in range(100)]
    await until(lambda: len(office.scheduler.alarms) == 100, "all alarms are set")
    before = clockwork.plans
    await until(lambda: all(office.queued(job) for job in jobs), "all are due")
    # One for the alarms, and some for the bell that rings when runs are queued.
    assert clockwork.plans - before < 10
    await office.close()


async def test_an_instant_that_waits_has_its_turn_before_later_ones_are_prepared(tmp_path: Path) -> None:
    office = Office(tmp_path, lead_seconds=3600)
    queues = Punctuality(overlap=Overlap.QUEUE)
    rhythm = Every(seconds=60, anchor=soon(0))
    job = office.of("aaaaaaaa", recurrence=rhythm, next_at=soon(1), punctuality=queues)
    await until(lambda: office.queued(job), "the first is prepared")
    first = office.store.runs.open_of(job.id)
    assert first is not None
    waiting = Occurrence(job_id=job.id, scheduled_at=soon(0), status=OccurrenceStatus.DUE)
    office.store.apply(Change(claims=(waiting,), runs=(replace(first, status=RunStatus.ENDED),)))
    office.bell.ring()
    await until(lambda: office.queued(job), "another is due")
    assert office.queued(job) == waiting.scheduled_at
    await office.close()


async def test_what_waits_for_the_end_of_a_deleted_job_is_over(office: Office) -> None:
    job = office.of("aaaaaaaa", next_at=None)
    waiting = Occurrence(job_id=job.id, scheduled_at=soon(-60), status=OccurrenceStatus.DUE)
    stored = office.store.jobs.get(job.id)
    assert stored is not None
    office.store.apply(Change(claims=(waiting,), jobs=(replace(stored, deleted_at=CLOCK.now()),)))
    office.bell.ring()
    await until(lambda: not office.store.history.waiting(), "nothing waits")
    assert office.occurrences(job) == [(OccurrenceStatus.SKIPPED, "等上一次运行时，任务被删除")]


class StoppedClock:
    """Two clocks that stand still until they are told otherwise."""

    def __init__(self) -> None:
        self.wall, self.ticks = datetime(2026, 11, 22, tzinfo=UTC), 0.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks


def test_a_leap_of_the_wall_clock_is_noticed_and_is_the_reason_for_what_was_missed() -> None:
    clock = StoppedClock()
    absence = Absence(clock)
    assert absence.until_now() == "当时机器人没有运行"
    clock.wall, clock.ticks = clock.wall + timedelta(seconds=30), 30.0
    assert not absence.is_noticed()
    clock.wall += timedelta(hours=8)
    assert absence.is_noticed()
    assert absence.until_now() == "电脑休眠过，或时钟被调整"
    assert not absence.is_noticed()
    assert not absence.went_back
    clock.wall -= timedelta(hours=8)
    assert absence.is_noticed()
    absence.until_now()
    assert absence.went_back


async def test_the_stream_of_events_begins_where_one_asks_and_goes_on(office: Office) -> None:
    office.daily("aaaaaaaa", soon())
    seen: list[str] = []

    async def listen() -> None:
        async for event in StoredEvents(office.store, office.bell).subscribe(0):
            seen.append(event.type)

    task = asyncio.create_task(listen())
    await until(lambda: "occurrence.due" in seen, "what happens later comes too")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
