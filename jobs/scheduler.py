"""Wakes when a job is due. APScheduler is the clockwork; the truth is in the store."""

import logging
from datetime import datetime
from hashlib import blake2b
from typing import Final

from apscheduler.jobstores.base import JobLookupError  # pyright: ignore[reportMissingTypeStubs]
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs]
from apscheduler.triggers.date import DateTrigger  # pyright: ignore[reportMissingTypeStubs]

from jobs.models.ids import JobId, RunId
from jobs.models.job import Job
from jobs.models.occasions import came_due, decided_before
from jobs.ports.bell import Listening
from jobs.ports.clock import Clock
from jobs.ports.dispatcher import Dispatcher
from jobs.ports.store import Conflict, Store

_log = logging.getLogger("sja.scheduler")

_LOOK_EVERY_SECONDS: Final = 30.0
"""Also catches a clock that was set or a machine that slept."""


class Scheduler:
    """Keeps one alarm per job that waits for an instant; at the alarm the occurrence is claimed and a run queued."""

    def __init__(self, *, store: Store, dispatcher: Dispatcher, clock: Clock, bell: Listening) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._bell = bell
        self._clockwork = AsyncIOScheduler(timezone="UTC")
        self._alarms: dict[JobId, datetime] = {}
        """What is set in the clockwork."""

    async def run(self) -> None:
        """Fires for ever; cancel to stop."""
        # Anew at every start: a clockwork that was shut down has forgotten everything.
        self._clockwork = AsyncIOScheduler(timezone="UTC")
        self._alarms = {}
        ear = self._bell.listen()
        self._clockwork.start()
        try:
            while True:
                self.plan()
                await ear.wait(_LOOK_EVERY_SECONDS)
        finally:
            ear.close()
            self._clockwork.shutdown(wait=False)

    def plan(self) -> None:
        """Sets the alarms to what the store says; fires what is due already."""
        now = self._clock.now()
        wanted = {job.id: job.next_at for job in self._store.jobs.awaiting() if job.next_at}
        for job_id in self._alarms.keys() - wanted.keys():
            self._unset(job_id)
        for job_id, at in wanted.items():
            if at <= now:
                self._fire(job_id)
            elif self._alarms.get(job_id) != at:
                self._set(job_id, at)
        # It waits by the monotonic clock for what it read off the other one, which may have been set since.
        self._clockwork.wakeup()

    async def _ring_alarm(self, job_id: JobId) -> None:
        # A coroutine, because APScheduler would run a plain function in a thread, and the store belongs to the loop.
        self._alarms.pop(job_id, None)
        self._fire(job_id)

    def _fire(self, job_id: JobId) -> None:
        self._unset(job_id)
        job = self._store.jobs.get(job_id)
        if job is None or job.next_at is None:
            return
        now = self._clock.now()
        change = came_due(job, self._store.runs.open_of(job_id), _run_id_of(job_id, job.next_at), now)
        if change is None:
            self._set(job_id, job.next_at)
            return
        try:
            self._store.apply(change)
        except Conflict:
            self._pass_over(job)
        else:
            self._dispatcher.submit(job_id)

    def _pass_over(self, job: Job) -> None:
        """The job changed this moment, and the bell says so; or its instant was decided before (a clock set back)."""
        _log.info("an instant of job %s could not be claimed", job.id)
        if self._store.jobs.get(job.id) == job:
            self._store.apply(decided_before(job, self._clock.now()))

    def _set(self, job_id: JobId, at: datetime) -> None:
        self._clockwork.add_job(  # pyright: ignore[reportUnknownMemberType]
            self._ring_alarm,
            DateTrigger(at),
            args=[job_id],
            id=job_id,
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
        )
        self._alarms[job_id] = at

    def _unset(self, job_id: JobId) -> None:
        if self._alarms.pop(job_id, None) is not None:
            try:
                self._clockwork.remove_job(job_id)  # pyright: ignore[reportUnknownMemberType]
            except JobLookupError:
                _log.debug("alarm of %s has just gone off", job_id)


def _run_id_of(job_id: JobId, at: datetime) -> RunId:
    """The run of an instant always has the same id, so that firing twice is one run."""
    return RunId(blake2b(f"{job_id} {at.isoformat()}".encode(), digest_size=16).hexdigest())
