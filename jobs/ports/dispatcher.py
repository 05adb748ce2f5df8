"""Between deciding that something shall run and running it. Embedded: a bell for the supervisor's loop."""

from typing import Protocol

from jobs.models.ids import JobId


class Dispatcher(Protocol):
    """Hands written intent to whoever executes. The intent is already stored when these are called."""

    def submit(self, job_id: JobId) -> None:
        """A run of the job is queued."""
        ...

    def request_stop(self, job_id: JobId) -> None:
        """A run of the job shall end."""
        ...

    async def recover_lost(self) -> None:
        """Brings stored intent and living processes together again; starts nothing twice."""
        ...

    async def drain(self) -> None:
        """Starts nothing new; what runs goes on running."""
        ...
