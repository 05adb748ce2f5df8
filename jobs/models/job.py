"""The job: what a person asked for, durable."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from jobs.models.ids import JobId, JobNumber, UserId
from jobs.models.people import Chat, Ownership
from jobs.models.punctuality import Punctuality
from jobs.models.recurrence import Recurrence


class Status(StrEnum):
    """Where a job stands. How it may move is in `lifecycle.TRANSITIONS` alone."""

    PENDING = "pending"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FAILED = "failed"
    COMPLETED = "completed"

    @property
    def words(self) -> str:
        return _FACES[self][1]

    @property
    def icon(self) -> str:
        return _FACES[self][0]


_FACES: Final = {
    Status.PENDING: ("⏳", "等待启动"),
    Status.RUNNING: ("🟢", "运行中"),
    Status.PAUSED: ("⏸️", "已暂停"),
    Status.STOPPED: ("🔴", "已停止"),
    Status.FAILED: ("❌", "失败"),
    Status.COMPLETED: ("✅", "已完成"),
}

ENDED: Final = frozenset({Status.STOPPED, Status.FAILED, Status.COMPLETED})
"""Nothing happens to such a job until a person acts; cleaning may delete it after the retention time."""

MAX_NAME_LENGTH: Final = 40
"""Characters. A list line of a phone shows about twenty; forty leaves room and still fits a notification."""


class Telling(Struct, frozen=True, kw_only=True):
    """Whom a job tells. `target` None: the chat it came from. `mentions_owner`: in a group, its owner is called by name
    (@)."""

    target: Chat | None = None
    mentions_owner: bool = False


AS_USUAL: Final = Telling()


class Job(Struct, frozen=True, kw_only=True):
    """One job. Rows are replaced whole; `version` counts the replacements and guards against lost updates.

    `version` is 0 for a job that is not stored yet; the store keeps `version + 1`.
    `config` is the kind's own, in the shape the original program used (`target` / `plan` / `schedule`).
    `recurrence` None: one long run. `next_at`: the next instant a run is due, None when none is; `served_until`: up
    to this instant the rhythm is dealt with by a run that a person shifted, whenever that was or is.
    `punctuality` None: its kind's. Of all runs with the same `lock` only one is alive at a time. `failures`: how many
    runs in a row have failed.
    `last_result` says in words how the last run or check went; `reason` why the status is what it is.
    """

    id: JobId
    number: JobNumber
    kind: str
    name: str
    status: Status
    config: dict[str, Any]
    recurrence: Recurrence | None = None
    owner: UserId | None = None
    origin: Chat | None = None
    created_at: datetime
    updated_at: datetime
    next_at: datetime | None = None
    last_result: str = ""
    reason: str = ""
    deleted_at: datetime | None = None
    punctuality: Punctuality | None = None
    lock: str | None = None
    failures: int = 0
    served_until: datetime | None = None
    telling: Telling = AS_USUAL
    version: int = 0

    @property
    def ownership(self) -> Ownership:
        return Ownership(owner=self.owner, origin=self.origin)

    @property
    def told_in(self) -> Chat | None:
        """The chat that is told of it; None: nobody is."""
        return self.telling.target or self.origin

    @property
    def label(self) -> str:
        """How sentences name the job: `#7 晚场监控`."""
        return f"#{self.number} {self.name}"
