"""What the bot asks back, and whose answer counts."""

import itertools
import re
from pathlib import Path

import pytest
from front_site import CREATE_RUNNING, OTHER, SUPERUSER, Place
from harness import Bot

from jobs.cli.onebot import Speaker, message_event, text_segment
from jobs.cli.peer import Manner

_PEOPLE = itertools.count(50000)


async def running(place: Place, **how: object) -> str:
    return (await place.say(CREATE_RUNNING, **how)).split("#")[1].split(" ")[0]


async def test_deleting_a_running_job_asks_and_the_quoted_answer_deletes(place: Place) -> None:
    number = await running(place)
    question = await place.ask(f"!删除任务 {number}")
    assert question.text.startswith(f"❓ #{number} ")
    assert await place.is_met_with_silence("确认")
    assert await place.is_met_with_silence("确认", quoting=question, user=OTHER)
    assert (await place.say("确认", quoting=question)).startswith(f"🗑️ 已删除 #{number} ")
    assert "共 0 个" in await place.say("!任务列表")


@pytest.mark.parametrize("answer", ["确认 {}", "确认 #{}", "确认{}", "！确认 {}"])
async def test_in_a_group_an_answer_may_name_the_job_instead(place: Place, answer: str) -> None:
    number = await running(place)
    await place.say(f"!删除任务 {number}")
    assert await place.is_met_with_silence("确认 99999")
    assert await place.is_met_with_silence(answer.format(number), user=OTHER)
    assert (await place.say(answer.format(number))).startswith("🗑️")


async def test_in_private_a_bare_answer_counts_and_a_wrong_one_leaves_the_question_open(place: Place) -> None:
    me = next(_PEOPLE)
    number = await running(place, user=me, private=True)
    await place.say(f"!删除任务 {number}", user=me, private=True)
    assert (await place.say("大概吧", user=me, private=True)).startswith("⚠️ 请回复“确认”")
    assert "共 1 个" in await place.say("!任务列表", user=me, private=True)
    assert (await place.say("确认", user=me, private=True)).startswith("🗑️")
    assert await place.is_met_with_silence("确认", user=me, private=True)


async def test_a_question_can_be_withdrawn(place: Place) -> None:
    number = await running(place)
    question = await place.ask(f"!删除任务 {number}")
    assert "任务保留" in await place.say("取消", quoting=question)
    assert await place.is_met_with_silence("确认", quoting=question)
    await place.say(f"!删除任务 {number} 确认")


async def test_with_the_confirmation_in_the_command_nothing_is_asked(place: Place) -> None:
    number = await running(place)
    assert (await place.say(f"!删除任务 {number} 确认")).startswith("🗑️")


async def test_one_who_may_not_delete_is_not_even_asked(place: Place) -> None:
    number = await running(place)
    assert "是别人的任务" in await place.say(f"!删除任务 {number}", user=OTHER)
    await place.say(f"!删除任务 {number} 确认", user=SUPERUSER)


async def test_a_name_without_a_venue_is_asked_about_and_the_job_is_made_as_first_said(place: Place) -> None:
    question = await place.ask("!创建监控 晚场监控 间隔=600 时段=20 不启动")
    assert "要看哪个场馆" in question.text
    assert "!预设" in question.text
    assert "共 0 个" in await place.say("!任务列表")
    created = await place.say("13", quoting=question)
    assert re.search(r"\n晚场监控\n预设13 南洋北苑健身房·健身房 · 每600秒 · 20点 · 不自动预订\n", created)


@pytest.mark.parametrize(
    ("answer", "preset"),
    [
        ("1", 5),
        ("2", 18),
        ("霍英东", 18),
        ("气膜", 5),
        ("预设22", 22),
        ("22", 22),
        ("霍英东羽毛球", 18),
        ("子衿街舞蹈", 7),
    ],
)
async def test_candidates_are_numbered_and_an_answer_may_be_a_place_a_number_or_a_name(
    place: Place, answer: str, preset: int
) -> None:
    me = next(_PEOPLE)
    question = await place.say("!创建监控 羽毛球监控 不启动", user=me, private=True)
    assert "1. 气膜体育中心·羽毛球（预设 5）\n2. 霍英东体育中心·羽毛球（预设 18）" in question
    assert f"\n预设{preset} " in await place.say(answer, user=me, private=True)


async def test_a_question_whose_sending_was_answered_too_late_can_be_quoted_all_the_same(place: Place) -> None:
    place.peer.manners = lambda action, _: Manner.TIMES_OUT if action == "send_msg" else Manner.POLITE
    question = await place.ask("!创建监控 晚场监控 不启动")
    talk = place.qq.post(place.group(), Speaker(user_id=OTHER, nickname="小红"), [text_segment("我也想去")])
    assert await place.is_met_with_silence("13", quoting=talk)
    assert "预设13 " in await place.say("13", quoting=question)


async def test_a_venue_nobody_knows_leaves_the_question_open(place: Place) -> None:
    question = await place.ask("!创建定时 晨跑 08:00")
    assert (await place.say("月球基地", quoting=question)).startswith("⚠️ 没有找到场馆“月球基地”")
    assert (await place.say("999", quoting=question)).startswith("⚠️ 没有预设“999”")
    assert "每天 08:00 · 预设3 " in await place.say("学生中心健身房", quoting=question)


async def test_other_commands_work_while_a_question_is_open(place: Place) -> None:
    me = next(_PEOPLE)
    await place.say("!创建监控 晚场监控 不启动", user=me, private=True)
    assert "共 0 个" in await place.say("!任务列表", user=me, private=True)
    assert "预设13 " in await place.say("13", user=me, private=True)


async def test_an_answer_that_comes_twice_creates_one_job(place: Place) -> None:
    question = await place.ask("!创建监控 晚场监控 不启动")
    await place.ask("13", quoting=question, times=2)
    assert "共 1 个" in await place.say("!任务列表")


async def test_what_is_wrong_is_said_before_the_venue_is_asked_for(place: Place) -> None:
    assert (await place.say("!创建监控 晚场监控 间隔=0.1秒")).startswith("⚠️")
    assert (await place.say("!创建监控 晚场监控 间隔=30小时")).startswith("⚠️ 间隔最多 24 小时")
    assert (await place.say("!创建监控 晚场监控 日期=2-30")).startswith("⚠️ 没有“2-30”这一天")
    assert await place.is_met_with_silence("13", private=True)


async def test_questions_and_answered_messages_outlive_the_bot(tmp_path: Path) -> None:
    async with Bot(tmp_path / "home") as bot:
        peer = await bot.peer()
        xiaoming = bot.person()
        event = message_event(
            peer.qq.post(xiaoming.chat, xiaoming.speaker, [text_segment("!创建监控 晚场 预设=3 不启动")])
        )
        await xiaoming.push(event)
        await xiaoming.hears("已创建")
        question = await xiaoming.ask("!创建监控 晚场监控 不启动")
        await bot.kill()
        await bot.restart()
        await xiaoming.push(event)
        assert "预设13 " in await xiaoming.say("13", quoting=question)
        assert "共 2 个" in await xiaoming.say("!任务列表")
        assert [said.text for said in xiaoming.seen if "已创建" in said.text and "晚场\n" in said.text][1:] == []
