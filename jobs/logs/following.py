"""Each new line of a log, over any number of rotations."""

import logging
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from jobs.logs.lines import BLOCK, cut, end_of_last_line
from jobs.logs.parts import Part, has_part, inflated, is_at, listing, open_log, open_part
from jobs.logs.writers import is_being_written

_log = logging.getLogger("sja.logs")

_LOOKS_AFTER: Final = 25
"""How often a part is looked at after its last line, where the system cannot tell whether it is still written to."""
_OPEN_AT_MOST: Final = 16
"""Parts that somebody still writes to; older ones are no longer looked at."""
_TRIES: Final = 100
"""To see a log and its parts at one instant; more than one is needed only when it was rotated within some 0.1 ms."""


class _Followed:
    """A file that is read as it grows. `rest`: the beginning of a line whose end is still to come."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._rest = b""
        self._quiet_looks = 0

    @property
    def inode(self) -> int:
        return os.fstat(self.file.fileno()).st_ino

    @property
    def size(self) -> int:
        return os.fstat(self.file.fileno()).st_size

    def lines_up_to(self, size: int) -> Iterator[bytes]:
        """The whole lines up to a size, each once; a file that was emptied begins again."""
        position = self.file.tell()
        if position > size:
            position = self.file.seek(0)
        self._quiet_looks += 1
        while position < size and (block := self.file.read(min(BLOCK, size - position))):
            position += len(block)
            self._quiet_looks = 0
            *whole, rest = (self._rest + block).split(b"\n")
            self._rest = cut(rest)
            yield from whole

    def rest(self) -> Iterator[bytes]:
        """What there is of the last line; afterwards the file is closed."""
        self.file.close()
        if self._rest:
            yield self._rest

    def has_ended(self) -> bool:
        """Whether nothing will be added to what is there now. Asked before reading, of a part only."""
        written = is_being_written(self.file)
        return self._quiet_looks >= _LOOKS_AFTER if written is None else not written


class Following:
    """Where somebody has got to in a log: at first, behind the last whole line there is."""

    def __init__(self, directory: Path, log: str) -> None:
        self._directory = directory
        self._log = log
        current, newest = self._opened()
        self._files: list[_Followed] = []
        self._newest = newest
        """The newest part that has been taken up, or was there before."""
        self._has_log = current is not None
        """Whether the last file was the log itself when it was opened: then it has a number beyond, or will have."""
        if current is not None:
            current.seek(end_of_last_line(current))
            self._files.append(_Followed(current))

    @property
    def start(self) -> BinaryIO | None:
        """The file it begins in, at the position where it begins; None when there is no log yet."""
        return self._files[0].file if self._files else None

    def new_lines(self) -> Iterator[bytes]:
        """What was written since the last time, in the order in which one process wrote it."""
        yield from self._read()
        while not self._is_current():
            yield from self._go_on()
            yield from self._read()

    def close(self) -> None:
        for followed in self._files:
            followed.file.close()

    def _read(self) -> Iterator[bytes]:
        """A process that wrote to a newer file has written all it will to the older ones: so the newest file's size is
        taken first, and the oldest file is read first."""
        older = self._files[:-1]
        ended = [followed for followed in older if followed.has_ended()]
        ended += [followed for followed in older[:-_OPEN_AT_MOST] if followed not in ended]
        sizes = {id(followed): followed.size for followed in reversed(self._files)}
        for followed in list(self._files):
            yield from followed.lines_up_to(sizes[id(followed)])
            if followed in ended:
                yield from followed.rest()
                self._files.remove(followed)

    def _is_current(self) -> bool:
        if (self._directory / self._log).exists():
            return is_at(self._directory, self._log, self._files[-1].file if self._has_log else None)
        return not has_part(self._directory, self._log, self._taken() + 1)

    def _go_on(self) -> Iterator[bytes]:
        """Takes up all files that came after the last one; what is compressed is read at once."""
        taken = self._taken()
        current, newest = self._opened()
        for number in range(taken + 1, newest + 1):
            part = open_part(self._directory, self._log, number)
            if part is None:
                continue
            if not part.is_compressed:
                self._files.append(_Followed(part.file))
                continue
            yield from self._read()
            yield from _lines_of(part)
        self._newest = max(newest, taken)
        self._has_log = current is not None
        if current is not None:
            self._files.append(_Followed(current))

    def _taken(self) -> int:
        """The number up to which all parts are taken up. Compressed, a file's inode is gone; then it has the next."""
        if not self._has_log:
            return self._newest
        number = listing(self._directory, self._log).by_inode.get(self._files[-1].inode)
        if number is not None:
            return max(number, self._newest)
        return self._newest + 1 if has_part(self._directory, self._log, self._newest + 1) else self._newest

    def _opened(self) -> tuple[BinaryIO | None, int]:
        """The log, and the number of the newest part that is older: 0 for none."""
        for _ in range(_TRIES):
            current = open_log(self._directory, self._log)
            numbers = listing(self._directory, self._log).numbers
            newest = max(0, numbers[-1] - 1) if numbers else 0
            while has_part(self._directory, self._log, newest + 1):
                newest += 1
            if is_at(self._directory, self._log, current):
                return current, newest
            if current is not None:
                current.close()
        raise OSError(f"{self._log} is rotated faster than it can be read")


def _lines_of(part: Part) -> Iterator[bytes]:
    rest = b""
    try:
        for block in inflated(part, BLOCK):
            *whole, rest = (rest + block).split(b"\n")
            rest = cut(rest)
            yield from whole
    except (OSError, EOFError, zlib.error) as error:
        _log.warning("%s is damaged, its end is missing: %s", part.file.name, error)
    finally:
        part.file.close()
    if rest:
        yield rest
