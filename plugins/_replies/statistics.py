"""How jobs have done, in words."""

from collections.abc import Iterator, Sequence
from typing import Final

from jobs import Job, Lateness, Statistics, Status, Tally, hours_wanted, lateness_in_words
from plugins._replies.seen import best_hours

TALLIED: Final = (("done", "完成"), ("failed", "失败"), ("missed", "错过"), ("skipped", "跳过"), ("booked", "订到"))
"""The fields of `Tally`, and how they are called."""
JOBS_SHOWN: Final = 10


def statistics_text(shown: Statistics, job: Job | None, command: str) -> str:
    """One fact a line. `command`: how the same is asked for, without the days."""
    lines = [f"📊 {job.label if job else '统计'}（{since(shown)}）"]
    if job is None:
        if not shown.total_jobs:
            return f"{lines[0]}\n还没有任务。发送 !创建监控 南洋北苑健身房监控 创建第一个"
        lines.append(f"共 {shown.total_jobs} 个任务：{standings(shown)}")
    lines += facts(shown, hours_wanted(job) if job else ())
    if job is None:
        lines += [f"  #{one.job.number} {one.job.name}：{tally_in_words(one.tally)}" for one in shown.jobs[:JOBS_SHOWN]]
        if len(shown.jobs) > JOBS_SHOWN:
            lines.append(f"  还有 {len(shown.jobs) - JOBS_SHOWN} 个任务，发送 !统计 编号 看其中一个")
    return "\n".join([*lines, comes_next(shown, command)])


def facts(shown: Statistics, wanted: Sequence[int] = ()) -> Iterator[str]:
    """What has been done, how exactly, and when there were courts."""
    yield f"{whose(shown)}：{tally_in_words(shown.total)}"
    if shown.lateness is not None:
        yield lateness(shown.lateness)
    if shown.looks:
        yield f"看了 {shown.looks:,} 次，{best_hours(shown.hours, wanted)}"


def whose(shown: Statistics) -> str:
    """`这段时间`, and of which jobs where it is not all."""
    return "这段时间" + (f"（最新的 {shown.counted_jobs} 个）" if shown.counted_jobs < shown.total_jobs else "")


def since(shown: Statistics) -> str:
    """`近 7 天，11-16 起`."""
    return f"近 {shown.days} 天，{shown.since:%m-%d} 起"


def standings(shown: Statistics) -> str:
    """`运行中 3、失败 1`."""
    return "、".join(f"{status.words} {shown.statuses[status]}" for status in Status if shown.statuses.get(status))


def tally_in_words(tally: Tally) -> str:
    """`完成 3、失败 1、订到 2`."""
    counts = [(words, getattr(tally, field)) for field, words in TALLIED]
    return "、".join(f"{words} {count}" for words, count in counts if count) or "还没有结果"


def lateness(known: Lateness) -> str:
    """`准点 12 次：一般迟 0.4 毫秒，最多迟 12 毫秒`."""
    usual, worst = (lateness_in_words(one) for one in (known.median_seconds, known.worst_seconds))
    return f"出手 {known.instants} 次：一般{usual}，最多{worst}" if known.instants > 1 else f"出手 1 次：{usual}"


def comes_next(shown: Statistics, command: str) -> str:
    """Where to look from here."""
    other = 30 if shown.days < 30 else 7
    return f"发送 {command} {other}天 看近 {other} 天"
