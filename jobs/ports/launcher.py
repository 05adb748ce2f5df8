"""Starting and ending processes on this machine. The portable launcher and the fork server share this port."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from jobs.models.ids import Epoch, JobId, RunId
from jobs.models.run import Exit, Identity


class LaunchFailed(Exception):
    """The machine refused to start a process. `sentence` says so to people; `detail` to the operator."""

    def __init__(self, sentence: str, detail: str) -> None:
        super().__init__(f"{sentence}: {detail}")
        self.sentence = sentence
        self.detail = detail


class RunSpec(Struct, frozen=True, kw_only=True):
    """All a run's process needs. `payload` goes over an inherited descriptor, never argv or environment."""

    run_id: RunId
    job_id: JobId
    epoch: Epoch
    payload: bytes


class LiveRun(Struct, frozen=True, kw_only=True):
    """A run this machine is executing. `worker` None: its process has not been born yet. `keeper` reaps it."""

    run_id: RunId
    worker: Identity | None
    keeper: Identity | None


class ExitLine(Struct, frozen=True, kw_only=True):
    """One line of `exits.log`: written, with fdatasync, by whoever reaped the process.

    `at` is seconds since the epoch. `worker` None: no process could be started at all.
    """

    run: RunId
    worker: Identity | None
    exit: Exit
    at: float


class Launcher(Protocol):
    """Starts each run id at most once, whoever asks and however often."""

    async def get_ready(self) -> None:
        """Whatever makes the first start slower than the others is done now. Idempotent; raises `LaunchFailed`."""
        ...

    async def start(self, spec: RunSpec) -> LiveRun:
        """Starts the run's process and returns once it is known; a second call for the same run returns the first's.

        Raises `LaunchFailed`. Never blocks the event loop.
        """
        ...

    async def live(self) -> Mapping[RunId, LiveRun]:
        """Every run of this home that is being born or whose worker is alive, found anew (whoever started it)."""
        ...

    async def ended(self, run: LiveRun) -> Exit:
        """Returns when the run's worker is gone and whoever reaped it has written its line, or nobody is left to.

        The exit is what the kernel told this process of it, `UNSEEN_EXIT` where it told nothing. A line in the
        journal counts before it.
        """
        ...

    async def stop(self, run: LiveRun, grace_seconds: float) -> None:
        """Asks the run's whole process group to end (SIGTERM), and kills it when the grace is over.

        Returns when the worker is gone. Idempotent; a run that has ended is no error.
        """
        ...

    def forget(self, run_id: RunId) -> None:
        """The run's end is in the store: what was kept on disk to make starting it idempotent may go."""
        ...

    async def close(self) -> None:
        """Lets go of whoever keeps the runs; what runs goes on running. Idempotent."""
        ...


class Exits(Protocol):
    """The journal of ends, read from where the store left off."""

    def read(self, offset: int) -> tuple[list[ExitLine], int]:
        """Whole lines from byte `offset` on, and the offset behind the last of them. A torn last line waits."""
        ...


class Watcher(Protocol):
    """Sees processes die."""

    async def died(self, identity: Identity, patience_seconds: float = 0.0) -> Exit:
        """Returns when the process is gone, at once if it already is. Cancel to stop watching.

        How it ended, where the kernel tells that to others than the parent; else `UNSEEN_EXIT`. It tells once somebody
        has reaped the process, for which this waits `patience_seconds` at most, after the death.
        """
        ...
