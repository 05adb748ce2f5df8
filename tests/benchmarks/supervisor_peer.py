"""supervisor, another process manager to compare with: its daemon, and a listener of its that notes the time."""

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Final

_LISTENER: Final = Path(__file__).with_name("peers") / "supervisor_listener.py"
_PATIENCE_SECONDS: Final = 30.0


def supervisor_is_installed() -> bool:
    """It is in the dependency group `bench`."""
    return importlib.util.find_spec("supervisor") is not None


class Supervisor:
    """A `supervisord` with one program for each of `commands`; entered, all have started; left, all are gone."""

    def __init__(self, directory: Path, commands: Mapping[str, str]) -> None:
        self._configuration = directory / "supervisor.conf"
        self._seen = directory / "supervisor.seen"
        self._log = directory / "supervisor.log"
        self._names = list(commands)
        head = f"[supervisord]\nnodaemon = true\nlogfile = {self._log}\npidfile = {directory / 'supervisor.pid'}\n"
        listener = f"[eventlistener:seen]\ncommand = {sys.executable} {_LISTENER} {self._seen}\n"
        events = "events = PROCESS_STATE_RUNNING,PROCESS_STATE_EXITED\nbuffer_size = 1000\n"
        options = "autorestart = false\nstartsecs = 0\nstdout_logfile = NONE\n"
        programs = (f"[program:{name}]\ncommand = {command}\n{options}" for name, command in commands.items())
        self._configuration.write_text("\n".join((head, listener + events, *programs)), encoding="utf-8")

    async def __aenter__(self) -> "Supervisor":
        self._daemon = self._start()
        deadline = perf_counter() + _PATIENCE_SECONDS
        while len(self.pids()) < len(self._names):
            assert perf_counter() < deadline, self._log.read_text()
            await asyncio.sleep(0.05)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._daemon.terminate()
        await asyncio.to_thread(self._daemon.wait, 30)

    def pids(self) -> dict[str, int]:
        """The process of each program that has started, by name."""
        return {name: int(pid) for kind, name, pid, _ in self._noted() if kind == "RUNNING"}

    def ended(self) -> dict[int, float]:
        """The instant (`perf_counter`) at which it said that a pid had ended."""
        return {int(pid): float(at) for kind, _, pid, at in self._noted() if kind == "EXITED"}

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._configuration)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def _noted(self) -> list[list[str]]:
        if not self._seen.exists():
            return []
        whole, _, _ = self._seen.read_text(encoding="utf-8").rpartition("\n")
        return [line.split(" ") for line in whole.splitlines()]
