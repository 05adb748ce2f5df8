"""The stamping server as a process of its own, and what it noted."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from time import time_ns
from typing import Final, Self

import msgspec
from msgspec import Struct

PEERS: Final = Path(__file__).with_name("peers")
DAYS: Final = "/manage/fieldDetail/queryFieldReserveSituationIsFull"
"""What an armed run asks for first, at its instant."""

_PLAIN: Final = "plain"
_PROBES: Final = 200


class Stamp(Struct, frozen=True, kw_only=True):
    """When a request arrived, by CLOCK_REALTIME in nanoseconds: at the kernel, and at the process that reads it."""

    port: str
    method: str
    path: str
    arrived_ns: int
    seen_ns: int


class StampingServer:
    """Entered, it serves on the two ports of `peers/stamping_server.py`; left, it is gone."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([sys.executable, PEERS / "stamping_server.py"], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.ports = msgspec.json.decode(self._process.stdout.readline(), type=dict[str, int])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def plain(self) -> int:
        """The port that tells nobody the time."""
        return self.ports[_PLAIN]

    def url(self, port: str) -> str:
        return f"http://127.0.0.1:{self.ports[port]}"

    def take(self, wanted: Callable[[Stamp], bool] = lambda _: True) -> list[Stamp]:
        """What arrived since the last call, in order of arrival; the rest than `wanted` is forgotten too."""
        with urllib.request.urlopen(f"{self.url(_PLAIN)}/stamps") as answer:
            stamps = msgspec.json.decode(answer.read(), type=list[Stamp])
        return sorted(filter(wanted, stamps), key=lambda stamp: stamp.arrived_ns)

    def floors(self) -> tuple[list[float], list[float]]:
        """Seconds from just before a `sendall` on an open connection to the stamp, and to the process that reads it."""
        begun: list[int] = []
        with socket.create_connection(("127.0.0.1", self.plain)) as line:
            for _ in range(_PROBES):
                begun.append(time_ns())
                line.sendall(b"GET /probe HTTP/1.1\r\n\r\n")
                line.recv(4096)
        stamps = self.take(lambda stamp: stamp.path == "/probe")
        assert len(stamps) == _PROBES
        pairs = list(zip(begun, stamps, strict=True))
        return [(s.arrived_ns - at) / 1e9 for at, s in pairs], [(s.seen_ns - at) / 1e9 for at, s in pairs]
