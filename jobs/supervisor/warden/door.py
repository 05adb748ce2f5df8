"""Where a warden is found: its lock, and its socket in the home."""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from jobs.supervisor.locks import Hold
from jobs.supervisor.warden.frames import SOCKET_NAME, address_in, new_socket, open_directory

_WAITING: Final = 64
"""Bots that may be waiting to be let in."""


class Door:
    """Open from `__init__` until `shut`. Raises `OSError` where there can be no socket."""

    def __init__(self, home: Path, hold: Hold) -> None:
        self._hold = hold
        self._home = home
        self._directory = open_directory(home)
        self.is_shut = False
        self.listener = new_socket()
        # Whose socket this was is dead: we hold the lock.
        self._unlink()
        self.listener.bind(address_in(self._directory))
        os.chmod(SOCKET_NAME, 0o600, dir_fd=self._directory)
        self.listener.listen(_WAITING)

    def let_in(self) -> socket.socket | None:
        """Whoever waits; None when nobody does."""
        try:
            connection, _ = self.listener.accept()
        except OSError:
            # BlockingIOError: nobody. Else they have left already, or there is no descriptor for them now.
            return None
        connection.setblocking(False)
        return connection

    def home_is_gone(self) -> bool:
        """Whether the home was deleted, or another is in its place."""
        try:
            return not os.path.samestat(self._home.stat(), os.fstat(self._directory))
        except OSError:
            return True

    def shut(self) -> None:
        """Makes room for a successor. Idempotent."""
        if not self.is_shut:
            self.is_shut = True
            self.listener.close()
            self._unlink()
            self._hold.release()

    def _unlink(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(SOCKET_NAME, dir_fd=self._directory)
