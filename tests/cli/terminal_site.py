"""`sja` as a person in a shell uses it: words in, an exit code and two streams out."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jobs.__main__ import main
from jobs.clock import SystemClock
from jobs.models.change import Change
from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Job, Status
from jobs.store.opening import open_beside

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def a_job(job_id: str, **fields: Any) -> Job:
    given: dict[str, Any] = {
        "id": JobId(job_id),
        "number": JobNumber(0),
        "kind": "monitor",
        "name": f"监控 {job_id}",
        "status": Status.STOPPED,
        "config": {"target": {"preset": 13}},
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }
    return Job(**{**given, **fields})


class Answer(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


def is_refusal(answer: Answer) -> bool:
    """One line for people, or argparse's usage."""
    if answer.code == 2:
        return answer.out == "" and answer.err.startswith("usage: sja")
    return answer.code == 1 and answer.out == "" and answer.err.startswith("⚠️ ") and answer.err.count("\n") == 1


class Shell:
    """Runs commands over `directory / "home"`; files named in them are relative to `directory`."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(directory)
        monkeypatch.setenv("SUPERUSERS", '["10001"]')
        self.move_to("home")

    def move_to(self, home: str) -> None:
        """From now on the commands are about another home."""
        self.home = self.directory / home
        self._monkeypatch.setenv("SJA_HOME", str(self.home))

    def sja(self, *words: str, typed: str | bytes | io.TextIOBase = b"") -> Answer:
        """Runs a command in this process: an error that it does not turn into a sentence is the test's failure.

        `typed`: what is on its standard input, which is no terminal.
        """
        if not isinstance(typed, io.TextIOBase):
            data = typed.encode() if isinstance(typed, str) else typed
            typed = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
        self._monkeypatch.setattr(sys, "stdin", typed)
        assert isinstance(sys.stderr, io.TextIOWrapper)
        sys.stderr.reconfigure(errors="backslashreplace")  # As Python's own is; the one of the test is not.
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return Answer(code, out, err)

    def sja_process(self, *words: bytes) -> Answer:
        """Runs a command in a process of its own, whose arguments need not be text."""
        command = [os.fsencode(sys.executable), b"-m", b"jobs", *words]
        ended = subprocess.run(command, capture_output=True, cwd=self.directory, check=False, timeout=60)
        return Answer(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    def store(self, *jobs: Job) -> list[Job]:
        """Stores jobs, and returns all there are."""
        with closing(open_beside(self.home, SystemClock())) as store:
            for job in jobs:
                store.apply(Change(jobs=(job,)))
            return store.jobs.select()


@contextmanager
def at_terminal(*words: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """`sja WORDS` as a person runs it: a process that controls a terminal, and our end of that terminal."""
    import fcntl
    import termios

    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - nothing else runs in the child
    )
    os.close(theirs)
    try:
        with process:
            try:
                yield process, ours
            finally:
                process.kill()
    finally:
        os.close(ours)


def read_until(terminal: int, end: bytes | None) -> bytes:
    """What is shown up to and with `end`; None: until nobody writes any more."""
    shown = b""
    while end is None or end not in shown:
        try:
            shown += os.read(terminal, 1024)
        except OSError:
            assert end is None, shown
            return shown
    return shown
