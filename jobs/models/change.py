"""The one thing a decision may return: what shall be true afterwards."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from jobs.models.accounts import Account, AccountId
from jobs.models.audit import Audit
from jobs.models.bookings import Booking
from jobs.models.chats import ChatSettings
from jobs.models.ids import Epoch, JobId, RunId
from jobs.models.job import Job
from jobs.models.people import Chat
from jobs.models.run import Run


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened, kept for the retention. `actor` None: the engine itself. `id` 0: not stored yet."""

    job_id: JobId
    type: str
    at: datetime
    run_id: RunId | None = None
    actor: str | None = None
    data: dict[str, Any] = {}
    id: int = 0


class OccurrenceStatus(StrEnum):
    """How far an occurrence has come; the last four are final."""

    DUE = "due"
    """Claimed. With a run: that run is on its way; without one, it waits for the end of the run before."""
    ARMED = "armed"
    """Its run is alive, prepared, and waits for the instant."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    MISSED = "missed"
    """Nobody was there to run it."""
    SKIPPED = "skipped"
    """It could have been run, and was not: the reason says why."""

    @property
    def is_final(self) -> bool:
        return self not in (OccurrenceStatus.DUE, OccurrenceStatus.ARMED, OccurrenceStatus.RUNNING)


class Occurrence(Struct, frozen=True, kw_only=True):
    """One instant at which a job is due; unique on (job, scheduled_at), so it happens once or is recorded as missed."""

    job_id: JobId
    scheduled_at: datetime
    status: OccurrenceStatus
    run_id: RunId | None = None
    reason: str = ""
    late_seconds: float | None = None
    """From the instant, by the clock that counts (the platform's, where it was compared with ours), to the work's
    beginning. None: not known, or not begun; writing None keeps what is stored."""


class Notification(Struct, frozen=True, kw_only=True):
    """Something a chat shall be told, at least once. The words are made by whoever delivers it.

    `topic` is one of the constants in `notices`; `dedupe_key` makes telling the same thing twice impossible.
    `job_id` None: it is about several jobs, and quoting it names none.
    """

    dedupe_key: str
    target: Chat
    topic: str
    job_id: JobId | None
    data: dict[str, Any]
    created_at: datetime
    not_before: datetime | None = None
    """Until then it waits: a reply may say the same, and withdraw it (`Deliveries.said`). What is written later for the
    same chat goes before it."""
    is_urgent: bool = False
    """It passes quiet hours, digests and ordinary ones that wait (`notices.is_urgent`)."""


class Inbound(Struct, frozen=True, kw_only=True):
    """The chat message a change answers; stored with it, so that a message delivered twice acts once."""

    self_id: str
    message_id: str
    received_at: datetime


class Fence(Struct, frozen=True, kw_only=True):
    """The right to write for a run: refused once the run has ended or a newer epoch was claimed."""

    run_id: RunId
    epoch: Epoch


class Change(Struct, frozen=True, kw_only=True):
    """Rows, events and notifications that come true together, or not at all.

    Jobs, runs, accounts and bookings are whole rows: version 0 inserts; otherwise the stored version must equal the
    row's, else `Conflict`. An occurrence never goes back: one of `occurrences` inserts, or replaces what has not come
    further (due, armed, running, final); what would be a step back is left as it is. `claims` must be new, or were
    only skipped or missed before.
    """

    jobs: tuple[Job, ...] = ()
    runs: tuple[Run, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    claims: tuple[Occurrence, ...] = ()
    """Occurrences that must not exist yet, but as skipped (stopped before its instant, and started again) or missed (by
    a clock that was set forward, and then back); any other is a `Conflict`."""
    events: tuple[Event, ...] = ()
    notifications: tuple[Notification, ...] = ()
    bookings: tuple[Booking, ...] = ()
    """Intents and what became of them; one row for each (account, slot)."""
    accounts: tuple[Account, ...] = ()
    """A new default takes that from the owner's other accounts."""
    credentials: tuple[tuple[AccountId, bytes], ...] = ()
    """Sealed, of accounts that are written by this change or were before. The account's session goes, for it may be of
    another name."""
    forgotten: tuple[AccountId, ...] = ()
    """Accounts that are removed, with credentials and session; the bookings stay. One that is gone is a `Conflict`."""
    audits: tuple[Audit, ...] = ()
    chats: tuple[tuple[str, ChatSettings], ...] = ()
    """What places (`Chat.place`) have settled, as whole rows, guarded by their versions like jobs."""
    memory: tuple[JobId, dict[str, Any]] | None = None
    """What a job's runs remember from one to the next (a monitor: the free slots it has already told)."""
    inbound: Inbound | None = None
    fence: Fence | None = None

    def answering(self, inbound: Inbound | None) -> "Change":
        """The same change, stored together with the message that asked for it."""
        return replace(self, inbound=inbound)


def together(changes: Sequence[Change]) -> Change:
    """Several decisions of the engine's own as one, true together or not at all: one transaction instead of many.

    None of them may answer a message, carry a fence, replace a memory, touch accounts or chats.
    """
    assert not any(change.inbound or change.fence or change.memory or change.chats for change in changes)
    return Change(
        jobs=tuple(job for change in changes for job in change.jobs),
        runs=tuple(run for change in changes for run in change.runs),
        occurrences=tuple(occurrence for change in changes for occurrence in change.occurrences),
        claims=tuple(claim for change in changes for claim in change.claims),
        events=tuple(event for change in changes for event in change.events),
        notifications=tuple(notification for change in changes for notification in change.notifications),
        bookings=tuple(booking for change in changes for booking in change.bookings),
        audits=tuple(audit for change in changes for audit in change.audits),
    )
