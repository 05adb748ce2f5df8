"""Ending a run politely first: what every launcher does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from jobs.models.ids import RunId
from jobs.models.run import Identity
from jobs.ports.launcher import LiveRun, Watcher
from jobs.supervisor.groups import kill, sweep
from jobs.supervisor.identity import is_alive

REAPING_PATIENCE_SECONDS: Final = 3.0
"""How long whoever reaps a worker may take, where one wants to know how it ended. Some init systems look around only
once a second or two for the orphans they were left."""


class Grace:
    """Asks runs to end, once each, and kills those that have not when their grace is over."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._asked: set[RunId] = set()

    async def end(
        self,
        run: LiveRun,
        worker: Identity | None,
        grace_seconds: float,
        ask: Callable[[Identity], Awaitable[bool]],
    ) -> None:
        """See `Launcher.stop`. `ask` sends SIGTERM to the worker's group; False: it could not be asked."""
        if worker is None or not is_alive(worker):
            return
        # Once, however many want it: to many programs a second SIGTERM means to drop everything.
        is_asked = run.run_id in self._asked
        self._asked.add(run.run_id)
        if is_asked or await ask(worker):
            with suppress(TimeoutError):
                async with asyncio.timeout(grace_seconds):
                    await self._watcher.died(worker)
        kill(worker)
        await self._watcher.died(worker)
        if run.keeper is None or not is_alive(run.keeper):
            sweep(worker)
        self._asked.discard(run.run_id)
