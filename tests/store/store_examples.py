"""Jobs, runs and chats for the store's tests, and a clock that is told the time."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from jobs.models.accounts import Account, AccountId
from jobs.models.bookings import Booking
from jobs.models.change import Notification
from jobs.models.ids import Epoch, JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status
from jobs.models.people import Chat
from jobs.models.run import Run, RunStatus

AT = datetime(2025, 11, 28, 4, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GROUP = Chat(self_id="10001", type="group", peer_id="555")
OTHER_GROUP = Chat(self_id="10001", type="group", peer_id="556")
PERSON = Chat(self_id="10001", type="private", peer_id="42")

_ids: Iterator[int] = count(0x1000)


class ToldClock:
    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


def a_job(**given: Any) -> Job:
    """A job that is not stored yet."""
    fields: dict[str, Any] = {
        "id": JobId(f"{next(_ids):08x}"),
        "number": JobNumber(0),
        "kind": "monitor",
        "name": "晚场监控",
        "status": Status.PENDING,
        "config": {"target": {"venue_keyword": "学生中心"}, "plan": {"preferred_hours": [18, 19]}},
        "owner": UserId("42"),
        "origin": GROUP,
        "created_at": AT,
        "updated_at": AT,
    }
    return Job(**{**fields, **given})


def a_run(job: Job, **given: Any) -> Run:
    """A run that is not stored yet, claimed and live unless told otherwise."""
    fields: dict[str, Any] = {
        "id": RunId(uuid.uuid4().hex),
        "job_id": job.id,
        "status": RunStatus.LIVE,
        "epoch": Epoch(1),
        "requested_at": AT,
    }
    return Run(**{**fields, **given})


def a_notification(job: Job, key: str, target: Chat = GROUP) -> Notification:
    return Notification(
        dedupe_key=key, target=target, topic="slots_freed", job_id=job.id, data={"slots": [1]}, created_at=AT
    )


def an_account(**given: Any) -> Account:
    """An account that is not stored yet."""
    number = next(_ids)
    fields: dict[str, Any] = {
        "id": AccountId(f"{number:016x}"),
        "owner": UserId("42"),
        "nickname": f"小陈{number}",
        "home": PERSON,
        "created_at": AT,
    }
    return Account(**{**fields, **given})


def a_booking(**given: Any) -> Booking:
    """An intent that is not stored yet."""
    fields: dict[str, Any] = {
        "account_id": AccountId("00000000000000aa"),
        "slot_key": f"venue/sport/{next(_ids)}",
        "nickname": "小陈",
        "owner": UserId("42"),
        "origin": GROUP,
        "preset": 13,
        "venue": "南洋北苑健身房·健身房",
        "date": date(2025, 12, 5),
        "hour": 19,
        "court": "1号场",
        "opened_at": AT,
    }
    return Booking(**{**fields, **given})
