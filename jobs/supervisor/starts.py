"""Starting each run once, however many ask for it at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from jobs.models.ids import RunId
from jobs.ports.launcher import LiveRun, RunSpec
from jobs.supervisor.run_files import require_file_name


class Starts:
    """The starts of one launcher that are under way. `start` carries one out."""

    def __init__(self, start: Callable[[RunSpec], Coroutine[Any, Any, LiveRun]]) -> None:
        self._start = start
        self._under_way: dict[RunId, asyncio.Task[LiveRun]] = {}

    async def once(self, spec: RunSpec) -> LiveRun:
        """Starts the run, or waits with the others who have asked; whoever is cancelled does not cancel it for them.

        Raises `ValueError` for an id that may not become a file name, and what `start` raises.
        """
        require_file_name(spec.run_id)
        require_file_name(spec.job_id)
        task = self._under_way.get(spec.run_id)
        if task is None:
            task = self._under_way[spec.run_id] = asyncio.create_task(self._start(spec))
            task.add_done_callback(lambda _: self._under_way.pop(spec.run_id))
        return await asyncio.shield(task)
