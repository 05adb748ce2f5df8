"""The supervisor: starts what is queued, ends what shall end, and sees every end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from jobs.models import decisions
from jobs.models.change import Change, together
from jobs.models.ids import LOCAL_NODE, JobId, RunId
from jobs.models.job import Job
from jobs.models.lifecycle import Trigger, allows
from jobs.models.queue import next_to_begin
from jobs.models.run import EXIT_TOO_LATE, UNSEEN_EXIT, Desired, Exit, Identity, Run, RunStatus
from jobs.ports.administrators import Administrators
from jobs.ports.bell import Bell, Listening
from jobs.ports.clock import Clock
from jobs.ports.launcher import Launcher, LaunchFailed, LiveRun, RunSpec
from jobs.ports.store import Conflict, Store
from jobs.supervisor.identity import is_alive
from jobs.supervisor.marks import works_for
from jobs.supervisor.settling import Settling

_log = logging.getLogger("sja.supervisor")

_LOOK_EVERY_SECONDS: Final = 5.0
"""For a bell that was lost and another process's writes; a ring is heard at once."""
_LOOK_AT_ALL_EVERY_SECONDS: Final = 60.0
"""Between two looks at every open run, quiet ones included: for what was written by hand or lost on the way."""
_GONE_PATIENCE_SECONDS: Final = 2.0
"""For the last lines about runs that are found dead; later ones are settled when they come."""
_CLAIMED_AT_ONCE: Final = 50
"""In one transaction: some milliseconds, for which nobody else writes."""
_CANNOT_START: Final = Exit(code=127)


class Supervisor:
    """Level-triggered: compares what is wanted (the store) with what is (processes), and acts on the difference.

    Implements `ports.dispatcher.Dispatcher`. `payload_of` makes what a run's process is handed.
    """

    def __init__(
        self,
        *,
        store: Store,
        launcher: Launcher,
        settling: Settling,
        clock: Clock,
        bell: Bell,
        listening: Listening,
        payload_of: Callable[[Job, Run], Awaitable[bytes]],
        administrators: Administrators,
        max_running: int,
        max_locks: int,
        grace_seconds: float,
    ) -> None:
        self._store = store
        self._launcher = launcher
        self._settling = settling
        self._clock = clock
        self._bell = bell
        self._listening = listening
        self._payload_of = payload_of
        self._administrators = administrators
        self.limit(max_running, max_locks, grace_seconds)
        self._draining = False
        self._looked_at_all = -_LOOK_AT_ALL_EVERY_SECONDS
        self._launching: dict[RunId, asyncio.Task[None]] = {}
        self._watching: dict[RunId, asyncio.Task[None]] = {}
        self._stopping: dict[RunId, asyncio.Task[None]] = {}
        self._born: dict[RunId, Identity] = {}
        """Processes that the store does not know yet."""

    def limit(self, max_running: int, max_locks: int, grace_seconds: float) -> None:
        """How many runs, and how many of them with a lock, may be active at a time; how long a run that is asked to end
        may take. Whatever is active already stays."""
        self._max_running = max_running
        self._max_locks = max_locks
        self._grace_seconds = grace_seconds

    # -- Dispatcher ---------------------------------------------------------------------------------------------
    def submit(self, job_id: JobId) -> None:  # noqa: ARG002 - the loop looks at everything
        self._bell.ring()

    def request_stop(self, job_id: JobId) -> None:  # noqa: ARG002
        self._bell.ring()

    async def recover_lost(self) -> None:
        # Processes first, the journal second: what is not among the living has written its line by then.
        live = await self._launcher.live()
        await self._settling.replay()
        gone: list[asyncio.Task[None]] = []
        for run in self._store.runs.all_open():
            process = live.get(run.id)
            if process is not None and process.worker is not None:
                self._watch(run.id, process)
                if run.status is RunStatus.STARTING:
                    self._born[run.id] = process.worker
            elif run.status is RunStatus.LIVE:
                # Alive though its file was lost, or dead: whoever keeps it may be about to write down how.
                self._oversee(run)
                if run.worker is not None and not is_alive(run.worker):
                    gone.append(self._watching[run.id])
        self._looked_at_all = self._clock.monotonic()
        self._note_births()
        if gone:
            await asyncio.wait(gone, timeout=_GONE_PATIENCE_SECONDS)
        for run_id in live.keys() - self._watching.keys() - self._stopping.keys():
            if self._store.runs.is_over(run_id) and works_for(live[run_id].worker, run_id):
                _log.warning("run %s lives although the store has ended it; stopping it", run_id)
                self._begin(self._stopping, run_id, self._launcher.stop(live[run_id], self._grace_seconds))

    async def drain(self) -> None:
        self._draining = True
        await asyncio.gather(*self._launching.values(), return_exceptions=True)
        self._note_births()

    # -- the loop -------------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Supervises for ever; cancel to stop. What runs goes on running."""
        ear = self._listening.listen()
        try:
            while True:
                await self._settling.replay()
                self._note_births()
                if self._clock.monotonic() - self._looked_at_all >= _LOOK_AT_ALL_EVERY_SECONDS:
                    self._looked_at_all = self._clock.monotonic()
                    self._compare(self._store.runs.all_open())
                else:
                    self._compare(self._store.runs.unsettled())
                await ear.wait(self._until_next_look())
        finally:
            self._looked_at_all = -_LOOK_AT_ALL_EVERY_SECONDS
            ear.close()
            for tasks in (self._launching, self._watching, self._stopping):
                for task in tasks.values():
                    task.cancel()

    def _compare(self, open_runs: list[Run]) -> None:
        for run in open_runs:
            match run.status:
                case RunStatus.STARTING if run.id not in self._launching and not self._draining:
                    self._begin(self._launching, run.id, self._launch(run))
                case RunStatus.LIVE:
                    self._oversee(run)
                case _:
                    pass
        if any(run.status is RunStatus.QUEUED for run in open_runs) and not self._draining:
            self._fill_places()

    def _fill_places(self) -> None:
        """Claims queued runs while there are places, in the fair order."""
        now = self._clock.now()
        ready = [one for one in self._store.runs.waiting() if one.may_begin(now)]
        shares = self._store.runs.shares(since=min((one.requested_at for one in ready), default=now))
        next_ones = next_to_begin(
            ready,
            shares,
            places=self._max_running - sum(share.active for share in shares.values()),
            locks_held=self._store.runs.locks_held(),
            locks_at_most=self._max_locks,
        )
        for first in range(0, len(next_ones), _CLAIMED_AT_ONCE):
            claims = [claim for run_id in next_ones[first : first + _CLAIMED_AT_ONCE] if (claim := self._claim(run_id))]
            self._apply_all(claims)
        if next_ones:
            self._bell.ring()

    def _until_next_look(self) -> float:
        """Seconds until the next queued run may begin, where that is soon."""
        now = self._clock.now()
        waits = [
            (one.not_before_at - now).total_seconds()
            for one in self._store.runs.waiting()
            if one.not_before_at is not None and one.not_before_at > now
        ]
        return min([*waits, _LOOK_EVERY_SECONDS])

    def _claim(self, run_id: RunId) -> Change | None:
        """The intent to start a queued run; whoever writes it first wins."""
        run = self._store.runs.get(run_id)
        if run is None or run.status is not RunStatus.QUEUED:
            return None
        job = self._store.jobs.get(run.job_id)
        if job is None or not allows(job.status, Trigger.CLAIM):
            self._settling.settle(run.id, UNSEEN_EXIT)
            return None
        return decisions.claimed(job, run, self._store.next_epoch(job.id), LOCAL_NODE, self._clock.now())

    def _apply_all(self, changes: Sequence[Change]) -> None:
        """Makes all true in one transaction; where one of them came too late, each of the others for itself."""
        if not changes:
            return
        try:
            self._store.apply(together(changes))
        except Conflict:
            for change in changes:
                with suppress(Conflict):
                    self._store.apply(change)

    def _oversee(self, run: Run) -> None:
        """Sees to it that a live run's end is seen, and brought about where it is wanted."""
        self._watch(run.id, LiveRun(run_id=run.id, worker=run.worker, keeper=None))
        is_unwanted = run.desired is not Desired.UP or run.condemned is not None
        if is_unwanted and run.id not in self._stopping:
            process = LiveRun(run_id=run.id, worker=run.worker, keeper=None)
            self._begin(self._stopping, run.id, self._launcher.stop(process, self._grace_left(run)))

    def _watch(self, run_id: RunId, process: LiveRun) -> None:
        if run_id not in self._watching:
            self._begin(self._watching, run_id, self._see_end(process))

    # -- one run --------------------------------------------------------------------------------------------------
    async def _launch(self, run: Run) -> None:
        """Starts a claimed run; one that is being born already (the bot was restarted meanwhile) is waited for."""
        job = self._store.jobs.get(run.job_id)
        is_wanted = run.desired is Desired.UP or run.id in await self._launcher.live()
        if job is None or not is_wanted:
            await self._settling.replay()
            self._settling.settle(run.id, UNSEEN_EXIT)
            return
        if (late := self._settling.too_late(job, run)) and run.id not in await self._launcher.live():
            await self._settling.replay()
            self._give_up(run, late)
            return
        try:
            payload = await self._payload_of(job, run)
            process = await self._launcher.start(
                RunSpec(run_id=run.id, job_id=job.id, epoch=run.epoch, payload=payload)
            )
        except LaunchFailed as failure:
            _log.error("run %s could not be started: %s", run.id, failure)
            self._administrators.tell(f"launch: {failure.sentence}", f"{job.label} 启动不了：{failure.sentence}")
            self._postpone(run.id, failure.sentence)
            return
        if process.worker is None:
            # Nothing could be started, and the journal says so.
            await self._settling.replay()
            self._settling.settle(run.id, _CANNOT_START, unstarted=True)
            return
        self._born[run.id] = process.worker
        self._watch(run.id, process)
        self._bell.ring()

    def _give_up(self, run: Run, late: str) -> None:
        """A run that is not alive, and whose instant is too long ago: unless it said something, it never began."""
        if self._store.runs.progress_of([run.job_id]):
            self._settling.settle(run.id, UNSEEN_EXIT)
        else:
            self._settling.settle(run.id, Exit(code=EXIT_TOO_LATE), sentence=late)

    def _postpone(self, run_id: RunId, sentence: str) -> None:
        """Nothing was started, and the machine is to blame: the run is tried again later, unless its end is wanted."""
        run = self._store.runs.get(run_id)
        job = self._store.jobs.get(run.job_id) if run is not None else None
        if run is None or job is None or run.status is not RunStatus.STARTING:
            return
        if run.desired is not Desired.UP:
            self._settling.settle(run_id, _CANNOT_START, sentence=sentence)
            return
        with suppress(Conflict):  # Somebody has just asked for something else; the next look sees to it.
            self._store.apply(decisions.postponed(job, run, sentence, self._clock.now()))
        self._bell.ring()

    def _note_births(self) -> None:
        """Stores which processes have been born since the last look, all at once."""
        born, self._born = self._born, {}
        runs = [run for run_id in born if (run := self._store.runs.get(run_id)) and run.status is RunStatus.STARTING]
        jobs = {job.id: job for run in runs if (job := self._store.jobs.get(run.job_id))}
        now = self._clock.now()
        known = [decisions.launched(jobs[run.job_id], run, born[run.id], now) for run in runs if run.job_id in jobs]
        self._apply_all(known)
        if known:
            self._bell.ring()

    async def _see_end(self, process: LiveRun) -> None:
        """Waits for the run's end and settles it; the journal's line, where there is one, before what was seen here."""
        seen = await self._launcher.ended(process)
        await self._settling.replay()
        self._settling.settle(process.run_id, seen)

    def _grace_left(self, run: Run) -> float:
        """What is left of the grace; a stop that was asked for before a restart of the bot does not begin anew."""
        if run.stop_requested_at is None:
            return self._grace_seconds
        spent = (self._clock.now() - run.stop_requested_at).total_seconds()
        return min(max(self._grace_seconds - spent, 0.1), self._grace_seconds)

    def _begin(self, tasks: dict[RunId, asyncio.Task[None]], run_id: RunId, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        tasks[run_id] = task
        task.add_done_callback(lambda done: self._finished(tasks, run_id, done))

    def _finished(self, tasks: dict[RunId, asyncio.Task[None]], run_id: RunId, task: asyncio.Task[None]) -> None:
        tasks.pop(run_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("run %s: the supervisor failed and will look again", run_id, exc_info=error)
