"""From an exit seen to a fact stored: every end of a run passes here, once."""

import logging
import random
import uuid
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from jobs.models import decisions
from jobs.models.change import Change
from jobs.models.ids import RunId
from jobs.models.job import Job
from jobs.models.lifecycle import IllegalTransition
from jobs.models.restarts import RestartPolicy
from jobs.models.run import Exit, Outcome, Run, RunStatus
from jobs.models.tracebacks import without_tracebacks
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.launcher import Exits, Launcher
from jobs.ports.logs import Logs
from jobs.ports.store import Conflict, Store

_log = logging.getLogger("sja.supervisor")

OFFSET: Final = "exits.offset"
"""The key under which the store keeps how far the journal has been read."""
_LOG_LINES_TOLD: Final = 5
_LOG_LINES_READ: Final = 200
_TRIES: Final = 20
"""The run's own last reports may be first a few times; twenty conflicts in a row are a defect."""


class Settling:
    """Stores how runs ended. Settling a run twice is harmless: the second time it is ended already.

    `policy_of` answers with the restart policy of a kind, by its name.
    """

    def __init__(
        self,
        *,
        store: Store,
        exits: Exits,
        launcher: Launcher,
        logs: Logs,
        clock: Clock,
        bell: Bell,
        policy_of: Callable[[str], RestartPolicy],
    ) -> None:
        self._store = store
        self._exits = exits
        self._launcher = launcher
        self._logs = logs
        self._clock = clock
        self._bell = bell
        self._policy_of = policy_of

    def replay(self) -> int:
        """Settles every run whose exit was written since the last replay. Returns how many lines were new."""
        offset = int(self._store.meta(OFFSET) or 0)
        lines, behind = self._exits.read(offset)
        for line in lines:
            self.settle(line.run, line.exit, unstarted=line.worker is None)
        if behind != offset:
            self._store.set_meta(OFFSET, str(behind))
        return len(lines)

    def settle(self, run_id: RunId, exit: Exit, *, unstarted: bool = False, sentence: str = "") -> None:
        """Stores the end of a run, and what its job becomes. `sentence`: the reason, where the exit does not say it."""
        for _ in range(_TRIES):
            run = self._store.runs.get(run_id)
            if run is None or run.status is RunStatus.ENDED:
                break
            reason = sentence or ("执行进程没能启动" if unstarted else "")
            if reason:
                run = replace(run, outcome=Outcome(done=False, sentence=reason))
            try:
                self._store.apply(self._end_of(run, exit))
            except Conflict:
                continue
            self._after(run)
        else:
            raise Conflict
        self._launcher.forget(run_id)

    def _end_of(self, run: Run, exit: Exit) -> Change:
        now = self._clock.now()
        job = self._store.jobs.get(run.job_id)
        if job is None:
            return Change(runs=(replace(run, status=RunStatus.ENDED, ended_at=now, exit=exit),))
        log = self._last_words(job)
        try:
            return decisions.ended(
                job,
                run,
                exit,
                now,
                policy=self._policy_of(job.kind),
                chance=random.random(),  # noqa: S311 - spreads restarts, hides nothing
                next_run_id=RunId(uuid.uuid4().hex),
                log=log,
            )
        except IllegalTransition:
            # A store mended by hand or from an old backup: the run ends, and no other job waits for this one.
            _log.exception("job %s (%s) had a run it should not have had", job.id, job.status)
            return Change(runs=(replace(run, status=RunStatus.ENDED, ended_at=now, exit=exit),))

    def _last_words(self, job: Job) -> list[str]:
        """The last lines fit to be told; none where the log cannot be read, which must not keep the end a secret."""
        try:
            return without_tracebacks(self._logs.tail(job.id, _LOG_LINES_READ))[-_LOG_LINES_TOLD:]
        except OSError:
            _log.exception("the log of job %s cannot be read", job.id)
            return []

    def _after(self, run: Run) -> None:
        job = self._store.jobs.get(run.job_id)
        if job is None:
            try:
                self._logs.remove(run.job_id)
            except OSError:
                _log.exception("the log of job %s cannot be removed", run.job_id)
        self._log_end(run, job)
        self._bell.ring()

    def _log_end(self, run: Run, job: Job | None) -> None:
        ended = self._store.runs.get(run.id)
        words = ended.exit.words if ended and ended.exit else ""
        _log.info("run %s of job %s ended: %s → %s", run.id, run.job_id, words, job.status if job else "deleted")
