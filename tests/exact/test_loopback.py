"""The whole of it for once in real time, over real HTTP, against servers whose clocks are wrong."""

import contextlib
import socket
import threading
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

from jobs.clock import SystemExactClock
from jobs.exact.aim import ExactAim
from jobs.exact.shared import SharedFindings
from jobs.ports.aim import Fired
from jobs.supervisor.kernel_lock import take
from jobs.venues.sjtu.client import SjtuProvider
from jobs.venues.sjtu.presets import PRESETS

PRESET = next(preset for preset in PRESETS if preset.sport_id)
DAYS = b'{"code":0,"data":[{"date":"2026-11-24","dateId":"1","isAll":"0","open":true}]}'
CLOCK = SystemExactClock()


class WrongServer:
    """Ahead by `offset` seconds, drifting by 200 ppm; stamps by its own clock when the question arrives."""

    def __init__(self, offset: float) -> None:
        self._offset = offset
        self._since = CLOCK.steady()
        self._zero = CLOCK.wall()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.arrivals: list[float] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def clock(self) -> float:
        return self._zero + self._offset + (CLOCK.steady() - self._since) * 1.0002

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._keep, args=(line,), daemon=True).start()

    def _keep(self, line: socket.socket) -> None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with line, contextlib.suppress(OSError):
            while request := line.recv(65536):
                arrived = self.clock()
                if request.startswith(b"POST"):
                    self.arrivals.append(arrived)
                head = f"HTTP/1.1 200 OK\r\nDate: {formatdate(self.clock(), usegmt=True)}\r\n"
                line.sendall(f"{head}Content-Length: {len(DAYS)}\r\n\r\n".encode() + DAYS)


class Armed:
    """One armed run in a thread: a request in five seconds by the server's clock. Implements `Stopping`."""

    def __init__(self, home: Path, offset: float) -> None:
        self.server = WrongServer(offset)
        self.instant = datetime.fromtimestamp(int(self.server.clock()) + 6, UTC)
        self.fired: Fired | None = None
        self._stop = threading.Event()
        self._home = home
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def is_set(self) -> bool:
        return self._stop.is_set()

    def wait(self, seconds: float) -> bool:
        return self._stop.wait(seconds)

    def end(self) -> None:
        self._stop.set()
        self.server.close()

    def _run(self) -> None:
        provider = SjtuProvider(self.server.base_url, timeout_seconds=5)
        with contextlib.closing(provider):
            aim = ExactAim(self.instant, CLOCK, self, SharedFindings(self._home, CLOCK, take))
            aim.compare(provider)
            ready = provider.prepare_days(PRESET)
            self.fired = aim.fire(ready)
            ready.answer()


def test_no_request_arrives_before_the_instant_by_the_servers_own_stamp(tmp_path: Path) -> None:
    runs = [Armed(tmp_path, offset) for offset in (-3.7, 0.0, 42.0)]
    try:
        for run in runs:
            run.thread.join(30)
            assert run.fired is not None
            assert run.fired.comparison is not None
            (arrived,) = run.server.arrivals
            late = arrived - run.instant.timestamp()
            assert late >= 0
            # It left before it arrived.
            assert run.fired.late_seconds <= late + run.fired.comparison.error_seconds
    finally:
        for run in runs:
            run.end()
