"""The allowance of requests to each host, shared by all processes and threads of a home through one small file.

A leaky bucket (GCRA): every request adds one to a level that sinks at the allowed rate. An ordinary one may go when the
level stays within 20, a hurried one within 1,000; what is above that waits, and its place is its own meanwhile.
"""

import math
import os
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jobs.ports.clock import ExactClock
from jobs.ports.provider import RateLimited

ORDINARY_BURST: Final = 20
"""Requests at once, after a rest: opening a page of the platform's own makes about as many."""
HURRIED_BURST: Final = 1000
"""A release with two hundred runs: the days, the slots, an order, its proof, and one try more for each. What it takes
is paid back by everybody's ordinary requests, which wait until the level is theirs again."""
PATIENCE_SECONDS: Final = 60.0
"""Who would wait longer is told so instead, and does something else meanwhile."""

_FARTHEST_SECONDS: Final = 2 * 24 * 3600.0
"""No level lies further ahead, and no quiet: a host's wait is believed for a day, and a reserve at one request a minute
is paid back in 17 hours. What does was not written by us."""
_LOCK_PATIENCE_SECONDS: Final = 2.0
"""The lock is held for some 20 µs; two seconds mean that its holder was stopped."""
_FIRST_PAUSE_SECONDS: Final = 0.0001
_LONGEST_PAUSE_SECONDS: Final = 0.005
_RECORD: Final = struct.Struct("<ddd")
_hurrying: Final[ContextVar[bool]] = ContextVar("hurrying", default=False)

TakeLock = Callable[[Path], AbstractContextManager[Any] | None]
"""The lock on a file, None when somebody has it; never waits. It goes with the process that holds it."""


class Level(Struct, frozen=True):
    """Instants of a steady clock: when the level is 0 again, until when the host wants quiet, when it was written."""

    empty_at: float = 0.0
    quiet_until: float = 0.0
    written_at: float = 0.0

    def at(self, now: float) -> "Level":
        """As it counts now: a clock that went back is that of a machine that was started anew."""
        return Level() if now < self.written_at else self

    @property
    def is_sound(self) -> bool:
        """Whether it can have been written by a budget: a spoiled file must neither stop everybody nor let all pass."""
        ahead = (self.empty_at - self.written_at, self.quiet_until - self.written_at)
        return math.isfinite(self.written_at) and all(-math.inf < one <= _FARTHEST_SECONDS for one in ahead)


class SharedBudget:
    """Implements `ports.budget.Budget`. One file for each host in `directory`, which is made when needed, not synced:
    what a power cut takes is seconds of a level. Where no file can be kept the allowance is this process's own.

    `wait` sleeps so many seconds, or until this process shall leave, and says whether it shall; None: it never is asked
    to, as far as the budget knows.
    """

    def __init__(
        self,
        directory: Path,
        clock: ExactClock,
        take_lock: TakeLock,
        per_minute: int,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._take_lock = take_lock
        self._seconds_each = 60.0 / per_minute
        self._wait = wait or self._sleep
        self._own: dict[str, Level] = {}
        self._own_lock = threading.Lock()
        self._files: dict[str, tuple[Path, Path]] = {}

    def take(self, server: str, within_seconds: float | None = None) -> None:
        patience = PATIENCE_SECONDS if within_seconds is None else min(within_seconds, PATIENCE_SECONDS)
        seconds = self._reserve(server, HURRIED_BURST if _hurrying.get() else ORDINARY_BURST, patience)
        if seconds > 0:
            if self._wait(seconds):
                raise RateLimited("被要求退出，没有再问平台", f"{server}: leaving", 0.0)
            self._refuse_in_quiet(self._read(server))

    def quiet(self, server: str, seconds: float) -> None:
        def hushed(level: Level, now: float) -> Level:
            return replace(level, quiet_until=max(level.quiet_until, now + seconds))

        self._change(server, hushed)

    @contextmanager
    def hurrying(self) -> Generator[None]:
        before = _hurrying.set(True)
        try:
            yield
        finally:
            _hurrying.reset(before)

    def left(self, server: str) -> int:
        now = self._clock.steady()
        level = self._read(server).at(now)
        if now < level.quiet_until:
            return 0
        return max(0, int(HURRIED_BURST - max(0.0, level.empty_at - now) / self._seconds_each + 1e-6))

    def _sleep(self, seconds: float) -> bool:
        self._clock.sleep(seconds)
        return False

    def _reserve(self, server: str, burst: int, patience_seconds: float) -> float:
        """Takes a place; in how many seconds it comes. Raises `RateLimited`, and takes none, where that is too long."""
        seconds = 0.0

        def taken(level: Level, now: float) -> Level:
            nonlocal seconds
            self._refuse_in_quiet(level)
            empty_at = max(level.empty_at, now) + self._seconds_each
            seconds = max(0.0, empty_at - now - burst * self._seconds_each)
            if seconds > patience_seconds:
                sentence = f"对平台的请求额度用完了，约 {max(1, round(seconds))} 秒后再试"
                raise RateLimited(sentence, f"{server}: level full", seconds)
            return replace(level, empty_at=empty_at)

        self._change(server, taken)
        return seconds

    def _refuse_in_quiet(self, level: Level) -> None:
        now = self._clock.steady()
        if (seconds := level.at(now).quiet_until - now) > 0:
            raise RateLimited(f"平台要求少发请求，约 {max(1, round(seconds))} 秒后再试", "quiet", seconds)

    def _change(self, server: str, change: Callable[[Level, float], Level]) -> None:
        """Replaces a host's level by what `change` makes of it. What that raises leaves it as it is."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self._locked(self._files_of(server)[1])
        except OSError:
            with self._own_lock:
                self._own[server] = self._next(self._own.get(server, Level()), change)
            return
        with lock, self._own_lock:
            before = self._read(server)
            after = self._own[server] = self._next(before, change)
            self._write(server, after)

    def _next(self, level: Level, change: Callable[[Level, float], Level]) -> Level:
        now = self._clock.steady()
        return replace(change(level.at(now), now), written_at=now)

    def _locked(self, path: Path) -> AbstractContextManager[Any]:
        """Raises `RateLimited` where somebody will not let go of it: nobody knows how much is left."""
        pause, waited = _FIRST_PAUSE_SECONDS, 0.0
        while (lock := self._take_lock(path)) is None:
            if waited > _LOCK_PATIENCE_SECONDS:
                raise RateLimited("请求额度正被占用，稍后再试", f"{path} is locked", _LOCK_PATIENCE_SECONDS)
            self._clock.sleep(pause)
            waited += pause
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        return lock

    def _read(self, server: str) -> Level:
        """What was written last, by whomever; this process's own where there is no file, or none that makes sense."""
        own = self._own.get(server, Level())
        try:
            kept = Level(*_RECORD.unpack(self._file(server).read_bytes()))
        except (OSError, struct.error):
            return own
        if not kept.is_sound:
            return own
        return max(own, kept, key=lambda level: level.written_at)

    def _write(self, server: str, level: Level) -> None:
        try:
            descriptor = os.open(self._file(server), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        try:
            os.write(descriptor, _RECORD.pack(level.empty_at, level.quiet_until, level.written_at))
        except OSError:
            return
        finally:
            os.close(descriptor)

    def _file(self, server: str) -> Path:
        return self._files_of(server)[0]

    def _files_of(self, server: str) -> tuple[Path, Path]:
        """Where its level is, and its lock. Made once: each path that is made leaves its name in a table of the
        interpreter's, which a run that polls for days would fill, and copy (1 MiB)."""
        files = self._files.get(server)
        if files is None:
            file = self._directory / blake2b(server.encode(), digest_size=8).hexdigest()
            files = self._files[server] = (file, file.with_suffix(".lock"))
        return files
