"""Connections that can be opened anew without asking anybody where the other side is, and answers that do not drip."""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection


class Line(HTTPConnection):
    """`address`: where to connect to, in numbers; None: to wherever the name leads."""

    address: str | None = None

    def _new_conn(self) -> socket.socket:
        name, self._dns_host = self._dns_host, self.address or self._dns_host
        try:
            return super()._new_conn()
        finally:
            # What certificates are held against, and what the request names.
            self._dns_host = name


class EncryptedLine(HTTPSConnection, Line):
    """The same for HTTPS."""


class TooSlow(TimeoutError):
    """The answer was not there in time."""


class PunctualResponse(HTTPResponse):
    """Must be there, whole, by `deadline` on the machine's monotonic clock; else `TooSlow`.

    The time-out of a socket bounds each wait alone: a byte a second would hold a run for ever.
    """

    def __init__(self, sock: socket.socket, *rest: Any, deadline: float, **named: Any) -> None:
        super().__init__(sock, *rest, **named)
        self.fp = io.BufferedReader(_Punctual(self.fp, sock, deadline))


class _Punctual(io.RawIOBase):
    def __init__(self, source: io.BufferedReader, sock: socket.socket, deadline: float) -> None:
        self._source = source
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
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
