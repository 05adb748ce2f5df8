"""Claims what is due. The clockwork wakes; the truth is in the store."""

import logging
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from jobs.models.change import Change, Occurrence, together
from jobs.models.conduct import Conduct
from jobs.models.ids import JobId, RunId
from jobs.models.job import Job
from jobs.models.occasions import Situation, came_due, decided_before, its_turn, missed_together, waits_anew, wakes_at
from jobs.models.people import Chat
from jobs.ports.bell import Listening
from jobs.ports.clock import Clock
from jobs.ports.clockwork import Clockwork
from jobs.ports.dispatcher import Dispatcher
from jobs.ports.store import Conflict, Store, StoreUnavailable
from jobs.scheduler.absence import Absence

_log = logging.getLogger("sja.scheduler")

_LOOK_EVERY_SECONDS: Final = 30.0
_TICK_SECONDS: Final = 1.0
"""How soon a clock that was set, or a machine that slept, is noticed."""
_AHEAD: Final = timedelta(seconds=3 * _LOOK_EVERY_SECONDS)
"""Alarms are set for what wakes within this; the rest waits in the store for a later look."""

_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)

Due = tuple[Job, Change]


class UnreadableRun(Exception):
    """The job has a run that is not over and that nobody can read: whatever is claimed for the job is lost."""


class Scheduler:
    """At the alarm of a job its instant is claimed and a run queued, all in one transaction.

    `conduct_of` answers with how the jobs of a kind are treated, by its name; `longest_lead` is that of all kinds.
    Trouble with one job, whatever it is, is logged once and is trouble for no other.
    """

    def __init__(
        self,
        *,
        store: Store,
        dispatcher: Dispatcher,
        clock: Clock,
        bell: Listening,
        clockwork: Clockwork,
        conduct_of: Callable[[str], Conduct],
        longest_lead: timedelta,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._bell = bell
        self._clockwork = clockwork
        self._conduct_of = conduct_of
        self._ahead = _AHEAD + longest_lead
        self.alarms: dict[JobId, datetime] = {}
        """What is set in the clockwork; read only."""
        self._troubles: dict[JobId, int] = {}
        """The version of each job with which something went wrong."""
        self._absence = Absence(clock)

    async def run(self) -> None:
        """Fires for ever; cancel to stop."""
        self.alarms = {}
        ear = self._bell.listen()
        self._clockwork.start(self._ring)
        try:
            while True:
                self.plan()
                planned = self._clock.monotonic()
                while not await ear.wait(_TICK_SECONDS):
                    if self._absence.is_noticed() or self._clock.monotonic() - planned >= _LOOK_EVERY_SECONDS:
                        break
        finally:
            ear.close()
            self._clockwork.stop()

    def plan(self) -> None:
        """Gives those their turn whose run before is over, fires what is due, and sets the alarms to what is near."""
        now = self._clock.now()
        absence = self._absence.until_now()
        if self._absence.went_back:
            self._wait_anew(now)
        for one in self._store.history.waiting():
            self._give_turn(one, now)
        still_waiting = {one.job_id for one in self._store.history.waiting()}
        due: list[Due] = []
        wanted: dict[JobId, datetime] = {}
        for one in self._store.jobs.awaiting(now + self._ahead):
            wakes = wakes_at(one.next_at, one.status, self._conduct_of(one.kind))
            if wakes > now:
                wanted[one.job_id] = wakes
            elif found := self._came_due(one.job_id, now, absence, waits=one.job_id in still_waiting):
                due.append(found)
            elif one.next_at > now:
                wanted[one.job_id] = one.next_at
        self._fire(due)
        self._set_alarms(wanted)

    def _wait_anew(self, now: datetime) -> None:
        """The clock was set back: what every job waits for is read off it again."""
        for one in self._store.jobs.awaiting(_ALWAYS):
            job = self._store.jobs.get(one.job_id)
            if job is not None:
                with self._no_trouble_for_others(job), suppress(Conflict):
                    self._store.apply(waits_anew(job, now))

    def _set_alarms(self, wanted: Mapping[JobId, datetime]) -> None:
        for job_id in self.alarms.keys() - wanted.keys():
            del self.alarms[job_id]
            self._clockwork.unset(job_id)
        for job_id, at in wanted.items():
            if self.alarms.get(job_id) != at:
                self.alarms[job_id] = at
                self._clockwork.set(job_id, at)
        self._clockwork.reread()

    def _ring(self, job_id: JobId) -> None:
        """An alarm has gone off. Of several at one instant the first deals with all, and takes the others away."""
        if self.alarms.pop(job_id, None) is not None:
            self.plan()

    def _came_due(self, job_id: JobId, now: datetime, absence: str, *, waits: bool) -> Due | None:
        job = self._store.jobs.get(job_id)
        if job is None or self._troubles.get(job_id) == job.version:
            return None
        with self._no_trouble_for_others(job):
            open_run = self._store.runs.open_of(job_id)
            if open_run is None and not self._store.runs.is_idle(job_id):
                raise UnreadableRun
            situation = Situation(open_run=open_run, waits=waits, absence=absence)
            change = came_due(job, situation, _new_run_id(), now, self._conduct_of(job.kind))
            return None if change is None else (job, change)
        return None

    def _fire(self, due: Sequence[Due]) -> None:
        """Makes true what became of due jobs; those of one chat together, so that it hears of all in one message."""
        for of_one_chat in _by_chat(due):
            try:
                self._store.apply(together(missed_together([change for _, change in of_one_chat])))
            except Conflict:
                for job, change in of_one_chat:
                    with self._no_trouble_for_others(job):
                        self._fire_alone(job, change)
            self._submit(of_one_chat)

    def _fire_alone(self, job: Job, change: Change) -> None:
        try:
            self._store.apply(change)
        except Conflict:
            self._pass_over(job)

    def _pass_over(self, job: Job) -> None:
        """The job changed this moment, and the bell says so; or its instant was decided before (a clock set back)."""
        _log.info("an instant of job %s could not be claimed", job.id)
        if self._store.jobs.get(job.id) != job:
            return
        with suppress(Conflict):  # Changed after all.
            self._store.apply(decided_before(job, self._clock.now()))
            self._dispatcher.submit(job.id)  # What it waits for now may have passed as well: another look.

    def _give_turn(self, waiting: Occurrence, now: datetime) -> None:
        """An occurrence that waited for the end of the run before has its own now, where that is over."""
        job = self._store.jobs.get(waiting.job_id)
        if not self._store.runs.is_idle(waiting.job_id):
            return
        with suppress(Conflict):  # Something else has begun to run; it waits on.
            self._store.apply(its_turn(job, waiting, _new_run_id(), now))
            self._dispatcher.submit(waiting.job_id)

    @contextmanager
    def _no_trouble_for_others(self, job: Job) -> Generator[None]:
        """Whatever goes wrong within (a rhythm that cannot be computed: a zone that this machine does not know) is
        logged, once for each version of the job, and the job waits until it is changed."""
        try:
            yield
        except StoreUnavailable:
            raise
        except Exception:
            self._troubles[job.id] = job.version
            _log.exception("it cannot be told when job %s is due; it waits until it is changed", job.id)

    def _submit(self, fired: Iterable[Due]) -> None:
        for job, change in fired:
            if change.runs or change.notifications:  # Rings the bell, which whoever tells people hears as well.
                self._dispatcher.submit(job.id)


def _by_chat(due: Sequence[Due]) -> Iterator[Sequence[Due]]:
    groups: dict[Chat | JobId, list[Due]] = {}
    for job, change in due:
        groups.setdefault(job.origin or job.id, []).append((job, change))
    yield from groups.values()


def _new_run_id() -> RunId:
    return RunId(uuid.uuid4().hex)
