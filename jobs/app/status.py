"""How a running bot and its machine are doing, in numbers."""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec
import psutil
from msgspec import Struct

from jobs.app.conditions import Jump
from jobs.exact.shared import Finding
from jobs.models.job import Status
from jobs.models.run import Identity
from jobs.ports.meter import Meter
from jobs.ports.store import Store
from jobs.store.backups import made_at, newest_first
from jobs.store.files import Places
from jobs.supervisor.locks import holder_pid

PACKAGE: Final = "sja-bot"
CLOCKS: Final = "clocks"
"""Where runs keep what they found out of servers' clocks, below the home."""


class Stored(Struct, frozen=True, kw_only=True):
    """What the store knows. `waiting`: runs that have not begun; `workers`: processes of those that have; `outbox`:
    notifications that have not arrived."""

    jobs: Mapping[Status, int]
    waiting: int
    workers: tuple[Identity, ...]
    outbox: int


class VenueOffset(Struct, frozen=True, kw_only=True):
    """How far the platform's clock was ahead of the machine's, in seconds, and how sure that is, by a comparison at
    that time."""

    seconds: float
    give_or_take: float
    at: datetime


class Measured(Struct, frozen=True, kw_only=True):
    """What the machine knows; bytes. `warden` None: none runs. `load`: the average of a minute, over `cores`."""

    bot_bytes: int
    warden: int | None
    warden_bytes: int
    runs_bytes: int
    free_memory_bytes: int
    load: float
    cores: int
    free_disk_bytes: int
    store_bytes: int
    backed_up_at: datetime | None
    backups: int
    offset: VenueOffset | None


class SystemStatus(Struct, frozen=True, kw_only=True):
    """Everything together. `wants_warden` False: every run has a keeper of its own."""

    version: str
    pid: int
    uptime_seconds: float
    wants_warden: bool
    max_running: int
    stored: Stored
    measured: Measured
    jumped: Jump | None


def stored(store: Store) -> Stored:
    """In the store's own thread."""
    runs = store.runs.all_open()
    return Stored(
        jobs={status: count for status in Status if (count := store.jobs.count(statuses=(status,)))},
        waiting=len(store.runs.waiting()),
        workers=tuple(run.worker for run in runs if run.worker is not None),
        outbox=store.deliveries.waiting(),
    )


def measure(home: Path, workers: Sequence[Identity], meter: Meter) -> Measured:
    """Takes some milliseconds for each run: use a thread."""
    places, warden = Places(home), holder_pid(home, "warden")
    backups = newest_first(places.backups)
    return Measured(
        bot_bytes=_resident(os.getpid()),
        warden=warden,
        warden_bytes=_resident(warden) if warden is not None else 0,
        runs_bytes=sum(_own(meter, worker) for worker in workers),
        free_memory_bytes=psutil.virtual_memory().available,
        load=psutil.getloadavg()[0],
        cores=psutil.cpu_count() or 1,
        free_disk_bytes=shutil.disk_usage(home).free,
        store_bytes=_sizes([places.database, *places.database.parent.glob("jobs.db-*")]),
        backed_up_at=_newest(backups),
        backups=len(backups),
        offset=last_offset(home),
    )


def last_offset(home: Path) -> VenueOffset | None:
    """What the last comparison with a server's clock found; None: there was none, or it found nothing."""
    found: list[tuple[float, Finding]] = []
    with suppress(OSError):
        for path in (home / CLOCKS).iterdir():
            with suppress(OSError, msgspec.DecodeError):
                finding = msgspec.json.decode(path.read_bytes(), type=Finding)
                found.append((finding.wall, finding))
    known = [finding for _, finding in sorted(found, key=lambda each: each[0]) if finding.estimate is not None]
    if not known or known[-1].estimate is None:
        return None
    last, span = known[-1], known[-1].estimate.span
    ahead_of_wall = span.middle + last.steady - last.wall
    return VenueOffset(seconds=ahead_of_wall, give_or_take=span.width / 2, at=datetime.fromtimestamp(last.wall, UTC))


def version_now() -> str:
    """Of this program; empty where it was never installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return ""


def _resident(pid: int) -> int:
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return 0


def _own(meter: Meter, worker: Identity) -> int:
    usage = meter.usage(worker, own=True)
    return 0 if usage is None else usage.own_bytes or usage.memory_bytes


def _sizes(paths: Iterable[Path]) -> int:
    total = 0
    for path in paths:
        with suppress(OSError):
            total += path.stat().st_size
    return total


def _newest(backups: Sequence[Path]) -> datetime | None:
    for path in backups:
        with suppress(OSError):
            return made_at(path)
    return None
