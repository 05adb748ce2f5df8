"""How the engine treats the jobs of a kind: restarts, punctuality, preparation, retries."""

from datetime import timedelta

from msgspec import Struct

from jobs.models.punctuality import Punctuality
from jobs.models.restarts import NEVER, RestartPolicy


class Retry(Struct, frozen=True, kw_only=True):
    """Failure number n (from 1) of a row is tried again after `first_seconds` · 2ⁿ⁻¹, at most `cap_seconds`; after
    `tries` of them the rhythm alone decides. Never later than the rhythm would have it."""

    first_seconds: int = 60
    cap_seconds: int = 900
    tries: int = 5

    def wait(self, failures: int) -> timedelta | None:
        """How long after the end of failure number `failures` of a row; None: as the rhythm has it."""
        if not 1 <= failures <= self.tries:
            return None
        return timedelta(seconds=min(self.cap_seconds, self.first_seconds * 2 ** (failures - 1)))


class Conduct(Struct, frozen=True, kw_only=True):
    """What a kind declares of its jobs."""

    restart: RestartPolicy = NEVER
    """Of a job that is one long run: when it is followed by another."""
    punctuality: Punctuality = Punctuality()
    """Of those jobs that do not say it themselves."""
    lead_seconds: float = 0
    """How long before its instant a run is started, to wait for it prepared (armed); 0: at the instant."""
    retry: Retry | None = None
    """Of jobs whose next instant follows the end of their runs."""
    tells_each: bool = True
    """Whether each occurrence's result is told; otherwise the first failure of a row, and that it is over."""

    @property
    def lead(self) -> timedelta:
        return timedelta(seconds=self.lead_seconds)
