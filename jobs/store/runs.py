"""`Runs` on SQLite."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Final

from jobs.models.ids import Epoch, JobId, RunId, UserId
from jobs.models.queue import Share, Waiting
from jobs.models.run import Run
from jobs.ports.rows import Living, Progress
from jobs.ports.store import Fence, Fenced
from jobs.store.codec import (
    Row,
    first,
    instant,
    instant_or_none,
    living_of,
    micros,
    micros_or_none,
    readable,
    run_of,
    text,
    waiting_of,
)
from jobs.store.sqlite import Database

_UNSETTLED: Final = "status != 'ended' AND (status != 'live' OR desired != 'up' OR condemned IS NOT NULL)"
"""As the index `runs_unsettled` has it: with a thousand quiet runs, only the few that want something are read."""
OPEN_AT_EPOCH: Final = "SELECT job_id FROM runs WHERE id = ? AND epoch = ? AND status != 'ended'"
"""The one test of a fence."""


class SqliteRuns:
    """Runs, open and ended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_over(self, run_id: RunId) -> bool:
        # Compared by SQLite: what a damaged row holds need not even be text.
        return not self._database.scalar("SELECT count(*) FROM runs WHERE id = ? AND status != 'ended'", run_id)

    def is_idle(self, job_id: JobId) -> bool:
        return not self._database.scalar("SELECT count(*) FROM runs WHERE job_id = ? AND status != 'ended'", job_id)

    def get(self, run_id: RunId) -> Run | None:
        return first(run_of, self._database.row("SELECT * FROM runs WHERE id = ?", run_id))

    def open_of(self, job_id: JobId) -> Run | None:
        sql = "SELECT * FROM runs WHERE job_id = ? AND status != 'ended'"
        return first(run_of, self._database.row(sql, job_id))

    def all_open(self) -> list[Run]:
        sql = "SELECT * FROM runs WHERE status != 'ended' ORDER BY requested_at, sequence"
        return readable(run_of, self._database.rows(sql))

    def unsettled(self) -> list[Run]:
        sql = f"SELECT * FROM runs WHERE {_UNSETTLED} ORDER BY requested_at, sequence"  # noqa: S608
        return readable(run_of, self._database.rows(sql))

    def waiting(self) -> list[Waiting]:
        rows = self._database.rows(
            f"""SELECT queued.id, queued.requested_at, queued.not_before_at, queued.scheduled_at, queued.lock,
                       jobs.owner
                FROM (SELECT * FROM runs WHERE {_UNSETTLED} AND status = 'queued') AS queued
                JOIN jobs ON jobs.id = queued.job_id ORDER BY queued.requested_at, queued.sequence"""  # noqa: S608
        )
        return readable(waiting_of, rows)

    def living(self) -> list[Living]:
        rows = self._database.rows(
            """SELECT runs.id, runs.job_id, runs.worker, progress.at, progress.next_check_at, progress.checks
               FROM runs LEFT JOIN progress ON progress.job_id = runs.job_id AND progress.run_id = runs.id
               WHERE runs.status != 'ended' AND runs.status = 'live' AND runs.desired = 'up'
                     AND runs.condemned IS NULL AND runs.worker IS NOT NULL"""
        )
        return readable(living_of, rows)

    def locks_held(self) -> Set[str]:
        sql = "SELECT lock FROM runs WHERE lock IS NOT NULL AND status IN ('starting', 'live')"
        return {str(row["lock"]) for row in self._database.rows(sql)}

    def shares(self, since: datetime) -> Mapping[UserId | None, Share]:
        of_each = "SELECT jobs.owner, {} FROM runs JOIN jobs ON jobs.id = runs.job_id WHERE {} GROUP BY jobs.owner"
        is_active = "runs.status != 'ended' AND runs.status != 'queued'"
        active = dict(map(tuple, self._database.rows(of_each.format("count(*)", is_active))))
        began = self._database.rows(of_each.format("max(runs.started_at)", "runs.started_at >= ?"), micros(since))
        served = dict(map(tuple, began))
        return {
            owner: Share(active=active.get(owner, 0), served_at=instant_or_none(served.get(owner)))
            for owner in active.keys() | served.keys()
        }

    def last_of(self, job_id: JobId) -> Run | None:
        sql = "SELECT * FROM runs WHERE job_id = ? ORDER BY requested_at DESC, sequence DESC LIMIT 1"
        return first(run_of, self._database.row(sql, job_id))

    def progress_of(self, job_ids: Sequence[JobId]) -> Mapping[JobId, Progress]:
        rows = self._database.rows(
            """SELECT progress.* FROM json_each(?) AS wanted
               CROSS JOIN progress ON progress.job_id = wanted.value
               WHERE progress.run_id = (SELECT id FROM runs WHERE job_id = wanted.value
                                        ORDER BY requested_at DESC, sequence DESC LIMIT 1)""",
            text(list(job_ids)),
        )
        return {JobId(row["job_id"]): _progress_of(row) for row in rows}

    def next_epoch(self, job_id: JobId) -> Epoch:
        greatest = self._database.scalar("SELECT max(epoch) FROM runs WHERE job_id = ?", job_id)
        return Epoch((greatest or 0) + 1)


def write_progress(database: Database, fence: Fence, progress: Progress) -> None:
    """One statement, so that the fence cannot fall between the test and the writing."""
    written = database.run(
        f"""INSERT INTO progress (job_id, run_id, at, sentence, next_check_at, checks, ticks)
            SELECT fenced.job_id, ?, ?, ?, ?, ?, ? FROM ({OPEN_AT_EPOCH}) AS fenced WHERE true
            ON CONFLICT (job_id) DO UPDATE SET run_id = excluded.run_id, at = excluded.at,
                sentence = excluded.sentence, next_check_at = excluded.next_check_at, checks = excluded.checks,
                ticks = CASE excluded.ticks WHEN '' THEN progress.ticks ELSE excluded.ticks END""",  # noqa: S608
        fence.run_id,
        micros(progress.at),
        progress.sentence,
        micros_or_none(progress.next_check_at),
        progress.checks,
        progress.ticks,
        fence.run_id,
        fence.epoch,
    )
    if written != 1:
        raise Fenced


def _progress_of(row: Row) -> Progress:
    return Progress(
        at=instant(row["at"]),
        sentence=row["sentence"],
        next_check_at=instant_or_none(row["next_check_at"]),
        checks=row["checks"],
        ticks=row["ticks"],
    )
