"""Where routines run for real: commands in Python, on any system, with a real clock and a wish to stop."""

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import psutil
from kind_site import NOW, Allowance, Counter, Notebook, Platform

from jobs.clock import SystemClock
from jobs.kinds.routine import ROUTINE
from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Job, Status
from jobs.models.run import Outcome
from jobs.models.template_reading import read_templates
from jobs.ports.kind import Assignment

PATIENCE_SECONDS = 20.0


class Wish:
    """Implements `Stopping`: set by the test, from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        return self._event.wait(seconds)


class Watch(SystemClock):
    """The system's clock, ahead by as much as the test likes."""

    ahead_seconds = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead_seconds


class Workshop:
    """One run of a routine whose template runs `python -c script arguments…`."""

    def __init__(self, script: str = "", *arguments: str, params: dict[str, Any] | None = None, **entries: Any) -> None:
        argv = [sys.executable, "-u", "-c", script.replace("{", "{{").replace("}", "}}"), *arguments]
        self.table: dict[str, Any] = {"argv": argv, "params": params or {}, **entries}
        self.config: dict[str, Any] = {"template": "t", "params": {}}
        self.book = Notebook()
        self.stopping = Wish()
        self.clock = Watch()
        self.grace_seconds = 0.5

    def work(self, **given: object) -> Outcome:
        return ROUTINE.work(
            Assignment(
                job=Job(
                    id=JobId("1e95803d"),
                    number=JobNumber(7),
                    kind="routine",
                    name="夜间备份",
                    status=Status.RUNNING,
                    config={**self.config, "params": given},
                    created_at=NOW,
                    updated_at=NOW,
                ),
                zone="Asia/Shanghai",
                provider=cast("Any", Platform()),
                budget=Allowance(),
                desk=Counter(),
                reporter=self.book,
                clock=self.clock,
                stopping=self.stopping,
                templates=lambda: read_templates({"t": self.table}, "templates.toml"),
                grace_seconds=self.grace_seconds,
            )
        )

    def working(self) -> "Working":
        return Working(self)


class Working:
    """A run in a thread of its own; left, it is over."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self.outcome: Outcome | None = None
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> "Working":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "the run goes on"

    def _work(self) -> None:
        self.outcome = self._workshop.work()


def are_gone(pids: Sequence[int]) -> bool:
    """Whether none of these processes lives; waits a moment for it. One that nobody has reaped yet is gone."""
    deadline = time.monotonic() + 5
    while (left := [*filter(_lives, pids)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not left


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pids_in(file: Path) -> list[int]:
    """What processes have written into a file of theirs: a pid a line."""
    return (
        [int(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
        if file.exists()
        else []
    )
