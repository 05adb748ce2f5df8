"""Reaping: every end is written down durably, in one go for all that are seen at once, and then told."""

import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from jobs.models.run import Exit
from jobs.supervisor.journal import exit_line, write_durably
from jobs.supervisor.warden.descendants import Descendants
from jobs.supervisor.warden.nursery import Nursery
from jobs.supervisor.warden.protocol import Ended

FIRST_RETRY_SECONDS: Final = 0.05
LONGEST_RETRY_SECONDS: Final = 5.0
"""How often lines are offered to a disk that will not take them."""

_log: Final = logging.getLogger("sja.warden")


class Deaths:
    """Sees children end. `tell` hears of ends whose lines are written."""

    def __init__(self, home: Path, nursery: Nursery, tell: Callable[[list[Ended]], None]) -> None:
        self._home = str(home)
        self._nursery = nursery
        self._tell = tell
        self._descendants = Descendants(nursery)
        self._unwritten: list[Ended] = []
        self._lines: list[bytes] = []
        self._pause_seconds = FIRST_RETRY_SECONDS
        self._retry_at = 0.0

    def look(self) -> None:
        """Reaps whoever has ended, ends what they left behind, and writes down what is not written yet."""
        reaped = 0
        while (pid := _ended_child()) is not None:
            self._reap(pid)
            reaped += 1
        if self._lines and time.monotonic() >= self._retry_at:
            self._write()
        if reaped:
            self._descendants.sweep()

    def seconds_to_retry(self) -> float | None:
        """Until `look` has something to do even if nobody dies; None: it has not."""
        return max(0.0, self._retry_at - time.monotonic()) if self._lines else None

    def give_up(self) -> None:
        """There is no home any more to write to."""
        self._written()

    def _reap(self, pid: int) -> None:
        if self._nursery.run_of(pid) is not None:
            # Not reaped yet, it keeps its pid, which is the group's number: no stranger can be hit.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        child = self._nursery.reaped(pid)
        if child is None:
            return
        self._unwritten.append(Ended(child.run, Exit(code=code) if code >= 0 else Exit(signal=-code)))
        self._lines.append(exit_line(child.run, msgspec.to_builtins(child.worker), code))

    def _write(self) -> None:
        try:
            write_durably(self._home, b"".join(self._lines))
        except OSError as error:
            _log.warning("%d end(s) not written down yet: %s", len(self._lines), error)
            self._retry_at = time.monotonic() + self._pause_seconds
            self._pause_seconds = min(self._pause_seconds * 2, LONGEST_RETRY_SECONDS)
        else:
            self._tell(self._written())

    def _written(self) -> list[Ended]:
        ends, self._unwritten, self._lines = self._unwritten, [], []
        self._pause_seconds, self._retry_at = FIRST_RETRY_SECONDS, 0.0
        for end in ends:
            self._nursery.let_go(end.run)
        return ends


def _ended_child() -> int | None:
    """The pid of a child that has ended and is not reaped yet."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found is not None else None
