"""`Deliveries` on SQLite."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from jobs.ports.store import Delivery
from jobs.store.codec import Row, mapping, micros, micros_or_none, notification_of, readable
from jobs.store.conversations import write_link
from jobs.store.sqlite import Database

_OPEN: Final = "state IN ('pending', 'sending')"
_HEADS_DUE: Final = f"""
    SELECT notifications.* FROM notifications
    JOIN (SELECT MIN(id) AS id FROM notifications WHERE {_OPEN} GROUP BY target) AS heads USING (id)
    WHERE retry_at IS NULL OR retry_at <= ? ORDER BY id LIMIT ?"""  # noqa: S608
"""Read off the index `notifications_open`: what was sent before costs nothing."""


class SqliteDeliveries:
    """Notifications on their way: `pending` → `sending` → `sent`, or back, or `given_up`.

    A row in `sending` whose sender is gone says nothing about arrival, so it is due and counts as uncertain.
    Whether a sender is still at it, only the sender knows: it must not ask for `due` and send what it is sending.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, at: datetime, limit: int) -> list[Delivery]:
        heads = self._database.rows(_HEADS_DUE, micros(at), limit)
        deliveries = readable(_delivery_of, heads)
        for unreadable in {head["id"] for head in heads} - {delivery.id for delivery in deliveries}:
            # It will never be readable, and must not stand in front of its target's others for ever.
            self.failed([unreadable], None, "cannot be read", uncertain=False)
        return deliveries

    def begin(self, ids: Sequence[int], at: datetime) -> None:
        for delivery_id in ids:
            self._begin(delivery_id, at)

    def _begin(self, delivery_id: int, at: datetime) -> None:
        self._database.run(
            f"""UPDATE notifications SET uncertain = uncertain + (state = 'sending'), state = 'sending',
                attempts = attempts + 1, begun_at = ? WHERE id = ? AND {_OPEN}""",  # noqa: S608
            micros(at),
            delivery_id,
        )

    def done(self, ids: Sequence[int], message_id: str | None, at: datetime) -> None:
        for delivery_id in ids:
            self._done(delivery_id, message_id, at)

    def _done(self, delivery_id: int, message_id: str | None, at: datetime) -> None:
        with self._database.transaction():
            self._database.run(
                "UPDATE notifications SET state = 'sent', message_id = ?, ended_at = ?, retry_at = NULL WHERE id = ?",
                message_id,
                micros(at),
                delivery_id,
            )
            row = self._database.row("SELECT * FROM notifications WHERE id = ?", delivery_id)
            if row is not None and message_id is not None and row["job_id"] is not None:
                write_link(self._database, mapping(row["target"])["self_id"], message_id, row["job_id"])

    def failed(self, ids: Sequence[int], retry_at: datetime | None, reason: str, *, uncertain: bool) -> None:
        for delivery_id in ids:
            self._failed(delivery_id, retry_at, reason, uncertain=uncertain)

    def _failed(self, delivery_id: int, retry_at: datetime | None, reason: str, *, uncertain: bool) -> None:
        self._database.run(
            f"""UPDATE notifications SET state = ?, retry_at = ?, reason = ?, uncertain = uncertain + ?
                WHERE id = ? AND {_OPEN}""",  # noqa: S608
            "given_up" if retry_at is None else "pending",
            micros_or_none(retry_at),
            reason,
            int(uncertain),
            delivery_id,
        )

    def has_arrived(self, dedupe_key: str) -> bool | None:
        sql = "SELECT state = 'sent' AS arrived FROM notifications WHERE dedupe_key = ?"
        row = self._database.row(sql, dedupe_key)
        return None if row is None else bool(row["arrived"])

    def said(self, dedupe_keys: Sequence[str], at: datetime) -> None:
        for key in dedupe_keys:
            self._database.run(
                """UPDATE notifications SET state = 'sent', ended_at = ?, retry_at = NULL, reason = 'said in a reply'
                   WHERE dedupe_key = ? AND state = 'pending' AND attempts = 0""",
                micros(at),
                key,
            )

    def hasten(self) -> None:
        self._database.run(
            f"UPDATE notifications SET retry_at = NULL WHERE {_OPEN} AND state = 'pending' AND retry_at IS NOT NULL"  # noqa: S608
        )


def _delivery_of(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        notification=notification_of(row),
        attempts=row["attempts"],
        uncertain=row["uncertain"] + (row["state"] == "sending"),
    )
