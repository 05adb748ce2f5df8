"""Arbitrary text, up to ten thousand characters, never brings anything but a result or a refusal."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

from jobs.models.dates import parse_date, parse_days
from jobs.models.durations import parse_seconds
from jobs.models.errors import Refusal
from jobs.models.hours import parse_clock, parse_hours
from jobs.models.options import Option, parse_arguments
from jobs.models.text import clean, clean_name, quote, shorten, split_words
from jobs.models.timing_words import parse_timing
from jobs.search import match_preset, search_presets
from jobs.venues.sjtu.presets import PRESETS

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SPEC = (Option(name="时段"), Option(name="间隔", aliases=("interval",)), Option(name="自动", is_flag=True))

READERS: dict[str, Callable[[str], Any]] = {
    "clean": clean,
    "shorten": lambda text: shorten(text, 20),
    "quote": quote,
    "name": lambda text: clean_name(text, 40),
    "words": split_words,
    "arguments": lambda text: parse_arguments(split_words(clean(text)), SPEC),
    "hours": parse_hours,
    "clock": parse_clock,
    "date": lambda text: parse_date(text, TODAY),
    "days": parse_days,
    "seconds": parse_seconds,
    "timing": lambda text: parse_timing(text, NOW, "Asia/Shanghai"),
    "match": lambda text: match_preset(text, PRESETS),
    "argument match": lambda text: match_preset(text, PRESETS, is_argument=True),
    "search": lambda text: search_presets(text, PRESETS, 8),
}

NEARLY_RIGHT = st.text(
    alphabet="0123456789:：.-+~,，、= \n点半时分秒小天周每一二三十零上下午晚早月日至到“”\"'「」预设#hms时段自动"
)
"""Text made of the very characters the readers look for: it comes nearer to their edges than random code points."""


def sentence_of(reader: Callable[[str], Any], text: str) -> str:
    """The refusal's sentence, empty when there is none; every other exception fails the test."""
    try:
        reader(text)
    except Refusal as refusal:
        return refusal.sentence
    return ""


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@settings(max_examples=60)
@example("²³¹")
@example("٣:٣٣")
@example("\ud800\udfff")
@example("\ufdfa" * 1_000)
@given(st.one_of(st.text(alphabet=st.characters()), NEARLY_RIGHT))
def test_any_text_is_understood_or_refused_in_one_short_clean_line(reader: Callable[[str], Any], text: str):
    sentence = sentence_of(reader, text)
    assert len(sentence) < 120
    assert clean(sentence) == clean(sentence).replace("\n", "")


REPEATED = [
    "1",
    "一",
    ":",
    "1:",
    "晚上",
    "18,",
    "18-",
    "- ",
    " ",
    "\n",
    "周一",
    "每",
    "1h",
    "a=",
    "= ",
    "时段=, ",
    ", ",
    "“",
    '"a" ',
    "霍英",
    "学生中心健身房",
    "预设1",
    "\u0301\u0323",
    "\u0f73\u0301",
    "\ufdfa",
    "\u202e",
    "🎾",
]


@pytest.mark.parametrize("unit", REPEATED, ids=ascii)
def test_ten_thousand_characters_of_anything_are_no_trouble(unit: str):
    text = "晚场 " + (unit * 10_000)[:10_000]
    for reader in READERS.values():
        for whole in (text, text + "!", text[3:], text[3:] + "场"):
            assert len(sentence_of(reader, whole)) < 120
