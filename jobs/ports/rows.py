"""What a store tells besides jobs, runs and what happened: small rows, read often."""

from datetime import datetime

from msgspec import Struct

from jobs.models.change import Notification
from jobs.models.ids import JobId, RunId
from jobs.models.job import Status
from jobs.models.run import Identity
from jobs.models.watching import Beat


class Progress(Struct, frozen=True, kw_only=True):
    """How a live run is doing. Losing the last few is harmless."""

    at: datetime
    sentence: str = ""
    next_check_at: datetime | None = None
    checks: int = 0


class Awaiting(Struct, frozen=True, kw_only=True):
    """A job that waits for an instant."""

    job_id: JobId
    kind: str
    status: Status
    next_at: datetime


class Living(Struct, frozen=True, kw_only=True):
    """A live run that nobody wants to end. `beat` is its last sign of life; None: it has given none yet."""

    run_id: RunId
    job_id: JobId
    worker: Identity
    beat: Beat | None


class Delivery(Struct, frozen=True, kw_only=True):
    """A notification on its way. `attempts` counts sends begun; `uncertain` those that may have arrived unseen."""

    id: int
    notification: Notification
    attempts: int
    uncertain: int
