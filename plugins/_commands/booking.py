"""Commands that ask the platform, and book there at once: free slots, bookings, orders."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from jobs import (
    NotFound,
    Order,
    OrderId,
    OrderState,
    Preset,
    Refusal,
    bookable_preset,
    check_date,
    check_not_over,
    checked_courts,
    checked_hours,
    match_preset,
    quote,
)
from plugins._commands.accounts_named import accounts_said, buyers, no_account
from plugins._commands.acting import CONFIRMATION
from plugins._commands.asking import ask
from plugins._commands.booking_words import Wanted, read_wanted, refuse_wrong_day
from plugins._commands.command import Call, Question, Reply
from plugins._commands.slots_named import courts_said, length_said
from plugins._commands.venues import Undecided, ask_venue, default_preset, preset_said
from plugins._replies import booking as words

CONFIRM_WITHIN: Final = timedelta(minutes=1)
_ENDING: Final = re.compile(r"\d{4,32}")
"""The last digits of an order's id, enough of them to be no slip."""
_LIKE_A_DAY: Final = re.compile(r".*[0-9天日号周月昨前期].*")


async def look_up(call: Call) -> Reply:
    """`!查询 预设|场馆 [日期] [时段]`: without a day all that are open."""
    wanted = _wanted(call)
    try:
        preset = _preset(call, wanted)
    except Undecided as undecided:
        return ask_venue(call, _venue_said(call, wanted), undecided.candidates, "查询")
    found = await call.bot.counter.slots(call.heard.actor, preset, wanted.day)
    if wanted.day is None:
        return Reply(text=words.free_days(preset, found, wanted.hours))
    slots = [slot for one in found if one.day.date == wanted.day for slot in one.slots]
    return Reply(text=words.free_on(preset, wanted.day, slots, wanted.hours))


async def book(call: Call) -> Reply:
    """`!预订 预设 日期 时段 [账号=昵称]`: one slot for each account, of the hours the first that can be had."""
    wanted = _wanted(call)
    undecided, preset = (), None
    try:
        preset = _preset(call, wanted, may_guess=False)
    except Undecided as several:
        undecided = several.candidates
    # Whatever else is wrong is said now, not after the answer.
    day, hours = _day_and_hours(call, wanted, preset)
    courts, length = checked_courts(courts_said(call)), length_said(call)
    checked_hours(hours, length)
    names, actor = accounts_said(call), call.heard.actor
    if not buyers(call):
        raise no_account(call)
    if preset is None:
        return ask_venue(call, _venue_said(call, wanted), undecided, "预订")
    results = await call.bot.counter.book(
        actor, names, preset, day, hours, call.heard.inbound, courts=courts, length=length
    )
    told = tuple(key for one in results for key in one.notices)
    return Reply(text=words.bought(preset, day, results, call.zone), noted=True, tells=told)


async def list_orders(call: Call) -> Reply:
    """One's orders; those of others' accounts are only what one has booked with them."""
    listed = await call.bot.counter.orders(call.heard.actor, " ".join(call.arguments.positional) or None)
    return Reply(text=words.orders(listed, call.bot.clock.now(), call.zone))


async def pay(call: Call) -> Reply:
    """Where the order is paid: on the platform's own page. Nothing is paid here."""
    order = await _order(call, _one_order(call, call.arguments.positional))
    payment = await call.bot.counter.payment(call.heard.actor, order.id)
    return Reply(text=words.payment(order, payment, call.bot.clock.now(), call.zone))


async def cancel(call: Call) -> Reply:
    """An order is given back only after a confirmation, given with the command or as an answer."""
    said = [word for word in call.arguments.positional if word != CONFIRMATION]
    order = await _order(call, _one_order(call, said))
    _require_live(order)
    if len(said) < len(call.arguments.positional):
        return await _cancel_now(call, order.id)
    return _confirm_first(call, order)


async def cancel_as_asked(call: Call, order_id: OrderId, state: str) -> Reply:
    """After a confirmation, which holds for an order in that state: one that was paid meanwhile is asked for anew."""
    order = await _order(call, order_id)
    _require_live(order)
    return await _cancel_now(call, order_id) if order.state.value == state else _confirm_first(call, order)


def _confirm_first(call: Call, order: Order) -> Reply:
    expires_at = call.heard.at + CONFIRM_WITHIN
    question = Question(kind="cancellation", line=order.id, state=order.state, expires_at=expires_at)
    text = words.confirm_cancelling(order, in_group=call.heard.chat.is_group)
    return Reply(text=text, asks=ask(call.bot, call.heard, question))


def _require_live(order: Order) -> None:
    if not order.state.holds or order.state is OrderState.USED:
        raise Refusal(f"订单 {order.id} 已经结束，不用取消，发送 !订单 查看")


async def _cancel_now(call: Call, order_id: OrderId) -> Reply:
    order = await call.bot.counter.cancel(call.heard.actor, order_id, call.heard.inbound)
    return Reply(text=words.cancelled(order), noted=True)


def names_order(reference: str, order_id: str) -> bool:
    """Whether somebody who writes this may mean the order: its id, or the end of it."""
    return _ENDING.fullmatch(reference) is not None and order_id.endswith(reference)


def _wanted(call: Call) -> Wanted:
    """What was said; raises `Refusal` for a day or hours that cannot be."""
    wanted = read_wanted(call.arguments.positional, call.arguments.options, call.today)
    if wanted.day is not None:
        check_date(wanted.day, call.bot.rules, call.heard.at)
        check_not_over(wanted.day, wanted.hours, call.bot.rules, call.heard.at)
    checked_hours(wanted.hours)
    return wanted


def _day_and_hours(call: Call, wanted: Wanted, preset: Preset | None) -> tuple[date, tuple[int, ...]]:
    """Both are needed to book; raises `Refusal` that asks for them."""
    number = preset.number if preset is not None else 5
    if wanted.day is None:
        refuse_wrong_day(call.arguments.positional, call.today)
        raise Refusal(f"要写明哪天、几点，例如 !预订 {number} 明天 19，先看空场发送 !查询 {number} 明天")
    if not wanted.hours:
        raise Refusal(f"要写明几点，例如 !预订 {number} {wanted.day:%m-%d} 19 或 19,20（按喜好）")
    return wanted.day, wanted.hours


def _venue_said(call: Call, wanted: Wanted) -> str:
    options = call.arguments.options
    return options.get("预设") or options.get("场馆") or wanted.venue


def _preset(call: Call, wanted: Wanted, *, may_guess: bool = True) -> Preset:
    """The venue that was said, answered, or configured. Raises `Undecided`, and `Refusal` for one that cannot be."""
    said = _venue_said(call, wanted)
    preset = call.preset or (
        preset_said(call, said, may_guess=may_guess) if _is_venue(call, wanted, said) else default_preset(call)
    )
    if preset is None:
        raise Refusal(f"要写明哪个场馆，例如 {call.command.example}，发送 !预设 查看编号")
    return bookable_preset(preset.number, call.bot.rules)


def _is_venue(call: Call, wanted: Wanted, said: str) -> bool:
    """Whether a venue was said at all. Raises `Refusal` where what nobody knows is rather a day that cannot be."""
    known = match_preset(said, call.bot.presets, is_argument=True)
    if wanted.day is None and known.preset is None and not known.candidates:
        behind = call.arguments.positional[1:]
        if any(map(_LIKE_A_DAY.fullmatch, behind)):
            refuse_wrong_day(call.arguments.positional, call.today)
    return bool(said)


def _one_order(call: Call, words: Sequence[str]) -> str:
    if len(words) != 1:
        raise Refusal(f"要写一个订单号，例如 {call.command.example}，发送 !订单 查看")
    return words[0]


async def _order(call: Call, reference: str) -> Order:
    """The order of that id, or the only one whose id ends so."""
    if not _ENDING.fullmatch(reference):
        # Not repeated: it may be a password, in the wrong place.
        raise Refusal("这不是订单号，请写订单号或它的最后四位以上，发送 !订单 查看")
    listed = await call.bot.counter.orders(call.heard.actor)
    found = [order for one in listed for order in one.orders if names_order(reference, order.id)]
    if exact := [order for order in found if order.id == reference]:
        return exact[0]
    if len(found) > 1:
        raise Refusal(f"有 {len(found)} 个订单号以{quote(reference)}结尾，请写完整的订单号，发送 !订单 查看")
    if found:
        return found[0]
    if trouble := next((one.trouble for one in listed if one.trouble), ""):
        raise NotFound(f"没有找到订单{quote(reference)}，而且有账号的订单读不到：{trouble}")
    raise NotFound(f"没有找到订单{quote(reference)}，发送 !订单 查看你的订单号")
