"""Who did what when: acts on jobs and on everything else, as one list."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from jobs.models.deeds import Deed, deed_elsewhere, deed_on_job
from jobs.models.errors import NotFound
from jobs.models.ids import JobId
from jobs.models.job import Job
from jobs.ports.store import Store

DEEDS_AT_MOST: Final = 200
_SEARCHED: Final = 2000
"""Acts of each kind that are looked through for those of one person or one job."""


def deeds(
    store: Store, since: datetime, limit: int, *, actor: str | None = None, job_id: JobId | None = None
) -> list[Deed]:
    """The latest acts since then, latest first: all, or those of one person (a label, as in events), or those on one
    job, be it deleted meanwhile."""
    searched = limit if job_id is None else _SEARCHED
    jobs = _remembering(store.jobs.even_deleted)
    events = store.history.acts(since, searched, actor=actor)
    found = [deed_on_job(event, jobs(event.job_id)) for event in events if job_id in (None, event.job_id)]
    if job_id is None:
        audits = store.history.audit(limit if actor is None else _SEARCHED)
        found += [deed_elsewhere(each) for each in audits if actor in (None, each.actor) and each.at >= since]
    return sorted(found, key=lambda deed: deed.at, reverse=True)[:limit]


def job_acted_on(store: Store, since: datetime, number: int) -> Job:
    """The job of that number, be it deleted, as long as somebody did something to it since then. Raises `NotFound`."""
    jobs = _remembering(store.jobs.even_deleted)
    for event in store.history.acts(since, _SEARCHED):
        job = jobs(event.job_id)
        if job is not None and job.number == number:
            return job
    raise NotFound(f"没有对任务 #{number} 的操作记录")


def _remembering(of: Callable[[JobId], Job | None]) -> Callable[[JobId], Job | None]:
    """Asks for each job once."""
    known: dict[JobId, Job | None] = {}

    def remembered(job_id: JobId) -> Job | None:
        if job_id not in known:
            known[job_id] = of(job_id)
        return known[job_id]

    return remembered
