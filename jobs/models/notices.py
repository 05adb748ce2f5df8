"""What chats are told, decided purely: facts in, `Notification` rows out. The words are made where it is delivered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from msgspec.structs import replace

from jobs.models.change import Notification
from jobs.models.ids import RunId
from jobs.models.job import Job
from jobs.models.people import Chat
from jobs.models.venue import Slot

SLOTS_FREED: Final = "slots_freed"
JOB_FAILED: Final = "job_failed"
JOB_COMPLETED: Final = "job_completed"
OCCURRENCE_DONE: Final = "occurrence_done"
OCCURRENCE_FAILED: Final = "occurrence_failed"
OCCURRENCE_MISSED: Final = "occurrence_missed"
OCCURRENCE_SKIPPED: Final = "occurrence_skipped"
BOOKED: Final = "booked"
"""An order was read back: `slots`, `account`, `order_id`, `venue`, `pay_until`, `amount`, and where the
platform's list names other courts or hours than were asked for, `listed`: these, in words."""
PAYMENT_DUE: Final = "payment_due"
"""It has not been paid yet: as `BOOKED`."""
ORDER_ENDED: Final = "order_ended"
"""It was paid, cancelled or has expired: as `BOOKED`, and `state`."""
BOOKING_UNCERTAIN: Final = "booking_uncertain"
"""A request's outcome is unknown and is being looked for: `slots`, `account`, `venue`, `reason`; `given_up`: nobody is
going to find out soon."""
BOOKING_ABSENT: Final = "booking_absent"
"""What was uncertain has become no order: as `BOOKING_UNCERTAIN`."""
BOOKING_HINDERED: Final = "booking_hindered"
"""There are courts, but this account cannot book them: `account`, `reason`, `step` (what helps, empty: the reason says
it), `needs_person` (else only another court helps)."""
LOGIN_WANTED: Final = "login_wanted"
"""To the owner of an account, in private: `account`, `reason`."""
REHEARSED: Final = "rehearsed"
"""Before a release: `minutes` before it, `goes` (whether all is well), `lines` (what was looked at, in words)."""

ESCALATED: Final = "escalated"
"""An urgent one that nobody acknowledged, to a second person or the pager: `topic` and `data` of that one, `chat` (the
place that was told first, or should have been, in words), `arrival` there (`escalating.Arrival`), `minutes` since."""

SECOND_NAMED: Final = "second_named"
"""To a person in private: they are told of what is urgent and nobody acknowledges in `chat` (in words) within
`minutes`; `by`: who has settled that."""

URGENT: Final = frozenset(
    {BOOKED, PAYMENT_DUE, ORDER_ENDED, BOOKING_UNCERTAIN, BOOKING_ABSENT, BOOKING_HINDERED, LOGIN_WANTED, ESCALATED}
)
"""Captchas, payments, bookings: they cannot wait for the morning. Nor can a rehearsal that found what is wrong, for the
race is near (`is_urgent`)."""
TO_ACKNOWLEDGE: Final = frozenset({BOOKED, PAYMENT_DUE, LOGIN_WANTED, BOOKING_UNCERTAIN})
"""Urgent ones that want a person to do something: unanswered, they are escalated."""

ASKED: Final = "asked"
"""In the data of how one run went: somebody asked for that run, and waits to hear of it."""

MENTIONS: Final = "mentions"
"""In the data of any: the numbers of those who are called by name (@) before its words, in groups."""

WITH_LAST_WORDS: Final = frozenset({JOB_FAILED, OCCURRENCE_FAILED})
"""Topics that are told with the last lines of the log."""


def notify(job: Job, topic: str, key: str, at: datetime, **data: Any) -> tuple[Notification, ...]:
    """One notification to the chat that is told of the job; none where nobody is.

    `key` tells this fact from every other of the same job and topic.
    """
    target = job.told_in
    if target is None:
        return ()
    return (
        Notification(
            dedupe_key=f"{job.id}/{topic}/{key}",
            target=target,
            topic=topic,
            job_id=job.id,
            data={"number": job.number, "name": job.name, **data, **mentioning(job, target)},
            created_at=at,
            is_urgent=is_urgent(topic, data),
        ),
    )


def is_urgent(topic: str, data: Mapping[str, Any]) -> bool:
    """Whether it cannot wait for the morning."""
    return topic in URGENT or (topic == REHEARSED and data.get("goes") is False)


def mentioning(job: Job, target: Chat) -> dict[str, Any]:
    """What the data of a notification say of who is called by name: the owner, where the job is told so, in a group.

    Someone anonymous there has no number to be called by.
    """
    is_called = job.telling.mentions_owner and target.is_group and job.owner is not None and job.owner.isdecimal()
    return {MENTIONS: [job.owner]} if is_called else {}


def missed_digest(told: Sequence[Notification]) -> tuple[Notification, ...]:
    """What several jobs missed, as one notification for each chat. One of a single job stays as it is.

    `data["jobs"]` has the data of each; `job_id` is None, for quoting the message must not name one of them.
    """
    by_chat: dict[Chat, list[Notification]] = {}
    for one in told:
        by_chat.setdefault(one.target, []).append(one)
    return tuple(same[0] if len(same) == 1 else _digest(same) for same in by_chat.values())


def _digest(told: Sequence[Notification]) -> Notification:
    keys = " ".join(one.dedupe_key for one in told)
    return replace(
        told[0],
        dedupe_key=f"{OCCURRENCE_MISSED}/{blake2b(keys.encode(), digest_size=16).hexdigest()}",
        job_id=None,
        data={"jobs": [one.data for one in told], **_all_mentions(told)},
    )


def _all_mentions(told: Sequence[Notification]) -> dict[str, Any]:
    called = [number for one in told for number in one.data.get(MENTIONS, ())]
    return {MENTIONS: list(dict.fromkeys(called))} if called else {}


def slots_freed(
    job: Job, run_id: RunId, check: int, slots: Sequence[Slot], at: datetime, **data: Any
) -> tuple[Notification, ...]:
    """New free slots, found by check number `check` of a run."""
    found = [slot.as_data() for slot in slots]
    return notify(job, SLOTS_FREED, f"{run_id}/{check}", at, slots=found, **data)
