"""Bytes into lines: backwards from an end, and as people read them. However long a line is, little of it is held."""

import os
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from jobs.models.redaction import redact
from jobs.models.screen import as_on_screen

BLOCK: Final = 64 * 1024
"""Bytes per read: the last 50 lines of a log of ordinary lines fit into one."""
_LINE_AT_MOST: Final = 2000
"""Characters shown of one line."""
_UNSEEN: Final = re.compile(
    rb"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]|\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0-\xa9])|\xc2[\x80-\x9f]|\xef\xbb\xbf"
)
"""Where any of these stands, people see other words than the bytes spell."""
_STAMP: Final = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?= )")
_BLANK: Final = re.compile(rb"\s")


def lines_backwards(file: BinaryIO, at_most: int, may_hold: Callable[[bytes], bool]) -> Iterator[bytes]:
    """Lines from the last to the first, within the `at_most` bytes before the file's position, `may_hold` willing.

    `may_hold` is asked about many lines at once, and all of them are left out when it says no. Of a line longer than
    a block only what `cut` keeps; of one that begins before the bytes that are read only what `unbegun` keeps.
    """
    position = file.tell()
    limit = max(0, position - at_most)
    if position == limit:
        return
    rest = b""
    is_last = True
    while position > limit:
        size = min(BLOCK, position - limit)
        position -= size
        file.seek(position)
        block = file.read(size)
        if is_last:
            block = block.removesuffix(b"\n")
            is_last = False
        first, newline, whole = block.partition(b"\n")
        if not newline:
            rest = cut(block + rest)
            continue
        whole += rest
        if may_hold(whole):
            yield from reversed(whole.split(b"\n"))
        rest = first
    rest = rest if position == 0 else unbegun(rest)
    if may_hold(rest):
        yield rest


def cut(line: bytes) -> bytes:
    """What is kept of a line, or of a piece of one, that is longer than a block: of what people will see the beginning.

    That is what stands behind the last carriage return, marked by one before it.
    """
    if len(line) <= BLOCK:
        return line
    body = line.rstrip(b"\r")
    _, overwrites, seen = body.rpartition(b"\r")
    return overwrites + seen[:BLOCK] + line[len(body) :][:1]


def unbegun(rest: bytes) -> bytes:
    """What is kept of a line whose beginning is not known: a secret that is cut in two is not recognised."""
    blank = _BLANK.search(rest)
    return "…".encode() + (rest[blank.start() :] if blank else b"")


def stamp_of(line: bytes) -> bytes:
    """`2026-11-23 12:00:00` where the line begins with an instant, as our own do; else nothing."""
    found = _STAMP.match(line)
    return found[0] if found else b""


def readable(line: bytes) -> str:
    """A line as a terminal would show it in the end: what a carriage return wrote over is gone. Secrets are hidden."""
    return redact(as_on_screen(line))[:_LINE_AT_MOST]


def holding(search: str) -> Callable[[bytes], bool]:
    """Whether bytes may hold the word, in any case of letters, as people see it; quick, and yes when in doubt."""
    has_case = any(letter.upper() != letter.lower() for letter in search if not letter.isascii())
    needle = b"" if has_case else search.lower().encode(errors="replace")
    if not needle:
        return lambda _: True
    return lambda data: needle in data.lower() or _UNSEEN.search(data) is not None


def end_of_last_line(file: BinaryIO) -> int:
    """The position behind the last newline, within a block of the end; the end itself where there is none."""
    end = file.seek(0, os.SEEK_END)
    begin = max(0, end - BLOCK)
    file.seek(begin)
    newline = file.read(end - begin).rfind(b"\n")
    return end if newline < 0 and begin else begin + newline + 1
