"""How a file of any older version becomes one of today's."""

import sqlite3

from jobs.ports.store import StoreUnavailable
from jobs.store.sqlite import Database
from jobs.store.steps import STEPS


class StoreTooNew(StoreUnavailable):
    """The file was written by a newer version of this program; touching it could lose what only that one knows."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"任务库由更新版本的程序写成（版本 {found}，本程序只认识到 {known}），请升级程序后再启动",
            f"user_version {found} > {known}",
        )


def version_of(database: Database) -> int:
    """The file's schema version; 0 for an empty file."""
    return int(database.scalar("PRAGMA user_version"))


def require_today(version: int) -> None:
    """Raises `StoreUnavailable` for an older version, which only the bot may bring up to date, and `StoreTooNew`."""
    if version < len(STEPS):
        raise StoreUnavailable("任务库还是旧版本，请先启动一次机器人完成升级")
    if version > len(STEPS):
        raise StoreTooNew(version, len(STEPS))


def migrate(database: Database, steps: tuple[tuple[str, ...], ...] = STEPS) -> None:
    """Brings the file to the newest version, one transaction a step; several processes may do so at once.

    An empty file becomes one of the newest version at once: nobody shall meet it half made.

    Raises `StoreTooNew`, and changes nothing then.
    """
    while (version := version_of(database)) < len(steps):
        _take(database, version, steps if version == 0 else steps[version : version + 1])
    if version > len(steps):
        raise StoreTooNew(version, len(steps))


def shape_of(connection: sqlite3.Connection) -> dict[str, str]:
    """The text of every table and index, by name: equal shapes mean equal schemas. Raises `sqlite3.Error`."""
    # As bytes: in a damaged file these need not be text, and then they are simply not the shape expected.
    sql = """SELECT CAST(name AS BLOB), CAST(sql AS BLOB) FROM sqlite_master
             WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"""
    return {name.decode(errors="replace"): text.decode(errors="replace") for name, text in connection.execute(sql)}


def _take(database: Database, version: int, steps: tuple[tuple[str, ...], ...]) -> None:
    with database.transaction():
        if version_of(database) != version:
            return  # Another process took these steps while we waited for the lock.
        for statement in (statement for step in steps for statement in step):
            database.run(statement)
        reached = version + len(steps)
        database.run(f"PRAGMA user_version = {reached}")
        # Said twice, so that a flipped bit in the header is not mistaken for a newer program.
        database.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('schema_version', ?)", str(reached))
