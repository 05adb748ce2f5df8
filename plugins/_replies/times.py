"""Instants, as people in the bot's time zone read them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from jobs import lateness_in_words

_DAYS: Final = "一二三四五六日"


def day_and_time(at: datetime, zone: ZoneInfo) -> str:
    """`11-23 周一 12:00:00`."""
    local = at.astimezone(zone)
    return f"{local:%m-%d} 周{_DAYS[local.weekday()]} {local:%H:%M:%S}"


def day_and_clock(at: datetime, zone: ZoneInfo) -> str:
    """`11-23 12:00:00`: for lists of instants."""
    return f"{at.astimezone(zone):%m-%d %H:%M:%S}"


def late(data: Mapping[str, Any], zone: ZoneInfo) -> str:
    """`（补 11-22 12:00 的，迟 50.7 秒）` of a run that began long after its instant; empty for any other."""
    seconds, scheduled_at = data.get("late_seconds"), data.get("scheduled_at")
    if seconds is None or scheduled_at is None:
        return ""
    local = datetime.fromisoformat(scheduled_at).astimezone(zone)
    instant = f"{local:%m-%d %H:%M:%S}" if local.second else f"{local:%m-%d %H:%M}"
    return f"（补 {instant} 的，{lateness_in_words(seconds)}）"


def clock(at: datetime, zone: ZoneInfo) -> str:
    """`12:00:05`: for instants of the next or last minutes."""
    return f"{at.astimezone(zone):%H:%M:%S}"


def from_iso(text: object, zone: ZoneInfo) -> str:
    """`day_and_time` of an ISO instant out of a notification's data; empty for anything else."""
    try:
        return day_and_time(datetime.fromisoformat(text), zone) if isinstance(text, str) else ""
    except ValueError:
        return ""
