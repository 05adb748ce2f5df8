"""Who did what when, in words: acts on jobs, and on everything else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from jobs.models.audit import Audit
from jobs.models.change import Event
from jobs.models.ids import JobId
from jobs.models.job import Job

_VERBS: Final[Mapping[str, str]] = {
    "job.created": "创建",
    "job.started": "启动",
    "job.stopped": "停止",
    "job.stop_requested": "停止",
    "job.restarted": "重启",
    "job.restart_requested": "重启",
    "job.paused": "暂停",
    "job.pause_requested": "暂停",
    "job.resumed": "继续",
    "job.resume_requested": "继续",
    "job.deleted": "删除",
    "job.delete_requested": "删除",
    "job.run_now": "立即执行",
    "job.reordered": "调整",
    "job.edited": "修改",
    "job.undone": "撤销对它的操作",
    "account.added": "添加",
    "account.updated": "更新",
    "account.removed": "删除",
    "account.default": "设为默认",
    "account.shared": "共享",
    "account.unshared": "取消共享",
    "account.logged_in": "登录",
    "account.refused": "登录被拒",
    "booking.asked": "预订",
    "order.cancel_asked": "要求取消",
    "order.cancelled": "取消",
    "chat.settled": "群设置",
    "chat.quota": "配额",
    "chat.granted": "授权",
    "chat.revoked": "取消授权",
    "chat.manners": "通知设置",
    "settings.reloaded": "重载配置",
    "backup.made": "备份",
}
"""What people did, by the type of the event or the act of the audit. What is missing here is shown by its subject."""


class Deed(Struct, frozen=True, kw_only=True):
    """One act of a person's. `actor` as in events; `job`, where it is one on a job, whose row may be gone."""

    at: datetime
    actor: str
    act: str
    subject: str
    job_id: JobId | None = None


def deed_on_job(event: Event, job: Job | None) -> Deed:
    """`event`: one with an actor. `job`: None where its row is gone."""
    assert event.actor is not None
    subject = job.label if job is not None else str(event.data.get("name", f"任务 {event.job_id}"))
    return Deed(
        at=event.at, actor=event.actor, act=event.type, subject=subject + _more(event.data), job_id=event.job_id
    )


def deed_elsewhere(audit: Audit) -> Deed:
    return Deed(at=audit.at, actor=audit.actor, act=audit.act, subject=audit.subject)


def deed_in_words(deed: Deed, zone: ZoneInfo) -> str:
    """`11-22 12:00:03 QQ20001 停止 #7 晚场监控`."""
    verb = _VERBS.get(deed.act, "")
    words = [f"{deed.at.astimezone(zone):%m-%d %H:%M:%S}", actor_in_words(deed.actor), verb, deed.subject]
    return " ".join(filter(None, words))


def actor_in_words(actor: str) -> str:
    """`QQ20001`, `命令行`."""
    if actor.startswith("qq:"):
        return f"QQ{actor.removeprefix('qq:')}"
    return {"operator": "命令行", "superuser": "超级用户"}.get(actor, actor)


def _more(data: Mapping[str, Any]) -> str:
    """What an event says itself of what was done, where it is short."""
    words: object = data.get("words")
    return f"（{words}）" if isinstance(words, str) and len(words) <= 100 else ""
