"""A hint that something was written. It may be lost; the rows may not."""

from typing import Final, Protocol

ADDRESS_FILE: Final = "bell.port"
"""In the home: the UDP port, in decimal, at which the bot hears the bell."""


class Bell(Protocol):
    """Rung after writing, heard by the loops, in this process or another."""

    def ring(self) -> None:
        """Wakes every listener. Never fails, never blocks."""
        ...


class Listener(Protocol):
    """One listener's own ear."""

    async def wait(self, timeout_seconds: float | None = None) -> bool:
        """Returns True at the next ring, or at once if one came since the last `wait`; False after the timeout."""
        ...

    def close(self) -> None: ...


class Listening(Protocol):
    """Where one can listen for the bell."""

    def listen(self) -> Listener: ...
