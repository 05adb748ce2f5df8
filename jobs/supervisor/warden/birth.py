"""From the fork to the work: what happens in the child before it is a worker."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn

from msgspec import Struct

from jobs.models.run import EXIT_CRASHED, EXIT_TEMPORARY
from jobs.supervisor.orphan import write_own_end
from jobs.supervisor.warden.appearance import Appearance

BORN: Final = b"b"
GO: Final = b"g"
"""What child and warden tell each other, before the work."""

HANDLED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD)
"""What a warden does not leave to the system, and its child does again. Any other signal does the same to both."""

_STANDARD: Final = (0, 1, 2)


class Cradle(Struct, frozen=True, kw_only=True):
    """What the child takes over from the warden: descriptors, and who it shall be.

    `line` is its end of a socket to the warden. A byte from the warden says that the run is on record, the line's end
    that it never will be. The child sends one when it is to the outside what it is to be.
    """

    run: str
    job: str
    payload: int
    log: int
    line: int


def become_worker(cradle: Cradle, work: Callable[[], int], appearance: Appearance) -> NoReturn:
    """Turns this process, just forked with the `HANDLED` signals blocked, into a worker, and ends with it."""
    code = EXIT_CRASHED
    try:
        _leave_the_warden(cradle, appearance)
        if _is_wanted(cradle.line):
            code = _do(work)
            write_own_end(code)
        else:
            # Nobody knows of this process, and it was given nothing to do.
            code = EXIT_TEMPORARY
    except BaseException:
        # Nothing may pass: above this frame is the warden's own loop.
        traceback.print_exc()
    finally:
        os._exit(code)


def _is_wanted(line: int) -> bool:
    """Says that this process has become what it is to be, and waits for the warden's word; closes the line."""
    try:
        os.write(line, BORN)
        return os.read(line, 1) == GO
    except (BrokenPipeError, ConnectionResetError):
        return False
    finally:
        os.close(line)


def _leave_the_warden(cradle: Cradle, appearance: Appearance) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in HANDLED:
        signal.signal(number, signal.SIG_DFL)
    os.dup2(cradle.payload, 0)
    os.dup2(cradle.log, 1)
    os.dup2(cradle.log, 2)
    os.lseek(0, 0, os.SEEK_SET)
    os.closerange(len(_STANDARD), cradle.line)
    os.closerange(cradle.line + 1, 1 + max(int(name) for name in os.listdir("/proc/self/fd")))  # noqa: PTH208
    appearance.take(cradle.run, cradle.job)
    # What arrived since the fork arrives now.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _do(work: Callable[[], int]) -> int:
    try:
        code = work()
    except SystemExit as leaving:
        code = _code_of(leaving)
    except BaseException:
        traceback.print_exc()
        code = EXIT_CRASHED
    for stream in (sys.stdout, sys.stderr):
        # A closed stream, or a full disk: the work is done all the same.
        with suppress(OSError, ValueError):
            stream.flush()
    return code & 0xFF


def _code_of(leaving: SystemExit) -> int:
    """As the interpreter itself would take it."""
    if leaving.code is None or isinstance(leaving.code, int):
        return leaving.code or 0
    print(leaving.code, file=sys.stderr)
    return 1
