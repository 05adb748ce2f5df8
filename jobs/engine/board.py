"""What can be seen of jobs: finding, listing, details, logs. Nothing here changes anything."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypedDict

from msgspec import Struct

from jobs.models.change import Event
from jobs.models.errors import Ambiguous, NotFound
from jobs.models.ids import JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status
from jobs.models.people import Actor, Chat, Role, may_see
from jobs.models.queue import fair_order
from jobs.models.recurrence import upcoming
from jobs.models.run import Run, RunStatus
from jobs.models.text import clean, quote
from jobs.models.venue import Preset
from jobs.ports.clock import Clock
from jobs.ports.kind import Kind
from jobs.ports.logs import Logs
from jobs.ports.meter import Meter, Usage
from jobs.ports.store import Progress, Store

PAGE_SIZE: Final = 20
_CANDIDATES_SHOWN: Final = 5
_CANDIDATES_READ: Final = 1000
"""Far more than are shown: other chats' jobs of the same name are read too, and must not crowd out those seen here."""
_NUMBER_WIDTH: Final = 19
"""Digits; longer ones are beyond what the store counts."""
_SHORTEST_DIGITS: Final = 3
"""Of a prefix of digits alone: fewer are more likely a number that somebody got wrong."""


class JobFilter(Struct, frozen=True, kw_only=True):
    """Which jobs to list; every given part must hold."""

    status: Status | None = None
    kind: str | None = None
    mine: bool = False


EVERYTHING: Final = JobFilter()


class JobRow(Struct, frozen=True, kw_only=True):
    """A job as a list shows it. `describes` is its configuration in words.

    `queued` is its run that has not begun, if any: its place among those that wait for one, from 1; None where it
    waits for the instant of a restart.
    """

    job: Job
    kind_title: str
    describes: str
    progress: Progress | None
    queued: Run | None = None
    queue_position: int | None = None

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
    """All there is to say about one job. `run` is the latest, open or ended; `usage` is known of a live one."""

    row: JobRow
    run: Run | None
    usage: Usage | None
    upcoming: tuple[datetime, ...]
    history: tuple[Event, ...]

    @property
    def queue_position(self) -> int | None:
        return self.row.queue_position


class _Scope(TypedDict):
    statuses: Sequence[Status]
    kind: str | None
    origin: Chat | None
    owner: UserId | None


class Board:
    """Reads for people; every method shows only what `actor` may see."""

    def __init__(
        self,
        *,
        store: Store,
        logs: Logs,
        meter: Meter,
        kinds: Mapping[str, Kind],
        presets: Sequence[Preset],
        clock: Clock,
    ) -> None:
        self._store = store
        self._logs = logs
        self._meter = meter
        self._kinds = kinds
        self._presets = presets
        self._clock = clock

    def find(self, actor: Actor, reference: str) -> Job:
        """The job that `reference` names: an id, `#7` or `7`, or else a unique prefix of an id or a unique name.

        What may be a number that was ever given is never taken for a prefix: a job just deleted must not turn into
        another one. Raises `NotFound` (also for what the actor may not see) and `Ambiguous`.
        """
        for candidates in self._candidates(clean(reference)):
            visible = [job for job in candidates if may_see(actor, job.ownership)]
            if len(visible) == 1:
                return visible[0]
            if visible:
                shown = "、".join(f"#{job.number}（{job.id}）" for job in visible[:_CANDIDATES_SHOWN])
                raise Ambiguous(f"{quote(reference)}可以指 {shown}，请用编号")
        raise NotFound(f"没有找到任务{quote(reference)}，发送 !任务列表 查看编号")

    def of_message(self, actor: Actor, self_id: str, message_id: str) -> Job | None:
        """The job a sent message was about, None when it was about none that the actor may see."""
        job_id = self._store.conversations.linked(self_id, message_id)
        job = self._store.jobs.get(job_id) if job_id else None
        return job if job and may_see(actor, job.ownership) else None

    def page(
        self, actor: Actor, wanted: JobFilter = EVERYTHING, page: int = 1, size: int | None = PAGE_SIZE
    ) -> JobPage:
        """One page of the jobs visible here, by number. A page beyond the last is the last; `size` None: all on one."""
        scope = self._scope(actor, wanted)
        total = self._store.jobs.count(**scope)
        size = size or max(total, 1)
        pages = max(1, -(-total // size))
        page = min(max(page, 1), pages)
        jobs = self._store.jobs.select(**scope, limit=size, offset=(page - 1) * size)
        progress = self._store.runs.progress_of([job.id for job in jobs])
        positions = self._positions()
        rows = tuple(self._row(job, progress.get(job.id), positions) for job in jobs)
        return JobPage(rows=rows, total=total, page=page, pages=pages)

    def detail(self, job: Job) -> JobDetail:
        """Everything about a job that `find` returned."""
        run = self._store.runs.last_of(job.id)
        return JobDetail(
            row=self.row(job),
            run=run,
            usage=self.usage(run, own=True),
            upcoming=tuple(upcoming(job.recurrence, self._clock.now(), 3)) if job.next_at and job.recurrence else (),
            history=tuple(self._store.history.of_job(job.id, 5)),
        )

    def row(self, job: Job) -> JobRow:
        """A job as a list would show it."""
        return self._row(job, self._store.runs.progress_of([job.id]).get(job.id), self._positions())

    def usage(self, run: Run | None, *, own: bool = False) -> Usage | None:
        """What a run uses now; None for one without a living process. `own` as in `Meter.usage`."""
        if run is None or run.status is not RunStatus.LIVE or run.worker is None:
            return None
        return self._meter.usage(run.worker, own=own)

    async def log(self, job: Job, lines: int, search: str = "", since: datetime | None = None) -> list[str]:
        """The last lines of the log of a job that `find` returned; read in a thread, for a search may take its time."""
        return await asyncio.to_thread(self._logs.tail, job.id, lines, search, since)

    # -- inside -------------------------------------------------------------------------------------------------
    def _candidates(self, reference: str) -> Iterator[list[Job]]:
        jobs = self._store.jobs
        digits = reference.removeprefix("#")
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < _NUMBER_WIDTH else None
        if not reference.startswith("#"):
            yield [job] if (job := jobs.get(JobId(reference))) else []
        if number is not None:
            yield [job] if (job := jobs.numbered(JobNumber(number))) else []
        prefix = reference.lower()
        may_be_prefix = number is None or (len(prefix) >= _SHORTEST_DIGITS and number > jobs.last_number())
        by_id = jobs.with_id_prefix(prefix, _CANDIDATES_READ) if may_be_prefix else []
        by_name = jobs.named(reference, _CANDIDATES_READ)
        yield list({job.id: job for job in (*by_id, *by_name)}.values())

    def _scope(self, actor: Actor, wanted: JobFilter) -> _Scope:
        statuses = (wanted.status,) if wanted.status else ()
        scope = _Scope(statuses=statuses, kind=wanted.kind, origin=None, owner=None)
        if actor.chat is not None and actor.chat.is_group:
            scope["origin"] = actor.chat
        sees_all = actor.role in (Role.SUPERUSER, Role.OPERATOR)
        in_private = actor.chat is None or not actor.chat.is_group
        if wanted.mine or (in_private and not sees_all):
            scope["owner"] = actor.user_id
        return scope

    def _row(self, job: Job, progress: Progress | None, positions: Mapping[RunId, int | None]) -> JobRow:
        kind = self._kinds.get(job.kind)
        may_wait = positions and job.status is Status.PENDING
        run = self._store.runs.open_of(job.id) if may_wait else None
        queued = run if run is not None and run.status is RunStatus.QUEUED else None
        return JobRow(
            job=job,
            kind_title=kind.title if kind else job.kind,
            describes=kind.describe(job.config, self._presets) if kind else "这个版本不认识的类型",
            progress=progress,
            queued=queued,
            queue_position=positions.get(queued.id) if queued else None,
        )

    def _positions(self) -> Mapping[RunId, int | None]:
        """Every queued run with its place, from 1, in the order in which they will begin; None: not its time yet."""
        waiting = self._store.runs.waiting()
        if not waiting:
            return {}
        now = self._clock.now()
        ready = [one for one in waiting if one.may_begin(now)]
        shares = self._store.runs.shares(since=min((one.requested_at for one in ready), default=now))
        positions: dict[RunId, int | None] = dict.fromkeys(one.run_id for one in waiting)
        return positions | {run_id: place for place, run_id in enumerate(fair_order(ready, shares), 1)}
