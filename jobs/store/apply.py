"""`Store.apply`: a `Change` becomes true in one transaction, or not at all."""

import sqlite3
from contextlib import nullcontext
from typing import Any, Final

from jobs.models.audit import Audit
from jobs.models.change import Change, Event, Fence, Notification, Occurrence
from jobs.models.ids import JobId
from jobs.models.job import Job
from jobs.ports.store import Conflict, DuplicateInbound, Fenced
from jobs.store.accounts import forget_account, write_account, write_credentials
from jobs.store.bookings import write_booking
from jobs.store.chats import write_chat
from jobs.store.codec import columns_of_job, columns_of_run, micros, micros_or_none, text
from jobs.store.conversations import write_inbound
from jobs.store.rows import write_row
from jobs.store.runs import OPEN_AT_EPOCH
from jobs.store.sqlite import Database, Value

_TAKEN_OR_GONE: Final = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
        sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
    }
)
_CLAIM: Final = """INSERT INTO occurrences (job_id, scheduled_at, status, run_id, reason, late_us)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (job_id, scheduled_at) DO UPDATE SET status = excluded.status, run_id = excluded.run_id,
        reason = excluded.reason, late_us = excluded.late_us
    WHERE occurrences.status IN ('skipped', 'missed') AND excluded.status = 'due'"""
_PLACE: Final = "CASE {0}.status WHEN 'due' THEN 1 WHEN 'armed' THEN 2 WHEN 'running' THEN 3 ELSE 4 END"
"""How far an occurrence has come."""
_RECORD: Final = f"""INSERT INTO occurrences (job_id, scheduled_at, status, run_id, reason, late_us)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (job_id, scheduled_at) DO UPDATE SET status = excluded.status, run_id = excluded.run_id,
        reason = excluded.reason, late_us = coalesce(excluded.late_us, late_us)
    WHERE {_PLACE.format("excluded")} >= {_PLACE.format("occurrences")}"""  # noqa: S608


def apply_change(database: Database, change: Change) -> None:
    """Writes everything, or raises what `Store.apply` promises.

    The message is looked at first: one that was answered before is a duplicate whatever else has changed since.
    """
    try:
        with database.wiping() if _takes_secrets_away(change) else nullcontext(), database.transaction():
            _write(database, change)
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode in _TAKEN_OR_GONE:
            raise Conflict(str(error)) from error
        raise  # A value no column may hold: a defect of the caller, not a race.
    if _takes_secrets_away(change):
        database.empty_log()  # It holds the pages as they were.


def _takes_secrets_away(change: Change) -> bool:
    return bool(change.forgotten or change.credentials)


def _write(database: Database, change: Change) -> None:
    if change.inbound is not None and not write_inbound(database, change.inbound):
        raise DuplicateInbound
    if change.fence is not None:
        _check(database, change.fence)
    for job in change.jobs:
        _write_job(database, job)
    # Replaced before inserted: a run that ends makes room for the next one of its job.
    for run in sorted(change.runs, key=lambda run: run.version == 0):
        write_row(database, "runs", columns_of_run(run), run.version)
    for claim in change.claims:
        if database.run(_CLAIM, *_occurrence_values(claim)) != 1:
            raise Conflict(f"occurrence {claim.job_id} {claim.scheduled_at}: claimed before")
    for occurrence in change.occurrences:
        database.run(_RECORD, *_occurrence_values(occurrence))
    for booking in change.bookings:
        write_booking(database, booking)
    _write_accounts(database, change)
    for place, settings in change.chats:
        write_chat(database, place, settings)
    for event in change.events:
        _write_event(database, event)
    for notification in change.notifications:
        _write_notification(database, notification)
    if change.memory is not None:
        _write_memory(database, *change.memory)


def _check(database: Database, fence: Fence) -> None:
    if database.row(OPEN_AT_EPOCH, fence.run_id, fence.epoch) is None:
        raise Fenced


def _write_job(database: Database, job: Job) -> None:
    columns = columns_of_job(job)
    if job.version == 0 and job.number > 0 and _is_free(database, job.number):
        columns["number"] = job.number
    write_row(database, "jobs", columns, job.version)
    if job.deleted_at is not None:
        database.run("DELETE FROM progress WHERE job_id = ?", job.id)


def _is_free(database: Database, number: int) -> bool:
    return database.row("SELECT 1 FROM jobs WHERE number = ?", number) is None


def _occurrence_values(occurrence: Occurrence) -> tuple[Value, ...]:
    return (
        occurrence.job_id,
        micros(occurrence.scheduled_at),
        occurrence.status.value,
        occurrence.run_id,
        occurrence.reason,
        None if occurrence.late_seconds is None else round(occurrence.late_seconds * 1_000_000),
    )


def _write_accounts(database: Database, change: Change) -> None:
    # The default last: it takes that from those that may be written here, too.
    for account in sorted(change.accounts, key=lambda account: account.is_default):
        write_account(database, account)
    for account_id, sealed in change.credentials:
        write_credentials(database, account_id, sealed)
    for account_id in change.forgotten:
        forget_account(database, account_id)
    for audit in change.audits:
        _write_audit(database, audit)


def _write_audit(database: Database, audit: Audit) -> None:
    database.run(
        "INSERT INTO audit (at, actor, act, subject) VALUES (?, ?, ?, ?)",
        micros(audit.at),
        audit.actor,
        audit.act,
        audit.subject,
    )


def _write_event(database: Database, event: Event) -> None:
    database.run(
        "INSERT INTO events (job_id, run_id, type, at, actor, data) VALUES (?, ?, ?, ?, ?, ?)",
        event.job_id,
        event.run_id,
        event.type,
        micros(event.at),
        event.actor,
        text(event.data),
    )


def _write_notification(database: Database, notification: Notification) -> None:
    database.run(
        """INSERT INTO notifications (dedupe_key, job_id, target, topic, data, created_at, held_until, urgent, state)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending') ON CONFLICT (dedupe_key) DO NOTHING""",
        notification.dedupe_key,
        notification.job_id,
        text(notification.target),
        notification.topic,
        text(notification.data),
        micros(notification.created_at),
        micros_or_none(notification.not_before),
        int(notification.is_urgent),
    )


def _write_memory(database: Database, job_id: JobId, memory: dict[str, Any]) -> None:
    database.run("INSERT OR REPLACE INTO memory (job_id, data) VALUES (?, ?)", job_id, text(memory))
