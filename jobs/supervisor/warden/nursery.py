"""The warden's children: who is born for which run, and who is left."""

import heapq
import os
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec import Struct

from jobs.models.ids import Epoch, JobId, RunId
from jobs.models.run import Identity
from jobs.supervisor.claims import Claim, spell_identity
from jobs.supervisor.warden.appearance import Appearance
from jobs.supervisor.warden.birth import GO, HANDLED, Cradle, become_worker

_LOG_FLAGS: Final = os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
"""Non-blocking, which means nothing to a file: a pipe in its place must not make the warden wait."""


class Child(Struct, frozen=True, kw_only=True):
    """A worker. `lives` False: it was reaped, and its end is not written down yet."""

    run: RunId
    worker: Identity
    lives: bool = True


class Newborn(NamedTuple):
    """A worker that is on its way. `line` becomes readable when others can tell it by its looks, or it has died.

    The holder closes it.
    """

    worker: Identity
    line: socket.socket


class Nursery:
    """Every run this warden keeps, from its claim until its end is written down.

    `work` is what a child does: its exit code. `fork` is `os.fork`, or what refuses like it.
    """

    def __init__(self, home: Path, work: Callable[[], int], fork: Callable[[], int]) -> None:
        self._home = str(home)
        self._work = work
        self._fork = fork
        self._appearance = Appearance()
        self._keeper = spell_identity(os.getpid())
        self._children: dict[RunId, Child] = {}
        self._by_pid: dict[int, RunId] = {}

    @property
    def is_empty(self) -> bool:
        return not self._children

    def spawn(self, run: RunId, job: JobId, epoch: Epoch, payload: int) -> Newborn | None:
        """Starts a run's worker. None: the run is, or was, in somebody's hands already.

        Raises `OSError`: nothing was started, and the run is nobody's. The caller keeps the descriptor `payload`.
        """
        claim = Claim(self._home, run, job, epoch, self._keeper)
        if not claim.take():
            return None
        try:
            return self._bear(claim, run, job, payload)
        except OSError:
            claim.withdraw()
            raise

    def signal(self, run: RunId, number: int) -> bool:
        """Signals the worker's group; False when there is no such worker (any more).

        An unreaped child keeps its pid: no stranger can be hit.
        """
        child = self._children.get(run)
        if child is None or not child.lives:
            return False
        try:
            os.killpg(child.worker.pid, number)
        except ProcessLookupError:
            # Just forked, it does not lead a group yet.
            os.kill(child.worker.pid, number)
        return True

    def page(self, after: str, size: int) -> list[Child]:
        """The `size` runs with the smallest ids above `after`."""
        return heapq.nsmallest(size, (c for c in self._children.values() if c.run > after), key=lambda c: c.run)

    def run_of(self, pid: int) -> RunId | None:
        """The run whose worker has this pid and was not reaped."""
        return self._by_pid.get(pid)

    def has_worker(self, run: str) -> bool:
        """Whether the run's worker was not reaped."""
        child = self._children.get(RunId(run))
        return child is not None and child.lives

    def reaped(self, pid: int) -> Child | None:
        """Notes that the kernel has given up the pid. None: it was no worker's."""
        run = self._by_pid.pop(pid, None)
        if run is None:
            return None
        child = self._children[run]
        self._children[run] = Child(run=run, worker=child.worker, lives=False)
        return child

    def let_go(self, run: RunId) -> None:
        """The run's end is written down."""
        self._children.pop(run, None)

    def _bear(self, claim: Claim, run: RunId, job: JobId, payload: int) -> Newborn:
        with ExitStack() as held, ExitStack() as unless_born:
            log = os.open(f"{self._home}/jobs/{job}.log", _LOG_FLAGS, 0o600)
            held.callback(os.close, log)
            line, far_end = socket.socketpair()
            unless_born.callback(line.close)
            held.callback(far_end.close)
            pid = self._birth(Cradle(run=run, job=job, payload=payload, log=log, line=far_end.fileno()))
            named: dict[str, Any] = spell_identity(pid)
            # Should this fail, the child sees the line's end and leaves: it is reaped as nobody's worker.
            claim.name_worker(named)
            worker = Identity(**named)
            self._children[run] = Child(run=run, worker=worker)
            self._by_pid[pid] = run
            # One that was killed meanwhile is reaped like any other.
            with suppress(BrokenPipeError):
                line.send(GO)
            unless_born.pop_all()
            return Newborn(worker, line)

    def _birth(self, cradle: Cradle) -> int:
        """Forks. Signals wait meanwhile, so that none is lost between the warden's ways with them and the worker's.

        Those alone: to block all there are, the unnamed ones too, costs child and warden a fifth of a millisecond.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            pid = self._fork()
            if pid == 0:
                become_worker(cradle, self._work, self._appearance)
            return pid
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
