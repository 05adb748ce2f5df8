"""What a newcomer says in the first half hour, and was not understood."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from front_site import CREATE, MEMBER, OTHER, Place

from jobs import Chat
from plugins._commands.answers import Answers
from plugins._commands.command import Question
from plugins._commands.reading import read_line
from plugins._commands.table import COMMANDS


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("监控 霍英东羽毛球", "创建监控"),
        ("盯 霍英东羽毛球 明天", "创建监控"),
        ("定时 每日预订 12:00", "创建定时"),
        ("抢 霍英东羽毛球 周六", "创建抢票"),
        ("删任务 7", "删除任务"),
        ("停任务7", "停止任务"),
        ("怎么用", "帮助"),
    ],
)
def test_short_words_are_commands_with_something_behind_them(line: str, name: str) -> None:
    found = read_line(line, COMMANDS)
    assert found is not None
    assert found.command.name == name


@pytest.mark.parametrize(
    "talk", ["监控", "监控坏了", "盯", "盯着点", "抢", "抢5分钟", "抢到了", "定时", "定时炸弹", "怎么用啊"]
)
def test_glued_to_talk_or_alone_they_are_talk(talk: str) -> None:
    assert read_line(talk, COMMANDS) is None


async def test_a_command_that_takes_back_withdraws_the_open_question(place: Place) -> None:
    assert await place.is_met_with_silence("!取消")
    asked = await place.say("!监控 羽毛球")
    assert "❓" in asked
    assert await place.is_met_with_silence("!取消", user=OTHER)
    assert "不创建了" in await place.say("!取消")


async def test_who_regrets_what_was_just_created_is_told_how_to_delete_it(place: Place) -> None:
    found = re.search(r"#(\d+)", await place.say(CREATE))
    assert found
    assert f"刚创建的 #{found[1]} 不想要：!删除任务 {found[1]}" in await place.say("!撤销")
    assert "刚创建" not in await place.say("!撤销", user=OTHER)
    assert (await place.say(f"!删 {found[1]}")).startswith("🗑️")
    undone = await place.say("!撤销")
    assert re.match(rf"↩️ 已撤销 \d\d:\d\d 对 #{found[1]} ", undone)


async def test_turning_to_booking_without_an_account_is_explained(place: Place) -> None:
    found = re.search(r"#(\d+)", await place.say(CREATE, user=MEMBER))
    assert found
    assert "还没有账号，所以只会告诉你" in await place.say(f"!改 {found[1]} 自动")
    assert "还没有账号" not in await place.say(f"!改 {found[1]} 自动=否")
    said = await place.say(f"!改 {found[1]} 通知=私聊 @我")
    assert said.splitlines()[1] == "通知：本群 → 私聊"


async def test_help_for_changing_lists_what_can_be_changed(place: Place) -> None:
    said = await place.say("!帮助 改")
    assert "通知=本群、通知=私聊" in said
    assert "不@我" in said
    assert re.search("监控：预设、.*时段.*间隔", said)


@pytest.mark.parametrize("said", ["静默 23点到8点", "静默 23-8", "静默23-8"])
async def test_quiet_hours_are_understood_with_a_blank(place: Place, said: str) -> None:
    assert "静默：23:00–08:00" in await place.say(f"!通知设置 {said}", private=True)


async def test_quotation_marks_are_advised_only_for_names(place: Place) -> None:
    assert "加引号" not in await place.say("!通知设置 颜色=红", private=True)
    assert "名称里带等号请加引号" in await place.say("!创建监控 看场 颜色=红")


@pytest.mark.parametrize(("said", "answer"), [("共享", None), ("abcd", None), ("换一张", "换一张"), ("取消", "取消")])
def test_behind_a_prefix_nothing_is_taken_for_the_letters_of_a_picture(said: str, answer: str | None) -> None:
    alone = Chat(self_id="10000", type="private", peer_id="20001")
    heard: Any = SimpleNamespace(quoted=None, quotes_us=False, chat=alone)
    question = Question(kind="login", line="", expires_at=datetime(2026, 11, 23, tzinfo=UTC))
    nobody: Any = None
    answers = Answers(nobody, {}, nobody, nobody)
    assert answers.read(said, heard, question, has_prefix=True) == answer
    assert answers.read(said, heard, question) == said
