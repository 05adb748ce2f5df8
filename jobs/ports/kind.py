"""A kind of job: one file behind one small contract, listed in one visible table."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from msgspec import Struct

from jobs.models.conduct import Conduct
from jobs.models.job import Job
from jobs.models.run import Outcome
from jobs.models.templates import Templates
from jobs.models.venue import Preset
from jobs.ports.aim import Aim
from jobs.ports.budget import Budget
from jobs.ports.clock import Clock
from jobs.ports.desk import StandingDesk
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
    budget: Budget
    """Of requests to the platform. The provider and the desk ask it by themselves; a race asks them to hurry."""
    desk: StandingDesk
    """Where the run books."""
    reporter: Reporter
    clock: Clock
    stopping: Stopping
    aim: Aim | None = None
    """The instant to wait for, where runs are started early; None: there is nothing to wait for (any more)."""
    templates: Callable[[], Templates] = Templates
    """Reads the command templates there are."""
    grace_seconds: float = 10.0
    """How long a process that is asked to leave has for it."""


class Kind(Protocol):
    """What a job of this kind is and does."""

    name: str
    """The word in stores and on the command line: `monitor`."""
    title: str
    """The word for people: `监控`."""
    conduct: Conduct
    """How the engine treats jobs of this kind."""

    def describe(self, config: dict[str, Any], presets: Sequence[Preset]) -> str:
        """The configuration in one line of words. Never raises for a stored configuration, however old."""
        ...

    def work(self, assignment: Assignment) -> Outcome:
        """Does the work, in the run's own process. A `VenueError` or `Refusal` it raises becomes a failed outcome."""
        ...
