"""Compresses a part that nobody writes to any more, slowly, so that nobody feels it."""

import gzip
import os
import threading
from pathlib import Path
from typing import BinaryIO, Final

from jobs.logs.parts import COMPRESSED, UNFINISHED
from jobs.logs.writers import is_being_written

_CHUNK: Final = 64 * 1024
_REST_SECONDS: Final = 0.004
"""After each chunk, which takes 1 to 2 ms: a quarter of a core at most, 10 MiB in a second."""


def compress(part: Path, stop: threading.Event) -> bool:
    """Replaces `part` by `part.gz`; False when it was stopped, or somebody wrote to the part or removed it.

    At every instant one of the two is there, whole and durable; after a crash both may be, and the first is the truth.
    Raises `OSError`, a full disk say, with the part as it was.
    """
    unfinished, compressed = part.with_name(part.name + UNFINISHED), part.with_name(part.name + COMPRESSED)
    try:
        source = part.open("rb")
    except FileNotFoundError:
        return False
    with source:
        try:
            if not _write(source, unfinished, stop):
                return False
            if is_being_written(source) or os.fstat(source.fileno()).st_size != source.tell():
                return False
            unfinished.replace(compressed)
        except FileNotFoundError:
            return False  # The job was deleted meanwhile, and its log with it.
        finally:
            unfinished.unlink(missing_ok=True)
    return _take_the_place(part, compressed)


def _take_the_place(part: Path, compressed: Path) -> bool:
    try:
        _make_durable(part.parent)
        part.unlink()
    except FileNotFoundError:
        # Removed while it was compressed: then nobody wants the other either.
        compressed.unlink(missing_ok=True)
        return False
    return True


def _write(source: BinaryIO, target: Path, stop: threading.Event) -> bool:
    """The source compressed, durable, as old as the source; False when stopped in between."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            while chunk := source.read(_CHUNK):
                packed.write(chunk)
                if stop.wait(_REST_SECONDS):
                    return False
        file.flush()
        os.fsync(descriptor)
    age = os.fstat(source.fileno())
    os.utime(target, ns=(age.st_atime_ns, age.st_mtime_ns))
    return True


def _make_durable(directory: Path) -> None:
    """The new name is on the disk before the old one goes. Windows cannot be told, and sees to it by itself."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
