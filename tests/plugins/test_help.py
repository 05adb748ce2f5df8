"""Help says what this person may do here: nothing that would be refused, and all that would not."""

import re
from typing import Final

import pytest
from front_site import SUPERUSER, Place

from jobs import Actor, Chat, Role, UserId
from plugins._commands.command import OTHER, Command, permits
from plugins._commands.guessing import nearest
from plugins._commands.guiding import elsewhere
from plugins._commands.table import COMMANDS
from plugins._replies.helping import FIRST_STEP, command_help, overview
from plugins._replies.pages import TEXT_WIDTH

PLACES: Final = [(role, kind) for role in Role for kind in ("group", "private")]
ELSEWHERE: Final = "私聊我还有："
LINES_OF_A_PHONE: Final = 22


def somebody(role: Role, kind: str) -> Actor:
    return Actor(user_id=UserId("1"), role=role, chat=Chat(self_id="9", type=kind, peer_id="2"))  # pyright: ignore


def shown_to(actor: Actor) -> str:
    return overview([command for command in COMMANDS if permits(command, actor)], elsewhere(COMMANDS, actor))


def names_in(text: str) -> set[str]:
    return set(re.findall(r"!([^\s！]+)", text)) & {command.name for command in COMMANDS}


@pytest.mark.parametrize(("role", "kind"), PLACES)
def test_help_shows_what_is_permitted_here_and_apart_from_it_what_is_in_private(role: Role, kind: str) -> None:
    actor = somebody(role, kind)
    lines = shown_to(actor).splitlines()
    here = names_in("\n".join(line for line in lines[2:-2] if not line.startswith(ELSEWHERE)))
    assert here == {command.name for command in COMMANDS if permits(command, actor)}
    there = names_in("\n".join(line for line in lines if line.startswith(ELSEWHERE)))
    alone = somebody(role, "private")
    assert there == {command.name for command in COMMANDS if permits(command, alone)} - here
    if kind == "group":
        assert len(lines) <= LINES_OF_A_PHONE
    assert len("\n".join(lines)) <= TEXT_WIDTH


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_a_heading_and_is_explained_whole(command: Command) -> None:
    assert command.heading != OTHER
    explained = command_help(command)
    assert len(explained) <= TEXT_WIDTH
    assert all(alias in explained for alias in command.aliases)
    assert all(f"· {option.example or option.name} {option.help}" in explained for option in command.options)
    assert all(example in explained for example in (command.example, *command.more_examples))
    assert command.who in explained


def test_the_first_step_is_an_example_of_the_command_it_calls() -> None:
    (creating,) = [command for command in COMMANDS if command.name == "创建监控"]
    assert FIRST_STEP in (creating.example, *creating.more_examples)


async def test_the_first_step_leads_to_a_job_that_watches(place: Place) -> None:
    assert FIRST_STEP in await place.say("!帮助")
    created = await place.say(FIRST_STEP)
    assert created.startswith("✅ 已创建监控")
    assert "霍英东" in created
    assert "18,19,20点" in created


async def test_help_of_a_word_finds_the_command_by_name_alias_slip_and_part_of_it(place: Place) -> None:
    for word in ("创建抢票", "抢票", "create-booking", "!创建抢票", "票"):
        assert (await place.say(f"!帮助 {word}")).startswith("📖 !创建抢票：")
    assert "是不是想看 !帮助 创建监控" in await place.say("!帮助 创见监控")
    several = await place.say("!帮助 任务")
    assert several.startswith("📖 !任务列表："), "a name of its own comes first"
    assert "!创建监控" in (await place.say("!帮助 创建")).replace("\n", " ")
    assert (await place.say("!帮助 月球", private=True)).startswith("⚠️ 没有“月球”这个命令")


async def test_help_of_a_command_that_is_not_for_here_says_where_it_is(place: Place) -> None:
    assert "这个命令请在私聊里对我说" in await place.say("!帮助 账号")
    assert "请在私聊里" not in await place.say("!帮助 账号", private=True, user=SUPERUSER)


async def test_help_of_a_superusers_command_is_one_sentence_to_others(place: Place) -> None:
    for private in (False, True):
        assert await place.say("!帮助 审计", private=private) == "🔒 !审计 只有超级用户可以用（只在私聊）"
    assert (await place.say("!帮助 审计", private=True, user=SUPERUSER)).startswith("📖 !审计：")


async def test_in_a_group_what_is_for_private_chats_is_offered_as_that(place: Place) -> None:
    (login,) = [line for line in (await place.say("!帮助 登")).splitlines() if line.startswith("!登录 ")]
    assert login.endswith("（请在私聊里对我说）")
    assert "（请在私聊里对我说）" not in await place.say("!帮助 登", private=True)
    assert "是不是想发 !登录状态？请在私聊里对我说" in await place.say("!登录状太")
    assert "是不是想发 !登录状态？发送 !帮助" in await place.say("!登录状太", private=True)


@pytest.mark.parametrize(
    "talk",
    ["/help me", "/help", "!sign", "/roll 1d6", "!签到", "/shrug", "!important", "！！！", "!启动游戏", "!取消订阅 3"],
)
async def test_what_is_said_to_other_bots_is_met_with_silence_in_a_group(place: Place, talk: str) -> None:
    if talk == "/help":
        assert (await place.say(talk)).startswith("📖"), "bare help is for every bot"
    else:
        assert await place.is_met_with_silence(talk)


@pytest.mark.parametrize("talk", ["!签到", "/roll 1d6", "!sign"])
async def test_in_private_an_unknown_command_gets_one_kind_hint(place: Place, talk: str) -> None:
    word = talk[1:].split(maxsplit=1)[0]
    assert await place.say(talk, private=True) == f"⚠️ 没有“{word}”这个命令，发送 !帮助 看我能做什么"
    assert await place.is_met_with_silence("！！！", private=True)


@pytest.mark.parametrize(
    ("word", "in_group", "in_private"),
    [
        ("任物列表", "任务列表", "任务列表"),
        ("人物列表", "任务列表", "任务列表"),
        ("创见监控", "创建监控", "创建监控"),
        ("定单", "订单", "订单"),
        ("查寻", "查询", "查询"),
        ("登陆状太", "登录状态", "登录状态"),
        ("renwuliebiao", "任务列表", "任务列表"),
        ("create-montor", "创建监控", "创建监控"),
        ("log", None, "任务日志"),
        ("重启服务器", None, "重启任务"),
        ("今日运势", None, None),
        ("😀", None, None),
        ("", None, None),
    ],
)
async def test_slips_are_understood_by_shape_and_by_sound(
    word: str, in_group: str | None, in_private: str | None
) -> None:
    for where, meant in ((True, in_group), (False, in_private)):
        found = await nearest(word, COMMANDS, in_group=where)
        assert (found.name if found else None) == meant
