"""A command as a child of the run: started without a shell, heard line by line, and ended with all it has started."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from jobs.models.environments import RUN_MARK
from jobs.models.screen import as_on_screen

_BLOCK: Final = 64 * 1024
_LINE_AT_MOST_BYTES: Final = 8 * 1024
"""Of a line; what is longer is cut, so that a flood without line ends needs no memory."""
_LINE_AT_MOST: Final = 1000
"""Characters."""
_LINGER_SECONDS: Final = 1.0
"""Until what a command wrote last has been read, and what it has left behind has ended by itself."""
_LOOK_EVERY_SECONDS: Final = 0.02
_DEATH_SECONDS: Final = 1.0
"""A process that is killed may need a moment to go; one that the kernel holds on to is not waited for longer."""
_ROUNDS: Final = 3
"""A process may have children while it is being ended."""


class Command:
    """One command, started. `heard` is called with each line of its output, from another thread.

    Raises `OSError` where it cannot be started. It stays in the run's process group: it goes when the run is killed.
    """

    def __init__(
        self, argv: Sequence[str], *, cwd: str, environment: Mapping[str, str], heard: Callable[[str], None]
    ) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - no shell; the arguments are the operator's own
            argv,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._heard = heard
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None: it runs; negative: the signal that ended it."""
        return self._process.poll()

    def has_fallen_silent(self) -> bool:
        """Whether all of its output has been heard, now that it has ended; waits a moment for it. False: a process
        that it has left behind still holds the output open."""
        self._reader.join(_LINGER_SECONDS)
        return not self._reader.is_alive()

    def has_left_behind(self) -> bool:
        """Whether something that it has started, and that carries the mark of this run, goes on living; what is about
        to end has a moment for it."""
        return bool(_left_after(_LINGER_SECONDS, self._family()))

    def end(self, grace_seconds: float) -> None:
        """Ends the command and everything it has started: asks, waits for the grace, kills. May be called twice."""
        asked = self._family()
        for process in asked:
            with suppress(psutil.Error):
                process.terminate()
        left = _left_after(grace_seconds, asked)
        for _ in range(_ROUNDS):
            if not (left := left | self._family()):
                break
            for process in left:
                with suppress(psutil.Error):
                    process.kill()
            left = _left_after(_DEATH_SECONDS, left)

    def _family(self) -> set[psutil.Process]:
        """The command, its descendants, and what else carries the mark of this run but is not the run itself."""
        found: set[psutil.Process] = set()
        if self._process.poll() is None:
            with suppress(psutil.Error):
                root = psutil.Process(self._process.pid)
                found = {root}
                found |= {*root.children(recursive=True)}
        run = os.environ.get(RUN_MARK)
        return {*found, *_marked(run)} if run else found

    def _read(self) -> None:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        for line in _lines(descriptor):
            self._heard(line)


def _left_after(seconds: float, processes: set[psutil.Process]) -> set[psutil.Process]:
    """Those that still live after so many seconds; returns as soon as none does. One that nobody reaps is dead too."""
    deadline = time.monotonic() + seconds
    while (left := {*filter(_lives, processes)}) and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)
    return left


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def refuse_interpreted(program: str) -> str | None:
    """Why a program must not be started: Windows hands batch files to a shell of its own, whatever we ask for."""
    if sys.platform == "win32" and program.lower().rstrip(". ").endswith((".bat", ".cmd")):
        return "Windows 的批处理文件会经过命令解释器，请换成 .exe 或用 Python 写"
    return None


def _marked(run: str) -> Iterator[psutil.Process]:
    """Whoever carries the mark of a run, but for this process and those above it."""
    pids = {*(_marked_by_kernel(run) if sys.platform == "linux" else _marked_by_psutil(run))}
    if not pids:
        return
    us = {os.getpid()}
    with suppress(psutil.Error):
        us |= {parent.pid for parent in psutil.Process().parents()}
    for pid in pids - us:
        with suppress(psutil.Error):
            yield psutil.Process(pid)


def _marked_by_kernel(run: str) -> Iterator[int]:
    """A short read for each process there is, of which those of other people are refused: milliseconds in all."""
    mark = f"{RUN_MARK}={run}".encode()
    for about in Path("/proc").iterdir():
        with suppress(OSError):
            if about.name.isdecimal() and mark in (about / "environ").read_bytes().split(b"\0"):
                yield int(about.name)


def _marked_by_psutil(run: str) -> Iterator[int]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(RUN_MARK) == run:
                yield process.pid


def _lines(descriptor: int) -> Iterator[str]:
    """The lines that come from a pipe until it is closed, as people read them; blank ones are left out."""
    rest = b""
    while data := _some(descriptor):
        *whole, rest = (rest + data).split(b"\n")
        yield from filter(None, map(_shown, whole))
        rest = _cut(rest)
    if last := _shown(rest):
        yield last


def _some(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _BLOCK)
    except OSError:
        return b""


def _cut(rest: bytes) -> bytes:
    """What is kept of a line that has not ended yet: the beginning of what a carriage return has not written over."""
    body = rest.rstrip(b"\r")
    return body.rpartition(b"\r")[2][:_LINE_AT_MOST_BYTES] + rest[len(body) :][:1]


def _shown(line: bytes) -> str:
    return as_on_screen(line)[:_LINE_AT_MOST].strip()
