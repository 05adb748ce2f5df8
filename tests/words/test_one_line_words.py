"""One line in any order: the same request, whatever comes first; a name never vanishes."""

from datetime import UTC, date, datetime
from random import Random

import pytest
from hypothesis import example, given, settings, strategies as st

from jobs.models.errors import Refusal
from jobs.models.one_line import OneLine, read_one_line
from jobs.models.recurrence_words import in_words
from jobs.models.schedule_line import read_schedule_line
from jobs.models.text import Quoted, clean, split_words
from jobs.models.timing import recurrence_of

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
ZONE = "Asia/Shanghai"
TAKES = ("预设", "场馆", "日期", "时段", "间隔", "账号", "场地", "连续", "自动", "不启动")


def read(line: str, **said: str) -> OneLine:
    return read_one_line(split_words(line), TODAY, takes=TAKES, said=said, several_days=True)


def understood(line: str) -> tuple[str, dict[str, str], set[str]]:
    one = read(line)
    return " ".join(one.name), one.options, {flag for flag in one.flags if one.is_on(flag)}


LINES: list[tuple[str, str, dict[str, str], set[str]]] = [
    ("霍英东羽毛球 明天18-21 自动抢", "霍英东羽毛球", {"日期": "明天", "时段": "18-21"}, {"自动"}),
    ("自动抢 明天18-21 霍英东羽毛球", "霍英东羽毛球", {"日期": "明天", "时段": "18-21"}, {"自动"}),
    (
        "晚场 间隔10分钟 预设18 账号czq 时段19-21",
        "晚场",
        {"间隔": "10分钟", "预设": "18", "账号": "czq", "时段": "19-21"},
        set(),
    ),
    ("晚场 间隔 10分钟 预设 18 账号 czq", "晚场", {"间隔": "10分钟", "预设": "18", "账号": "czq"}, set()),
    ("晚场 间隔:600 预设：18", "晚场", {"间隔": "600", "预设": "18"}, set()),
    (
        "晚场 每5分钟 周六 晚上七点 不启动",
        "晚场",
        {"间隔": "5分钟", "日期": "周六", "时段": "晚上七点"},
        {"不启动"},
    ),
    ("晚场 每隔半小时查一次", "晚场", {"间隔": "半小时"}, set()),
    ("晚场 今晚", "晚场", {"日期": "今天", "时段": "晚上"}, set()),
    ("晚场 明晚8点自动预订", "晚场", {"日期": "明天", "时段": "晚上8点"}, {"自动"}),
    ("晚场 周六下午", "晚场", {"日期": "周六", "时段": "下午"}, set()),
    ("晚场 11-28 19", "晚场", {"日期": "11-28", "时段": "19"}, set()),
    ("晚场 11月28日 19 20", "晚场", {"日期": "11月28日", "时段": "19,20"}, set()),
    ("晚场 +7 18 - 21", "晚场", {"日期": "+7", "时段": "18-21"}, set()),
    ("晚场 周六、周日 18,19,20", "晚场", {"日期": "周六,周日", "时段": "18,19,20"}, set()),
    ("晚场 周末", "晚场", {"日期": "周六,周日"}, set()),
    ("晚场 9-11", "晚场", {"时段": "9-11"}, set()),
    ("晚场 11-23", "晚场", {"日期": "11-23"}, set()),
    ("晚场 11-23 明天", "晚场", {"日期": "明天", "时段": "11-23"}, set()),
    ("晚场 场地3,5 连续2小时", "晚场", {"场地": "3,5", "连续": "2小时"}, set()),
    ("预设18明天18-21自动", "", {"预设": "18", "日期": "明天", "时段": "18-21"}, {"自动"}),
    ("晚场 不自动", "晚场", {}, set()),
]


@pytest.mark.parametrize(("line", "name", "options", "flags"), LINES)
def test_a_line_is_understood(line: str, name: str, options: dict[str, str], flags: set[str]) -> None:
    assert understood(line) == (name, options, flags)


@pytest.mark.parametrize(
    "name",
    [
        "周五羽毛球",
        "19点场",
        "账号监控",
        "自动化监控",
        "明天见",
        "今晚集合",
        "1号馆",
        "晚上羽毛球",
        "3缺1",
        "早",
        "晚",
        "每日预订",
        "预设",
    ],
)
def test_a_name_that_only_contains_such_words_stays_one(name: str) -> None:
    assert understood(name) == (name, {}, set())
    assert understood(f"{name} 19点")[:2] == (name, {"时段": "19点"})


def test_what_is_quoted_is_the_name() -> None:
    one = read('"明天18-21" 19点')
    assert one.name == ("明天18-21",)
    assert isinstance(one.name[0], Quoted)
    assert one.options == {"时段": "19点"}


def test_the_same_said_twice_is_no_contradiction() -> None:
    assert read("晚场 19点", 时段="19").options == {"时段": "19"}
    assert read("晚场 明天", 日期="11-23").options == {"日期": "11-23"}
    assert read("晚场 每5分钟", 间隔="300").options == {"间隔": "300"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("晚场 19点", {"时段": "20"}),
        ("晚场 明天", {"日期": "后天"}),
        ("晚场 每5分钟", {"间隔": "301"}),
        ("晚场 预设18 预设19", {}),
        ("晚场 自动 不自动", {}),
        ("晚场 25点", {}),
        ("晚场 2-30", {}),
        ("晚场 12点半", {}),
        ("晚场 账号", {}),
    ],
)
def test_what_contradicts_itself_or_cannot_be_is_refused(line: str, said: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        read(line, **said)
    assert len(refused.value.sentence) < 200


PARTS = (
    st.sampled_from(["明天", "周六", "11-28", "后天", "12月1日", "+7"]),
    st.sampled_from(["18-21", "19点", "晚上七点", "18,19,20", "下午3点到5点"]),
    st.sampled_from(["每5分钟", "间隔10分钟", "间隔600", "每隔1小时"]),
    st.sampled_from(["预设18", "预设:5"]),
    st.sampled_from(["自动", "自动抢", "自动预订"]),
    st.sampled_from(["账号czq", "账号czq,sty"]),
    st.sampled_from(["不启动", "先不启动"]),
)
NAMES = st.sampled_from(["晚场", "霍英东羽毛球", "周五羽毛球", "hyd", "19点场", "👍", "a-b"])


@settings(max_examples=150)
@given(NAMES, st.tuples(*(st.none() | part for part in PARTS)), st.integers(0, 10**6))
def test_any_order_of_the_parts_gives_the_same_request(name: str, parts: tuple[str | None, ...], seed: int) -> None:
    words = [name, *filter(None, parts)]
    shuffled = list(words)
    Random(seed).shuffle(shuffled)
    expected = read_one_line(words, TODAY, takes=TAKES)
    found = read_one_line(shuffled, TODAY, takes=TAKES)
    assert (found.name, found.options, found.flags) == (expected.name, expected.options, expected.flags)
    assert found.name == (name,)


TEXT = st.text(
    alphabet='霍英东明天周六日一二十点半晚上每隔分钟小时自动抢不启动预设间隔时段账号:：-~,、+ 0123456789"“”',
    max_size=60,
)


@settings(max_examples=300)
@example("25点 25点")
@example("- - - 每 每 每")
@given(TEXT)
def test_any_line_is_understood_or_refused_and_no_word_vanishes(text: str) -> None:
    words = split_words(clean(text))
    try:
        one = read_one_line(words, TODAY, takes=TAKES, several_days=True)
    except Refusal as refusal:
        sentence = refusal.sentence
        assert len(sentence) < 300
        return
    assert bool(one.name or one.options or one.flags) == bool(words)
    assert [word for word in words if isinstance(word, Quoted)] == [
        word for word in one.name if isinstance(word, Quoted)
    ]
    plain = "霍英东"
    assert (
        not any(plain == word for word in words)
        or plain in one.name
        or any(plain in value for value in one.options.values())
    )


def schedule(line: str, **said: str) -> tuple[str, str, dict[str, str]]:
    one = read_schedule_line(split_words(line), said, NOW, ZONE)
    return " ".join(one.timing.name), in_words(recurrence_of(one.timing, NOW), ZONE), one.line.options


SCHEDULES: list[tuple[str, tuple[str, str, dict[str, str]]]] = [
    ("任务名称 12:00", ("任务名称", "每天 12:00", {})),
    ("每日预订 每天12:00 预设18 19点", ("每日预订", "每天 12:00", {"预设": "18", "时段": "19点"})),
    ("预设18 每天12:00 每日预订 19点", ("每日预订", "每天 12:00", {"预设": "18", "时段": "19点"})),
    ("每天12:00 霍英东羽毛球 19点", ("霍英东羽毛球", "每天 12:00", {"时段": "19点"})),
    ("晨跑 每天 晚上7点", ("晨跑", "每天 19:00", {})),
    ("晨跑 每天 晚上 7点", ("晨跑", "每天 19:00", {})),
    ("晨跑 周六 19点", ("晨跑", "2026-11-28 19:00 一次", {})),
    ("晨跑 每周三 12:00 晚上七点", ("晨跑", "每周三 12:00", {"时段": "晚上七点"})),
    ("晨跑 每天12点 预设18 19点", ("晨跑", "每天 12:00", {"预设": "18", "时段": "19点"})),
    ("晨跑 预设 18 19点", ("晨跑", "每天 12:00", {"预设": "18", "时段": "19点"})),
    ("晨跑 每2小时 8-22点", ("晨跑", "每2小时 8-22点", {})),
    ("晨跑 12:00 11-28", ("晨跑", "2026-11-28 12:00 一次", {})),
    (
        "晨跑 工作日 12:00 18-21点 +7 账号czq",
        ("晨跑", "工作日 12:00", {"账号": "czq", "时段": "18-21点", "日期": "+7"}),
    ),
    ("晨跑 12:00 日期明天 时段19-21", ("晨跑", "每天 12:00", {"日期": "明天", "时段": "19-21"})),
    ("12:00 预设18", ("", "每天 12:00", {"预设": "18"})),
    ("周六 霍英东羽毛球 12:00", ("霍英东羽毛球", "2026-11-28 12:00 一次", {})),
]


@pytest.mark.parametrize(("line", "expected"), SCHEDULES)
def test_a_schedule_s_clock_is_when_it_fires_and_its_hours_what_it_books(
    line: str, expected: tuple[str, str, dict[str, str]]
) -> None:
    assert schedule(line) == expected


@pytest.mark.parametrize(
    "line", ["晨跑 12:00 13:00", "晨跑 12:00 随便", "晨跑 8点 20点", "晨跑 每2小时 12:00", "晨跑 12:00 19点 时段20"]
)
def test_a_schedule_s_contradictions_are_refused_as_ever(line: str) -> None:
    with pytest.raises(Refusal):
        schedule(line)


SCHEDULED = ("每天12:00", "预设18", "19点", "账号czq", "不启动", "每日预订")


@given(st.permutations(SCHEDULED))
def test_any_order_of_a_schedule_s_parts_gives_the_same_one(words: list[str]) -> None:
    one = read_schedule_line(words, {}, NOW, ZONE)
    assert one.timing.name == ["每日预订"]
    assert one.line.options == {"预设": "18", "时段": "19点", "账号": "czq"}
    assert one.line.is_on("不启动")
    assert in_words(recurrence_of(one.timing, NOW), ZONE) == "每天 12:00"


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [*SCHEDULED, "周六", "12:00", "8-22点", "每2小时", "+7", "晚上", "一次", "11-28", "cron", "随便"]
        ),
        max_size=7,
    )
)
def test_any_words_of_a_schedule_are_understood_or_refused(words: list[str]) -> None:
    try:
        one = read_schedule_line(words, {}, NOW, ZONE)
    except Refusal:
        return
    assert "随便" not in words or "随便" in one.timing.name
    assert "每日预订" not in words or "每日预订" in one.timing.name
