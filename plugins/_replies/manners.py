"""Replies about being told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jobs import ChatSettings, Notification, quiet_in_words, seconds_in_words
from plugins._replies.notices import facts

_SHOWN_AT_MOST: Final = 5
_TO_DO: Final = ("⏰ 付款期限", "付款：", "发送 !登录")
"""Lines of a notification that say what is left to do."""
_ICONS: Final = "🎉⏰🔑❓ "


def acknowledged(told: Sequence[Notification], zone: ZoneInfo, now: datetime) -> str:
    """What was acknowledged, and what is left to do of the latest."""
    titles = [facts(one, zone, now).splitlines()[0].lstrip(_ICONS) for one in told]
    todo = [line for line in facts(told[-1], zone, now).splitlines()[1:] if line.startswith(_TO_DO)]
    if len(titles) == 1:
        return "\n".join([f"👌 知道你看到了，不再提醒：{titles[0]}", *todo])
    shown = [f"· {title}" for title in titles[-_SHOWN_AT_MOST:]]
    more = [f"…等共 {len(titles)} 条"] if len(titles) > len(shown) else []
    return "\n".join([f"👌 知道你看到了，这 {len(titles)} 条不再提醒：", *shown, *more, *todo])


def nothing_open() -> str:
    return "👌 现在没有等人确认的通知；订到了、要付款、要登录时我会说，那时再回复“收到”"


def settings_in_words(settings: ChatSettings, *, in_group: bool, pictures_usual: bool) -> str:
    """How a chat is told, and how to change it."""
    usual = "图片" if pictures_usual else "文字"
    pictures = {None: f"默认（现在是{usual}）", True: "是", False: "否"}[settings.prefers_pictures]
    second = "无"
    if settings.escalate_to is not None:
        wait = _wait(settings.escalate_after_seconds)
        second = f"要紧事{wait}没有人回复“收到”，就私聊告诉 QQ {settings.escalate_to}"
    quiet = quiet_in_words(settings.quiet)
    lines = [
        f"🔔 {'本群' if in_group else '你'}的通知设置",
        f"静默：{quiet}{'（要紧事照常，其余到点合并告诉你）' if settings.quiet else ''}",
        f"第二联系人：{second}",
        f"图：{pictures}",
        "改：!通知设置 静默=23-8，还有 第二联系人=QQ号、等待=10分钟、图=是；不要就写 无",
    ]
    return "\n".join(lines)


def _wait(seconds: int) -> str:
    """As people say it: `1分钟`, where intervals are said in seconds."""
    return f"{seconds // 60}分钟" if seconds < 3600 and seconds % 60 == 0 else seconds_in_words(seconds)
