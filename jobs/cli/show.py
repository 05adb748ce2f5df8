"""Words and documents for the terminal. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from jobs.cli.advice import advice_for_a_shell
from jobs.engine import JobDetail, JobPage, JobRow
from jobs.models.cleaning import Cleaning, cleaning_in_words
from jobs.models.durations import seconds_in_words
from jobs.models.ids import JobId
from jobs.models.job import Job, Status
from jobs.models.occurrence_words import occurrence_in_words, punctuality_in_words, why_missed
from jobs.models.outlook import is_rough
from jobs.models.recurrence import follows_its_runs, in_words
from jobs.models.recurrence_words import whose_time
from jobs.models.run import Run, RunStatus
from jobs.models.venue import Preset
from jobs.ports.meter import Usage

_OCCURRENCES_SHOWN: Final = 5
_NAMED_AT_MOST: Final = 1000
"""Of the jobs that were cleaned away: an operator wants all, a terminal has an end."""


def job_document(row: JobRow, run: Run | None, usage: Usage | None) -> dict[str, Any]:
    """One job of `sja jobs --json`; instants are ISO 8601 UTC, `run` is its open run, null where there is none.

    `cpu_percent` is of one core since the run's process started; `memory_bytes` and `own_memory_bytes` as in `Usage`.
    `restarts` counts those by itself since a person started the job; a run that waits for one has no `queue_position`.
    `next_at` is the next instant it acts at: that of `armed_for`, which its run waits for already, comes first.
    `failures` counts those in a row; `paused_at` is null also where the pause is too long ago to be told.
    """
    job = row.job
    return {
        "id": job.id,
        "number": job.number,
        "name": job.name,
        "kind": job.kind,
        "status": job.status.value,
        "pid": run.worker.pid if run and run.worker else None,
        "owner": job.owner,
        "origin": msgspec.to_builtins(job.origin),
        "created_at": iso(job.created_at),
        "next_at": iso(row.next_at),
        "last_result": (row.progress.sentence if run and row.progress else job.last_result) or None,
        "reason": job.reason or None,
        "failures": job.failures,
        "armed_for": iso(row.armed_for),
        "paused_at": iso(row.paused_at),
        "config": job.config,
        "run_id": run.id if run else None,
        "restarts": run.restarts if run else None,
        "queue_position": row.queue_position,
        "restarts_at": iso(row.restarts_at),
        "cpu_percent": round(usage.cpu_percent, 2) if usage else None,
        "memory_bytes": usage.memory_bytes if usage else None,
        "own_memory_bytes": usage.own_bytes if usage else None,
        "uptime_seconds": round(usage.uptime_seconds, 1) if usage else None,
    }


def jobs_text(page: JobPage, runs: Mapping[JobId, Run], zone: str) -> str:
    """The list for eyes."""
    if not page.rows:
        return "还没有任务。创建第一个：sja create-monitor --name 南洋北苑健身房监控 --preset 13"
    lines = [f"📋 任务列表（共 {page.total} 个）"]
    for row in page.rows:
        job, run = row.job, runs.get(row.job.id)
        lines.append(f"{job.status.icon} #{job.number} {job.id} {job.name}")
        lines.append(f"   {' · '.join(_facts(row, run, zone))}")
    return "\n".join(lines)


def detail_text(detail: JobDetail, zone: str) -> str:
    """Everything about one job."""
    job, run = detail.row.job, detail.run
    why = f"（{advice_for_a_shell(job.reason)}）" if job.reason and why_missed(job) is None else ""
    lines = [
        f"{job.status.icon} #{job.number} {job.id} {job.name}",
        f"类型：{detail.row.kind_title}    状态：{status_text(job)}{why}",
        f"配置：{' · '.join([*_rhythm(job, zone), detail.row.describes])}",
        f"发起人：{job.owner or '操作员'}    创建于：{local(job.created_at, zone)}",
    ]
    if run is not None and run.worker is not None and run.is_open:
        usage = detail.usage
        used = (
            f"，CPU {usage.cpu_percent:.1f}%，内存 {(usage.own_bytes or usage.memory_bytes) / 2**20:.1f} MB"
            if usage
            else ""
        )
        up = f"，已运行{seconds_in_words(max(int(usage.uptime_seconds), 1))}" if usage else ""
        lines.append(f"进程：{run.worker.pid}{used}{up}")
    lines += [f"等待：{words}" for words in _in_line(detail.row, zone)]
    if run is not None and run.restarts:
        lines.append(f"自动重启：{run.restarts} 次")
    lines += _rhythm_lines(detail, zone)
    if run is not None and run.exit is not None:
        words = advice_for_a_shell(run.outcome.sentence) if run.outcome else run.exit.words
        lines.append(f"上次结束：{words}")
    if detail.occurrences:
        lines.append("最近几次：")
        latest = detail.occurrences[:_OCCURRENCES_SHOWN]
        lines += [f"  {local(one.scheduled_at, zone)} {occurrence_in_words(one)}" for one in latest]
    return "\n".join(lines)


def status_text(job: Job) -> str:
    """`运行中`, `等待下一次`, `已错过（当时机器人没有运行），运行 sja job-run 7 补一次`."""
    why = why_missed(job)
    if why is not None:
        return f"已错过（{why}），运行 sja job-run {job.number} 补一次"
    waits = job.status is Status.PENDING and job.next_at is not None
    return "等待下一次" if waits else job.status.words


def extra_run_text(detail: JobDetail, zone: str) -> str:
    """How the one run stands that somebody has just asked for."""
    job, run = detail.row.job, detail.run
    if run is not None and run.status is RunStatus.ENDED:
        return f"{job.label} 执行了一次：{advice_for_a_shell(job.last_result) or '没有留下说明'}"
    if run is not None and run.status is not RunStatus.QUEUED:
        return f"🟢 {job.label} 正在立即执行一次，看结果：sja job-logs {job.number}"
    return f"⏳ {job.label} 立即执行一次：{'，'.join(_in_line(detail.row, zone)) or '马上开始'}"


def next_text(detail: JobDetail, zone: str) -> str:
    """`接下来：11-23 12:00:00、…`; empty where nothing does. `约`: it depends on how long the runs before take."""
    job = detail.row.job
    rough = ["约 " if is_rough(job, place) else "" for place in range(len(detail.upcoming))]
    instants = [roughly + local(at, zone) for roughly, at in zip(rough, detail.upcoming, strict=True)]
    return f"接下来{whose_time(job.recurrence, zone)}：{'、'.join(instants)}" if instants else ""


def _rhythm_lines(detail: JobDetail, zone: str) -> Iterator[str]:
    row, job = detail.row, detail.row.job
    if row.armed_for is not None:
        yield f"{_readiness(row)}：{local(row.armed_for, zone)} 出手"
    if row.paused_at is not None:
        yield f"暂停：{local(row.paused_at, zone)} 起"
    if following := next_text(detail, zone):
        yield following
    if detail.moved_from is not None:
        yield f"已调整：下次原定 {local(detail.moved_from, zone)}"
    if job.failures and job.next_at is not None and job.status is not Status.PAUSED:
        again = f"，{local(job.next_at, zone)} 再试" if follows_its_runs(job.recurrence) else ""
        yield f"连续失败：{job.failures} 次{again}"
    if detail.punctuality is not None:
        yield f"误点：{punctuality_in_words(detail.punctuality)}"


def cleaning_text(cleaning: Cleaning) -> str:
    """What cleaning did."""
    did = cleaning_in_words(cleaning, named=_NAMED_AT_MOST)
    return "\n".join(["🧹 清理完毕", *did]) if did else "🧹 没有要清理的"


def presets_text(presets: Sequence[Preset]) -> str:
    """One preset a line; those that have no number are none of ours, only listed by the platform."""
    return "\n".join(f"{preset.number or '-':>3}  {preset.title}" for preset in presets)


def local(at: datetime, zone: str) -> str:
    """`11-23 12:00:00` in the reader's zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%m-%d %H:%M:%S}"


def _facts(row: JobRow, run: Run | None, zone: str) -> list[str]:
    job = row.job
    facts = [row.kind_title, *_rhythm(job, zone), row.describes]
    if run is not None and run.worker is not None:
        facts.append(f"进程 {run.worker.pid}")
    facts += _in_line(row, zone)
    if row.armed_for is not None:
        facts.append(f"{_readiness(row)}，{local(row.armed_for, zone)} 出手")
    elif run is not None and row.progress is not None:
        facts.append(advice_for_a_shell(row.progress.sentence))
    elif job.status is Status.PAUSED:
        facts.append(f"已暂停（{local(row.paused_at, zone)} 起）" if row.paused_at else "已暂停")
    elif job.next_at is not None:
        failures = f"连续失败 {job.failures} 次，" if job.failures else ""
        facts.append(f"{failures}下次 {local(job.next_at, zone)}")
    elif why_missed(job) is not None:
        facts.append(status_text(job))
    elif job.reason or job.last_result:
        facts.append(advice_for_a_shell(job.reason or job.last_result))
    return facts


def _readiness(row: JobRow) -> str:
    return "已就位" if row.is_ready else "准备中"


def _in_line(row: JobRow, zone: str) -> list[str]:
    if row.turn_of is not None:
        return [f"等 {row.turn_of}结束"]
    if row.queue_position is not None:
        return [f"排队第{row.queue_position}"]
    if row.restarts_at is not None and row.queued is not None:
        again = f"自动重启（第 {row.queued.restarts} 次）" if row.queued.restarts else "再试"
        return [f"{local(row.restarts_at, zone)} {again}"]
    return []


def _rhythm(job: Job, zone: str) -> list[str]:
    return [in_words(job.recurrence, zone)] if job.recurrence else []


def iso(at: datetime | None) -> str | None:
    """For documents: ISO 8601, UTC."""
    return at.isoformat() if at else None


def no_log_text(job: Job, search: str, since: str | None) -> str:
    """Why no line of a log is shown; `search` and `since` as they were typed."""
    look = f"sja job-logs {job.number} 看最近的"
    if since is not None:
        return f"{job.label} 从 {since} 起没有{f'含“{search}”的' if search else ''}日志，{look}"
    return f"{job.label} 的日志里没有“{search}”，{look}" if search else f"{job.label} 还没有日志"
