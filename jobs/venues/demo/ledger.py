"""What the simulator has sold and what it was asked: SQLite, in `home/demo` or in memory. The oracle of tests.

One connection, one thread at a time. Orders are on disk when a method returns; requests are written in batches.
"""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from jobs.models.venue import Preset

REQUESTS_KEPT: Final = 50_000
_BATCH: Final = 256

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS orders (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user TEXT NOT NULL, state INTEGER NOT NULL,
  venue_id TEXT NOT NULL, venue TEXT NOT NULL, sport_id TEXT NOT NULL, sport TEXT NOT NULL, date TEXT NOT NULL,
  created_at REAL NOT NULL, expires_at REAL NOT NULL, paid_at REAL) STRICT;
CREATE INDEX IF NOT EXISTS orders_of_a_user ON orders (user, number);
CREATE TABLE IF NOT EXISTS spaces (
  order_id TEXT NOT NULL REFERENCES orders (id), court_id TEXT NOT NULL, court TEXT NOT NULL, date TEXT NOT NULL,
  hour INTEGER NOT NULL, place INTEGER NOT NULL, price INTEGER NOT NULL, held INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS spaces_of_an_order ON spaces (order_id);
CREATE UNIQUE INDEX IF NOT EXISTS a_place_is_sold_once ON spaces (court_id, date, hour, place) WHERE held;
CREATE TABLE IF NOT EXISTS changes (
  order_id TEXT NOT NULL, state INTEGER NOT NULL, why TEXT NOT NULL, at REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS requests (
  number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, monotonic REAL NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, user TEXT NOT NULL, status INTEGER NOT NULL, verdict TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS tokens (
  kind TEXT NOT NULL, token TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (kind, token)) STRICT;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


class State(IntEnum):
    """`orderstateid`."""

    UNPAID = 0
    PAID = 1
    CANCELLED = 2
    USED = 7
    EXPIRED = 8

    @property
    def holds(self) -> bool:
        return self not in (State.CANCELLED, State.EXPIRED)


class Space(Struct, frozen=True):
    """One place on one court for one hour; `price` in yuan."""

    court_id: str
    court: str
    hour: int
    place: int
    price: int


class Sale(Struct, frozen=True, kw_only=True):
    """One order; instants in seconds since 1970 by the platform's clock."""

    id: str
    user: str
    state: State
    venue_id: str
    venue: str
    sport_id: str
    sport: str
    date: date
    created_at: float
    expires_at: float
    paid_at: float | None
    spaces: tuple[Space, ...]

    @property
    def price(self) -> int:
        return sum(space.price for space in self.spaces)


class Asked(Struct, frozen=True):
    """One request: when by the platform's clock and by one that is never set, and what became of it."""

    at: float
    monotonic: float
    method: str
    path: str
    user: str
    status: int
    """HTTP; 0: no answer was given."""
    verdict: str
    """`ok`, or why not; a fault's name where one was played."""


class SoldAlready(Exception):
    """The place is somebody's: nothing was written."""


class Ledger:
    """`path` None: in memory. It remembers the last `requests_kept` requests. Raises `sqlite3.Error` for a file that
    is none of ours."""

    def __init__(self, path: Path | None = None, requests_kept: int = REQUESTS_KEPT) -> None:
        self._requests_kept = requests_kept
        if path is not None:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's other files take this one's mode
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        # A power cut may lose the last moments of a demonstration; a killed process loses no order.
        try:
            self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        except sqlite3.Error:
            self._db.close()
            raise
        self._pending: list[tuple[Any, ...]] = []

    def sell(self, user: str, place: Preset, day: date, spaces: Sequence[Space], at: float, expires_at: float) -> Sale:
        """A new unpaid order. Raises `SoldAlready`."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            number = self._db.execute("SELECT coalesce(max(number), 0) + 1 FROM orders").fetchone()[0]
            order_id = f"{int(at * 1000):013d}{number % 100_000:05d}"
            self._db.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    *(number, order_id, user, State.UNPAID),
                    *(place.venue_id, place.venue, place.sport_id, place.sport, day.isoformat()),
                    *(at, expires_at),
                ),
            )
            rows = [(order_id, s.court_id, s.court, day.isoformat(), s.hour, s.place, s.price) for s in spaces]
            try:
                self._db.executemany("INSERT INTO spaces VALUES (?, ?, ?, ?, ?, ?, ?, 1)", rows)
            except sqlite3.IntegrityError as error:
                raise SoldAlready from error
            self._note_change(order_id, State.UNPAID, "ordered", at)
        sale = self.sale(order_id)
        assert sale is not None
        return sale

    def move(self, order_id: str, before: State, after: State, why: str, at: float) -> bool:
        """One state change; False where the order is in another state than `before`."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            paid_at = at if after is State.PAID else None
            moved = self._db.execute(
                "UPDATE orders SET state = ?, paid_at = coalesce(?, paid_at) WHERE id = ? AND state = ?",
                (after, paid_at, order_id, before),
            ).rowcount
            if moved:
                self._db.execute("UPDATE spaces SET held = ? WHERE order_id = ?", (int(after.holds), order_id))
                self._note_change(order_id, after, why, at)
        return bool(moved)

    def _note_change(self, order_id: str, state: State, why: str, at: float) -> None:
        self._db.execute("INSERT INTO changes VALUES (?, ?, ?, ?)", (order_id, state, why, at))

    def sale(self, order_id: str) -> Sale | None:
        sales = self._sales("WHERE id = ?", (order_id,))
        return sales[0] if sales else None

    def sales(self, user: str | None = None, *states: State) -> list[Sale]:
        """The orders of a user, or everybody's, in one of the states, or in any, newest first."""
        conditions = ["user = ?"] if user is not None else []
        if states:
            conditions.append(f"state IN ({', '.join(str(int(state)) for state in states)})")
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        return self._sales(where, () if user is None else (user,))

    def page(self, user: str, count: int, skipped: int) -> tuple[list[Sale], int]:
        """Some of a user's orders, newest first, and how many there are in all."""
        total = self._db.execute("SELECT count(*) FROM orders WHERE user = ?", (user,)).fetchone()[0]
        return self._sales("WHERE user = ?", (user,), f"LIMIT {count} OFFSET {skipped}"), total

    def _sales(self, where: str, values: Sequence[object], limit: str = "") -> list[Sale]:
        columns = "id, user, state, venue_id, venue, sport_id, sport, date, created_at, expires_at, paid_at"
        query = f"SELECT {columns} FROM orders {where} ORDER BY number DESC {limit}"  # noqa: S608 - only our own words
        return [
            Sale(
                id=row[0],
                user=row[1],
                state=State(row[2]),
                venue_id=row[3],
                venue=row[4],
                sport_id=row[5],
                sport=row[6],
                date=date.fromisoformat(row[7]),
                created_at=row[8],
                expires_at=row[9],
                paid_at=row[10],
                spaces=self._spaces(row[0]),
            )
            for row in self._db.execute(query, tuple(values)).fetchall()
        ]

    def _spaces(self, order_id: str) -> tuple[Space, ...]:
        query = "SELECT court_id, court, hour, place, price FROM spaces WHERE order_id = ? ORDER BY rowid"
        return tuple(Space(*row) for row in self._db.execute(query, (order_id,)))

    def places_held(self, court_id: str, day: date, hour: int) -> set[int]:
        query = "SELECT place FROM spaces WHERE held AND court_id = ? AND date = ? AND hour = ?"
        return {row[0] for row in self._db.execute(query, (court_id, day.isoformat(), hour))}

    def changes(self) -> dict[str, list[tuple[State, str, float]]]:
        """Every state change of every order, oldest first: state, why, when."""
        told: dict[str, list[tuple[State, str, float]]] = {}
        for order_id, state, why, at in self._db.execute("SELECT * FROM changes ORDER BY rowid"):
            told.setdefault(order_id, []).append((State(state), why, at))
        return told

    def note(self, asked: Asked) -> None:
        """One request more; the oldest are forgotten beyond `requests_kept`."""
        self._pending.append(
            (asked.at, asked.monotonic, asked.method, asked.path, asked.user, asked.status, asked.verdict)
        )
        if len(self._pending) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Writes the requests noted so far."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT INTO requests (at, monotonic, method, path, user, status, verdict)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                pending,
            )
            self._db.execute(
                "DELETE FROM requests WHERE number <= (SELECT max(number) FROM requests) - ?", (self._requests_kept,)
            )

    def requests(self, last: int = REQUESTS_KEPT) -> list[Asked]:
        """The latest requests, oldest first."""
        self.flush()
        query = (
            "SELECT at, monotonic, method, path, user, status, verdict FROM"
            " (SELECT * FROM requests ORDER BY number DESC LIMIT ?) ORDER BY number"
        )
        return [Asked(*row) for row in self._db.execute(query, (last,))]

    def tokens(self, kind: str) -> dict[str, str]:
        """Token → user."""
        return dict(self._db.execute("SELECT token, user FROM tokens WHERE kind = ?", (kind,)).fetchall())

    def keep_token(self, kind: str, token: str, user: str) -> None:
        self._db.execute("INSERT INTO tokens VALUES (?, ?, ?)", (kind, token, user))

    def drop_tokens(self, kind: str, tokens: Iterable[str]) -> None:
        self._db.executemany("DELETE FROM tokens WHERE kind = ? AND token = ?", [(kind, token) for token in tokens])

    def setting(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_setting(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def close(self) -> None:
        self.flush()
        self._db.close()


def open_ledger(path: Path) -> Ledger:
    """The ledger of a home. A damaged one is set aside under a dated name, and an empty one begun."""
    try:
        return Ledger(path)
    except sqlite3.DatabaseError:
        path.replace(path.with_name(f"{path.name}.damaged-{int(path.stat().st_mtime)}"))
        for left in ("-wal", "-shm"):
            path.with_name(path.name + left).unlink(missing_ok=True)
        return Ledger(path)
