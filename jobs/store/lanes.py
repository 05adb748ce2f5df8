"""The two lanes of each target that open notifications wait in, read off the index `notifications_lanes`: what was sent
before costs nothing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from jobs.ports.rows import Delivery
from jobs.store.codec import Row, micros, notification_of, readable, text
from jobs.store.sqlite import Database

OPEN: Final = "state IN ('pending', 'sending')"
_HEADS_DUE: Final = f"""
    SELECT notifications.* FROM notifications
    JOIN (SELECT MIN(id) AS id FROM notifications WHERE {OPEN} GROUP BY target, urgent) AS heads USING (id)
    WHERE (retry_at IS NULL OR retry_at <= ?1) AND (held_until IS NULL OR held_until <= ?1)
    ORDER BY urgent DESC, id LIMIT ?2"""  # noqa: S608
_FROM: Final = f"SELECT * FROM notifications WHERE {OPEN} AND target = ? AND urgent = ? AND id >= ? ORDER BY id LIMIT ?"  # noqa: S608


def heads_due(database: Database, at: datetime, limit: int) -> list[Row]:
    """The oldest row of each lane where that is due, those of the urgent lanes first."""
    return database.rows(_HEADS_DUE, micros(at), limit)


def behind(database: Database, head: Delivery, at: datetime, limit: int) -> list[Delivery]:
    """See `Deliveries.together`. None at all where the head is open no more; what cannot be read is left out."""
    told = head.notification
    rows = database.rows(_FROM, text(told.target), int(told.is_urgent), head.id, limit)
    if not rows or rows[0]["id"] != head.id:
        return []
    return readable(delivery_of, (rows[0], *_fresh(rows[1:], micros(at))))


def _fresh(rows: list[Row], at: int) -> Iterator[Row]:
    """Up to the first that somebody has begun to send, or that waits."""
    for row in rows:
        if row["attempts"] or (row["retry_at"] or 0) > at or (row["held_until"] or 0) > at:
            return
        yield row


def delivery_of(row: Row) -> Delivery:
    """Raises `UnreadableRow`."""
    return Delivery(
        id=row["id"],
        notification=notification_of(row),
        attempts=row["attempts"],
        uncertain=row["uncertain"] + (row["state"] == "sending"),
    )
