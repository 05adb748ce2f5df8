"""supervisor, another process manager to compare with: its daemon, and a listener of its that notes the time."""

import asyncio
import importlib.util
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, Final
from xmlrpc.client import ServerProxy

from harness import free_port

_LISTENER: Final = Path(__file__).with_name("peers") / "supervisor_listener.py"
_PATIENCE_SECONDS: Final = 30.0


def supervisor_is_installed() -> bool:
    """It is in the dependency group `bench`."""
    return importlib.util.find_spec("supervisor") is not None


class Supervisor:
    """A `supervisord` with one program for each of `commands`; entered, it answers (with `autostart`, all have
    started); left, all are gone.
    """

    def __init__(self, directory: Path, commands: Mapping[str, str], *, autostart: bool = True) -> None:
        self._configuration = directory / "supervisor.conf"
        self._seen = directory / "supervisor.seen"
        self._log = directory / "supervisor.log"
        self._awaited = list(commands) if autostart else []
        self._port = free_port()
        head = f"[supervisord]\nnodaemon = true\nlogfile = {self._log}\npidfile = {directory / 'supervisor.pid'}\n"
        listener = f"[eventlistener:seen]\ncommand = {sys.executable} {_LISTENER} {self._seen}\n"
        events = "events = PROCESS_STATE_RUNNING,PROCESS_STATE_EXITED\nbuffer_size = 1000\n"
        factory = "supervisor.rpcinterface:make_main_rpcinterface"
        rpc = f"[inet_http_server]\nport = 127.0.0.1:{self._port}\n"
        rpc += f"[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = {factory}\n"
        options = f"autostart = {autostart}\nautorestart = false\nstartsecs = 0\nstdout_logfile = NONE\n"
        programs = (f"[program:{name}]\ncommand = {command}\n{options}" for name, command in commands.items())
        self._configuration.write_text("\n".join((head, rpc, listener + events, *programs)), encoding="utf-8")

    async def __aenter__(self) -> "Supervisor":
        self._daemon = self._start()
        await self._until_all_run()
        await asyncio.to_thread(self._until_it_answers)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._daemon.terminate()
        await asyncio.to_thread(self._daemon.wait, 30)

    @property
    def daemon_pid(self) -> int:
        return self._daemon.pid

    def start_all(self) -> None:
        """Asks it, over its RPC, to start every program; blocks until it says that they have started."""
        server: Any = ServerProxy(f"http://127.0.0.1:{self._port}/RPC2")
        with server:
            server.supervisor.startAllProcesses(True)

    async def kill(self) -> None:
        """`kill -9` of the daemon."""
        self._daemon.kill()
        await asyncio.to_thread(self._daemon.wait, 30)

    async def restart(self) -> None:
        """A new daemon on the same configuration; returns when it has started what it starts by itself."""
        before = len(self._noted())
        self._daemon = self._start()
        await self._until_all_run(before)

    def pids(self) -> dict[str, int]:
        """The process of each program that has started, by name."""
        return {name: int(pid) for kind, name, pid, _ in self._noted() if kind == "RUNNING"}

    def ended(self) -> dict[int, float]:
        """The instant (`perf_counter`) at which it said that a pid had ended."""
        return {int(pid): float(at) for kind, _, pid, at in self._noted() if kind == "EXITED"}

    async def _until_all_run(self, since: int = 0) -> None:
        deadline = perf_counter() + _PATIENCE_SECONDS
        while not {name for kind, name, *_ in self._noted()[since:] if kind == "RUNNING"}.issuperset(self._awaited):
            assert perf_counter() < deadline, self._log.read_text()
            await asyncio.sleep(0.05)

    def _until_it_answers(self) -> None:
        deadline = perf_counter() + _PATIENCE_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except ConnectionRefusedError:
                assert perf_counter() < deadline, self._log.read_text()
                sleep(0.01)
            else:
                return

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def _noted(self) -> list[list[str]]:
        if not self._seen.exists():
            return []
        whole, _, _ = self._seen.read_text(encoding="utf-8").rpartition("\n")
        return [line.split(" ") for line in whole.splitlines()]
