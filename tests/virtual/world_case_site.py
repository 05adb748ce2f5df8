"""One job of a virtual day as the judge has it before him: what was drawn and done, and the rows of the store."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from world_drawing_site import Plan
from world_record_site import Record
from world_telling_site import instant_of

from jobs.models.ids import JobId


@dataclass(frozen=True)
class Row:
    """An occurrence."""

    due: datetime
    status: str
    run_id: str | None
    reason: str
    late_seconds: float | None


class Case:
    """The facts, and nothing but."""

    def __init__(self, record: Record, connection: sqlite3.Connection, number: int, job_id: JobId) -> None:
        assert record.machine is not None
        assert record.ends is not None
        self.record = record
        self.ends = record.ends
        self.plan: Plan = record.day.plans[number]
        self.deeds = [deed for deed in record.deeds if deed.plan == number and deed.was_done]
        self.processes = [process for process in record.machine.processes if process.job_id == job_id]
        rows = connection.execute("SELECT * FROM occurrences WHERE job_id = ? ORDER BY scheduled_at", (job_id,))
        self.rows = {(row := _row(each)).due: row for each in rows}
        self.runs = connection.execute("SELECT * FROM runs WHERE job_id = ? ORDER BY sequence", (job_id,)).fetchall()
        self.job = connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()


def _row(row: sqlite3.Row) -> Row:
    late = None if row["late_us"] is None else row["late_us"] / 1_000_000
    return Row(instant_of(row["scheduled_at"]), row["status"], row["run_id"], row["reason"], late)
