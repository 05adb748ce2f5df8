"""What chats are told of bookings, orders, logins and rehearsals. What is missing in a row is left out."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from jobs import (
    BOOKED,
    BOOKING_ABSENT,
    BOOKING_HINDERED,
    BOOKING_UNCERTAIN,
    LOGIN_WANTED,
    ORDER_ENDED,
    PAYMENT_DUE,
    REHEARSED,
    SECOND_NAMED,
)
from plugins._replies.courts import named, plain, price_words, slot_lines
from plugins._replies.naming import who
from plugins._replies.times import from_iso

_REASON_WIDTH: Final = 120
_LINES_AT_MOST: Final = 12
_LINE_WIDTH: Final = 120

Data = Mapping[str, Any]


def booked(data: Data, zone: ZoneInfo) -> str:
    """Said only of an order that was read back."""
    return _lines(
        f"🎉 {_title(data, '订到了', '预订成功')}", *_what(data), _order(data), _deadline(data, zone), _pay(data)
    )


def payment_due(data: Data, zone: ZoneInfo) -> str:
    title = _title(data, "订到的场还没付款", "订单还没付款")
    return _lines(f"⏰ {title}{_time_left(data)}", *_what(data), _order(data), _deadline(data, zone), _pay(data))


def order_ended(data: Data, _zone: ZoneInfo) -> str:
    icon, what, after = _ENDS.get(str(data.get("state")), ("ℹ️", "订单有了变化", "发送 !订单 看看"))
    why = _reason(data) if data.get("state") == "untracked" else ""
    return _lines(f"{icon} {_title(data, what, what)}", *_what(data), _order(data), why or after)


def booking_uncertain(data: Data, _zone: ZoneInfo) -> str:
    if data.get("given_up"):
        title = _title(data, "这次下单的结果查不清", "这次下单的结果查不清")
        after = "请到场馆平台的“我的订单”看有没有它；有就尽快付款或取消"
        return _lines(f"❓ {title}", *_what(data), _account(data), _reason(data) or after)
    title = _title(data, "下单后没有等到明确的答复", "下单后没有等到明确的答复")
    return _lines(
        f"❓ {title}",
        *_what(data),
        _account(data),
        "正在查这个账号的订单；查清之前不会再下单，有了结果告诉你。也可以发送 !订单 自己看",
    )


def booking_absent(data: Data, _zone: ZoneInfo) -> str:
    title = _title(data, "查清了：没有订到，也没有订单", "查清了：没有订到，也没有订单")
    return _lines(f"❌ {title}", *_what(data), _account(data), _reason(data), "想再试：!查询 看空场，!预订 现在就订")


def booking_hindered(data: Data, _zone: ZoneInfo) -> str:
    step = plain(data.get("step"), _LINE_WIDTH)
    after = "弄好之后会再试，这期间照样盯着" if data.get("needs_person") else "照样盯着，有别的空场会再试"
    return _lines(
        f"⚠️ {who(data)} 有空场，但账号 {named(data.get('account'))} 订不了：{_reason(data) or '原因未知'}",
        f"{step}；{after}" if step else after,
    )


def login_wanted(data: Data, _zone: ZoneInfo) -> str:
    account, reason = named(data.get("account")), _reason(data)
    whose = f"账号 {account}" if account else "账号"
    # It is told to the owner in private; a reason mostly says already that it is about logging in.
    said = f"{whose}：{reason}" if "登录" in reason else f"{whose} 要登录{f'：{reason}' if reason else ''}"
    return f"🔑 {said}\n发送 !登录 {account}".rstrip()


def rehearsed(data: Data, _zone: ZoneInfo) -> str:
    """Go or no-go before a release, with what was looked at."""
    before = _before_release(data)
    goes = data.get("goes")
    verdict = "" if goes is None else "：一切就绪" if goes else "：有问题，现在处理还来得及"
    lines: Sequence[object] = data.get("lines") or ()
    shown = [plain(line, _LINE_WIDTH) for line in lines[:_LINES_AT_MOST]]
    return "\n".join([f"{'⚠️' if goes is False else '🚦'} {who(data)} {before}{verdict}", *shown])


def second_named(data: Data, _zone: ZoneInfo) -> str:
    """To whom a chat names as the one who is told of what nobody acknowledges there."""
    minutes, by = data.get("minutes", 5), data.get("by")
    lines = (
        f"🔔 {data.get('chat', '有人')}请你做第二联系人：那边的要紧事（订到了、要付款、要登录）"
        f"{minutes} 分钟没有人确认，我就私聊告诉你，你回复“收到”就不再提醒",
        f"这是 QQ {by} 设的；不方便的话，请对方在那边发送 !通知设置 第二联系人=无" if by else "",
    )
    return _lines(*lines)


def how_to_pay(order_id: str) -> str:
    """The end of its id is enough to name an order; empty: it is not known."""
    return f"付款：私聊我发送 !付款 {order_id[-4:] or '订单号'} 拿付款链接，或到场馆平台的“我的订单”里付"


def _pay(data: Data) -> str:
    return how_to_pay(named(data.get("order_id")))


def _title(data: Data, of_a_job: str, by_hand: str) -> str:
    return f"{who(data)} {of_a_job}" if "number" in data else by_hand


def _what(data: Data) -> Iterator[str]:
    """The venue, then a line for each hour."""
    yield named(data.get("venue"))
    yield from slot_lines(data.get("slots") or ())
    if listed := plain(data.get("listed"), _LINE_WIDTH):
        yield f"⚠️ 平台的订单里写的是：{listed}，以平台为准"


def _account(data: Data) -> str:
    account = named(data.get("account"))
    return f"账号 {account}" if account else ""


def _order(data: Data) -> str:
    """`账号 czq · 订单 123456789012345678 · 共 ¥18`."""
    order = named(data.get("order_id"))
    amount = price_words(str(data.get("amount") or ""))
    return " · ".join(filter(None, [_account(data), order and f"订单 {order}", amount and f"共{amount}"]))


def _time_left(data: Data) -> str:
    """`，还有 2 分钟`, as it is when it is read; empty where that is not known."""
    if not isinstance(until := data.get("pay_until"), str) or not isinstance(now := data.get("now"), str):
        return ""
    seconds = (datetime.fromisoformat(until) - datetime.fromisoformat(now)).total_seconds()
    if seconds < 0:
        return "，期限已过"
    return f"，还有 {int(seconds // 60)} 分钟" if seconds >= 60 else "，还有不到 1 分钟"


def _before_release(data: Data) -> str:
    """`还有 5 分钟开抢`, as it is when it is read."""
    minutes, at, now = data.get("minutes"), data.get("created_at"), data.get("now")
    if not isinstance(minutes, int | float) or not isinstance(at, str) or not isinstance(now, str):
        return "快要开抢"
    waited = (datetime.fromisoformat(now) - datetime.fromisoformat(at)).total_seconds() / 60
    left = math.ceil(minutes - waited)
    return f"还有 {left} 分钟开抢" if left > 0 else "已经开抢"


def _deadline(data: Data, zone: ZoneInfo) -> str:
    until = from_iso(data.get("pay_until"), zone)
    return f"⏰ 付款期限 {until}，过时不付订单就失效" if until else "⏰ 付款期限没有读到，请尽快付"


def _reason(data: Data) -> str:
    return plain(data.get("reason"), _REASON_WIDTH)


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


_ENDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "paid": ("✅", "已付款", "到时去打球就好；不去了请尽早 !取消订单"),
    "cancelled": ("↩️", "订单已取消", "场地已经放出；想再订：!查询 看空场"),
    "expired": ("⌛", "没有在期限内付款，订单失效了", "场地已经放出；想再订：!查询 看空场"),
    "untracked": ("❓", "订单不再跟踪了", "请到场馆平台的“我的订单”看一下"),
}
"""How an order ends: its mark, the fact, and what may be done now."""

WORDS: Final[Mapping[str, Callable[[Data, ZoneInfo], str]]] = {
    BOOKED: booked,
    PAYMENT_DUE: payment_due,
    ORDER_ENDED: order_ended,
    BOOKING_UNCERTAIN: booking_uncertain,
    BOOKING_ABSENT: booking_absent,
    BOOKING_HINDERED: booking_hindered,
    LOGIN_WANTED: login_wanted,
    REHEARSED: rehearsed,
    SECOND_NAMED: second_named,
}
