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
