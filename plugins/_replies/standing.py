"""How a job stands, in one line."""

from typing import Final
from zoneinfo import ZoneInfo

from jobs import JobDetail, JobRow, Status, shorten
from plugins._replies.times import clock, day_and_time

_REASON_WIDTH: Final = 40
"""Characters of the reason for a restart, in a list."""


def standing(detail: JobDetail, zone: ZoneInfo) -> str:
    """`🟢 运行中`, `⏳ 排队第2`, `⏳ 接下来：11-23 周一 12:00:00、…`, `❌ 失败：登录失效`."""
    job = detail.row.job
    if job.status is Status.PENDING:
        return _waiting(detail, zone)
    why = f"：{job.reason}" if job.reason and job.status in (Status.FAILED, Status.COMPLETED) else ""
    return f"{job.status.icon} {job.status.words}{why}"


def in_line(row: JobRow, zone: ZoneInfo) -> str:
    """What a run that has not begun waits for: `排队第2`, `05:33:10 自动重启（第 2 次）：登录失效`; else empty."""
    if row.queue_position is not None:
        return f"排队第{row.queue_position}"
    why = f"：{shorten(row.job.reason, _REASON_WIDTH)}" if row.job.reason else ""
    return f"{restart}{why}" if (restart := _restart(row, zone)) else ""


def _waiting(detail: JobDetail, zone: ZoneInfo) -> str:
    row = detail.row
    if row.queue_position is not None:
        return f"⏳ 排队第{row.queue_position}，前面的任务一让出位置就启动"
    if restart := _restart(row, zone):
        return f"⏳ {restart}：{row.job.reason}" if row.job.reason else f"⏳ {restart}"
    if detail.upcoming:
        return "⏳ 接下来：" + "、".join(day_and_time(at, zone) for at in detail.upcoming)
    return f"⏳ 还没有启动，发送 !启动任务 {row.job.number} 启动"


def _restart(row: JobRow, zone: ZoneInfo) -> str:
    """`05:33:10 自动重启（第 2 次）`, or `05:33:10 再试` where it could not be started; empty: none is awaited."""
    at = row.restarts_at
    if at is None or row.queued is None:
        return ""
    return f"{clock(at, zone)} {f'自动重启（第 {row.queued.restarts} 次）' if row.queued.restarts else '再试'}"
