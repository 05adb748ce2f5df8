"""The log of a job: what its runs wrote, for people to read."""

from datetime import datetime
from typing import Protocol

from jobs.models.ids import JobId


class Logs(Protocol):
    """One append-only file per job, and its older parts; the runs themselves write to it."""

    def tail(self, job_id: JobId, lines: int, search: str = "", since: datetime | None = None) -> list[str]:
        """The last `lines` lines (that contain `search`, written at the instant `since` or later), oldest first.

        Decoded with replacement, without ANSI sequences and control characters, secrets redacted. No file: [].
        """
        ...

    def append(self, job_id: JobId, lines: list[str]) -> None:
        """Adds lines of the engine's own (a start, an end, a reason)."""
        ...

    def remove(self, job_id: JobId) -> None:
        """Deletes every part of the log."""
        ...
