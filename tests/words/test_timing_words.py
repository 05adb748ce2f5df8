"""What people write about a time is read, and what a recurrence says of itself is read back."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings, strategies as st
from msgspec.structs import replace

from jobs.models.errors import Refusal
from jobs.models.punctuality import Misfire, Overlap, Punctuality
from jobs.models.recurrence import (
    LAST_DAY,
    Bounds,
    Cron,
    Every,
    Monthly,
    Once,
    Recurrence,
    Weekly,
    Window,
    in_words,
    upcoming,
)
from jobs.models.text import split_words
from jobs.models.timing import assumed
from jobs.models.timing_options import punctuality_said, recurrence_said, timing_said
from jobs.models.timing_words import parse_timing
from jobs.models.windows import parse_window

HOME = "Asia/Shanghai"
NOW = datetime(2026, 11, 22, 9, 30, 5, 250_000, tzinfo=UTC)  # a Sunday, 17:30:05 at home
SECOND = NOW.replace(microsecond=0)
TWO_HOURS = Every(seconds=7200, anchor=SECOND)


def on(month: int, day: int, hour: int, year: int = 2026) -> Once:
    return Once(at=datetime(year, month, day, hour, tzinfo=ZoneInfo(HOME)).astimezone(UTC))


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("每天12:00", Weekly(time=time(12))),
        ("12:00", Weekly(time=time(12))),
        ("每天", Weekly(time=time(12))),
        ("每天中午", Weekly(time=time(12))),
        ("每天 晚上 7点", Weekly(time=time(19))),
        ("中午12点半 每天", Weekly(time=time(12, 30))),
        ("今晚8点", on(11, 22, 20)),
        ("明早9点", on(11, 23, 9)),
        ("每天8点（UTC+8 时间）", Weekly(time=time(8))),
        ("晚上7点 每天", Weekly(time=time(19))),
        ("工作日 08:30:15", Weekly(time=time(8, 30, 15), days=frozenset(range(5)))),
        ("每周六 9点", Weekly(time=time(9), days=frozenset({5}))),
        ("每周六9点", Weekly(time=time(9), days=frozenset({5}))),
        ("每周一三五12:00", Weekly(time=time(12), days=frozenset({0, 2, 4}))),
        ("12:00每周一三五", Weekly(time=time(12), days=frozenset({0, 2, 4}))),
        ("周一至周五，七点半", Weekly(time=time(7, 30), days=frozenset(range(5)))),
        ("每月1,15号 9点", Monthly(time=time(9), days=frozenset({1, 15}))),
        ("每个月1-3号和15号9点", Monthly(time=time(9), days=frozenset({1, 2, 3, 15}))),
        ("每月最后一天 18:00", Monthly(time=time(18), days=frozenset({LAST_DAY}))),
        ("月底", None),
        ("每月底 18:00", Monthly(time=time(18), days=frozenset({LAST_DAY}))),
        ("每2小时", TWO_HOURS),
        ("每隔两个小时", TWO_HOURS),
        ("每2小时 8-22点", replace(TWO_HOURS, bounds=Bounds(window=Window(first=8, last=22)))),
        ("早上8点到晚上10点每2小时", replace(TWO_HOURS, bounds=Bounds(window=Window(first=8, last=22)))),
        ("每2小时 22-6点", replace(TWO_HOURS, bounds=Bounds(window=Window(first=22, last=6)))),
        ("每30分钟", Every(seconds=1800, anchor=SECOND)),
        ("每 2 小时", TWO_HOURS),
        ("每天一次 8点", Weekly(time=time(8))),
        ("每天 8点，有效时段 8-22点", Weekly(time=time(8), bounds=Bounds(window=Window(first=8, last=22)))),
        ("每小时", Every(seconds=3600, anchor=SECOND)),
        ("每半小时一次", Every(seconds=1800, anchor=SECOND)),
        ("每2天 9点", Every(seconds=172_800, anchor=datetime(2026, 11, 23, 1, tzinfo=UTC))),
        ("每2天 18点", Every(seconds=172_800, anchor=datetime(2026, 11, 22, 10, tzinfo=UTC))),
        ("11-28 12:00", on(11, 28, 12)),
        ("11月28日 12点", on(11, 28, 12)),
        ("2027-01-02 12:00", on(1, 2, 12, 2027)),
        ("明天 9点", on(11, 23, 9)),
        ("周六 9点", on(11, 28, 9)),
        ("18:00 一次", on(11, 22, 18)),
        ("9:00 一次", on(11, 23, 9)),
        ('cron="0 8 * * 1-5"', Cron(expression="0 8 * * 1-5")),
        ("cron 0 8,12 * * 1-5", Cron(expression="0 8,12 * * 1-5")),
        ("CRON=“0  8 * * MON”", Cron(expression="0 8 * * MON")),
        (
            "每天 12:00 12-01起 12-31前",
            Weekly(time=time(12), bounds=Bounds(starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 31))),
        ),
        (
            "每天8点，跳过明天、12-25",
            Weekly(time=time(8), bounds=Bounds(skips=frozenset({date(2026, 11, 23), date(2026, 12, 25)}))),
        ),
        ("每天8点，随机推迟最多5分钟", Weekly(time=time(8), bounds=Bounds(jitter_seconds=300))),
        ("每天8点（东京 时间）", Weekly(time=time(8), zone="Asia/Tokyo")),
        ("每月15号，12-31前", Monthly(time=time(12), days=frozenset({15}), bounds=Bounds(ends_on=date(2026, 12, 31)))),
    ],
)
def test_words_are_understood(words: str, meant: Recurrence | None) -> None:
    if meant is None:
        with pytest.raises(Refusal):
            parse_timing(words, NOW, HOME)
    else:
        assert parse_timing(words, NOW, HOME) == meant


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        ("", "是空的"),
        ("每天 " * 200, "太长"),
        ("随便", "12:00 每天"),
        ("每天 9点 随便", "不明白“随便”"),
        ("9", "12:00 每天"),
        ("25:99", "没有“25:99”"),
        ("12:5", "没有“12:5”"),
        ("12:00 13:00", "写了两次"),
        ("每天 每周一", "写了两次"),
        ("每天 11-28", "只留一个"),
        ("每天 每2小时", "只留一种"),
        ("每2小时 12:00", "12:00 每天"),
        ("cron='0 8 * * *' 12:00", "去掉另写的时间"),
        ("每天 8-22点", "每2小时 8-22点"),
        ("19:00 18-20点", "时段=18-20"),
        ("每天 12:00 一次", "12:00 一次"),
        ("每隔一天 9点", "说不准是每天还是每2天，请写 12:00 每天 或 12:00 每2天"),
        ("每隔2天 9点", "请写 12:00 每2天 或 12:00 每3天"),
        ("每两周 9点", "12:00 每14天"),
        ("每月最后一个周五 9点", 'cron="0 9 * * 5L"'),
        ("每月的第二个星期天", 'cron="0 9 * * 0#2"'),
        ("每2个月", 'cron="0 9 1 */2 *"'),
        ("每年", 'cron="0 9 1 6 *"'),
        ("除周末外每天 9点", "12:00 工作日"),
        ("除了国庆", "跳过=12-25"),
        ("10分钟后", "请写几点，例如 17:40:05 一次"),
        ("1小时后", "请写几点，例如 18:30 一次"),
        ("三天后 9点", "例如 11-25 17:30"),
        ("28号 12:00", "12:00 11-28 或 12:00 每月28号"),
        ("下周末 9点", "12:00 周六"),
        ("周六晚上", "晚上7点"),
        ("每天 8点和20点", '请分成两个任务，或写成 cron="0 8,20 * * *"'),
        ("每天 8:30、20点", "请只留触发的那个；要订的钟点请写 时段=20"),
        ("每周日24:00", "周日 24:00 写成 周一 0:00"),
        ("每天 跳过周末 9点", "不明白“跳过周末 9点”，不要周末请写 工作日"),
        ("每天 跳过国庆", "跳过=12-25,01-01"),
        ("每天（UTC+9 时间）", "Asia/Shanghai（UTC+8）"),
        ("每周八", "没有“每周八”"),
        ("2-30", "没有“2-30”"),
        ("每月32号", "没有“32”号"),
        ("11-28 12:00，12-31前", "用不上"),
        ("每天（火星 时间）", "没有叫“火星”的时区"),
        ("每2小时 8-25点", "没有"),
        ("每0秒", "要大于 0"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_to_send_instead(words: str, instead: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_timing(words, NOW, HOME)
    assert instead in refusal.value.sentence
    assert len(refusal.value.sentence) < 120


def test_options_narrow_what_the_words_say() -> None:
    options = {
        "开始": "12-01",
        "截止": "12-31",
        "跳过": "12-25,12-26",
        "抖动": "60",
        "有效时段": "8-22",
        "时区": "伦敦",
    }
    assert recurrence_said("每2小时", options, NOW, HOME) == Every(
        seconds=7200,
        anchor=datetime(2026, 12, 1, tzinfo=UTC),
        zone="Europe/London",
        bounds=Bounds(
            starts_on=date(2026, 12, 1),
            ends_on=date(2026, 12, 31),
            skips=frozenset({date(2026, 12, 25), date(2026, 12, 26)}),
            jitter_seconds=60,
            window=Window(first=8, last=22),
        ),
    )
    assert recurrence_said("", {"cron": "0  8 * * 1-5"}, NOW, HOME) == Cron(expression="0 8 * * 1-5")
    assert recurrence_said("", {}, NOW, HOME) == Weekly(time=time(12))
    with pytest.raises(Refusal, match="写了两次"):
        recurrence_said("每天 12:00，12-30前", {"截止": "12-31"}, NOW, HOME)


def test_the_name_comes_first_and_ends_where_the_time_begins() -> None:
    timing = timing_said(["晨跑", "今晚集合", "每2小时", "8-22点"], {"截止": "12-31"}, NOW, HOME)
    assert (timing.name, timing.seconds, timing.window) == (["晨跑", "今晚集合"], 7200, Window(first=8, last=22))
    assert timing.ends_on == date(2026, 12, 31)
    assert timing_said(["每2小时", "12:00"], {}, NOW, HOME).name == ["每2小时"]


@pytest.mark.parametrize(
    "word",
    [
        *("每周", "每月", "每两周", "隔天", "每隔一天", "每年", "周六晚上", "9", "每天每天", "每月最后一个周五"),
        *("除周末外每天", "28号", "下周末", "10分钟后", "1小时后", "半小时后", "下个月", "节假日", "每逢周五"),
    ],
)
def test_words_meant_as_a_rhythm_are_never_taken_for_a_name(word: str) -> None:
    with pytest.raises(Refusal):
        timing_said(["晨跑", word, "9:00"], {}, NOW, HOME)


@pytest.mark.parametrize("word", ["今晚集合", "1号馆", "隔壁", "除湿机", "24小时健身", "晚场", "三人", "第一"])
def test_what_is_no_time_goes_on_with_the_name(word: str) -> None:
    assert timing_said(["晨跑", word, "9:00"], {}, NOW, HOME).name == ["晨跑", word]


@pytest.mark.parametrize("words", [["每天", "早上", "9:00"], ["每天早上", "9:00"], ["晚上", "7点", "每天"]])
def test_a_part_of_the_day_waits_for_its_hour(words: list[str]) -> None:
    timing = timing_said(["晨跑", *words], {}, NOW, HOME)
    assert (timing.name, timing.at) == (["晨跑"], time(19 if "7点" in words else 9))


@pytest.mark.parametrize(
    ("words", "usual"),
    [
        ("", "没写时间和哪天，按每天 12:00"),
        ("9:00", "没写哪天，按每天"),
        ("每周一三五", "没写时间，按 12:00"),
        ("每月1号", "没写时间，按 12:00"),
        ("11-28", "没写时间，按 12:00"),
        ("9:00 一次", ""),
        ("9:00 每天", ""),
        ("每2小时", ""),
        ('cron="0 8 * * *"', ""),
    ],
)
def test_what_nobody_said_is_known(words: str, usual: str) -> None:
    assert assumed(timing_said(["晨跑", *split_words(words)], {}, NOW, HOME)) == usual


@pytest.mark.parametrize(
    ("words", "cron", "example"),
    [
        ("晨跑 8 * * 1-5", "0", 'cron="0 8 * * 1-5"'),
        ("8 * * 1-5 晨跑", "0", 'cron="0 8 * * 1-5"'),
        ("7 0 8 * * MON", "30", 'cron="30 0 8 * * MON"'),
        ("晨跑 8 *", "*/5", 'cron="0 8 * * 1-5"'),
    ],
)
def test_an_expression_without_quotation_marks_is_given_some(words: str, cron: str, example: str) -> None:
    with pytest.raises(Refusal, match="用引号") as refusal:
        timing_said(words.split(), {"cron": cron}, NOW, HOME)
    assert example in refusal.value.sentence


@pytest.mark.parametrize(
    ("days", "instead"),
    [
        ("11-23~11-25", "跳过=11-23,11-24,11-25"),
        ("11-23至25", "跳过=11-23,11-24,11-25"),
        ("周末", "12:00 工作日"),
        ("每周六", "12:00 工作日"),
        ("周一三", "12:00 每周一三五"),
        ("昨天", "已经过去了"),
    ],
)
def test_days_to_skip_are_written_one_by_one(days: str, instead: str) -> None:
    with pytest.raises(Refusal) as refusal:
        recurrence_said("每天", {"跳过": days}, NOW, HOME)
    assert instead in refusal.value.sentence
    assert len(refusal.value.sentence) < 120


@pytest.mark.parametrize(
    ("options", "meant"),
    [
        ({}, None),
        ({"错过": "跳过"}, Punctuality(misfire=Misfire.SKIP)),
        ({"错过": "补一次", "宽限": "10分钟"}, Punctuality(misfire=Misfire.ONCE, grace_seconds=600)),
        ({"重叠": "排队"}, Punctuality(overlap=Overlap.QUEUE)),
        ({"错过": "once", "重叠": "queue"}, Punctuality(misfire=Misfire.ONCE, overlap=Overlap.QUEUE)),
    ],
)
def test_punctuality_is_said_in_options(options: dict[str, str], meant: Punctuality | None) -> None:
    assert punctuality_said(options, Punctuality()) == meant


def test_what_is_not_said_of_punctuality_is_as_the_kind_has_it() -> None:
    usual = Punctuality(misfire=Misfire.ONCE, grace_seconds=7, overlap=Overlap.QUEUE)
    assert punctuality_said({"宽限": "10分钟"}, usual) == replace(usual, grace_seconds=600)


@pytest.mark.parametrize(
    "text",
    [
        "9",
        "全天",
        "8-22",
        "8点到22点",
        "早上8点-晚上10点",
        "22~6",
        "八点至二十二点",
        "8:00-24:00",
        "25",
        "8-",
        "8,9,10",
    ],
)
def test_a_schedules_window_and_a_routines_hours_are_one_grammar(text: str) -> None:
    def asked() -> Window | None:
        recurrence = recurrence_said("每2小时", {"有效时段": text}, NOW, HOME)
        assert isinstance(recurrence, Every)
        return recurrence.bounds.window

    try:
        window = parse_window(text)
    except Refusal:
        with pytest.raises(Refusal, match="请写成 有效时段=8-22"):
            asked()
    else:
        assert asked() == window


@pytest.mark.parametrize(
    "options", [{"错过": "随便"}, {"重叠": "补一次"}, {"错过": "跳过", "宽限": "60"}, {"宽限": "2天"}]
)
def test_punctuality_that_cannot_be_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        punctuality_said(options, Punctuality())


# -- there and back ------------------------------------------------------------------------------------------------
days_ahead = st.dates(date(2026, 11, 23), date(2027, 10, 1))
clock_times = st.times().map(lambda at: at.replace(microsecond=0, fold=0))
windows = st.builds(Window, first=st.integers(0, 23), last=st.integers(0, 23))
zones = st.sampled_from([HOME, "Europe/Berlin", "America/New_York", "Etc/GMT+5"])
cadences = st.integers(1, 86_400 * 30)


@st.composite
def bounds_said(draw: st.DrawFn) -> Bounds:
    return Bounds(
        starts_on=draw(st.none() | days_ahead),
        ends_on=draw(st.none() | days_ahead),
        window=draw(st.none() | windows),
        skips=draw(st.frozensets(days_ahead, max_size=5)),  # more are counted, not named
        jitter_seconds=draw(st.just(0) | st.integers(1, 86_400)),
    )


coming = st.integers(1, 360 * 86_400).map(lambda seconds: Once(at=SECOND + timedelta(seconds=seconds)))
recurrences = st.one_of(
    coming,
    st.builds(
        Weekly, time=clock_times, days=st.frozensets(st.integers(0, 6), min_size=1), zone=zones, bounds=bounds_said()
    ),
    st.builds(
        Monthly,
        time=clock_times,
        days=st.frozensets(st.integers(1, 31) | st.just(LAST_DAY), min_size=1),
        zone=zones,
        bounds=bounds_said(),
    ),
    st.builds(
        Cron,
        expression=st.sampled_from(["0 8 * * 1-5", "*/5 8,9 1-15/2 JAN-MAR MON#2", "30 0 8 L * *"]),
        zone=zones,
        bounds=bounds_said(),
    ),
    st.builds(Every, seconds=cadences, anchor=st.just(SECOND), zone=zones, bounds=bounds_said()),
)


@given(recurrences)
@settings(max_examples=300, deadline=None)
@example(Monthly(time=time(12), days=frozenset({15}), bounds=Bounds(ends_on=date(2026, 12, 31))))
def test_what_a_recurrence_says_of_itself_is_read_back(recurrence: Recurrence) -> None:
    said = in_words(recurrence, HOME)
    understood = parse_timing(said, NOW, HOME)
    if isinstance(recurrence, Every):  # from when on it is counted is not said, but for the time of day
        assert isinstance(understood, Every)
        understood = replace(understood, anchor=recurrence.anchor)
    assert understood == recurrence
    assert in_words(understood, HOME) == said


def test_days_that_are_too_many_to_name_are_counted() -> None:
    skips = frozenset(date(2026, 12, day) for day in range(1, 10))
    assert in_words(Weekly(time=time(12), bounds=Bounds(skips=skips)), HOME) == (
        "每天 12:00，跳过 2026-12-01、2026-12-02、2026-12-03、2026-12-04、2026-12-05 等 9 天"
    )


CHARACTERS = list('0123456789:-,. 每周月天日号点时分秒一二三五十半最后前起跳过随机推迟到cron"*/()')
PIECES = ["每天", "每2小时", "每月", "11-28", "12:00", "8-22点", "跳过", "随机推迟", "时间)"]


@given(st.lists(st.sampled_from(CHARACTERS) | st.sampled_from(PIECES), max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_words_are_a_recurrence_that_can_be_asked_or_refused_in_one_line(text: str) -> None:
    try:
        found = len(upcoming(parse_timing(text, NOW, HOME), NOW, 2))
    except Refusal as refusal:
        sentence, found = refusal.sentence, 0
    else:
        sentence = ""
    assert found <= 2
    assert len(sentence) < 120
    assert "\n" not in sentence
