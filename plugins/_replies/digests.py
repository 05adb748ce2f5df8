"""Several notifications as one message: a line each, and what to send next."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jobs import FLAPPING, SLOTS_FREED, Notification, shorten
from plugins._replies.naming import who
from plugins._replies.notices import FLAPS, facts, notice

_CHARACTERS: Final = 800
"""Of all lines together: with title and end the message stays a plain text."""
_WIDEST: Final = 100
_NARROWEST: Final = 36
_SEVERAL: Final = re.compile(r"📬 .*?(\d{1,4}) 条通知")
_TAG: Final = re.compile(r"\A\s*（[^）\n]{1,8}）")


def message(notifications: Sequence[Notification], zone: ZoneInfo, tag: str, now: datetime) -> str:
    """One in full, several as a digest; behind `tag`."""
    if len(notifications) == 1:
        return notice(notifications[0], zone, tag, now)
    return f"{tag}{digest(notifications, zone, now)}"


def digest(notifications: Sequence[Notification], zone: ZoneInfo, now: datetime) -> str:
    """In the order they were written, each with its time of day, and its day where that is not today."""
    lines = [_line(one, zone, now, len(notifications)) for one in notifications]
    return "\n".join([_title(notifications), *lines, *_flapping(notifications), _next_step(notifications)])


def tells(text: str, notification: Notification, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a message that was said then tells it: in full, whatever was said besides, or as a line of a digest."""
    said = _lines_of(_TAG.sub("", text))
    if said and (several := _SEVERAL.match(said[0])):
        return _line(notification, zone, now, int(several[1])) in said
    left = iter(said)
    return all(line in left for line in _lines_of(facts(notification, zone, now)))


def _lines_of(text: str) -> list[str]:
    """Without what a platform may take away from a text."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _line(one: Notification, zone: ZoneInfo, now: datetime, together: int) -> str:
    width = min(max(_CHARACTERS // together, _NARROWEST), _WIDEST)
    return shorten(f"{_when(one, zone, now)} {_gist(one, zone)}", width)


def _title(notifications: Sequence[Notification]) -> str:
    jobs = {one.job_id for one in notifications}
    if len(jobs) == 1 and None not in jobs:
        return f"📬 {who(notifications[-1].data)} 有 {len(notifications)} 条通知"
    about = f"，关于 {len(jobs)} 个任务" if None not in jobs else ""
    return f"📬 合并告诉你 {len(notifications)} 条通知{about}"


def _when(one: Notification, zone: ZoneInfo, now: datetime) -> str:
    at, today = one.created_at.astimezone(zone), now.astimezone(zone).date()
    return f"{at:%H:%M}" if at.date() == today else f"{at:%m-%d %H:%M}"


def _gist(one: Notification, zone: ZoneInfo) -> str:
    """The first line of what would be said; of courts also the first of them."""
    lines = facts(one, zone).splitlines()
    if one.topic != SLOTS_FREED:
        return lines[0]
    courts = [line for line in lines[1:] if line[:1].isdigit()]
    more = " 等" if len(courts) > 1 else ""
    return f"{lines[0]}：{courts[0]}{more}" if courts else lines[0]


def _flapping(notifications: Sequence[Notification]) -> Iterator[str]:
    for one in notifications:
        if one.data.get(FLAPPING):
            yield f"{who(one.data)} {FLAPS}"


def _next_step(notifications: Sequence[Notification]) -> str:
    numbers = list(dict.fromkeys(str(one.data["number"]) for one in notifications if "number" in one.data))
    if not numbers:
        return "看全部任务：!任务列表"
    if len(numbers) == 1:
        return f"看详情：!任务详情 {numbers[0]}，看日志：!任务日志 {numbers[0]}"
    return f"看详情：!任务详情 编号，例如 !任务详情 {numbers[-1]}"
