"""What chats are told, decided purely: facts in, `Notification` rows out. The words are made where it is delivered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from jobs.models.change import Notification
from jobs.models.ids import RunId
from jobs.models.job import Job
from jobs.models.venue import Slot

SLOTS_FREED: Final = "slots_freed"
JOB_FAILED: Final = "job_failed"
JOB_COMPLETED: Final = "job_completed"
OCCURRENCE_DONE: Final = "occurrence_done"
OCCURRENCE_FAILED: Final = "occurrence_failed"
OCCURRENCE_MISSED: Final = "occurrence_missed"
OCCURRENCE_SKIPPED: Final = "occurrence_skipped"

WITH_LAST_WORDS: Final = frozenset({JOB_FAILED, OCCURRENCE_FAILED})
"""Topics that are told with the last lines of the log."""


def notify(job: Job, topic: str, key: str, at: datetime, **data: Any) -> tuple[Notification, ...]:
    """One notification to the chat the job came from; none for a job made outside any chat.

    `key` tells this fact from every other of the same job and topic.
    """
    if job.origin is None:
        return ()
    return (
        Notification(
            dedupe_key=f"{job.id}/{topic}/{key}",
            target=job.origin,
            topic=topic,
            job_id=job.id,
            data={"number": job.number, "name": job.name, **data},
            created_at=at,
        ),
    )


def slots_freed(
    job: Job, run_id: RunId, check: int, slots: Sequence[Slot], at: datetime, **data: Any
) -> tuple[Notification, ...]:
    """New free slots, found by check number `check` of a run."""
    found = [slot.as_data() for slot in slots]
    return notify(job, SLOTS_FREED, f"{run_id}/{check}", at, slots=found, **data)
