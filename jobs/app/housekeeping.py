"""Joins what looks after left-over processes, files and rows."""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from jobs.config import Settings
from jobs.models.cleaning import Orphan, Pruned
from jobs.models.ids import JobId
from jobs.models.regret import WITHIN
from jobs.ports.clock import Clock
from jobs.ports.launcher import Launcher
from jobs.ports.store import Store
from jobs.store.files import Places
from jobs.store.opening import open_beside
from jobs.store.pruning import is_deleted, prune_rows
from jobs.store.sqlite import Database
from jobs.supervisor.leftovers import free_journal, prune_files
from jobs.supervisor.locks import holder_pid, home_is_held
from jobs.supervisor.orphans import Orphans
from jobs.supervisor.settling import OFFSET
from jobs.supervisor.watch import best_watcher


def wire_housekeeping(
    settings: Callable[[], Settings], store: Store, clock: Clock, launcher: Launcher | None = None
) -> "HomeKeeping":
    """Looks after the home of the bot, or, without a launcher, beside one; by the `settings` of that moment.

    Beside no bot it leaves processes and files alone: what is open in the store is the bot's to adopt or to end.
    """
    home = settings().sja_home
    if launcher is None and not home_is_held(home):
        return HomeKeeping(home, clock, orphans=None)
    orphans = Orphans(
        home=home,
        store=store,
        watcher=best_watcher(),
        grace_seconds=lambda: settings().sja_stop_grace_seconds,
        launcher=launcher,
        spared=lambda: [pid for pid in (holder_pid(home), holder_pid(home, "warden")) if pid is not None],
    )
    return HomeKeeping(home, clock, orphans)


class HomeKeeping:
    """Implements `ports.housekeeping.Housekeeping` for one home.

    `orphans` None: no bot is running, which alone knows what is being started; then processes and files stay.
    """

    def __init__(self, home: Path, clock: Clock, orphans: Orphans | None) -> None:
        self._home = home
        self._clock = clock
        self._orphans = orphans

    @property
    def is_complete(self) -> bool:
        return self._orphans is not None

    async def end_orphans(self) -> tuple[Orphan, ...]:
        return await self._orphans.end() if self._orphans is not None else ()

    async def log_sizes(self) -> Mapping[JobId, int]:
        return await asyncio.to_thread(_log_sizes, self._home / "jobs")

    async def prune(self, before: datetime) -> Pruned:
        rows = await asyncio.to_thread(prune_rows, self._home, before)
        if not self.is_complete:
            return Pruned(rows=rows)
        files = await asyncio.to_thread(self._prune_files)
        return Pruned(files=files.files, rows=rows, freed_bytes=files.freed_bytes)

    def _prune_files(self) -> Pruned:
        beside = Database(Places(self._home).database, "NORMAL")
        with closing(beside) as database, closing(open_beside(self._home, self._clock)) as store:
            pruned = prune_files(
                self._home,
                self._clock.now(),
                is_open=lambda run: not store.runs.is_over(run),
                is_known=lambda job: store.jobs.get(job) is not None or not store.runs.is_idle(job),
                is_deleted=lambda job: is_deleted(database, job) and not self._may_be_regretted(store, job),
            )
            freed = free_journal(self._home / "exits.log", int(store.meta(OFFSET) or 0))
        return Pruned(files=pruned.files, freed_bytes=pruned.freed_bytes + freed)

    def _may_be_regretted(self, store: Store, job_id: JobId) -> bool:
        job = store.jobs.even_deleted(job_id)
        return job is not None and job.deleted_at is not None and self._clock.now() - job.deleted_at <= WITHIN


def _log_sizes(directory: Path) -> Mapping[JobId, int]:
    sizes: dict[JobId, int] = {}
    with os.scandir(directory) as entries:
        for entry in entries:
            job, is_log, _ = entry.name.partition(".log")
            if is_log and entry.is_file(follow_symlinks=False):
                sizes[JobId(job)] = sizes.get(JobId(job), 0) + entry.stat(follow_symlinks=False).st_size
    return sizes
