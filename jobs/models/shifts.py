"""By how much a person moves the next run, out of words and in words."""

import re
from datetime import timedelta
from typing import Final

from jobs.models.durations import TooLong, parse_seconds, seconds_in_words
from jobs.models.errors import Refusal
from jobs.models.text import clean, quote

_EARLIER: Final = ("提前", "提早", "往前", "早", "-", *"\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
"""Phones turn a minus into all kinds of dashes; the full-width ones are plain after `clean`."""
_LATER: Final = ("推迟", "推后", "延后", "延迟", "顺延", "往后", "晚", "+")
_DIRECTION: Final = "|".join(map(re.escape, (*_EARLIER, *_LATER)))
_SHIFT: Final = re.compile(rf"(?P<direction>{_DIRECTION})?\s*(?P<length>.*)", re.DOTALL)
_BEGINS: Final = re.compile(rf"(?:{_DIRECTION})\s*(?:$|[0-9零〇一二两三四五六七八九十半])")
_BEHIND_A_NUMBER: Final = re.compile(rf"(#?[0-9]+)((?:{_DIRECTION})\s*[0-9半].*)")

_HOW: Final = "请写成 -30分钟（提前）、+1h（推迟）或 +90（秒）这样"


def parse_shift(text: str) -> timedelta:
    """How far the next run shall be moved: `-30分钟` and `提前30分钟` earlier, `+1h` and `推迟1小时` later.

    A number without a unit counts seconds, a duration without a direction means later, as the TaskDispatcher had it.
    Whole seconds, never 0, at most `MAX_SECONDS` either way. Raises `Refusal`.
    """
    found = _SHIFT.fullmatch(clean(text))
    assert found is not None
    try:
        length = timedelta(seconds=parse_seconds(found["length"]))
    except TooLong:
        raise
    except Refusal as refusal:
        raise Refusal(f"看不懂要调整多久{quote(text)}，{_HOW}") from refusal
    return -length if found["direction"] in _EARLIER else length


def begins_shift(word: str) -> bool:
    """Whether a cleaned word says a direction, with or without the duration behind it: `-30分钟`, `提前`, `+`."""
    return _BEGINS.match(word) is not None


def number_and_shift(word: str) -> tuple[str, str] | None:
    """`7+1h` as the two words that were meant; None for anything else."""
    found = _BEHIND_A_NUMBER.fullmatch(word)
    return (found[1], found[2]) if found else None


def shift_in_words(shift: timedelta) -> str:
    """`提前 30分钟`, `推迟 90秒`; `parse_shift` reads it back."""
    length = seconds_in_words(abs(int(shift.total_seconds())))
    return f"提前 {length}" if shift < timedelta(0) else f"推迟 {length}"
