"""Stack traces are for whoever keeps the machine; people in chats are spared them, and the paths they show."""

import re
from collections.abc import Sequence
from typing import Final

OMITTED: Final = "（程序出错的细节在服务器的日志里）"

_BEGINS: Final = re.compile(
    r"[ \t+|]*(?:Exception Group )?Traceback \(most recent call last\):"
    r"|During handling of the above exception|The above exception was the direct cause"
    r'|[ \t|]+File ".*", line \d+'
)
_STAMPED: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
"""How the lines of our own runs begin: with the first of them a trace is surely over."""
_EXCEPTION: Final = re.compile(r"[A-Za-z_][\w.]*(:|$)")


def without_tracebacks(lines: Sequence[str]) -> list[str]:
    """The lines, each traceback (also one cut off at the front) replaced by one line that says so.

    The shape is CPython's: `Traceback …`, indented frames, the exception at the margin, perhaps over several lines.
    A trace ends at the next line with a time stamp; where no line has one, with the line at the margin.
    """
    shown: list[str] = []
    has_stamps = any(_STAMPED.match(line) for line in lines)
    inside = _begins_inside(lines)
    joined = False
    for line in lines:
        if _BEGINS.match(line):
            inside = True
        elif inside and has_stamps:
            inside = not _STAMPED.match(line)
        elif inside:
            inside, joined = not line or line[0] in " \t+|", True
            if not inside:
                continue
        if inside:
            if not shown or shown[-1] != OMITTED:
                shown.append(OMITTED)
        elif line or not joined:
            shown.append(line)
            joined = False
    return shown


def _begins_inside(lines: Sequence[str]) -> bool:
    """Whether the first lines are the end of a trace: frames, and then an exception at the margin."""
    if not lines or (lines[0] and not lines[0][0].isspace()):
        return False
    at_margin = next((line for line in lines if line and not line[0].isspace()), "")
    return _EXCEPTION.match(at_margin) is not None and not _STAMPED.match(at_margin)
