"""How a job stands, in one line."""

from typing import Final
from zoneinfo import ZoneInfo

from jobs import Job, JobDetail, JobRow, Status, follows_its_runs, is_rough, shorten, whose_time, why_missed
from plugins._replies.times import clock, day_and_time

_REASON_WIDTH: Final = 40
"""Characters of the reason for a restart, in a list."""


def standing(detail: JobDetail, zone: ZoneInfo) -> str:
    """`🟢 运行中`, `⏳ 排队第2`, `⏳ 接下来：11-23 周一 12:00:00、…`, `🟢 已就位，11-23 … 出手`, `❌ 失败：…`."""
    row, job = detail.row, detail.row.job
    if job.status is Status.PENDING:
        return _waiting(detail, zone)
    if row.armed_for is not None:
        return f"🟢 {armed(row, zone)}"
    if job.status is Status.PAUSED:
        return f"⏸️ {paused(row, zone)}，发送 !继续任务 {job.number} 继续{_extra_run(row, zone)}"
    if passed := missed(job):
        return f"⚠️ {passed}{_extra_run(row, zone)}"
    why = f"：{job.reason}" if job.reason and job.status in (Status.FAILED, Status.COMPLETED) else ""
    return f"{job.status.icon} {job.status.words}{why}{_extra_run(row, zone)}"


def in_line(row: JobRow, zone: ZoneInfo) -> str:
    """What a run that has not begun waits for: `排队第2`, `05:33:10 自动重启（第 2 次）：登录失效`,
    `等 #48（也用账号 czq）结束`; else empty."""
    if row.turn_of is not None:
        return f"等 {row.turn_of}结束"
    if row.queue_position is not None:
        return f"排队第{row.queue_position}"
    why = f"：{shorten(row.job.reason, _REASON_WIDTH)}" if row.job.reason else ""
    return f"{restart}{why}" if (restart := _restart(row, zone)) else ""


def armed(row: JobRow, zone: ZoneInfo) -> str:
    """`已就位，11-23 周一 12:00:00 出手`, until it is so `准备中，…`; empty where no run waits for its instant."""
    if row.armed_for is None:
        return ""
    return f"{'已就位' if row.is_ready else '准备中'}，{day_and_time(row.armed_for, zone)} 出手"


def missed(job: Job) -> str:
    """`已错过（当时机器人没有运行），发送 !立即执行 7 补一次`; empty for a job that has not ended so."""
    why = why_missed(job)
    return f"已错过（{why}），发送 !立即执行 {job.number} 补一次" if why is not None else ""


def paused(row: JobRow, zone: ZoneInfo) -> str:
    """`已暂停（11-22 周日 10:00:00 起）`."""
    return f"已暂停（{day_and_time(row.paused_at, zone)} 起）" if row.paused_at is not None else "已暂停"


def failures(job: Job) -> str:
    """`连续失败 3 次`, `上次失败`; empty where the last run did not fail."""
    return f"连续失败 {job.failures} 次" if job.failures > 1 else "上次失败" if job.failures else ""


def failing(row: JobRow, zone: ZoneInfo) -> str:
    """`连续失败 3 次，11-22 周日 12:30:00 再试`; empty where the last run did not fail, or nothing is to come."""
    job = row.job
    if not job.failures or job.next_at is None or job.status is Status.PAUSED:
        return ""
    how_often = failures(job)
    again = f"{day_and_time(job.next_at, zone)} 再试"
    return f"{how_often}，{again if follows_its_runs(job.recurrence) else f'下次 {day_and_time(job.next_at, zone)}'}"


def comes_next(detail: JobDetail, zone: ZoneInfo) -> str:
    """`接下来：11-23 周一 12:00:00、…`; empty where nothing does. `约`: it depends on how long the runs before take.

    Instants of a rhythm in another zone say whose time they are shown in: `接下来（北京时间）：…`.
    """
    job = detail.row.job
    rough = ["约 " if is_rough(job, place) else "" for place in range(len(detail.upcoming))]
    instants = [roughly + day_and_time(at, zone) for roughly, at in zip(rough, detail.upcoming, strict=True)]
    return f"接下来{whose_time(job.recurrence, zone.key)}：{'、'.join(instants)}" if instants else ""


def _waiting(detail: JobDetail, zone: ZoneInfo) -> str:
    row = detail.row
    if row.turn_of is not None:
        return f"⏳ {in_line(row, zone)}"
    if row.queue_position is not None:
        return f"⏳ 排队第{row.queue_position}，前面的任务一让出位置就启动"
    if restart := _restart(row, zone):
        return f"⏳ {restart}：{row.job.reason}" if row.job.reason else f"⏳ {restart}"
    if following := comes_next(detail, zone):
        return f"⏳ {following}"
    return f"⏳ 还没有启动，发送 !启动任务 {row.job.number} 启动"


def _extra_run(row: JobRow, zone: ZoneInfo) -> str:
    """Of a job that rests: what the one run that somebody asked for waits for."""
    return f"；立即执行的一次{waits}" if (waits := in_line(row, zone)) else ""


def _restart(row: JobRow, zone: ZoneInfo) -> str:
    """`05:33:10 自动重启（第 2 次）`, or `05:33:10 再试` where it could not be started; empty: none is awaited."""
    at = row.restarts_at
    if at is None or row.queued is None:
        return ""
    return f"{clock(at, zone)} {f'自动重启（第 {row.queued.restarts} 次）' if row.queued.restarts else '再试'}"
