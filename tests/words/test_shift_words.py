"""How far a next run moves, as people write it."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from jobs.models.errors import Refusal
from jobs.models.shifts import begins_shift, number_and_shift, parse_shift, shift_in_words

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.mark.parametrize(
    "text",
    [
        *(f"{minus}30分钟" for minus in "-－−–—"),
        "提前30分钟",
        "提前 30 分钟",
        "早半小时",
        "往前半小时",
        "-30m",
        "-1800",
    ],
)
def test_an_earlier_run_is_written_in_many_ways(text: str) -> None:
    assert parse_shift(text) == -HALF_AN_HOUR


@pytest.mark.parametrize(
    "text",
    ["+30分钟", "＋30分", "+ 30 m", "推迟30分钟", "延后半小时", "晚半小时", "往后30分", "30分钟", "1800", "+1800秒"],
)
def test_so_is_a_later_one_and_what_has_no_direction_is_later(text: str) -> None:
    assert parse_shift(text) == HALF_AN_HOUR


@pytest.mark.parametrize(
    "text",
    [
        *("", "+", "-", "提前", "0", "+0", "-0秒", "±5", "+-5", "--5", "明天", "30分钟后", "12:30", "1e5"),
        *("+" * 5000, "9" * 5000),
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Refusal, match=r"请写成 -30分钟（提前）、\+1h（推迟）"):
        parse_shift(text)


def test_one_that_is_only_too_long_is_told_the_limit() -> None:
    with pytest.raises(Refusal, match="时长“400天”太长了，最长 366 天"):
        parse_shift("+400天")


@given(st.integers(-366 * 86400, 366 * 86400).filter(bool))
def test_every_shift_can_be_said_and_read_back(seconds: int) -> None:
    shift = timedelta(seconds=seconds)
    assert parse_shift(shift_in_words(shift)) == shift
    assert parse_shift(f"{seconds:+d}") == shift


@given(st.text(max_size=30))
def test_no_text_makes_it_stumble(text: str) -> None:
    with suppress(Refusal):
        assert parse_shift(text)
    begins_shift(text)
    number_and_shift(text)


@pytest.mark.parametrize("word", ["-30分钟", "+", "提前", "早半小时", "−1h"])
def test_a_word_that_says_a_direction_is_known(word: str) -> None:
    assert begins_shift(word)


@pytest.mark.parametrize("word", ["晚场监控", "早场", "7", "30分钟", "a-1", "推迟表"])
def test_names_are_no_directions(word: str) -> None:
    assert not begins_shift(word)


def test_a_number_glued_to_its_shift_is_taken_apart() -> None:
    assert number_and_shift("7+1h") == ("7", "+1h")
    assert number_and_shift("#7提前30分钟") == ("#7", "提前30分钟")
    assert number_and_shift("7") is None
    assert number_and_shift("+7") is None
