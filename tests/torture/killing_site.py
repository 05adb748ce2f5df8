"""The killer: strikes processes of a home from outside, and tells the model what may follow from it."""

import json
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from model_site import Known
from oracle_site import Strike
from processes_site import ProcessTable, Worker, parent_of, strike

NEWBORN_SECONDS: Final = 0.6
"""How long the killer lies in wait for a run to be born."""


class Killer:
    """Strikes keepers and workers. Whoever is struck is noted with the job it was struck for."""

    def __init__(self, home: Path, table: ProcessTable, jobs: Sequence[Known], counts: Counter[str]) -> None:
        self._runs = home / "run"
        self._table = table
        self._jobs = jobs
        self._counts = counts
        self.strikes: list[Strike] = []
        self.spares_keepers = True
        """In this round; otherwise nobody may be left to see how a worker ended."""

    def births(self) -> frozenset[str]:
        """The run files there are."""
        return frozenset(path.name for path in self._runs.glob("*.json")) if self._runs.is_dir() else frozenset()

    def strike_workers(self, number: int, only: float | None = None) -> None:
        """All of them, or the one at the fraction `only` of their list."""
        workers = self._table.workers()
        keepers = set(self._table.keepers())
        if only is not None:
            workers = workers[int(only * len(workers)) :][:1]
        for worker in workers:
            has_keeper = parent_of(worker.pid) in keepers
            if strike(worker.pid, number):
                self._note_worker(worker, number, has_keeper=has_keeper)

    def strike_keepers(self, only: float | None = None) -> None:
        keepers = self._table.keepers()
        if only is not None:
            keepers = keepers[int(only * len(keepers)) :][:1]
        for keeper in keepers:
            self._strike_keeper(keeper)

    def strike_newborn(self, before: frozenset[str]) -> None:
        """Lies in wait for a run file that was not there `before`, and strikes its keeper at once."""
        deadline = time.monotonic() + NEWBORN_SECONDS
        while not (new := self.births() - before):
            if time.monotonic() > deadline:
                return
        for name in sorted(new):
            if (keeper := self._keeper_in(name)) is not None:
                self._strike_keeper(keeper)
                self._counts["keepers struck at a birth"] += 1

    def _keeper_in(self, name: str) -> int | None:
        """The keeper that a run file names; None where the file is gone again, or half written."""
        try:
            keeper = json.loads((self._runs / name).read_bytes())["keeper"]
        except (OSError, ValueError, KeyError):
            return None
        return keeper and keeper["pid"]

    def _job_in(self, name: str) -> str | None:
        try:
            return json.loads((self._runs / name).read_bytes())["job"]
        except (OSError, ValueError, KeyError):
            return None

    def _strike_keeper(self, keeper: int) -> None:
        kept = {worker.job for worker in self._table.workers() if parent_of(worker.pid) == keeper}
        kept |= {self._job_in(name) for name in self.births() if self._keeper_in(name) == keeper}
        if not strike(keeper, signal.SIGKILL):
            return
        self._counts["keepers struck"] += 1
        for job in self._jobs:
            # A job that was just asked for, or whose restart is due, may be being born under that keeper, unseen.
            if job.id in kept or job.touched or job.id is None or not kept:
                job.struck()
                job.touched = True

    def _note_worker(self, worker: Worker, number: int, *, has_keeper: bool) -> None:
        self._counts["workers struck"] += 1
        job = next((job for job in self._jobs if job.id == worker.job), None)
        is_sure = has_keeper and self.spares_keepers and job is not None and not job.touched and not job.brief
        self.strikes.append(Strike(worker, number, is_sure=is_sure))
        if job is None:
            for unnamed in self._jobs:
                if unnamed.id is None:
                    unnamed.struck()
            return
        job.struck(number if is_sure else None)
        job.touched = job.touched or not is_sure
