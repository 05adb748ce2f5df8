"""pm2, a process manager of the Node world to compare with: its daemon, spoken to over its own RPC."""

import asyncio
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_MODULE: Final = Path(sys.prefix) / ".pm2" / "node_modules" / "pm2"
"""Where `make bench` puts it."""
_BRIDGE: Final = Path(__file__).with_name("peers") / "pm2_bridge.js"
_PATIENCE_SECONDS: Final = 60.0


def pm2_is_installed() -> bool:
    """`make bench` installs it where there is npm."""
    return _MODULE.exists() and shutil.which("node") is not None


class Pm2:
    """A pm2 daemon and, once they are started, one app for each of `commands` (shell lines); left, all are gone."""

    def __init__(self, commands: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> None:
        self.names = list(commands)
        self._apps = [_app(name, command, dict(environment)) for name, command in commands.items()]
        self._numbers = itertools.count()
        self._answers: dict[int, Future[Any]] = {}
        self._exits: list[tuple[str, float]] = []

    async def __aenter__(self) -> "Pm2":
        # Short: a socket's path holds a hundred characters.
        self._home = Path(tempfile.mkdtemp(prefix="pm2-"))
        await self._connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.call("delete", "all")
        with suppress(AssertionError):  # its answer may be that there is nobody left to answer
            await self.call("killDaemon")
        self._disconnect()
        with suppress(ProcessLookupError):
            os.kill(self.daemon_pid, signal.SIGKILL)
        shutil.rmtree(self._home)

    async def start_all(self) -> None:
        """Starts every app, with one request; returns when it says that they run."""
        await self.call("start", self._apps)
        self._pids = await self.pids()

    async def call(self, method: str, *arguments: Any) -> Any:
        """What its API's `method` calls back with; fails where it calls back with an error."""
        number = next(self._numbers)
        self._answers[number] = Future()
        assert self._bridge.stdin is not None
        self._bridge.stdin.write(json.dumps({"id": number, "call": method, "args": arguments}).encode() + b"\n")
        self._bridge.stdin.flush()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            answer = await asyncio.wrap_future(self._answers[number])
        assert answer["error"] is None, answer
        return answer["result"]

    async def pids(self) -> dict[str, int]:
        """The process of each app, by name."""
        return {app["name"]: app["pid"] for app in await self.call("list")}

    def ended(self) -> dict[int, float]:
        """The instant (`perf_counter`) at which it said that a pid had ended."""
        return {self._pids[name]: at for name, at in self._exits}

    async def kill(self) -> None:
        """`kill -9` of the daemon, after its list was saved as its manual says."""
        await self.call("dump", True)
        os.kill(self.daemon_pid, signal.SIGKILL)
        self._disconnect()

    async def restart(self) -> None:
        """A new daemon, which brings back what was saved."""
        await self._connect()
        await self.call("resurrect")

    async def _connect(self) -> None:
        self._bridge = self._start_bridge()
        ready = self._answers[-1] = Future()
        self._reader = threading.Thread(target=self._listen, args=(self._bridge,), daemon=True)
        self._reader.start()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await asyncio.wrap_future(ready)
        self.daemon_pid = int((self._home / "pm2.pid").read_text())

    def _start_bridge(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PM2_HOME": str(self._home)}
        command = ["node", _BRIDGE, _MODULE]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def _disconnect(self) -> None:
        self._bridge.kill()
        self._bridge.wait()
        self._reader.join()

    def _listen(self, bridge: subprocess.Popen[bytes]) -> None:
        for said in _said_by(bridge):
            if "event" in said:
                if said["event"] == "exit":
                    self._exits.append((said["name"], said["at"]))
            elif waiting := self._answers.pop(said.get("id", -1), None):
                waiting.set_result(said)


def _said_by(bridge: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    assert bridge.stdout is not None
    for line in bridge.stdout:
        if line.startswith(b"{"):  # the module has things of its own to say
            yield json.loads(line)


def _app(name: str, command: str, environment: dict[str, str]) -> dict[str, Any]:
    """An app that is started once, with none of the extras that only cost time here (git, metrics)."""
    return {
        "name": name,
        "script": "/bin/sh",
        "args": ["-c", command],
        "interpreter": "none",
        "exec_mode": "fork",
        "env": environment,
        "autorestart": False,
        "vizion": False,
        "pmx": False,
        "kill_timeout": 1000,
        "out_file": "/dev/null",
        "error_file": "/dev/null",
    }
