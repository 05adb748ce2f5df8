"""Cleaning: jobs whose process is gone, processes whose job is gone, and what ended long ago."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from jobs.models import decisions
from jobs.models.cleaning import Cleaning
from jobs.models.errors import Refusal
from jobs.models.job import Job, Status
from jobs.models.people import Actor, may_act, may_see
from jobs.ports.clock import Clock
from jobs.ports.dispatcher import Dispatcher
from jobs.ports.housekeeping import Housekeeping
from jobs.ports.logs import Logs
from jobs.ports.store import Conflict, Store

_log = logging.getLogger("sja.engine")

_PAGE: Final = 100
"""Jobs read at once: about a millisecond."""


class Cleaner:
    """Cleans in steps of a millisecond, so that nobody waits meanwhile."""

    def __init__(
        self, *, store: Store, dispatcher: Dispatcher, clock: Clock, logs: Logs, housekeeping: Housekeeping
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._logs = logs
        self._housekeeping = housekeeping

    async def clean(self, actor: Actor, days: int, kept_days: int) -> Cleaning:
        """See `Engine.clean`; rows of deleted jobs are kept for `kept_days`, whatever the actor asks for."""
        mended = await self._mend(actor)
        orphans = await self._housekeeping.end_orphans()
        now = self._clock.now()
        deleted = await self._delete(actor, now - timedelta(days=days))
        freed = await self._remove_logs(deleted)
        pruned = await self._housekeeping.prune(now - timedelta(days=kept_days))
        return Cleaning(
            mended=mended,
            orphans=orphans,
            deleted=deleted,
            pruned=pruned,
            freed_bytes=freed + pruned.freed_bytes,
            is_complete=self._housekeeping.is_complete,
        )

    async def _mend(self, actor: Actor) -> tuple[Job, ...]:
        running = [job for job in self._store.jobs.select(statuses=(Status.RUNNING,)) if may_see(actor, job.ownership)]
        await self._dispatcher.recover_lost()
        now = (self._store.jobs.get(job.id) for job in running)
        return tuple(job for job in now if job is not None and job.status is not Status.RUNNING)

    async def _delete(self, actor: Actor, before: datetime) -> tuple[Job, ...]:
        return tuple([job async for job in self._old(before) if self._is_deleted(actor, job)])

    async def _old(self, before: datetime) -> AsyncIterator[Job]:
        """Jobs that ended before the instant, page by page; what is deleted meanwhile makes the pages move up."""
        offset = 0
        while page := self._store.jobs.ended_before(before, limit=_PAGE, offset=offset):
            for job in page:
                yield job
                offset += self._store.jobs.get(job.id) is not None
                await asyncio.sleep(0)

    def _is_deleted(self, actor: Actor, job: Job) -> bool:
        """Deletes the job if the actor may and nobody has touched it since it was read."""
        if not may_act(actor, job.ownership):
            return False
        try:
            self._store.apply(decisions.deleted(job, None, actor.label, self._clock.now()))
        except (Conflict, Refusal):
            return False
        return True

    async def _remove_logs(self, deleted: tuple[Job, ...]) -> int:
        if not deleted:
            return 0
        sizes, freed = await self._housekeeping.log_sizes(), 0
        for job in deleted:
            try:
                await asyncio.to_thread(self._logs.remove, job.id)
            except OSError:
                # The deletion is a fact; a file that stays behind is the operator's business.
                _log.exception("the log of job %s cannot be removed", job.id)
            else:
                freed += sizes.get(job.id, 0)
        return freed
