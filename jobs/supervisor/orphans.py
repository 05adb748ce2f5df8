"""Processes that outlived the run they worked for: found by what they carry and hold, never by their name.

A worker and all its children carry `SJA_HOME` and `SJA_RUN` in their environment, and a worker holds `lock/<job>`.
Whoever leaves its session (a double fork) escapes the end of its process group, but not this.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
from msgspec import Struct

from jobs.models.cleaning import Orphan
from jobs.models.ids import JobId, RunId, is_job_id
from jobs.models.run import Identity
from jobs.ports.launcher import Launcher, LiveRun, Watcher
from jobs.ports.store import Store
from jobs.supervisor.environment import RUN_MARK, RUN_MARK_PLACEHOLDER
from jobs.supervisor.identity import identify, is_alive

HOME_MARK: Final = "SJA_HOME"

_SECOND_LOOK_SECONDS: Final = 0.5
"""A run that has just ended may still be taking its processes with it."""
_ROUNDS: Final = 3
"""An orphan may have children while it is being ended."""
_FLOCK: Final = re.compile(r"^\d+: FLOCK +\S+ +WRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) ", re.MULTILINE)


class Marked(Struct, frozen=True, kw_only=True):
    """A process of this home. Of `run` and `job` at least one is known."""

    process: Identity
    run: RunId | None = None
    job: JobId | None = None


class Orphans:
    """Finds and ends the orphans of one home.

    `spared` are processes that are never touched whatever they carry; the present one and its ancestors are spared
    anyway. With a `launcher`, runs that it knows are ended through it, so that none is asked twice.
    """

    def __init__(
        self,
        *,
        home: Path,
        store: Store,
        watcher: Watcher,
        grace_seconds: Callable[[], float],
        launcher: Launcher | None = None,
        spared: Callable[[], Iterable[int]] = tuple,
    ) -> None:
        self._home = home.resolve()
        self._store = store
        self._watcher = watcher
        self._grace_seconds = grace_seconds
        self._launcher = launcher
        self._spared = spared
        self._busy = asyncio.Lock()

    async def find(self) -> list[Marked]:
        """The processes whose run is over; asked twice, so that one which is just going is not among them."""
        first = await self._suspects()
        if not first:
            return []
        await asyncio.sleep(_SECOND_LOOK_SECONDS)
        again = {marked.process for marked in await self._suspects()}
        return [marked for marked in first if marked.process in again]

    async def end(self) -> tuple[Orphan, ...]:
        """Ends the orphans: SIGTERM, the grace, SIGKILL. Returns those that are gone."""
        gone: dict[Identity, Orphan] = {}
        async with self._busy:
            for _ in range(_ROUNDS):
                found = await self.find()
                if not found:
                    break
                live: Mapping[RunId, LiveRun] = await self._launcher.live() if self._launcher is not None else {}
                await asyncio.gather(*(self._end(marked, live) for marked in found))
                gone |= {
                    marked.process: Orphan(pid=marked.process.pid, run_id=marked.run, job_id=marked.job)
                    for marked in found
                    if not is_alive(marked.process)
                }
        return tuple(gone.values())

    async def _suspects(self) -> list[Marked]:
        # Processes first, the store second: a run is in the store before it has a process, so none that was listed
        # can be of a run still to come.
        marked = await asyncio.to_thread(processes_of, self._home, frozenset(self._spared()))
        return [each for each in marked if is_over(self._store, each)]

    async def _end(self, marked: Marked, live: Mapping[RunId, LiveRun]) -> None:
        """`live`: what the launcher keeps."""
        run = live.get(marked.run) if marked.run is not None else None
        if self._launcher is not None and run is not None and run.worker == marked.process:
            await self._launcher.stop(run, self._grace_seconds())
            return
        if send(marked.process, signal.SIGTERM):
            await self._died_within(marked.process, self._grace_seconds())
        if send(marked.process, getattr(signal, "SIGKILL", signal.SIGTERM)):
            await self._died_within(marked.process, max(self._grace_seconds(), 1.0))

    async def _died_within(self, process: Identity, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._watcher.died(process)


def processes_of(home: Path, spared: frozenset[int]) -> list[Marked]:
    """The processes that work, or worked, for a run of `home` (resolved). Slow: looks at every process."""
    spared |= {os.getpid(), *_ancestors()}
    found: dict[Identity, Marked] = {}
    holders = _lock_holders(home)
    for pid in psutil.pids():
        if pid in spared:
            continue
        process = identify(pid)
        marked = process and _marked(process, home, holders.get(pid))
        if process is not None and marked is not None and is_alive(process):
            found[process] = marked  # Still the same process: what was read is its own.
    return list(found.values())


def is_over(store: Store, marked: Marked) -> bool:
    """Whether the store says that what the process works for has ended; ask only after having listed processes."""
    if marked.run is not None:
        return store.runs.is_over(marked.run)
    return marked.job is not None and store.runs.is_idle(marked.job)


def send(process: Identity, number: signal.Signals) -> bool:
    """Signals this very process. False when it is gone, or not ours to signal."""
    try:
        if not hasattr(os, "pidfd_open") or not hasattr(signal, "pidfd_send_signal"):
            if is_alive(process):
                os.kill(process.pid, number)
                return True
            return False
        pidfd = os.pidfd_open(process.pid)
        try:
            if not is_alive(process):  # Only now: the descriptor may be of another, born under the same pid.
                return False
            signal.pidfd_send_signal(pidfd, number)
        finally:
            os.close(pidfd)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _marked(process: Identity, home: Path, held: JobId | None) -> Marked | None:
    """What the process has to do with a run of this home; None: nothing, or nothing that can be read."""
    try:
        environment = psutil.Process(process.pid).environ()
    except (psutil.Error, OSError):
        return None
    if not _is_home(environment, home, needed=held is None):
        return None
    run = environment.get(RUN_MARK, "")
    if run == RUN_MARK_PLACEHOLDER or not (held or is_job_id(run)):
        return None
    return Marked(process=process, run=RunId(run) if is_job_id(run) else None, job=held)


def _is_home(environment: Mapping[str, str], home: Path, *, needed: bool) -> bool:
    """Whether the process belongs to this home. One that says nothing of a home does only where none is needed."""
    said = environment.get(HOME_MARK)
    if not said:
        return not needed
    try:
        # A relative path means something to the process alone.
        return said == str(home) or (Path(said).is_absolute() and Path(said).resolve() == home)
    except (OSError, RuntimeError, ValueError):
        return False  # Links in a loop, a name too long: it leads to no home, and any process may carry it.


def _lock_holders(home: Path) -> dict[int, JobId]:
    """Who holds `lock/<job>`, by pid: asked of the kernel, where it tells (Linux)."""
    if sys.platform != "linux":
        return {}
    locks = {path.stat().st_ino: path for path in (home / "lock").glob("*") if is_job_id(path.name)}
    table = Path("/proc/locks").read_text(encoding="ascii") if locks else ""
    holders = ((int(pid), locks[int(inode)]) for pid, inode in _FLOCK.findall(table) if int(inode) in locks)
    # Another file system may have the same inode number; the descriptor tells.
    return {pid: JobId(path.name) for pid, path in holders if _has_open(pid, path)}


def _has_open(pid: int, path: Path) -> bool:
    with suppress(OSError):
        return any(_is_same(link, path) for link in Path(f"/proc/{pid}/fd").iterdir())
    return False


def _is_same(link: Path, path: Path) -> bool:
    with suppress(OSError):
        return link.samefile(path)
    return False


def _ancestors() -> list[int]:
    with suppress(psutil.Error):
        return [parent.pid for parent in psutil.Process().parents()]
    return []
