"""Where the launchers' tests meet real processes: one home, throw-away workers, and everything swept up afterwards.

Run as a program it plays a bot, which starts runs on a home and then waits to be killed, or the warden of one.
"""

import asyncio
import errno
import os
import signal
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
from jobs.supervisor.warden.launcher import WardenLauncher
from jobs.supervisor.warden.link import Patience
from jobs.supervisor.warden.server import serve
from jobs.supervisor.watch import PidfdWatcher, PollingWatcher

Surroundings = Mapping[str, str]


def portable(home: Path, script: str, surroundings: Surroundings, watcher: Watcher) -> Launcher:
    return PortableLauncher(home, [sys.executable, "-S", "-c", script], surroundings, watcher)


def warden(
    home: Path,
    script: str,
    surroundings: Surroundings,
    watcher: Watcher,
    *how: str,
    patience: Patience | None = None,
) -> Launcher:
    """A launcher whose warden has `script` for its work; `how` is an option of `_play_warden`."""
    command = [sys.executable, "-P", __file__, "warden", script, *how]
    return WardenLauncher(home, command, surroundings, watcher, patience)


def polling() -> Watcher:
    return PollingWatcher(interval_seconds=0.05)


LAUNCHERS: dict[str, tuple[Callable[[Path, str, Surroundings, Watcher], Launcher], Callable[[], Watcher]]] = {
    "portable+pidfd": (portable, PidfdWatcher),
    "portable+polling": (portable, polling),
    "warden+pidfd": (warden, PidfdWatcher),
    "warden+polling": (warden, polling),
}
"""Every implementation of the port: what makes it, and the watcher it is given."""

WAITS = "import sys, time; sys.stdin.read(); print('working', flush=True); time.sleep(600)"
"""A worker that works until it is ended."""

KERNEL = tuple(int(part) for part in os.uname().release.split(".")[:2])

PATIENCE_SECONDS = 10.0


class Site:
    """A home, and the launcher under test."""

    def __init__(self, home: Path, name: str) -> None:
        self.home = home
        self.name = name
        self._make, watcher = LAUNCHERS[name]
        self.watcher = watcher()
        self.exits = ExitLog(home / "exits.log")

    def launcher(self, script: str = WAITS, environment: Surroundings = os.environ) -> Launcher:
        """A launcher whose workers run `script`."""
        return self._make(self.home, script, environment, self.watcher)

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
        command = [sys.executable, __file__, "bot", self.name, str(self.home), script, *run_ids]
        process = Popen(command, stdout=PIPE, **options)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    async def end(self, identity: Identity) -> None:
        """Kills one process, and returns when it is gone."""
        os.kill(identity.pid, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.watcher.died(identity)

    @property
    def can_tell_orphans_exits(self) -> bool:
        """Whether somebody here knows how a worker ended that nobody reaped: itself, or the kernel."""
        return self.name.startswith("warden") or (self.name.endswith("pidfd") and KERNEL >= (6, 15))

    def sweep(self) -> None:
        """Ends every process that carries this home in its environment."""
        for _ in range(3):
            for process in self.processes():
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def marked(self, run_id: str) -> list[psutil.Process]:
        """The processes of this home that belong to a run: its worker and that one's children."""
        return [process for process in self.processes() if process.environ().get("SJA_RUN") == run_id]

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


def files_of(identity: Identity) -> list[str]:
    """What a process has open: paths, and `pipe:[inode]`."""
    return [str(path.readlink()) for path in Path(f"/proc/{identity.pid}/fd").iterdir()]


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
    for pid in psutil.pids():
        for name in ("cmdline", "environ"):
            with suppress(OSError):
                shown.append(Path(f"/proc/{pid}/{name}").read_bytes())
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


def _play_warden(script: str, *rest: str) -> int:
    """The arguments behind `script`: how, if it is to be in any way peculiar, and what every warden is given."""
    *how, home, generation = rest
    program = compile(script, "<worker>", "exec")

    def work() -> int:
        exec(program, {"__name__": "__main__"})
        return 0

    fork = {"": os.fork, "barren": _refuse_to_fork}["".join(how)]
    return serve(Path(home), generation, work=work, preload=lambda: None, fork=fork)


def _refuse_to_fork() -> int:
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


if __name__ == "__main__":
    if sys.argv[1] == "warden":
        sys.exit(_play_warden(*sys.argv[2:]))
    asyncio.run(_play_bot(*sys.argv[2:]))
