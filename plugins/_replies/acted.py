"""What became of a request to act on a job."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from jobs import (
    SKIPPED_COUNTED_AT_MOST,
    Cleaning,
    Job,
    JobDetail,
    Run,
    RunStatus,
    Status,
    cleaning_in_words,
    follows_its_runs,
    punctuality_in_words,
    shift_in_words,
)
from plugins._replies.edited import REGRET
from plugins._replies.standing import comes_next, in_line, standing
from plugins._replies.times import day_and_time


def created(detail: JobDetail, rhythm: str, zone: ZoneInfo, notes: Sequence[str] = (), advice: str = "") -> str:
    """A new job, with what was understood. `rhythm` is its recurrence in words, empty for one long run; `notes` what
    else there is to say (`没写时间，按 12:00`); `advice` what to do about what it still lacks."""
    job = detail.row.job
    understood = f"{rhythm} · {detail.row.describes}" if rhythm else detail.row.describes
    state = standing(detail, zone)
    if job.status is Status.RUNNING:
        state += "，引用本条回复“停/日志/改”即可操作"
    lines = [f"✅ 已创建{detail.row.kind_title} #{job.number} · {job.id}", job.name, understood]
    lines += notes
    lines += [punctuality_in_words(job.punctuality)] if job.punctuality is not None else []
    following = comes_next(detail, zone)
    if following and following not in state:
        lines.append(following)
    return "\n".join([*lines, state, *_what_is_told(detail), *([advice] if advice else [])])


def started(detail: JobDetail, zone: ZoneInfo) -> str:
    return _with_label("已启动", detail, zone)


def restarted(detail: JobDetail, zone: ZoneInfo, *, settled: bool, grace_seconds: float) -> str:
    if not settled and detail.run is not None and detail.run.stop_requested_at is not None:
        return f"⏳ 正在重启 {detail.row.job.label}：等上一次运行退出，最多 {grace_seconds:g} 秒"
    return _with_label("已重启", detail, zone)


def stopped(job: Job, *, settled: bool, grace_seconds: float) -> str:
    if settled:
        return f"🔴 已停止 {job.label}，{REGRET}"
    return f"⏳ 正在停止 {job.label}，最多 {grace_seconds:g} 秒；{REGRET}"


def paused(job: Job, *, settled: bool, stopped_a_run: bool, grace_seconds: float) -> str:
    """`stopped_a_run`: one was in progress when the pause was asked for."""
    if not settled:
        return f"⏳ 正在暂停 {job.label}：等这次运行退出，最多 {grace_seconds:g} 秒"
    run = "，正在进行的运行已停下" if stopped_a_run else ""
    is_rhythmic = job.recurrence is not None and not follows_its_runs(job.recurrence)
    meanwhile = "，期间到点的都会跳过" if is_rhythmic else ""
    return f"⏸️ 已暂停 {job.label}{run}{meanwhile}；发送 !继续任务 {job.number} 继续"


def resumed(detail: JobDetail, zone: ZoneInfo, *, skipped: int) -> str:
    """`skipped`: how many instants came due in the pause."""
    count = f"至少 {skipped}" if skipped >= SKIPPED_COUNTED_AT_MOST else f" {skipped}"
    return _with_label("已继续", detail, zone, f"（暂停期间跳过了{count} 次）" if skipped else "")


def run_now(detail: JobDetail, zone: ZoneInfo) -> str:
    """An extra run, as it turned out: waiting, in progress, or over already; and what comes after it."""
    job, run = detail.row.job, detail.run
    after = comes_next(detail, zone)
    if run is not None and run.returns_to is not None and run.returns_to is not Status.PENDING:
        after = f"之后仍是{run.returns_to.words}"
    if run is not None and run.status is RunStatus.ENDED:
        said = f"{'✅' if _is_done(run) else '❌'} {job.label} 执行了一次：{job.last_result or '没有留下说明'}"
    elif waits := in_line(detail.row, zone):
        said = f"⏳ {job.label} 立即执行一次：{waits}"
    else:
        said = f"🟢 {job.label} 正在立即执行一次{'，结果会告诉你' if job.origin is not None else ''}"
    return f"{said}\n{after}" if after else said


class Moved(NamedTuple):
    """A next run that was due at `was` and is now due at `now`, by a wish for `shift` at the instant `at`."""

    was: datetime
    now: datetime
    shift: timedelta
    at: datetime


def reordered(detail: JobDetail, moved: Moved, zone: ZoneInfo) -> str:
    """Says what was asked and what came of it: not the same where that lay in the past, or outside the valid hours."""
    asked, was = shift_in_words(moved.shift), day_and_time(moved.was, zone)
    if moved.now == moved.was:
        return f"ℹ️ {detail.row.job.label} 没有变：{asked}不在允许的时段，顺延回来还是 {was}"
    did = f"✅ 已调整 {detail.row.job.label}：{asked}"
    if moved.now <= moved.at:
        return f"{did}就早于现在，所以现在就运行，代替 {was} 的那次"
    why = "" if moved.now == moved.was + moved.shift else "，不在允许的时段，顺延到下次开放"
    instants = f"{was} → {day_and_time(moved.now, zone)}"
    return f"{did}{why}\n{instants}\n{standing(detail, zone)}"


def deleted(job: Job, *, gone: bool, grace_seconds: float) -> str:
    if gone:
        return f"🗑️ 已删除 {job.label}，{REGRET}"
    return f"⏳ 正在停止并删除 {job.label}，最多 {grace_seconds:g} 秒；{REGRET}"


def cleaned(cleaning: Cleaning, days: int) -> str:
    """What cleaning did; `days` is how long ended jobs are kept."""
    did = cleaning_in_words(cleaning)
    if not did:
        return f"🧹 没有要清理的：任务都正常，也没有结束超过 {days} 天的任务"
    return "\n".join(["🧹 清理完毕", *did])


def _with_label(done: str, detail: JobDetail, zone: ZoneInfo, said: str = "") -> str:
    job = detail.row.job
    if job.status is Status.FAILED:
        return f"❌ {job.label} 启动后失败：{job.reason}，发送 !任务日志 {job.number} 看日志"
    return f"✅ {done} {job.label}{said}\n{standing(detail, zone)}"


def _what_is_told(detail: JobDetail) -> list[str]:
    """Of a job whose successes are silent: so, and where they are to be seen."""
    if detail.tells_each:
        return []
    return [f"成功了不打扰，第一次失败和之后恢复时告诉你；结果都在 !任务日志 {detail.row.job.number}"]


def _is_done(run: Run) -> bool:
    if run.outcome is not None:
        return run.outcome.done
    return run.exit is not None and run.exit.code == 0
