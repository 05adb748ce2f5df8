"""What is free, what was booked, and the orders of an account."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from jobs import AccountOrders, Booking, Bought, DaySlots, Order, OrderState, Payment, Preset, Slot
from plugins._replies.booking_notices import how_to_pay
from plugins._replies.courts import court_words, day_words, hour_spans, named, price_words, slot_lines
from plugins._replies.times import clock, day_and_time

ORDERS_AT_MOST: Final = 10
"""Of one account: what can still be paid or played comes first."""

ENDED_AT_MOST: Final = 5
"""Of those that are over, the latest."""

REHEARSED_MINUTES_BEFORE: Final = (10, 1)
"""As the kind `auto_booking` has it."""

_EVENING: Final = (19, 18, 20)
_STATES: Final[Mapping[OrderState, tuple[str, str]]] = {
    OrderState.UNPAID: ("⏰", "待付款"),
    OrderState.PAID: ("✅", "已付款"),
    OrderState.USED: ("☑️", "已使用"),
    OrderState.CANCELLED: ("↩️", "已取消"),
    OrderState.EXPIRED: ("⌛", "过期未付，已失效"),
    OrderState.UNKNOWN: ("❔", "状态不明，请到平台上看"),
}
_LIVE: Final = (OrderState.UNPAID, OrderState.PAID, OrderState.UNKNOWN)


def free_on(preset: Preset, day: date, slots: Sequence[Slot], asked_for: Sequence[int] = ()) -> str:
    """One day: a line for each hour and price. `asked_for`: only these start hours, where there are any."""
    shown = [slot for slot in slots if not asked_for or slot.hour in asked_for]
    title = f"🎾 {preset.title}\n{day_words(day)} "
    when = hour_spans(asked_for) if asked_for else ""
    watch = f"有空了告诉你：!创建监控 {preset.title} 预设={preset.number} 日期={day:%m-%d}"
    watch += _hours_option(asked_for)
    if not shown:
        others = f"，别的钟点还有 {len(slots)} 个：{hour_spans(slot.hour for slot in slots)}" if slots else ""
        return f"{title}{when}没有空场{others}\n{watch}"
    lines = [f"{title}{when}空场 {len(shown)} 个", *_hour_lines(shown)]
    return "\n".join([*lines, f"预订：!预订 {preset.number} {day:%m-%d} {_dearest_hour(shown)}"])


def free_days(preset: Preset, days: Sequence[DaySlots], asked_for: Sequence[int] = ()) -> str:
    """All days that are open: a line for each one that has a free slot."""
    shown = {
        one.day.date: [slot for slot in one.slots if not asked_for or slot.hour in asked_for]
        for one in sorted(days, key=lambda one: one.day.date)
    }
    free = {day: slots for day, slots in shown.items() if slots}
    when = hour_spans(asked_for) if asked_for else ""
    if not free:
        watch = f"!创建监控 {preset.title} 预设={preset.number}{_hours_option(asked_for)}"
        return f"🎾 {preset.title}\n能看到的 {len(days)} 天{when}都没有空场\n有空了告诉你：{watch}"
    lines = [f"🎾 {preset.title} {when}空场"]
    lines += [
        f"{day_words(day)} {hour_spans(slot.hour for slot in slots)}，{len(slots)} 个" for day, slots in free.items()
    ]
    if full := [day for day, slots in shown.items() if not slots]:
        lines.append(f"没有空场：{'、'.join(f'{day:%m-%d}' for day in full)}")
    first, slots = next(iter(free.items()))
    narrowed = f" {','.join(map(str, asked_for))}" if asked_for else ""
    lines.append(f"看场地和价格：!查询 {preset.number} {first:%m-%d}{narrowed}")
    return "\n".join([*lines, f"预订：!预订 {preset.number} {first:%m-%d} {_dearest_hour(slots)}"])


def bought(preset: Preset, day: date, results: Sequence[Bought], zone: ZoneInfo) -> str:
    """How it went, account by account; 🎉 only for what was read back."""
    lines = [f"🏟️ {preset.title}"]
    for result in results:
        lines += _bought(result, zone)
    if any(result.bookings for result in results):
        orders = {named(row.order_id) for result in results for row in result.bookings}
        lines.append(how_to_pay(orders.pop() if len(orders) == 1 else ""))
    elif not any(result.is_uncertain for result in results):
        lines.append(f"看现在的空场：!查询 {preset.number} {day:%m-%d}")
    return "\n".join(lines)


def _bought(result: Bought, zone: ZoneInfo) -> Iterator[str]:
    account = named(result.account.nickname)
    if result.bookings:
        yield f"🎉 账号 {account} 订到了"
        yield from slot_lines(_as_data(row) for row in result.bookings)
        first = result.bookings[0]
        until = day_and_time(first.pay_until, zone) if first.pay_until else "没有读到，请尽快付"
        yield f"订单 {named(first.order_id)} · 付款期限 {until}"
    elif result.is_uncertain:
        yield f"❓ 账号 {account}：{result.sentence or '没有等到明确的答复'}"
        yield "正在查它的订单，查清之前不会再下单，有了结果告诉你"
    else:
        yield f"❌ 账号 {account}：{result.sentence or '没有订到'}"


def race_plan(opens_at: datetime, at: datetime, zone: ZoneInfo) -> str:
    """When a race is run and rehearsed, said at the instant `at`."""
    rehearsals = [opens_at - timedelta(minutes=minutes) for minutes in REHEARSED_MINUTES_BEFORE]
    ahead = [clock(one, zone) for one in rehearsals if one > at]
    each = "各" if len(ahead) > 1 else ""
    rehearsed = f"；{'、'.join(ahead)} {each}预演一次，行不行都告诉你" if ahead else ""
    return f"{day_and_time(opens_at, zone)} 放票开抢{rehearsed}"


def orders(listed: Sequence[AccountOrders], at: datetime, zone: ZoneInfo) -> str:
    """Accounts without any are left out where others have some."""
    lines: list[str] = []
    shown = [one for one in listed if one.orders or one.trouble]
    for one in shown or listed:
        lines += _orders_of(one, at, zone)
    cancel = next((order for one in listed for order in one.orders if order.state in _LIVE[:2]), None)
    if cancel is not None:
        lines.append(f"取消：!取消订单 {named(cancel.id)}（写订单号，或它的最后几位）")
    return "\n".join(lines)


def _orders_of(one: AccountOrders, at: datetime, zone: ZoneInfo) -> Iterator[str]:
    account = named(one.account.nickname)
    if one.trouble:
        yield f"📄 账号 {account}：⚠️ {one.trouble}"
        return
    if not one.orders:
        yield f"📄 账号 {account} 没有订单"
        return
    live = [order for order in one.orders if order.state in _LIVE]
    shown = [*live, *[order for order in one.orders if order.state not in _LIVE][:ENDED_AT_MOST]][:ORDERS_AT_MOST]
    yield f"📄 账号 {account} 的订单（共 {len(one.orders)} 个）"
    for place, order in enumerate(shown, 1):
        icon, state = _STATES[order.state]
        yield f"{place}. {icon} {state} · {order_words(order)}"
        yield f"   订单 {named(order.id)}"
        if order.state is OrderState.UNPAID:
            yield f"   {_deadline(order, at, zone)}"
            yield f"   {how_to_pay(order.id)}"
    if len(one.orders) > len(shown):
        yield f"…其余 {len(one.orders) - len(shown)} 个请到平台上看"


def order_words(order: Order) -> str:
    """`11-28 周六 19:00 场地3 气膜体育中心·羽毛球 ¥18`."""
    hours = "、".join(f"{hour:02d}:00 {courts}" for hour, courts in _hours_of(order))
    where = "·".join(filter(None, [named(order.venue), named(order.sport)]))
    facts = [day_words(order.date) if order.date else "", hours, f"{where}{price_words(named(order.amount))}"]
    return " ".join(filter(None, facts))


def confirm_cancelling(order: Order, *, in_group: bool) -> str:
    """Asks before an order is given back."""
    short = order.id[-4:]
    answer = f"引用本条回复“确认”，或发送“确认 {short}”" if in_group else "回复“确认”"
    paid = "；它已经付款，付过的钱按平台的规则退" if order.state is OrderState.PAID else ""
    return (
        f"❓ 真的要取消订单 {named(order.id)} 吗？{order_words(order)}{paid}\n一分钟内{answer}来取消它，“不取消”则保留"
    )


def cancelled(order: Order) -> str:
    """As the order was read after it was given back."""
    if order.state is OrderState.CANCELLED:
        return f"↩️ 已取消订单 {named(order.id)}：{order_words(order)}，场地已经放出"
    _, state = _STATES[order.state]
    return f"❓ 平台答应了取消订单 {named(order.id)}，但它现在仍是“{state}”，过一会儿发送 !订单 再看"


def payment(order: Order, where: Payment, at: datetime, zone: ZoneInfo) -> str:
    """The platform's own page; for the eyes of whoever may pay."""
    return f"💳 订单 {named(order.id)}：{order_words(order)}\n付款链接：{where.url}\n{_deadline(order, at, zone)}"


def _deadline(order: Order, at: datetime, zone: ZoneInfo) -> str:
    if order.pay_seconds is None:
        return "付款期限没有读到，请尽快付"
    left = max(int(order.pay_seconds), 0)
    until = day_and_time(at + timedelta(seconds=order.pay_seconds), zone)
    return f"付款期限 {until}（还有 {left // 60} 分 {left % 60} 秒）"


def _hours_of(order: Order) -> Iterator[tuple[int, str]]:
    for hour, same in groupby(sorted(order.hours, key=lambda one: one.hour), lambda one: one.hour):
        yield hour, court_words([one.court for one in same])


def _hours_option(hours: Sequence[int]) -> str:
    return f" 时段={','.join(map(str, hours))}" if hours else ""


def _dearest_hour(slots: Sequence[Slot]) -> int:
    """For an example: an evening's hour where one is free."""
    hours = [slot.hour for slot in slots]
    return next((hour for hour in _EVENING if hour in hours), hours[0])


def _hour_lines(slots: Sequence[Slot]) -> Iterator[str]:
    """`18:00 场地3、5 ¥30`."""
    ordered = sorted(slots, key=lambda slot: (slot.hour, slot.price))
    for (hour, price), same in groupby(ordered, lambda slot: (slot.hour, slot.price)):
        yield f"{hour:02d}:00 {court_words([slot.court for slot in same])}{price_words(price)}"


def _as_data(row: Booking) -> dict[str, object]:
    return {"date": row.date.isoformat(), "hour": row.hour, "court": row.court, "price": row.price}
