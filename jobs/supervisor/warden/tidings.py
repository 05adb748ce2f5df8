"""How a bot learns that a run has ended and that its line is in the journal, from whichever tells first."""

import asyncio
import logging
from typing import Final

from jobs.models.ids import RunId
from jobs.models.run import UNSEEN_EXIT, Exit, Identity
from jobs.ports.launcher import LiveRun, Watcher
from jobs.supervisor.exits import ExitLog
from jobs.supervisor.grace import REAPING_PATIENCE_SECONDS
from jobs.supervisor.groups import sweep
from jobs.supervisor.warden.protocol import Ended
from jobs.supervisor.watch import seems_alive

LINE_PATIENCE_SECONDS: Final = 30.0
"""How long the keeper of a dead worker may take to write its exit line, when the keeper lives."""
FIRST_LOOK_SECONDS: Final = 0.01
LONGEST_LOOK_SECONDS: Final = 0.5
"""Between two looks into the journal for an end that nobody has told."""
UNASKED_MAX: Final = 10_000
"""Ends that were told before anybody asked for them; more are left to the journal."""

_log: Final = logging.getLogger("sja.supervisor")


class Tidings:
    """Puts together what wardens say, what the kernel says of a process, and what the journal says."""

    def __init__(self, journal: ExitLog, watcher: Watcher) -> None:
        self._journal = journal
        self._watcher = watcher
        self._told: dict[RunId, asyncio.Future[Exit]] = {}

    def hear(self, ends: list[Ended]) -> None:
        """A warden says that these ends are written."""
        for end in ends:
            if end.run in self._told or len(self._told) < UNASKED_MAX:
                told = self._telling(end.run)
                if not told.done():
                    told.set_result(end.exit)

    async def of(self, run: LiveRun, keeper: Identity | None) -> Exit:
        """See `Launcher.ended`."""
        told = self._telling(run.run_id)
        seen = UNSEEN_EXIT
        if run.worker is not None and not told.done():
            saw_it_live = seems_alive(run.worker)
            seen = await self._first_of(told, run.worker)
            if saw_it_live and not told.done() and keeper is not None and not seems_alive(keeper):
                # At once: a moment later the number may be a stranger's. A keeper that lives sweeps itself; what one
                # that dies after its worker leaves is found by its marks.
                sweep(run.worker)
        if keeper is not None and not told.done():
            await self._written(run.run_id, told, keeper)
        return told.result() if told.done() else seen

    def is_written(self, run_id: RunId) -> bool:
        """Whether the end of a run of late is in the journal."""
        try:
            return self._journal.tells_of(run_id)
        except OSError as error:
            _log.warning("the journal cannot be read now: %s", error)
            return False

    def forget(self, run_id: RunId) -> None:
        """The end is in the store; what is told of it now needs no keeping."""
        self._told.pop(run_id, None)

    def _telling(self, run_id: RunId) -> asyncio.Future[Exit]:
        return self._told.setdefault(run_id, asyncio.get_running_loop().create_future())

    async def _first_of(self, told: asyncio.Future[Exit], worker: Identity) -> Exit:
        dying = asyncio.ensure_future(self._watcher.died(worker, REAPING_PATIENCE_SECONDS))
        try:
            await asyncio.wait((told, dying), return_when=asyncio.FIRST_COMPLETED)
        finally:
            dying.cancel()
        return dying.result() if not told.done() else UNSEEN_EXIT

    async def _written(self, run_id: RunId, told: asyncio.Future[Exit], keeper: Identity) -> None:
        """Returns when the line is known to be there, or nobody is left to write it."""
        pause_seconds = FIRST_LOOK_SECONDS
        deadline = asyncio.get_running_loop().time() + LINE_PATIENCE_SECONDS
        while seems_alive(keeper) and not self.is_written(run_id):
            if asyncio.get_running_loop().time() > deadline:
                _log.warning("the keeper of run %s has not written its end yet", run_id)
                return
            await asyncio.wait((told,), timeout=pause_seconds)
            if told.done():
                return
            pause_seconds = min(pause_seconds * 2, LONGEST_LOOK_SECONDS)
