"""`Deliveries` on SQLite."""

from collections.abc import Sequence
from datetime import datetime

from jobs.models.ids import JobId
from jobs.models.people import Chat
from jobs.ports.rows import Delivery, Told
from jobs.store.codec import chat_of, micros, micros_or_none, readable, text
from jobs.store.conversations import write_link
from jobs.store.lanes import OPEN, behind, delivery_of, heads_due, told_unasked
from jobs.store.sqlite import Database
from jobs.store.told import acknowledge, unacknowledged

_THESE = "id IN (SELECT value FROM json_each(?))"


class SqliteDeliveries:
    """Notifications on their way: `pending` → `sending` → `sent`, or back, or `given_up`.

    A row in `sending` whose sender is gone says nothing about arrival, so it is due and counts as uncertain.
    Whether a sender is still at it, only the sender knows: it must not ask for `due` and send what it is sending.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, at: datetime, limit: int) -> list[Delivery]:
        heads = heads_due(self._database, at, limit)
        deliveries = readable(delivery_of, heads)
        if unreadable := {head["id"] for head in heads} - {delivery.id for delivery in deliveries}:
            # They will never be readable, and must not stand in front of their lanes' others for ever.
            self.failed(list(unreadable), None, "cannot be read", uncertain=False)
        return deliveries

    def together(self, head: Delivery, at: datetime, limit: int) -> list[Delivery]:
        return behind(self._database, head, at, limit)

    def begin(self, ids: Sequence[int], at: datetime) -> None:
        self._database.run(
            f"""UPDATE notifications SET uncertain = uncertain + (state = 'sending'), state = 'sending',
                attempts = attempts + 1, begun_at = ?, batch = ? WHERE {_THESE} AND {OPEN}""",  # noqa: S608
            micros(at),
            min(ids),
            text(list(ids)),
        )

    def done(self, ids: Sequence[int], message_id: str | None, at: datetime) -> None:
        with self._database.transaction():
            self._database.run(
                f"""UPDATE notifications SET state = 'sent', message_id = ?, ended_at = ?, retry_at = NULL
                    WHERE {_THESE}""",  # noqa: S608
                message_id,
                micros(at),
                text(list(ids)),
            )
            if message_id is not None:
                self._link(ids, message_id)

    def _link(self, ids: Sequence[int], message_id: str) -> None:
        sql = f"SELECT DISTINCT job_id, target FROM notifications WHERE {_THESE}"  # noqa: S608
        subjects = self._database.rows(sql, text(list(ids)))
        if len(subjects) == 1 and subjects[0]["job_id"] is not None:
            write_link(self._database, chat_of(subjects[0]["target"]).self_id, message_id, subjects[0]["job_id"])

    def failed(
        self, ids: Sequence[int], retry_at: datetime | None, reason: str, *, uncertain: bool, counts: bool = True
    ) -> None:
        self._database.run(
            f"""UPDATE notifications SET state = ?, retry_at = ?, reason = ?, uncertain = uncertain + ?,
                attempts = max(0, attempts - ?), batch = ?
                WHERE {_THESE} AND {OPEN}""",  # noqa: S608
            "given_up" if retry_at is None else "pending",
            micros_or_none(retry_at),
            reason,
            int(uncertain),
            int(not counts),
            min(ids),
            text(list(ids)),
        )

    def absent(self, ids: Sequence[int]) -> None:
        self._database.run(
            f"""UPDATE notifications SET uncertain = max(0, uncertain - (state = 'pending')), state = 'pending'
                WHERE {_THESE} AND {OPEN}""",  # noqa: S608
            text(list(ids)),
        )

    def hold(self, ids: Sequence[int], until: datetime) -> None:
        sql = f"UPDATE notifications SET held_until = ? WHERE {_THESE} AND {OPEN}"  # noqa: S608
        self._database.run(sql, micros(until), text(list(ids)))

    def told_of(self, job_id: JobId, topics: Sequence[str], since: datetime) -> list[tuple[str, datetime]]:
        return told_unasked(self._database, job_id, topics, since)

    def unacknowledged(self, at: datetime) -> list[Told]:
        return unacknowledged(self._database, at)

    def acknowledge(self, ids: Sequence[int], by: str, at: datetime) -> None:
        acknowledge(self._database, ids, by, at)

    def waiting(self) -> int:
        return int(self._database.scalar(f"SELECT count(*) FROM notifications WHERE {OPEN}"))  # noqa: S608

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

    def withdraw(self, dedupe_keys: Sequence[str], at: datetime) -> None:
        self._database.run(
            f"""UPDATE notifications SET state = 'given_up', retry_at = NULL, reason = 'acknowledged before',
                acknowledged_at = coalesce(acknowledged_at, ?)
                WHERE dedupe_key IN (SELECT value FROM json_each(?)) AND {OPEN}""",  # noqa: S608
            micros(at),
            text(list(dedupe_keys)),
        )

    def lost(self, target: Chat, since: datetime) -> int:
        count = self._database.scalar(
            """SELECT count(*) FROM notifications
               WHERE target = ?1 AND state = 'given_up' AND acknowledged_at IS NULL AND created_at >= ?2 AND id >
                   (SELECT coalesce(max(id), 0) FROM notifications WHERE target = ?1 AND state = 'sent')""",
            text(target),
            micros(since),
        )
        return int(count)

    def hasten(self) -> None:
        self._database.run(
            f"UPDATE notifications SET retry_at = NULL WHERE {OPEN} AND state = 'pending' AND retry_at IS NOT NULL"  # noqa: S608
        )
