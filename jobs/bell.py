"""The bell: an empty datagram on loopback says that something was written.

Any process of this home may ring; it carries nothing, so a stranger's ring costs one look at the store and no more.
UDP on loopback because it is the one datagram socket that Linux, macOS and Windows share (ADR 0007).
"""

import asyncio
from pathlib import Path

from jobs.ports.bell import ADDRESS_FILE


class LoopBell:
    """The bell of the process that listens: rung within it directly, and from outside by datagram.

    Implements `ports.bell.Bell`. Use inside a running event loop.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._listeners: set[_Ear] = set()
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Listens for datagrams and says where, in `home/bell.port`."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Clapper(self), ("127.0.0.1", 0))
        port = self._transport.get_extra_info("sockname")[1]
        path = self._home / ADDRESS_FILE
        path.write_text(str(port), encoding="ascii")
        path.chmod(0o600)

    def ring(self) -> None:
        for ear in self._listeners:
            ear.rung.set()

    def listen(self) -> "_Ear":
        """A new listener; close it when done."""
        ear = _Ear(self._listeners)
        self._listeners.add(ear)
        return ear

    def close(self) -> None:
        """Stops listening for datagrams; listeners stay as they are."""
        if self._transport is not None:
            self._transport.close()
            (self._home / ADDRESS_FILE).unlink(missing_ok=True)


class _Ear:
    """Implements `ports.bell.Listener`."""

    def __init__(self, among: "set[_Ear]") -> None:
        self._among = among
        self.rung = asyncio.Event()

    async def wait(self, timeout_seconds: float | None = None) -> bool:
        # One turn for everybody else: a loop that rings for itself must not starve the others.
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(timeout_seconds):
                await self.rung.wait()
        except TimeoutError:
            return False
        self.rung.clear()
        return True

    def close(self) -> None:
        self._among.discard(self)


class _Clapper(asyncio.DatagramProtocol):
    def __init__(self, bell: LoopBell) -> None:
        self._bell = bell

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        self._bell.ring()
