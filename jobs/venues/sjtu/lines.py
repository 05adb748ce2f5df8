"""Connections that can be opened anew without asking anybody where the other side is."""

import socket

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
