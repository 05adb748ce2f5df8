"""circus, a process manager to compare with: its daemon as a process, spoken to over its RPC."""

import asyncio
import importlib
import importlib.util
import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, Final

from harness import free_port

_PATIENCE_SECONDS: Final = 30.0


def circus_is_installed() -> bool:
    """It is in the dependency group `bench`."""
    return importlib.util.find_spec("circus") is not None


class Circus:
    """A `circusd` with one watcher for each of `commands` (shell lines); entered, it answers; left, all is gone."""

    def __init__(
        self, directory: Path, commands: Mapping[str, str], environment: Mapping[str, str], *, autostart: bool
    ) -> None:
        self._endpoint, self._events = (f"tcp://127.0.0.1:{free_port()}" for _ in range(2))
        self._environment = dict(environment)
        self._configuration = directory / "circus.ini"
        self._log = directory / "circus.log"
        head = f"[circus]\nendpoint = {self._endpoint}\npubsub_endpoint = {self._events}\n"
        options = f"respawn = False\nautostart = {autostart}\ncopy_env = True\ngraceful_timeout = 1\n"
        watchers = (
            f"[watcher:{name}]\ncmd = {shlex.join(['/bin/sh', '-c', command])}\n{options}"
            for name, command in commands.items()
        )
        self._configuration.write_text("\n".join((head, *watchers)), encoding="utf-8")
        self._reaped: dict[int, float] = {}

    @property
    def daemon_pid(self) -> int:
        return self._daemon.pid

    async def __aenter__(self) -> "Circus":
        self._daemon = self._start()
        client: Any = importlib.import_module("circus.client")
        self._client = client.CircusClient(endpoint=self._endpoint, timeout=10)
        await asyncio.to_thread(self.call, "status")
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.call, "quit", waiting=True)
        self._client.stop()
        await asyncio.to_thread(self._daemon.wait, 30)

    def call(self, command: str, **properties: Any) -> Any:
        """Its answer to one command, once it has time for it; fails when it says anything but yes."""
        deadline = perf_counter() + _PATIENCE_SECONDS
        while True:
            answer = self._client.call({"command": command, "properties": properties})
            if "already running" not in answer.get("reason", "") or perf_counter() > deadline:
                break
            sleep(0.01)
        assert answer["status"] in ("ok", "active", "stopped") or command == "status", answer
        return answer

    def ended(self) -> dict[int, float]:
        """The instant (`perf_counter`) at which it said that a pid had ended."""
        return self._reaped.copy()

    async def kill(self) -> None:
        """`kill -9` of the daemon."""
        self._daemon.kill()
        await asyncio.to_thread(self._daemon.wait, 30)

    async def restart(self) -> None:
        """A new daemon on the same configuration; returns when it answers."""
        self._daemon = self._start()
        await asyncio.to_thread(self.call, "status")

    async def pid(self, name: str) -> int:
        """The one process of a watcher, as soon as it has started; it starts them one after the other."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not (pids := (await asyncio.to_thread(self.call, "list", name=name))["pids"]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return pids[0]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "circus.circusd", str(self._configuration)]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, env=self._environment, stdout=log, stderr=subprocess.STDOUT)

    def _listen(self) -> None:
        """Its announcements, until this process ends: a thread that waits in zmq holds up nothing."""
        zmq: Any = importlib.import_module("zmq")
        socket = zmq.Context.instance().socket(zmq.SUB)
        socket.connect(self._events)
        socket.setsockopt(zmq.SUBSCRIBE, b"watcher.")
        while True:
            topic, message = socket.recv_multipart()
            at = perf_counter()
            if topic.endswith(b".reap"):
                self._reaped[int(json.loads(message)["process_pid"])] = at
