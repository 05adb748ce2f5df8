"""One line as newcomers write it: days of each week, a time with its rhythm, words that were hardly meant as a name."""

from datetime import UTC, date, datetime

import pytest

from jobs.models.durations import alike, unit_unsaid
from jobs.models.errors import Refusal
from jobs.models.name_hints import unheard
from jobs.models.one_line import OneLine, read_one_line
from jobs.models.recurrence_words import in_words
from jobs.models.schedule_line import read_schedule_line
from jobs.models.text import Quoted, split_words
from jobs.models.timing import recurrence_of

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
ZONE = "Asia/Shanghai"
TAKES = ("预设", "场馆", "日期", "时段", "间隔", "账号", "场地", "连续", "自动", "不启动")


def read(line: str, **said: str) -> OneLine:
    return read_one_line(split_words(line), TODAY, takes=TAKES, said=said, several_days=True)


def schedule(line: str) -> tuple[str, str, dict[str, str]]:
    one = read_schedule_line(split_words(line), {}, NOW, ZONE)
    return " ".join(one.timing.name), in_words(recurrence_of(one.timing, NOW), ZONE), one.line.options


@pytest.mark.parametrize(
    ("line", "name", "options"),
    [
        ("晚场 每周五 19点", "晚场", {"日期": "周五", "时段": "19点"}),
        ("晚场 工作日", "晚场", {"日期": "周一,周二,周三,周四,周五"}),
        ("晚场 每周一三五晚上", "晚场", {"日期": "周一,周三,周五", "时段": "晚上"}),
        ("晚场 每天 19点", "晚场", {"日期": "每天", "时段": "19点"}),
        ("晚场 周5 晚", "晚场", {"日期": "周5", "时段": "晚"}),
        ("晚场 周五晚", "晚场", {"日期": "周五", "时段": "晚"}),
        ("晚场 3号场 5号场", "晚场", {"场地": "3,5"}),
        ("晚场 3号场 早", "晚场", {"场地": "3", "时段": "早"}),
        ("霍英东羽毛球明天晚上", "霍英东羽毛球", {"日期": "明天", "时段": "晚上"}),
        ("霍英东羽毛球周六19点", "霍英东羽毛球", {"日期": "周六", "时段": "19点"}),
        ("羽毛球周五", "羽毛球周五", {}),
        ("晚场 明天 11-20", "晚场", {"日期": "明天", "时段": "11-20"}),
        ("“羽毛球明天晚上”", "羽毛球明天晚上", {}),
    ],
)
def test_days_of_each_week_courts_and_days_behind_a_name(line: str, name: str, options: dict[str, str]) -> None:
    one = read(line)
    assert (" ".join(one.name), one.options) == (name, options)


def test_days_of_each_week_that_are_written_out_are_the_next_ones() -> None:
    assert read("晚场", 日期="工作日").options == {"日期": "周一,周二,周三,周四,周五"}
    wednesday = read_one_line(["晚场", "工作日"], date(2026, 11, 25), takes=TAKES, several_days=True)
    assert wednesday.options == {"日期": "周三,周四,周五,周一,周二"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("晚场 昨天", "已经过去了"),
        ("晚场 上周六", "已经过去了"),
        ("晚场 11-20", "是钟点还是日期？要这些钟点的场请写 时段=11-20"),
        ("晚场 每周八", "一周里没有"),
        ("晚场 每天 周六", "又是每天又是“周六”"),
    ],
)
def test_a_day_that_cannot_be_is_refused_and_no_name(line: str, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        read(line)


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        (["晚上羽毛球"], ["时段"], "“晚上”只是名称，没有当作时段"),
        (["昨天见"], ["日期", "时段"], "“昨天”只是名称，没有当作日期"),
        (["19点场", "3号场地赛"], ["时段", "场地"], "“19点”、“3号场”只是名称，没有当作时段、场地"),
        (["晚", "羽毛球", "3号"], ["时段", "日期"], "“3号”、“晚”只是名称，没有当作日期、时段"),
        (["羽毛球", "下周"], ["日期"], "“下周”只是名称"),
        (["晚上羽毛球"], ["日期"], ""),
        ([Quoted("明天")], ["日期"], ""),
        (["霍英东羽毛球"], ["日期", "时段", "间隔", "场地"], ""),
        (["周五羽毛球"], ["日期", "时段"], ""),  # It is said of weekdays elsewhere.
    ],
)
def test_what_looks_like_an_option_in_a_name_is_told(name: list[str], options: list[str], says: str) -> None:
    assert says in unheard(name, options)
    assert bool(unheard(name, options)) == bool(says)


GLUED: list[tuple[str, tuple[str, str, dict[str, str]]]] = [
    ("每天中午12点 订 霍英东羽毛球 19点", ("霍英东羽毛球", "每天 12:00", {"时段": "19点"})),
    ("霍英东羽毛球 每周六早上9点 19点", ("霍英东羽毛球", "每周六 09:00", {"时段": "19点"})),
    ("霍英东羽毛球 每天晚上8点半 18-21点", ("霍英东羽毛球", "每天 20:30", {"时段": "18-21点"})),
    ("帮我 抢 霍英东羽毛球 每天12点 晚上七点", ("霍英东羽毛球", "每天 12:00", {"时段": "晚上七点"})),
    ("霍英东羽毛球 每天12:00 19点", ("霍英东羽毛球", "每天 12:00", {"时段": "19点"})),
    ("每天中午12点 霍英东羽毛球", ("霍英东羽毛球", "每天 12:00", {})),
    ("晨跑 每天晚上7点", ("晨跑", "每天 19:00", {})),
    ("预订 12:00", ("预订", "每天 12:00", {})),
]


@pytest.mark.parametrize(("line", "expected"), GLUED)
def test_a_time_glued_to_a_rhythm_is_when_a_schedule_fires(
    line: str, expected: tuple[str, str, dict[str, str]]
) -> None:
    assert schedule(line) == expected


@pytest.mark.parametrize("line", ["晨跑 8点 20点", "晨跑 每天 8点 20点", "每天8点 20:00 晨跑"])
def test_of_two_times_the_second_may_have_been_the_court_s(line: str) -> None:
    with pytest.raises(Refusal, match="要订的钟点请写 时段=20"):
        schedule(line)


@pytest.mark.parametrize(
    ("text", "is_said"), [("5", True), ("59", True), ("60", False), ("5秒", False), ("300", False)]
)
def test_a_bare_number_under_a_minute_is_said_to_be_seconds(text: str, is_said: bool) -> None:
    assert bool(unit_unsaid(text)) == is_said


def test_two_durations_are_said_in_one_way() -> None:
    assert alike(300, 600) == ("300秒", "600秒")
    assert alike(7200, 300) == ("7200秒", "300秒")
    assert alike(3600, 600) == ("1小时", "10分钟")
