"""What became of an instant, and what shall become of those that cannot be kept, in words. Pure."""

import re
from typing import Final

from jobs.models.change import Occurrence, OccurrenceStatus
from jobs.models.durations import seconds_in_words
from jobs.models.end import BROKEN_OFF
from jobs.models.job import Job, Status
from jobs.models.punctuality import ON_TIME, Misfire, Overlap, Punctuality
from jobs.models.text import shorten

_REASON_WIDTH: Final = 40
"""Characters: with the instant before it a line of a phone or two."""

_FACES: Final = {
    OccurrenceStatus.DUE: "⏳ 即将开始",
    OccurrenceStatus.ARMED: "🟢 等到点",
    OccurrenceStatus.RUNNING: "🟢 运行中",
    OccurrenceStatus.DONE: "✅",
    OccurrenceStatus.FAILED: "❌ 失败",
    OccurrenceStatus.MISSED: "⚠️ 错过",
    OccurrenceStatus.SKIPPED: "⏭️ 跳过",
}
READY: Final = "已就位"
"""How the words of a run begin that waits for its instant, once all is prepared."""
_BROKEN_OFF: Final = "⏹️ 中断"
"""Recorded as failed, but nothing went wrong: a person wanted it so."""
_MISSED: Final = re.compile("错过 (?:至少 )?[0-9]+ 次：(.*)", re.DOTALL)
_WITH_REASON: Final = (OccurrenceStatus.FAILED, OccurrenceStatus.MISSED, OccurrenceStatus.SKIPPED)


def occurrence_in_words(occurrence: Occurrence) -> str:
    """`✅ 迟 0.3 毫秒`, `✅ 晚 40.2 秒开始`, `❌ 失败，迟 12 毫秒：没有空场`, `⏭️ 跳过：任务已暂停`."""
    if occurrence.status is OccurrenceStatus.DUE and occurrence.run_id is None:
        return "⏳ 等上一次运行结束"
    is_broken_off = occurrence.status is OccurrenceStatus.FAILED and occurrence.reason.startswith(BROKEN_OFF)
    face = _BROKEN_OFF if is_broken_off else _FACES[occurrence.status]
    late = "" if occurrence.late_seconds is None else lateness_in_words(occurrence.late_seconds)
    # Whoever had to wait for another run, or makes up for an instant, is not inexact.
    has_waited = occurrence.late_seconds is not None and occurrence.late_seconds > ON_TIME.total_seconds()
    shown = f"晚{late.removeprefix('迟')}开始" if has_waited else late
    words = f"{face}{'，' if ' ' in face else ' '}{shown}" if shown else face
    # A run that acts at the exact instant ends its sentence with its lateness.
    reason = occurrence.reason.removesuffix(f"（{late}）") if occurrence.status in _WITH_REASON else ""
    return f"{words}：{shorten(reason, _REASON_WIDTH)}" if reason else words


def why_missed(job: Job) -> str | None:
    """Of a job that is at its end because its last instant was missed: why that was; else None."""
    found = _MISSED.fullmatch(job.reason) if job.status is Status.COMPLETED else None
    return found[1] if found else None


def lateness_in_words(seconds: float) -> str:
    """`迟 0.3 毫秒`, `迟 250 毫秒`, `迟 1.5 秒`, `迟 15分钟`; below 0 `早 …`."""
    word, length = ("早", -seconds) if seconds < 0 else ("迟", seconds)
    if length < 0.00995:
        return f"{word} {length * 1000:.1f} 毫秒"
    if length < 0.9995:
        return f"{word} {length * 1000:.0f} 毫秒"
    return f"{word} {length:.1f} 秒" if length < 60 else f"{word} {seconds_in_words(int(length))}"


def punctuality_in_words(punctuality: Punctuality) -> str:
    """`错过的补一次（300秒内），上一次没结束就跳过`."""
    is_made_up = punctuality.misfire is Misfire.ONCE
    grace = seconds_in_words(int(punctuality.grace.total_seconds()))
    missed = f"错过的补一次（{grace}内）" if is_made_up else "错过的不补"
    overlap = "跳过" if punctuality.overlap is Overlap.SKIP else "等它结束再运行"
    return f"{missed}，上一次没结束就{overlap}"
