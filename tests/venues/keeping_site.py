"""A server that keeps its connections open, and notes what comes in one piece on which of them."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

DAYS = b'{"code":0,"data":[{"date":"2026-11-24","dateId":"1","isAll":"0","open":true}]}'
DATE = "Sun, 22 Nov 2026 04:00:07 GMT"
OK = "200 OK"

Answering = Callable[[int, bytes], tuple[str, bytes] | None]
"""By the number of the connection and the request: status and body; None: the connection is closed instead."""


class KeepingServer:
    """Keeps its connections, and notes what comes in one piece on which of them."""

    def __init__(self) -> None:
        self.answering: Answering = lambda number, request: (OK, DAYS)
        self.pieces: list[tuple[int, bytes]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.lines: list[socket.socket] = []
        self._ended: list[threading.Event] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def hang_up(self) -> None:
        """Closes what is open, so that the other side can know."""
        for line in self.lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for ended in self._ended:
            assert ended.wait(20)

    def close(self) -> None:
        self._listener.close()
        self.hang_up()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.lines.append(line)
                self._ended.append(threading.Event())
                threading.Thread(target=self._keep, args=(len(self.lines), line, self._ended[-1]), daemon=True).start()

    def _keep(self, number: int, line: socket.socket, ended: threading.Event) -> None:
        with line, suppress(OSError):
            request = b""
            while piece := line.recv(65536):
                self.pieces.append((number, piece))
                request += piece
                if not _is_whole(request):
                    continue
                answer, request = self.answering(number, request), b""
                if answer is None:
                    break
                status, body = answer
                head = f"HTTP/1.1 {status}\r\nDate: {DATE}\r\nContent-Length: {len(body)}\r\n\r\n"
                line.sendall(head.encode() + body)
        ended.set()


def _is_whole(request: bytes) -> bool:
    """An ordinary request may come as its head and then its body."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)
