"""The process table of one home, watched without a break: whoever lives twice is seen. Linux only: it reads /proc."""

import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

LOOK_EVERY_SECONDS: Final = 0.004
UNSETTLED_SECONDS: Final = 3.0
"""A process may still become a worker (exec, or a fork server that names its child) for so long after its birth."""
HARMLESS_SECONDS: Final = 1.0
"""A second worker of a job that has nothing to do (an empty hand-over, a lock that is taken) leaves within this."""


class Worker(NamedTuple):
    """A live process that is a run."""

    pid: int
    start: int
    run: str
    job: str


@dataclass
class Double:
    """Two workers of one job at one time, for as long as it was seen."""

    job: str
    pids: frozenset[int]
    since: float
    until: float


class ProcessTable(threading.Thread):
    """Looks at /proc again and again until `close`; reads of it may come from any thread."""

    def __init__(self, home: Path) -> None:
        super().__init__(name="process table", daemon=True)
        self.runs_of: defaultdict[str, set[str]] = defaultdict(set)
        """Every run of a job that was ever seen to have a process."""
        self.doubles: dict[tuple[str, frozenset[int]], Double] = {}
        self._mark = f"SJA_HOME={home}".encode()
        self._first_seen: dict[int, float] = {}
        self._workers: dict[int, Worker] = {}
        self._keepers: dict[int, int] = {}
        self._looking = threading.Lock()
        self._closing = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._closing.wait(LOOK_EVERY_SECONDS):
            self._look()

    def close(self) -> None:
        self._closing.set()
        self.join()

    def workers(self) -> list[Worker]:
        """The workers alive at this very moment."""
        self._look()
        return sorted(worker for worker in list(self._workers.values()) if _runs(worker.pid, worker.start))

    def keepers(self) -> list[int]:
        """The pids of shims and wardens of this home."""
        self._look()
        return sorted(pid for pid, start in list(self._keepers.items()) if _runs(pid, start))

    def lasting_doubles(self) -> list[str]:
        """Every pair that lived side by side for longer than a worker without work needs to leave."""
        return [
            f"job {double.job} had the workers {sorted(double.pids)} for {double.until - double.since:.2f} s"
            for double in list(self.doubles.values())
            if double.until - double.since > HARMLESS_SECONDS
        ]

    def _look(self) -> None:
        with self._looking:
            self._look_now()

    def _look_now(self) -> None:
        now = time.monotonic()
        pids = {int(name) for name in os.listdir("/proc") if name.isdecimal()}  # noqa: PTH208 - no path is wanted
        for known in (self._first_seen, self._workers, self._keepers):
            for pid in list(known.keys() - pids):
                known.pop(pid, None)
        # A keeper too: between fork and exec, a worker looks like the keeper that bears it.
        for pid in pids - self._workers.keys():
            if now - self._first_seen.setdefault(pid, now) < UNSETTLED_SECONDS:
                self._classify(pid)
        self._note_doubles(now)

    def _classify(self, pid: int) -> None:
        with suppress(OSError, ValueError, StopIteration):  # gone again, or without its run's mark yet
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if self._mark not in environment:
                return
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"jobs.worker" in words:
                run = next(line[8:].decode() for line in environment if line.startswith(b"SJA_RUN="))
                job = Path(os.readlink(f"/proc/{pid}/fd/1")).name.split(".")[0]  # noqa: PTH115 - may name a deleted file
                self._workers[pid] = Worker(pid, start_of(pid), run, job)
                self._keepers.pop(pid, None)
                self.runs_of[job].add(run)
            elif b"jobs.supervisor.shim" in words or b"warden" in words:
                self._keepers[pid] = start_of(pid)

    def _note_doubles(self, now: float) -> None:
        by_job: defaultdict[str, set[int]] = defaultdict(set)
        for worker in list(self._workers.values()):
            by_job[worker.job].add(worker.pid)
        for job, pids in by_job.items():
            if len(pids) > 1 and len(alive := frozenset(pid for pid in pids if _runs(pid))) > 1:
                double = self.doubles.setdefault((job, alive), Double(job, alive, now, now))
                double.until = now


def start_of(pid: int) -> int:
    """Clock ticks since boot. Raises `OSError` where there is no such process."""
    stat = Path(f"/proc/{pid}/stat").read_bytes()
    return int(stat[stat.rindex(b")") + 2 :].split()[19])


def _runs(pid: int, start: int | None = None) -> bool:
    """Whether it is alive; a zombie is not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    state, *fields = stat[stat.rindex(b")") + 2 :].split()
    return state not in (b"Z", b"X", b"x") and (start is None or int(fields[18]) == start)


def strike(pid: int, number: int = signal.SIGKILL) -> bool:
    """Sends a signal at once. False when nobody was there to be hit."""
    if not _runs(pid):
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def lock_holders(home: Path) -> dict[str, list[int]]:
    """Who holds the kernel lock of each job, by the kernel's own table."""
    files = {(path.stat().st_dev, path.stat().st_ino): path.name for path in _files(home / "lock")}
    holders: dict[str, list[int]] = {}
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if "->" in words:
            continue  # somebody who waits
        pid, (major, minor, inode) = int(words[4]), words[5].split(":")
        name = files.get((os.makedev(int(major, 16), int(minor, 16)), int(inode)))
        if name is not None:
            holders.setdefault(name, []).append(pid)
    return holders


def _files(directory: Path) -> Iterator[Path]:
    return directory.iterdir() if directory.is_dir() else iter(())


def parent_of(pid: int) -> int | None:
    """The pid of the parent; None where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    return int(stat[stat.rindex(b")") + 2 :].split()[1])
