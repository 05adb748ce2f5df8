"""A kind of job: one file behind one small contract, listed in one visible table."""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct

from jobs.models.job import Job
from jobs.models.restarts import RestartPolicy
from jobs.models.run import Outcome
from jobs.models.venue import Preset
from jobs.ports.clock import Clock
from jobs.ports.provider import Provider
from jobs.ports.reporter import Reporter


class Stopping(Protocol):
    """Whether the run shall leave."""

    def is_set(self) -> bool: ...

    def wait(self, seconds: float) -> bool:
        """Sleeps for so long, or until the run shall leave; whether it shall."""
        ...


class Assignment(Struct, frozen=True, kw_only=True):
    """What a run works with. A kind waits on `stopping` instead of sleeping."""

    job: Job
    zone: str
    min_interval_seconds: float = 1.0
    """No venue is asked more often than this, whatever an imported configuration says."""
    provider: Provider
    reporter: Reporter
    clock: Clock
    stopping: Stopping


class Kind(Protocol):
    """What a job of this kind is and does."""

    name: str
    """The word in stores and on the command line: `monitor`."""
    title: str
    """The word for people: `监控`."""
    restart: RestartPolicy
    """When a run that ended by itself is followed by another."""

    def describe(self, config: dict[str, Any], presets: Sequence[Preset]) -> str:
        """The configuration in one line of words. Never raises for a stored configuration, however old."""
        ...

    def work(self, assignment: Assignment) -> Outcome:
        """Does the work, in the run's own process. A `VenueError` or `Refusal` it raises becomes a failed outcome."""
        ...
