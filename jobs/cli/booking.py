"""The commands of `sja` that ask the platform and book there at once."""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from jobs.app.beside import Beside
from jobs.cli.asking import acting_for, agree, listed, named, readable, require_accounts, require_any_account
from jobs.cli.booking_words import (
    bought_document,
    bought_text,
    days_document,
    days_text,
    order_line,
    orders_document,
    orders_text,
)
from jobs.cli.show import presets_text
from jobs.cli.venue_words import reference
from jobs.models.accounts import Account
from jobs.models.dates import parse_date
from jobs.models.drafts import bookable_preset, check_date, check_not_over, checked_hours
from jobs.models.errors import Ambiguous, NotFound, Refusal
from jobs.models.hours import parse_hours
from jobs.models.ids import UserId
from jobs.models.orders import Order, OrderState
from jobs.models.people import OPERATOR
from jobs.models.text import quote
from jobs.models.venue import Preset
from jobs.ports.counter import AccountOrders
from jobs.ports.desk import Bought
from jobs.ports.provider import VenueError
from jobs.search import match_preset, search_presets

_ENDING: Final = re.compile(r"[0-9]{4,32}")
"""An order's id, or enough of its last digits to be no slip."""
_NOBODY_FOLLOWS: Final = "（机器人没有在运行：它启动后才会提醒付款，核对不确定的订单）"


def presets(here: Beside, args: argparse.Namespace) -> None:
    keyword = readable(args.keyword)
    known = _catalogue(here) if args.refresh else here.presets
    found = search_presets(keyword, known, len(known))
    if args.json:
        _print_json({"presets": [{"number": p.number or None, "venue": p.venue, "sport": p.sport} for p in found]})
        return
    if not found:
        raise Refusal(f"没有与{quote(keyword)}相符的预设，去掉关键字可以看到全部")
    print(presets_text(found))


def slots(here: Beside, args: argparse.Namespace) -> None:
    preset = _preset(here, args.preset)
    day = None if args.date is None else _day(here, args.date)
    found = asyncio.run(here.counter.slots(OPERATOR, preset, day))
    if args.json:
        _print_json(days_document(preset, found))
        return
    print(days_text(preset, found))


def book(here: Beside, args: argparse.Namespace) -> None:
    """Fails where any of the accounts has no order, after telling of those that have."""
    preset, day = _preset(here, args.preset), _day(here, args.date)
    hours = checked_hours(parse_hours(readable(args.hours)))
    check_not_over(day, hours, here.rules, here.clock.now())
    results = asyncio.run(_bought(here, listed(args.users), preset, day, hours))
    if args.json:
        _print_json(bought_document(results))
    elif had := [result for result in results if result.bookings]:
        print(bought_text(preset, had, here.settings.sja_timezone))
    if not here.bot_runs and any(result.bookings or result.is_uncertain for result in results):
        print(_NOBODY_FOLLOWS, file=sys.stderr)
    if failed := [f"账号 {result.account.nickname}：{result.sentence}" for result in results if not result.bookings]:
        raise Refusal("；".join(failed))


def orders(here: Beside, args: argparse.Namespace) -> None:
    """Fails where the orders of an account could not be read, after telling of the others."""
    found = asyncio.run(_orders(here, args.nickname))
    if args.json:
        _print_json(orders_document(found))
    else:
        print(orders_text(found, here.clock.now(), here.settings.sja_timezone))
    if unread := _troubles(found):
        raise Refusal(unread)


def pay(here: Beside, args: argparse.Namespace) -> None:
    """Prints the platform's own page; nothing is paid here."""
    account, order = _asked_for(here, args)
    payment = asyncio.run(here.counter.payment(acting_for(account.owner), order.id))
    print(payment.url)
    print(f"订单 {order.id}：{order_line(order)}，在浏览器里打开上面的链接付款", file=sys.stderr)


def order_cancel(here: Beside, args: argparse.Namespace) -> None:
    account, order = _asked_for(here, args)
    if not order.state.holds or order.state is OrderState.USED:
        raise Refusal(f"订单 {order.id} 已经结束，不用取消")
    agree(f"取消订单 {order.id}（{order_line(order)}）？", is_agreed=args.yes)
    after = asyncio.run(here.counter.cancel(acting_for(account.owner), order.id))
    if after.state is not OrderState.CANCELLED:
        raise Refusal(f"平台答应了取消，但订单 {order.id} 还在，过一会儿运行 sja orders 再看")
    print(f"↩️ 已取消订单 {order.id}：{order_line(after)}")


# -- inside -------------------------------------------------------------------------------------------------------
def _catalogue(here: Beside) -> list[Preset]:
    """The numbered presets, and behind them what the platform lists besides, which has number 0. Raises `Refusal`."""
    try:
        with closing(here.open_provider()) as provider:
            listed_now = provider.catalogue()
    except VenueError as error:
        raise Refusal(error.sentence) from error
    return [*here.presets, *(preset for preset in listed_now if preset.number == 0)]


def _preset(here: Beside, text: str) -> Preset:
    """By its number or its name; what would have to be guessed is not taken. Raises `Refusal`."""
    match = match_preset(readable(text), here.presets, is_argument=True)
    if match.preset is not None and match.is_guess:
        raise Refusal(f"没有叫{quote(text)}的预设，是不是 {match.preset.number} {match.preset.title}？请写编号")
    if match.preset is not None:
        return bookable_preset(match.preset.number, here.rules)
    if match.candidates:
        meant = "、".join(f"{preset.number} {preset.title}" for preset in match.candidates[:10])
        raise Refusal(f"{quote(text)}可以是几个预设：{meant}，请写编号")
    raise Refusal(f"没有叫{quote(text)}的预设，运行 sja presets 查看")


def _day(here: Beside, text: str) -> date:
    now = here.clock.now()
    today = now.astimezone(ZoneInfo(here.settings.sja_timezone)).date()
    day = parse_date(readable(text), today).on(today)
    check_date(day, here.rules, now)
    return day


async def _bought(here: Beside, names: Sequence[str], preset: Preset, day: date, hours: Sequence[int]) -> list[Bought]:
    """With the accounts named, whoever's they are; of each owner's together, for those share the slots out."""
    if not names and not here.accounts.usable((), None, None).accounts:
        there_are = [reference(account) for account in here.store.accounts.all()]
        if there_are:
            raise Refusal(f"操作员没有默认账号，请写用谁的：--users {there_are[0]}；有：{'、'.join(there_are)}")
        require_accounts(here, ())
    owners: dict[UserId | None, list[str]] = {} if names else {None: []}
    for account in [named(here, name) for name in names]:
        owners.setdefault(account.owner, []).append(account.nickname)
    results: list[Bought] = []
    for owner, nicknames in owners.items():
        results += await here.counter.book(acting_for(owner), nicknames, preset, day, hours)
    return results


async def _orders(here: Beside, nickname: str | None) -> list[AccountOrders]:
    if nickname is None:
        require_any_account(here)
        return await here.counter.orders(OPERATOR)
    account = named(here, nickname)
    return await here.counter.orders(acting_for(account.owner), account.nickname)


def _asked_for(here: Beside, args: argparse.Namespace) -> tuple[Account, Order]:
    """Raises `Refusal`."""
    reference = readable(args.order)
    if not _ENDING.fullmatch(reference):
        raise Refusal(f"{quote(reference)}不是订单号，请写订单号或它的最后几位（至少四位），运行 sja orders 查看")
    return _found(asyncio.run(_orders(here, None)), reference)


def _found(listed_: Sequence[AccountOrders], reference: str) -> tuple[Account, Order]:
    """The order of that id, or the only one whose id ends so. Raises `NotFound` and `Ambiguous`."""
    known = [(one.account, order) for one in listed_ for order in one.orders]
    found = [each for each in known if each[1].id == reference]
    found = found or [each for each in known if each[1].id.endswith(reference)]
    if len(found) > 1:
        raise Ambiguous(f"有 {len(found)} 个订单号以{quote(reference)}结尾，请写完整的订单号")
    if found:
        return found[0]
    if unread := _troubles(listed_):
        raise NotFound(f"没有找到订单{quote(reference)}，而且有账号的订单读不到：{unread}")
    raise NotFound(f"没有找到订单{quote(reference)}，运行 sja orders 查看")


def _troubles(listed_: Sequence[AccountOrders]) -> str:
    """Why the orders of some cannot be read, each with the account it is about; empty: all could be."""
    return "；".join(
        one.trouble if one.account.nickname in one.trouble else f"账号 {one.account.nickname}：{one.trouble}"
        for one in listed_
        if one.trouble
    )


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))
