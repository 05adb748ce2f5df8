"""Stack traces are for whoever keeps the machine; people in chats are spared them, and the paths they show."""

import re
from collections.abc import Sequence
from typing import Final

OMITTED: Final = "（程序出错的细节在服务器的日志里）"

_BEGINS: Final = re.compile(r"Traceback \(most recent call last\):")
_JOINS: Final = re.compile(r"During handling of the above exception|The above exception was the direct cause")
_EXCEPTION: Final = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Warning|Group)\b")


def without_tracebacks(lines: Sequence[str]) -> list[str]:
    """The lines, each traceback (also one cut off at the front) replaced by one line that says so.

    The shape is CPython's: `Traceback …`, indented frames, the exception at the margin; several may be joined.
    """
    shown: list[str] = []
    inside = _begins_inside(lines)
    joined = False
    for line in lines:
        if _BEGINS.match(line) or _JOINS.match(line):
            inside = True
        elif inside:
            # The first line at the margin is the exception itself: the trace ends with it.
            inside, joined = not line or line[0].isspace(), True
        elif line or not joined:
            shown.append(line)
            joined = False
            continue
        if not shown or shown[-1] != OMITTED:
            shown.append(OMITTED)
    return shown


def _begins_inside(lines: Sequence[str]) -> bool:
    """Whether the first lines are the end of a trace: frames, and then an exception at the margin."""
    at_margin = next((line for line in lines if line and not line[0].isspace()), "")
    return bool(lines) and (not lines[0] or lines[0][0].isspace()) and _EXCEPTION.match(at_margin) is not None
