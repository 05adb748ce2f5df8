"""Copies of the store: made whole, verified before they count, the newest seven kept."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jobs.models.errors import Refusal
from jobs.ports.store import StoreUnavailable
from jobs.store.files import (
    Places,
    make_private_directory,
    make_private_file,
    move_into_place,
    needing_files,
    shown,
    stamp,
    sync_directory,
    sync_file,
    unused,
)
from jobs.store.integrity import damage_of, keys_given
from jobs.store.sqlite import Database
from jobs.store.store import SqliteStore

KEPT: Final = 7
"""A week of daily copies."""

_BY_HAND: Final = "-manual"
"""In the names of the copies that a person asked for; only a person deletes them."""


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
        _copy_to(database, target)
        for outdated in _true_ones_first(newest_daily(backups), target)[KEPT:]:
            outdated.unlink(missing_ok=True)
    return target


def made_at(path: Path) -> datetime:
    """When a backup was made, as the clock was then. Aware, UTC."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def back_up_by_hand(home: Path, at: datetime, target: Path | None = None) -> Path:
    """As `backup`, to `target`, which must not exist; None: among the backups, until a person deletes it.

    Raises `Refusal` where something is in the way, and `StoreUnavailable`; then nothing was written.
    """
    places = Places(home)
    with needing_files("备份任务库"):
        if target is None:
            make_private_directory(places.backups)
            target = unused(places.backups / f"jobs-{stamp(at)}{_BY_HAND}.db")
        if target.exists():
            raise _in_the_way(target)
        _copy_to(places.database, target)
    return target


def newest_first(backups: Path) -> list[Path]:
    """The backups of a directory; their names sort by time."""
    return sorted(backups.glob("jobs-????????-??????*.db"), key=lambda path: path.stem, reverse=True)


def newest_daily(backups: Path) -> list[Path]:
    """Those of the backups that were made by themselves."""
    return [path for path in newest_first(backups) if _BY_HAND not in path.stem]


def _true_ones_first(daily: list[Path], made: Path) -> list[Path]:
    """Those named later than the one just made are of a clock that was wrong: they go before any other."""
    return sorted(daily, key=lambda path: path.stem > made.stem)


def is_ahead_of(database: Path, backups: Path) -> bool:
    """Whether a sound backup has given keys that the database knows nothing of: the database has lost its log.

    SQLite takes a damaged log for an empty one, and the file for whole. Backups made by hand may be another home's.
    """
    ours = keys_given(database)
    return any(
        any(key > ours.get(table, 0) for table, key in keys_given(candidate).items()) and _unfit(candidate) is None
        for candidate in newest_daily(backups)
    )


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


def _copy_to(database: Path, target: Path) -> None:
    """Makes a verified copy and gives it its name last. Raises `Refusal` rather than replace anything."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        copy_whole(database, partial)
        damage = damage_of(partial, was_closed=False)
        if damage is not None:
            raise StoreUnavailable("备份未通过检查，没有保留，请检查磁盘", damage)
        _name(partial, target)
    finally:
        remove_whole(partial)


def copy_whole(database: Path, target: Path) -> None:
    """Copies a database as of one instant into one file of its own, 0600, on the disk when this returns."""
    remove_whole(target)
    make_private_file(target)
    source = Database(database, "FULL")
    try:
        source.backup_into(target)
    finally:
        source.close()
    sync_file(target)


def remove_whole(database: Path) -> None:
    """Removes a database and what belongs to it: a journal left by a kill would be played back into its successor."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _name(partial: Path, target: Path) -> None:
    """Renames, but never over a file that somebody has put there meanwhile (where the file system can tell)."""
    try:
        target.hardlink_to(partial)
    except FileExistsError as error:
        raise _in_the_way(target) from error
    except OSError:
        move_into_place(partial, target)
    else:
        sync_directory(target.parent)


def _in_the_way(target: Path) -> Refusal:
    return Refusal(f"{shown(target)} 已经存在，备份不会覆盖任何文件，请换一个名字")


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
