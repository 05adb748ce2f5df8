"""Choosing among slots and saying them. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from jobs.models.venue import Preset, Slot, Target, resolve_preset


def wanted_date(target: Target, now: datetime, zone: ZoneInfo) -> date | None:
    """The day a target means at the instant `now`; None: every day."""
    if target.date is not None:
        return target.date
    if target.date_offset is not None:
        return now.astimezone(zone).date() + timedelta(days=target.date_offset)
    return None


def best_slot(free: Sequence[Slot], hours: Sequence[int]) -> Slot:
    """The slot to take: by preference of hour, then the earliest day, then the court's name. `free` is not empty."""
    rank = {hour: place for place, hour in reversed(list(enumerate(hours)))}
    return min(free, key=lambda slot: (rank.get(slot.hour, len(rank)), slot.date, slot.court))


def slot_words(slot: Slot) -> str:
    """`11-23 18:00 3号场 ¥30.00`."""
    price = f" ¥{slot.price}" if slot.price else ""
    return f"{slot.date:%m-%d} {slot.hour:02d}:00 {slot.court}{price}"


_OFFSETS: Final = {0: "当天的场", 1: "次日的场"}


def target_words(target: Target, presets: Sequence[Preset]) -> str:
    """`预设13 南洋北苑健身房·健身房`, with the day when one is fixed."""
    preset = resolve_preset(target, presets)
    where = f"预设{preset.number} {preset.title}" if preset else f"未知场馆 {target.venue_keyword}".strip()
    if target.date is not None:
        return f"{where} · {target.date:%m-%d}"
    if target.date_offset is not None:
        return f"{where} · {_OFFSETS.get(target.date_offset, f'{target.date_offset}天后的场')}"
    return where
