"""What is kept of jobs: the rows of those long deleted and what is old of the others go, in transactions so small that
nobody waits for them."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from jobs.models.ids import JobId
from jobs.store.codec import micros
from jobs.store.files import Places
from jobs.store.sqlite import Database

ROWS_A_TRANSACTION: Final = 500
"""Two to five milliseconds, for which a writer has to wait at most."""
ROWS_AT_ONCE: Final = 50_000
"""The rest waits for the next time."""

_BREATH_SECONDS: Final = 0.005
"""Between two transactions: whoever waits for the lock gets it."""
_KEYS: Final = {
    "events": ("id",),
    "occurrences": ("job_id", "scheduled_at"),
    "notifications": ("id",),
    "links": ("self_id", "message_id"),
    "memory": ("job_id",),
    "progress": ("job_id",),
    "sightings": ("job_id", "day"),
    "runs": ("sequence",),
    "bookings": ("account_id", "slot_key"),
    "audit": ("id",),
}
"""What tells a table's rows apart."""
_OF_JOBS: Final = ("events", "occurrences", "notifications", "links", "memory", "progress", "sightings", "runs")
"""The tables whose rows go with their job."""
_IS_TOLD: Final = "notifications.state NOT IN ('pending', 'sending')"
_WHERE: Final = {
    "notifications": _IS_TOLD,
    "runs": "runs.status = 'ended'",
}
KEPT_RUNS: Final = 20
"""Of each job that is not deleted, however old: what people ask about, and the epochs that were given."""
_WAS_TOLD: Final = f"{_IS_TOLD} AND coalesce(notifications.ended_at, notifications.created_at) < ?"
_OLD: Final = {
    "links": f"""links JOIN notifications ON links.message_id = notifications.message_id
        AND links.self_id = CASE WHEN json_valid(notifications.target)
            THEN json_extract(notifications.target, '$.self_id') END WHERE {_WAS_TOLD}""",
    "notifications": f"notifications WHERE {_WAS_TOLD}",
    "occurrences": """occurrences WHERE occurrences.scheduled_at < ?
        AND occurrences.status NOT IN ('due', 'armed', 'running')""",
    "events": "events WHERE events.at < ? AND events.id < (SELECT max(id) FROM events)",
    "runs": f"""runs WHERE runs.status = 'ended' AND runs.ended_at < ? AND runs.sequence NOT IN (SELECT kept.sequence
        FROM runs AS kept WHERE kept.job_id = runs.job_id ORDER BY kept.requested_at DESC, kept.sequence DESC
        LIMIT {KEPT_RUNS})""",  # noqa: S608
    # Whatever was had for a day that is still to come keeps its account from having it twice.
    "bookings": """bookings WHERE bookings.state NOT IN ('open', 'booked')
        AND coalesce(bookings.settled_at, bookings.opened_at) < ?1
        AND bookings.date < date(?1 / 1000000, 'unixepoch')""",
    "audit": "audit WHERE audit.at < ?",
    "sightings": "sightings WHERE sightings.day < date(? / 1000000, 'unixepoch')",
}
"""What is old, whatever the job; links before the notifications that say when they were made."""


def prune_rows(home: Path, before: datetime, at_once: int = ROWS_AT_ONCE) -> int:
    """Deletes the rows of jobs deleted before the instant, and of the others what is older: events, occurrences that
    are over, notifications that were told and the links to their messages, ended runs but the last of each job,
    bookings that are settled, what looks have seen, and what was done to what is no job.

    Returns how many, `at_once` at most (rounded up). The jobs' own rows stay, so that no number and no id is ever given
    twice. Uses a connection of its own, in any thread. Raises `StoreUnavailable`; what was deleted by then stays so.
    """
    deleted = 0
    with closing(Database(Places(home).database, "NORMAL")) as database:
        for table, which in (*((table, _of_deleted(table)) for table in _OF_JOBS), *_OLD.items()):
            for count in _batches(database, table, which, micros(before)):
                deleted += count
                if deleted >= at_once:
                    return deleted
                time.sleep(_BREATH_SECONDS)
    return deleted


def is_deleted(database: Database, job_id: JobId) -> bool:
    """Whether the job was deleted and its runs are over. False for one that the store has never had."""
    sql = """SELECT deleted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE job_id = jobs.id AND
        status != 'ended') FROM jobs WHERE id = ?"""
    return bool(database.scalar(sql, job_id))


def _of_deleted(table: str) -> str:
    return f"{table} JOIN jobs ON jobs.id = {table}.job_id WHERE jobs.deleted_at < ? AND {_WHERE.get(table, 'true')}"


def _batches(database: Database, table: str, which: str, before: int) -> Iterator[int]:
    """Deletes a batch a step. Looked for without a lock, deleted by key: the search may take long, the lock may not."""
    keys = _KEYS[table]
    columns = ", ".join(f"{table}.{key}" for key in keys)
    search = f"SELECT json_array({columns}) FROM {which} LIMIT {ROWS_A_TRANSACTION}"  # noqa: S608
    values = ", ".join(f"json_extract(value, '$[{index}]')" for index in range(len(keys)))
    delete = f"DELETE FROM {table} WHERE ({', '.join(keys)}) IN (SELECT {values} FROM json_each(?))"  # noqa: S608
    while found := [str(row[0]) for row in database.rows(search, before)]:
        count = database.run(delete, f"[{','.join(found)}]")
        if count == 0:
            return  # Another process was quicker, this once.
        yield count
