"""What became of a request to act on a job."""

from zoneinfo import ZoneInfo

from jobs import Cleaning, Job, JobDetail, Status, cleaning_in_words
from plugins._replies.standing import standing


def created(detail: JobDetail, rhythm: str, zone: ZoneInfo) -> str:
    """A new job, with what was understood. `rhythm` is its recurrence in words, empty for one long run."""
    job = detail.row.job
    understood = f"{rhythm} · {detail.row.describes}" if rhythm else detail.row.describes
    state = standing(detail, zone)
    if job.status is Status.RUNNING:
        state += "，引用本条回复“停/日志/详情”即可操作"
    return "\n".join([f"✅ 已创建{detail.row.kind_title} #{job.number} · {job.id}", job.name, understood, state])


def started(detail: JobDetail, zone: ZoneInfo) -> str:
    return _with_label("已启动", detail, zone)


def restarted(detail: JobDetail, zone: ZoneInfo, *, settled: bool, grace_seconds: float) -> str:
    if not settled and detail.run is not None and detail.run.stop_requested_at is not None:
        return f"⏳ 正在重启 {detail.row.job.label}：等上一次运行退出，最多 {grace_seconds:g} 秒"
    return _with_label("已重启", detail, zone)


def stopped(job: Job, *, settled: bool, grace_seconds: float) -> str:
    if settled:
        return f"🔴 已停止 {job.label}"
    return f"⏳ 正在停止 {job.label}，最多 {grace_seconds:g} 秒"


def deleted(job: Job, *, gone: bool, grace_seconds: float) -> str:
    if gone:
        return f"🗑️ 已删除 {job.label}"
    return f"⏳ 正在停止并删除 {job.label}，最多 {grace_seconds:g} 秒"


def cleaned(cleaning: Cleaning, days: int) -> str:
    """What cleaning did; `days` is how long ended jobs are kept."""
    did = cleaning_in_words(cleaning)
    if not did:
        return f"🧹 没有要清理的：任务都正常，也没有结束超过 {days} 天的任务"
    return "\n".join(["🧹 清理完毕", *did])


def _with_label(done: str, detail: JobDetail, zone: ZoneInfo) -> str:
    job = detail.row.job
    if job.status is Status.FAILED:
        return f"❌ {job.label} 启动后失败：{job.reason}，发送 !任务日志 {job.number} 看日志"
    return f"✅ {done} {job.label}\n{standing(detail, zone)}"
