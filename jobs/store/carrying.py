"""What goes from one file of the store into its successor: bookings, for no backup takes back what the platform did."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from jobs.store.integrity import look_at
from jobs.store.sqlite import Database

BookingRow = Mapping[str, Any]


def bookings_in(path: Path) -> list[BookingRow]:
    """The rows of a file, as far as it can be read; it may be damaged, or of any version, or missing."""
    rows: list[BookingRow] = []
    with suppress(sqlite3.Error, UnicodeDecodeError), closing(look_at(path)) as connection:
        connection.row_factory = sqlite3.Row
        connection.text_factory = _replacing
        for row in connection.execute("SELECT * FROM bookings"):
            rows.append(dict(row))  # One by one: what was read before the damage counts.
    return rows


def carry_bookings(rows: Sequence[BookingRow], database: Database) -> int:
    """Writes those of which the database knows less, and returns how many. In a transaction.

    Those of a job that the database does not know are nobody's. A row that fits no more is passed over.
    """
    columns = [str(row["name"]) for row in database.rows("SELECT name FROM pragma_table_info('bookings')")]
    return sum(_carry(row, columns, database) for row in rows if set(columns) <= row.keys())


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
