"""What runs leave behind in sessions of their own: the kernel makes it the warden's child, and it goes with its run."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Final

from jobs.supervisor.environment import RUN_MARK
from jobs.supervisor.warden.nursery import Nursery

_MARK: Final = f"{RUN_MARK}=".encode()


class Descendants:
    """The adopted: children of this process that are no workers, known by the mark in their environment."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._children = Path(f"/proc/self/task/{os.getpid()}/children")

    def sweep(self) -> None:
        """Kills those whose run has ended. Their own children are adopted in turn, and swept when they are reaped."""
        for pid in self._adopted():
            run = _marked_run(pid)
            if run is not None and not self._nursery.has_worker(run):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _adopted(self) -> list[int]:
        try:
            pids = [int(pid) for pid in self._children.read_bytes().split()]
        except FileNotFoundError:
            # A kernel built without CONFIG_PROC_CHILDREN: they are left to the bot's own cleaning.
            return []
        return [pid for pid in pids if self._nursery.run_of(pid) is None]


def _marked_run(pid: int) -> str | None:
    """The run a process says it belongs to; None when it says nothing, or is gone."""
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    return next((v.removeprefix(_MARK).decode(errors="replace") for v in variables if v.startswith(_MARK)), None)
