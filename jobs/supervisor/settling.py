"""From an exit seen to a fact stored: every end of a run passes here, once."""

import asyncio
import logging
import random
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from msgspec.structs import replace

from jobs.models import endings, notices
from jobs.models.change import Change, together
from jobs.models.conduct import Conduct
from jobs.models.ids import JobId, RunId
from jobs.models.job import Job
from jobs.models.lifecycle import IllegalTransition
from jobs.models.occasions import missed_together, too_late
from jobs.models.run import EXIT_DONE, Desired, Exit, Outcome, Run, RunStatus
from jobs.models.tracebacks import without_tracebacks
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.launcher import ExitLine, Exits, Launcher
from jobs.ports.logs import Logs
from jobs.ports.store import Conflict, Store

_log = logging.getLogger("sja.supervisor")

OFFSET: Final = "exits.offset"
"""The key under which the store keeps how far the journal has been read."""
_SETTLED_AT_ONCE: Final = 50
"""In one transaction: some tens of milliseconds in which nobody else has a turn."""
_LOG_LINES_TOLD: Final = 5
_LOG_LINES_READ: Final = 200
_TRIES: Final = 20
"""The run's own last reports may be first a few times; twenty conflicts in a row are a defect."""


class Settling:
    """Stores how runs ended. Settling a run twice is harmless: the second time it is ended already.

    `conduct_of` answers with how the jobs of a kind are treated, by its name.
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
        conduct_of: Callable[[str], Conduct],
    ) -> None:
        self._store = store
        self._exits = exits
        self._launcher = launcher
        self._logs = logs
        self._clock = clock
        self._bell = bell
        self._conduct_of = conduct_of
        self._replaying = asyncio.Lock()

    async def replay(self) -> None:
        """Settles every run whose exit was written since the last replay, some at a time: others get their turn.

        Callers that come meanwhile wait for their turn, and then find what is new since.
        """
        async with self._replaying:
            offset = int(self._store.meta(OFFSET) or 0)
            lines, behind = self._exits.read(offset)
            for first in range(0, len(lines), _SETTLED_AT_ONCE):
                self._settle_together(lines[first : first + _SETTLED_AT_ONCE])
                await asyncio.sleep(0)
            if behind != offset:
                self._store.set_meta(OFFSET, str(behind))

    def too_late(self, job: Job, run: Run) -> str | None:
        """Why a claimed run of the job shall not be started any more; None: it may be."""
        return too_late(job, run, self._clock.now(), self._conduct_of(job.kind))

    def settle(
        self,
        run_id: RunId,
        exit: Exit,
        *,
        unstarted: bool = False,
        sentence: str = "",
        at: datetime | None = None,
    ) -> None:
        """Stores the end of a run, and what its job becomes.

        `sentence`: the reason, where the exit does not say it; `at`: when it ended, None: just now.
        """
        reason = sentence or ("执行进程没能启动" if unstarted else "")
        for _ in range(_TRIES):
            run = self._open(run_id)
            if run is None:
                break
            try:
                self._store.apply(self._end_of(run, exit, reason, at))
            except Conflict:
                continue
            self._after(run)
        else:
            raise Conflict
        self._launcher.forget(run_id)

    def _settle_together(self, lines: Sequence[ExitLine]) -> None:
        """In one transaction, each job once; whatever stands in its way is settled one by one."""
        at_once: dict[JobId, Run] = {}
        changes: list[Change] = []
        for line in lines:
            run = self._open(line.run)
            if run is not None and run.job_id not in at_once and line.worker is not None and _is_of(line, run):
                at_once[run.job_id] = run
                changes.append(self._end_of(run, line.exit, at=_written_at(line)))
        try:
            self._store.apply(together(missed_together(changes)))
        except Conflict:
            at_once.clear()
        for run in at_once.values():
            self._after(run)
        for line in lines:
            run = self._open(line.run)
            if run is None or _is_of(line, run):
                self.settle(line.run, line.exit, unstarted=line.worker is None, at=_written_at(line))
            else:
                _log.warning("an end of run %s is not that of its process; passed over", line.run)

    def _open(self, run_id: RunId) -> Run | None:
        run = self._store.runs.get(run_id)
        return run if run is not None and run.is_open else None

    def _end_of(self, run: Run, exit: Exit, reason: str = "", at: datetime | None = None) -> Change:
        """`at`: when it ended, as whoever reaped it wrote; None, or what cannot be (a clock was set): now."""
        now = self._clock.now()
        began_at = run.started_at or run.requested_at
        now = at if at is not None and began_at <= at <= now else now
        job = self._store.jobs.get(run.job_id)
        over = Change(runs=(replace(run, status=RunStatus.ENDED, ended_at=now, exit=exit),))
        if job is None:
            return over
        if reason:
            run = replace(run, outcome=Outcome(done=False, sentence=reason))
        decide = partial(
            endings.ended,
            job,
            run,
            exit,
            now,
            conduct=self._conduct_of(job.kind),
            chance=random.random(),  # noqa: S311 - spreads restarts, hides nothing
            next_run_id=RunId(uuid.uuid4().hex),
        )
        try:
            change = decide(log=[])
        except IllegalTransition:
            # A store mended by hand or from an old backup: the run ends, and no other job waits for this one.
            _log.exception("job %s (%s) had a run it should not have had", job.id, job.status)
            return over
        except Exception:
            # A rhythm that cannot be computed, whatever the reason: the ends of all other runs are behind this one.
            _log.exception("it cannot be told how job %s goes on after its run", job.id)
            return endings.ended_in_trouble(job, run, exit, now)
        tells_failure = any(told.topic in notices.WITH_LAST_WORDS for told in change.notifications)
        return decide(log=self._last_words(job)) if tells_failure else change

    def _last_words(self, job: Job) -> list[str]:
        """The last lines fit to be told; none where the log cannot be read, which must not keep the end a secret."""
        try:
            return without_tracebacks(self._logs.tail(job.id, _LOG_LINES_READ))[-_LOG_LINES_TOLD:]
        except OSError:
            _log.exception("the log of job %s cannot be read", job.id)
            return []

    def _after(self, run: Run) -> None:
        job = self._store.jobs.get(run.job_id)
        try:
            # That of a deleted job stays as it is for a while: somebody may regret it.
            if job is not None and run.desired is Desired.UP:
                self._logs.append(run.job_id, self._epitaph(run))
        except OSError:
            _log.exception("the log of job %s cannot be written", run.job_id)
        self._log_end(run, job)
        self._bell.ring()

    def _epitaph(self, run: Run) -> list[str]:
        """What the run itself can no longer write into the log: that its process was ended, or broke down."""
        ended, following = self._store.runs.get(run.id), self._store.runs.open_of(run.job_id)
        if ended is None or ended.exit is None or ended.exit.code == EXIT_DONE:
            return []
        again = f"，随后自动重启（第 {following.restarts} 次）" if following and following.restarts else ""
        who = f"执行进程 {run.worker.pid}" if run.worker else "执行进程"
        if ended.outcome is not None and ended.exit.code is not None and ended.condemned is None:
            # It has said itself why; the code of its exit would only be another number beside that.
            return [f"⚠️ {who} 结束{again}"] if again else []
        return [f"⚠️ {who} 结束：{ended.condemned.sentence if ended.condemned else ended.exit.words}{again}"]

    def _log_end(self, run: Run, job: Job | None) -> None:
        ended = self._store.runs.get(run.id)
        words = ended.exit.words if ended and ended.exit else ""
        _log.info("run %s of job %s ended: %s → %s", run.id, run.job_id, words, job.status if job else "deleted")


def _written_at(line: ExitLine) -> datetime | None:
    return datetime.fromtimestamp(line.at, UTC) if line.at > 0 else None


def _is_of(line: ExitLine, run: Run) -> bool:
    """Whether the line is about the process that the store knows, where both know one."""
    return line.worker is None or run.worker is None or line.worker == run.worker
