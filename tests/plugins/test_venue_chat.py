"""Asking and booking at once: what is free, orders, cancelling, and what is refused."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace
from venue_site import GROUP, HONG, MING, ORDER, TOMORROW, VenueChat, group, slot

from jobs import Account, Actor, Chat, OrderId, OrderState, Refusal, Role, Standing, UserId
from jobs.models.accounts import Share, named_in, usable
from jobs.models.change import Change
from jobs.ports.accounts import Credentials


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[VenueChat]:
    chat = VenueChat(tmp_path / "home")
    yield chat
    chat.close()


async def test_a_day_is_shown_by_the_hour_with_courts_and_price(chat: VenueChat) -> None:
    chat.counter.free = [slot(18, 3), slot(18, 5), slot(19, 12, "20.50"), *(slot(21, n) for n in (1, 2, 4, 5, 6))]
    assert (await chat.say("!查询 5 明天")).splitlines() == [
        "🎾 气膜体育中心·羽毛球",
        "11-23 周一 空场 8 个",
        "18:00 场地3、5 ¥18",
        "19:00 场地12 ¥20.5",
        "21:00 场地1、2、4-6 ¥18",
        "预订：!预订 5 11-23 19",
    ]


async def test_without_a_day_all_days_are_shown_briefly(chat: VenueChat) -> None:
    chat.counter.free = [slot(9, 3), slot(19, 3), slot(19, 4), slot(21, 4)]
    shown = await chat.say("!查询 气膜羽毛球")
    assert "11-23 周一 9点、19点、21点，4 个\n" in shown
    assert "没有空场：11-24\n" in shown
    assert shown.endswith("看场地和价格：!查询 5 11-23\n预订：!预订 5 11-23 19")


async def test_hours_narrow_what_is_shown_and_nothing_free_says_how_to_wait_for_it(chat: VenueChat) -> None:
    chat.counter.free = [slot(9, 1)]
    shown = await chat.say("!查询 5 明天晚上七点")
    assert "19点没有空场，别的钟点还有 1 个：9点" in shown
    assert "!创建监控 气膜体育中心·羽毛球 预设=5 日期=11-23 时段=19" in shown


async def test_a_venue_that_may_be_several_is_asked_for_and_the_command_goes_on(chat: VenueChat) -> None:
    chat.counter.free = [slot(18, 3)]
    question = await chat.say("!查询 羽毛球 明天")
    assert "1. 气膜体育中心·羽毛球（预设 5）" in question
    assert "我就继续查询" in question
    assert "霍英东体育中心·羽毛球\n11-23" in await chat.say("2")


@pytest.mark.parametrize(
    "said", ["!预订 5 明天 19", "!预订 5 明天19点", "!book 气膜羽毛球 周一 晚上七点", "!预订 预设=5 日期=明天 时段=19"]
)
async def test_booking_says_what_was_read_back_and_how_to_pay(chat: VenueChat, said: str) -> None:
    chat.account()
    told = await chat.say(said)
    assert chat.counter.booked == [((), 5, TOMORROW, (19,))]
    assert told == (
        "🏟️ 气膜体育中心·羽毛球\n🎉 账号 czq 订到了\n11-23 周一 19:00 场地3 ¥18\n"
        "订单 812345678901234567 · 付款期限 11-22 周日 10:10:00\n"
        "付款：私聊我发送 !付款 4567 拿付款链接，或到场馆平台的“我的订单”里付"
    )


async def test_a_booking_whose_venue_may_be_several_waits_for_the_answer(chat: VenueChat) -> None:
    chat.account()
    question = await chat.say("!预订 羽毛球 明天 19")
    assert "要订哪个场馆" in question
    assert "我就继续预订" in question
    assert chat.counter.booked == []
    assert "🎉" in await chat.say("2")
    assert chat.counter.booked == [((), 18, TOMORROW, (19,))]
    assert await chat.ask("2") is None
    assert (await chat.say("!预订 羽毛球 明天")).startswith("⚠️ 要写明几点")


async def test_what_is_not_proven_is_never_called_booked(chat: VenueChat) -> None:
    chat.account()
    chat.counter.outcome = {"is_uncertain": True}
    told = await chat.say("!预订 5 明天 19")
    assert "🎉" not in told
    assert "查清之前不会再下单" in told
    chat.counter.outcome = {"sentence": "19 点的场都被别人订走了"}
    assert "❌ 账号 czq：19 点的场都被别人订走了" in await chat.say("!预订 5 明天 19")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("!预订", "要写明哪个场馆，例如 !预订 5 周六 19,20"),
        ("!预订 5 19", "要写明哪天、几点"),
        ("!预订 霍英东 羽毛球 前天 19", "“前天”已经过去了"),
        ("!预订 5 明天", "要写明几点，例如 !预订 5 11-23 19"),
        ("!预订 5 昨天 19", "“昨天”已经过去了"),
        ("!预订 5 2-30 19", "没有“2-30”这一天"),
        ("!预订 5 明天 25", "“25”不是有效的钟点"),
        ("!预订 5 明天 6", "7 点到 22 点"),
        ("!预订 5 明天 22", "7 点到 22 点"),
        ("!预订 27 明天 19", "没有可预订的项目"),
        ("!预订 99 明天 19", "没有预设“99”"),
        ("!预订 月球基地 明天 19", "没有找到场馆“月球基地”"),
        ("!预订 5 明天 19 账号=nobody", "!账号 添加"),
        ("!预订 5 2030-01-01 19", "太远"),
        ("!查询", "要写明哪个场馆，例如 !查询 5 周六"),
        ("!查询 月球基地", "没有找到场馆“月球基地”"),
        ("!查询 5 昨天", "已经过去了"),
        ("!查询 27", "没有可预订的项目"),
        ("!预订 霍英东游泳 明天 19", "霍英东体育中心 没有“游泳”，有：羽毛球（预设 18）、篮球（预设 19）"),
        ("!预订 5 今天 8", "今天 8 点的场已经过去了，现在是 10:00"),
        ("!预订 5 明天 21 连续=2", "超过 22 点"),
        ("!预订 5 明天 19 连续=很多", "连续=2"),
        ("!取消订单", "要写一个订单号"),
        ("!取消订单 最近的", "不是订单号"),
        ("!取消订单 12", "不是订单号"),
        ("!取消订单 999999", "没有找到订单“999999”，发送 !订单 查看"),
    ],
)
async def test_what_cannot_be_is_refused_in_one_sentence_with_the_next_step(
    chat: VenueChat, said: str, answer: str
) -> None:
    chat.account()
    told = await chat.say(said)
    assert told.startswith("⚠️ ")
    assert answer in told
    assert len(told) < 200
    assert chat.counter.booked == []


async def test_without_an_account_booking_names_the_next_step(chat: VenueChat) -> None:
    told = await chat.say("!预订 5 明天 19")
    assert told.splitlines() == [
        "⚠️ 还没有可用的账号，先私聊我发送 !账号 添加 昵称 学号 密码，再发送 !登录 昵称",
        "（演示平台：学号随意，密码是 demo）",
    ]


async def test_what_the_platform_refuses_is_said_as_it_is(chat: VenueChat) -> None:
    chat.counter.refusal = "12-05 的场还没有开放"
    assert await chat.say("!查询 5 12-05") == "⚠️ 12-05 的场还没有开放"


async def test_somebody_elses_account_is_not_there_unless_it_was_shared(chat: VenueChat) -> None:
    chat.account("hong", HONG)
    assert "hong" in await chat.say("!预订 5 明天 19 账号=hong", place=group())
    assert chat.counter.booked == []
    chat.share("hong", HONG, Share(kind="group", peer_id=GROUP))
    assert "账号 hong 订到了" in await chat.say("!预订 5 明天 19 账号=hong", place=group())
    assert (await chat.say("!预订 5 明天 19 账号=hong", place=group("777"))).startswith("⚠️")


async def test_orders_are_numbered_and_the_unpaid_ones_tell_how_to_pay(chat: VenueChat) -> None:
    chat.account()
    paid = replace(ORDER, id=OrderId("812345678901234000"), state=OrderState.PAID)
    gone = replace(ORDER, id=OrderId("812345678901230000"), state=OrderState.EXPIRED)
    chat.counter.listed["czq"] = [gone, ORDER, paid]
    told = await chat.say("!订单")
    assert told.splitlines() == [
        "📄 账号 czq 的订单（共 3 个）",
        "1. ⏰ 待付款 · 11-23 周一 19:00 场地3 气膜体育中心·羽毛球 ¥18",
        "   订单 812345678901234567",
        "   付款期限 11-22 周日 10:09:05（还有 9 分 5 秒）",
        "   付款：私聊我发送 !付款 4567 拿付款链接，或到场馆平台的“我的订单”里付",
        "2. ✅ 已付款 · 11-23 周一 19:00 场地3 气膜体育中心·羽毛球 ¥18",
        "   订单 812345678901234000",
        "3. ⌛ 过期未付，已失效 · 11-23 周一 19:00 场地3 气膜体育中心·羽毛球 ¥18",
        "   订单 812345678901230000",
        "取消：!取消订单 812345678901234567（写订单号，或它的最后几位）",
    ]


async def test_the_link_to_pay_is_told_when_it_is_asked_for_in_private(chat: VenueChat) -> None:
    chat.account()
    chat.counter.listed = {"czq": [ORDER]}
    assert "https://" not in await chat.say("!订单")
    assert "私聊" in await chat.say("!付款 4567", place=group())
    assert chat.counter.paid_for == []
    told = await chat.say("!付款 4567")
    assert "付款链接：https://pay.example/pay.action?sign=a+b&data=1" in told
    assert "付款期限 11-22 周日 10:09:05" in told
    assert chat.counter.paid_for == [ORDER.id]
    assert "要写一个订单号，例如 !付款 1234" in await chat.say("!付款")


async def test_who_has_no_such_account_is_told_of_no_other_in_a_group(chat: VenueChat) -> None:
    chat.account("secret-nickname")
    with pytest.raises(Refusal) as refused:
        chat.book.find(Actor(user_id=UserId(MING), role=Role.MEMBER, chat=group()), "hong")
    assert "secret-nickname" not in refused.value.sentence


async def test_somebody_elses_account_is_logged_in_by_its_owner(chat: VenueChat) -> None:
    chat.account("hong", HONG, standing=Standing.OUT)
    chat.share("hong", HONG, Share(kind="user", peer_id=MING))
    told = await chat.say("!创建抢票 周日羽毛球 预设=5 账号=hong")
    assert "请账号的主人私聊我发送 !登录 hong" in told
    listed = await chat.say("!账号")
    assert "登录已失效，请账号的主人私聊我发送 !登录 hong" in listed


async def test_a_job_keeps_to_the_account_it_was_made_with(chat: VenueChat) -> None:
    own = chat.account("hong", MING)
    chat.account("hong", HONG)
    chat.share("hong", HONG, Share(kind="user", peer_id=MING))
    await chat.say("!创建抢票 周日羽毛球 预设=5 账号=hong")
    (job,) = chat.store.jobs.select()
    assert job.config["account_ids"] == {"hong": own.id}
    named = named_in(job.config)

    def books_with() -> tuple[tuple[Account, ...], tuple[str, ...]]:
        found = usable(chat.store.accounts.all(), named.accounts, job.owner, job.origin, named.account_ids)
        return found.accounts, found.missing

    assert [one.id for one in books_with()[0]] == [own.id]
    me = Actor(user_id=UserId(MING), role=Role.MEMBER, chat=None)
    chat.book.remove(me, "hong")
    assert books_with() == ((), ("hong",)), "never somebody else's of that name"
    again = chat.book.add(me, "hong", Credentials(user="new", password="x"))
    assert [one.id for one in books_with()[0]] == [again.id]


async def test_a_named_account_of_a_race_is_said_once(chat: VenueChat) -> None:
    chat.account("czq")
    told = await chat.say("!创建抢票 周日羽毛球 预设=5 账号=czq")
    assert told.count("czq") == 1
    assert "账号 czq" in await chat.say("!创建抢票 周六羽毛球 预设=5")


@pytest.mark.parametrize(
    "said",
    [
        "!取消订单 hunter2",
        "!付款 hunter2",
        "!登录 hunter2",
        "!登录 521 hunter2",
        "!账号 共享 czq 521 hunter2",
        "!账号 删除 hunter2",
        "!账号 添加 hunter2= 521 czq",
        "!账号 hunter2 521 hunter2",
        "!创建监控 盯 预设=5 日期=明天 时段=19 自动 账号=czq:hunter2",
        "!预订 5 明天 19 账号=xm:hunter2",
        "!订单 hunter2",
    ],
)
@pytest.mark.parametrize("place", [None, group()])
async def test_what_may_be_a_password_is_not_repeated(chat: VenueChat, said: str, place: Chat | None) -> None:
    chat.account("czq")
    assert "hunter2" not in await chat.say(said, place=place)


async def test_an_order_is_cancelled_only_after_a_confirmation(chat: VenueChat) -> None:
    chat.account()
    chat.counter.listed["czq"] = [ORDER]
    question = await chat.say("!取消订单 4567")
    assert question.startswith("❓ 真的要取消订单 812345678901234567 吗？11-23 周一 19:00 场地3")
    assert chat.counter.cancelled == []
    assert (await chat.say("也许吧")).startswith("⚠️ 请回复“确认”")
    assert (await chat.say("确认")).startswith("↩️ 已取消订单 812345678901234567")
    assert chat.counter.cancelled == [ORDER.id]
    assert await chat.ask("确认") is None


async def test_a_cancelling_can_be_withdrawn(chat: VenueChat) -> None:
    chat.account()
    chat.counter.listed["czq"] = [ORDER]
    await chat.say("!取消订单 4567")
    assert "“取消”是取消订单，还是不取消？" in await chat.say("取消")
    assert "订单保留" in await chat.say("不取消")
    assert await chat.ask("确认") is None
    assert chat.counter.cancelled == []


async def test_a_confirmation_does_not_hold_for_an_order_that_was_paid_meanwhile(chat: VenueChat) -> None:
    chat.account()
    chat.counter.listed["czq"] = [ORDER]
    await chat.say("!取消订单 4567")
    chat.counter.listed["czq"] = [replace(ORDER, state=OrderState.PAID)]
    assert "付过的钱按平台的规则退" in await chat.say("确认")
    assert chat.counter.cancelled == []
    assert (await chat.say("确认")).startswith("↩️")


async def test_in_a_group_only_the_askers_answer_that_names_the_order_counts(chat: VenueChat) -> None:
    chat.account()
    chat.counter.listed["czq"] = [ORDER]
    await chat.say("!取消订单 4567", place=group())
    assert await chat.ask("确认", place=group()) is None
    assert await chat.ask("确认 4567", place=group(), user=HONG) is None
    assert await chat.ask("确认 1111", place=group()) is None
    assert (await chat.say("确认 4567", place=group())).startswith("↩️")


async def test_with_the_confirmation_in_the_command_nothing_is_asked(chat: VenueChat) -> None:
    chat.account()
    chat.counter.listed["czq"] = [ORDER]
    assert (await chat.say("!取消订单 4567 确认")).startswith("↩️ 已取消")


async def test_what_the_platform_still_lists_is_not_called_cancelled(chat: VenueChat) -> None:
    chat.account()
    chat.counter.listed["czq"] = [ORDER]
    chat.counter.after_cancelling = OrderState.UNPAID
    assert (await chat.say("!取消订单 4567 确认")).startswith("❓ 平台答应了取消")


async def test_an_order_that_is_over_is_not_cancelled_again(chat: VenueChat) -> None:
    chat.account()
    chat.counter.listed["czq"] = [replace(ORDER, state=OrderState.CANCELLED)]
    assert "已经结束，不用取消" in await chat.say("!取消订单 4567 确认")


async def test_names_from_the_platform_are_only_text(chat: VenueChat) -> None:
    chat.account()
    chat.counter.listed["czq"] = [replace(ORDER, venue="[CQ:at,qq=all]\n确认\u202e", sport="x" * 500)]
    told = await chat.say("!订单")
    assert "[CQ:at,qq=all] 确认" in told
    assert "\u202e" not in told
    assert "x" * 50 not in told


async def test_a_race_says_when_it_is_released_rehearsed_and_who_books(chat: VenueChat) -> None:
    chat.account()
    created = await chat.say("!创建抢票 周日羽毛球 预设=5 时段=19,20 场地=3,5 连续=2")
    assert "11-22 周日 12:00:00 放票开抢；11:50:00、11:59:00 各预演一次" in created
    assert "账号 czq" in created
    (job,) = chat.store.jobs.select()
    assert job.kind == "auto_booking"
    assert job.config["target"]["date"] == "2026-11-29"
    assert job.config["target"]["duration_hours"] == 2
    assert job.config["plan"]["courts"] in (["3", "5"], ("3", "5"))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("!创建抢票", "要给任务起个名称"),
        ("!创建抢票 羽毛球 预设=5 日期=明天", "已经开放，不用抢：现在就订发送 !预订 5 11-23"),
        ("!创建抢票 羽毛球 预设=5 日期=昨天", "已经过去了"),
        ("!创建抢票 羽毛球 预设=5 时段=23", "7 点到 22 点"),
        ("!创建抢票 羽毛球 预设=5 连续=九", "连续=2"),
        ("!创建抢票 羽毛球 预设=5 连续=很多", "连续=2"),
        ("!创建抢票 羽毛球 预设=27", "没有可预订的项目"),
        ("!创建抢票 羽毛球 预设=5 账号=nobody", "!账号 添加"),
    ],
)
async def test_a_race_that_cannot_be_is_refused(chat: VenueChat, said: str, answer: str) -> None:
    chat.account()
    told = await chat.say(said)
    assert told.startswith("⚠️ ")
    assert answer in told
    assert chat.job_ids() == []


async def test_a_race_without_an_account_is_refused_with_the_next_step(chat: VenueChat) -> None:
    assert "!账号 添加 昵称 学号 密码" in await chat.say("!创建抢票 羽毛球 预设=5")
    assert chat.job_ids() == []


@pytest.mark.parametrize(
    "said", ["!创建监控 羽毛球 预设=5 自动 不启动", "!创建定时 羽毛球 12:00 预设=5", "!创建定时 任务名称 12:00 预设=5"]
)
async def test_without_an_account_a_monitor_or_schedule_is_made_and_says_that_nothing_is_ordered(
    chat: VenueChat, said: str
) -> None:
    created = await chat.say(said)
    assert created.startswith("✅ 已创建")
    assert "还没有账号，所以只会告诉你，不会下单；要下单先私聊我发送 !账号 添加" in created
    assert len(chat.job_ids()) == 1


async def test_an_account_that_is_not_logged_in_is_told_of(chat: VenueChat) -> None:
    chat.account(standing=Standing.OUT)
    created = await chat.say("!创建监控 羽毛球 预设=5 自动 不启动")
    assert "账号 czq 还没有登录，不登录就不能下单：私聊我发送 !登录 czq" in created
    assert "!登录" not in await chat.say("!创建监控 羽毛球 预设=5 不启动")


async def test_an_account_that_is_named_must_be_there_where_it_books(chat: VenueChat) -> None:
    assert (await chat.say("!创建监控 羽毛球 预设=5 自动 账号=czq 不启动")).startswith("⚠️")
    assert (await chat.say("!创建定时 羽毛球 12:00 预设=5 账号=czq")).startswith("⚠️")
    assert chat.job_ids() == []


async def test_a_monitor_may_look_at_several_days(chat: VenueChat) -> None:
    await chat.say("!创建监控 羽毛球 预设=5 日期=周六,周日 不启动")
    (job,) = chat.store.jobs.select()
    assert [str(day) for day in job.config["plan"]["dates"]] == ["2026-11-28", "2026-11-22"]


async def test_an_account_is_kept_alive_by_one_job(chat: VenueChat) -> None:
    chat.account()
    created = await chat.say("!保活 间隔=10分钟")
    assert created.startswith("✅ 已创建保活 #1 ")
    again = await chat.say("!保活 czq")
    assert again.startswith("ℹ️ 已经有了，不再多建：账号 czq 由 #1 ")
    assert len(chat.job_ids()) == 1


async def test_one_of_several_accounts_that_are_kept_alive_and_the_default_are_recognized(chat: VenueChat) -> None:
    chat.account()
    chat.account("sty")
    await chat.say("!保活 账号=czq,sty")
    assert "由 #1 " in await chat.say("!保活 sty")
    assert "由 #1 " in await chat.say("!保活")
    (job,) = chat.store.jobs.select()
    chat.store.apply(Change(jobs=(replace(job, config={**job.config, "accounts": []}),)))
    assert "由 #1 " in await chat.say("!保活 czq"), "it is the default that is kept"
    assert (await chat.say("!保活 sty")).startswith("✅ 已创建保活 #2 ")


@pytest.mark.parametrize("said", ["!创建监控 羽毛球 预设=5 自动 不启动", "!创建定时 羽毛球 12:00 预设=5"])
async def test_what_books_says_with_which_account(chat: VenueChat, said: str) -> None:
    chat.account()
    chat.account("sty")
    assert "账号 czq（默认）" in await chat.say(said)
    named = await chat.say(f"{said} 账号=sty")
    assert "账号 sty" in named
    assert "默认" not in named


async def test_keeping_alive_wants_an_account(chat: VenueChat) -> None:
    assert "!账号 添加" in await chat.say("!保活")
    assert "!账号 添加" in await chat.say("!保活 czq")
    chat.account()
    assert "间隔" in await chat.say("!保活 间隔=1")


async def test_why_tells_what_happened_and_somebody_elses_job_is_not_found(chat: VenueChat) -> None:
    chat.account()
    await chat.say("!创建抢票 周日羽毛球 预设=5")
    assert (await chat.say("!为什么 1")).splitlines()[0].endswith("#1 周日羽毛球")
    assert "没有找到任务" in await chat.say("!为什么 1", user=HONG)


def test_the_tomorrow_of_these_tests_is_a_monday() -> None:
    assert date(2026, 11, 23) == TOMORROW
    assert TOMORROW.weekday() == 0


async def test_the_weekday_in_a_name_is_the_day_of_a_race_and_only_a_hint_elsewhere(chat: VenueChat) -> None:
    chat.account()
    assert " · 12-04 周五 · " in await chat.say("!抢票 周五羽毛球 预设=5")
    watched = await chat.say("!创建监控 周五羽毛球 预设=5 不启动")
    assert "名称里的周五只是名称；只要周五的场请写 日期=周五" in watched
    assert " · 11-27 周五 · " in await chat.say("!创建监控 周五羽毛球 预设=5 日期=周五 不启动")
    assert "名称里的周五" in await chat.say("!创建定时 周五羽毛球 12:00 预设=5 不启动")


async def test_an_account_that_jobs_use_is_removed_only_after_a_confirmation(chat: VenueChat) -> None:
    chat.account()
    chat.share("czq", MING, Share(kind="group", peer_id=GROUP))
    await chat.say("!创建抢票 羽毛球 预设=5")
    await chat.say("!创建抢票 晚场 预设=5 账号=czq", user=HONG, place=group())
    question = await chat.say("!账号 删除 czq")
    assert question.startswith("❓ 账号 czq 还有任务在用：#1 羽毛球、#2 晚场（QQ 20002 的）")
    assert "账号保留" in await chat.say("不删除")
    await chat.say("!账号 删除 czq")
    assert len(chat.store.accounts.all()) == 1
    told = await chat.say("确认")
    assert told.startswith("🗑️ 已删除账号 czq")
    assert "#1 羽毛球、#2 晚场" in told
    chat.account("hong", MING)
    assert (await chat.say("!账号 删除 hong 确认")).startswith("🗑️ 已删除账号 hong")


async def test_taking_a_share_back_names_the_jobs_that_lose_the_account(chat: VenueChat) -> None:
    chat.account()
    chat.share("czq", MING, Share(kind="group", peer_id=GROUP))
    await chat.say("!创建抢票 自己的 预设=5 账号=czq", place=group())
    await chat.say("!创建抢票 晚场 预设=5 账号=czq", user=HONG, place=group())
    told = await chat.say(f"!账号 取消共享 czq 群{GROUP}")
    assert told.endswith("以后不能再用它预订：#2 晚场（QQ 20002 的）")


@pytest.mark.parametrize(
    ("said", "day", "hours"),
    [
        ("气膜羽毛球 周一下午", TOMORROW, range(12, 18)),
        ("气膜羽毛球 今晚", date(2026, 11, 22), range(18, 22)),
        ("明晚 气膜羽毛球", TOMORROW, range(18, 22)),
        ("明晚8点 5", TOMORROW, [20]),
        ("明天 气膜羽毛球 19-21", TOMORROW, [19, 20]),
        ("明天 5 19", TOMORROW, [19]),
        ("气膜 明天 羽毛球 19", TOMORROW, [19]),
        ("明天 下午 3点 气膜羽毛球", TOMORROW, [15]),
        ("明天 19,20 预设=5", TOMORROW, [19, 20]),
        ("5 明天 时段=晚上", TOMORROW, range(18, 22)),
    ],
)
async def test_day_and_hours_are_understood_in_any_order(
    chat: VenueChat, said: str, day: date, hours: Sequence[int]
) -> None:
    chat.account()
    await chat.say(f"!预订 {said}")
    assert chat.counter.booked == [((), 5, day, tuple(hours))]


async def test_the_day_survives_the_question_for_the_venue(chat: VenueChat) -> None:
    chat.account()
    assert "1. 气膜体育中心·羽毛球" in await chat.say("!预订 今晚 羽毛球馆")
    await chat.say("1")
    assert chat.counter.booked == [((), 5, date(2026, 11, 22), (18, 19, 20, 21))]


async def test_courts_and_hours_in_a_row_are_booked_as_they_are_wished_for(chat: VenueChat) -> None:
    chat.account()
    await chat.say("!预订 5 明天 19 场地=3,5 连续=2")
    assert chat.counter.wished == (("3", "5"), 2)


async def test_who_has_no_account_is_offered_what_is_shared_here_by_name(chat: VenueChat) -> None:
    chat.account("小陈")
    chat.share("小陈", MING, Share(kind="group", peer_id=GROUP))
    told = await chat.say("!预订 5 明天 19", user=HONG, place=group())
    assert "群里共享的有：小陈（写 账号=小陈）" in told
    assert "小陈" not in await chat.say("!预订 5 明天 19", user=HONG)
    assert "小陈" not in await chat.say("!预订 5 明天 19", user=HONG, place=group("777777"))
    assert "群里共享的有：小陈" in await chat.say("!创建定时 晚场 12:00 预设=5 不启动", user=HONG, place=group())


async def test_suggested_commands_carry_what_was_asked(chat: VenueChat) -> None:
    assert (await chat.say("!查询 5 晚上")).endswith("!创建监控 气膜体育中心·羽毛球 预设=5 时段=18,19,20,21")
    chat.counter.free = [slot(19, 3)]
    assert "看场地和价格：!查询 5 11-23 19,20\n" in await chat.say("!查询 5 19,20点")


async def test_ones_own_private_job_is_pointed_to_in_a_group_and_somebody_elses_is_not(chat: VenueChat) -> None:
    chat.account()
    await chat.say("!抢票 羽毛球 预设=5")
    assert "是你在私聊里创建的，请在私聊里对我说" in await chat.say("!为什么 1", place=group())
    assert "没有找到任务“1”" in await chat.say("!为什么 1", place=group(), user=HONG)


async def test_who_is_logged_in_is_told_so_before_another_login(chat: VenueChat) -> None:
    chat.account()
    told = await chat.say("!登录 czq")
    assert told == "ℹ️ 账号 czq 已经登录着，不用再登录；还要重新登录就发送 !登录 czq 重来"


async def test_help_in_a_group_speaks_of_what_is_for_private_chats(chat: VenueChat) -> None:
    assert "私聊我还有：!付款 !账号 !登录" in await chat.say("!帮助", place=group())
    assert "私聊我还有" not in await chat.say("!帮助")


async def test_of_orders_that_are_over_the_latest_five_are_shown_and_accounts_without_any_are_left_out(
    chat: VenueChat,
) -> None:
    chat.account()
    chat.account("sty")
    over = [replace(ORDER, id=OrderId(f"70000000{number}"), state=OrderState.EXPIRED) for number in range(7)]
    chat.counter.listed["czq"] = [*over, ORDER]
    told = await chat.say("!订单")
    assert told.count("已失效") == 5
    assert "…其余 2 个请到平台上看" in told
    assert "sty" not in told
    chat.counter.listed.clear()
    assert "账号 sty 没有订单" in await chat.say("!订单")
