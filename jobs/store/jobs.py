"""`Jobs` on SQLite."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from jobs.models.ids import JobId, JobNumber, UserId, is_job_id
from jobs.models.job import Job, Status
from jobs.models.people import Chat
from jobs.ports.rows import Awaiting, Sighting
from jobs.store.codec import awaiting_of, first, job_of, mapping_of, micros, readable
from jobs.store.sightings import sightings_since
from jobs.store.sqlite import Database, Value

_ALIVE: Final = "deleted_at IS NULL"


class SqliteJobs:
    """Jobs as they are now; each query has an index of its own, so the number of other jobs does not matter.

    Where the planner, which knows no statistics here, would take another one, the index is named.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, job_id: JobId) -> Job | None:
        return self._one(f"SELECT * FROM jobs WHERE id = ? AND {_ALIVE}", job_id)  # noqa: S608

    def numbered(self, number: JobNumber) -> Job | None:
        if not 0 < number < 1 << 63:
            return None  # SQLite knows no greater integers.
        return self._one(f"SELECT * FROM jobs WHERE number = ? AND {_ALIVE}", number)  # noqa: S608

    def last_number(self) -> int:
        return int(self._database.scalar("SELECT max(number) FROM jobs") or 0)

    def with_id_prefix(self, prefix: str, limit: int) -> list[Job]:
        if not is_job_id(prefix):
            return []
        # A range, because LIKE would read `_` as a wildcard and take no index; DEL sorts behind every id.
        sql = f"SELECT * FROM jobs WHERE id >= ? AND id < ? AND {_ALIVE} ORDER BY id LIMIT ?"  # noqa: S608
        return self._all(sql, prefix, prefix + "\x7f", limit)

    def named(self, name: str, limit: int) -> list[Job]:
        sql = f"SELECT * FROM jobs WHERE name = ? AND {_ALIVE} ORDER BY number LIMIT ?"  # noqa: S608
        return self._all(sql, name, limit)

    def select(
        self,
        *,
        owner: UserId | None = None,
        origin: Chat | None = None,
        statuses: Sequence[Status] = (),
        kind: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Job]:
        arms = list(_arms("SELECT *", owner, origin, statuses, kind))
        sql = " UNION ALL ".join(arm for arm, _ in arms)
        values = [value for _, found in arms for value in found]
        return self._all(f"{sql} ORDER BY number LIMIT ? OFFSET ?", *values, -1 if limit is None else limit, offset)

    def count(
        self,
        *,
        owner: UserId | None = None,
        origin: Chat | None = None,
        statuses: Sequence[Status] = (),
        kind: str | None = None,
    ) -> int:
        arms = _arms("SELECT count(*)", owner, origin, statuses, kind)
        return sum(int(self._database.scalar(sql, *values)) for sql, values in arms)

    def awaiting(self, until: datetime) -> list[Awaiting]:
        rows = self._database.rows(
            f"""SELECT id, kind, status, next_at FROM jobs INDEXED BY jobs_awaiting
                WHERE {_ALIVE} AND next_at <= ? AND status IN ('pending', 'running', 'paused')
                ORDER BY next_at, number""",  # noqa: S608
            micros(until),
        )
        return readable(awaiting_of, rows)

    def ended_before(self, instant: datetime, *, limit: int | None = None, offset: int = 0) -> list[Job]:
        return self._all(
            f"""SELECT * FROM jobs INDEXED BY jobs_ended
                WHERE {_ALIVE} AND status IN ('stopped', 'failed', 'completed') AND updated_at < ?
                ORDER BY updated_at, number LIMIT ? OFFSET ?""",  # noqa: S608
            micros(instant),
            -1 if limit is None else limit,
            offset,
        )

    def memory(self, job_id: JobId) -> dict[str, Any]:
        # A deleted job's is kept, for somebody may regret it.
        sql = f"SELECT data FROM memory JOIN jobs ON jobs.id = job_id WHERE job_id = ? AND {_ALIVE}"  # noqa: S608
        return first(mapping_of, self._database.row(sql, job_id)) or {}

    def even_deleted(self, job_id: JobId) -> Job | None:
        return self._one("SELECT * FROM jobs WHERE id = ?", job_id)

    def ever_numbered(self, number: int) -> Job | None:
        return self._one("SELECT * FROM jobs WHERE number = ?", number) if 0 < number < 1 << 63 else None

    def sightings(self, job_id: JobId, since: date) -> list[Sighting]:
        return sightings_since(self._database, job_id, since)

    def _one(self, sql: str, *values: Value) -> Job | None:
        return first(job_of, self._database.row(sql, *values))

    def _all(self, sql: str, *values: Value) -> list[Job]:
        return readable(job_of, self._database.rows(sql, *values))


def _arms(
    what: str, owner: UserId | None, origin: Chat | None, statuses: Sequence[Status], kind: str | None
) -> Iterator[tuple[str, list[Value]]]:
    """One query for each status asked for, or one for all.

    With `status = ?` the index on (status, number) delivers in order and a page is read without sorting;
    SQLite merges the arms. With `status IN (…)` it would sort all that match.
    """
    terms, values = [_ALIVE], list[Value]()
    given = {"owner": owner, "place": None if origin is None else origin.place, "kind": kind}
    for column, value in given.items():
        if value is not None:
            terms.append(f"{column} = ?")
            values.append(value)
    sql = f"{what} FROM jobs WHERE {' AND '.join(terms)}"
    if not statuses:
        yield sql, values
    # The owner's or the chat's jobs are the fewer: let no status index tempt the planner away from theirs.
    status = "status" if owner is None and origin is None else "+status"
    for wanted in dict.fromkeys(statuses):
        yield f"{sql} AND {status} = ?", [*values, wanted.value]
