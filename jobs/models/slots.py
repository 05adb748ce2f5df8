"""Choosing among slots and saying them. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from jobs.models.bookings import Booking
from jobs.models.dates import day_words
from jobs.models.venue import Preset, Slot, Target, resolve_preset
from jobs.models.wishes import Wishes


def wanted_date(target: Target, now: datetime, zone: ZoneInfo) -> date | None:
    """The day a target means at the instant `now`; None: every day."""
    if target.date is not None:
        return target.date
    if target.date_offset is not None:
        return now.astimezone(zone).date() + timedelta(days=target.date_offset)
    return None


def slot_words(slot: Slot) -> str:
    """`11-23 18:00 3号场 ¥30.00`."""
    return _court_words(slot.date, [slot.hour], slot.court, slot.price)


def choice_words(slots: Sequence[Slot]) -> str:
    """Hours in a row on one court: `11-23 18:00-20:00 3号场 ¥30.00`; one hour as `slot_words`. `slots` is not empty.

    The price is that of each hour, where all are the same.
    """
    first = slots[0]
    return _court_words(first.date, [slot.hour for slot in slots], first.court, _one_price([s.price for s in slots]))


def bookings_words(bookings: Sequence[Booking]) -> str:
    """The slots of one order, as `choice_words`. `bookings` is not empty."""
    first = bookings[0]
    price = _one_price([booking.price for booking in bookings])
    return _court_words(first.date, [booking.hour for booking in bookings], first.court, price)


def got_words(bookings: Sequence[Booking]) -> str:
    """What was got for whom: `czq 11-23 19:00 场地3 ¥30.00；sty …`. `bookings` is not empty."""
    orders: dict[tuple[str, str, date, str], list[Booking]] = {}
    for one in bookings:
        orders.setdefault((one.nickname, one.order_id or "", one.date, one.court), []).append(one)
    return "；".join(f"{whose[0]} {bookings_words(order)}" for whose, order in orders.items())


def _court_words(day: date, hours: Sequence[int], court: str, price: str) -> str:
    ordered = sorted(hours)
    until = f"-{ordered[-1] + 1:02d}:00" if len(ordered) > 1 else ""
    return f"{day:%m-%d} {ordered[0]:02d}:00{until} {court}" + (f" ¥{price}" if price else "")


def _one_price(prices: Sequence[str]) -> str:
    return prices[0] if len(set(prices)) == 1 else ""


_OFFSETS: Final = {0: "当天的场", 1: "次日的场"}


def target_words(target: Target, presets: Sequence[Preset]) -> str:
    """`预设13 南洋北苑健身房·健身房`, with the day and its weekday when one is fixed."""
    preset = resolve_preset(target, presets)
    where = f"预设{preset.number} {preset.title}" if preset else f"未知场馆 {target.venue_keyword}".strip()
    if target.date is not None:
        return f"{where} · {day_words(target.date)}"
    if target.date_offset is not None:
        return f"{where} · {_OFFSETS.get(target.date_offset, f'{target.date_offset}天后的场')}"
    return where


def wishes_words(wishes: Wishes) -> list[str]:
    """What is wished besides the hours: `连订2小时`, `场地 3,5`, `11-28 周六、11-29 周日`; nothing where nothing is."""
    words: list[str] = []
    if wishes.dates:
        words.append("、".join(map(day_words, wishes.dates)))
    if wishes.length > 1:
        words.append(f"连订{wishes.length}小时")
    if wishes.courts:
        words.append(f"场地 {','.join(wishes.courts)}")
    return words


def accounts_words(names: Sequence[str]) -> tuple[str, ...]:
    """`账号 czq、sty`; nothing where none is named: it is the owner's default."""
    return (f"账号 {'、'.join(names)}",) if names else ()
