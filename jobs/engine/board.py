"""What can be seen of jobs: finding, listing, details, logs. Nothing here changes anything."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Final, TypedDict

from msgspec import Struct

from jobs.engine.rows import EVERYTHING, JobDetail, JobFilter, JobPage, JobRow
from jobs.engine.statistics import Statistics, count_up, count_visible
from jobs.models.change import Event, OccurrenceStatus
from jobs.models.errors import Ambiguous, NotFound
from jobs.models.ids import JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status
from jobs.models.outlook import awaited
from jobs.models.pausing import IN_A_PAUSE
from jobs.models.people import Actor, Chat, Role, may_see
from jobs.models.punctuality import Punctuality
from jobs.models.queue import next_to_begin
from jobs.models.recurrence import follows_its_runs, upcoming
from jobs.models.run import Desired, Run, RunStatus
from jobs.models.text import clean, quote
from jobs.models.venue import Preset
from jobs.ports.clock import Clock
from jobs.ports.kind import Kind
from jobs.ports.logs import Logs
from jobs.ports.meter import Meter, Usage
from jobs.ports.rows import Progress, Sighting
from jobs.ports.store import Store

PAGE_SIZE: Final = 20
_CANDIDATES_SHOWN: Final = 5
_CANDIDATES_READ: Final = 1000
"""Far more than are shown: other chats' jobs of the same name are read too, and must not crowd out those seen here."""
_NUMBER_WIDTH: Final = 19
"""Digits; longer ones are beyond what the store counts."""
_SHORTEST_DIGITS: Final = 3
"""Of a prefix of digits alone: fewer are more likely a number that somebody got wrong."""
_INSTANTS_SHOWN: Final = 3
_OCCURRENCES_SHOWN: Final = 30
"""As a strip of marks; in words the first few."""
_EVENTS_SEARCHED: Final = 50
"""For the last pause or shift. Only runs that a person asks for in a pause write events after it, five each."""
_STORY_EVENTS: Final = 400
"""The last run of a race and some before it: a hundred looks, each with its event, are a long one."""
_PAUSES: Final = frozenset({"job.paused", "job.pause_requested"})
SKIPPED_COUNTED_AT_MOST: Final = 2000
"""In one pause, over all looks: more than a day of a job that is due each minute."""


class _Line(Struct, frozen=True, kw_only=True):
    """The runs that have not begun, each with its place, from 1, in the order in which they will begin.

    None: it waits for its time, or, where it is `blocked`, for another run with its lock.
    """

    positions: Mapping[RunId, int | None]
    blocked: Set[RunId] = frozenset()
    holders: Mapping[str, JobNumber] = {}
    """By the lock that a blocked run waits for: whose run has it."""


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
        aside: Callable[[], AbstractContextManager[Store]],
    ) -> None:
        """`aside`: opens the same store for another thread."""
        self._aside = aside
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
        line = self._line()
        rows = tuple(self._row(job, progress.get(job.id), line) for job in jobs)
        return JobPage(rows=rows, total=total, page=page, pages=pages)

    def detail(self, job: Job) -> JobDetail:
        """Everything about a job that `find` returned."""
        run = self._store.runs.last_of(job.id)
        return JobDetail(
            row=self.row(job),
            run=run,
            usage=self.usage(run, own=True),
            upcoming=tuple(self._upcoming(job, run if run and run.is_open else None)),
            history=tuple(self._store.history.of_job(job.id, 5)),
            occurrences=tuple(self._store.history.occurrences(job.id, _OCCURRENCES_SHOWN)),
            punctuality=self._own_punctuality(job),
            moved_from=self._moved_from(job),
            tells_each=self._tells_each(job),
        )

    def story(self, job: Job) -> list[Event]:
        """What happened to a job that `find` returned, latest first, as far back as people ask for."""
        return self._store.history.of_job(job.id, _STORY_EVENTS)

    def skipped_in_last_pause(self, job: Job) -> int:
        """How many instants came due in the job's last pause, ended or not; at most `SKIPPED_COUNTED_AT_MOST`."""
        since = self._paused_at(job)
        if since is None:
            return 0
        passed = self._store.history.occurrences(job.id, SKIPPED_COUNTED_AT_MOST)
        return sum(
            one.status is OccurrenceStatus.SKIPPED and one.reason == IN_A_PAUSE and one.scheduled_at >= since
            for one in passed
        )

    def row(self, job: Job) -> JobRow:
        """A job as a list would show it."""
        return self._row(job, self._store.runs.progress_of([job.id]).get(job.id), self._line())

    def usage(self, run: Run | None, *, own: bool = False) -> Usage | None:
        """What a run uses now; None for one without a living process. `own` as in `Meter.usage`."""
        if run is None or run.status is not RunStatus.LIVE or run.worker is None:
            return None
        return self._meter.usage(run.worker, own=own)

    def sightings(self, job: Job, since: date) -> list[Sighting]:
        """What the looks of a job that `find` returned have seen, day by day, earliest first."""
        return self._store.jobs.sightings(job.id, since)

    async def statistics(self, actor: Actor, since: datetime, days: int, job: Job | None = None) -> Statistics:
        """How the jobs visible here, or one that `find` returned, have done in the `days` days from `since` on, the
        local midnight with which the first of them begins. Counted in a thread, for it may take a second."""
        scope = self._scope(actor, EVERYTHING)

        def count() -> Statistics:
            with self._aside() as store:
                if job is not None:
                    return count_up(store, [job], {job.status: 1}, since, days)
                return count_visible(store, scope["origin"], scope["owner"], since, days)

        return await asyncio.to_thread(count)

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

    def _row(self, job: Job, progress: Progress | None, line: _Line) -> JobRow:
        kind = self._kinds.get(job.kind)
        run = self._open_run(job, line)
        queued = run if run is not None and run.status is RunStatus.QUEUED else None
        is_armed = run is not None and run.status is not RunStatus.QUEUED and run.desired is Desired.UP
        is_ahead = run is not None and run.scheduled_at is not None and run.scheduled_at > self._clock.now()
        waits_its_turn = queued is not None and queued.id in line.blocked
        return JobRow(
            job=job,
            kind_title=kind.title if kind else job.kind,
            describes=kind.describe(job.config, self._presets) if kind else "这个版本不认识的类型",
            progress=progress,
            queued=queued,
            queue_position=line.positions.get(queued.id) if queued else None,
            turn_of=_holder_in_words(queued, line.holders) if queued and waits_its_turn else None,
            armed_for=run.scheduled_at if run and is_armed and is_ahead else None,
            paused_at=self._paused_at(job) if job.status is Status.PAUSED else None,
        )

    def _open_run(self, job: Job, line: _Line) -> Run | None:
        """The job's run that has not ended; None also where it says nothing more: of one long run that goes on."""
        if job.status is Status.RUNNING:
            return self._store.runs.open_of(job.id) if job.recurrence else None
        return self._store.runs.open_of(job.id) if line.positions else None

    def _upcoming(self, job: Job, run: Run | None) -> list[datetime]:
        is_paused = job.status is Status.PAUSED or (run is not None and run.returns_to is Status.PAUSED)
        if job.recurrence is None or is_paused:
            return []
        now = self._clock.now()
        if job.next_at is not None and job.next_at <= now and not follows_its_runs(job.recurrence):
            # Due just now, or nobody is there to run it: what lies ahead is what the rhythm says.
            return upcoming(job.recurrence, now, _INSTANTS_SHOWN)
        return awaited(job, run, now, _INSTANTS_SHOWN)

    def _own_punctuality(self, job: Job) -> Punctuality | None:
        kind = self._kinds.get(job.kind)
        return None if kind is not None and kind.conduct.punctuality == job.punctuality else job.punctuality

    def _tells_each(self, job: Job) -> bool:
        kind = self._kinds.get(job.kind)
        return kind is None or kind.conduct.tells_each

    def _moved_from(self, job: Job) -> datetime | None:
        """Where the instant that the job waits for was before the shifts that led to it; None: it is where it was."""
        was = job.next_at
        for event in self._store.history.of_job(job.id, _EVENTS_SEARCHED):
            if event.type == "job.reordered" and was is not None and event.data.get("now") == was.isoformat():
                was = datetime.fromisoformat(event.data["was"])
        return None if was == job.next_at else was

    def _paused_at(self, job: Job) -> datetime | None:
        events = self._store.history.of_job(job.id, _EVENTS_SEARCHED)
        return next((event.at for event in events if event.type in _PAUSES), None)

    def _line(self) -> _Line:
        waiting = self._store.runs.waiting()
        if not waiting:
            return _Line(positions={})
        now = self._clock.now()
        ready = [one for one in waiting if one.may_begin(now)]
        shares = self._store.runs.shares(since=min((one.requested_at for one in ready), default=now))
        order = next_to_begin(ready, shares, locks_held=self._store.runs.locks_held())
        positions: dict[RunId, int | None] = dict.fromkeys(one.run_id for one in waiting)
        positions |= {run_id: place for place, run_id in enumerate(order, 1)}
        blocked = {one.run_id for one in ready} - set(order)
        return _Line(positions=positions, blocked=blocked, holders=self._holders() if blocked else {})

    def _holders(self) -> dict[str, JobNumber]:
        begun = (run for run in self._store.runs.all_open() if run.lock and run.status is not RunStatus.QUEUED)
        jobs = ((run.lock or "", self._store.jobs.get(run.job_id)) for run in begun)
        return {lock: job.number for lock, job in jobs if job is not None}


def _holder_in_words(run: Run, holders: Mapping[str, JobNumber]) -> str:
    """Which job a run waits for: locks are paths that end in the account's nickname."""
    account = f"账号 {(run.lock or '').rpartition('/')[2]}"
    number = holders.get(run.lock or "")
    return f"{account} 的上一次运行" if number is None else f"#{number}（也用{account}）"
