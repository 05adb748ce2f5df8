"""Runs write one after the other.

SQLite lets writers wait by asking again and again: among hundreds of runs that start at once, the bot, which waits for
a second at most, would starve. The runs wait for each other in the kernel's queue instead, so that at any instant one
of them, at most, is in the bot's way; and whoever's turn it is lets the bot go first when it says that it wants to
write, or it would ask again and again and always find the next one there.
"""

import os
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

FILE_NAME: Final = "jobs.db.turns"


_PRECEDENCE: Final = struct.Struct("d")
"""Until when the bot goes first, in seconds of the machine's monotonic clock: what the file holds."""
PRECEDENCE_SECONDS: Final = 1.0
"""As long as the bot waits; one that is killed or stopped meanwhile holds nobody up longer."""
_NAP_SECONDS: Final = 0.0005


class Turns:
    """A `with` block is one turn. A turn goes with its process, however that ends.

    It begins when the bot, should it be waiting, has been first. Where the system has no such locks, or no descriptor
    is left, everybody's turn is at once: SQLite keeps order.
    """

    def __init__(self, directory: Path) -> None:
        self._fd = _opened(directory / FILE_NAME)

    def __enter__(self) -> None:
        if sys.platform != "win32" and self._fd is not None:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            while time.monotonic() < _read(self._fd):
                time.sleep(_NAP_SECONDS)

    def __exit__(self, *_: object) -> None:
        if sys.platform != "win32" and self._fd is not None:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Idempotent."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class Precedence:
    """A `with` block of the bot's: in it runs whose turn has not begun wait, for `PRECEDENCE_SECONDS` at most."""

    def __init__(self, directory: Path) -> None:
        self._fd = _opened(directory / FILE_NAME)

    def __enter__(self) -> None:
        self._say(time.monotonic() + PRECEDENCE_SECONDS)

    def __exit__(self, *_: object) -> None:
        self._say(0)

    def close(self) -> None:
        """Idempotent."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _say(self, until: float) -> None:
        if sys.platform != "win32" and self._fd is not None:
            with suppress(OSError):  # A full disk: then it waits like everybody else.
                os.pwrite(self._fd, _PRECEDENCE.pack(until), 0)


def _read(fd: int) -> float:
    """Until when the bot goes first; not for long, whatever the file holds."""
    if sys.platform == "win32":
        return 0
    data = os.pread(fd, _PRECEDENCE.size, 0)
    until = _PRECEDENCE.unpack(data)[0] if len(data) == _PRECEDENCE.size else 0.0
    return until if until <= time.monotonic() + PRECEDENCE_SECONDS else 0.0


def _opened(path: Path) -> int | None:
    if sys.platform == "win32":
        return None
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
