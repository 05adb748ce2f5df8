"""A directory of logs with somebody who tidies it, and real processes that write."""

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

from jobs.logs import FileLogs, Limits, Tidying
from jobs.logs.following import Following
from jobs.models.ids import JobId

JOB = JobId("1e95803d")
PLENTY = 1 << 40


class Site:
    """Logs in a directory; parts of `part_bytes`."""

    def __init__(
        self, directory: Path, *, part_bytes: int = 1, keep: int = 1000, job: int = PLENTY, all_: int = PLENTY
    ):
        self.directory = directory
        self.logs = FileLogs(directory)
        self.limits = Limits(part_bytes, keep, job, all_)
        self.tidying = Tidying(directory, self.limits)

    @property
    def log(self) -> Path:
        return self.directory / f"{JOB}.log"

    @property
    def names(self) -> list[str]:
        return sorted(path.name.removeprefix(f"{JOB}.log") for path in self.directory.iterdir())

    def look(self) -> None:
        """One look without trouble, and everything compressed that it found ready."""
        assert self.tidying.look() is None
        assert self.tidying.compress() is None

    def look_long(self) -> None:
        """Until what can be compressed is."""
        self.look()
        self.look()

    def part(self, *lines: str) -> None:
        """Lines that stand in a part of their own."""
        self.logs.append(JOB, list(lines))
        assert self.tidying.look() is None

    def all_lines(self) -> list[str]:
        return self.logs.tail(JOB, 10_000_000)

    def following(self) -> Following:
        return Following(self.directory, self.log.name)


def new_lines(following: Following) -> list[str]:
    return [raw.decode() for raw in following.new_lines()]


def start(code: str, log: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """A process whose output goes to the log, as a launcher starts it; told its arguments and then the log's path."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), *arguments, str(log)], stdout=out, stderr=out
        )


def run(code: str, log: Path, *arguments: str) -> int:
    """As `start`, and waits; returns the exit code."""
    return start(code, log, *arguments).wait(60)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - another thread makes it true
        await asyncio.sleep(0.02)
