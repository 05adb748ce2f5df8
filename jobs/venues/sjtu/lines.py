"""Connections that can be opened anew without asking anybody where the other side is, and answers that do not drip."""

import io
import socket
import ssl
import time
from http.client import HTTPResponse
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.wait import wait_for_read

_COOKIE: Final = b"set-cookie:"
_CHUNK: Final = 16 * 1024


class Line(HTTPConnection):
    """`address`: where to connect to, in numbers; None: to wherever the name leads."""

    address: str | None = None
    herald: bytes = b""
    """What was read of an answer to know that it is coming: it belongs before what is read next."""

    def _new_conn(self) -> socket.socket:
        self.herald = b""
        name, self._dns_host = self._dns_host, self.address or self._dns_host
        try:
            return super()._new_conn()
        finally:
            # What certificates are held against, and what the request names.
            self._dns_host = name

    def is_open(self) -> bool:
        """Whether the other side has not closed it, nor said anything unasked. Takes microseconds."""
        return self.sock is not None and not wait_for_read(self.sock, timeout=0.0)

    def is_answered(self, within_seconds: float) -> bool:
        """Waits until an answer begins to come, or none will any more; False: not within that time."""
        return self.sock is None or wait_for_read(self.sock, timeout=within_seconds)


class EncryptedLine(HTTPSConnection, Line):
    """The same for HTTPS."""

    def is_open(self) -> bool:
        """What there is to read may be meant for TLS alone (tickets, once the connection is there): it is read."""
        return self.sock is not None and self._peeked() is None

    def is_answered(self, within_seconds: float) -> bool:
        """As what there is to read may be meant for TLS alone: the first byte of the answer is read."""
        if self.sock is None or self.herald:
            return True
        if (first := self._peeked()) is None and wait_for_read(self.sock, timeout=within_seconds):
            first = self._peeked()
        self.herald = first or b""
        return first is not None

    def _peeked(self) -> bytes | None:
        """The next byte, which is read; empty: there will be none any more; None: there is none yet."""
        sock = self.sock
        assert sock is not None
        patience = sock.gettimeout()
        try:
            sock.settimeout(0)
            return sock.recv(1)
        except ssl.SSLWantReadError:
            return None
        except OSError:
            return b""
        finally:
            sock.settimeout(patience)


class Tape:
    """In a socket's place, takes down what would be sent."""

    def __init__(self) -> None:
        self.recorded = bytearray()

    def sendall(self, data: bytes) -> None:
        self.recorded += data


class TooSlow(TimeoutError):
    """The answer was not there in time."""


class PunctualResponse(HTTPResponse):
    """Must be there, whole, by `deadline` on the machine's monotonic clock; else `TooSlow`. `herald`: what was read of
    it before.

    The time-out of a socket bounds each wait alone: a byte a second would hold a run for ever.
    """

    def __init__(self, sock: socket.socket, *rest: Any, deadline: float, herald: bytes = b"", **named: Any) -> None:
        super().__init__(sock, *rest, **named)
        self.fp = _WithoutOddCookies(_Punctual(self.fp, sock, deadline, herald))


class _WithoutOddCookies(io.BufferedReader):
    """Reads a `Set-Cookie` that no jar would keep, too long for a line or with a line end inside, as an empty one: for
    its sake the standard library would take the whole answer, an order's for one, for unreadable."""

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if line[: len(_COOKIE)].lower() != _COOKIE:
            return line
        is_odd = not line.endswith(b"\n") or b"\r" in line.removesuffix(b"\n").removesuffix(b"\r")
        while line and not line.endswith(b"\n"):
            line = super().readline(_CHUNK)
        return line and (_COOKIE + b"\r\n" if is_odd else line)


class _Punctual(io.RawIOBase):
    def __init__(self, source: io.BufferedReader, sock: socket.socket, deadline: float, herald: bytes) -> None:
        self._source = source
        self._sock = sock
        self._deadline = deadline
        self._herald = herald

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._herald:
            buffer[:1], self._herald = self._herald, b""
            return 1
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TooSlow
        self._sock.settimeout(left)
        try:
            return self._source.raw.readinto(buffer)  # pyright: ignore[reportAttributeAccessIssue]
        except TimeoutError as late:
            raise TooSlow from late

    def close(self) -> None:
        self._source.close()
        super().close()
