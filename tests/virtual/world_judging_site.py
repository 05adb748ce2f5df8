"""The judge of a virtual day. It knows what was drawn, what people did, and what the wall showed; of the engine it sees
only rows, processes and messages. What it finds wrong it says in sentences.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

from world_bot_site import KINDS
from world_case_site import Case
from world_dueness_site import MARGIN, unlinked, unrecorded
from world_machine_site import Process
from world_record_site import Record
from world_rhythms_site import Chain
from world_telling_site import instant_of, told_wrong

from jobs.models.punctuality import Misfire, Overlap

_PROMPT = timedelta(seconds=15)
"""For a start that nothing held up but the one before it at the same second."""


def judge(record: Record) -> list[str]:
    """Everything that is wrong with the day; empty: nothing."""
    wrong = list(record.faults)
    with closing(sqlite3.connect(record.database)) as connection:
        connection.row_factory = sqlite3.Row
        wrong += told_wrong(record, connection)
        for number, job_id in record.jobs.items():
            case = Case(record, connection, number, job_id)
            wrong += [f"{case.plan.name} ({job_id}): {finding}" for finding in findings(case)]
    return wrong


def findings(case: Case) -> Iterator[str]:
    yield from _once(case)
    yield from _final(case)
    yield from _in_time(case)
    yield from _prepared(case)
    yield from _only_while_wanted(case)
    yield from _not_stuck(case)
    if isinstance(case.plan.rhythm, Chain):
        yield from unlinked(case, case.plan.rhythm)
    else:
        yield from unrecorded(case)


# -- one run for an instant ------------------------------------------------------------------------------------
def _once(case: Case) -> Iterator[str]:
    by_due: dict[datetime, list[Process]] = defaultdict(list)
    for process in case.processes:
        # One that was lost while it waited for its instant did nothing, and is followed by another.
        lost_at = process.ended if process.began is None else None
        if process.due is not None and not (lost_at is not None and lost_at < process.due):
            by_due[process.due].append(process)
    for due, processes in by_due.items():
        if len(processes) > 1 + sum(deed.verb == "restart" and deed.had_run for deed in case.deeds):
            yield f"{due} ran {len(processes)} times"
        row = case.rows.get(due)
        if row is None:
            yield f"{due} ran and has no row"
        elif row.status == "missed":
            yield f"{due} ran and is said to be missed"
        elif row.late_seconds not in map(_seconds_late, processes):
            yield f"{due} is said to be {row.late_seconds} s late, not {_seconds_late(processes[0])}"
    for due, row in case.rows.items():
        if row.status == "done" and due not in by_due:
            yield f"{due} is said to be done and never ran"


def _final(case: Case) -> Iterator[str]:
    open_runs = [run for run in case.runs if run["status"] != "ended"]
    being_run = {instant_of(run["scheduled_at"]) for run in open_runs if run["scheduled_at"] is not None}
    for due, row in case.rows.items():
        is_final = row.status in ("done", "failed", "missed", "skipped")
        if is_final and not row.reason:
            yield f"{due} is {row.status} for no reason"
        if not is_final and due not in being_run and not (row.run_id is None and open_runs):
            yield f"{due} is still {row.status}, and no run is open for it"


def _in_time(case: Case) -> Iterator[str]:
    punctuality = case.plan.punctuality or KINDS[case.plan.kind].punctuality
    grace = timedelta(seconds=punctuality.grace_seconds if punctuality.misfire is Misfire.ONCE else 5)
    requested = {run["id"]: instant_of(run["requested_at"]) for run in case.runs}
    for process in case.processes:
        if process.due is None or process.began is None:
            continue
        late = process.began - process.due
        if late <= grace + _PROMPT or _leapt_between(case, requested[process.run_id], process):
            continue
        had_to_wait = punctuality.overlap is Overlap.QUEUE or _is_begun_anew(case, process)
        if had_to_wait and _another_lived(case, process):
            continue
        yield f"{process.due} began {late} late"


def _prepared(case: Case) -> Iterator[str]:
    """A kind with a lead begins within a moment of its instant, where nothing at all happened just before."""
    lead = KINDS[case.plan.kind].lead
    if not lead or _is_refusing(case):
        return
    for process in case.processes:
        if process.due is None or process.began is None or not _was_calm(case, process, process.due - 3 * lead):
            continue
        if (late := process.began - process.due) > timedelta(milliseconds=1):
            yield f"{process.due} was not prepared: it began {late} late"


def _was_calm(case: Case, process: Process, since: datetime) -> bool:
    """Whether nobody did anything to job, clock or bot from then on until its work began."""
    until = process.began or process.born
    seconds = max((until - since).total_seconds(), 0) + 1
    walls = [leap.after for leap in case.record.leaps] + [leap.before for leap in case.record.leaps]
    walls += [deed.wall for deed in case.deeds]
    others = [other for other in case.processes if other is not process and other.born <= until]
    return not (
        any(since <= wall <= until for wall in walls)
        or any(process.born_at - seconds <= start <= process.born_at for start in case.record.starts)
        or any(other.ended is None or other.ended >= since for other in others)
    )


def _is_refusing(case: Case) -> bool:
    return any(fate.verb == "refuse" for fate in case.record.day.fates)


def _only_while_wanted(case: Case) -> Iterator[str]:
    """No run for an instant is begun while a person has the job stopped or paused; extra runs are asked for."""
    for deed, after in zip(case.deeds, [*case.deeds[1:], None], strict=True):
        until = after.at if after is not None else case.record.ended
        if deed.verb not in ("stop", "pause"):
            continue
        for process in case.processes:
            if process.due is not None and deed.at + 1 < process.born_at < until:
                yield f"{process.due} ran although a person had said {deed.verb}"
    asked = sum(deed.verb in ("run now", "restart") for deed in case.deeds)
    extra = sum(process.due is None for process in case.processes)
    if extra > asked:
        yield f"{asked} extra runs were asked for, {extra} ran"


def _leapt_between(case: Case, requested: datetime, process: Process) -> bool:
    """Whether the wall was set forward when the run was on its way already."""
    assert process.began is not None
    return any(leap.after > leap.before >= requested and leap.before <= process.began for leap in case.record.leaps)


def _is_begun_anew(case: Case, process: Process) -> bool:
    return any(deed.verb == "restart" and deed.had_run and deed.at <= process.born_at for deed in case.deeds)


def _another_lived(case: Case, process: Process) -> bool:
    assert process.due is not None
    assert process.began is not None
    others = [other for other in case.processes if other is not process and other.born < process.began]
    return any(other.ended is not None and other.ended >= process.due for other in others)


def _not_stuck(case: Case) -> Iterator[str]:
    status, next_at = case.job["status"], case.job["next_at"]
    has_run = any(run["status"] != "ended" for run in case.runs)
    lives = any(process.ended is None for process in case.processes)
    if status == "pending" and next_at is None and not has_run:
        yield "waits for nothing"
    if status == "running" and not lives:
        yield "is running without a process"
    if status == "pending" and next_at is not None and instant_of(next_at) < case.ends - MARGIN and not has_run:
        yield f"should have been due at {instant_of(next_at)}"
    if lives and status not in ("running",):
        yield f"has a process and is {status}"


def _seconds_late(process: Process) -> float | None:
    if process.due is None or process.began is None:
        return None
    return (process.began - process.due) / timedelta(seconds=1)
