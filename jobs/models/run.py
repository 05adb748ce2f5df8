"""The run: one execution of a job, one process."""

import signal
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from jobs.models.ids import LOCAL_NODE, Epoch, JobId, RunId
from jobs.models.job import Status


class RunStatus(StrEnum):
    """How far a run has come. `queued` → `starting` (claimed) → `live` (a process is known) → `ended`."""

    QUEUED = "queued"
    STARTING = "starting"
    LIVE = "live"
    ENDED = "ended"


class Desired(StrEnum):
    """What people want of a run in progress; it decides what the job becomes when the process has ended."""

    UP = "up"
    STOPPED = "stopped"
    RESTARTED = "restarted"
    PAUSED = "paused"
    RESUMED = "resumed"
    """Paused, and then not any more, before the process was gone."""
    MOVED = "moved"
    """It leaves, and its job waits for its next instant: that is another one now."""
    DELETED = "deleted"


class Identity(Struct, frozen=True, kw_only=True):
    """A process, beyond doubt: a pid alone is reused, the three together are not.

    `boot_id` names the boot of the machine; `start` is the process's start in the platform's finest unit
    (Linux: clock ticks since boot, field 22 of `/proc/PID/stat`; elsewhere microseconds since the epoch).
    """

    boot_id: str
    pid: int
    start: int


class Exit(Struct, frozen=True, kw_only=True):
    """How a process ended: exactly one of `code` and `signal`, or neither when nobody was there to see it."""

    code: int | None = None
    signal: int | None = None

    @property
    def words(self) -> str:
        """The end in words, for people: `退出码 1`, `被信号 9 终止（可能内存不足）`."""
        if self.signal is not None:
            hint = _SIGNAL_HINTS.get(self.signal) or _signal_name(self.signal)
            return f"被信号 {self.signal} 终止（{hint}）"
        if self.code is None:
            return "进程已消失，退出码未知"
        hint = _CODE_HINTS.get(self.code)
        return f"退出码 {self.code}（{hint}）" if hint else f"退出码 {self.code}"


_SIGNAL_HINTS: Final = {
    9: "可能内存不足",
    11: "程序崩溃",
    15: "被要求退出",
    6: "程序异常中止",
}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "未知信号"


UNSEEN_EXIT: Final = Exit()

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
"""A failure that the run can name and that would come again."""
EXIT_CRASHED: Final = 70
"""A defect of the program's: EX_SOFTWARE of sysexits.h."""
EXIT_TEMPORARY: Final = 75
"""A failure worth a retry: EX_TEMPFAIL of sysexits.h."""
EXIT_SECOND_COPY: Final = 76
"""Another live run of the same job holds its lock. 76 is EX_PROTOCOL of sysexits.h, unused by kinds."""
EXIT_TOO_LATE: Final = 79
"""The instant was too long ago when the run could have been started, or woke. The first behind sysexits.h's."""


_CODE_HINTS: Final = {
    EXIT_CRASHED: "程序出错",
    EXIT_TEMPORARY: "暂时性错误，可以再启动",
    EXIT_SECOND_COPY: "这个任务还有一个执行进程没有退出，请稍后再启动",
    EXIT_TOO_LATE: "过了宽限，没有运行",
    127: "执行进程没能启动",
}


class Outcome(Struct, frozen=True, kw_only=True):
    """What a run says of itself before it exits: whether the work was done, and one sentence for people.

    `is_told`: all that there is to say was told already, as it happened; the end need not be told besides.
    """

    done: bool
    sentence: str
    is_told: bool = False


class Condemned(Struct, frozen=True, kw_only=True):
    """Why the engine ends a run by itself (too much memory, no sign of life), in one sentence for people.

    `again`: whether the restart policy of its kind applies.
    """

    sentence: str
    again: bool


class Run(Struct, frozen=True, kw_only=True):
    """One run. `version` guards as in `Job`. `epoch` is 0 until claimed; `worker` is None until a process is known.

    `scheduled_at`: the instant it is for, None for one that a person asked for. `returns_to`: what an extra run leaves
    the job as; None: it is no extra run. `lock` as in `Job`.
    A queued run does not begin before `not_before_at`. `restarts` counts the restarts since a person started the job;
    `restarted_at` are the recent ones, which the restart intensity is counted over.
    """

    id: RunId
    job_id: JobId
    status: RunStatus
    desired: Desired = Desired.UP
    node: str = LOCAL_NODE
    epoch: Epoch = Epoch(0)
    scheduled_at: datetime | None = None
    requested_at: datetime
    started_at: datetime | None = None
    stop_requested_at: datetime | None = None
    ended_at: datetime | None = None
    worker: Identity | None = None
    exit: Exit | None = None
    outcome: Outcome | None = None
    condemned: Condemned | None = None
    not_before_at: datetime | None = None
    restarts: int = 0
    restarted_at: tuple[datetime, ...] = ()
    lock: str | None = None
    returns_to: Status | None = None
    version: int = 0

    @property
    def is_open(self) -> bool:
        return self.status is not RunStatus.ENDED
