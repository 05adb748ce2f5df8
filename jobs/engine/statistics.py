"""How jobs have done over some days: counts, lateness, and the hours at which there were courts. Reads only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, ValidationError

from jobs.models.configs import monitor_config
from jobs.models.ids import UserId
from jobs.models.job import Job, Status
from jobs.models.people import Chat
from jobs.ports.rows import Lateness, Sighting, Tally
from jobs.ports.store import Store

_READ_CLOSELY: Final = 100
"""Jobs whose sightings are read one by one: the latest made."""


class Counted(Struct, frozen=True, kw_only=True):
    """One job, and how its work of the time has turned out."""

    job: Job
    tally: Tally


class HourSeen(Struct, frozen=True, kw_only=True):
    """At how many of the looks a court that begins at this hour was free."""

    hour: int
    found: int
    looks: int

    @property
    def share(self) -> float:
        return self.found / self.looks if self.looks else 0.0


class Statistics(Struct, frozen=True, kw_only=True):
    """Of the jobs that somebody may see: `total_jobs` are counted by status, what `counted_jobs` of them did besides.

    `since`: the local midnight with which the first of the `days` begins.

    `jobs`: those with anything to count, the busiest first. `lateness` None: not known of any instant. `hours`: those
    at which a court was seen, the likeliest first.
    """

    since: datetime
    days: int
    total_jobs: int
    counted_jobs: int
    statuses: Mapping[Status, int]
    total: Tally
    jobs: tuple[Counted, ...] = ()
    lateness: Lateness | None = None
    hours: tuple[HourSeen, ...] = ()
    looks: int = 0


JOBS_COUNTED: Final = 1000
"""Whose work is counted: the latest made. More than that any one chat hardly has, and all are counted by status."""


def count_up(
    store: Store, jobs: Sequence[Job], statuses: Mapping[Status, int], since: datetime, days: int
) -> Statistics:
    """The statistics of these jobs, at most `JOBS_COUNTED`; `statuses` of all that are meant. `since` is in the zone
    whose days are meant. May take a second where there is much to count: never in a loop that others wait for."""
    tallies = store.history.tallies([job.id for job in jobs], since)
    counted = [Counted(job=job, tally=tallies[job.id]) for job in jobs if job.id in tallies]
    counted.sort(key=lambda one: (-_work(one.tally), one.job.number))
    closely = jobs[-_READ_CLOSELY:]
    seen = [one for job in closely for one in store.jobs.sightings(job.id, since.date())]
    return Statistics(
        since=since,
        days=days,
        total_jobs=sum(statuses.values()),
        counted_jobs=len(jobs),
        statuses={status: count for status, count in statuses.items() if count},
        total=_sum([one.tally for one in counted]),
        jobs=tuple(counted),
        lateness=store.history.lateness([job.id for job in jobs if job.id in tallies and job.recurrence], since),
        hours=hours_seen(seen),
        looks=sum(one.looks for one in seen),
    )


def count_visible(store: Store, origin: Chat | None, owner: UserId | None, since: datetime, days: int) -> Statistics:
    """Of all jobs of that place and owner (None: any), as `count_up`."""
    statuses = {status: store.jobs.count(origin=origin, owner=owner, statuses=(status,)) for status in Status}
    earlier = max(sum(statuses.values()) - JOBS_COUNTED, 0)
    jobs = store.jobs.select(origin=origin, owner=owner, offset=earlier, limit=JOBS_COUNTED)
    return count_up(store, jobs, statuses, since, days)


def hours_seen(sightings: Sequence[Sighting]) -> tuple[HourSeen, ...]:
    """The hours at which a court was seen, over all these days and jobs together, the likeliest first."""
    looks = sum(one.looks for one in sightings)
    found: Counter[int] = Counter()
    for one in sightings:
        found.update({int(hour): count for hour, count in one.hours.items() if count})
    hours = [HourSeen(hour=hour, found=count, looks=looks) for hour, count in found.items()]
    return tuple(sorted(hours, key=lambda one: (-one.found, one.hour)))


def hours_wanted(job: Job) -> tuple[int, ...]:
    """The start hours that a monitor looks for; empty: any, or it is no monitor."""
    if job.kind != "monitor":
        return ()
    try:
        return monitor_config(job.config).plan.preferred_hours
    except ValidationError:
        return ()


def _work(tally: Tally) -> int:
    return tally.done + tally.failed + tally.missed + tally.skipped + tally.booked


def _sum(tallies: Sequence[Tally]) -> Tally:
    return Tally(
        done=sum(one.done for one in tallies),
        failed=sum(one.failed for one in tallies),
        missed=sum(one.missed for one in tallies),
        skipped=sum(one.skipped for one in tallies),
        booked=sum(one.booked for one in tallies),
    )
