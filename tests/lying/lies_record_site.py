"""What is known of a round when it is over."""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from lies_drawing_site import Case
from msgspec import Struct

from jobs.models.run import Outcome


class Ended(Struct, frozen=True):
    """One run. `alive`: the orders that were somebody's when it ended."""

    job_id: str
    run_id: str
    outcome: Outcome | None
    was_killed: bool
    at: datetime
    alive: frozenset[str]


class Made(Struct, frozen=True):
    """An order, and the intents that were in the store when it was made, by the platform's own loop."""

    order_id: str
    user: str
    date: str
    hours: frozenset[tuple[str, int]]
    """(court, hour)"""
    at: float
    rows: list[dict[str, Any]]

    @property
    def job_id(self) -> str | None:
        return self.rows[0]["job_id"] if self.rows else None

    @property
    def run_id(self) -> str | None:
        return self.rows[0]["run_id"] if self.rows else None


class Record:
    """Filled while a round is played, read by the judge."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.wrong: list[str] = []
        self.user_of: dict[str, str] = {}
        self.made: list[Made] = []
        self.ends: list[Ended] = []
        self.struck: Counter[str] = Counter()
        self.ordered: list[Any] = []
        """Our orders as they stood when every intent was settled."""
        self.sales: list[Any] = []
        """Our orders as they stand in the end."""
        self.changes: dict[str, Any] = {}
        self.rows_then: list[Any] = []
        self.rows: list[Any] = []
        self.told: list[Any] = []
        self.asked: list[Any] = []
        self.knocks: list[Any] = []
        self.hushes: list[tuple[float, str]] = []
        """When a client was told 429, and for what."""
        self.given: list[float] = []
        self.recurs: dict[str, bool] = {}

    def note_order(self, sale: Any, rows: list[dict[str, Any]]) -> None:
        hours = frozenset((space.court, space.hour) for space in sale.spaces)
        self.made.append(Made(sale.id, sale.user, sale.date.isoformat(), hours, sale.created_at, rows))

    def rows_in(self, database: Path, sale: Any) -> list[dict[str, Any]]:
        """The rows of an order's slots as they are on disk just now."""
        accounts = [account for account, user in self.user_of.items() if user == sale.user]
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            sql = "SELECT * FROM bookings WHERE account_id = ? AND date = ? AND hour = ? AND court = ?"
            found = [
                db.execute(sql, (account, sale.date.isoformat(), space.hour, space.court)).fetchone()
                for account in accounts
                for space in sale.spaces
            ]
        return [dict(row) for row in found if row is not None]
