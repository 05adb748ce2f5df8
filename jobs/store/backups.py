"""Copies of the store: made whole, verified before they count, the newest seven kept."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

from jobs.ports.store import StoreUnavailable
from jobs.store.files import (
    Places,
    make_private_directory,
    make_private_file,
    move_into_place,
    needing_files,
    stamp,
    sync_file,
    unused,
)
from jobs.store.integrity import damage_of
from jobs.store.sqlite import Database
from jobs.store.store import SqliteStore

KEPT: Final = 7
"""A week of daily copies."""


def backup(store: SqliteStore, home: Path, at: datetime) -> Path:
    """Copies the store as of now to `home/backups/jobs-YYYYMMDD-HHMMSS.db`, 0600, and returns the path.

    May be called from any thread: it opens a connection of its own and does not hold up writers.
    Raises `StoreUnavailable`; then the older backups are as they were.
    """
    return back_up_file(store.path, Places(home).backups, at)


def back_up_file(database: Path, backups: Path, at: datetime) -> Path:
    """As `backup`, of a database file."""
    with needing_files("备份任务库"):
        make_private_directory(backups)
        target = unused(backups / f"jobs-{stamp(at)}.db")
        partial = target.with_name(f".{target.name}.partial")
        try:
            _copy(database, partial)
            move_into_place(partial, target)
        finally:
            partial.unlink(missing_ok=True)
        for outdated in newest_first(backups)[KEPT:]:
            outdated.unlink(missing_ok=True)
    return target


def newest_first(backups: Path) -> list[Path]:
    """The backups of a directory; their names sort by time."""
    return sorted(backups.glob("jobs-????????-??????*.db"), key=lambda path: path.stem, reverse=True)


def restore_newest(backups: Path, database: Path) -> tuple[Path | None, list[str]]:
    """Puts a copy of the newest sound backup in the database's place.

    Returns the backup taken, None where none is sound, and a Chinese sentence for each one passed over.
    """
    passed_over: list[str] = []
    for candidate in newest_first(backups):
        why = _unfit(candidate)
        if why is None:
            _put(candidate, database)
            return candidate, passed_over
        passed_over.append(f"备份 {candidate.name} 不能用：{why}")
    return None, passed_over


def _copy(database: Path, partial: Path) -> None:
    partial.unlink(missing_ok=True)
    make_private_file(partial)
    source = Database(database, "FULL")
    try:
        source.backup_into(partial)
    finally:
        source.close()
    sync_file(partial)
    damage = damage_of(partial, was_closed=False)
    if damage is not None:
        raise StoreUnavailable("备份未通过检查，没有保留，请检查磁盘", damage)


def _unfit(candidate: Path) -> str | None:
    try:
        return damage_of(candidate, was_closed=False)
    except StoreUnavailable as error:  # also `StoreTooNew`: this program cannot use it, an older backup may do
        return error.sentence


def _put(candidate: Path, database: Path) -> None:
    partial = database.with_name(f".{database.name}.partial")
    try:
        make_private_file(partial)
        shutil.copyfile(candidate, partial)
        sync_file(partial)
        move_into_place(partial, database)
    finally:
        partial.unlink(missing_ok=True)
