"""What goes from one file of the store into its successor: bookings, for no backup takes back what the platform did;
what chats have settled, for no backup gives back a right that was taken away."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from jobs.models.chats import ChatSettings
from jobs.store.integrity import look_at
from jobs.store.sqlite import Database

BookingRow = Mapping[str, Any]
ChatRow = Mapping[str, Any]


class Saved(Struct, frozen=True):
    """What a file had."""

    bookings: Sequence[BookingRow] = ()
    chats: Sequence[ChatRow] = ()


def saved_from(path: Path) -> Saved:
    """As far as the file can be read."""
    return Saved(bookings_in(path), _rows_in(path, "SELECT place, settings, version FROM chats"))


def carry(saved: Saved, database: Database) -> tuple[int, int]:
    """Writes bookings, and what chats have settled, of which the database knows less; how many of each. In a
    transaction. What cannot be read is passed over."""
    return carry_bookings(saved.bookings, database), sum(_carry_chat(row, database) for row in saved.chats)


def bookings_in(path: Path) -> list[BookingRow]:
    """The rows of a file, as far as it can be read; it may be damaged, or of any version, or missing."""
    return _rows_in(path, "SELECT * FROM bookings")


def carry_bookings(rows: Sequence[BookingRow], database: Database) -> int:
    """Writes those of which the database knows less, and returns how many. In a transaction.

    Those of a job that the database does not know are nobody's. A row that fits no more is passed over.
    """
    columns = [str(row["name"]) for row in database.rows("SELECT name FROM pragma_table_info('bookings')")]
    return sum(_carry(row, columns, database) for row in rows if set(columns) <= row.keys())


def _rows_in(path: Path, sql: str) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    with suppress(sqlite3.Error, UnicodeDecodeError), closing(look_at(path)) as connection:
        connection.row_factory = sqlite3.Row
        connection.text_factory = _replacing
        for row in connection.execute(sql):
            rows.append(dict(row))  # One by one: what was read before the damage counts.
    return rows


def _carry_chat(row: ChatRow, database: Database) -> int:
    try:
        msgspec.json.decode(row["settings"], type=ChatSettings)
        return database.run(
            """INSERT INTO chats (place, settings, version) VALUES (?, ?, ?) ON CONFLICT (place)
               DO UPDATE SET settings = excluded.settings, version = excluded.version
               WHERE excluded.version > chats.version""",
            row["place"],
            row["settings"],
            row["version"],
        )
    except (sqlite3.IntegrityError, msgspec.DecodeError):
        return 0


def _replacing(data: bytes) -> str:
    return data.decode(errors="replace")


def _carry(row: BookingRow, columns: Sequence[str], database: Database) -> int:
    if database.row("SELECT 1 FROM jobs WHERE id = ?", row["job_id"]) is None:
        row = {**row, "job_id": None, "run_id": None}
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns)
    try:
        return database.run(
            f"""INSERT INTO bookings ({names}) VALUES ({marks}) ON CONFLICT (account_id, slot_key)
                DO UPDATE SET {updates} WHERE excluded.version > bookings.version""",  # noqa: S608
            *(row[column] for column in columns),
        )
    except sqlite3.IntegrityError:
        return 0
