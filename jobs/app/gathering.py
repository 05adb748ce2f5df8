"""Brings together in memory what a run executes, so that running it copies few pages of what a fork shares.

CPython counts the references to a function's code in the code itself. Strewn over all that was imported, the five
hundred functions of a run cost it a page each, and more; side by side some eight share a page.
"""

import gc
import sys
from collections.abc import Callable, Collection
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

_originals: Final[list[CodeType]] = []
"""Kept for good. Freed, they would leave holes everywhere, and what a run allocates would fill them: 0.5 MiB a run."""


def executed_by(work: Callable[[], None]) -> frozenset[CodeType]:
    """The code of every Python function called on this thread while `work` is done."""
    codes: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            codes.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return frozenset(codes)


def gather(codes: Collection[CodeType]) -> None:
    """Gives each living function with one of these codes a copy of it, made one after the other.

    Functions that shared a code go on sharing it. A copy is as good as its original, but not yet warmed up.
    """
    copies: dict[int, CodeType] = {}
    wanted = {id(code) for code in codes}
    for function in (each for each in gc.get_objects() if isinstance(each, FunctionType)):
        place = id(function.__code__)
        if place in copies:
            function.__code__ = copies[place]
        elif place in wanted:
            _originals.append(function.__code__)
            function.__code__ = copies[place] = function.__code__.replace()
