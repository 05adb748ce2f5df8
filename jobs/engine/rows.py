"""What is shown of jobs: a filter, a row, a page, everything about one."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from jobs.models.change import Event, Occurrence
from jobs.models.job import Job, Status
from jobs.models.occurrence_words import READY
from jobs.models.punctuality import Punctuality
from jobs.models.run import Run
from jobs.ports.meter import Usage
from jobs.ports.store import Progress


class JobFilter(Struct, frozen=True, kw_only=True):
    """Which jobs to list; every given part must hold."""

    status: Status | None = None
    kind: str | None = None
    mine: bool = False


EVERYTHING: Final = JobFilter()


class JobRow(Struct, frozen=True, kw_only=True):
    """A job as a list shows it. `describes` is its configuration in words.

    `queued` is its run that has not begun, if any: its place among those that wait for one, from 1; None where it
    waits for the instant of a restart. `turn_of`: which other job it waits for, where only one may run at a time.
    `armed_for`: the instant that its run, which has begun, waits for. `paused_at`: since when it is paused, if known.
    """

    job: Job
    kind_title: str
    describes: str
    progress: Progress | None
    queued: Run | None = None
    queue_position: int | None = None
    turn_of: str | None = None
    armed_for: datetime | None = None
    paused_at: datetime | None = None

    @property
    def next_at(self) -> datetime | None:
        """The next instant at which it acts: the one its run waits for already comes first."""
        return self.armed_for or self.job.next_at

    @property
    def is_ready(self) -> bool:
        """Whether its run, which waits for an instant, has said that it is prepared."""
        return self.armed_for is not None and self.progress is not None and self.progress.sentence.startswith(READY)

    @property
    def restarts_at(self) -> datetime | None:
        """When its run begins anew by itself; None where it waits for nothing of the kind."""
        waits = self.queued is not None and self.queue_position is None
        return self.queued.not_before_at if waits and self.queued else None


class JobPage(Struct, frozen=True, kw_only=True):
    """One page of a list: `total` jobs on `pages` pages, this is page `page` (from 1)."""

    rows: tuple[JobRow, ...]
    total: int
    page: int
    pages: int


class JobDetail(Struct, frozen=True, kw_only=True):
    """All there is to say about one job. `run` is the latest, open or ended; `usage` is known of a live one.

    `upcoming`: the next instants, the armed one first. `occurrences`: the latest ones, latest first. `punctuality`:
    its own, where that is not what its kind has anyway. `moved_from`: where the next instant was before a person
    shifted it. `tells_each`: whether its chat is told of each run.
    """

    row: JobRow
    run: Run | None
    usage: Usage | None
    upcoming: tuple[datetime, ...]
    history: tuple[Event, ...]
    occurrences: tuple[Occurrence, ...] = ()
    punctuality: Punctuality | None = None
    moved_from: datetime | None = None
    tells_each: bool = True

    @property
    def queue_position(self) -> int | None:
        return self.row.queue_position
