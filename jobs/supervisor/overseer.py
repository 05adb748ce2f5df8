"""The overseer: looks after the runs that live, and condemns those that use too much or hang."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from jobs.models import decisions
from jobs.models.change import Change
from jobs.models.ids import RunId
from jobs.models.job import Job
from jobs.models.run import Condemned, Desired, Run, RunStatus
from jobs.models.watching import (
    MIB,
    HangRule,
    Silence,
    listened,
    memory_warning,
    no_progress,
    too_much_memory,
)
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.logs import Logs
from jobs.ports.meter import Meter
from jobs.ports.store import Conflict, Living, Store, StoreUnavailable

_log = logging.getLogger("sja.overseer")

LOOK_EVERY_SECONDS: Final = 10.0
_LONGEST_PASSED: Final = 3
"""Looks: a longer gap between two (the bot was stopped, the machine froze) stands for this many of them."""
_TRIES: Final = 20
"""A run and its own reports write at most a few times at once; twenty conflicts in a row are a defect."""
_LOOKED: Final = "overseer.looked_at"


class Overseer:
    """Judges by what it has watched itself: neither a clock that was set, nor a sleep, nor a restart condemns anybody.

    `limit_mib` is of one run's memory, 0: none. Where the store cannot be had, nobody is judged.
    """

    def __init__(
        self,
        *,
        store: Store,
        meter: Meter,
        logs: Logs,
        clock: Clock,
        bell: Bell,
        limit_mib: int,
        rule: HangRule | None = None,
        look_every_seconds: float = LOOK_EVERY_SECONDS,
    ) -> None:
        self._store = store
        self._meter = meter
        self._logs = logs
        self._clock = clock
        self._bell = bell
        self.limit(limit_mib)
        self._rule = rule or HangRule()
        self._look_every_seconds = look_every_seconds
        self._heavy: set[RunId] = set()
        """Over the limit at the last look."""
        self._silences: dict[RunId, Silence] = {}
        self._looked_at = clock.monotonic()

    def limit(self, mib: int) -> None:
        """Of one run's memory; 0: none."""
        self._limit_bytes = mib * MIB

    async def run(self) -> None:
        """Looks for ever; cancel to stop."""
        while True:
            await self.look()
            await asyncio.sleep(self._look_every_seconds)

    async def look(self) -> None:
        """One look at every live run."""
        try:
            living = self._store.runs.living()
            self._look_for_hangs(living)
            if self._limit_bytes:
                await self._look_for_memory(living)
        except StoreUnavailable as trouble:
            # What was not seen to change may have been impossible to write.
            _log.warning("no run is judged: %s", trouble)
            self._silences.clear()
            self._heavy.clear()

    def _look_for_hangs(self, living: Sequence[Living]) -> None:
        now = self._clock.monotonic()
        passed = min(now - self._looked_at, _LONGEST_PASSED * self._look_every_seconds)
        self._looked_at = now
        self._silences = {one.run_id: listened(self._silences.get(one.run_id), one.beat, passed) for one in living}
        if any(map(self._rule.is_suspect, self._silences.values())):
            # Were it the store that nobody can write to, this would say so before anybody is blamed.
            self._store.set_meta(_LOOKED, self._clock.now().isoformat())
        for run_id, silence in self._silences.items():
            if self._rule.is_hung(silence):
                self._condemn(run_id, no_progress(silence))

    async def _look_for_memory(self, living: Sequence[Living]) -> None:
        by_worker = {one.worker: one for one in living}
        used = await asyncio.to_thread(self._meter.over, list(by_worker), self._limit_bytes)
        warned, self._heavy = self._heavy, {by_worker[worker].run_id for worker in used}
        for worker, own_bytes in used.items():
            run_id = by_worker[worker].run_id
            if run_id in warned:
                self._condemn(run_id, too_much_memory(own_bytes, self._limit_bytes))
            else:
                self._warn(run_id, own_bytes)

    def _warn(self, run_id: RunId, own_bytes: int) -> None:
        job, run = self._present(run_id)
        if job is None or run is None:
            return
        mib, limit_mib = own_bytes // MIB, self._limit_bytes // MIB
        event = decisions.event(
            job, "run.memory", self._clock.now(), None, run_id, what="over_limit", mib=mib, limit_mib=limit_mib
        )
        self._store.apply(Change(events=(event,)))
        words = memory_warning(own_bytes, self._limit_bytes, self._look_every_seconds)
        _log.warning("run %s of job %s: %s", run_id, job.id, words)
        try:
            self._logs.append(job.id, [f"⚠️ {words}"])
        except OSError:
            _log.exception("the log of job %s cannot be written", job.id)

    def _condemn(self, run_id: RunId, why: Condemned) -> None:
        """Writes the intent to end a run; the supervisor carries it out, and tells when its process is gone."""
        for _ in range(_TRIES):
            job, run = self._present(run_id)
            if job is None or run is None:
                return
            try:
                self._store.apply(decisions.condemned(job, run, why, self._clock.now()))
            except Conflict:
                continue
            _log.warning("run %s of job %s is to end: %s", run_id, job.id, why.sentence)
            self._bell.ring()
            return
        raise Conflict

    def _present(self, run_id: RunId) -> tuple[Job | None, Run | None]:
        """The run with its job, as long as nobody has asked for its end."""
        run = self._store.runs.get(run_id)
        if run is None or run.status is not RunStatus.LIVE or run.desired is not Desired.UP or run.condemned:
            return None, None
        return self._store.jobs.get(run.job_id), run
