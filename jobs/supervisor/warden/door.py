"""Where a warden is found: its lock, and its socket in the home."""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from jobs.supervisor.locks import Hold
from jobs.supervisor.warden.frames import SOCKET_NAME, address_in, new_socket, open_directory

_WAITING: Final = 64
"""Bots that may be waiting to be let in."""
GONE_AFTER_SECONDS: Final = 5.0
"""For so long a home must be missing at every look: a mount may come back, and what is given up never does."""


class Door:
    """Open from `__init__` until `shut`. Raises `OSError` where there can be no socket."""

    def __init__(self, home: Path, hold: Hold) -> None:
        self._hold = hold
        self._home = home
        self._directory = open_directory(home)
        self._missing_since: float | None = None
        self.is_shut = False
        self.listener = new_socket()
        # Whose socket this was is dead: we hold the lock.
        self._unlink()
        self.listener.bind(address_in(self._directory))
        os.chmod(SOCKET_NAME, 0o600, dir_fd=self._directory)
        self.listener.listen(_WAITING)

    def let_in(self) -> socket.socket | None:
        """Whoever waits; None when nobody does. Raises `OSError` where there is no descriptor for them now."""
        try:
            connection, _ = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return None
        connection.setblocking(False)
        return connection

    def home_is_gone(self) -> bool:
        """Whether the home was deleted, or another is in its place, and that for some time; ask again and again."""
        if not self._home_is_missing():
            self._missing_since = None
            return False
        now = time.monotonic()
        self._missing_since = self._missing_since or now
        return now - self._missing_since > GONE_AFTER_SECONDS

    def shut(self) -> None:
        """Makes room for a successor. Idempotent."""
        if not self.is_shut:
            self.is_shut = True
            self.listener.close()
            self._unlink()
            self._hold.release()

    def _home_is_missing(self) -> bool:
        try:
            return not os.path.samestat(self._home.stat(), os.fstat(self._directory))
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            # It cannot be looked at now, which says nothing.
            return False

    def _unlink(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(SOCKET_NAME, dir_fd=self._directory)
