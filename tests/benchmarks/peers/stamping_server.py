"""A booking platform that does little more than note when the first byte of every request arrived.

`stamping_server.py` serves on two loopback ports and says which, as JSON, in its first line: `plain` tells nobody the
time, `dated` sends a `Date` as every web server does. It answers the questions of the `sjtu` client with one free
court, everything else with an empty object, and `GET /stamps` with what it noted since it was last asked.

The stamp is the kernel's (SO_TIMESTAMPNS, CLOCK_REALTIME): the instant at which the segment was received, however long
this process takes to be scheduled and to read it. Where there is no such stamp, it is the clock after the read.
"""

import json
import re
import socket
import struct
import sys
from datetime import date, timedelta
from email.utils import formatdate
from selectors import EVENT_READ, DefaultSelector
from time import time_ns
from typing import Any, Final

DAYS: Final = "/manage/fieldDetail/queryFieldReserveSituationIsFull"
SLOTS: Final = "/manage/fieldDetail/queryFieldSituation"
STAMPS: Final = "/stamps"

_SO_TIMESTAMPNS: Final = 35
"""Of Linux; its answer has the same number."""
_TIMESPEC: Final = struct.Struct("ll")
_HEAD: Final = re.compile(rb"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/1\.1(?P<headers>.*?)\r\n\r\n", re.DOTALL)
_LENGTH: Final = re.compile(rb"(?:^|\n)content-length: *(\d+)", re.IGNORECASE)
_TOMORROW: Final = (date.today() + timedelta(days=1)).isoformat()  # noqa: DTZ011 - any day will do
_FREE: Final = {"count": 1, "status": 0, "price": "0.00"}
_ANSWERS: Final[dict[str, Any]] = {
    DAYS: {"code": 0, "data": [{"date": _TOMORROW, "dateId": "1", "isAll": 0, "open": 1}]},
    SLOTS: {"code": 0, "data": [{"fieldId": "1", "fieldName": "场地1", "priceList": [_FREE] * 16}]},
}


class Line:
    """One connection, and the request that is arriving on it."""

    def __init__(self, own: socket.socket, port: str) -> None:
        self.socket, self.port = own, port
        self.buffer = bytearray()
        self.arrived_ns = self.seen_ns = 0

    def read(self) -> bool:
        """Takes what is there; False: the other side has gone."""
        try:
            data, ancillary, *_ = self.socket.recvmsg(65536, socket.CMSG_SPACE(_TIMESPEC.size))
        except OSError:
            return False
        seen_ns = time_ns()
        if not self.buffer:
            self.arrived_ns, self.seen_ns = _stamp(ancillary) or seen_ns, seen_ns
        self.buffer += data
        return bool(data)

    def next_request(self) -> tuple[str, str] | None:
        """Method and path of the request, once it is there whole."""
        head = _HEAD.match(self.buffer)
        if head is None:
            return None
        length = _LENGTH.search(head["headers"])
        end = head.end() + (int(length[1]) if length else 0)
        if len(self.buffer) < end:
            return None
        request = head["method"].decode(), head["path"].decode()
        del self.buffer[:end]
        return request


class Server:
    """Both ports, their connections, and the stamps."""

    def __init__(self) -> None:
        self._selector = DefaultSelector()
        self._stamps: list[dict[str, Any]] = []
        self.ports = {name: self._listen(name) for name in ("plain", "dated")}

    def serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if isinstance(key.data, Line):
                    self._hear(key.data)
                else:
                    self._accept(key.fileobj, key.data)

    def _listen(self, name: str) -> int:
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        if sys.platform == "linux":
            listener.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)  # those it accepts inherit it
        self._selector.register(listener, EVENT_READ, name)
        return listener.getsockname()[1]

    def _accept(self, listener: Any, name: str) -> None:
        accepted, _ = listener.accept()
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(accepted, EVENT_READ, Line(accepted, name))

    def _hear(self, line: Line) -> None:
        if not line.read():
            self._selector.unregister(line.socket)
            line.socket.close()
            return
        while request := line.next_request():
            self._answer(line, *request)

    def _answer(self, line: Line, method: str, path: str) -> None:
        if path == STAMPS:
            said, self._stamps = self._stamps, []
        else:
            self._stamps.append(
                {
                    "port": line.port,
                    "method": method,
                    "path": path,
                    "arrived_ns": line.arrived_ns,
                    "seen_ns": line.seen_ns,
                }
            )
            said = _ANSWERS.get(path, {})
        body = b"" if method == "HEAD" else json.dumps(said).encode()
        head = [b"HTTP/1.1 200 OK", b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
        if line.port == "dated":
            head.append(b"Date: " + formatdate(usegmt=True).encode())
        line.socket.sendall(b"\r\n".join((*head, b"", body)))


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return seconds * 1_000_000_000 + nanoseconds
    return None


if __name__ == "__main__":
    server = Server()
    print(json.dumps(server.ports), flush=True)
    server.serve()
