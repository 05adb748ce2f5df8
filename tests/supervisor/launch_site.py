"""Where the launchers' tests meet real processes: one home, throw-away workers, and everything swept up afterwards.

Run as a program it plays a bot: it starts runs on a home and then waits to be killed.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import psutil

from jobs.models.ids import Epoch, JobId, RunId
from jobs.models.run import Identity
from jobs.ports.launcher import ExitLine, Launcher, LiveRun, RunSpec, Watcher
from jobs.supervisor.exits import ExitLog
from jobs.supervisor.identity import identify
from jobs.supervisor.portable import PortableLauncher
from jobs.supervisor.watch import PidfdWatcher, PollingWatcher

LAUNCHERS: dict[str, tuple[Callable[..., Launcher], Callable[[], Watcher]]] = {
    "portable+pidfd": (PortableLauncher, PidfdWatcher),
    "portable+polling": (PortableLauncher, lambda: PollingWatcher(interval_seconds=0.05)),
}
"""Every implementation of the port: what makes it, and the watcher it is given."""

WAITS = "import sys, time; sys.stdin.read(); print('working', flush=True); time.sleep(600)"
"""A worker that works until it is ended."""

PATIENCE_SECONDS = 10.0


class Site:
    """A home, and the launcher under test."""

    def __init__(self, home: Path, name: str) -> None:
        self.home = home
        self.name = name
        self._make, watcher = LAUNCHERS[name]
        self.watcher = watcher()
        self.exits = ExitLog(home / "exits.log")

    def launcher(self, script: str = WAITS, environment: Mapping[str, str] = os.environ) -> Launcher:
        return self.launcher_of([sys.executable, "-S", "-c", script], environment)

    def launcher_of(self, argv: list[str], environment: Mapping[str, str] = os.environ) -> Launcher:
        return self._make(self.home, argv, environment, self.watcher)

    def log(self, job_id: str) -> str:
        path = self.home / "jobs" / f"{job_id}.log"
        return path.read_text() if path.exists() else ""

    async def logged(self, job_id: str, text: str) -> str:
        """The job's log, once it contains `text`."""
        await until(lambda: text in self.log(job_id))
        return self.log(job_id)

    async def exit_of(self, run: LiveRun) -> ExitLine:
        """The run's exit line, once it is written."""
        lines: list[ExitLine] = []

        def written() -> bool:
            lines[:] = [line for line in self.exits.read(0)[0] if line.run == run.run_id]
            return bool(lines)

        await until(written)
        return lines[0]

    @contextmanager
    def bot(self, *run_ids: str, script: str = WAITS, **options: Any) -> Iterator[Popen[bytes]]:
        """Another process that starts these runs, says so on its standard output, and waits."""
        process = Popen([sys.executable, __file__, self.name, str(self.home), script, *run_ids], stdout=PIPE, **options)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def sweep(self) -> None:
        """Ends every process that carries this home in its environment."""
        for _ in range(3):
            for process in self.processes():
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def processes(self) -> list[psutil.Process]:
        """Workers, keepers and their children, of this home."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("SJA_HOME") == str(self.home) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found


def a_run(number: int = 1, payload: bytes = b"{}") -> RunSpec:
    return RunSpec(run_id=RunId(f"{number:032x}"), job_id=JobId(f"job{number}"), epoch=Epoch(1), payload=payload)


def worker_of(run: LiveRun) -> Identity:
    assert run.worker is not None
    return run.worker


def keeper_of(run: LiveRun) -> Identity:
    assert run.keeper is not None
    return run.keeper


def children_of(identity: Identity) -> list[Identity]:
    pids = [child.pid for child in psutil.Process(identity.pid).children(recursive=True)]
    return [child for pid in pids if (child := identify(pid)) is not None]


def descriptors_of(identity: Identity) -> list[int]:
    return sorted(int(path.name) for path in Path(f"/proc/{identity.pid}/fd").iterdir())


def signals_of(identity: Identity) -> dict[str, int]:
    """The signal masks of a process (`SigBlk`, `SigIgn`, `SigCgt`), bit n-1 for signal n."""
    lines = Path(f"/proc/{identity.pid}/status").read_text().splitlines()
    return {
        name: int(mask, 16)
        for name, _, mask in (line.partition(":") for line in lines)
        if name.startswith("Sig") and name != "SigQ"
    }


def everybodys_arguments_and_environments() -> list[bytes]:
    """What any process of this machine shows to those who may look."""
    shown: list[bytes] = []
    for path in Path("/proc").glob("[0-9]*/*"):
        if path.name in ("cmdline", "environ"):
            with suppress(OSError):
                shown.append(path.read_bytes())
    return shown


async def until(true: Callable[[], bool]) -> None:
    """Returns when `true` is; fails when that takes unreasonably long."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110 - what is awaited happens in other processes
            await asyncio.sleep(0.005)


async def until_none_lives(launcher: Launcher) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await launcher.live():  # noqa: ASYNC110 - processes end
            await asyncio.sleep(0.005)


async def _play_bot(name: str, home: str, script: str, *numbers: str) -> None:
    launcher = Site(Path(home), name).launcher(script)
    for number in numbers:
        run = await launcher.start(a_run(int(number)))
        print(worker_of(run).pid, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_play_bot(*sys.argv[1:]))
