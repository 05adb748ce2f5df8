"""Days and rhythms, as people write them. Today is Sunday, 22 November 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from jobs.models.dates import DateChoice, date_in_words, parse_date, parse_days
from jobs.models.errors import Refusal

TODAY = date(2026, 11, 22)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天", date(2026, 11, 22)),
        ("明天", date(2026, 11, 23)),
        ("后天", date(2026, 11, 24)),
        ("大后天", date(2026, 11, 25)),
        ("周六", date(2026, 11, 28)),
        ("星期六", date(2026, 11, 28)),
        ("星期天", date(2026, 11, 22)),
        ("周日", date(2026, 11, 22)),
        ("本周日", date(2026, 11, 22)),
        ("周一", date(2026, 11, 23)),
        ("下周一", date(2026, 11, 23)),
        ("下周六", date(2026, 11, 28)),
        ("下下周六", date(2026, 12, 5)),
        ("11-28", date(2026, 11, 28)),
        ("11/28", date(2026, 11, 28)),
        ("11.28", date(2026, 11, 28)),
        ("11月28日", date(2026, 11, 28)),
        ("11月28号", date(2026, 11, 28)),
        ("11 月 28 日", date(2026, 11, 28)),
        ("十一月二十八日", date(2026, 11, 28)),
        ("１１－２８", date(2026, 11, 28)),
        ("2026-11-28", date(2026, 11, 28)),
        ("2026年11月28日", date(2026, 11, 28)),
        ("2028-2-29", date(2028, 2, 29)),
        ("11-22", date(2026, 11, 22)),
        ("1-2", date(2027, 1, 2)),
        ("9-1", date(2027, 9, 1)),
    ],
)
def test_a_day_is_read_as_a_calendar_day(text: str, day: date):
    assert parse_date(text, TODAY) == DateChoice(date=day)


def test_next_week_begins_on_monday():
    saturday = date(2026, 11, 21)
    assert parse_date("周六", saturday).on(saturday) == saturday
    assert parse_date("下周六", saturday).on(saturday) == date(2026, 11, 28)
    assert parse_date("这周日", saturday).on(saturday) == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "offset"), [("+7", 7), ("+0", 0), ("＋7天", 7), ("7天后", 7), ("0", 0), ("8", 8), ("+60", 60)]
)
def test_an_offset_counts_from_the_day_of_looking(text: str, offset: int):
    choice = parse_date(text, TODAY)
    assert choice == DateChoice(offset=offset)
    assert choice.on(date(2027, 1, 1)) == date(2027, 1, 1) + timedelta(days=offset)


def test_tomorrow_moves_along_with_something_recurring_only():
    assert parse_date("明天", TODAY, recurring=True) == DateChoice(offset=1)
    assert parse_date("明天", TODAY) == DateChoice(date=date(2026, 11, 23))
    assert parse_date("11-28", TODAY, recurring=True) == DateChoice(date=date(2026, 11, 28))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2-30", "没有“2-30”这一天"),
        ("2-29", "没有“2-29”这一天"),
        ("13-1", "没有“13-1”这一天"),
        ("0-0", "没有"),
        ("2026-02-30", "没有"),
        ("2026-11-21", "已经过去"),
        ("本周六", "已经过去"),
        ("9", "看不懂日期“9”"),
        ("-1", "+7"),
        ("+61", "+60"),
        ("+999999999", "+60"),
        *((past, f"日期“{past}”已经过去了") for past in ("昨天", "前天", "上周五", "上个周末", "3天前", "-1")),
        ("每周六", "“每周六”"),
        ("11-21", "要明年的请写 2027-11-21"),
        ("9999999999-1-1", "看不懂"),
        ("", "日期是空的"),
    ],
)
def test_days_that_are_over_or_never_come_are_refused(text: str, hint: str):
    with pytest.raises(Refusal) as refused:
        parse_date(text, TODAY)
    assert hint in refused.value.sentence


@given(DAYS, st.integers(0, 300))
def test_any_coming_day_is_read_back_from_its_date(today: date, ahead: int):
    day = today + timedelta(days=ahead)
    assert parse_date(day.isoformat(), today).date == day
    assert parse_date(f"{day.month}月{day.day}日", today).date == day


@given(DAYS, st.sampled_from("一二三四五六日天"))
def test_a_weekday_is_one_of_the_coming_seven_days(today: date, name: str):
    day = parse_date(f"周{name}", today).on(today)
    assert 0 <= (day - today).days < 7
    assert day.weekday() == ("一二三四五六日".find(name) if name != "天" else 6)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (DateChoice(date=date(2026, 11, 22)), "今天（11-22 周日）"),
        (DateChoice(date=date(2026, 11, 23)), "明天（11-23 周一）"),
        (DateChoice(date=date(2026, 11, 28)), "11-28 周六"),
        (DateChoice(date=date(2027, 1, 2)), "2027-01-02 周六"),
        (DateChoice(offset=0), "当天"),
        (DateChoice(offset=7), "7天后"),
    ],
)
def test_a_choice_is_said_in_words(choice: DateChoice, words: str):
    assert date_in_words(choice, TODAY) == words


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("每天", {0, 1, 2, 3, 4, 5, 6}),
        ("每日", {0, 1, 2, 3, 4, 5, 6}),
        ("工作日", {0, 1, 2, 3, 4}),
        ("周末", {5, 6}),
        ("每周末", {5, 6}),
        ("每周一三五", {0, 2, 4}),
        ("每周一、三、五", {0, 2, 4}),
        ("每周1,3,5", {0, 2, 4}),
        ("每星期二四", {1, 3}),
        ("每周六", {5}),
        ("每个周日", {6}),
        ("周六周日", {5, 6}),
        ("周一,周三", {0, 2}),
        ("每周一和周四", {0, 3}),
        ("周一至周五", {0, 1, 2, 3, 4}),
        ("每周一到五", {0, 1, 2, 3, 4}),
        ("周一-周三、周六", {0, 1, 2, 5}),
        ("周五至周一", {4, 5, 6, 0}),
    ],
)
def test_days_of_the_week_are_read(text: str, days: set[int]):
    assert parse_days(text) == days


@pytest.mark.parametrize(
    "text", ["", "周六", "明天", "12:00", "每周", "每周例会", "每周一至", "工作日报", "11-28", "晚场"]
)
def test_what_is_not_meant_as_days_is_none(text: str):
    assert parse_days(text) is None


@pytest.mark.parametrize("text", ["每周八", "周九", "每周0", "周一至周八", "每周一-三-五"])
def test_days_no_week_has_are_refused(text: str):
    with pytest.raises(Refusal, match=f"“{text}”"):
        parse_days(text)


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_any_set_of_days_is_read_back(days: frozenset[int]):
    assert parse_days("每周" + "".join("一二三四五六日"[day] for day in sorted(days))) == days
