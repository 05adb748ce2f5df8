"""Where virtual days are played: a loop of their own, a copy of an empty store, and ears for whatever goes wrong."""

import asyncio
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from virtual_loop_site import VirtualLoop
from world_bot_site import Killed, owned_tasks
from world_drawing_site import Day
from world_playing_site import World
from world_record_site import Record

from jobs.clock import SystemClock
from jobs.store.opening import open_store


def play(day: Day, database: Path, *, is_quiet: bool = True) -> Record:
    """The day in a loop of its own; whatever anybody logs as an error is a fault."""

    async def live() -> Record:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(owned_tasks)
        world = World(day, database, is_quiet=is_quiet)
        loop.set_exception_handler(lambda _, context: _note_trouble(world.record.faults, context))
        with _listening(world.record.faults):
            return await world.play()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(live())


def pristine(home: Path) -> Path:
    """An empty store, to be copied."""
    open_store(home, SystemClock()).store.close()
    return home / "jobs" / "jobs.db"


def fresh(original: Path, home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    for old in home.glob("jobs.db*"):
        old.unlink()
    return Path(shutil.copy(original, home / "jobs.db"))


def _note_trouble(faults: list[str], context: dict[str, Any]) -> None:
    error = context.get("exception")
    if not isinstance(error, Killed | asyncio.CancelledError):
        faults.append(f"{context.get('message')}: {error!r}")


class _Ears(logging.Handler):
    def __init__(self, faults: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, Killed) and "could not be started" not in record.msg:
            self._faults.append(f"logged: {record.getMessage()} {error!r}")


@contextmanager
def _listening(faults: list[str]) -> Iterator[None]:
    log, ears = logging.getLogger("sja"), _Ears(faults)
    log.addHandler(ears)
    log.propagate, before = False, log.propagate
    try:
        yield
    finally:
        log.removeHandler(ears)
        log.propagate = before
