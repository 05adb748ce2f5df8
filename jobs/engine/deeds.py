"""Who did what when: acts on jobs and on everything else, as one list."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from jobs.models.deeds import Deed, deed_elsewhere, deed_on_job, without_echoes
from jobs.models.errors import NotFound
from jobs.models.ids import JobId
from jobs.models.job import Job
from jobs.ports.store import Store

DEEDS_AT_MOST: Final = 200
_SEARCHED: Final = 2000
"""Audits that are looked through for those of one person."""


def deeds(
    store: Store, since: datetime, limit: int, *, actor: str | None = None, job_id: JobId | None = None
) -> list[Deed]:
    """The latest acts since then, latest first: all, or those of one person (a label, as in events), or those on one
    job, be it deleted meanwhile. May take a tenth of a second where there are many: not for a loop."""
    jobs = _remembering(store.jobs.even_deleted)
    events = store.history.acts(since, limit, actor=actor, job_id=job_id)
    found = [deed_on_job(event, jobs(event.job_id)) for event in events]
    if job_id is None:
        audits = store.history.audit(2 * limit if actor is None else _SEARCHED)
        meant = [each for each in audits if actor in (None, each.actor) and each.at >= since]
        found += [deed_elsewhere(each) for each in without_echoes(meant)]
    return sorted(found, key=lambda deed: deed.at, reverse=True)[:limit]


def job_acted_on(store: Store, since: datetime, number: int) -> Job:
    """The job of that number, be it deleted, as long as somebody did something to it since then. Raises `NotFound`."""
    job = store.jobs.ever_numbered(number)
    if job is None or not store.history.acts(since, 1, job_id=job.id):
        raise NotFound(f"没有对任务 #{number} 的操作记录")
    return job


def _remembering(of: Callable[[JobId], Job | None]) -> Callable[[JobId], Job | None]:
    """Asks for each job once."""
    known: dict[JobId, Job | None] = {}

    def remembered(job_id: JobId) -> Job | None:
        if job_id not in known:
            known[job_id] = of(job_id)
        return known[job_id]

    return remembered
