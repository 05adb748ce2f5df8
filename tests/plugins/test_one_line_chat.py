"""One line is enough: what is created of it, and what the reply says was understood."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from venue_site import GROUP, VenueChat, group

from jobs.models.change import Change
from jobs.models.chats import ChatSettings, group_place


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[VenueChat]:
    chat = VenueChat(tmp_path / "home")
    yield chat
    chat.close()


@pytest.mark.parametrize(
    "said",
    [
        "!创建监控 霍英东羽毛球 明天18-21 自动抢",
        "!创建监控 明天18-21 自动抢 霍英东羽毛球",
        "!创建监控 霍英东羽毛球 自动抢 明天 18点到21点",
        "!创建监控 霍英东羽毛球 明天 18,19,20 自动预订",
        "!创建监控 霍英东羽毛球 日期=明天 时段=18-21 自动",
    ],
)
async def test_a_monitor_of_one_line(chat: VenueChat, said: str) -> None:
    chat.account()
    told = await chat.say(said)
    assert told.splitlines()[1:3] == [
        "霍英东羽毛球",
        "预设18 霍英东体育中心·羽毛球 · 11-23 周一 · 每300秒 · 18,19,20点 · 自动预订",
    ], told


async def test_a_schedule_of_one_line(chat: VenueChat) -> None:
    chat.account()
    told = await chat.say("!创建定时 每日预订 每天12:00 预设18 19点")
    assert told.splitlines()[1:3] == ["每日预订", "每天 12:00 · 预设18 霍英东体育中心·羽毛球 · 次日的场 · 19点"], told


async def test_a_race_of_one_line(chat: VenueChat) -> None:
    chat.account()
    told = await chat.say("!创建抢票 下周日 晚上七点 霍英东羽毛球 账号czq")
    assert "\n霍英东羽毛球\n" in told
    assert "预设18 霍英东体育中心·羽毛球 · 11-29 周日 · 19点" in told
    assert "账号 czq" in told


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("!创建监控 预设18 明天18-21", "霍英东体育中心·羽毛球监控"),
        ("!创建监控 预设=霍英东羽毛球", "霍英东体育中心·羽毛球监控"),
        ("!创建定时 每天12:00 预设18 19点", "霍英东体育中心·羽毛球定时"),
        ("!创建抢票 预设18 晚上七点", "霍英东体育中心·羽毛球抢票"),
        ("!创建监控 早 预设18", "早"),
        ("!创建监控 “明天” 预设18", "明天"),
    ],
)
async def test_what_leaves_no_name_is_named_by_its_venue(chat: VenueChat, said: str, name: str) -> None:
    chat.account()
    assert (await chat.say(said)).splitlines()[1] == name


async def test_a_line_without_name_and_venue_is_asked_about_and_named_by_the_answer(chat: VenueChat) -> None:
    assert "“明天18-21”要看哪个场馆" in await chat.say("!创建监控 明天18-21")
    told = await chat.say("hydymq")
    assert told.splitlines()[1] == "霍英东体育中心·羽毛球监控"
    assert "11-23 周一" in told


@pytest.mark.parametrize("name", ["周五羽毛球 预设=5", "晚上羽毛球 预设=5", "19点场 预设=5", "今晚集合 预设=5"])
async def test_a_name_that_only_contains_such_words_stays_one(chat: VenueChat, name: str) -> None:
    told = await chat.say(f"!创建监控 {name}")
    assert told.splitlines()[1] == name.split(maxsplit=1)[0]
    assert "预设5 气膜体育中心·羽毛球 · 每300秒 · 18,19,20点" in told


async def test_a_contradiction_is_refused_and_nothing_is_created(chat: VenueChat) -> None:
    told = await chat.say("!创建监控 霍英东羽毛球 19点 时段=20")
    assert told == "⚠️ 时段说了两次：“19点”和“20”，请只留一个，例如 时段=20"
    assert chat.job_ids() == []


async def test_a_guessed_venue_is_named_in_the_reply(chat: VenueChat) -> None:
    told = await chat.say("!创建监控 晚场 预设=获鹰东羽毛求")
    assert "预设18 霍英东体育中心·羽毛球" in told
    assert "ℹ️ “获鹰东羽毛求”按“霍英东体育中心·羽毛球”理解" in told
    assert "🎾 霍英东体育中心·羽毛球" in await chat.say("!查询 获鹰东羽毛求 明天")


async def test_a_guessed_venue_is_never_booked_without_a_question(chat: VenueChat) -> None:
    chat.account()
    question = await chat.say("!预订 获鹰东羽毛求 明天 19")
    assert "1. 霍英东体育中心·羽毛球（预设 18）" in question
    assert chat.counter.booked == []
    assert "🎉" in await chat.say("1")
    assert [number for _, number, *_ in chat.counter.booked] == [18]


async def test_a_slip_in_a_name_is_asked_about_not_taken(chat: VenueChat) -> None:
    question = await chat.say("!创建监控 获鹰东羽毛求")
    assert "1. 霍英东体育中心·羽毛球（预设 18）" in question
    assert chat.job_ids() == []
    assert "✅ 已创建监控" in await chat.say("是")


async def test_initials_name_a_venue(chat: VenueChat) -> None:
    assert "预设18 " in await chat.say("!创建监控 hydymq")
    assert "预设13 " in await chat.say("!创建监控 晚场 预设=nybyjsf")
    assert "18 霍英东体育中心·羽毛球" in (await chat.say("!预设 hydymq")).splitlines()[1]


async def test_a_chats_own_default_goes_before_the_setting(chat: VenueChat) -> None:
    chat.store.apply(Change(chats=((group_place(GROUP), ChatSettings(default_preset=5)),)))
    assert "预设5 " in await chat.say("!创建监控 晚场监控", place=group())
    assert "要看哪个场馆" in await chat.say("!创建监控 晚场监控", place=group("777"))
    assert "要看哪个场馆" in await chat.say("!创建监控 晚场监控")
    assert "气膜体育中心·羽毛球" in await chat.say("!查询 明天", place=group())
    assert "预设18 " in await chat.say("!创建监控 霍英东羽毛球", place=group())


async def test_a_schedule_s_time_glued_to_its_rhythm_is_no_court_hour(chat: VenueChat) -> None:
    chat.account()
    told = await chat.say("!创建定时 每天中午12点 订 霍英东羽毛球 19点")
    assert told.splitlines()[1:3] == [
        "霍英东羽毛球",
        "每天 12:00 · 预设18 霍英东体育中心·羽毛球 · 次日的场 · 19点",
    ], told


async def test_a_day_and_an_hour_alone_say_what_a_schedule_will_do(chat: VenueChat) -> None:
    chat.account()
    told = await chat.say("!创建定时 霍英东羽毛球 周六 晚上七点")
    assert (
        "⏰ 11-28 周六 19:00 触发，订 11-29 周日 18,19,20点的场；想打 11-28 周六 19点的场，"
        "请用 !创建抢票 霍英东羽毛球 日期=周六 时段=19"
    ) in told.splitlines(), told
    assert (
        "⏰ 11-28 周六 12:30 触发，订 11-29 周日 18,19,20点的场"
        in (await chat.say("!创建定时 霍英东羽毛球 周六 12:30")).splitlines()
    )
    assert "触发，订" not in await chat.say("!创建定时 霍英东羽毛球 每周六 19点")
    assert "触发，订" not in await chat.say("!创建定时 霍英东羽毛球 周六 12:00 时段=19")


async def test_a_monitor_of_each_week_looks_at_the_next_such_days_and_says_so(chat: VenueChat) -> None:
    told = await chat.say("!创建监控 霍英东羽毛球 工作日 19点")
    assert "11-23 周一、11-24 周二、11-25 周三、11-26 周四、11-27 周五" in told.splitlines()[2]
    assert "ℹ️ 监控只看具体的日子：“工作日”按最近的 11-23 周一、" in told
    told = await chat.say("!创建监控 霍英东羽毛球 每周五 19点")
    assert "· 11-27 周五 · 每300秒 · 19点" in told
    assert "ℹ️ 监控只看具体的日子：“每周五”按最近的 11-27 周五 来看" in told
    assert "监控只看" not in await chat.say("!创建监控 霍英东羽毛球 每天 19点")


async def test_what_cannot_be_a_day_makes_no_monitor(chat: VenueChat) -> None:
    for line in ("昨天", "11-20"):
        assert (await chat.say(f"!创建监控 霍英东羽毛球 {line}")).startswith("⚠️")
    assert chat.job_ids() == []


async def test_a_name_that_looks_like_an_option_is_said_to_be_none(chat: VenueChat) -> None:
    told = await chat.say("!创建监控 晚上羽毛球 预设=5")
    assert "ℹ️ 名称里的“晚上”只是名称，没有当作时段；要算数请另写 时段=" in told.splitlines()
    assert "只是名称" not in await chat.say("!创建监控 晚上羽毛球 预设=5 时段=19")


async def test_seconds_that_were_hardly_meant_are_said(chat: VenueChat) -> None:
    assert "ℹ️ 每30秒（要 30 分钟请写 间隔=30分钟）" in await chat.say("!创建监控 霍英东羽毛球 间隔=30")
    assert "分钟请写" not in await chat.say("!创建监控 霍英东羽毛球 间隔=30秒")
    assert "分钟请写" not in await chat.say("!创建监控 霍英东羽毛球 间隔=60")


async def test_a_day_glued_to_the_name_is_a_day(chat: VenueChat) -> None:
    told = await chat.say("!创建监控霍英东羽毛球明天晚上")
    assert told.splitlines()[1:3] == [
        "霍英东羽毛球",
        "预设18 霍英东体育中心·羽毛球 · 11-23 周一 · 每300秒 · 18,19,20,21点 · 不自动预订",
    ], told


async def test_what_people_say_around_a_name_is_no_part_of_it(chat: VenueChat) -> None:
    assert (await chat.say("!创建监控 帮我 抢 霍英东羽毛球 明天")).splitlines()[1] == "霍英东羽毛球"
    assert (await chat.say("!创建监控 帮我 预设18 明天")).splitlines()[1] == "霍英东体育中心·羽毛球监控"
    assert (await chat.say("!创建监控 预订 霍英东羽毛球")).splitlines()[1] == "霍英东羽毛球"
