"""`Chats` on SQLite."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from jobs.models.chats import UNSAID, ChatSettings
from jobs.store.codec import Row, first, readable, reads, text
from jobs.store.rows import write_row
from jobs.store.sqlite import Database, Value

_settings: Final = msgspec.json.Decoder(ChatSettings)


class SqliteChats:
    """What chats have settled for themselves. One whose row was damaged has settled nothing, and may do so again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, place: str) -> ChatSettings:
        row = self._database.row("SELECT * FROM chats WHERE place = ?", place)
        if row is None:
            return UNSAID
        return first(_settings_of, row) or replace(UNSAID, version=row["version"])

    def all(self) -> Mapping[str, ChatSettings]:
        return dict(readable(_placed, self._database.rows("SELECT * FROM chats ORDER BY place")))


def write_chat(database: Database, place: str, settings: ChatSettings) -> None:
    """In a transaction. Raises `Conflict`, and SQLite's error where another was first."""
    columns: dict[str, Value] = {"place": place, "settings": text(replace(settings, version=0))}
    write_row(database, "chats", columns, settings.version, ("place",))


@reads
def _settings_of(row: Row) -> ChatSettings:
    return replace(_settings.decode(row["settings"]), version=row["version"])


@reads
def _placed(row: Row) -> tuple[str, ChatSettings]:
    return row["place"], _settings_of(row)
