"""How much runs use, from the kernel's own counts."""

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
from msgspec import Struct

from jobs.models.run import Identity
from jobs.ports.clock import Clock
from jobs.ports.meter import Meter, Usage
from jobs.supervisor.identity import is_alive
from jobs.supervisor.process_table import IS_LINUX, boot_id

_GONE: Final = (FileNotFoundError, ProcessLookupError)
_MOMENT_SECONDS: Final = 1.0
"""What is younger has no average worth telling."""


def best_meter(clock: Clock) -> Meter:
    """The cheapest meter this system offers."""
    return ProcMeter() if IS_LINUX else PsutilMeter(clock)


class ProcMeter:
    """Implements `ports.meter.Meter` by `/proc`: 10 µs a process, where psutil takes 150."""

    def __init__(self) -> None:
        self._ticks_per_second = os.sysconf("SC_CLK_TCK")

    def usage(self, worker: Identity, *, own: bool = False) -> Usage | None:
        first = _stat(worker.pid)
        if first is None or first.start != worker.start or worker.boot_id != boot_id():
            return None
        processes = [first, *_descendants(worker.pid)]
        uptime = time.clock_gettime(time.CLOCK_BOOTTIME) - first.start / self._ticks_per_second
        cpu_seconds = sum(process.cpu_ticks for process in processes) / self._ticks_per_second
        return Usage(
            cpu_percent=100 * cpu_seconds / max(uptime, _MOMENT_SECONDS),
            memory_bytes=sum(process.resident_bytes for process in processes),
            own_bytes=sum(map(_own_bytes, processes)) if own else None,
            uptime_seconds=max(uptime, 0.0),
        )

    def over(self, workers: Sequence[Identity], limit_bytes: int) -> Mapping[Identity, int]:
        by_pid = {worker.pid: worker for worker in workers if worker.boot_id == boot_id()}
        sessions: defaultdict[int, list[_Stat]] = defaultdict(list)
        # One pass over all processes: a worker's children are found however they came to be, orphans included.
        for name in os.listdir("/proc"):  # noqa: PTH208 - a path object for each would cost as much as the reading
            if name.isdigit() and (found := _stat(int(name))) is not None and found.session in by_pid:
                sessions[found.session].append(found)
        used = {
            by_pid[pid]: sum(map(_own_bytes, processes))
            for pid, processes in sessions.items()
            # Resident memory, which counts shared pages in full, is never less than what is a process's own.
            if sum(process.resident_bytes for process in processes) > limit_bytes
            and any(process.pid == pid and process.start == by_pid[pid].start for process in processes)
        }
        return {worker: own for worker, own in used.items() if own > limit_bytes}


class PsutilMeter:
    """Implements `ports.meter.Meter` wherever psutil runs. Descendants stand for the session."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def usage(self, worker: Identity, *, own: bool = False) -> Usage | None:
        try:
            processes = _with_descendants(worker)
            if not processes:
                return None
            uptime = max(self._clock.now().timestamp() - processes[0].create_time(), 0.0)
            times = [process.cpu_times() for process in processes]
            return Usage(
                cpu_percent=100 * sum(each.user + each.system for each in times) / max(uptime, _MOMENT_SECONDS),
                memory_bytes=sum(process.memory_info().rss for process in processes),
                own_bytes=sum(process.memory_full_info().uss for process in processes) if own else None,
                uptime_seconds=uptime,
            )
        except psutil.Error:
            return None

    def over(self, workers: Sequence[Identity], limit_bytes: int) -> Mapping[Identity, int]:
        used: dict[Identity, int] = {}
        for worker in workers:
            with suppress(psutil.Error):  # Gone, or not ours to look into: then nobody can tell.
                processes = _with_descendants(worker)
                if sum(process.memory_info().rss for process in processes) > limit_bytes:
                    used[worker] = sum(process.memory_full_info().uss for process in processes)
        return {worker: own for worker, own in used.items() if own > limit_bytes}


class _Stat(Struct, frozen=True):
    """What is needed of `/proc/PID/stat`."""

    pid: int
    session: int
    cpu_ticks: int
    """Its own and that of the children it has waited for."""
    start: int
    resident_bytes: int


def _stat(pid: int) -> _Stat | None:
    """None for what is gone, or only a zombie."""
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    except _GONE:
        return None
    try:
        line = os.read(descriptor, 4096)
    except _GONE:
        return None
    finally:
        os.close(descriptor)
    # Field 2 is the program's name in parentheses and may itself hold spaces and parentheses; no later field does.
    fields = line[line.rindex(b")") + 2 :].split(None, 22)
    if fields[0] in (b"Z", b"X", b"x"):
        return None
    return _Stat(
        pid=pid,
        session=int(fields[3]),
        cpu_ticks=sum(map(int, fields[11:15])),
        start=int(fields[19]),
        resident_bytes=int(fields[21]) * _PAGE_BYTES,
    )


def _descendants(pid: int) -> Iterator[_Stat]:
    """The living children of all threads, and theirs; none where the kernel was built without `children`."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208
        children = [child for thread in threads for child in _children(pid, thread)]
    except _GONE:
        return
    for child in children:
        if (found := _stat(child)) is not None:
            yield found
            yield from _descendants(child)


def _children(pid: int, thread: str) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{thread}/children").read_bytes().split()]


def _own_bytes(process: _Stat) -> int:
    """Its proportional share of memory (PSS) and of swap, which a fork cannot hide: what two processes share counts
    half for each. The resident memory where the kernel does not tell (before 4.14, or another user's process)."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_bytes().splitlines()
    except ProcessLookupError:
        return 0
    except (FileNotFoundError, PermissionError):
        return process.resident_bytes
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith((b"Pss:", b"SwapPss:")))


def _with_descendants(worker: Identity) -> list[psutil.Process]:
    if not is_alive(worker):
        return []
    process = psutil.Process(worker.pid)
    return [process, *process.children(recursive=True)]


_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
