"""A bot without a chat, in a process of its own: to be weighed, and to be killed.

Run as a program it is that bot: `live_bot.py HOME LAUNCHER COUNT` opens the engine on the home, says on its standard
output, as JSON, at which instants it had come how far, and goes on until SIGTERM.
"""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Final

import msgspec
from homes import Launcher, Silent, settings_of
from msgspec import Struct

from jobs.app.bot import start_bot

_PATIENCE_SECONDS: Final = 60.0
_PIDFD: Final = "anon_inode:[pidfd]"


class Opened(Struct, frozen=True, kw_only=True):
    """Instants (`perf_counter`, which is the same for all processes of a machine)."""

    begun: float
    """The process was asked for."""
    entered: float
    """`start_bot` was called: Python has started, everything is imported."""
    returned: float
    """`start_bot` has returned: the engine takes commands."""
    watching: float
    """The death of every run would be seen."""


class LiveBot:
    """Entered, its engine watches at least `count` runs of the home; left, it is gone and they go on."""

    def __init__(self, home: Path, launcher: Launcher, count: int) -> None:
        self._command = [sys.executable, __file__, str(home), launcher, str(count)]
        self._log = home.with_name(f"{home.name}-live-bot.log")
        self._environment = {**os.environ, "SJA_HOME": str(home)}

    async def __aenter__(self) -> "LiveBot":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.terminate()
        await asyncio.to_thread(self._process.wait, _PATIENCE_SECONDS)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def start(self) -> None:
        """Starts it; `opened` says how long what took."""
        begun = perf_counter()
        self._process = self._popen()
        assert self._process.stdout is not None
        async with asyncio.timeout(_PATIENCE_SECONDS):
            said = await asyncio.to_thread(self._process.stdout.readline)
        assert said, self._log.read_text("utf-8")
        self.opened = msgspec.json.decode(said.replace(b'"begun":0.0', f'"begun":{begun}'.encode()), type=Opened)

    def kill(self) -> None:
        """SIGKILL to it alone."""
        self._process.kill()
        self._process.wait()

    def _popen(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )


async def main(home: Path, launcher: Launcher, count: int) -> None:
    entered = perf_counter()
    bot = await start_bot(settings_of(home, launcher), silent := Silent(), silent)
    returned = perf_counter()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while _watched() < count:  # noqa: ASYNC110 - it is the engine's tasks that are waited for
            await asyncio.sleep(0)
    opened = Opened(begun=0.0, entered=entered, returned=returned, watching=perf_counter())
    print(msgspec.json.encode(opened).decode(), flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await bot.close()


def _watched() -> int:
    """The processes whose death the kernel would tell this one."""
    return sum(_leads_to(file) == _PIDFD for file in Path("/proc/self/fd").iterdir())


def _leads_to(file: Path) -> str:
    with suppress(FileNotFoundError):  # the very descriptor that this folder was listed with
        return str(file.readlink())
    return ""


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), "portable" if sys.argv[2] == "portable" else "auto", int(sys.argv[3])))
