"""The `Store` on SQLite: its parts on one connection, and the one writer."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from jobs.models.change import Change, Fence
from jobs.models.ids import Epoch, JobId
from jobs.ports.rows import Progress, Sighting
from jobs.ports.store import Chats, Conversations, Deliveries, History, Jobs, Runs
from jobs.ports.venue_store import Bookings
from jobs.store.accounts import SqliteAccounts
from jobs.store.apply import apply_change
from jobs.store.bookings import SqliteBookings
from jobs.store.chats import SqliteChats
from jobs.store.conversations import SqliteConversations
from jobs.store.deliveries import SqliteDeliveries
from jobs.store.history import SqliteHistory
from jobs.store.jobs import SqliteJobs
from jobs.store.runs import SqliteRuns, write_progress
from jobs.store.sightings import write_sighting
from jobs.store.sqlite import Database
from jobs.store.turns import Turns


class SqliteStore:
    """Used by one thread; other threads and processes open their own.

    `path` must hold a database of today's schema. `when_closed` is called once, after the files are closed. A write
    waits some seconds at most for another writer. `opened`: a connection to `path` that the store takes over.
    With `turns`, whoever writes waits for a turn first.
    """

    def __init__(
        self,
        path: Path,
        when_closed: Callable[[], None] | None = None,
        opened: Database | None = None,
        turns: Turns | None = None,
    ) -> None:
        self.path = path
        self._when_closed = when_closed
        self._database = opened or Database(path, "FULL")
        self._turns = turns
        self._jobs = SqliteJobs(self._database)
        self._runs = SqliteRuns(self._database)
        self._history = SqliteHistory(self._database)
        self._deliveries = SqliteDeliveries(self._database)
        self._conversations = SqliteConversations(self._database)
        self._accounts = SqliteAccounts(self._database, turns)
        self._bookings = SqliteBookings(self._database)
        self._chats = SqliteChats(self._database)

    @property
    def jobs(self) -> Jobs:
        return self._jobs

    @property
    def runs(self) -> Runs:
        return self._runs

    @property
    def history(self) -> History:
        return self._history

    @property
    def deliveries(self) -> Deliveries:
        return self._deliveries

    @property
    def conversations(self) -> Conversations:
        return self._conversations

    @property
    def accounts(self) -> SqliteAccounts:
        return self._accounts

    @property
    def bookings(self) -> Bookings:
        return self._bookings

    @property
    def chats(self) -> Chats:
        return self._chats

    def apply(self, change: Change) -> None:
        with self._turns or nullcontext():
            apply_change(self._database, change)

    def next_epoch(self, job_id: JobId) -> Epoch:
        return self._runs.next_epoch(job_id)

    def progress(self, fence: Fence, progress: Progress, sighting: Sighting | None = None) -> None:
        with self._turns or nullcontext(), self._database.at_ease():
            if sighting is None:
                write_progress(self._database, fence, progress)
                return
            with self._database.transaction():
                write_progress(self._database, fence, progress)
                write_sighting(self._database, fence, sighting)

    def meta(self, key: str) -> str | None:
        return self._database.scalar("SELECT value FROM meta WHERE key = ?", key)

    def set_meta(self, key: str, value: str) -> None:
        self._database.run("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", key, value)

    def data_version(self) -> int:
        return int(self._database.scalar("PRAGMA data_version"))

    def close(self) -> None:
        """Closes the files; closing twice does nothing."""
        self._database.close()
        if self._turns is not None:
            self._turns.close()
        when_closed, self._when_closed = self._when_closed, None
        if when_closed is not None:
            when_closed()
