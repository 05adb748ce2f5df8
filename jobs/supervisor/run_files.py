"""The files of a home's runs, read back: who keeps each run, and who works on it."""

import asyncio
import errno
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from jobs.models.ids import Epoch, JobId, RunId, is_job_id
from jobs.models.run import Identity
from jobs.ports.launcher import LaunchFailed, LiveRun
from jobs.supervisor.identity import is_alive
from jobs.supervisor.process_table import look_up

_FILE_MAX_BYTES: Final = 64 * 1024
"""A run file has some three hundred bytes."""
NOT_STARTED: Final = "执行进程没能启动，会自动再试"
BIRTH_POLL_SECONDS: Final = 0.005
BIRTH_PATIENCE_SECONDS: Final = 10.0
"""How long another's keeper may take to name its worker. A loaded single core starts one in under a second."""


class RunFile(Struct, frozen=True, kw_only=True):
    """`run/<run id>.json`, written by the keeper. `ended`: no worker could be started, and `exits.log` says so."""

    run: RunId
    job: JobId
    epoch: Epoch
    keeper: Identity
    worker: Identity | None
    ended: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will be written here."""
        return self.worker is not None or self.ended

    @property
    def is_abandoned(self) -> bool:
        """Whether the keeper died before it named a worker; no worker of such a run was ever given its payload."""
        return not self.is_settled and not is_alive(self.keeper)

    @property
    def live_run(self) -> LiveRun:
        return LiveRun(run_id=self.run, worker=self.worker, keeper=self.keeper)


class RunFiles:
    """All run files of one home. What is no run's file (torn, empty, foreign) is passed over."""

    def __init__(self, home: Path) -> None:
        self._runs = home / "run"
        for directory in (home, self._runs, home / "jobs"):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._clear_drafts()

    def all(self) -> Iterator[RunFile]:
        return (file for run_id in self.ids() if (file := self.get(run_id)) is not None)

    def ids(self) -> list[RunId]:
        """Of every file that may be a run's."""
        return [RunId(path.stem) for path in self._runs.glob("*.json")]

    def get(self, run_id: RunId) -> RunFile | None:
        try:
            file = msgspec.json.decode(_content(self._path(run_id)), type=RunFile)
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return file if file.run == run_id else None

    def exists(self, run_id: RunId) -> bool:
        """Whether the run has been claimed, legibly or not."""
        return self._path(run_id).exists()

    async def is_free(self, run_id: RunId) -> bool:
        """Whether nobody has claimed the run. The claim of a keeper that died too early is removed first."""
        return not self.exists(run_id) or await asyncio.to_thread(self._clear_abandoned, run_id)

    async def settled(self, run_id: RunId) -> RunFile:
        """The run's file once it names the worker or says that none could be started; raises `LaunchFailed`."""
        deadline = time.monotonic() + BIRTH_PATIENCE_SECONDS
        while True:
            file = self.get(run_id)
            if file is not None and file.is_settled:
                return file
            if file is not None and file.is_abandoned and self.get(run_id) == file:
                raise LaunchFailed(NOT_STARTED, f"run {run_id}: its keeper was killed at the start")
            if time.monotonic() > deadline:
                raise LaunchFailed(NOT_STARTED, f"run {run_id}: no worker within {BIRTH_PATIENCE_SECONDS:g} s")
            await asyncio.sleep(BIRTH_POLL_SECONDS)

    async def worker_of(self, run: LiveRun) -> Identity | None:
        """Who works on the run; None when there is no file of it, or nobody was born."""
        if run.worker is not None or not self.exists(run.run_id):
            return run.worker
        try:
            return (await self.settled(run.run_id)).worker
        except LaunchFailed:
            return None

    def keeper_of(self, run: LiveRun) -> Identity | None:
        """Who reaps the run's worker, where that is known."""
        if run.keeper is not None:
            return run.keeper
        file = self.get(run.run_id)
        return file.keeper if file is not None else None

    def forget(self, run_id: RunId) -> None:
        """Idempotent."""
        require_file_name(run_id)
        file = self.get(run_id)
        self._path(run_id).unlink(missing_ok=True)
        if file is not None:
            self._runs.joinpath(f"{run_id}.json.{file.keeper.pid}").unlink(missing_ok=True)

    def _clear_abandoned(self, run_id: RunId) -> bool:
        """Removes the claim of a keeper that died too early. False when the run is in living hands, or was."""
        # Under a lock, so that nobody removes what a quicker one has just put in the abandoned file's place.
        from filelock import FileLock  # noqa: PLC0415 - what it does at each fork must not slow a warden

        with FileLock(self._runs / ".clear.lock", mode=0o600):
            file = self.get(run_id)
            if file is None or not file.is_abandoned:
                return False
            self.forget(run_id)
            return True

    def _clear_drafts(self) -> None:
        """Removes what keepers that were killed while they wrote have left: `<run id>.json.<pid>`."""
        for draft in self._runs.glob("*.json.*"):
            pid = draft.suffix[1:]
            if pid.isdecimal() and look_up(int(pid)) is None:
                draft.unlink(missing_ok=True)

    def _path(self, run_id: RunId) -> Path:
        return self._runs / f"{run_id}.json"


def require_file_name(text: str) -> None:
    """Raises `ValueError` for an id that may not become a file name."""
    if not is_job_id(text):
        raise ValueError(f"not an id: {text!r}")


def _content(path: Path) -> bytes:
    """What a keeper may have written: the beginning of an ordinary file. Nothing, where something else is in its place.

    Opened so that a pipe somebody put there makes nobody wait.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            return b""
        raise
    try:
        return os.read(descriptor, _FILE_MAX_BYTES) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    finally:
        os.close(descriptor)
