"""Notifications that have arrived: how many there were, and who has taken note of those that want it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from jobs.models.ids import JobId
from jobs.models.notices import TO_ACKNOWLEDGE
from jobs.ports.rows import Told
from jobs.store.codec import Row, instant, micros, notification_of, readable, reads, text
from jobs.store.sqlite import Database

_MINDED: Final = timedelta(days=1)
"""Whatever nobody has acknowledged by then, nobody will."""
_TICK: Final = timedelta(microseconds=1)
_WAITS: Final = "state = 'sent' AND urgent = 1 AND acknowledged_at IS NULL AND escalated_at IS NULL"
"""As the index `notifications_unacknowledged` has it, which holds a handful."""
_WAITING: Final = f"""
    SELECT * FROM notifications WHERE {_WAITS} AND ended_at < ?
    AND topic IN (SELECT value FROM json_each(?)) ORDER BY ended_at, id"""  # noqa: S608


def times_told(database: Database, job_id: JobId, since: datetime) -> Mapping[str, int]:
    """See `Deliveries.told_of`."""
    rows = database.rows(
        """SELECT topic, count(*) AS times FROM notifications
           WHERE state = 'sent' AND job_id = ? AND ended_at >= ? GROUP BY topic""",
        job_id,
        micros(since),
    )
    return {row["topic"]: row["times"] for row in rows}


def unacknowledged(database: Database, told_before: datetime | None) -> list[Told]:
    """See `Deliveries.unacknowledged`."""
    latest = database.scalar(f"SELECT max(ended_at) FROM notifications WHERE {_WAITS}")  # noqa: S608
    if latest is None:
        return []
    before = told_before or instant(latest) + _TICK
    rows = database.rows(_WAITING, micros(before), text(sorted(TO_ACKNOWLEDGE)))
    return [told for told in readable(_told_of, rows) if told.told_at >= before - _MINDED]


def acknowledge(database: Database, ids: Sequence[int], by: str, at: datetime) -> None:
    """Who was first counts."""
    database.run(
        """UPDATE notifications SET acknowledged_at = ?, acknowledged_by = ?
           WHERE id IN (SELECT value FROM json_each(?)) AND acknowledged_at IS NULL""",
        micros(at),
        by,
        text(list(ids)),
    )


def escalate(database: Database, ids: Sequence[int], at: datetime) -> None:
    """See `Deliveries.escalated`."""
    database.run(
        """UPDATE notifications SET escalated_at = ?
           WHERE id IN (SELECT value FROM json_each(?)) AND escalated_at IS NULL""",
        micros(at),
        text(list(ids)),
    )


@reads
def _told_of(row: Row) -> Told:
    return Told(
        id=row["id"],
        notification=notification_of(row),
        told_at=instant(row["ended_at"]),
        message_id=row["message_id"],
    )
