"""Where facts live. Every method is called in the caller's own thread and returns within milliseconds."""

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime
from typing import Any, Protocol

from jobs.models.audit import Audit
from jobs.models.change import Change, Event, Fence, Inbound, Occurrence
from jobs.models.chats import ChatSettings
from jobs.models.ids import Epoch, JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status
from jobs.models.people import Chat
from jobs.models.queue import Share, Waiting
from jobs.models.run import Run
from jobs.ports.rows import Awaiting, Delivery, Lateness, Living, Progress, Sighting, Tally, Told
from jobs.ports.venue_store import Accounts, Bookings


class Conflict(Exception):
    """Somebody else changed a row first, or took a key that must be new. Nothing was written; decide again."""


class DuplicateInbound(Exception):
    """The chat message was answered before. Nothing was written."""


class Fenced(Exception):
    """The run that wants to write has ended or was superseded. Nothing was written."""


class StoreUnavailable(Exception):
    """The store cannot be read or written now (disk full, read-only, locked too long, damaged). Nothing was written.

    Any method may raise it. `sentence` is Chinese, for people; `detail` is for the operator.
    """

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(f"{sentence} {detail}".strip())
        self.sentence = sentence
        self.detail = detail


class Jobs(Protocol):
    """Jobs as they are now. Deleted ones are invisible here."""

    def get(self, job_id: JobId) -> Job | None: ...

    def numbered(self, number: JobNumber) -> Job | None: ...

    def last_number(self) -> int:
        """The greatest number ever given to a job, deleted ones included; 0 when there was none."""
        ...

    def with_id_prefix(self, prefix: str, limit: int) -> list[Job]: ...

    def named(self, name: str, limit: int) -> list[Job]: ...

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
        """Jobs by ascending number; every given filter must hold. `limit` None: all.

        `origin`: made in the same place, whichever of the bot's accounts was spoken to.
        """
        ...

    def count(
        self,
        *,
        owner: UserId | None = None,
        origin: Chat | None = None,
        statuses: Sequence[Status] = (),
        kind: str | None = None,
    ) -> int: ...

    def awaiting(self, until: datetime) -> list[Awaiting]:
        """PENDING, RUNNING and PAUSED jobs whose `next_at` is not after `until`, soonest first.

        Far cheaper than the jobs themselves: it is asked at every ring of the bell.
        """
        ...

    def ended_before(self, instant: datetime, *, limit: int | None = None, offset: int = 0) -> list[Job]:
        """STOPPED, FAILED and COMPLETED jobs whose row has not changed since `instant`, oldest first. None: all."""
        ...

    def memory(self, job_id: JobId) -> dict[str, Any]:
        """What the job's runs left for the next one; empty at first."""
        ...

    def even_deleted(self, job_id: JobId) -> Job | None:
        """As `get`, of deleted jobs too, as long as their rows are kept: somebody may regret it."""
        ...

    def ever_numbered(self, number: int) -> Job | None:
        """As `even_deleted`, by its number: none is given twice."""
        ...

    def sightings(self, job_id: JobId, since: date) -> list[Sighting]:
        """What its looks have seen, a row for each day from `since` on, earliest first."""
        ...


class Runs(Protocol):
    """Runs, open and ended. One whose row was damaged is left out, as if it were not there, but by the first two."""

    def is_over(self, run_id: RunId) -> bool:
        """Whether it ended, or never was. Whoever would end a process for it asks this, for `get` cannot tell."""
        ...

    def is_idle(self, job_id: JobId) -> bool:
        """Whether the job has no run that is not over."""
        ...

    def get(self, run_id: RunId) -> Run | None: ...

    def open_of(self, job_id: JobId) -> Run | None:
        """The job's run that has not ended; a job has at most one."""
        ...

    def all_open(self) -> list[Run]:
        """All runs that have not ended, oldest request first."""
        ...

    def unsettled(self) -> list[Run]:
        """The open runs that want something done: not live yet, or live and to be ended. Oldest request first."""
        ...

    def waiting(self) -> list[Waiting]:
        """The queued runs, oldest request first; those included that shall not begin yet."""
        ...

    def living(self) -> list[Living]:
        """The live runs that nobody wants to end; far cheaper than `all_open`, for it is asked every few seconds."""
        ...

    def locks_held(self) -> Set[str]:
        """The locks of the runs that are active: claimed and not ended."""
        ...

    def shares(self, since: datetime) -> Mapping[UserId | None, Share]:
        """What each person has of the places, now and since; those without an active run or one begun since are absent.

        `served_at` is None where no run began since.
        """
        ...

    def last_of(self, job_id: JobId) -> Run | None:
        """The most recently requested run, open or ended."""
        ...

    def progress_of(self, job_ids: Sequence[JobId]) -> Mapping[JobId, Progress]:
        """The progress of the jobs' latest runs; jobs without any are absent."""
        ...


class History(Protocol):
    """What happened."""

    def after(self, event_id: int, limit: int) -> list[Event]:
        """Events with a greater id, in order."""
        ...

    def audit(self, limit: int) -> list[Audit]:
        """What was done to what is no job, latest first."""
        ...

    def last_id(self) -> int:
        """The greatest event id, 0 when there is none."""
        ...

    def of_job(self, job_id: JobId, limit: int) -> list[Event]:
        """The job's events, latest first."""
        ...

    def acts(
        self, since: datetime, limit: int, *, actor: str | None = None, job_id: JobId | None = None
    ) -> list[Event]:
        """What people (`actor`: this one) did to jobs (`job_id`: this one) since then, those of deleted jobs included,
        latest first."""
        ...

    def tallies(self, job_ids: Sequence[JobId], since: datetime) -> Mapping[JobId, Tally]:
        """How what was due or ended since then has turned out; jobs without any are absent."""
        ...

    def lateness(self, job_ids: Sequence[JobId], since: datetime) -> Lateness | None:
        """Over all instants since then at which work of these jobs began; None: there is none."""
        ...

    def occurrences(self, job_id: JobId, limit: int) -> list[Occurrence]:
        """The job's occurrences, latest first."""
        ...

    def waiting(self) -> list[Occurrence]:
        """Occurrences that wait for the end of the run before: DUE without a run. Earliest first."""
        ...


class Deliveries(Protocol):
    """Notifications on their way out, in two lanes for each target: urgent ones, and the others."""

    def due(self, at: datetime, limit: int) -> list[Delivery]:
        """The oldest open notification of each lane that is not held, where it is pending or due for another try;
        urgent ones first, then oldest first.

        At most one per lane: what was written after it waits until it is done or given up, also while it waits for
        another try, so that each chat is told in order and none with many crowds out another. One whose send began
        but never ended (a crash) is due too, counted in `uncertain`.
        """
        ...

    def together(self, head: Delivery, at: datetime, limit: int) -> list[Delivery]:
        """The open notifications of the head's lane that may be sent in one message with it, itself first. None at all
        where it is open no more.

        Of a head that was tried before: those it was tried with, however many (`begin`, `failed`). Else those behind
        it that are not held, in order, up to the first that somebody has begun to send or that waits for another try.
        """
        ...

    def begin(self, ids: Sequence[int], at: datetime) -> None:
        """Notes, durably, that one send of these begins: after a crash here the outcome is uncertain, not unsent, and
        they are repeated as one."""
        ...

    def done(self, ids: Sequence[int], message_id: str | None, at: datetime) -> None:
        """The chat confirmed it. Where all are of one job, links the message to it: quoting it names the job."""
        ...

    def failed(
        self, ids: Sequence[int], retry_at: datetime | None, reason: str, *, uncertain: bool, counts: bool = True
    ) -> None:
        """The send failed (`uncertain`: it may have arrived all the same). `retry_at` None: given up, reason kept.

        The next try is of these as one. `counts` False: nothing was sent at all, and it was no try."""
        ...

    def absent(self, ids: Sequence[int]) -> None:
        """The chat was looked at: the last send of these, whose outcome was unknown, has not arrived."""
        ...

    def hold(self, ids: Sequence[int], until: datetime) -> None:
        """These wait; what was written after them in their lane goes before them. No try is counted."""
        ...

    def told_of(self, job_id: JobId, topics: Sequence[str], since: datetime) -> list[tuple[str, datetime]]:
        """Which of these topics the job's chats were told since then, and when, latest first; without what somebody
        asked for (`notices.ASKED`)."""
        ...

    def unacknowledged(self, at: datetime) -> list[Told]:
        """The urgent ones of `notices.TO_ACKNOWLEDGE` that nobody has acknowledged, arrived or not, oldest first; of
        those to which nothing has happened (arrived, tried, written) within the day before then, none."""
        ...

    def acknowledge(self, ids: Sequence[int], by: str, at: datetime) -> None:
        """Somebody (a label, as in events) has taken note of these; the engine itself, where it is settled."""
        ...

    def waiting(self) -> int:
        """How many have neither arrived nor been given up."""
        ...

    def has_arrived(self, dedupe_key: str) -> bool | None:
        """Whether the chat confirmed the notification of that key; None: there is none of it."""
        ...

    def said(self, dedupe_keys: Sequence[str], at: datetime) -> None:
        """A reply has said the same: those of the keys that nobody has begun to send are done."""
        ...

    def withdraw(self, dedupe_keys: Sequence[str], at: datetime) -> None:
        """What these say has been acknowledged: there is no further try of those not confirmed, however often they were
        tried. One whose send is in flight may still arrive, and is done then."""
        ...

    def lost(self, target: Chat, since: datetime) -> int:
        """How many to that chat, written since then and after the last that arrived, were given up, and nobody has
        acknowledged them. Slow: it reads whatever was sent."""
        ...

    def hasten(self) -> None:
        """Whatever waits for another try is due now: a chat has come online. What is held goes on waiting."""
        ...


class Conversations(Protocol):
    """What the bot must remember of chats."""

    def note(self, inbound: Inbound) -> bool:
        """Notes a message that changes nothing. False when it was noted before. Entries older than a day may go.

        May be forgotten in a power cut: answering such a message again does no harm.
        """
        ...

    def link(self, self_id: str, message_id: str, job_id: JobId) -> None:
        """Remembers which job a sent message is about."""
        ...

    def linked(self, self_id: str, message_id: str) -> JobId | None: ...

    def ask(self, key: str, question: dict[str, Any], expires_at: datetime) -> None:
        """Keeps one open question per `key` (chat and person), replacing an older one."""
        ...

    def asked(self, key: str, at: datetime) -> dict[str, Any] | None:
        """The open question, None when there is none or it has expired."""
        ...

    def settle(self, key: str) -> None:
        """The question is answered or withdrawn."""
        ...


class Chats(Protocol):
    """What chats have settled for themselves. Written by `Store.apply`."""

    def of(self, place: str) -> ChatSettings:
        """The settings of a place (`Chat.place`); `UNSAID` where nothing is stored. Asked for every command."""
        ...

    def all(self) -> Mapping[str, ChatSettings]:
        """Those of all places that have settled anything."""
        ...


class Store(Protocol):
    """Durable facts of one engine. A returned `apply` means the facts survive a power cut."""

    @property
    def jobs(self) -> Jobs: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def history(self) -> History: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def bookings(self) -> Bookings: ...
    @property
    def chats(self) -> Chats: ...

    def apply(self, change: Change) -> None:
        """Makes `change` true in one durable transaction; the only writer of jobs, runs and events.

        A job of number 0 is given the next free number. Notifications whose dedupe key exists are dropped silently.
        Raises `Conflict` (a version or a claim does not fit), `DuplicateInbound`, `Fenced`; then nothing is written.
        """
        ...

    def next_epoch(self, job_id: JobId) -> Epoch:
        """One more than the greatest epoch any run of the job was claimed with."""
        ...

    def progress(self, fence: Fence, progress: Progress, sighting: Sighting | None = None) -> None:
        """Replaces a run's progress, and what its job has seen on the sighting's day; durable soon, not at once. Raises
        `Fenced`."""
        ...

    def meta(self, key: str) -> str | None:
        """A small fact of the engine's own."""
        ...

    def set_meta(self, key: str, value: str) -> None: ...

    def data_version(self) -> int:
        """Changes whenever another connection has committed; cheap enough to ask each second."""
        ...

    def close(self) -> None: ...
