"""Numbered lines in the logs of jobs, written as a noisy run would, and looked for again in all parts of a log."""

import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LINES: Final = 80
"""In one go: more than the smallest part of a log holds, so that each is rotated."""

_PART: Final = re.compile(r"\.log(?:\.(?P<number>[0-9]+)(?P<gz>\.gz)?)?$")
_LINE: Final = re.compile(rb"^torture line (?P<number>[0-9]+) ", re.MULTILINE)


class Scribe:
    """Writes into the logs of a home, and knows what must be found there."""

    def __init__(self, home: Path) -> None:
        self._directory = home / "jobs"
        self._written: dict[str, int] = {}

    def write(self, job_id: str) -> None:
        """Appends to a log that is there, with one write, as a run does; a log that is not there stays so."""
        first = self._written.get(job_id, 0)
        lines = "".join(f"torture line {first + n} of {job_id} {'.' * 40}\n" for n in range(LINES))
        try:
            log = os.open(self._directory / f"{job_id}.log", os.O_WRONLY | os.O_APPEND)
        except FileNotFoundError:
            return
        try:
            os.write(log, lines.encode())
        finally:
            os.close(log)
        self._written[job_id] = first + LINES

    def missing(self, jobs: set[str]) -> Iterator[str]:
        """What is lost or doubled in the logs of those jobs."""
        for job_id in jobs & self._written.keys():
            numbers = [int(number) for number in _LINE.findall(self._whole(job_id))]
            if numbers != list(range(self._written[job_id])):
                yield f"the log of {job_id} has {len(numbers)} of {self._written[job_id]} lines, or not in order"

    def _whole(self, job_id: str) -> bytes:
        """All parts, oldest first. Where a part stands there in both forms, the plain one is the truth."""
        parts: dict[float, Path] = {}
        for path in sorted(self._directory.glob(f"{job_id}.log*"), reverse=True):
            if found := _PART.search(path.name):
                number = float(found["number"] or "inf")
                if number not in parts or not found["gz"]:
                    parts[number] = path
        return b"".join(_read(parts[number]) for number in sorted(parts))


def _read(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
