"""One run rehearsed on a throw-away home, so that the real ones find everything imported, compiled and cached."""

import contextlib
import logging
import os
import secrets
import signal
import socket
from collections.abc import Generator
from contextlib import closing, contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

import msgspec

from jobs.app.run import Handover, execute
from jobs.app.runlog import log_to
from jobs.clock import SystemClock
from jobs.models.change import Change
from jobs.models.ids import Epoch, JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.run import EXIT_FAILED, Run, RunStatus
from jobs.store.opening import open_store
from jobs.venues import ProviderConfig
from jobs.venues.demo.files import write_address

_POLLS: Final = 10
"""CPython 3.11 rewrites a function's code for speed at its eighth call; what is rewritten before a fork is shared."""
_PATIENCE_SECONDS: Final = 10
_REQUESTS_PER_MINUTE: Final = 10**6
"""Nothing is waited for."""
_ERR: Final = 2
_DAYS: Final = b'{"code":0,"data":[{"date":"2026-11-24","dateId":"1","isAll":"0","open":true}]}'
_COURTS: Final = b'{"code":0,"data":[{"fieldId":"1","fieldName":"1","priceList":[%s]}]}'
_HOURS: Final = (
    b'{"count":"1","price":"5.00","status":"0","sign":"1"}',
    b'{"count":0,"price":5,"status":1}',
)
"""Free and taken in turn, numbers as text and as numbers."""


class RehearsalFailed(Exception):
    """The rehearsed run did not end as it should."""


def rehearse(zone: str = "Asia/Shanghai") -> None:
    """A monitor that polls a few times over loopback, finds a slot, loses it, and is asked to leave; logs included.

    Starts no thread, leaves nothing open, and logging as it was. Raises `RehearsalFailed`, and `OSError` where the
    machine refuses.
    """
    with TemporaryDirectory(prefix="sja-") as directory, _straw_platform() as port:
        home = Path(directory)
        write_address(home, port)
        handover = msgspec.json.decode(msgspec.json.encode(_prepared(home, zone)), type=Handover)
        log = home / "rehearsal.log"
        with _errors_in(log), _logging_restored():
            log_to(log, zone)
            code = execute(handover, _AfterPolls(_POLLS))
        if code != EXIT_FAILED:  # As every run that is asked to leave before its goal is met.
            raise RehearsalFailed(f"the rehearsed run ended with {code}: {log.read_text('utf-8')}")


@contextmanager
def _errors_in(log: Path) -> Generator[None, None, None]:
    """Within it, descriptor 2 is this file, as in a run."""
    kept = os.dup(_ERR)
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.dup2(descriptor, _ERR)
        os.close(descriptor)
        yield
    finally:
        os.dup2(kept, _ERR)
        os.close(kept)


@contextmanager
def _logging_restored() -> Generator[None, None, None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()  # Or they would be closed.
    try:
        yield
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:] = handlers
        root.setLevel(level)


class _AfterPolls:
    """Implements `ports.kind.Stopping`: the run shall leave after so many waits, none of which takes any time."""

    def __init__(self, waits: int) -> None:
        self._left = waits

    def is_set(self) -> bool:
        return self._left <= 0

    def wait(self, seconds: float) -> bool:  # noqa: ARG002
        self._left -= 1
        return self.is_set()


def _prepared(home: Path, zone: str) -> Handover:
    """A store with one monitor in it, whose run has been claimed."""
    clock = SystemClock()
    now, job_id, run_id, epoch = clock.now(), JobId(secrets.token_hex(4)), RunId(secrets.token_hex(16)), Epoch(1)
    job = Job(
        id=job_id,
        number=JobNumber(0),
        kind="monitor",
        name="预演",
        status=Status.RUNNING,
        config={"target": {"preset": 1}, "plan": {"interval_seconds": 1, "preferred_hours": []}},
        created_at=now,
        updated_at=now,
    )
    run = Run(id=run_id, job_id=job_id, status=RunStatus.LIVE, epoch=epoch, requested_at=now, started_at=now)
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=(job,), runs=(run,)))
    return Handover(
        home=str(home),
        job_id=job_id,
        run_id=run_id,
        epoch=epoch,
        zone=zone,
        min_interval_seconds=1,
        requests_per_minute=_REQUESTS_PER_MINUTE,
        provider=ProviderConfig(name="demo", home=str(home)),
    )


@contextmanager
def _straw_platform() -> Generator[int, None, None]:
    """The port of a platform with one court, played by a child process: a thread would be alive at a fork."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_PATIENCE_SECONDS)
        port = listener.getsockname()[1]
        child = os.fork()
        if child == 0:
            _play(listener)
    try:
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _play(listener: socket.socket) -> None:
    """Answers one connection until it is closed, and exits."""
    try:
        signal.alarm(_PATIENCE_SECONDS)
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as asked:
            turns = cycle(_HOURS)
            while question := _question(asked):
                body = _DAYS if b"feildType" in question else _COURTS % next(turns)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    finally:
        os._exit(0)


def _question(asked: BinaryIO) -> bytes:
    """The body of the next request; empty when there are no more."""
    length = 0
    while line := asked.readline().strip().lower():
        if line.startswith(b"content-length:"):
            length = int(line.removeprefix(b"content-length:"))
    return asked.read(length)
