"""How late requests arrived, the table of it, and cores that are kept busy meanwhile."""

import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from time import time
from typing import Final

from measuring import Samples, milliseconds, ratio, show_rows
from stamps import Stamp

_COLUMNS: Final = ("", "p50", "p95", "p99", "最迟", "早到", "次数", "我们 ÷ 它（p50）")


class Lateness(Samples):
    """Seconds from an instant to the first byte of its request, one for each instant; below 0: early."""

    def add(self, instants: Sequence[float], arrived_ns: Sequence[int]) -> None:
        """The first request belongs to the first instant, and so on: as many of the one as of the other."""
        assert len(arrived_ns) == len(instants), f"{self.name}: {len(arrived_ns)} requests, {len(instants)} instants"
        self.seconds += (ns / 1e9 - at for at, ns in zip(instants, arrived_ns, strict=True))

    @property
    def early(self) -> int:
        return sum(seconds < 0 for seconds in self.seconds)


def by_number(stamps: Sequence[Stamp], name: str) -> list[int]:
    """When a peer's requests `/name/0`, `/name/1` … arrived, in the order of their numbers."""
    head = f"/{name}/"
    arrived = {int(stamp.path.removeprefix(head)): stamp.arrived_ns for stamp in stamps if stamp.path.startswith(head)}
    return [arrived[number] for number in sorted(arrived)]


def show_lateness(title: str, ours: Lateness, *others: Lateness, notes: Sequence[str] = ()) -> None:
    """Prints ours first; the ratio is ours over theirs."""
    rows = [_row(ours, None), *(_row(other, ours) for other in others if other.seconds)]
    show_rows(title, _COLUMNS, rows, notes=notes)


@contextmanager
def busy_cores() -> Generator[None, None, None]:
    """A process that does nothing but count, for every core of this machine."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def realtime_words() -> str:
    """Whether this machine lets a process of ours come before all ordinary ones."""
    code = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))"
    tried = subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL, check=False)
    return f"SCHED_FIFO：{'不' if tried.returncode else ''}允许"


def spread(start: float, every_seconds: float, count: int) -> list[float]:
    """So many instants from `start` on."""
    return [start + number * every_seconds for number in range(count)]


def last_of(timetable: Mapping[str, Sequence[float]]) -> float:
    """Seconds from now to the last of all these instants."""
    return max(map(max, timetable.values())) - time()


def _row(lateness: Lateness, ours: Lateness | None) -> list[str]:
    figures = [milliseconds(lateness.at(percent)) for percent in (50, 95, 99)]
    compared = ratio(ours.at(50), lateness.at(50)) if ours and lateness.is_peer else ""
    tail = [milliseconds(max(lateness.seconds)), str(lateness.early), str(len(lateness.seconds)), compared]
    return [lateness.name, *figures, *tail]
