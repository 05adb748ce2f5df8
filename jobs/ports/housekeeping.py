"""What is left over on a machine when jobs come and go: processes, files and rows that nobody needs any more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from jobs.models.ids import JobId, RunId


class Orphan(Struct, frozen=True, kw_only=True):
    """A process of this home that worked for a run which is over. `run_id` or `job_id` says how it was known."""

    pid: int
    run_id: RunId | None = None
    job_id: JobId | None = None


class Pruned(Struct, frozen=True, kw_only=True):
    """What was tidied away: files removed, rows of deleted jobs, and how much room on the disk came free."""

    files: int = 0
    rows: int = 0
    freed_bytes: int = 0


class Housekeeping(Protocol):
    """Every method is slow (it looks at all processes, at directories) and never blocks the event loop."""

    @property
    def is_complete(self) -> bool:
        """Whether processes and files are looked after here; False: only a running bot may do that."""
        ...

    async def end_orphans(self) -> tuple[Orphan, ...]:
        """Ends every orphan, politely first, and returns those that are gone. Decided by marks and locks, not names."""
        ...

    async def log_sizes(self) -> Mapping[JobId, int]:
        """Bytes on disk of each job's log, older parts included; jobs without any are absent."""
        ...

    async def prune(self, deleted_before: datetime) -> Pruned:
        """Removes files left behind, and rows of jobs deleted before the instant; some may wait for the next time."""
        ...
