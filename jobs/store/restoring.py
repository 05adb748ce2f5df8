"""Putting a backup in the store's place: checked first, prepared aside, and then one transaction.

SQLite itself copies the prepared file over the present one, in place: whoever has the store open (a run that outlived
the bot) sees the restored content with its next look, and a kill at any moment leaves the old content or the new.
"""

import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from jobs.models.errors import Refusal
from jobs.ports.store import StoreUnavailable
from jobs.store.backups import copy_whole, made_at, newest_first, remove_whole
from jobs.store.carrying import bookings_in, carry_bookings
from jobs.store.files import (
    Places,
    dated,
    is_empty,
    keep_copy,
    move_into_place,
    needing_files,
    set_aside,
    shown,
    sync_file,
)
from jobs.store.integrity import damage_of, look_at
from jobs.store.mirror import write_mirror
from jobs.store.schema import migrate
from jobs.store.sqlite import Database, unavailable
from jobs.store.store import SqliteStore

_COMPANIONS: Final = ("-wal", "-shm")
_TRIES: Final = 4
_PATIENT_SECONDS: Final = 20.0
"""For whoever writes, all tries together. Runs write for milliseconds; whoever takes longer is stuck."""
_COUNTED: Final = ("jobs", "events", "notifications", "audit")
"""The tables whose keys are never given twice."""


class BackupFile(Struct, frozen=True, kw_only=True):
    """A backup as a list shows it. `jobs` None: it cannot be read."""

    path: Path
    made_at: datetime
    size_bytes: int
    jobs: int | None


class Restored(Struct, frozen=True, kw_only=True):
    """Where things are after a restore. `aside`: the store as it was before; `mirror`: its `jobs.json`."""

    jobs: int
    aside: Path | None
    mirror: Path | None


def list_backups(home: Path) -> list[BackupFile]:
    """Newest first."""
    return [describe(path) for path in newest_first(Places(home).backups)]


def describe(path: Path) -> BackupFile:
    """Size, age and number of jobs of a backup. Raises `OSError` where there is no such file."""
    stat = path.stat()
    return BackupFile(
        path=path,
        made_at=made_at(path),
        size_bytes=stat.st_size,
        jobs=_count(path),
    )


def find_backup(home: Path, name: str) -> Path:
    """The file that is meant: a path, or the name of one of the backups. Raises `Refusal`."""
    places = Places(home)
    for path in (Path(name), places.backups / name):
        with suppress(OSError, ValueError):  # ValueError: a null byte
            if name and path.is_file():
                if places.database.exists() and path.samefile(places.database):
                    raise Refusal("这就是正在使用的任务库，不需要恢复")
                return path
    raise Refusal(f"没有叫“{shown(Path(name))}”的备份，运行 sja restore 看有哪些")


def restore(home: Path, backup: Path, at: datetime, patience_seconds: float = _PATIENT_SECONDS) -> Restored:
    """Makes the store what `backup` holds, migrated to today's schema, but that no number is given twice and nothing is
    booked twice: bookings that were made since stay known. No bot may run on the home: hold its lock.

    Nothing that was there is deleted: the present store and its mirror stay under dated names. Whoever writes just
    then (a run that outlived the bot) is waited for. Raises `StoreUnavailable` (`StoreTooNew` too); then the present
    store and its mirror are as they were.
    """
    places = Places(home)
    with needing_files("恢复备份"):
        places.prepare()
        _check(backup)
        prepared = places.database.with_name(".jobs.db.restoring.partial")
        try:
            _prepare(backup, prepared, places)
            aside, is_sound = _keep_present(places, at)
            mirror = _keep_mirror(places, at)
            if is_sound:
                _replace_content(prepared, places.database, patience_seconds)
            else:
                if aside is not None:
                    _carry(aside, prepared)  # What was written while it was prepared.
                move_into_place(prepared, places.database)
            if mirror is not None:
                # Only now: jobs newer than the backup shall not come back by themselves.
                places.mirror.unlink()
        finally:
            remove_whole(prepared)
        return Restored(jobs=_finish(places), aside=aside, mirror=mirror)


def _check(backup: Path) -> None:
    damage = damage_of(backup, was_closed=False)
    if damage is not None:
        raise StoreUnavailable(f"备份 {shown(backup)} 不能用：{damage}。什么都没有改动")


def _prepare(backup: Path, prepared: Path, places: Places) -> None:
    """A private copy of the backup, of today's schema, that gives no number twice; checked as a whole."""
    copy_whole(backup, prepared)
    with closing(Database(prepared, "FULL")) as database:
        migrate(database)
        with database.transaction():
            for table, number in _numbers_given(places).items():
                _count_on(database, table, number)
            carry_bookings(bookings_in(places.database), database)
    damage = damage_of(prepared, was_closed=False)
    if damage is not None:
        raise StoreUnavailable("恢复出来的任务库没有通过检查，没有使用，请检查磁盘", damage)
    sync_file(prepared)


def _carry(present: Path, prepared: Path) -> None:
    with closing(Database(prepared, "FULL")) as database, database.transaction():
        carry_bookings(bookings_in(present), database)


def _numbers_given(places: Places) -> dict[str, int]:
    """The greatest keys that the present store has given away, as far as it or its mirror can still be read."""
    given: dict[str, int] = dict.fromkeys(_COUNTED, 0)
    with suppress(sqlite3.Error, TypeError, ValueError), closing(look_at(places.database)) as connection:
        for table, number in connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall():
            if table in given:
                given[table] = int(number)
    with suppress(OSError, msgspec.DecodeError, ValueError):
        entries = msgspec.json.decode(places.mirror.read_bytes(), type=dict[str, dict[str, object]])
        numbers = [number for entry in entries.values() if isinstance(number := entry.get("number"), int)]
        given["jobs"] = max([given["jobs"], *(number for number in numbers if 0 < number < 1 << 62)])
    return given


def _count_on(database: Database, table: str, number: int) -> None:
    if database.run("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", number, table) == 0:
        database.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table, number)


def _keep_present(places: Places, at: datetime) -> tuple[Path | None, bool]:
    """The present store under a dated name, and whether it is sound. A damaged one is moved there, as it is."""
    if is_empty(places.database) and is_empty(places.log):
        return None, False
    if _is_sound(places.database):
        aside = dated(places.database, "before-restore", at)
        copy_whole(places.database, aside)
        return aside, True
    return set_aside(places.database, "damaged", at, companions=_COMPANIONS), False


def _is_sound(database: Path) -> bool:
    """Whether SQLite can read all of it; of a newer program's, too, which is why somebody restores."""
    with suppress(sqlite3.Error), closing(look_at(database)) as connection:
        return connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    return False


def _keep_mirror(places: Places, at: datetime) -> Path | None:
    """A copy of `jobs.json`, on the disk when this returns."""
    if not places.was_adopted or not places.mirror.exists():
        return None
    copy = keep_copy(places.mirror, "before-restore", at)
    sync_file(copy)
    return copy


def _replace_content(prepared: Path, database: Path, patience_seconds: float) -> None:
    try:
        patient = sqlite3.connect(database, timeout=patience_seconds / _TRIES, isolation_level=None)
        with closing(patient) as target, closing(look_at(prepared)) as source:
            target.execute("PRAGMA synchronous = FULL")
            # Page by page (the pages of 100,000 jobs are copied in a second): after the first one nobody else writes.
            source.backup(target, pages=1, progress=_Progress(prepared, database))
    except sqlite3.Error as error:
        raise unavailable(error) from error


class _Progress:
    """Asked after each page, and after each try to begin.

    A run that writes just then is waited for, one that is stuck is not. From the first page on the store is locked, and
    shows its readers the old content: what was booked while others were waited for is carried into the new one now.
    SQLite sees that `prepared` has changed, and copies it from its beginning, under the same lock.
    """

    def __init__(self, prepared: Path, database: Path) -> None:
        self._prepared = prepared
        self._database = database
        self._tries = 0
        self._has_carried = False

    def __call__(self, status: int, remaining: int, total: int) -> None:  # noqa: ARG002
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            self._tries += 1
            if self._tries >= _TRIES:
                raise StoreUnavailable("任务库被别的程序占用太久，什么都没有改动，请稍后再试")
        elif not self._has_carried:
            self._has_carried = True
            _carry(self._database, self._prepared)


def _finish(places: Places) -> int:
    """The store as the bot will open it; its mirror anew. Returns how many jobs there are."""
    if places.was_adopted:
        places.mark_closed()  # It has just been checked.
    with closing(Database(places.database, "FULL")) as database:
        database.scalar("PRAGMA journal_mode = WAL")
    with closing(SqliteStore(places.database)) as store:
        write_mirror(store, places.home)
        return store.jobs.count()


def _count(path: Path) -> int | None:
    with suppress(sqlite3.Error), closing(look_at(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM jobs WHERE deleted_at IS NULL").fetchone()
        return int(count)
    return None
