"""How a job stands, in one line."""

from zoneinfo import ZoneInfo

from jobs import JobDetail, Status
from plugins._replies.times import day_and_time


def standing(detail: JobDetail, zone: ZoneInfo) -> str:
    """`🟢 运行中`, `⏳ 排队第 2`, `⏳ 接下来：11-23 周一 12:00:00、…`, `❌ 失败：登录失效`."""
    job = detail.row.job
    if job.status is Status.PENDING:
        return _waiting(detail, zone)
    why = f"：{job.reason}" if job.reason and job.status in (Status.FAILED, Status.COMPLETED) else ""
    return f"{job.status.icon} {job.status.words}{why}"


def _waiting(detail: JobDetail, zone: ZoneInfo) -> str:
    if detail.queue_position is not None:
        return f"⏳ 排队第 {detail.queue_position}，前面的任务一让出位置就启动"
    if detail.upcoming:
        return "⏳ 接下来：" + "、".join(day_and_time(at, zone) for at in detail.upcoming)
    return f"⏳ 还没有启动，发送 !启动任务 {detail.row.job.number} 启动"
