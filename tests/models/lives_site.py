"""A job and its run, for tests of decisions."""

from datetime import UTC, datetime, time
from typing import Any

from jobs.models.ids import JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status
from jobs.models.people import Chat
from jobs.models.recurrence import Weekly
from jobs.models.run import Identity, Run, RunStatus

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
CHAT = Chat(self_id="10000", type="group", peer_id="12345")
WORKER = Identity(boot_id="boot", pid=42, start=7)
DAILY = Weekly(time=time(12))


def a_job(**fields: Any) -> Job:
    return Job(
        **{
            "id": JobId("1e95803d"),
            "number": JobNumber(7),
            "kind": "monitor",
            "name": "晚场监控",
            "status": Status.PENDING,
            "config": {},
            "owner": UserId("20001"),
            "origin": CHAT,
            "created_at": NOW,
            "updated_at": NOW,
            "version": 1,
            **fields,
        }
    )


def a_run(**fields: Any) -> Run:
    return Run(
        **{"id": RunId("r1"), "job_id": JobId("1e95803d"), "status": RunStatus.LIVE, "requested_at": NOW, **fields}
    )
