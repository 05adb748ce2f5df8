"""What chats were told in a virtual day, held against what is on record."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import msgspec
from world_record_site import Record

_ON_ITS_WAY: Final = timedelta(seconds=20)
"""Before the end of the world: what was written then need not have been told."""
_ONE_ABSENCE: Final = timedelta(seconds=3)


def told_wrong(record: Record, connection: sqlite3.Connection) -> Iterator[str]:
    """Every notice arrives once, or twice where a bot died over it; what was missed is told, all of it."""
    rows = connection.execute("SELECT * FROM notifications ORDER BY id").fetchall()
    missed = [row for row in rows if row["topic"] == "occurrence_missed"]
    yield from _delivered(record, rows)
    yield from _all_counted(record, connection, missed)
    # What was decided before a clock was set back stands in the way of one message; the rest is told by another.
    if not any(leap.after < leap.before for leap in record.leaps):
        runs = {run["id"] for run in connection.execute("SELECT id FROM runs")}
        yield from _in_one_message(row for row in missed if row["dedupe_key"].rpartition("/")[2] not in runs)


def instant_of(micros: int) -> datetime:
    """As the store keeps instants."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _delivered(record: Record, rows: list[sqlite3.Row]) -> Iterator[str]:
    assert record.chats is not None
    assert record.ends is not None
    copies: dict[str, int] = defaultdict(int)
    for _, notification, _ in record.chats.heard:
        copies[notification.dedupe_key] += 1
    for row in rows:
        key, count = row["dedupe_key"], copies[row["dedupe_key"]]
        is_fresh = instant_of(row["created_at"]) > record.ends - _ON_ITS_WAY
        if not (is_fresh or 1 <= count <= 2):
            yield f"notification {key} is {row['state']} and was sent {count} times"


def _all_counted(record: Record, connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> Iterator[str]:
    told: dict[str, int] = defaultdict(int)
    for row in rows:
        data: dict[str, Any] = msgspec.json.decode(row["data"])
        for one in data.get("jobs", [data]):
            told[one["name"]] += one["count"]
    for number, job_id in record.jobs.items():
        sql = "SELECT count(*) FROM occurrences WHERE job_id = ? AND status = 'missed'"
        missed = connection.execute(sql, (job_id,)).fetchone()[0]
        name = record.day.plans[number].name
        # What was missed by a clock that was then set back was run after all, though it had been told.
        was_set_back = any(leap.after < leap.before for leap in record.leaps)
        if missed != told[name] and not (was_set_back and missed < told[name]):
            yield f"{name} missed {missed} and {told[name]} were told"


def _in_one_message(rows: Iterable[sqlite3.Row]) -> Iterator[str]:
    """Of what came due in one absence; a run that was only claimed then tells for itself, and is not among them."""
    at: dict[str, list[datetime]] = defaultdict(list)
    for row in rows:
        at[row["target"]].append(instant_of(row["created_at"]))
    for chat, instants in at.items():
        for one, another in pairwise(instants):
            if abs(another - one) < _ONE_ABSENCE:
                yield f"{chat} was told twice of one absence, at {one} and {another}"
