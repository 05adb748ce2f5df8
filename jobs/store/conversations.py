"""`Conversations` on SQLite."""

from datetime import datetime, timedelta
from typing import Any, Final

from jobs.models.change import Inbound
from jobs.models.ids import JobId
from jobs.store.codec import first, mapping_of, micros, text
from jobs.store.sqlite import Database

INBOUND_KEPT: Final = timedelta(days=1)
"""No client repeats a message later than this."""


class SqliteConversations:
    """What the bot must remember of chats."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, inbound: Inbound) -> bool:
        with self._database.at_ease(), self._database.transaction():
            return write_inbound(self._database, inbound)

    def link(self, self_id: str, message_id: str, job_id: JobId) -> None:
        write_link(self._database, self_id, message_id, job_id)

    def linked(self, self_id: str, message_id: str) -> JobId | None:
        sql = "SELECT job_id FROM links WHERE self_id = ? AND message_id = ?"
        return self._database.scalar(sql, self_id, message_id)

    def ask(self, key: str, question: dict[str, Any], expires_at: datetime) -> None:
        self._database.run(
            "INSERT OR REPLACE INTO questions (key, question, expires_at) VALUES (?, ?, ?)",
            key,
            text(question),
            micros(expires_at),
        )

    def asked(self, key: str, at: datetime) -> dict[str, Any] | None:
        sql = "SELECT question FROM questions WHERE key = ? AND expires_at > ?"
        return first(mapping_of, self._database.row(sql, key, micros(at)))

    def settle(self, key: str) -> None:
        self._database.run("DELETE FROM questions WHERE key = ?", key)


def write_inbound(database: Database, inbound: Inbound) -> bool:
    """Inserts the message, forgetting those of other days. False when it is there already. In a transaction."""
    received_at = micros(inbound.received_at)
    written = database.run(
        "INSERT INTO inbound (self_id, message_id, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        inbound.self_id,
        inbound.message_id,
        received_at,
    )
    if written == 1:
        database.run("DELETE FROM inbound WHERE received_at < ?", micros(inbound.received_at - INBOUND_KEPT))
    return written == 1


def write_link(database: Database, self_id: str, message_id: str, job_id: str) -> None:
    """The latest word about a message counts."""
    database.run(
        "INSERT OR REPLACE INTO links (self_id, message_id, job_id) VALUES (?, ?, ?)", self_id, message_id, job_id
    )
