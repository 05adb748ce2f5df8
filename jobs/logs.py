"""The logs of jobs: one append-only file each, read from its end."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from jobs.models.ids import JobId
from jobs.models.redaction import redact

_BLOCK: Final = 64 * 1024
"""Bytes per read: the last 50 lines of a log of ordinary lines fit into one."""
_READ_AT_MOST: Final = 64 * 1024 * 1024
"""Bytes read for the last lines, however long they are."""
_SEARCHED_AT_MOST: Final = 8 * 1024 * 1024
"""Bytes looked through for a word: some tenths of a second."""
_LINE_AT_MOST: Final = 2000
"""Characters shown of one line."""
_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class FileLogs:
    """Implements `ports.logs.Logs` over `directory/<job id>.log` and its older parts `.log.1`, `.log.2`, …

    Keeps nothing between two calls: any thread may call any method.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def tail(self, job_id: JobId, lines: int, search: str = "") -> list[str]:
        """As the port says; a search, in any case of letters, looks through the last 8 MiB."""
        try:
            with self._path(job_id).open("rb") as file:
                return _last_lines(file, lines, search)
        except FileNotFoundError:
            return []

    def follow(self, job_id: JobId, pause: Callable[[], None]) -> Iterator[str]:
        """Each line written from now on, over rotations; calls `pause` while there is none."""
        file, rest = self._at_end(job_id), b""
        while True:
            block = file.read(_BLOCK) if file else b""
            *whole, rest = (rest + block).split(b"\n")
            yield from map(_readable, whole)
            if not block:
                file = self._newer(job_id, file)
                pause()

    def append(self, job_id: JobId, lines: list[str]) -> None:
        if not lines:
            return
        data = "".join(f"{redact(line)}\n" for line in lines).encode()
        descriptor = os.open(self._path(job_id), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)

    def remove(self, job_id: JobId) -> None:
        path = self._path(job_id)
        for part in (path, *self._directory.glob(f"{path.name}.*")):
            part.unlink(missing_ok=True)

    def rotate(self, job_id: JobId, max_bytes: int, keep: int) -> None:
        """Between two runs: a log of `max_bytes` or more becomes part `.1`; at most `keep` parts stay."""
        path = self._path(job_id)
        try:
            if path.stat().st_size < max_bytes:
                return
        except FileNotFoundError:
            return
        for number in range(keep, 0, -1):
            older = path.with_name(f"{path.name}.{number}")
            newer = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
            if newer.exists():
                newer.replace(older)
        if keep == 0:
            path.unlink(missing_ok=True)

    def _at_end(self, job_id: JobId) -> BinaryIO | None:
        try:
            file = self._path(job_id).open("rb")
        except FileNotFoundError:
            return None
        file.seek(0, os.SEEK_END)
        return file

    def _newer(self, job_id: JobId, file: BinaryIO | None) -> BinaryIO | None:
        """The file that has taken the log's name since; the same when none has."""
        try:
            now = self._path(job_id).stat()
        except FileNotFoundError:
            return file
        if file is not None and os.fstat(file.fileno()).st_ino == now.st_ino:
            return file
        if file is not None:
            file.close()
        return self._path(job_id).open("rb")

    def _path(self, job_id: JobId) -> Path:
        return self._directory / f"{job_id}.log"


def _last_lines(file: BinaryIO, count: int, search: str) -> list[str]:
    found: list[str] = []
    needle = _as_bytes(search)
    for raw in _lines_backwards(file, _SEARCHED_AT_MOST if search else _READ_AT_MOST):
        # An escape sequence may stand inside the word that people see.
        if needle not in raw.lower() and b"\x1b" not in raw:
            continue  # Spares most lines the decoding and hiding.
        line = _readable(raw)
        if search.casefold() in line.casefold():
            found.append(line)
            if len(found) >= count:
                break
    return found[::-1]


def _as_bytes(search: str) -> bytes:
    """What a line must hold, as bytes in lower case; nothing where letters outside ASCII have a case of their own."""
    has_case = any(letter.upper() != letter.lower() for letter in search if not letter.isascii())
    return b"" if has_case else search.lower().encode(errors="replace")


def _lines_backwards(file: BinaryIO, at_most: int) -> Iterator[bytes]:
    """Lines from the last to the first, in the last `at_most` bytes; of a line longer than a block only its end."""
    position = file.seek(0, os.SEEK_END)
    limit = max(0, position - at_most)
    rest = b""
    at_end = True
    while position > limit:
        size = min(_BLOCK, position - limit)
        position -= size
        file.seek(position)
        pieces = (file.read(size) + rest).split(b"\n")
        if at_end and pieces[-1] == b"":
            pieces.pop()
        at_end = False
        rest = pieces[0][-_BLOCK:]
        yield from reversed(pieces[1:])
    if not at_end:
        yield rest


def _readable(raw: bytes) -> str:
    """A line as a terminal would show it in the end: what a carriage return wrote over is gone."""
    text = raw.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode("utf-8", errors="replace")
    return redact(_CONTROL.sub("", _ANSI.sub("", text)))[:_LINE_AT_MOST]
