"""Instants, as people in the bot's time zone read them."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_DAYS: Final = "一二三四五六日"


def day_and_time(at: datetime, zone: ZoneInfo) -> str:
    """`11-23 周一 12:00:00`."""
    local = at.astimezone(zone)
    return f"{local:%m-%d} 周{_DAYS[local.weekday()]} {local:%H:%M:%S}"


def day_and_clock(at: datetime, zone: ZoneInfo) -> str:
    """`11-23 12:00:00`: for lists of instants."""
    return f"{at.astimezone(zone):%m-%d %H:%M:%S}"


def clock(at: datetime, zone: ZoneInfo) -> str:
    """`12:00:05`: for instants of the next or last minutes."""
    return f"{at.astimezone(zone):%H:%M:%S}"


def from_iso(text: object, zone: ZoneInfo) -> str:
    """`day_and_time` of an ISO instant out of a notification's data; empty for anything else."""
    try:
        return day_and_time(datetime.fromisoformat(text), zone) if isinstance(text, str) else ""
    except ValueError:
        return ""
