"""Being asked to leave, from inside a run."""

import select
import signal
import socket
from types import FrameType
from typing import Final

_ASKING: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGBREAK") if hasattr(signal, name))


class SignalStopping:
    """Implements `ports.kind.Stopping` by SIGTERM, SIGINT and, on Windows, SIGBREAK; one per process.

    No `threading.Event`: its lock is not re-entrant, so a signal that arrives while one waits on it can hang for good.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        """The signal that asked first."""
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for asking in _ASKING:
            signal.signal(asking, self._leave)

    def is_set(self) -> bool:
        return self.signal is not None

    def wait(self, seconds: float) -> bool:
        if not self.is_set():
            select.select([self._woken], [], [], seconds)
        return self.is_set()

    def _leave(self, number: int, _: FrameType | None) -> None:
        self.signal = self.signal or number
