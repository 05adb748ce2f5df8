"""A kernel lock on a file: it goes with the process that holds it, however it ends.

Not by `filelock`, except where there is no `flock`: what it does around every fork would double the time a fork takes
and dirty half a MiB in each run.
"""

import os
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_held: Final[set[int]] = set()
"""The descriptors whose locks this process holds."""


class KernelLock:
    """A lock that is held until `release`, the end of a `with`, or the end of the process.

    A child process does not hold it: the descriptor is closed in it at fork as well as at exec.
    """

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    @property
    def is_held(self) -> bool:
        return self._release is not None

    def release(self) -> None:
        """Gives the lock back. Idempotent."""
        release, self._release = self._release, None
        if release is not None:
            release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def take(path: Path) -> KernelLock | None:
    """The lock on `path`, a file that is made (0600) where there is none; None when somebody has it. Never waits."""
    release = _take(path)
    return KernelLock(release) if release is not None else None


if sys.platform == "win32":

    def _take(path: Path) -> Callable[[], None] | None:
        from filelock import FileLock, Timeout  # noqa: PLC0415 - not where there is `flock`

        lock = FileLock(path, timeout=0, mode=0o600, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            return None
        return lock.release

else:
    import fcntl

    def _take(path: Path) -> Callable[[], None] | None:
        _let_go_in_children()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        _held.add(descriptor)
        return partial(_let_go, descriptor)

    def _let_go(descriptor: int) -> None:
        _held.discard(descriptor)
        os.close(descriptor)

    def _let_go_of_all() -> None:
        while _held:
            os.close(_held.pop())

    @cache
    def _let_go_in_children() -> None:
        os.register_at_fork(after_in_child=_let_go_of_all)
