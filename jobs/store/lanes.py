"""The two lanes of each target that open notifications wait in, read off the index `notifications_lanes`: what was sent
before costs nothing."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from jobs.models.ids import JobId
from jobs.models.notices import ASKED
from jobs.ports.rows import Delivery
from jobs.store.codec import Row, instant, instant_or_none, micros, notification_of, readable, text
from jobs.store.sqlite import Database

OPEN: Final = "state IN ('pending', 'sending')"
_HEADS_DUE: Final = f"""
    SELECT notifications.* FROM notifications
    JOIN (SELECT MIN(id) AS id FROM notifications
          WHERE {OPEN} AND (held_until IS NULL OR held_until <= ?1) GROUP BY target, urgent) AS heads USING (id)
    WHERE retry_at IS NULL OR retry_at <= ?1
    ORDER BY urgent DESC, id LIMIT ?2"""  # noqa: S608
_FROM: Final = f"""
    SELECT * FROM notifications WHERE {OPEN} AND target = ?1 AND urgent = ?2 AND id >= ?3
    AND (held_until IS NULL OR held_until <= ?4) ORDER BY id LIMIT ?5"""  # noqa: S608
_SAME_BATCH: Final = f"""
    SELECT * FROM notifications WHERE {OPEN} AND target = ?1 AND urgent = ?2 AND id >= ?3 AND batch = ?4
    ORDER BY id"""  # noqa: S608
_TOLD_UNASKED: Final = f"""
    SELECT topic, ended_at FROM notifications
    WHERE state = 'sent' AND job_id = ?1 AND ended_at >= ?2 AND topic IN (SELECT value FROM json_each(?3))
    AND NOT (json_valid(data) AND coalesce(json_extract(data, '$.{ASKED}'), 0)) ORDER BY ended_at DESC"""  # noqa: S608


def heads_due(database: Database, at: datetime, limit: int) -> list[Row]:
    """The oldest row of each lane that is not held, where that is due, those of the urgent lanes first."""
    return database.rows(_HEADS_DUE, micros(at), limit)


def behind(database: Database, head: Delivery, at: datetime, limit: int) -> list[Delivery]:
    """See `Deliveries.together`. None at all where the head is open no more; what cannot be read is left out."""
    told = head.notification
    rows = database.rows(_FROM, text(told.target), int(told.is_urgent), head.id, micros(at), limit)
    if not rows or rows[0]["id"] != head.id:
        return []
    first = rows[0]
    if not first["attempts"]:
        return readable(delivery_of, (first, *_fresh(rows[1:], micros(at))))
    if first["batch"] is None:
        return readable(delivery_of, (first,))
    same = database.rows(_SAME_BATCH, text(told.target), int(told.is_urgent), head.id, first["batch"])
    return readable(delivery_of, same)


def _fresh(rows: Sequence[Row], at: int) -> Iterator[Row]:
    """Up to the first that somebody has begun to send, or that waits for another try."""
    for row in rows:
        if row["attempts"] or (row["retry_at"] or 0) > at:
            return
        yield row


def told_unasked(
    database: Database, job_id: JobId, topics: Sequence[str], since: datetime
) -> list[tuple[str, datetime]]:
    """See `Deliveries.told_of`."""
    rows = database.rows(_TOLD_UNASKED, job_id, micros(since), text(list(topics)))
    return [(row["topic"], instant(row["ended_at"])) for row in rows]


def delivery_of(row: Row) -> Delivery:
    """Raises `UnreadableRow`."""
    return Delivery(
        id=row["id"],
        notification=notification_of(row),
        attempts=row["attempts"],
        uncertain=row["uncertain"] + (row["state"] == "sending"),
        begun_at=instant_or_none(row["begun_at"]),
    )
