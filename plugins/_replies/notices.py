"""What chats are told unasked: a notification in words."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from jobs import (
    ESCALATED,
    ESCALATES,
    FLAPPING,
    JOB_COMPLETED,
    JOB_FAILED,
    OCCURRENCE_DONE,
    OCCURRENCE_FAILED,
    OCCURRENCE_MISSED,
    OCCURRENCE_SKIPPED,
    SLOTS_FREED,
    SUMMED_UP,
    Notification,
    shorten,
)
from plugins._replies import booking_notices
from plugins._replies.courts import named, slot_lines
from plugins._replies.naming import who
from plugins._replies.times import from_iso, late

SLOT_LINES_AT_MOST: Final = 8
_LOG_LINES_SHOWN: Final = 5
_LOG_LINE_WIDTH: Final = 120
JOB_LINES_AT_MOST: Final = 10
FLAPS: Final = "时好时坏，接下来先不逐条打扰，一小时内有变化合并告诉你"
_TO_THE_OWNER: Final = ("付款：", "发送 !", "正在查这个账号的订单")
_NAME_WIDTH: Final = 20
"""Characters of a job's name where many are told of in one message."""
_NOBODY_WAS_THERE: Final = "当时机器人没有运行"
"""The reason for what was missed where none is given."""

Data = Mapping[str, Any]
_UNHEARD: Final = "unheard"
"""In what a notification says, where the chat that is told is not listened to."""


def notice(notification: Notification, zone: ZoneInfo, tag: str = "", now: datetime | None = None) -> str:
    """The notification in words, behind `tag`, which marks a copy of what may have arrived before.

    `now`: when it is read; None: as soon as it was written.
    """
    words = facts(notification, zone, now)
    if notification.data.get(FLAPPING):
        words += f"\n{FLAPS}"
    if minutes := notification.data.get(ESCALATES):
        how = "引用本条回复" if notification.target.is_group else "回复"
        how = "请私聊我回复" if _UNHEARD in notification.data else how
        words += f"\n{how}“收到”表示知道了；{minutes} 分钟没有人回复，我再找别人"
    return f"{tag}{words}"


def unheard(notification: Notification) -> Notification:
    """For a chat in which the bot does not listen: whoever answers shall do it elsewhere."""
    return replace(notification, data={**notification.data, _UNHEARD: True})


def facts(notification: Notification, zone: ZoneInfo, now: datetime | None = None) -> str:
    """What has happened, without what the chat may do about the telling."""
    at = notification.created_at
    return _in_words(
        notification.topic,
        {"created_at": at.isoformat(), "now": (now or at).isoformat(), **notification.data},
        zone,
    )


def _in_words(topic: str, data: Mapping[str, Any], zone: ZoneInfo) -> str:
    try:
        words = _WORDS.get(topic, _something)(data, zone)
        return _summed_up(data, words) if SUMMED_UP in data else words
    except (AttributeError, KeyError, TypeError, ValueError):
        # Another version wrote the row in another shape: saying less is better than never saying it.
        return _something(data, zone)


_UNHEEDED: Final = ("🚨 {chat} 有要紧的事，已经 {minutes} 分钟没有人确认：", "；在那边回复也行")
_PASSED_ON: Final[Mapping[Any, tuple[str, str]]] = {
    "unknown": ("🚨 {minutes} 分钟前有要紧的事要告诉 {chat}，可能没能送达，也没有人确认：", ""),
    "never": ("🚨 {minutes} 分钟前有要紧的事要告诉 {chat}，没能送达：", ""),
}
"""Head and end by `arrival`; of what has arrived, `_UNHEEDED`."""


def escalated(data: Data, zone: ZoneInfo) -> str:
    """To a second person, or the pager: what, where, since when, and how it ends."""
    inner: Data = {"created_at": data["told_at"], "now": data["now"], **data["data"]}
    waited = datetime.fromisoformat(data["now"]) - datetime.fromisoformat(data["told_at"])
    lines = _in_words(data["topic"], inner, zone).splitlines()
    # What is said to those it belongs to would lead others nowhere.
    shown = [line for line in lines if not line.startswith(_TO_THE_OWNER)]
    minutes = max(1, int(waited.total_seconds() // 60))
    head, end = _PASSED_ON.get(data.get("arrival"), _UNHEEDED)
    return "\n".join([head.format(chat=data["chat"], minutes=minutes), *shown, f"看到请回复“收到”，就不再提醒{end}"])


def _summed_up(data: Data, last: str) -> str:
    """Of a job that failed and recovered again and again: how often, and what came last."""
    count: Data = data[SUMMED_UP]
    often = f"{count['failed']} 次失败、{count['recovered']} 次恢复"
    return f"📉 {who(data)} {often}，最后：{last.replace(f'{who(data)} ', '', 1)}"


def slots_freed(data: Data, _zone: ZoneInfo) -> str:
    """Grouped by day and hour: `11-23 周一 18:00 3号场、5号场 ¥30`; at its end how the first is booked."""
    slots: Sequence[Data] = data["slots"]
    lines = list(slot_lines(slots))
    shown = lines[:SLOT_LINES_AT_MOST]
    if len(lines) > len(shown):
        shown.append(f"…等共 {len(slots)} 个")
    what = "现有空场" if data.get("first") else "有新空场"
    venue = f"\n{named(data['venue'])}" if data.get("venue") else ""
    first = min(slots, key=lambda slot: (slot["date"], slot["hour"])) if slots and data.get("preset") else None
    book = [f"预订：!预订 {data['preset']} {first['date'][5:]} {first['hour']}"] if first else []
    return "\n".join([f"🎾 {who(data)} {what}{venue}", *shown, *book])


def job_failed(data: Data, zone: ZoneInfo) -> str:
    lines = [f"❌ {who(data)} 失败{late(data, zone)}：{data.get('reason') or '原因未知'}", *_log(data)]
    again = f"!启动任务 {data['number']} 再试，" if data.get("may_restart", True) else ""
    return "\n".join([*lines, f"发送 {again}!任务日志 {data['number']} 看日志"])


def job_completed(data: Data, zone: ZoneInfo) -> str:
    return f"✅ {who(data)} 已完成{late(data, zone)}：{data.get('reason') or '没有留下说明'}"


def occurrence_done(data: Data, zone: ZoneInfo) -> str:
    again = "恢复正常，" if data.get("recovered") else ""
    return (
        f"✅ {who(data)} {again}这次完成{late(data, zone)}：{data.get('reason') or '没有留下说明'}{_next(data, zone)}"
    )


def occurrence_failed(data: Data, zone: ZoneInfo) -> str:
    failures = data.get("failures") or 0
    row = f"（连续第 {failures} 次）" if failures > 1 else ""
    lines = [f"❌ {who(data)} 这次失败{row}{late(data, zone)}：{data.get('reason') or '原因未知'}", *_log(data)]
    return "\n".join(lines) + (_tried_again(data, zone) or _next(data, zone))


def occurrence_missed(data: Data, zone: ZoneInfo) -> str:
    """Of one job, or of several (`data["jobs"]`, each as one would be) in one message."""
    if "jobs" in data:
        return _missed_by_several(data["jobs"], zone)
    told = f"⚠️ {who(data)} 错过了 {_missed(data, zone)}：{data.get('reason') or _NOBODY_WAS_THERE}{_next(data, zone)}"
    return f"{told}\n现在补一次：!立即执行 {data['number']}"


def occurrence_skipped(data: Data, zone: ZoneInfo) -> str:
    when = from_iso(data.get("first"), zone)
    return f"⏭️ {who(data)} 跳过了 {when} 的一次：{data.get('reason') or '原因未知'}{_next(data, zone)}"


def _missed_by_several(jobs: Sequence[Data], zone: ZoneInfo) -> str:
    reasons = list(dict.fromkeys(data.get("reason") or _NOBODY_WAS_THERE for data in jobs))
    at_least = "至少" if any(data.get("more") for data in jobs) else ""
    lines = [
        f"⚠️ {len(jobs)} 个任务错过了{at_least} {sum(data.get('count', 1) for data in jobs)} 次：{'；'.join(reasons)}"
    ]
    for data in jobs[:JOB_LINES_AT_MOST]:
        name = shorten(str(data.get("name", "任务")), _NAME_WIDTH)
        next_at = from_iso(data.get("next_at"), zone)
        lines.append(f"#{data['number']} {name} {_missed(data, zone)}{f'，下次 {next_at}' if next_at else ''}")
    if len(jobs) > JOB_LINES_AT_MOST:
        lines.append(f"…等共 {len(jobs)} 个任务")
    lines.append(f"现在补一次：!立即执行 编号，例如 !立即执行 {jobs[0]['number']}")
    return "\n".join(lines)


def _missed(data: Data, zone: ZoneInfo) -> str:
    """`11-23 周一 12:00:00 的一次`, `11-20 周五 12:00:00 到 11-23 周一 12:00:00 的至少 2000 次`."""
    first, last, count = from_iso(data.get("first"), zone), from_iso(data.get("last"), zone), data.get("count", 1)
    if count == 1:
        return f"{first} 的一次"
    return f"{first} 到 {last} 的{'至少' if data.get('more') else ''} {count} 次"


def _something(data: Data, _zone: ZoneInfo) -> str:
    """A topic this version has no words for; a newer engine wrote it."""
    return f"ℹ️ {who(data)} {data.get('reason') or '有新情况，发送 !任务详情 查看'}"


def _next(data: Data, zone: ZoneInfo) -> str:
    at = from_iso(data.get("next_at"), zone)
    return f"\n下次 {at}" if at else ""


def _tried_again(data: Data, zone: ZoneInfo) -> str:
    """Of a failure after which the next run is another try (`retries`); `quiet`: more failures would not be told."""
    at = from_iso(data.get("next_at"), zone)
    if not at or not data.get("retries"):
        return ""
    silence = f"；再失败不打扰，恢复了告诉你，停下它：!停止任务 {data['number']}" if data.get("quiet") else ""
    return f"\n{at} 再试{silence}"


def _log(data: Data) -> list[str]:
    lines: Sequence[str] = data.get("log") or ()
    shown = [shorten(line, _LOG_LINE_WIDTH) for line in lines[-_LOG_LINES_SHOWN:]]
    return ["最后的日志：", *shown] if shown else []


_WORDS: Final[Mapping[str, Callable[[Data, ZoneInfo], str]]] = {
    SLOTS_FREED: slots_freed,
    JOB_FAILED: job_failed,
    JOB_COMPLETED: job_completed,
    OCCURRENCE_DONE: occurrence_done,
    OCCURRENCE_FAILED: occurrence_failed,
    OCCURRENCE_MISSED: occurrence_missed,
    OCCURRENCE_SKIPPED: occurrence_skipped,
    ESCALATED: escalated,
    **booking_notices.WORDS,
}
