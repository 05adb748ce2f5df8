"""Quiet hours as people write them."""

from contextlib import suppress
from datetime import time

import pytest
from hypothesis import given, strategies as st

from jobs.models.chats import QuietHours
from jobs.models.errors import Refusal
from jobs.models.manners_words import parse_quiet, quiet_in_words


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("23-8", time(23), time(8)),
        ("23:30-07:15", time(23, 30), time(7, 15)),
        ("晚上11点到早上8点", time(23), time(8)),
        ("晚上十一点半到早上八点", time(23, 30), time(8)),
        ("２３：００～８：００", time(23), time(8)),
        ("22点 至 7点半", time(22), time(7, 30)),
        ("24-8", time(0), time(8)),
        ("晚上12点-早上7点", time(0), time(7)),
        ("中午12点到下午2点", time(12), time(14)),
        ("13-14", time(13), time(14)),
    ],
)
def test_the_usual_ways_are_understood(text: str, begins: time, ends: time) -> None:
    assert parse_quiet(text) == QuietHours(begins=begins, ends=ends)


@pytest.mark.parametrize("text", ["无", "关闭", "off", " 不要 "])
def test_none_is_none(text: str) -> None:
    assert parse_quiet(text) is None


@pytest.mark.parametrize("text", ["23", "8-8", "25-3", "23-8-9", "昨天到今天", "", "23:60-8", "-", "晚上-早上"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Refusal, match="静默=23-8"):
        parse_quiet(text)


@given(st.times(), st.times())
def test_what_is_shown_is_understood(begins: time, ends: time) -> None:
    quiet = QuietHours(begins=begins.replace(second=0, microsecond=0), ends=ends.replace(second=0, microsecond=0))
    if quiet.begins != quiet.ends:
        assert parse_quiet(quiet_in_words(quiet)) == quiet


@given(st.text(max_size=30))
def test_no_text_is_met_with_anything_but_an_answer_or_a_refusal(text: str) -> None:
    with suppress(Refusal):
        parse_quiet(text)
