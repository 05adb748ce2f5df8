"""Runs write one after the other.

SQLite lets writers wait by asking again and again: among hundreds of runs that start at once, the bot, which waits for
a second at most, would starve. The runs wait for each other in the kernel's queue instead, so that at any instant one
of them, at most, is in the bot's way.
"""

import os
import sys
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl

FILE_NAME: Final = "jobs.db.turns"


class Turns:
    """A `with` block is one turn. A turn goes with its process, however that ends.

    Where the system has no such locks, or no descriptor is left, everybody's turn is at once: SQLite keeps order.
    """

    def __init__(self, directory: Path) -> None:
        self._fd = _opened(directory / FILE_NAME)

    def __enter__(self) -> None:
        if sys.platform != "win32" and self._fd is not None:
            fcntl.flock(self._fd, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        if sys.platform != "win32" and self._fd is not None:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Idempotent."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _opened(path: Path) -> int | None:
    if sys.platform == "win32":
        return None
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
