"""Homes whose store is damaged in every way a disk, a tool or a person may, and what must be left of them."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from jobs.models.change import Change, Event
from jobs.models.ids import JobId, JobNumber, UserId
from jobs.models.job import Job, Status
from jobs.models.people import Chat
from jobs.models.run import Run, RunStatus
from jobs.store.backups import backup
from jobs.store.mirror import write_mirror
from jobs.store.opening import open_store
from jobs.store.schema import STEPS, migrate
from jobs.store.sqlite import Database

AT: Final = datetime(2025, 11, 28, 4, 0, 0, tzinfo=UTC)
EARLY, LATE = 24, 4
"""Jobs in backup and mirror, and those that only the mirror and the store know."""


class ToldClock:
    """A clock that is told the time."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@dataclass(frozen=True)
class Pristine:
    """Sound homes by the name of their state, and the ids that each source of theirs knows."""

    homes: dict[str, Path]
    backed_up: frozenset[str]
    mirrored: frozenset[str]


def build(root: Path) -> Pristine:
    """A store as a killed bot leaves it (`unclean`), as a closed one does (`clean`), and one of the schema before."""
    home = root / "home"
    clock = ToldClock()
    store = open_store(home, clock).store
    early, late = [_job(n) for n in range(EARLY)], [_job(n) for n in range(EARLY, EARLY + LATE)]
    for job in early:
        store.apply(Change(jobs=(job,), runs=(_run(job),), events=(Event(job_id=job.id, type="created", at=AT),)))
    backup(store, home, AT)
    backup(store, home, AT + timedelta(minutes=5))
    for job in late:
        store.apply(Change(jobs=(job,)))
    write_mirror(store, home)
    shutil.copytree(home, root / "unclean")
    store.close()
    shutil.copytree(home, root / "clean")
    shutil.copytree(home, root / "old")
    for file in [root / "old" / "jobs" / "jobs.db", *(root / "old" / "backups").iterdir()]:
        _bring_back(file)
    ids = [frozenset(job.id for job in jobs) for jobs in (early, early + late)]
    return Pristine({name: root / name for name in ("unclean", "clean", "old")}, *ids)


def _job(number: int) -> Job:
    return Job(
        id=JobId(f"{number + 0x1000:08x}"),
        number=JobNumber(0),
        kind="monitor",
        name=f"晚场监控{number}",
        status=Status.STOPPED if number % 3 else Status.RUNNING,
        config={"target": {"venue_keyword": "学生中心"}, "plan": {"preferred_hours": [18, 19]}},
        owner=UserId("42"),
        origin=Chat(self_id="10001", type="group", peer_id="555"),
        created_at=AT,
        updated_at=AT,
    )


def _run(job: Job) -> Run:
    status = RunStatus.LIVE if job.status is Status.RUNNING else RunStatus.ENDED
    return Run(id=f"run{job.id}", job_id=job.id, status=status, requested_at=AT)  # pyright: ignore[reportArgumentType]


def _bring_back(file: Path) -> None:
    """Makes of a database one of the schema before today's, with the same rows."""
    old = file.with_name("old.db")
    with closing(Database(old, "FULL")) as database:
        migrate(database, STEPS[:-1])
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("ATTACH ? AS today", (str(file),))
        tables = [name for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table not in ("meta", "sqlite_sequence"):
                columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
                connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM today.{table}")
        connection.commit()
    old.replace(file)


# -- damages: each takes a path that exists ---------------------------------------------------------------------------
def flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 1, 8, 64)) if data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def scribble(path: Path, chance: random.Random) -> None:
    """Random bytes over a part of it."""
    data = bytearray(path.read_bytes())
    start = chance.randrange(len(data) or 1)
    end = min(len(data), start + chance.choice((16, 512, 4096, 40_000)))
    data[start:end] = chance.randbytes(end - start)
    path.write_bytes(data)


def blank(path: Path, chance: random.Random) -> None:
    """A page of zeros."""
    data = bytearray(path.read_bytes())
    start = chance.randrange(len(data) or 1) // 4096 * 4096
    data[start : start + 4096] = bytes(len(data[start : start + 4096]))
    path.write_bytes(data)


def truncate(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size + 1))


def lengthen(path: Path, chance: random.Random) -> None:
    with path.open("ab") as file:
        file.write(chance.randbytes(chance.randrange(1, 10_000)))


def garbage(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.randbytes(chance.randrange(1, 20_000)))


def empty(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"")


def remove(path: Path, chance: random.Random) -> None:
    path.unlink()


def directory(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.mkdir()


def swap(path: Path, chance: random.Random) -> None:
    """It and another file of the home change places."""
    others = sorted(other for other in path.parent.iterdir() if other.is_file() and other != path)
    if others:
        other = chance.choice(others)
        mine, theirs = path.read_bytes(), other.read_bytes()
        path.write_bytes(theirs)
        other.write_bytes(mine)


DAMAGES: Final[tuple[Callable[[Path, random.Random], None], ...]] = (
    *(flip, scribble, blank, truncate, lengthen, garbage, empty, remove, swap),
    *(flip, scribble, blank, truncate),
    directory,
)
