"""How a forked process looks from outside: its own name and run in the process list, not those of its parent.

The kernel shows the arguments and the environment that a process was executed with, and reads them from that
process's own memory; a fork rewrites them there.
"""

import ctypes
import os
from pathlib import Path
from typing import Final

from jobs.supervisor.environment import RUN_MARK, RUN_MARK_PLACEHOLDER

_PR_SET_NAME: Final = 15
_PR_SET_CHILD_SUBREAPER: Final = 36
"""Of linux/prctl.h."""

_libc: Final = ctypes.CDLL(None, use_errno=True)


class Appearance:
    """Finds, before the first fork, where the arguments and the mark of the run are kept."""

    def __init__(self) -> None:
        fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        # arg_start, arg_end, env_start, env_end: fields 48 to 51 of proc(5), the state being field 3.
        self._arguments, arguments_end, environment, environment_end = map(int, fields[45:49])
        self._room = arguments_end - self._arguments
        block = ctypes.string_at(environment, environment_end - environment) if environment else b""
        found = block.find(f"\0{RUN_MARK}={RUN_MARK_PLACEHOLDER}".encode())
        self._mark = environment + found + len(f"\0{RUN_MARK}=") if found >= 0 else 0

    def take(self, run: str, job: str) -> None:
        """Makes this process look like the worker of a run."""
        os.environ[RUN_MARK] = run
        _overwrite(self._arguments, self._room, f"sja\0jobs.worker\0{job}".encode())
        if self._mark:
            _overwrite(self._mark, len(RUN_MARK_PLACEHOLDER), run.encode())
        name_thread(f"sja {job}")


def name_thread(name: str) -> None:
    """What `ps` and `top` call this process; the kernel keeps 15 bytes of it."""
    _libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def adopt_descendants() -> None:
    """From now on, whatever descends from this process and loses its parent becomes its child."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _overwrite(address: int, room: int, text: bytes) -> None:
    if room > len(text):
        ctypes.memmove(address, text.ljust(room, b"\0"), room)
    elif room == len(text):
        ctypes.memmove(address, text, room)
