"""Free slots, orders and bookings for the terminal: words, and documents. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from jobs.cli.show import iso, local
from jobs.cli.venue_words import reference
from jobs.models.orders import Order, OrderState
from jobs.models.slots import bookings_words
from jobs.models.venue import Preset, Slot
from jobs.ports.counter import AccountOrders, DaySlots
from jobs.ports.desk import Bought

_STATES: Final = {
    OrderState.UNPAID: "⏰ 待付款",
    OrderState.PAID: "✅ 已付款",
    OrderState.USED: "☑️ 已使用",
    OrderState.CANCELLED: "↩️ 已取消",
    OrderState.EXPIRED: "⌛ 过期未付",
    OrderState.UNKNOWN: "❔ 状态不明，请到平台上看",
}
_NUMBERED: Final = re.compile(r"(.*?)([0-9]+)")
_WEEKDAYS: Final = "一二三四五六日"


def days_text(preset: Preset, days: Sequence[DaySlots]) -> str:
    """Every free slot, by day and hour."""
    lines = [f"🎾 {preset.number} {preset.title}"]
    for each in days:
        day = each.day.date
        free = f"空场 {len(each.slots)} 个" if each.slots else "没有空场"
        lines.append(f"{day:%m-%d} 周{_WEEKDAYS[day.weekday()]}  {free}")
        lines += _hour_lines(each.slots)
    first = next((slot for each in days for slot in each.slots), None)
    if first is not None:
        lines.append(f"预订：sja book {preset.number} {first.date:%m-%d} {first.hour}")
    else:
        lines.append(f"有空了告诉你：sja create-monitor --name {preset.venue} --preset {preset.number}")
    return "\n".join(lines)


def days_document(preset: Preset, days: Sequence[DaySlots]) -> dict[str, Any]:
    """`sja slots --json`."""
    return {
        "preset": preset.number,
        "venue": preset.venue,
        "sport": preset.sport,
        "days": [
            {
                "date": each.day.date.isoformat(),
                "slots": [{**slot.as_data(), "remaining": slot.remaining} for slot in each.slots],
            }
            for each in days
        ],
    }


def bought_text(preset: Preset, results: Sequence[Bought], zone: str) -> str:
    """What was read back: one order for each of these accounts."""
    lines = [f"🏟️ {preset.title}"]
    for result in results:
        first = result.bookings[0]
        until = local(first.pay_until, zone) if first.pay_until else "没有读到，请尽快付"
        lines.append(f"🎉 账号 {reference(result.account)} 订到了 {bookings_words(result.bookings)}")
        lines.append(f"   订单 {first.order_id} · 付款期限 {until} · 付款链接：sja pay {first.order_id}")
    return "\n".join(lines)


def bought_document(results: Sequence[Bought]) -> dict[str, Any]:
    """`sja book --json`; an account without `bookings` has no order, or `is_uncertain`."""
    return {
        "results": [
            {
                "account": result.account.nickname,
                "owner": result.account.owner,
                "order_id": result.bookings[0].order_id if result.bookings else None,
                "pay_until": iso(result.bookings[0].pay_until) if result.bookings else None,
                "bookings": [
                    {"date": row.date.isoformat(), "hour": row.hour, "court": row.court, "price": row.price}
                    for row in result.bookings
                ],
                "is_uncertain": result.is_uncertain,
                "sentence": result.sentence or None,
            }
            for result in results
        ]
    }


def orders_text(found: Sequence[AccountOrders], now: datetime, zone: str) -> str:
    """The orders of each account, newest first."""
    return "\n".join(line for one in found for line in _orders_of(one, now, zone))


def orders_document(found: Sequence[AccountOrders]) -> dict[str, Any]:
    """`sja orders --json`; `pay_seconds`: how long it could still be paid a moment ago."""
    return {
        "accounts": [
            {
                "account": one.account.nickname,
                "owner": one.account.owner,
                "trouble": one.trouble or None,
                "orders": [_order_document(order) for order in one.orders],
            }
            for one in found
        ]
    }


def order_line(order: Order) -> str:
    """`11-23 19:00 场地3、20:00 场地3 气膜体育中心·羽毛球 ¥9.00`."""
    when = f"{order.date:%m-%d}" if order.date else ""
    hours = "、".join(f"{each.hour:02d}:00 {each.court}" for each in sorted(order.hours, key=lambda each: each.hour))
    where = "·".join(filter(None, [order.venue, order.sport]))
    return " ".join(filter(None, [when, hours, where, f"¥{order.amount}" if order.amount else ""]))


def _orders_of(one: AccountOrders, now: datetime, zone: str) -> Iterator[str]:
    if one.trouble:
        return
    yield f"📄 账号 {reference(one.account)}（{len(one.orders)} 个订单）"
    for order in one.orders:
        yield f"{order.id}  {_STATES[order.state]}  {order_line(order)}"
        if order.state is OrderState.UNPAID:
            yield f"   {_deadline(order, now, zone)} · 付款链接：sja pay {order.id}"


def _deadline(order: Order, now: datetime, zone: str) -> str:
    if order.pay_seconds is None:
        return "付款期限没有读到，请尽快付"
    return f"付款期限 {local(now + timedelta(seconds=order.pay_seconds), zone)}"


def _order_document(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "state": order.state.value,
        "venue": order.venue,
        "sport": order.sport,
        "date": order.date.isoformat() if order.date else None,
        "hours": [{"hour": each.hour, "court": each.court} for each in order.hours],
        "amount": order.amount,
        "created_at": iso(order.created_at),
        "pay_seconds": order.pay_seconds,
    }


def _hour_lines(slots: Sequence[Slot]) -> Iterator[str]:
    """`   18:00  场地3、场地5  ¥30`."""
    ordered = sorted(slots, key=lambda slot: (slot.hour, slot.price))
    for (hour, price), same in groupby(ordered, lambda slot: (slot.hour, slot.price)):
        yield f"   {hour:02d}:00  {_courts([slot.court for slot in same])}" + (f"  ¥{price}" if price else "")


def _courts(names: Sequence[str]) -> str:
    """`场地3、5、12`: what names have in common is said once where a number is all that differs."""
    parted = [_NUMBERED.fullmatch(name) for name in names]
    before = {found[1] for found in parted if found}
    if len(before) == 1 and all(parted):
        return before.pop() + "、".join(found[2] for found in parted if found)
    return "、".join(names)
