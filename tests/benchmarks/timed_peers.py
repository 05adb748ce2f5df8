"""Schedulers to compare with, each a program that sends one request at each instant it is given."""

import asyncio
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from stamps import PEERS

_PATIENCE_SECONDS: Final = 120.0


def celery_is_installed() -> bool:
    """It is in the dependency group `bench`."""
    return importlib.util.find_spec("celery") is not None


def schedule_is_installed() -> bool:
    """It is in the dependency group `bench`."""
    return importlib.util.find_spec("schedule") is not None


class TimedPeer(Struct, frozen=True):
    """Its row in a table, its program in `peers/`, and the name by which its requests are known."""

    title: str
    program: tuple[str, ...]
    name: str


IN_THE_LOOP: Final = TimedPeer("APScheduler，进程内（AsyncIOScheduler）", ("apscheduler_sender.py", "loop"), "loop")
IN_THREADS: Final = TimedPeer("APScheduler，进程内（线程池）", ("apscheduler_sender.py", "threads"), "threads")
SPAWNING: Final = TimedPeer("APScheduler + Popen（python 和 urllib3）", ("apscheduler_sender.py", "spawn"), "spawn")
CELERY: Final = TimedPeer("Celery eta（solo worker）", ("celery_sender.py",), "celery")
SCHEDULE: Final = TimedPeer("schedule 库的循环", ("schedule_sender.py",), "schedule")


class Sending:
    """The peer's process with these instants before it. Entered, it runs; left, it has sent them all."""

    def __init__(self, peer: TimedPeer, instants: Sequence[float], port: int, directory: Path) -> None:
        self._command = [sys.executable, PEERS / peer.program[0], *peer.program[1:], str(port)]
        self._instants = json.dumps(list(instants)).encode()
        self._log = directory / f"{peer.name}.log"
        self._directory = directory

    async def __aenter__(self) -> None:
        self._process = self._popen()
        assert self._process.stdin is not None
        self._process.stdin.write(self._instants)
        self._process.stdin.close()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._process.kill()
        code = await asyncio.to_thread(self._process.wait, _PATIENCE_SECONDS)
        assert kind is not None or code == 0, self._log.read_text("utf-8", "replace")

    def _popen(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self._directory)
