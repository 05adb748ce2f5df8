"""Which mark, in which ink, stands for what. The marks alone tell everything; the inks only help."""

from typing import Final, NamedTuple

from jobs import TICK_FAILED, TICK_FOUND, TICK_NOTHING, OccurrenceStatus, Status
from plugins._pictures.palette import AMBER, BLUE, GREEN, RED, SOFT, Ink


class Sign(NamedTuple):
    """A mark and its ink, and what it means in words."""

    mark: str
    ink: Ink
    words: str


STATUS: Final = {
    Status.PENDING: Sign("wait", BLUE, Status.PENDING.words),
    Status.RUNNING: Sign("run", GREEN, Status.RUNNING.words),
    Status.PAUSED: Sign("pause", AMBER, Status.PAUSED.words),
    Status.STOPPED: Sign("stop", SOFT, Status.STOPPED.words),
    Status.FAILED: Sign("fail", RED, Status.FAILED.words),
    Status.COMPLETED: Sign("done", GREEN, Status.COMPLETED.words),
}

OCCURRENCE: Final = {
    OccurrenceStatus.DUE: Sign("wait", BLUE, "即将开始"),
    OccurrenceStatus.ARMED: Sign("wait", BLUE, "等到点"),
    OccurrenceStatus.RUNNING: Sign("run", GREEN, "运行中"),
    OccurrenceStatus.DONE: Sign("disc", GREEN, "完成"),
    OccurrenceStatus.FAILED: Sign("fail", RED, "失败"),
    OccurrenceStatus.MISSED: Sign("warn", AMBER, "错过"),
    OccurrenceStatus.SKIPPED: Sign("dash", SOFT, "跳过"),
}

TICK: Final = {
    TICK_FOUND: Sign("disc", BLUE, "有空场"),
    TICK_NOTHING: Sign("ring", SOFT, "没有"),
    TICK_FAILED: Sign("fail", RED, "查询失败"),
}

TALLY: Final = {
    "done": Sign("done", GREEN, "完成"),
    "failed": Sign("fail", RED, "失败"),
    "missed": Sign("warn", AMBER, "错过"),
    "skipped": Sign("dash", SOFT, "跳过"),
    "booked": Sign("ticket", BLUE, "订到"),
}
"""By the fields of `Tally`."""
