"""How work has turned out, counted by SQLite: nothing is read but numbers, so a damaged row hides no other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from jobs.models.ids import JobId
from jobs.ports.rows import Lateness, Tally
from jobs.store.codec import micros, text
from jobs.store.sqlite import Database

_OCCURRENCES: Final = """
    SELECT wanted.value AS job_id, occurrences.status AS how, count(*) AS times FROM json_each(?) AS wanted
    CROSS JOIN occurrences ON occurrences.job_id = wanted.value AND occurrences.scheduled_at >= ?
    WHERE occurrences.status IN ('done', 'failed', 'missed', 'skipped') GROUP BY 1, 2"""
_SAYS_DONE: Final = "CASE WHEN json_valid(outcome) THEN json_extract(outcome, '$.done') END"
_EXIT_CODE: Final = "CASE WHEN json_valid(exit) THEN json_extract(exit, '$.code') END"
_RUNS: Final = f"""
    SELECT wanted.value AS job_id, count(*) AS times,
        CASE WHEN {_SAYS_DONE} THEN 'done' WHEN desired != 'up' THEN 'ended by somebody'
            WHEN outcome IS NULL AND condemned IS NULL AND {_EXIT_CODE} = 0 THEN 'done' ELSE 'failed' END AS how
    FROM json_each(?) AS wanted CROSS JOIN runs ON runs.job_id = wanted.value
    WHERE status = 'ended' AND ended_at >= ? AND scheduled_at IS NULL AND started_at IS NOT NULL AND exit IS NOT NULL
    GROUP BY 1, 3"""  # noqa: S608
"""As `models.end.verdict` has it. One without an exit was never ours: an older program's."""
_ORDERS: Final = """
    SELECT wanted.value AS job_id, 'booked' AS how, count(DISTINCT account_id || ' ' || order_id) AS times
    FROM json_each(?) AS wanted CROSS JOIN bookings ON bookings.job_id = wanted.value
    WHERE order_id IS NOT NULL AND settled_at >= ? AND state NOT IN ('open', 'refused') GROUP BY 1"""
_LATENESS: Final = """
    WITH late AS MATERIALIZED (
        SELECT occurrences.late_us AS late FROM json_each(?) AS wanted
        CROSS JOIN occurrences ON occurrences.job_id = wanted.value AND occurrences.scheduled_at >= ?
        WHERE occurrences.late_us IS NOT NULL)
    SELECT count(*) AS instants, max(late) AS worst,
        (SELECT late FROM late ORDER BY late LIMIT 1 OFFSET (SELECT count(*) / 2 FROM late)) AS median
    FROM late"""
_COUNTED: Final = frozenset(Tally.__struct_fields__)


def tallies_of(database: Database, job_ids: Sequence[JobId], since: datetime) -> Mapping[JobId, Tally]:
    """See `History.tallies`. An order counts once, however many slots it has; one that was cancelled later, too."""
    counts: defaultdict[JobId, dict[str, int]] = defaultdict(dict)
    for sql in (_OCCURRENCES, _RUNS, _ORDERS):
        for row in database.rows(sql, text(list(job_ids)), micros(since)):
            if row["how"] in _COUNTED:
                of_job = counts[JobId(row["job_id"])]
                of_job[row["how"]] = of_job.get(row["how"], 0) + row["times"]
    return {job_id: Tally(**of_job) for job_id, of_job in counts.items()}


def lateness_of(database: Database, job_ids: Sequence[JobId], since: datetime) -> Lateness | None:
    """See `History.lateness`. The median of an even number is the later of the two in the middle."""
    row = database.row(_LATENESS, text(list(job_ids)), micros(since))
    if row is None or not row["instants"]:
        return None
    return Lateness(
        instants=row["instants"], median_seconds=row["median"] / 1_000_000, worst_seconds=row["worst"] / 1_000_000
    )
