"""Who did what when, in words: acts on jobs, and on everything else."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
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
    "job.undone": "撤销了对",
    "account.added": "添加",
    "account.updated": "更新",
    "account.removed": "删除",
    "account.default": "设为默认",
    "account.shared": "共享",
    "account.unshared": "取消共享",
    "account.logged_in": "登录",
    "account.refused": "登录被拒",
    "booking.asked": "预订",
    "booking.confirmed": "订到",
    "booking.uncertain": "预订（结果不明）",
    "booking.absent": "没有订到",
    "booking.paid": "付款",
    "booking.cancelled": "取消订单",
    "booking.expired": "过期没有付款",
    "booking.untracked": "不再跟进",
    "booking.reminded": "被提醒付款",
    "order.cancel_asked": "要求取消订单",
    "order.cancelled": "取消订单",
    "chat.settled": "群设置",
    "chat.quota": "配额",
    "chat.granted": "授权",
    "chat.revoked": "取消授权",
    "chat.manners": "通知设置",
    "settings.reloaded": "重载配置",
    "backup.made": "备份",
}
"""What people did, by the type of the event or the act of the audit: every one that is written with an actor."""
_UNDONE: Final[Mapping[str, str]] = {"edit": "修改", "stop": "停止", "delete": "删除"}
"""What was taken back, by `models.regret.Act`."""
_BECAME: Final = frozenset(
    {"booking.absent", "booking.paid", "booking.expired", "booking.untracked", "booking.reminded"}
)
"""What became of what somebody booked: nobody's act."""
_BOOKED: Final = frozenset({"booking.confirmed", "booking.uncertain"})
_CANCELLED: Final = frozenset({"order.cancel_asked", "booking.cancelled"})
_AT_ONCE: Final = timedelta(minutes=10)
"""Within which what was asked of the platform has turned out."""
_WHOSE: Final = re.compile(r"（(qq:[0-9]+|operator)）")


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
    more = _undone(event.data) if event.type == "job.undone" else _more(event.data)
    return Deed(at=event.at, actor=event.actor, act=event.type, subject=subject + more, job_id=event.job_id)


def deed_elsewhere(audit: Audit) -> Deed:
    return Deed(at=audit.at, actor=audit.actor, act=audit.act, subject=audit.subject)


def without_echoes(audits: Sequence[Audit]) -> list[Audit]:
    """One for each thing that was done: not the asking where its outcome is there as well, nor what became of it later.
    Latest first, as they came."""
    kept: list[Audit] = []
    latest: dict[tuple[str, str], Audit] = {}
    for audit in audits:
        about = _about(audit)
        after = latest.get(about) if about is not None else None
        is_echo = after is not None and after.at - audit.at <= _AT_ONCE and audit.act not in (after.act, *_BOOKED)
        if audit.act not in _BECAME and not is_echo:
            kept.append(audit)
        if about is not None:
            latest[about] = audit
    return kept


def deed_in_words(deed: Deed, zone: ZoneInfo) -> str:
    """`11-22 12:00:03 QQ20001 停止 #7 晚场监控`."""
    verb = _VERBS.get(deed.act, deed.act)
    who = actor_in_words(deed.actor)
    subject = _WHOSE.sub(lambda whose: f"（{actor_in_words(whose[1])}）", deed.subject).replace(f"（{who}）", "")
    return f"{deed.at.astimezone(zone):%m-%d %H:%M:%S} {who} {verb} {subject}".rstrip()


def actor_in_words(actor: str) -> str:
    """`QQ20001`, `命令行`."""
    if actor.startswith("qq:"):
        return f"QQ{actor.removeprefix('qq:')}"
    return {"operator": "命令行", "superuser": "超级用户"}.get(actor, actor)


def _about(audit: Audit) -> tuple[str, str] | None:
    """What acts have in common that are one to a person; None: this is no part of several."""
    if audit.act == "booking.asked" or audit.act in _BOOKED:
        return audit.actor, ""
    if audit.act == "order.cancelled" or audit.act in _CANCELLED:
        return audit.actor, audit.subject.rpartition(" ")[2]  # The order's number.
    return None


def _undone(data: Mapping[str, Any]) -> str:
    act = _UNDONE.get(str(data.get("act")))
    return f" 的{act}" if act else " 的上一次操作"


def _more(data: Mapping[str, Any]) -> str:
    """What an event says itself of what was done, where it is short."""
    words: object = data.get("words")
    return f"（{words}）" if isinstance(words, str) and len(words) <= 100 else ""
