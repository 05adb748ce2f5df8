"""The kernel lock that makes one bot per home. A lock goes with the process that holds it, however it ends."""

import os
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from jobs.supervisor.kernel_lock import KernelLock, take

PROBE_PATIENCE_SECONDS: Final = 0.5
"""`home_is_held` takes the lock for an instant; a bot that starts just then asks again for this long."""

_ASK_EVERY_SECONDS: Final = 0.02

Office = Literal["bot", "warden"]
"""Of which a home has one at most: it holds `OFFICE.lock` and says its pid in `OFFICE.pid`."""


class Hold:
    """A lock that is held until `release`, the end of a `with`, or the end of the process. Keep a reference to it.

    A child process does not hold it: the descriptor is closed in it at fork as well as at exec.
    """

    def __init__(self, lock: KernelLock, note: Path | None = None) -> None:
        self._lock = lock
        self._note = note

    def release(self) -> None:
        """Gives the lock back. Idempotent."""
        if self._lock.is_held and self._note is not None:
            self._note.unlink(missing_ok=True)
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def hold_home(home: Path, office: str = "bot") -> Hold | None:
    """The right to be the home's one bot, or whatever else `office` names; None when another live process has it.

    Writes the holder's pid, in decimal, into `bot.pid`. Waits for `PROBE_PATIENCE_SECONDS` at most.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _take(home / f"{office}.lock", patience_seconds=PROBE_PATIENCE_SECONDS)
    if lock is None:
        return None
    note = home / f"{office}.pid"
    note.touch(mode=0o600)
    note.write_text(f"{os.getpid()}\n")
    return Hold(lock, note)


def home_is_held(home: Path, office: str = "bot") -> bool:
    """Whether a bot (or whatever else `office` names) is running on this home. Without a home: no."""
    path = home / f"{office}.lock"
    if not path.exists():
        return False
    lock = _take(path, patience_seconds=0)
    if lock is None:
        return True
    lock.release()
    return False


def home_was_held(home: Path, office: str = "bot") -> bool:
    """Whether anybody ever held the home in that office, now or before."""
    return (home / f"{office}.lock").exists()


def holder_pid(home: Path, office: str = "bot") -> int | None:
    """The pid of the bot (or `office`) running on this home; None when none is, or it has not said yet."""
    if not home_is_held(home, office):
        return None
    try:
        return int((home / f"{office}.pid").read_text())
    except (FileNotFoundError, ValueError):
        return None


def warden_pid(home: Path) -> int | None:
    """The pid of the home's warden; None when it has none that would start a run."""
    return holder_pid(home, "warden")


def _take(path: Path, patience_seconds: float) -> KernelLock | None:
    deadline = time.monotonic() + patience_seconds
    while (lock := take(path)) is None and time.monotonic() < deadline:
        time.sleep(_ASK_EVERY_SECONDS)
    return lock
