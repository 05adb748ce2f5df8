"""What is left over on a machine when jobs come and go: processes, files and rows that nobody needs any more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from jobs.models.cleaning import Orphan, Pruned
from jobs.models.ids import JobId


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

    async def prune(self, before: datetime) -> Pruned:
        """Removes files left behind, rows of jobs deleted before the instant, and of the others what is older than it
        and nobody needs; some may wait for the next time."""
        ...
