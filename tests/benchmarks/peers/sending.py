"""What every peer of the lateness benchmarks does at an instant: sends one prepared request on a warmed connection."""

import json
import socket
import sys
from typing import Final

_LARGEST_ANSWER: Final = 65536


class Line:
    """An open connection to the stamping server, used once already; `requests` are ready to be sent."""

    def __init__(self, port: int, name: str, count: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = [_request(f"/{name}/{number}") for number in range(count)]
        self._exchange(_request("/warm"))

    def send(self, number: int) -> None:
        """One request, and its answer."""
        self._exchange(self._requests[number])

    def _exchange(self, request: bytes) -> None:
        self._socket.sendall(request)
        assert self._socket.recv(_LARGEST_ANSWER).startswith(b"HTTP/1.1 200")


def instants() -> list[float]:
    """When to send, in seconds since 1970, as handed over on the standard input."""
    return json.load(sys.stdin)


def _request(path: str) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{{}}".encode()
