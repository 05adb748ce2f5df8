"""The scheduler on a real store: what is due is claimed once, and no trouble with one job is trouble for others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from engine_site import GROUP, until

from jobs.bell import LoopBell
from jobs.clock import SystemClock
from jobs.events import StoredEvents
from jobs.models.change import Change, Occurrence, OccurrenceStatus
from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Job, Status
from jobs.models.recurrence import Weekly
from jobs.models.run import RunStatus
from jobs.scheduler import Scheduler
from jobs.store.opening import open_store

CLOCK = SystemClock()


class Office:
    """A scheduler at work; what it queues stays queued, for nobody launches it. Implements `Dispatcher`."""

    def __init__(self, home: Path) -> None:
        self.store = open_store(home, CLOCK).store
        self.bell = LoopBell(home)
        self.scheduler = Scheduler(store=self.store, dispatcher=self, clock=CLOCK, bell=self.bell)
        self.task = asyncio.create_task(self.scheduler.run())

    def submit(self, job_id: JobId) -> None:
        self.bell.ring()

    def request_stop(self, job_id: JobId) -> None:
        self.bell.ring()

    async def recover_lost(self) -> None: ...

    async def drain(self) -> None: ...

    def daily(self, identity: str, due: datetime) -> Job:
        """A job that waits for `due`, and for the same time on every day after."""
        job = Job(
            id=JobId(identity),
            number=JobNumber(0),
            kind="schedule",
            name=identity,
            status=Status.PENDING,
            config={},
            recurrence=Weekly(time=time(due.hour, due.minute, due.second), zone="UTC"),
            origin=GROUP,
            created_at=CLOCK.now(),
            updated_at=CLOCK.now(),
            next_at=due,
        )
        self.store.apply(Change(jobs=(job,)))
        self.bell.ring()
        return job

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
    office.store.apply(
        Change(
            jobs=(Job(**{**{f: getattr(stored, f) for f in Job.__struct_fields__}, "next_at": due}),), claims=(claim,)
        )
    )
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
