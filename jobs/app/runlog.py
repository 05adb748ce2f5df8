"""The log of a run, written from inside: it stays whole while the bot rotates it, and never ends the run.

A run's process loads this, so it loads little.
"""

import logging
import os
import stat
import sys
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from jobs.models.redaction import redact

_OUT: Final = 1
_ERR: Final = 2
_LEVELS: Final = {None: logging.INFO, "urllib3": logging.WARNING}
"""By the name of a logger; None: of all others."""


class RunLog(logging.Handler):
    """Writes to descriptor 2, and leads descriptors 1 and 2 on to a new file when the log was renamed.

    So whatever is printed by hand, tracebacks, and programs started later follow. What cannot be written (a full disk)
    is left out, counted, and told with the next line that can be.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = os.fspath(path)
        self._moved = tuple(fd for fd in (_OUT, _ERR) if _appends_to_a_file(fd))
        """The descriptors that are the log. None on a terminal or a pipe; those are only written to."""
        self._inode = os.fstat(_ERR).st_ino if _ERR in self._moved else 0
        self._lost = 0
        self._is_torn = False
        self._why = ""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            # As the standard handlers do: a wrong format string is told on the log, and the run goes on.
            self.handleError(record)
            return
        if self._inode:
            self._go_on_in_the_newest()
        if self._lost and self._write(self._confession(record)):
            self._lost = 0
        if not self._write(line):
            self._lost += 1

    def _go_on_in_the_newest(self) -> None:
        """The name means another file, or none, once the bot has renamed the log. Where no file can be opened, the old
        one goes on taking lines."""
        try:
            if os.stat(self._path).st_ino == self._inode:  # noqa: PTH116 - a third of the cost, once a line
                return
        except OSError:
            pass
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        self._inode = os.fstat(descriptor).st_ino
        for fd in self._moved:
            os.dup2(descriptor, fd)
        os.close(descriptor)

    def _write(self, line: str) -> bool:
        data = (("\n" if self._is_torn else "") + line + "\n").encode(errors="backslashreplace")
        begun = False
        while data:
            try:
                data = data[os.write(_ERR, data) :]
            except OSError as error:
                self._is_torn = self._is_torn or begun
                self._why = error.strerror or repr(error)
                return False
            begun = True
        self._is_torn = False
        return True

    def _confession(self, record: logging.LogRecord) -> str:
        said = f"此前有 {self._lost} 行日志没能写下（{self._why}）"
        told = logging.makeLogRecord({"msg": said, "levelno": logging.WARNING, "levelname": "WARNING"})
        told.created = record.created
        return self.format(told)


class LogLine(logging.Formatter):
    """`2026-11-23 12:00:00 INFO …` in the readers' zone, secrets hidden."""

    def __init__(self, zone: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self._zone = ZoneInfo(zone)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002
        return f"{datetime.fromtimestamp(record.created, self._zone):%Y-%m-%d %H:%M:%S}"

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def log_to(path: Path, zone: str) -> None:
    """From now on the process logs to its own descriptors, which are, or were, the file at `path`; and nowhere else,
    whatever the process that it was forked from did."""
    handler = RunLog(path)
    handler.setFormatter(LogLine(zone))
    root = logging.getLogger()
    for other in root.handlers[:]:
        root.removeHandler(other)
        other.close()
    root.addHandler(handler)
    log_what_matters()


def log_what_matters() -> None:
    """Sets which lines are written. Done before a fork, it costs a run nothing: to set a level is to go through all
    loggers there are, 0.1 MiB of a run's own memory."""
    for name, level in _LEVELS.items():
        logger = logging.getLogger(name)
        if logger.level != level:
            logger.setLevel(level)


def _appends_to_a_file(fd: int) -> bool:
    try:
        is_file = stat.S_ISREG(os.fstat(fd).st_mode)
    except OSError:
        return False  # A closed descriptor.
    if not is_file or sys.platform == "win32":
        return False  # Windows renames no file that is open: there is nothing to follow.
    import fcntl  # noqa: PLC0415 - not on Windows

    return bool(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND)
