"""A kind of job: one file behind one small contract, listed in one visible table."""

from collections.abc import Sequence
from threading import Event
from typing import Any, Protocol

from msgspec import Struct

from jobs.models.job import Job
from jobs.models.run import Outcome
from jobs.models.venue import Preset
from jobs.ports.clock import Clock
from jobs.ports.provider import Provider
from jobs.ports.reporter import Reporter


class Assignment(Struct, frozen=True, kw_only=True):
    """What a run works with. `stopping` is set when it shall leave; a kind waits on it instead of sleeping."""

    job: Job
    zone: str
    provider: Provider
    reporter: Reporter
    clock: Clock
    stopping: Event


class Kind(Protocol):
    """What a job of this kind is and does."""

    name: str
    """The word in stores and on the command line: `monitor`."""
    title: str
    """The word for people: `监控`."""

    def describe(self, config: dict[str, Any], presets: Sequence[Preset]) -> str:
        """The configuration in one line of words. Never raises for a stored configuration, however old."""
        ...

    def work(self, assignment: Assignment) -> Outcome:
        """Does the work, in the run's own process. A `VenueError` or `Refusal` it raises becomes a failed outcome."""
        ...
