"""Sees writes to files the moment they happen, without asking again and again."""

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Final, Self

_MODIFIED: Final = 0x2
"""IN_MODIFY of inotify(7)."""
_HEAD: Final = struct.Struct("iIII")
"""Watch, mask, cookie, and the length of the name that follows."""
_PATIENCE_SECONDS: Final = 30.0
_PATIENCE_WITH_MANY_SECONDS: Final = 120.0


class Writes:
    """Linux's inotify on some directories, heard by the running event loop."""

    def __init__(self, *directories: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        for directory in directories:
            if libc.inotify_add_watch(self._descriptor, os.fsencode(directory), _MODIFIED) < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), directory)

    def __enter__(self) -> Self:
        asyncio.get_running_loop().add_reader(self._descriptor, self._heard)
        self._at = perf_counter()
        self._changed = asyncio.Event()
        self._names: set[str] = set()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)

    async def until(self, holds: Callable[[], bool]) -> float:
        """The instant (`perf_counter`) of the write after which `holds()` is true. Fails after a generous while."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                await self._changed.wait()
                self._changed.clear()
                at = self._at
                if holds():
                    return at

    async def until_each(self, names: Iterable[str], holds: Callable[[str], bool]) -> float:
        """The instant of the write after which `holds` was true, at some write to it, of each of these files."""
        left, at = set(names), self._at
        async with asyncio.timeout(_PATIENCE_WITH_MANY_SECONDS):
            while left:
                await self._changed.wait()
                self._changed.clear()
                changed, self._names, at = self._names & left, set(), self._at
                left -= {name for name in changed if holds(name)}
        return at

    def _heard(self) -> None:
        self._at = perf_counter()
        self._names |= set(_names_in(os.read(self._descriptor, 65536)))
        self._changed.set()


def _names_in(events: bytes) -> Iterator[str]:
    place = 0
    while place < len(events):
        *_, length = _HEAD.unpack_from(events, place)
        place += _HEAD.size + length
        yield os.fsdecode(events[place - length : place].rstrip(b"\0"))
