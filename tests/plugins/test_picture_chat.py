"""Pictures in a chat: when they come, what stands above them, and what comes where none can."""

import re
import sqlite3
from contextlib import closing

import pytest
from front_site import ADMIN, CREATE, CREATE_RUNNING, Place

from plugins._pictures.fonts import fonts_with

HAS_FONT = fonts_with(None) is not None
with_font = pytest.mark.skipif(not HAS_FONT, reason="没有中文字体：这里看不到图")
without_font = pytest.mark.skipif(HAS_FONT, reason="有中文字体：这里看不到没有图的样子")


@with_font
@pytest.mark.parametrize("line", ["!任务列表 图", "!任务列表 图=是", "!任务列表图", "!列表 图片", "!jobs picture"])
async def test_whoever_would_rather_look_says_so(place: Place, line: str) -> None:
    await place.say(CREATE)
    reply = await place.ask(line)
    assert [picture[:4] for picture in reply.pictures] == [b"\x89PNG"]
    assert reply.text.startswith("📋 任务列表（共 1 个），发送 !任务详情 编号 看其中一个")


@with_font
async def test_cards_and_statistics_come_as_pictures_too(place: Place) -> None:
    number = re.search(r"#(\d+)", await place.say(CREATE))
    assert number is not None
    card = await place.ask(f"!任务详情 {number[1]} 图")
    assert len(card.pictures) == 1
    assert "引用本条回复" in card.text
    assert len((await place.ask("!统计图")).pictures) == 1
    one = await place.ask(f"!统计 {number[1]} 30天 图")
    assert len(one.pictures) == 1
    assert one.text.startswith(f"📊 #{number[1]} ")


@with_font
async def test_a_card_is_about_its_job(place: Place) -> None:
    number = re.search(r"#(\d+)", await place.say(CREATE))
    assert number is not None
    card = await place.ask(f"!任务详情 {number[1]} 图")
    assert f"#{number[1]}" in await place.say("!任务详情", quoting=card)


@with_font
async def test_where_a_picture_is_refused_the_whole_text_comes(place: Place) -> None:
    await place.say(CREATE)
    place.refuses_pictures = True
    reply = await place.ask("!任务列表 图")
    place.refuses_pictures = False
    assert not reply.pictures
    assert reply.text == await place.say("!任务列表 文字")


@without_font
async def test_whoever_asks_for_a_picture_where_no_font_is_hears_why_not(place: Place) -> None:
    said = await place.say("!任务列表 图")
    assert said.startswith("📋 任务列表（共 0 个）\n")
    assert "SJA_FONT" in said


async def test_words_are_what_comes_unasked(place: Place) -> None:
    await place.say(CREATE)
    assert not (await place.ask("!任务列表")).pictures
    assert not (await place.ask("!任务列表 文字")).pictures
    counted = await place.say("!统计")
    assert counted.startswith("📊 统计（近 7 天，")
    assert "共 1 个任务：已停止 1" in counted or "共 1 个任务：等待启动 1" in counted


async def test_statistics_are_asked_for_in_several_ways(place: Place) -> None:
    number = re.search(r"#(\d+)", await place.say(CREATE))
    assert number is not None
    about = f"📊 #{number[1]} 南洋北苑健身房监控（近 "
    assert (await place.say(f"!统计 {number[1]}")).startswith(f"{about}7 天")
    assert (await place.say(f"!统计 #{number[1]} 30")).startswith(f"{about}30 天")
    assert (await place.say(f"!stats {number[1]} 天数=14")).startswith(f"{about}14 天")
    assert (await place.say("!统计 30天")).startswith("📊 统计（近 30 天")
    assert (await place.say("!统计 近30天 全部")).startswith("📊 统计（近 30 天")
    for wrong in ("!统计 0天", "!统计 天数=999", "!统计 天数=一月"):
        assert re.match("⚠️ 天数.*例如 !统计 30天", await place.say(wrong))
    assert (await place.say("!统计 没有这个")).startswith("⚠️ 没有找到任务")


async def test_a_monitor_that_has_looked_says_what_it_saw(place: Place) -> None:
    number = re.search(r"#(\d+)", await place.say(CREATE_RUNNING))
    assert number is not None
    said = await place.until(f"!任务详情 {number[1]}", "最近 1 次查询：")
    assert re.search("近 7 天看了 1 次，(最常有空场：|要的时段：7点 |一次也没有空场)", said)
    await place.say(f"!停止任务 {number[1]}")
    # What was seen is in the store, not in the run.
    with closing(sqlite3.connect(place.bot.home / "jobs" / "jobs.db")) as database:
        assert database.execute("SELECT count(*) FROM sightings WHERE looks = 1").fetchone()[0] >= 1


@with_font
async def test_a_chat_settles_what_it_prefers(place: Place) -> None:
    await place.say(CREATE)
    assert (await place.say("!通知设置 图=是", user=ADMIN, role="admin")).startswith("✅")
    assert (await place.ask("!任务列表")).pictures
    assert not (await place.ask("!任务列表 文字")).pictures
