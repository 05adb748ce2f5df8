"""Whole rows that carry a version: inserted as version 1, replaced only where the version is the one expected."""

from jobs.ports.store import Conflict
from jobs.store.sqlite import Database, Value


def write_row(
    database: Database, table: str, columns: dict[str, Value], version: int, key: tuple[str, ...] = ("id",)
) -> None:
    """Inserts a row of version 0, replaces one of any other. Raises `Conflict`, and SQLite's error of a taken key."""
    if version == 0:
        insert(database, table, columns)
    else:
        replace(database, table, columns, version, key)


def insert(database: Database, table: str, columns: dict[str, Value]) -> None:
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    database.run(f"INSERT INTO {table} ({names}, version) VALUES ({marks}, 1)", *columns.values())  # noqa: S608


def replace(
    database: Database, table: str, columns: dict[str, Value], version: int, key: tuple[str, ...] = ("id",)
) -> None:
    """Replaces a row of that version, writing only what differs: an index over unchanged columns stays untouched."""
    where, named = " AND ".join(f"{column} = ?" for column in key), [columns[column] for column in key]
    stored = database.row(f"SELECT * FROM {table} WHERE {where}", *named)  # noqa: S608
    if stored is None:
        raise Conflict(f"{table} {named}: not stored")
    changed = {name: value for name, value in columns.items() if stored[name] != value}
    names = "".join(f"{name} = ?, " for name in changed)
    written = database.run(
        f"UPDATE {table} SET {names}version = version + 1 WHERE {where} AND version = ?",  # noqa: S608
        *changed.values(),
        *named,
        version,
    )
    if written != 1:
        raise Conflict(f"{table} {named}: stored version {stored['version']}, expected {version}")
