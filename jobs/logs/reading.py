"""The last lines of a log, over all its parts."""

import io
import logging
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final

from jobs.logs.lines import BLOCK, holding, lines_backwards, readable, stamp_of
from jobs.logs.parts import Part, inflated, is_at, listing, open_log, open_part

_log = logging.getLogger("sja.logs")

READ_AT_MOST: Final = 128 * 1024 * 1024
"""Bytes read for the last lines, however long they are: some tenths of a second."""
LOOKED_THROUGH_AT_MOST: Final = 32 * 1024 * 1024
"""Bytes, as they were before compression, looked through for a word or an instant; and held of a compressed part."""

MayHold = Callable[[bytes], bool]


class Picking:
    """Chooses lines, offered from the last to the first: the last `count` that hold `search`, of `since` or later.

    A line without an instant of its own belongs to the nearest one above that has one; where there is none, it counts
    as late enough. `since` is written as lines write it, in the same zone; empty: any.
    """

    def __init__(self, count: int, search: str, since: bytes) -> None:
        self._count = count
        self._search = search.casefold()
        self._holds = holding(search)
        self._since = since
        self._picked: list[str] = []
        self._undated: list[str] = []
        self.is_done = False

    @property
    def may_hold(self) -> MayHold:
        """Which bytes need not be offered; all must, where instants are compared."""
        return (lambda _: True) if self._since else self._holds

    @property
    def lines(self) -> list[str]:
        """What was chosen, oldest first."""
        return (self._picked + self._undated)[: self._count][::-1]

    def offer(self, raw: bytes) -> None:
        stamp = stamp_of(raw) if self._since else b""
        if stamp and stamp < self._since:
            self._undated.clear()
            self.is_done = True
            return
        if len(self._picked) + len(self._undated) < self._count and self._holds(raw):
            line = readable(raw)
            if self._search in line.casefold():
                self._undated.append(line)
        if stamp or not self._since:
            self._picked += self._undated
            self._undated.clear()
            self.is_done = len(self._picked) >= self._count


def pick(directory: Path, log: str, picking: Picking, at_most: int) -> None:
    """Offers the lines of a log and its parts, newest first, until the picking is done or `at_most` bytes were read."""
    current = open_log(directory, log)
    if current is not None:
        current.seek(0, os.SEEK_END)
    pick_before(directory, log, current, picking, at_most)
    if current is not None:
        current.close()


def pick_before(directory: Path, log: str, current: BinaryIO | None, picking: Picking, at_most: int) -> None:
    """As `pick`, from the position of a file that was the log when it was opened; it may have become a part since."""
    if current is not None:
        at_most -= _offer(current, picking, at_most)
    if picking.is_done or at_most <= 0:
        return
    for part in _older(directory, log, current):
        with closing(part.file):
            at_most -= _offer_part(part, picking, at_most)
        if picking.is_done or at_most <= 0:
            return


def _older(directory: Path, log: str, current: BinaryIO | None) -> Iterator[Part]:
    """The parts older than `current`, newest first."""
    there = listing(directory, log)
    numbers = there.numbers
    if current is not None and not is_at(directory, log, current):
        # It has become a part meanwhile, and others may have followed it.
        there = listing(directory, log)
        mine = there.by_inode.get(os.fstat(current.fileno()).st_ino)
        numbers = numbers if mine is None else range(there.numbers.start, mine)
    for number in reversed(numbers):
        part = open_part(directory, log, number)
        if part is None:
            continue
        if current is not None and part.inode == os.fstat(current.fileno()).st_ino:
            part.file.close()
        else:
            yield part


def _offer_part(part: Part, picking: Picking, at_most: int) -> int:
    if not part.is_compressed:
        part.file.seek(0, os.SEEK_END)
        return _offer(part.file, picking, at_most)
    end = _end_of(part, min(at_most, LOOKED_THROUGH_AT_MOST))
    return _offer(end, picking, at_most)


def _offer(file: BinaryIO, picking: Picking, at_most: int) -> int:
    """Returns how many bytes were there to be read, at most."""
    size = min(file.tell(), at_most)
    for raw in lines_backwards(file, at_most, picking.may_hold):
        picking.offer(raw)
        if picking.is_done:
            break
    return size


def _end_of(part: Part, at_most: int) -> io.BytesIO:
    """The last bytes of a compressed part, from the beginning of a line on, ready to be read backwards."""
    blocks: deque[bytes] = deque()
    held = 0
    is_whole = True
    try:
        for block in inflated(part, BLOCK):
            blocks.append(block)
            held += len(block)
            while held - len(blocks[0]) >= at_most:
                held -= len(blocks.popleft())
                is_whole = False
    except (OSError, EOFError, zlib.error) as error:
        _log.warning("%s is damaged, its end is missing: %s", part.file.name, error)
    end = io.BytesIO(b"".join(blocks))
    end.seek(0, os.SEEK_END)
    if not is_whole:
        whole = end.getvalue().partition(b"\n")[2]
        end = io.BytesIO(whole)
        end.seek(0, os.SEEK_END)
    return end
