"""The bell's rope, pulled from another process; apart from the bell, because a run's process needs no event loop."""

import contextlib
import socket
from pathlib import Path

from jobs.ports.bell import ADDRESS_FILE


class DistantBell:
    """The bell rope in another process: the CLI, a run. Without a listening bot it rings in vain, silently."""

    def __init__(self, home: Path) -> None:
        self._path = home / ADDRESS_FILE
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def ring(self) -> None:
        # No bot (no file), a torn file, a full buffer: the rows are written, and the loops also look by themselves.
        with contextlib.suppress(OSError, ValueError, OverflowError):
            self._socket.sendto(b"", ("127.0.0.1", int(self._path.read_text(encoding="ascii"))))

    def close(self) -> None:
        self._socket.close()
