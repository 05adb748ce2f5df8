"""All there is to say about one job."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jobs import (
    JobDetail,
    RunStatus,
    Sighting,
    follows_its_runs,
    hours_wanted,
    in_words,
    occurrence_in_words,
    punctuality_in_words,
    seconds_in_words,
)
from plugins._replies.listing import latest
from plugins._replies.seen import instants_in_words, seen_in_words, ticks_in_words
from plugins._replies.standing import comes_next, failing, failures, standing
from plugins._replies.times import day_and_clock, day_and_time

OCCURRENCES_SHOWN: Final = 5


def detail(shown: JobDetail, zone: ZoneInfo, sightings: Sequence[Sighting] = ()) -> str:
    """One fact a line; facts that do not exist have no line. `sightings`: of the last seven days."""
    job = shown.row.job
    lines = [f"{job.status.icon} #{job.number} {job.name}", *facts(shown, zone)]
    lines += filter(
        None, [ticks_in_words(shown), seen_in_words(sightings, hours_wanted(job)), instants_in_words(shown)]
    )
    lines += _occurrence_lines(shown, zone)
    return "\n".join(lines)


def facts(shown: JobDetail, zone: ZoneInfo) -> list[str]:
    """What there is to say but the name, and what became of looks and instants; most as `名目：内容`."""
    job = shown.row.job
    rhythm = f"{in_words(job.recurrence, zone.key)} · " if job.recurrence else ""
    lines = [
        f"编码：{job.id}",
        f"类型：{shown.row.kind_title}",
        f"配置：{rhythm}{shown.row.describes}",
        f"状态：{standing(shown, zone)}",
        *_rhythm_lines(shown, zone),
        *_run_lines(shown, zone),
    ]
    if job.last_result:
        lines.append(f"上次结果：{job.last_result}")
    lines.append(f"发起人：{job.owner or '超级用户'}{_origin(shown)}")
    lines.append(f"创建：{_when(job.created_at, zone)}")
    return lines


def _rhythm_lines(shown: JobDetail, zone: ZoneInfo) -> Iterator[str]:
    following = comes_next(shown, zone)
    if following and following not in standing(shown, zone):
        yield following
    if shown.moved_from is not None:
        yield f"已调整：下次原定 {day_and_time(shown.moved_from, zone)}"
    if fails := failing(shown.row, zone):
        # The line before has the next instant, where it is one of the rhythm.
        yield fails if follows_its_runs(shown.row.job.recurrence) or not following else failures(shown.row.job)
    if shown.punctuality is not None:
        yield f"误点：{punctuality_in_words(shown.punctuality)}"


def _occurrence_lines(shown: JobDetail, zone: ZoneInfo) -> Iterator[str]:
    if shown.occurrences:
        yield "最近几次："
    for occurrence in shown.occurrences[:OCCURRENCES_SHOWN]:
        yield f"  {day_and_clock(occurrence.scheduled_at, zone)} {occurrence_in_words(occurrence)}"


def _run_lines(shown: JobDetail, zone: ZoneInfo) -> Iterator[str]:
    run = shown.run
    if run is None:
        return
    if run.status is RunStatus.LIVE and run.worker is not None:
        yield f"进程：{run.worker.pid}{_usage(shown)}"
        extra = "（立即执行）" if shown.row.job.recurrence and run.scheduled_at is None else ""
        yield f"这次运行{extra}：{_when(run.started_at, zone)} 开始，{latest(shown.row, zone)}"
    elif run.status is RunStatus.STARTING:
        yield "进程：正在启动"
    elif run.status is RunStatus.ENDED and run.started_at is not None:
        # What the run says of itself is the result below; the exit of its process would be another number for it.
        words = f"，{run.exit.words}" if run.exit is not None and run.outcome is None else ""
        yield f"上次运行：{_when(run.started_at, zone)} 到 {_when(run.ended_at, zone)}{words}"
    if run.restarts:
        yield f"自动重启：{run.restarts} 次"
    if shown.row.job.reason and shown.row.job.reason not in standing(shown, zone):
        yield f"原因：{shown.row.job.reason}"


def _usage(shown: JobDetail) -> str:
    if shown.usage is None:
        return ""
    usage = shown.usage
    return (
        f"，CPU {usage.cpu_percent:.1f}%，内存 {(usage.own_bytes or usage.memory_bytes) / 2**20:.1f} MiB"
        f"，已运行{_rounded(int(usage.uptime_seconds))}"
    )


def _rounded(seconds: int) -> str:
    """Nobody counts the minutes of days, nor the seconds of hours."""
    unit = 3600 if seconds >= 86400 else 60 if seconds >= 3600 else 1
    return seconds_in_words(max(seconds - seconds % unit, 1))


def _origin(shown: JobDetail) -> str:
    origin = shown.row.job.origin
    if origin is None:
        return "（在命令行或导入时创建）"
    return f"（在群 {origin.peer_id} 创建）" if origin.is_group else "（在私聊中创建）"


def _when(at: datetime | None, zone: ZoneInfo) -> str:
    return day_and_time(at, zone) if at is not None else "未知时间"
