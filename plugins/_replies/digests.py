"""Several notifications as one message: a line each, and what to send next."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from jobs import FLAPPING, SLOTS_FREED, Notification, shorten
from plugins._replies.courts import day_hour_counts
from plugins._replies.naming import who
from plugins._replies.notices import FLAPS, facts, notice

_CHARACTERS: Final = 800
"""Of all lines together: with title and end the message stays a plain text."""
_WIDEST: Final = 100
_NARROWEST: Final = 36
_STALE: Final = timedelta(minutes=30)
"""Courts that were freed longer ago are mostly gone."""
_SEVERAL: Final = re.compile(r"📬 .*?(\d{1,4}) 条通知")
_TAG: Final = re.compile(r"\A\s*（[^）\n]{1,8}）")


def message(notifications: Sequence[Notification], zone: ZoneInfo, tag: str, now: datetime) -> str:
    """One in full, several as a digest; behind `tag`."""
    if len(notifications) == 1:
        return notice(notifications[0], zone, tag, now)
    return f"{tag}{digest(notifications, zone, now)}"


def digest(notifications: Sequence[Notification], zone: ZoneInfo, now: datetime) -> str:
    """In the order they were written, each with its time of day, and its day where that is not today. Of a job's free
    courts only the latest news."""
    counts = Counter(_whose(one) for one in notifications if one.topic == SLOTS_FREED)
    latest = {_whose(one): one for one in notifications if one.topic == SLOTS_FREED}
    lines: list[str] = []
    for one in notifications:
        if one.topic != SLOTS_FREED:
            lines.append(_line(one, zone, now, len(notifications)))
        elif latest[_whose(one)] is one:
            lines.append(_courts_line(one, counts[_whose(one)], zone, now, len(notifications)))
    return "\n".join([_title(notifications), *lines, *_flapping(notifications), _next_step(notifications, now)])


def tells(text: str, notification: Notification, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a message that was said then tells it: in full, whatever was said besides, or as a line of a digest."""
    said = _lines_of(_TAG.sub("", text))
    if said and (several := _SEVERAL.match(said[0])):
        if notification.topic == SLOTS_FREED:
            # Only the latest of the job is a line, which says how long ago that was.
            return any(f" 🎾 {who(notification.data)}" in line for line in said)
        return _line(notification, zone, now, int(several[1])) in said
    left = iter(said)
    return all(line in left for line in _lines_of(facts(notification, zone, now)))


def _lines_of(text: str) -> list[str]:
    """Without what a platform may take away from a text."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _line(one: Notification, zone: ZoneInfo, now: datetime, together: int) -> str:
    """The first line of what would be said."""
    return shorten(f"{_when(one, zone, now)} {facts(one, zone).splitlines()[0]}", _width(together))


def _width(together: int) -> int:
    return min(max(_CHARACTERS // together, _NARROWEST), _WIDEST)


def _courts_line(one: Notification, count: int, zone: ZoneInfo, now: datetime, together: int) -> str:
    """What is free by day and hour, as of the latest of so many; of what is long ago, where to look now."""
    title = f"{_when(one, zone, now)} {facts(one, zone).splitlines()[0]}"
    times = f" {count} 次" if count > 1 else ""
    if _is_stale(one, now):
        preset = one.data.get("preset")
        where = f"!查询 {preset}" if preset else f"!任务详情 {one.data.get('number', '')}".rstrip()
        end = f" 期间空场有变化{times}，现在的：{where}"
        begun = f"{_when(one, zone, now)} 🎾 {who(one.data)}"
        return shorten(begun, max(_WIDEST - len(end), _NARROWEST)) + end
    minutes = int((now - one.created_at).total_seconds() // 60)
    ago = f"{'，最近 ' if times else '，'}{minutes} 分钟前" if minutes > 0 else ""
    return shorten(f"{title}{times}{ago}：{_counted(one)}".rstrip("："), max(_width(together), _WIDEST))


def _counted(one: Notification) -> str:
    try:
        return "；".join(day_hour_counts(one.data["slots"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""


def _is_stale(one: Notification, now: datetime) -> bool:
    return now - one.created_at > _STALE


def _whose(one: Notification) -> str:
    return str(one.job_id or one.data.get("number"))


def _title(notifications: Sequence[Notification]) -> str:
    jobs = {one.job_id for one in notifications}
    if len(jobs) == 1 and None not in jobs:
        return f"📬 {who(notifications[-1].data)} 有 {len(notifications)} 条通知"
    about = f"，关于 {len(jobs)} 个任务" if None not in jobs else ""
    return f"📬 合并告诉你 {len(notifications)} 条通知{about}"


def _when(one: Notification, zone: ZoneInfo, now: datetime) -> str:
    at, today = one.created_at.astimezone(zone), now.astimezone(zone).date()
    return f"{at:%H:%M}" if at.date() == today else f"{at:%m-%d %H:%M}"


def _flapping(notifications: Sequence[Notification]) -> Iterator[str]:
    for one in notifications:
        if one.data.get(FLAPPING):
            yield f"{who(one.data)} {FLAPS}"


def _next_step(notifications: Sequence[Notification], now: datetime) -> str:
    presets = Counter(one.data.get("preset") for one in notifications if one.topic == SLOTS_FREED)
    preset, times = presets.most_common(1)[0] if presets else (None, 0)
    last = next((one for one in reversed(notifications) if preset and one.data.get("preset") == preset), None)
    if last is not None and 2 * times > len(notifications) and not _is_stale(last, now) and _counted(last):
        return f"看空场并预订：!查询 {preset} {min(slot['date'] for slot in last.data['slots'])[5:]}"
    numbers = list(dict.fromkeys(str(one.data["number"]) for one in notifications if "number" in one.data))
    if not numbers:
        return "看全部任务：!任务列表"
    if len(numbers) == 1:
        return f"看详情：!任务详情 {numbers[0]}，看日志：!任务日志 {numbers[0]}"
    return f"看详情：!任务详情 编号，例如 !任务详情 {numbers[-1]}"
