"""`History` on SQLite."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from jobs.models.audit import Audit
from jobs.models.change import Event, Occurrence
from jobs.models.ids import JobId
from jobs.ports.rows import Lateness, Tally
from jobs.store.codec import audit_of, event_of, micros, occurrence_of, readable
from jobs.store.sqlite import Database
from jobs.store.tallies import lateness_of, tallies_of


class SqliteHistory:
    """What happened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, event_id: int, limit: int) -> list[Event]:
        sql = "SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?"
        return readable(event_of, self._database.rows(sql, event_id, limit))

    def audit(self, limit: int) -> list[Audit]:
        return readable(audit_of, self._database.rows("SELECT * FROM audit ORDER BY id DESC LIMIT ?", limit))

    def last_id(self) -> int:
        return int(self._database.scalar("SELECT coalesce(max(id), 0) FROM events"))

    def of_job(self, job_id: JobId, limit: int) -> list[Event]:
        sql = "SELECT * FROM events WHERE job_id = ? ORDER BY id DESC LIMIT ?"
        return readable(event_of, self._database.rows(sql, job_id, limit))

    def acts(
        self, since: datetime, limit: int, *, actor: str | None = None, job_id: JobId | None = None
    ) -> list[Event]:
        if job_id is not None:
            sql = """SELECT * FROM events INDEXED BY events_by_job
                     WHERE job_id = ? AND actor IS NOT NULL AND actor = coalesce(?, actor) AND at >= ?
                     ORDER BY id DESC LIMIT ?"""
            return readable(event_of, self._database.rows(sql, job_id, actor, micros(since), limit))
        if actor is None:
            sql = """SELECT * FROM events INDEXED BY events_acts
                     WHERE actor IS NOT NULL AND at >= ? ORDER BY id DESC LIMIT ?"""
            return readable(event_of, self._database.rows(sql, micros(since), limit))
        sql = """SELECT * FROM events INDEXED BY events_by_actor
                 WHERE actor = ? AND at >= ? ORDER BY id DESC LIMIT ?"""
        return readable(event_of, self._database.rows(sql, actor, micros(since), limit))

    def tallies(self, job_ids: Sequence[JobId], since: datetime) -> Mapping[JobId, Tally]:
        return tallies_of(self._database, job_ids, since)

    def lateness(self, job_ids: Sequence[JobId], since: datetime) -> Lateness | None:
        return lateness_of(self._database, job_ids, since)

    def occurrences(self, job_id: JobId, limit: int) -> list[Occurrence]:
        sql = "SELECT * FROM occurrences WHERE job_id = ? ORDER BY scheduled_at DESC LIMIT ?"
        return readable(occurrence_of, self._database.rows(sql, job_id, limit))

    def waiting(self) -> list[Occurrence]:
        sql = "SELECT * FROM occurrences WHERE status = 'due' AND run_id IS NULL ORDER BY scheduled_at, job_id"
        return readable(occurrence_of, self._database.rows(sql))
