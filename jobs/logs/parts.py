"""The files of a log: `<id>.log`, written to now, and its older parts `<id>.log.000001`, `<id>.log.000002.gz`, …

A part keeps its number for ever and only gains `.gz` when it is compressed; both names stand beside each other for an
instant, never neither. Whoever reads by number therefore meets every part once, whatever happens meanwhile.
"""

import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from jobs.models.ids import JobId

WIDTH: Final = 6
"""Digits of a part's number, with zeros before it. Shorter ones are of an earlier version, which counted backwards."""
COMPRESSED: Final = ".gz"
UNFINISHED: Final = ".gz.tmp"
"""What is being compressed; one that nobody writes to is what a crash left behind."""

_NAME: Final = re.compile(r"(?P<log>.+\.log)(?:\.(?P<digits>[0-9]{1,18})(?P<suffix>\.gz(?:\.tmp)?)?)?")

_NUMBERS_AT_MOST: Final = 10_000
"""Between the oldest part that is read and the newest: `SJA_LOG_KEEP` is 100 at most, the rest leaves room for gaps."""


class Name(NamedTuple):
    """A file's name, read. `log`: the name of the log it belongs to; `number`: None for the log itself.

    Numbers grow with time: those of an earlier version are below zero. `suffix` is empty, `.gz` or `.gz.tmp`.
    """

    log: str
    number: int | None
    suffix: str


def log_name(job_id: JobId) -> str:
    return f"{job_id}.log"


def part_name(log: str, number: int) -> str:
    """The name of a part while it is not compressed."""
    return f"{log}.{-number}" if number < 0 else f"{log}.{number:0{WIDTH}}"


def read_name(name: str) -> Name | None:
    """None for what is no file of a log."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    digits = found["digits"]
    number = None if digits is None else -int(digits) if len(digits) < WIDTH else int(digits)
    return Name(found["log"], number, found["suffix"] or "")


class Listing(NamedTuple):
    """The numbers a log's parts have, and of those not compressed by inode."""

    numbers: range
    by_inode: dict[int, int]


def listing(directory: Path, log: str) -> Listing:
    """What is there now. `numbers` reaches from the oldest part to the newest, gaps included: a name that changes while
    a directory is read may be passed over."""
    numbers: set[int] = set()
    by_inode: dict[int, int] = {}
    with os.scandir(directory) as entries:
        for entry in entries:
            if not entry.name.startswith(log) or (name := read_name(entry.name)) is None or name.log != log:
                continue
            if name.number is None or name.suffix == UNFINISHED:
                continue
            numbers.add(name.number)
            if not name.suffix:
                by_inode[entry.inode()] = name.number
    # One beyond: the newest may have been passed over, too.
    if not numbers:
        return Listing(range(0), by_inode)
    return Listing(range(max(min(numbers), max(numbers) - _NUMBERS_AT_MOST), max(numbers) + 2), by_inode)


class Part(NamedTuple):
    """An opened part. A compressed one is complete; the other may still be written to by those who have it open."""

    file: BinaryIO
    number: int
    inode: int
    is_compressed: bool


def open_part(directory: Path, log: str, number: int) -> Part | None:
    """The part of a number, compressed or not; None where there is none (any more)."""
    for suffix in ("", COMPRESSED):
        try:
            file = _opened(directory / (part_name(log, number) + suffix))
        except FileNotFoundError:
            continue
        if not suffix:
            return Part(file, number, os.fstat(file.fileno()).st_ino, is_compressed=False)
        return Part(file, number, 0, is_compressed=True)
    return None


def _opened(path: Path) -> BinaryIO:
    """The file, to be read. A pipe that somebody put in its place makes nobody wait, and is empty."""
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))


def has_part(directory: Path, log: str, number: int) -> bool:
    """Whether there is a part of this number, compressed or not."""
    return any((directory / (part_name(log, number) + suffix)).exists() for suffix in ("", COMPRESSED))


def open_log(directory: Path, log: str) -> BinaryIO | None:
    """What is written to now; None when nothing is."""
    try:
        return _opened(directory / log)
    except FileNotFoundError:
        return None


def is_at(directory: Path, log: str, file: BinaryIO | None) -> bool:
    """Whether the log's name still means this file; None: nothing."""
    try:
        now = (directory / log).stat()
    except FileNotFoundError:
        return file is None
    if file is None:
        return False
    mine = os.fstat(file.fileno())
    return (mine.st_dev, mine.st_ino) == (now.st_dev, now.st_ino)


def inflated(part: Part, block_bytes: int) -> Iterator[bytes]:
    """The blocks of a compressed part. Raises `EOFError`, `OSError` or `zlib.error` where it is damaged."""
    with gzip.open(part.file, "rb") as file:
        while block := file.read(block_bytes):
            yield block
