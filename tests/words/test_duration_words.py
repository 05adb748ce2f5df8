"""Durations, as people write them."""

import pytest
from hypothesis import given, strategies as st

from jobs.models.durations import MAX_SECONDS, parse_seconds, seconds_in_words
from jobs.models.errors import Refusal


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300", 300),
        ("３００", 300),
        ("300秒", 300),
        ("90s", 90),
        ("90 S", 90),
        ("10分钟", 600),
        ("10 分", 600),
        ("十分钟", 600),
        ("2分半", 150),
        ("2m30s", 150),
        ("2分30秒", 150),
        ("1小时", 3600),
        ("1个小时", 3600),
        ("1.5h", 5400),
        ("1.5小时", 5400),
        ("半小时", 1800),
        ("半个小时", 1800),
        ("一个半小时", 5400),
        ("1小时半", 5400),
        ("1小时30分", 5400),
        ("1h30m15s", 5415),
        ("2 hours 5 min", 7500),
        ("1天", 86400),
        ("1d12h", 129600),
        ("366天", MAX_SECONDS),
    ],
)
def test_a_duration_is_read_in_seconds(text: str, seconds: int):
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "空的"),
        ("0", "大于 0"),
        ("0分钟", "大于 0"),
        ("-5", "“-5”"),
        ("0.5s", "整秒"),
        ("367天", "太长"),
        ("999999999", "太长"),
        ("9999999999", "“9999999999”"),
        ("30m1h", "“30m1h”"),
        ("1h2h", "“1h2h”"),
        ("1h一一分", "“1h一一分”"),
        ("1小时30", "“1小时30”"),
        ("1e9", "“1e9”"),
        ("半", "“半”"),
        ("很久", "10分钟"),
        ("٣", "“٣”"),
        ("9" * 10_000, "“9999"),
    ],
)
def test_what_is_no_duration_is_refused_with_how_to_write_one(text: str, hint: str):
    with pytest.raises(Refusal) as refused:
        parse_seconds(text)
    assert hint in refused.value.sentence


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0秒"),
        (300, "300秒"),
        (600, "10分钟"),
        (900, "15分钟"),
        (3600, "1小时"),
        (5415, "1小时30分钟15秒"),
        (86400, "1天"),
        (90000, "1天1小时"),
    ],
)
def test_a_duration_is_said_in_words(seconds: int, words: str):
    assert seconds_in_words(seconds) == words


@given(st.integers(1, MAX_SECONDS))
def test_any_duration_said_in_words_is_read_back(seconds: int):
    assert parse_seconds(seconds_in_words(seconds)) == seconds
    assert parse_seconds(str(seconds)) == seconds
