"""What the bot's own log keeps to itself: passwords, answers to captchas, whatever is said in private, pictures."""

import json
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
from hypothesis import given, strategies as st
from loguru import logger
from nonebot.adapters.onebot.v11 import Adapter, Event, GroupMessageEvent, PrivateMessageEvent
from nonebot.log import LoguruHandler

from jobs.cli.onebot import Speaker, message_event, text_segment
from jobs.cli.qq import QQ
from jobs.clock import SystemClock
from plugins._onebot.secrecy import discreet, keep_secrets_out_of_log

MING = Speaker(user_id=20001, nickname="小明")


@pytest.fixture
def log() -> Iterator[StringIO]:
    """All that a sink of any level gets, tracebacks included."""
    written = StringIO()
    sink = logger.add(written, level=0, format="{message}", diagnose=False, colorize=False)
    logger.configure(extra={"nonebot_log_level": 0})
    keep_secrets_out_of_log()
    yield written
    logger.remove(sink)
    logger.configure(extra={"nonebot_log_level": "INFO"}, patcher=None)


def event(text: str, *, group: int | None) -> Event:
    qq = QQ("10000", SystemClock())
    chat = qq.private(MING.user_id) if group is None else qq.group(group)
    raw = message_event(qq.post(chat, MING, [text_segment(text)]))
    model = PrivateMessageEvent if group is None else GroupMessageEvent
    return model.model_validate(raw)


def line_of(text: str, *, group: int | None = None) -> str:
    """The line that NoneBot writes about a message, as it comes to the patcher: without colours."""
    from loguru._colorizer import Colorizer  # pyright: ignore

    return Colorizer.prepare_format("OneBot V11 10000 | " + event(text, group=group).get_log_string()).strip()


SAID = [
    "!账号 添加 小明 521030910001 hunter2",
    "!验证码 hunter2",
    "hunter2",
    "！帐号 add\u3000a b hunter2",
    "!验证吗 hunter2",
]


@pytest.mark.parametrize("said", SAID)
def test_of_a_private_message_only_its_length_is_kept(said: str) -> None:
    line = line_of(said)
    assert "hunter2" in line
    kept = discreet(line)
    assert "hunter2" not in kept
    assert "from 20001" in kept


@pytest.mark.parametrize(
    "said",
    [
        "!账号 添加 小明 521030910001 hunter2",
        "！账号\u3000添加\u3000小明\u3000521030910001\u3000hunter2",
        "!账\u200b号 添加\n小明\n521030910001\nhunter2",
        "!账号 天加 小明 521030910001 hunter2",
        "!登录 521030910001 hunter2",
        "!账号 添加 小明 521030910001 hunter2'\"[]&,",
    ],
)
def test_a_password_typed_in_a_group_is_not_kept(said: str) -> None:
    assert "hunter2" not in discreet(line_of(said, group=12345))


@pytest.mark.parametrize("said", ["#账号 小明 521 hunter2", "#账号 改 小明 521 hunter2", "#登录 521 hunter2"])
def test_nor_behind_another_prefix(said: str) -> None:
    assert "hunter2" not in discreet(line_of(said, group=12345), {"#"})


@pytest.mark.parametrize(
    "said", ["!账号 改密码 小明 521 hunter2", "!账号 加 小明 521 hunter2", "!账号 小明 521 hunter2"]
)
def test_nor_wherever_else_the_words_stand(said: str) -> None:
    assert "hunter2" not in discreet(f"could not be answered: {said}")


@pytest.mark.parametrize("said", ["!任务列表", "大家好，明天打球吗", "!创建监控 晚场 账号=czq,sty"])
def test_other_talk_of_a_group_stays(said: str) -> None:
    line = line_of(said, group=12345)
    assert discreet(line) == line


def test_an_event_that_could_not_be_read_keeps_its_words_to_itself() -> None:
    raw = "[message]: {'message_type': 'private', 'raw_message': 'abcd', 'message': [{'data': {'text': 'abcd'}}]}"
    assert "abcd" not in discreet(raw)
    assert "abcd" not in discreet(f"Failed to parse event. Raw: {raw}")


@pytest.mark.parametrize(
    "lacks", [("time",), ("time", "raw_message"), ("time", "message_type"), ("sender",), ("font",)]
)
@pytest.mark.parametrize("said", ["hunter2", "!账号 添加 x 521 hunter2"])
def test_nor_does_the_adapter_tell_why_it_could_not_be_read(log: StringIO, lacks: tuple[str, ...], said: str) -> None:
    shown = json.loads(event(said, group=None).model_dump_json())
    raw = {key: value for key, value in shown.items() if key not in lacks} | {"post_type": "message"}
    Adapter.json_to_event(raw)
    assert "could not" in log.getvalue() or "arse" in log.getvalue()
    assert "hunter2" not in log.getvalue()


def test_what_was_wrong_with_a_value_is_told_without_it() -> None:
    quoted = (
        "1 validation error\n  Field required [type=missing, input_value={'a': 'x, input_type=y'}, input_type=dict]"
    )
    shown = "1 validation error\n  Field required [type=missing, input_value=••••, input_type=dict]"
    assert (discreet(quoted), discreet(shown)) == (shown, shown)
    assert discreet("input_value='cut off") == "input_value=••••"


@pytest.mark.parametrize("group", [None, 12345])
def test_a_whole_event_keeps_passwords_to_itself(group: int | None) -> None:
    shown = f"run with incoming args: bot=Bot(), event={event(SAID[0], group=group)!r}, state={{}}"
    assert "hunter2" in shown
    assert discreet(shown) == "run with incoming args: bot=Bot••••"


def test_a_whole_event_of_a_group_is_shown_where_it_may_be() -> None:
    shown = f"event={event('大家好', group=12345)!r}"
    assert discreet(shown) == shown


def test_pictures_do_not_flood_the_log() -> None:
    assert discreet(f"calling {{'file': 'base64://{'QUJD' * 9999}'}}") == "calling {'file': 'base64://…'}"


def test_every_sink_and_level_gets_only_what_may_be_kept(log: StringIO) -> None:
    for level in ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR"):
        logger.opt(colors=True).log(level, f"<m>bot</m> | {event('abcd', group=None).get_log_string()}")
        logger.log(level, "password=hunter2 captcha=abcd JSESSIONID=0123")
    assert "abcd" not in log.getvalue()
    assert "hunter2" not in log.getvalue()
    assert "0123" not in log.getvalue()
    assert log.getvalue().count("from 20001") == 6


def test_what_is_below_the_bots_level_is_not_looked_through_but_left_out(log: StringIO) -> None:
    logger.configure(extra={"nonebot_log_level": "INFO"})
    logger.debug("password=hunter2")
    logger.info("here")
    assert log.getvalue() == "（低于 LOG_LEVEL，不显示）\nhere\n"


def test_nor_do_the_texts_of_errors_or_of_those_behind_them(log: StringIO) -> None:
    def fail() -> None:
        try:
            raise ValueError("password=hunter2")
        except ValueError as cause:
            raise RuntimeError("it broke") from cause

    try:
        fail()
    except RuntimeError:
        logger.exception("a message could not be answered")
    group = ExceptionGroup("several", [ValueError("!账号 添加 a b hunter2")])
    logger.opt(exception=group).error("and again")

    assert "hunter2" not in log.getvalue()
    assert "it broke" in log.getvalue()
    assert "in fail" in log.getvalue()


def test_an_ordinary_error_is_told_whole(log: StringIO) -> None:
    try:
        raise KeyError("晚场")
    except KeyError:
        logger.exception("odd")
    assert "KeyError: '晚场'" in log.getvalue()


def test_what_comes_from_pythons_own_logging_is_treated_alike(log: StringIO) -> None:
    import logging

    LoguruHandler().emit(logging.LogRecord("uvicorn", 20, __file__, 1, "token=%s", ("hunter2",), None))
    assert log.getvalue().strip() == "token=••••"


@given(st.text(max_size=200))
def test_any_line_can_be_looked_at_twice(text: str) -> None:
    once = discreet(text)
    assert discreet(once) == once


@pytest.mark.parametrize("piece", ["'\\", "'", '"\\', "[message", "[message.group]: Message 1 from 2@[", "账号 添加 "])
def test_hostile_lines_of_any_length_end(piece: str) -> None:
    """A rule of quadratic cost would take minutes."""
    for front in ("", "raw_message", "[message.group.normal]: Message 1 from 2 "):
        discreet(front + piece * (200_000 // len(piece)))


def test_it_is_on_from_the_start_however_the_bot_is_started() -> None:
    import subprocess

    script = (
        "import nonebot; nonebot.init(driver='~fastapi', _env_file=None)\n"
        "nonebot.load_plugin('plugins.engine')\n"
        "nonebot.logger.warning('password=hunter2')"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert "••••" in ran.stdout
    assert "hunter2" not in ran.stdout
