"""From an account to a court that is paid for and given back: over a real WebSocket, at the demo platform."""

import asyncio
import re

import pytest
from harness import Bot, Person, StartBot

from jobs.venues.demo.control import Control


async def says(me: Person, text: str) -> str:
    """As `Person.say`, once the demo platform is up."""
    while "演示平台还没有启动" in (told := await me.say(text)):  # noqa: ASYNC110 - only asking tells
        await asyncio.sleep(0.1)
    return told


async def logged_in(bot: Bot, nickname: str = "czq", user: int = 20001) -> Person:
    """Somebody in private, with an account that is logged in."""
    me = bot.person(user, group=None)
    assert (await me.say(f"!账号 添加 {nickname} 52103091{user:04d} demo")).startswith("✅")
    assert "图里的字母" in await says(me, f"!登录 {nickname}")
    letters = await asyncio.to_thread(Control(bot.home).last_captcha)
    assert "已登录" in await me.say(f"!验证码 {letters}")
    return me


def suggestion(shown: str) -> str:
    """The command that the bot itself proposes: `预订：!预订 5 11-23 18`."""
    found = re.search(r"预订：(!预订 .+)$", shown)
    assert found, shown
    return found[1]


async def booked(me: Person) -> str:
    """Books what is free; the order's id."""
    told = await me.say(suggestion(await me.say("!查询 5")), expecting="🏟️")
    found = re.search(r"🎉 账号 czq 订到了\n(?:.+\n)+订单 (\d+) · 付款期限 ", told)
    assert found, told
    assert "付款：" in told
    return found[1]


@pytest.mark.parametrize("days", ["明天", "+2"])
async def test_what_is_free_is_shown_with_courts_and_prices_by_day(bot: Bot, days: str) -> None:
    shown = await says(bot.person(), f"!查询 5 {days}")
    assert re.match(r"🎾 气膜体育中心·羽毛球\n\d\d-\d\d 周. (空场 \d+ 个\n\d\d:00 场地\d.* ¥\d|没有空场)", shown), shown


async def test_a_court_is_booked_paid_for_and_the_order_is_told_of(bot: Bot) -> None:
    me = await logged_in(bot)
    order = await booked(me)

    listed = await me.say("!订单")
    assert re.search(
        rf"1\. ⏰ 待付款 · \d\d-\d\d 周. \d\d:00 .*\n   订单 {order}\n   付款期限 .*\n   付款：.*!付款 {order[-4:]}",
        listed,
    )

    assert "付款链接：http" in await me.say(f"!付款 {order[-4:]}")

    assert await asyncio.to_thread(Control(bot.home).pay, order)
    notice = await me.hears(r"^✅ 已付款", within=100)  # unpaid orders are looked at about once a minute
    assert f"订单 {order}" in notice.text
    assert "✅ 已付款" in await me.say("!订单", expecting="📄")


async def test_an_order_is_given_back_after_a_confirmation(bot: Bot) -> None:
    me = await logged_in(bot)
    order = await booked(me)

    assert (await me.say(f"!取消订单 {order[-6:]}")).startswith(f"❓ 真的要取消订单 {order} 吗？")
    assert (await me.say("确认", expecting="取消")).startswith(f"↩️ 已取消订单 {order}")

    (entry,) = [entry for entry in await asyncio.to_thread(Control(bot.home).ledger) if entry["user"] != "rival"]
    assert (entry["id"], entry["state"]) == (order, 2)


async def test_nobody_else_sees_or_cancels_the_order(bot: Bot) -> None:
    me = await logged_in(bot)
    order = await booked(me)
    other = bot.person(20002, "小红", group=None)
    assert order not in await other.say("!订单")
    assert (await other.say(f"!取消订单 {order} 确认")).startswith("⚠️")
    assert order not in await bot.person(20002, "小红").say("!订单")
    assert "待付款" in await me.say("!订单", expecting="📄")


async def test_a_session_that_is_over_is_told_with_the_way_back_in(start_bot: StartBot) -> None:
    bot = await start_bot()
    me = await logged_in(bot)
    command = suggestion(await me.say("!查询 5"))
    await asyncio.to_thread(lambda: Control(bot.home).end_sessions(sign_on=True))
    told = await me.say(command, expecting="🏟️|⚠️")
    assert "🎉" not in told
    assert "!登录 czq" in told
