"""Hours and times of day, as people write them."""

from datetime import time

import pytest
from hypothesis import given, strategies as st

from jobs.models.errors import Refusal
from jobs.models.hours import hours_in_words, parse_clock, parse_hours


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("19", (19,)),
        ("19点", (19,)),
        ("0", (0,)),
        ("23点", (23,)),
        ("18,19,20", (18, 19, 20)),
        ("18，19、20", (18, 19, 20)),
        ("18点,19点,20点", (18, 19, 20)),
        ("19,20,18", (19, 20, 18)),
        ("20,20,19,20", (20, 19)),
        ("18 19 20", (18, 19, 20)),
        ("18-21", (18, 19, 20)),
        ("18 - 21", (18, 19, 20)),
        ("18～21", (18, 19, 20)),
        ("18:00-21:00", (18, 19, 20)),
        ("18点-21点", (18, 19, 20)),
        ("18点到21点", (18, 19, 20)),
        ("22-24", (22, 23)),
        ("20,8-10", (20, 8, 9)),
        ("晚上七点", (19,)),
        ("晚上", (18, 19, 20, 21)),
        ("上午,14点", (7, 8, 9, 10, 11, 14)),
        ("晚上 七点", (19,)),
        ("晚上7,8点", (19, 20)),
        ("晚上7点-9点", (19, 20)),
        ("晚上10点-12点", (22, 23)),
        ("晚上12点", (0,)),
        ("下午3点", (15,)),
        ("下午2-5点", (14, 15, 16)),
        ("上午10点到中午1点", (10, 11, 12)),
        ("上午10点到下午1点,2点", (10, 11, 12, 14)),
        ("早上八点", (8,)),
        ("早上8点,19点", (8, 19)),
        ("早上8点 晚上7点", (8, 19)),
        ("中午十二点", (12,)),
        ("二十一点", (21,)),
        ("１９", (19,)),
    ],
)
def test_hours_are_start_hours_in_the_order_given(text: str, hours: tuple[int, ...]):
    assert parse_hours(text) == hours


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("25", "“25”"),
        ("18,25", "“25”"),
        ("24", "7 点到 21 点"),
        ("18-25", "“18-25”"),
        ("-3", "“-3”"),
        ("21-18", "结束要晚于开始"),
        ("20-20", "结束要晚于开始"),
        ("19:30", "整点"),
        ("19点半", "整点"),
        ("早上19点", "“早上19点”"),
        ("18-19-20", "18-21"),
        ("晚场", "“晚场”"),
        ("一一", "“一一”"),
        ("1" * 10_000, "“1111"),
        ("", "时段是空的"),
        (",,", "时段是空的"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_the_word_that_is_wrong(text: str, hint: str):
    with pytest.raises(Refusal) as refused:
        parse_hours(text)
    assert hint in refused.value.sentence


@given(st.lists(st.integers(0, 23), min_size=1, unique=True).map(tuple))
def test_hours_in_words_are_read_back(hours: tuple[int, ...]):
    assert parse_hours(hours_in_words(hours)) == hours


def test_hours_in_words_are_a_list_or_all():
    assert hours_in_words((18, 19, 20)) == "18,19,20点"
    assert hours_in_words(()) == "所有时段"


@given(st.integers(0, 23), st.integers(1, 24))
def test_a_span_has_every_hour_that_begins_in_it(start: int, length: int):
    end = min(start + length, 24)
    assert parse_hours(f"{start}-{end}") == tuple(range(start, end))


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("12:00", time(12)),
        ("12：00", time(12)),
        ("12 : 00", time(12)),
        ("8:05", time(8, 5)),
        ("08:30:15", time(8, 30, 15)),
        ("0:00", time(0)),
        ("23:59:59", time(23, 59, 59)),
        ("9点", time(9)),
        ("9点半", time(9, 30)),
        ("9点一刻", time(9, 15)),
        ("九点零五分", time(9, 5)),
        ("9点30分15秒", time(9, 30, 15)),
        ("晚上七点", time(19)),
        ("晚上十点半", time(22, 30)),
        ("晚上7:30", time(19, 30)),
        ("中午12:00", time(12)),
        ("晚上12点", time(0)),
        ("凌晨12点", time(0)),
        ("十二点", time(12)),
    ],
)
def test_a_time_of_day_is_read(text: str, clock: time):
    assert parse_clock(text) == clock


@pytest.mark.parametrize(
    "text",
    ["", "12", "晚场", "每天", "工作日", "11-28", "晚上七点监控", "预设=13", ":", "12点场", "+7", "cron=0 12 * * *"],
)
def test_what_is_not_meant_as_a_time_is_none(text: str):
    assert parse_clock(text) is None


@pytest.mark.parametrize(
    "text", ["25:99", "24:01", "12:60", "12:00:60", "12:5", "12:", ":30", "1:2:3:4", "三十点", "9点75分", "早上19:00"]
)
def test_a_time_no_clock_shows_is_refused_and_quoted(text: str):
    with pytest.raises(Refusal) as refused:
        parse_clock(text)
    assert f"“{text}”" in refused.value.sentence
    assert "12:00" in refused.value.sentence


@given(st.times().map(lambda at: at.replace(microsecond=0)))
def test_any_clock_time_is_read_back(at: time):
    assert parse_clock(at.isoformat()) == at


@pytest.mark.parametrize("text", ["24:00", "24点", "24:00:00"])
def test_the_end_of_a_day_is_the_beginning_of_the_next(text: str):
    with pytest.raises(Refusal, match="写成 周一 0:00"):
        parse_clock(text)
