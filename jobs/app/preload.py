"""What a fork server imports and warms before its first fork, so that a run starts with everything at hand."""

import ctypes
import gc
import logging
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from jobs.app.gathering import executed_by, gather
from jobs.app.rehearsal import RehearsalFailed, rehearse
from jobs.app.runlog import log_what_matters
from jobs.kinds import all_kinds
from jobs.ports.store import StoreUnavailable
from jobs.templates import shipped
from jobs.venues import warm_up

_log = logging.getLogger("sja.preload")

_REHEARSALS: Final = 8
"""After so many calls CPython 3.11 rewrites a function's code for speed, also of what a run does but once."""
_HOLE_SIZES: Final = (*range(24, 1032, 16), 1500, 2000, 3000, 4096, 6000, 8000, 16000, 32000)
_OBJECT_SIZES: Final = range(48, 513, 16)
"""Up to 512 bytes CPython has an allocator of its own, with a heap for each 16 bytes more."""
_FILLED_BYTES: Final = 100_000
"""Of each size. More brings no more."""
_NAMES: Final = 20_000
"""About as many as are known by then."""

_filling: Final[list[bytes]] = []


def preload(home: Path) -> None:  # noqa: ARG001 - a home says nothing yet of what its runs need
    """Imports all that a run of any kind may need. Starts no thread, and leaves no client, file or socket open.

    Rehearses runs on throw-away homes; where that fails runs only start a little slower, and the log says so.
    """
    all_kinds()
    import_module("jobs.exact.aim")  # As `run` does for those that wait for an instant.
    shipped()
    warm_up()
    try:
        rehearse()
        executed = executed_by(rehearse)
        _fill_holes()  # Or what is gathered would be strewn over them.
        gather(executed)
        for _ in range(_REHEARSALS):
            rehearse()
    except (RehearsalFailed, StoreUnavailable, OSError):
        _log.warning("the rehearsal failed; runs will start a little slower", exc_info=True)
    log_what_matters()
    _make_room_for_names()
    gc.collect()
    _fill_holes()


def _make_room_for_names() -> None:
    """CPython keeps all names in one table, which it copies when it is full (1 MiB), also for names long forgotten.

    Let it do that now, or each run would by itself, sooner or later.
    """
    for number in range(_NAMES):
        sys.intern(f"{__name__} {number}")


def _fill_holes() -> None:
    """Takes the free places that importing has left all over the heap, for good (10 MiB, once for each time).

    What a run allocates by itself (SQLite above all) would fill them, and copy a page of ours for each: 0.8 MiB a run.
    """
    for size in _OBJECT_SIZES:
        _filling.extend(bytes(size - sys.getsizeof(b"")) for _ in range(_FILLED_BYTES // size))
    if sys.platform != "linux":
        return
    allocate = ctypes.CDLL(None).malloc
    allocate.argtypes, allocate.restype = [ctypes.c_size_t], ctypes.c_void_p
    for size in _HOLE_SIZES:
        for _ in range(_FILLED_BYTES // size):
            allocate(size)
