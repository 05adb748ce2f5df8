"""Alarms by the wall clock: what wakes the scheduler."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from jobs.models.ids import JobId

Ring = Callable[[JobId], None]


class Clockwork(Protocol):
    """One alarm for each job; an alarm goes off once, in the event loop, as soon as its instant has come.

    It never decides anything: what is due is in the store, and an alarm that is lost costs a little time only.
    """

    def start(self, ring: Ring) -> None:
        """From now on alarms go off. Starting again forgets all that were set."""
        ...

    def set(self, job_id: JobId, at: datetime) -> None:
        """Sets the job's alarm, instead of the one it may have. One that lies in the past goes off at once."""
        ...

    def unset(self, job_id: JobId) -> None:
        """Takes the job's alarm away; nothing happens where it has none."""
        ...

    def reread(self) -> None:
        """The wall clock may have been set: look at it again."""
        ...

    def stop(self) -> None:
        """No alarm goes off any more."""
        ...
