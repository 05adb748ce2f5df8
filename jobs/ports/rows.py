"""What a store tells besides jobs, runs and what happened: small rows, read often."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from jobs.models.change import Notification
from jobs.models.escalating import Arrival
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
    ticks: str = ""
    """How the latest looks went, the last one at the end, `TICKS_KEPT` at most: `TICK_FOUND`, `TICK_NOTHING`,
    `TICK_FAILED`. Written empty, those that are stored stay: a run goes on from what the job's run before has left."""


TICKS_KEPT: Final = 60
TICK_FOUND: Final = "+"
TICK_NOTHING: Final = "-"
TICK_FAILED: Final = "!"


class Sighting(Struct, frozen=True, kw_only=True):
    """What a job's looks of one day have seen. `day`: the local day of looking. `looks`: those that succeeded.
    `hours`: by the start hour of courts, at how many of these looks one was free; hours without any may be absent."""

    day: date
    looks: int
    hours: Mapping[int, int]


class Tally(Struct, frozen=True, kw_only=True):
    """How a job's work of some time has turned out: occurrences and long runs that ended, and orders read back."""

    done: int = 0
    failed: int = 0
    missed: int = 0
    skipped: int = 0
    booked: int = 0


class Lateness(Struct, frozen=True, kw_only=True):
    """By how many seconds work began behind its instants; below 0, before them."""

    instants: int
    median_seconds: float
    worst_seconds: float


class Told(Struct, frozen=True, kw_only=True):
    """A notification that waits to be acknowledged. `told_at`: when the chat confirmed it, else when it was written.
    `is_given_up`: it is not tried any more. `message_id`: as which message it arrived, where the platform named one."""

    id: int
    notification: Notification
    told_at: datetime
    arrival: Arrival = Arrival.CONFIRMED
    is_given_up: bool = False
    message_id: str | None = None


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
    """A notification on its way. `attempts` counts sends begun, the last at `begun_at`; `uncertain` those that may
    have arrived unseen."""

    id: int
    notification: Notification
    attempts: int
    uncertain: int
    begun_at: datetime | None = None
