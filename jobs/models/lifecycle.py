"""How a job may move: the one table. Nothing else changes a status; `docs/lifecycle.md` is generated from it."""

from enum import StrEnum
from typing import Final

from jobs.models.job import Status


class Trigger(StrEnum):
    """Why a job moves."""

    QUEUE = "queue"
    """A person starts or resumes it: a run is wanted now, or its next instant is awaited."""
    CLAIM = "claim"
    """The engine claims a queued run; its process is being launched."""
    AWAIT = "await"
    """A run is over and more are to come."""
    FINISH = "finish"
    """The goal is met, or the end is reached."""
    FAIL = "fail"
    """A run ended badly and nothing more will happen by itself."""
    STOP = "stop"
    """A person stops it."""
    PAUSE = "pause"
    """A person pauses it."""


class IllegalTransition(Exception):
    """A move the table does not contain: a defect in the caller, never a person's mistake."""

    def __init__(self, status: Status, trigger: Trigger) -> None:
        super().__init__(f"{status} cannot {trigger}")
        self.status = status
        self.trigger = trigger


TRANSITIONS: Final[dict[tuple[Status, Trigger], Status]] = {
    (Status.PENDING, Trigger.CLAIM): Status.RUNNING,
    (Status.PENDING, Trigger.PAUSE): Status.PAUSED,
    (Status.PENDING, Trigger.STOP): Status.STOPPED,
    (Status.PENDING, Trigger.FINISH): Status.COMPLETED,
    (Status.RUNNING, Trigger.AWAIT): Status.PENDING,
    (Status.RUNNING, Trigger.FINISH): Status.COMPLETED,
    (Status.RUNNING, Trigger.FAIL): Status.FAILED,
    (Status.RUNNING, Trigger.STOP): Status.STOPPED,
    (Status.RUNNING, Trigger.PAUSE): Status.PAUSED,
    (Status.PAUSED, Trigger.QUEUE): Status.PENDING,
    (Status.PAUSED, Trigger.CLAIM): Status.RUNNING,
    (Status.PAUSED, Trigger.STOP): Status.STOPPED,
    (Status.STOPPED, Trigger.QUEUE): Status.PENDING,
    (Status.STOPPED, Trigger.CLAIM): Status.RUNNING,
    (Status.FAILED, Trigger.QUEUE): Status.PENDING,
    (Status.FAILED, Trigger.CLAIM): Status.RUNNING,
    (Status.COMPLETED, Trigger.QUEUE): Status.PENDING,
    (Status.COMPLETED, Trigger.CLAIM): Status.RUNNING,
}


def follow(status: Status, trigger: Trigger) -> Status:
    """The status that follows; raises `IllegalTransition` where the table has no row."""
    try:
        return TRANSITIONS[status, trigger]
    except KeyError:
        raise IllegalTransition(status, trigger) from None


def allows(status: Status, trigger: Trigger) -> bool:
    """Whether the table has a row."""
    return (status, trigger) in TRANSITIONS
