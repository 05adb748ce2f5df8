"""Keeps logs within bounds while runs write to them: rotates by renaming, compresses, removes what is too old."""

import os
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from jobs.logs.compressing import compress
from jobs.logs.parts import COMPRESSED, UNFINISHED, Name, part_name, read_name
from jobs.logs.writers import is_being_written

_QUIET_LOOKS: Final = 720
"""Looks, an hour of them, that a part stays unchanged before nobody is taken to write to it, where the system cannot
tell. A line written later still would be lost; only a program that a run started could."""
_WORTH_ROTATING_BYTES: Final = 64 * 1024
"""Of a file written to, where all logs together take too much: less brings little and would make many parts."""


class Limits(NamedTuple):
    """Bytes of the file written to, number of older parts and their bytes on disk; see the settings of these names.

    `total_bytes` counts the files written to as well: where they are too much by themselves, the largest are rotated
    before they are full.

    A job's newest part may be larger than `job_bytes` while it waits for its compression: the end of a log is what
    people ask for.
    """

    part_bytes: int
    keep: int
    job_bytes: int
    total_bytes: int


class _Part(NamedTuple):
    """A part, as one look found it."""

    file_name: str
    name: Name
    size: int
    modified_ns: int

    @property
    def number(self) -> int:
        return self.name.number or 0

    @property
    def is_compressed(self) -> bool:
        return self.name.suffix == COMPRESSED


class _Found(NamedTuple):
    """What one look found: the files written to with their bytes, the parts of each log, oldest first, and what a crash
    left behind."""

    current: dict[str, int]
    parts: dict[str, list[_Part]]
    left_behind: list[str]


class Tidying:
    """One for a directory. Looks come one after the other; compressing may go on beside them, in one other thread."""

    def __init__(self, directory: Path, limits: Limits, stop: threading.Event | None = None) -> None:
        """`stop` ends a compression; what it had begun is begun anew by the next bot."""
        self._directory = directory
        self._limits = limits
        self._stop = stop or threading.Event()
        self._compressing = threading.Lock()
        self._ready: tuple[str, ...] = ()
        self._known: dict[str, _Part] = {}
        """Compressed parts, which never change: asked about once."""
        self._in_order: tuple[set[str], dict[str, list[_Part]]] = set(), {}
        """Names and parts when last there was nothing to do about any part: while the names stay, there is not, unless
        the files written to take too much."""
        self._in_order_bytes = 0
        self._strangers: set[str] = set()
        """Files beside the logs that are none."""
        self._quiet: dict[str, tuple[_Part, int]] = {}
        """Each other part as it was, and for how many looks it has been so."""
        self._newest: dict[str, int] = {}
        """The highest number of each log: none is given twice, though its part be gone."""

    @property
    def has_work(self) -> bool:
        """Whether there is anything to compress, as the last look found it."""
        return bool(self._ready)

    def keep_to(self, limits: Limits) -> None:
        """From the next look on. Not while one is going on."""
        if limits != self._limits:
            self._limits = limits
            self._in_order = set(), {}

    def look(self) -> OSError | None:
        """Rotates what is full and keeps within the limits. Returns the first trouble; everything else was done."""
        troubles: list[OSError] = []
        has_lock = self._compressing.acquire(blocking=False)
        try:
            found = self._scan()
            # While one is being compressed, both its names are in order.
            for name in found.left_behind if has_lock else ():
                _try((self._directory / name).unlink, troubles)
        except OSError as error:
            return error
        finally:
            if has_lock:
                self._compressing.release()
        current_bytes = sum(found.current.values())
        is_in_order = found.parts is self._in_order[1]
        if is_in_order and current_bytes + self._in_order_bytes <= self._limits.total_bytes:
            self._rotate_full(found, 0, troubles)
            self._ready = ()
            return next(iter(troubles), None)
        kept = self._within_limits(found.parts, current_bytes, troubles)
        kept_bytes = sum(part.size for part in kept)
        self._rotate_full(found, kept_bytes + current_bytes - self._limits.total_bytes, troubles)
        self._ready = tuple(part.file_name for part in kept if not part.is_compressed and self._is_settled(part))
        self._quiet = {part.file_name: self._quiet[part.file_name] for part in kept if part.file_name in self._quiet}
        if not troubles and not found.left_behind and not self._quiet and len(kept) == len(self._known):
            self._in_order, self._in_order_bytes = (set(self._known), found.parts), kept_bytes
        return next(iter(troubles), None)

    def compress(self) -> OSError | None:
        """Compresses what the last look found ready, 10 MiB in about a second. Returns the first trouble."""
        troubles: list[OSError] = []
        with self._compressing:
            for name in self._ready:
                if self._stop.is_set():
                    break
                _try(lambda name=name: compress(self._directory / name, self._stop), troubles)
        return next(iter(troubles), None)

    # -- looking ------------------------------------------------------------------------------------------------
    def _scan(self) -> _Found:
        found = _Found({}, defaultdict(list), [])
        others: dict[str, os.DirEntry[str]] = {}
        with os.scandir(self._directory) as entries:
            for entry in entries:
                name = entry.name
                if not name.endswith(".log"):
                    others[name] = entry
                else:
                    found.current[name] = _size(entry)
        names, parts = self._in_order
        if others.keys() - self._strangers == names:
            return found._replace(parts=parts)
        known, self._known = self._known, {}
        for name, entry in others.items():
            with suppress(FileNotFoundError):  # Removed with its job in between.
                if part := known.get(name) or _part(entry):
                    self._sort_in(part, found)
        self._strangers = {name for name in others if read_name(name) is None}
        for parts in found.parts.values():
            parts.sort(key=lambda part: (part.number, part.is_compressed))
            _drop_doubles(parts, found.left_behind)
        return found

    def _sort_in(self, part: _Part, found: _Found) -> None:
        if part.name.suffix == UNFINISHED:
            found.left_behind.append(part.file_name)
            return
        if part.is_compressed:
            self._known[part.file_name] = part
        found.parts[part.name.log].append(part)

    def _grows(self, part: _Part) -> bool:
        before, _ = self._quiet.get(part.file_name, (part, 0))
        return part.size > before.size

    def _is_settled(self, part: _Part) -> bool:
        """Whether nobody writes to it, nor is just about to: it has been the same since an earlier look."""
        before, looks = self._quiet.get(part.file_name, (None, 0))
        looks = looks + 1 if before == part else 0
        self._quiet[part.file_name] = part, looks
        if looks == 0:
            return False
        try:
            with (self._directory / part.file_name).open("rb") as file:
                written = is_being_written(file)
        except FileNotFoundError:
            return False
        return looks >= _QUIET_LOOKS if written is None else not written

    # -- acting -------------------------------------------------------------------------------------------------
    def _rotate_full(self, found: _Found, excess: int, troubles: list[OSError]) -> None:
        """Rotates what is full, and of the others the largest while `excess` bytes are too much: parts can be removed,
        the file written to cannot."""
        for log, size in sorted(found.current.items(), key=lambda each: each[1], reverse=True):
            if size < self._limits.part_bytes and (excess <= 0 or size < _WORTH_ROTATING_BYTES):
                break
            excess -= size
            _try(lambda log=log: self._rotate(log, found.parts.get(log, [])), troubles)

    def _rotate(self, log: str, parts: list[_Part]) -> None:
        number = 1 + max(self._newest.get(log, 0), *(part.number for part in parts), 0)
        try:
            (self._directory / log).rename(self._directory / part_name(log, number))
        except PermissionError:
            # Windows does not let go of the name of a file in use: then it is rotated between two runs.
            if os.name == "posix":
                raise
        else:
            self._newest[log] = number

    def _within_limits(self, logs: dict[str, list[_Part]], current_bytes: int, troubles: list[OSError]) -> list[_Part]:
        """Removes what is too much beside the files written to; returns what stays."""
        stay: list[_Part] = []
        go: list[_Part] = []
        for parts in logs.values():
            size = 0
            for age, part in enumerate(reversed(parts)):
                size += part.size
                may_exceed = age == 0 and not part.is_compressed and not self._grows(part)
                fits = age < self._limits.keep and (size <= self._limits.job_bytes or may_exceed)
                (stay if fits else go).append(part)
        excess = current_bytes + sum(part.size for part in stay) - self._limits.total_bytes
        if excess > 0:
            stay.sort(key=lambda part: part.modified_ns, reverse=True)
        while excess > 0 and stay:
            go.append(stay.pop())
            excess -= go[-1].size
        for part in go:
            _try(lambda part=part: self._remove(part), troubles)
        return stay

    def _remove(self, part: _Part) -> None:
        """One that somebody still writes to is emptied: without a name it would fill the disk unseen."""
        path = self._directory / part.file_name
        with path.open("rb") as file:
            written = not part.is_compressed and is_being_written(file)
        if written:
            os.truncate(path, 0)
        else:
            path.unlink()


def _size(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return 0  # Removed with its job in between.


def _part(entry: "os.DirEntry[str]") -> _Part | None:
    name = read_name(entry.name)
    if name is None or name.number is None:
        return None
    status = entry.stat(follow_symlinks=False)
    return _Part(entry.name, name, status.st_size, status.st_mtime_ns)


def _drop_doubles(parts: list[_Part], left_behind: list[str]) -> None:
    """Of a part that is there twice, a crash came before its compression had ended: it counts as it was."""
    for older, newer in pairwise(parts.copy()):
        if older.number == newer.number:
            left_behind.append(newer.file_name)
            parts.remove(newer)


def _try(act: Callable[[], object], troubles: list[OSError]) -> None:
    try:
        act()
    except FileNotFoundError:
        pass  # Removed with its job in between.
    except OSError as error:
        troubles.append(error)
