"""From a line to a command, and from words to a time: without a bot."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, strategies as st

from jobs import Refusal
from jobs.models.timing_words import read_timing
from plugins._commands.command import Command, Where, Who
from plugins._commands.guessing import nearest
from plugins._commands.reading import may_have_prefix, read_line, without_prefix
from plugins._commands.table import COMMANDS

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PREFIXES = frozenset({"!", "/"})


@pytest.mark.parametrize(
    ("line", "name", "rest"),
    [
        ("任务列表", "任务列表", ""),
        ("任务 我的", "任务列表", "我的"),
        ("JOBS page=2", "任务列表", "page=2"),
        ("任务日志7", "任务日志", "7"),
        ("任务日志 7 50", "任务日志", "7 50"),
        ("启动任务1e95803d", "启动任务", "1e95803d"),
        ("停止任务#7", "停止任务", "#7"),
        ("创建监控南洋北苑", "创建监控", "南洋北苑"),
        ("创建定时晨跑 12:00", "创建定时", "晨跑 12:00"),
        ("job-logs7", "任务日志", "7"),
        ("日志7", "任务日志", "7"),
        ("为什么7", "为什么", "7"),
        ("查询5 明天", "查询", "5 明天"),
    ],
)
def test_a_line_begins_with_its_command(line: str, name: str, rest: str) -> None:
    found = read_line(line, COMMANDS)
    assert found is not None
    assert (found.command.name, found.rest) == (name, rest)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "!!",
        "任务完成啦",
        "日志写得真好",
        "jobsearch",
        "helpless",
        "预设好了吗",
        "帮助别人",
        "为什么这么贵",
        "订单呢",
    ],
)
def test_talk_that_begins_like_a_command_is_none(line: str) -> None:
    assert read_line(line, COMMANDS) is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("列表", "任务列表"),
        ("停止任物 7", "停止任务"),
        ("创建监测 x", "创建监控"),
        ("job-stp 7", "停止任务"),
        ("shrug", None),
        ("哈哈", None),
    ],
)
async def test_only_what_is_near_is_suggested(line: str, name: str | None) -> None:
    found = await nearest(line, COMMANDS)
    assert (found.name if found else None) == name


def test_the_longest_prefix_wins_and_blanks_behind_it_go() -> None:
    assert without_prefix("!! 列表", frozenset({"!", "!!"})) == "列表"
    assert without_prefix("! 列表", PREFIXES) == "列表"
    assert without_prefix("列表", PREFIXES) is None
    assert without_prefix("列表", frozenset({""})) == "列表"
    assert may_have_prefix("\u200b ！列表", PREFIXES)
    assert not may_have_prefix("列表！", PREFIXES)


@given(st.text())
def test_reading_takes_anything(text: str) -> None:
    without_prefix(text, PREFIXES)
    may_have_prefix(text, PREFIXES)
    if (line := read_line(text, COMMANDS)) is not None:
        assert line.command in COMMANDS


def test_every_word_means_one_command_and_every_command_says_who_and_where() -> None:
    words = [word.casefold() for command in COMMANDS for word in command.words]
    assert len(words) == len(set(words))
    assert {field.name for field in msgspec.structs.fields(Command) if field.required} >= {"who", "where"}
    with pytest.raises(TypeError, match="who"):
        Command(name="x", where=Where.ANYWHERE, help="", example="", handle=COMMANDS[0].handle)  # pyright: ignore
    assert all(isinstance(command.who, Who) for command in COMMANDS)


@pytest.mark.parametrize(
    ("words", "name", "at", "days", "on"),
    [
        (["晨跑"], ["晨跑"], None, None, None),
        (["晨跑", "12:00"], ["晨跑"], time(12), None, None),
        (["晨跑", "七点半", "工作日"], ["晨跑"], time(7, 30), frozenset(range(5)), None),
        (["晨跑", "每周一三五", "12:00:05"], ["晨跑"], time(12, 0, 5), frozenset({0, 2, 4}), None),
        (["晨跑", "11-28", "12:00"], ["晨跑"], time(12), None, date(2026, 11, 28)),
        (["晨跑", "12:00", "明天"], ["晨跑"], time(12), None, date(2026, 11, 24)),
        (["晨跑", "12:00", "一次"], ["晨跑"], time(12), None, date(2026, 11, 24)),
        (["晨跑", "12:01", "一次"], ["晨跑"], time(12, 1), None, date(2026, 11, 23)),
        (["周五", "羽毛球", "12:00"], ["周五", "羽毛球"], time(12), None, None),
        (["晨跑", "今晚集合", "12:00"], ["晨跑", "今晚集合"], time(12), None, None),
    ],
)
def test_a_schedules_words_are_a_name_and_a_time(
    words: list[str], name: list[str], at: time | None, days: frozenset[int] | None, on: date | None
) -> None:
    timing = read_timing(words, NOON, ZONE)
    assert (timing.name, timing.at, timing.days, timing.on) == (name, at, days, on)


@pytest.mark.parametrize(
    "words",
    [
        ["晨跑", "25:99"],
        ["晨跑", "12:00", "13:00"],
        ["晨跑", "12:00", "随便"],
        ["晨跑", "每天", "11-28"],
        ["晨跑", "2-30"],
    ],
)
def test_a_time_that_cannot_be_is_refused(words: list[str]) -> None:
    with pytest.raises(Refusal):
        read_timing(words, NOON, ZONE)


@given(st.lists(st.text(min_size=1), max_size=6))
def test_a_schedules_words_are_understood_or_refused(words: list[str]) -> None:
    try:
        timing = read_timing(words, NOON, ZONE)
    except Refusal:
        return
    assert set(timing.name) <= set(words)
