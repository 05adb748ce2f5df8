"""Is a database file what this program left? Looked at read-only, so that evidence stays as it is."""

import sqlite3
from functools import cache
from pathlib import Path
from typing import Final

from jobs.store.schema import STEPS, StoreTooNew, shape_of
from jobs.store.sqlite import PATIENT_SECONDS, primary_code, unavailable

LARGE_BYTES: Final = 16 * 1024 * 1024
"""Up to here (about 30,000 jobs) everything is checked at every start, in half a second at most; a larger file only by
`quick_check`, and only after an unclean stop (100,000 jobs: about a second)."""

_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH}
)
"""Codes that speak of the content; the others (busy, full, permission) of the circumstances."""


def look_at(path: Path) -> sqlite3.Connection:
    """Opens a database that is there, for reading only. Raises `sqlite3.Error`."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENT_SECONDS)


def damage_of(path: Path, *, was_closed: bool) -> str | None:
    """What is wrong with the file, in Chinese; None when nothing is.

    Raises `StoreTooNew`, and `StoreUnavailable` when the file cannot be looked at.
    """
    if path.stat().st_size == 0:
        return "文件是空的"
    try:  # SQLite alone opens the file: were it opened and closed here, this process would lose its locks on it.
        connection = look_at(path)
        try:
            return _damage_inside(connection, _check_for(path, was_closed))
        finally:
            connection.close()
    except sqlite3.Error as error:
        if primary_code(error) in _DAMAGE:
            return "文件无法作为 SQLite 数据库读取"
        raise unavailable(error) from error
    except UnicodeDecodeError:
        # Of a text in the file, or of SQLite's own complaint, which quotes it.
        return "文件里的文字无法辨认"


def _check_for(path: Path, was_closed: bool) -> str | None:
    if path.stat().st_size <= LARGE_BYTES:
        return "integrity_check"
    return None if was_closed else "quick_check"


def _damage_inside(connection: sqlite3.Connection, check: str | None) -> str | None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(STEPS) and _second_word(connection) == str(version):
        raise StoreTooNew(version, len(STEPS))
    if not 0 < version <= len(STEPS):
        return "文件不是本程序的任务库"
    if shape_of(connection) != _expected_shape(version):
        return "表结构与本程序不符"
    if check is not None:
        (verdict,) = connection.execute(f"PRAGMA {check}(1)").fetchone()
        if verdict != "ok":
            return f"完整性检查未通过（{str(verdict)[:200]}）"
    return None


def _second_word(connection: sqlite3.Connection) -> str | None:
    """The version as the content says it: a flipped bit in the header would not agree."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    return None if found is None else found[0]


@cache
def _expected_shape(version: int) -> dict[str, str]:
    connection = sqlite3.connect(":memory:")
    try:
        for statements in STEPS[:version]:
            for statement in statements:
                connection.execute(statement)
        return shape_of(connection)
    finally:
        connection.close()


def keys_given(path: Path) -> dict[str, int]:
    """The greatest key each table has given away; they never fall, a restore carries them on. Unreadable: empty."""
    try:
        connection = look_at(path)
        try:
            found: list[tuple[str, int]] = connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError):  # Of SQLite's own complaint, which quotes the damaged text.
        return {}
    return {name: key for name, key in found if isinstance(key, int)}  # pyright: ignore[reportUnnecessaryIsInstance] - a damaged file holds anything
