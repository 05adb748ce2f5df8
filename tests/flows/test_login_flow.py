"""Accounts in chat, with the real bot and the demo platform: added, logged in with a picture, shared, removed."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager

import pytest
from harness import GROUP, Bot, Person, StartBot

from jobs.cli.onebot import Posted, text_segment
from jobs.cli.peer import Manner, Peer, polite
from jobs.venues.demo.control import Control

ADD = "!账号 添加 小明 521030910001 demo"


_PEOPLE = itertools.count(30001)


@pytest.fixture(scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bot]:
    """One for all tests here; everybody in them is somebody new."""
    async with Bot(tmp_path_factory.mktemp("logins") / "home") as bot:
        yield bot


def at_home(bot: Bot) -> Person:
    """Somebody new, in private."""
    return bot.person(next(_PEOPLE), group=None)


@contextmanager
def manners(peer: Peer, of: Callable[..., Manner]) -> Generator[None]:
    """A client that behaves so for a while."""
    peer.manners = of
    yield
    peer.manners = polite


def letters(bot: Bot) -> str:
    return Control(bot.home).last_captcha()


async def added(bot: Bot, ming: Person) -> Posted:
    """The account is added, and the picture that came with the news."""
    return await ming.ask(ADD)


async def logged_in(bot: Bot) -> Person:
    ming = at_home(bot)
    await added(bot, ming)
    assert (await ming.say(letters(bot))).startswith("✅ 账号 小明 已登录")
    return ming


async def test_from_no_account_to_a_login_and_back(bot: Bot) -> None:
    ming = at_home(bot)
    assert "!账号 添加" in await ming.say("!账号")
    assert "!账号 添加" in await ming.say("!登录")

    news = await added(bot, ming)
    assert news.text.startswith("✅ 已添加账号 小明，它是默认账号。")
    assert "demo" not in news.text.replace("密码是 demo", "")
    (picture,) = news.pictures
    assert picture.startswith((b"\x89PNG", b"\xff\xd8"))

    asked = await ming.ask("!登录")
    assert asked.text.startswith("🔐 登录 小明：请在 60 秒内回复图里的字母")
    assert asked.pictures != news.pictures

    again = await ming.ask("!验证码 zzzzz")
    assert again.text.startswith("⚠️ 验证码不对，还可以再试 4 次")
    assert len(again.pictures) == 1

    assert (await ming.say(f"!验证码 {letters(bot)}")).startswith("✅ 账号 小明 已登录")

    assert re.search(r"🟢 小明（默认） · 已登录，平台上叫 \S+", await ming.say("!登录状态"))
    assert "共 1 个" in await ming.say("!账号 列表")

    hong = at_home(bot)
    number = hong.speaker.user_id
    assert f"已共享给 QQ {number}" in await ming.say(f"!账号 共享 小明 {number}")
    assert f"小明（QQ {ming.speaker.user_id} 的） · 已登录" in await hong.say("!账号")
    assert "主人" in await hong.say("!登录 小明")
    assert "不再共享" in await ming.say(f"!账号 取消共享 小明 {number}")
    assert "还没有账号" in await hong.say("!账号")

    assert (await ming.say("!账号 删除 小明")).startswith("🗑️ 已删除账号 小明")
    assert "还没有账号" in await ming.say("!登录状态")


async def test_bare_letters_answer_and_so_do_those_that_quote_the_picture(bot: Bot) -> None:
    ming = at_home(bot)
    await added(bot, ming)
    wrong = await ming.ask("zzzzz")
    assert wrong.text.startswith("⚠️ 验证码不对")
    another = await ming.ask("换一张", quoting=wrong)
    assert another.text.startswith("🔐 登录 小明")
    assert "图里的字母" in await ming.say("你好呀")
    assert "共 0 个" in await ming.say("!任务列表")

    right = f" {letters(bot).upper()} "
    assert (await ming.say(right, quoting=another)).startswith("✅ 账号 小明 已登录")

    assert "没有进行中的登录" in await ming.say("!验证码 abcd")


async def test_giving_up_ends_the_login(bot: Bot) -> None:
    ming = at_home(bot)
    await added(bot, ming)
    assert await ming.say("取消", expecting="先不继续了")
    assert "没有进行中的登录" in await ming.say("!验证码 abcd")


async def test_a_login_page_that_hangs_is_told_of_soon_and_can_be_given_up_at_once(bot: Bot) -> None:
    ming, control = at_home(bot), Control(bot.home)
    await added(bot, ming)
    control.set_faults([{"endpoint": "/captcha", "fault": "hang"}])
    try:
        assert "平台一时没有应答，过一会儿再发送 !登录 小明" in await ming.say("!登录 小明")
        before = len(control.requests())
        beginning = asyncio.create_task(ming.say("!登录 小明", expecting="取消了这次登录"))
        while len(control.requests()) == before:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
        assert await ming.say("取消", expecting="先不继续了")
        await beginning
    finally:
        control.set_faults([])
    assert "60 秒内回复" in await ming.say("!登录 小明")


async def test_a_wrong_password_stops_at_once_and_can_be_mended(bot: Bot) -> None:
    ming = at_home(bot)
    await ming.ask("!账号 添加 小明 521030910001 hunter2")

    refused = await ming.say(letters(bot))
    assert "学号或密码不对" in refused
    assert "!账号 更新 小明 学号 密码" in refused
    assert "🔴 小明（默认） · 学号或密码不对" in await ming.say("!账号")

    mended = await ming.ask("！账号更新 小明 521030910001 demo")
    assert mended.text.startswith("✅ 已更新账号 小明")
    assert (await ming.say(letters(bot))).startswith("✅ 账号 小明 已登录")


async def test_a_second_factor_is_asked_for_and_answered(bot: Bot) -> None:
    ming = at_home(bot)
    await ming.ask("!账号 添加 二步 ming2fa demo")
    choice = await ming.say(letters(bot))
    assert "再验证一次" in choice

    way = next(line for line in choice.splitlines() if "短信" in line).split(".")[0]
    assert "请回复短信验证码" in await ming.say(way)
    assert "这个码不对，还可以再试 4 次" in await ming.say("000000")
    assert (await ming.say(f"!验证码 {Control(bot.home).last_code()}")).startswith("✅ 账号 二步 已登录")


async def test_a_session_that_ended_is_seen_in_the_standing(bot: Bot) -> None:
    ming = await logged_in(bot)
    Control(bot.home).end_sessions(sign_on=True)
    assert "🟡 小明（默认） · 登录已失效（会话过期），发送 !登录 小明" in await ming.say("!登录状态")


async def test_the_same_message_twice_adds_once(bot: Bot) -> None:
    ming = at_home(bot)
    await added(bot, ming)
    assert (await ming.say(ADD)).startswith("⚠️")
    assert "共 1 个" in await ming.say("!账号")


async def test_a_bot_that_was_started_again_says_that_the_login_is_gone(start_bot: StartBot) -> None:
    bot = await start_bot()
    ming = at_home(bot)
    await added(bot, ming)
    await bot.terminate()
    await bot.restart()
    assert "没有进行中的登录；要登录就发送 !登录" in await ming.say(letters(bot))
    assert "还没有登录，发送 !登录 小明" in await ming.say("!登录状态")
    assert len((await ming.ask("!登录")).pictures) == 1
    assert (await ming.say(letters(bot))).startswith("✅")


async def test_sharing_tells_groups_from_people(bot: Bot) -> None:
    ming = await logged_in(bot)
    await bot.person().say("!任务列表")

    bare = await ming.say(f"!账号 共享 小明 {GROUP}")
    assert f"写 !账号 共享 小明 群{GROUP}" in bare, "a whole group does not get it by a slip"
    assert "共享给" not in await ming.say("!账号 列表")
    assert f"已共享给 群 {GROUP}" in await ming.say(f"!账号 共享 小明 群{GROUP}")
    assert "已共享给 QQ 23456" in await ming.say("!账号 共享 小明 qq23456")
    assert "已共享给 群 34567" in await ming.say("!账号 共享 小明 群号：34567")
    assert f"共享给 群 {GROUP}、QQ 23456、群 34567" in await ming.say("!账号 列表")
    assert "不再共享给 群 34567" in await ming.say("!账号 取消共享 小明 34567")
    qq = (await bot.peer()).qq
    qq.post(qq.group(45678), ming.speaker, [text_segment("只有 QQ 客户端知道的群")])
    assert "写 !账号 共享 小明 群45678" in await ming.say("!账号 共享 小明 45678")
    for odd in ("!账号 共享 小明", "!账号 共享 小明 大家", "!账号 共享"):
        assert "例如 !账号 共享 小明 群123456" in await ming.say(odd)


TYPED_IN_GROUP = [
    "!账号 添加 小明 521030910001 hunter2",
    "！账号添加 小明 521030910001 hunter2",
    "!账号 add 小明 521030910001 hunter2",
    "!登录 521030910001 hunter2",
    "账号 添加 小明 521030910001 hunter2",
]


async def test_a_password_typed_in_a_group_is_taken_back_and_nothing_is_added(bot: Bot) -> None:
    ming = bot.person()
    qq = (await bot.peer()).qq
    for text in TYPED_IN_GROUP:
        told = await ming.say(text)
        assert "我已经撤回" in told
        assert "私聊" in told
        assert "改掉密码" in told
        assert "hunter2" not in told
        assert qq.recalled[-1].text == text
    assert "还没有账号" in await bot.person(group=None).say("!账号")
    assert "请在私聊里对我说" in await ming.say("!账号 列表")
    assert len(qq.recalled) == len(TYPED_IN_GROUP)


async def test_where_the_bot_may_not_take_it_back_the_person_is_asked_to(bot: Bot) -> None:
    with manners(await bot.peer(), lambda action, _: Manner.FAILS if action == "delete_msg" else Manner.POLITE):
        assert "请马上自己撤回" in await bot.person().say(TYPED_IN_GROUP[0])


async def test_a_client_that_takes_no_picture_is_told_of_in_words(bot: Bot) -> None:
    ming = at_home(bot)
    with manners(await bot.peer(), lambda _, params: Manner.FAILS if "base64" in str(params) else Manner.POLITE):
        told = await ming.say(ADD)
        assert told.startswith("✅ 已添加账号 小明")
        assert "图片没有发出去" in told
        assert "换一张" in told

    assert len((await ming.ask("换一张")).pictures) == 1


ODD = [
    ("!账号 添加 小明 521030910001", "昵称、学号、密码三样"),
    ("!账号 添加", "昵称、学号、密码三样"),
    ("!账号 添加 小明 521030910001 pass word", "加引号"),
    ("!账号 521030910001 hunter2=x", "后面要写做什么"),
    ("!账号 hunter2", "后面要写做什么"),
    ("!账号 删除", "昵称"),
    ("!账号 删除 没有这个", "没有"),
    ("!登录 小明 hunter2", "登录只写昵称"),
    ("!登录 没有这个", "没有"),
    ("!验证码", "没有进行中的登录"),
]


async def test_whatever_is_wrong_one_sentence_says_what_to_send_and_repeats_no_password(bot: Bot) -> None:
    ming = at_home(bot)
    for text, hint in ODD:
        told = await ming.say(text)
        assert told.startswith("⚠️"), told
        assert hint in told
        assert "hunter2" not in told
        assert "pass word" not in told
    assert "还没有账号" in await ming.say("!账号")


async def test_an_odd_password_is_kept_as_it_was_typed(bot: Bot) -> None:
    ming = at_home(bot)
    told = await ming.ask("!账号 添加 小明 521030910001 预设=a,b=“c")
    assert told.text.startswith("✅ 已添加账号 小明"), told.text


async def test_nothing_secret_gets_into_the_log_at_any_level(start_bot: StartBot) -> None:
    bot = await start_bot(LOG_LEVEL="TRACE")
    ming = at_home(bot)
    await ming.ask("!账号 添加 小明 521030910001 Hunter-Two")
    await ming.say("zzqzz")
    right = letters(bot)
    await ming.say(right)
    await bot.person().say("!账号 天加 小明 521030910001 Hunter-Two")
    await ming.ask("!账号 更新 小明 ming2fa demo")
    await ming.say(letters(bot))
    await ming.say("app")
    code = Control(bot.home).last_code()
    await ming.say(code)

    log = bot.log_file.read_text("utf-8")
    assert "Message" in log
    for secret in ("Hunter-Two", "zzqzz", right, code, "521030910001", "base64://i", "JSESSIONID="):
        assert secret not in log
