"""Hours and times of day, out of words and in words."""

import re
from collections.abc import Iterable, Sequence
from datetime import time
from typing import Final

from jobs.models.errors import Refusal
from jobs.models.text import NUMERAL, clean, quote, read_number

_PERIODS: Final = {
    "凌晨": range(7),
    "清晨": range(4, 9),
    "早晨": range(4, 12),
    "早上": range(4, 12),
    "上午": range(5, 13),
    "中午": range(11, 15),
    "下午": range(12, 20),
    "午后": range(12, 20),
    "傍晚": range(16, 21),
    "晚上": (*range(17, 24), *range(5)),
    "夜里": (*range(19, 24), *range(6)),
    "半夜": (*range(22, 24), *range(6)),
    "早": range(4, 12),
    "晚": (*range(17, 24), *range(5)),
}
"""Part of the day → the hours people mean by it. `7` is the one of 7 and 19 that lies in it; `晚上12点` is 0."""

_PARTS: Final = {
    **dict.fromkeys(("早上", "上午", "早"), range(7, 12)),
    "中午": range(11, 14),
    "下午": range(12, 18),
    "傍晚": range(17, 19),
    **dict.fromkeys(("晚上", "晚"), range(18, 22)),
}
"""Parts of the day without an hour → the start hours of courts in them."""

_PERIOD: Final = "|".join(_PERIODS)
_TO: Final = "[-~−–—〜至到]+"

_HOUR: Final = rf"(?:({_PERIOD})?({NUMERAL})(?:点钟|点整|点|时|:00|h)?)"
_HOURS: Final = re.compile(rf"{_HOUR}(?:{_TO}{_HOUR})?")
_BETWEEN_HOURS: Final = re.compile(r"[,、;/和及或\s]+")
_STRAY_BLANKS: Final = re.compile(rf"\s+(?={_TO}|[点时])|(?<=[-~−–—〜至到])\s+|(?<=[早晚上午后晨傍里夜])\s+")
"""Blanks within an hour or a span: `18 - 21`, `晚上 七点`; every other blank stands between two of them."""


_CLOCK_SHAPE: Final = re.compile(rf"(?:{_PERIOD})?(?=:*[0-9])[0-9:]+")
_DIGITAL: Final = re.compile(rf"({_PERIOD})?([0-9]{{1,2}}):([0-9]{{2}})(?::([0-9]{{2}}))?")
_SPOKEN: Final = re.compile(
    rf"({_PERIOD})?({NUMERAL})(?:点钟|点整|点|时)(?:(半)|(一刻)|(三刻)|({NUMERAL})分?(?:({NUMERAL})秒)?)?"
)

_HOW_HOURS: Final = "请写成 19、18,19,20、18-21 或 晚上七点 这样"
_HOW_CLOCK: Final = "请写成 12:00、08:30:15 或 晚上七点半 这样"


def parse_hours(text: str) -> tuple[int, ...]:
    """Start hours, each 0 to 23 and once, in the order given: it is the order of preference. Never empty.

    `18-21` is 18, 19, 20: the hours that begin before the end. A part of the day holds for the hours after it too,
    where that makes sense: `晚上7,8点` is 19, 20; alone (`晚上`) it is all its hours. Opening
    hours are not looked at. Raises `Refusal`.
    """
    hours: dict[int, None] = {}
    period = ""
    for piece in filter(None, _BETWEEN_HOURS.split(_STRAY_BLANKS.sub("", clean(text).casefold()))):
        if piece in _PARTS:
            hours.update(dict.fromkeys(_PARTS[piece]))
            continue
        found = _HOURS.fullmatch(piece)
        if not found:
            raise _not_hours(piece)
        period = found[1] or period
        start = _hour(found[2], found[1] or "", period, piece)
        period = found[3] or period
        hours.update(dict.fromkeys(_span(start, found[4], found[3] or "", period, piece)))
    if not hours:
        raise Refusal(f"时段是空的，{_HOW_HOURS}")
    return tuple(hours)


def hours_in_words(hours: Sequence[int]) -> str:
    """`18,19,20点`; `所有时段` when there are none. `parse_hours` reads the former back."""
    return ",".join(map(str, hours)) + "点" if hours else "所有时段"


def parse_clock(text: str) -> time | None:
    """A time of day: `12:00`, `08:30:15`, `9点`, `9点半`, `晚上七点`. None when the text is not meant as one.

    A bare number (`12`) is not. Raises `Refusal` for what is meant as a time and cannot be one: `25:99`, `12:5`.
    """
    squeezed = re.sub(r"\s+", "", clean(text))
    if spoken := _SPOKEN.fullmatch(squeezed):
        period, hour, half, quarter, three_quarters, minute, second = spoken.groups()
        named = "30" if half else "15" if quarter else "45" if three_quarters else minute
        return _time(period, hour, named, second, text)
    if ":" not in squeezed or not _CLOCK_SHAPE.fullmatch(squeezed):
        return None
    digital = _DIGITAL.fullmatch(squeezed)
    if not digital:
        raise _no_such_time(text)
    return _time(digital[1], digital[2], digital[3], digital[4], text)


def _span(start: int, end: str | None, said: str, period: str, piece: str) -> Iterable[int]:
    """The start hours from `start` up to, not including, the hour written as `end`; without an end just `start`."""
    if end is None:
        return (start,)
    last = 24 if read_number(end) == 24 else _hour(end, said, period, piece) or 24
    if last <= start:
        raise Refusal(f"时段{quote(piece)}的结束要晚于开始，例如 18-21 表示 18、19、20 点开始的三场")
    return range(start, last)


def _hour(number: str, said: str, inherited: str, piece: str) -> int:
    """The hour 0 to 23. It must lie in the part of the day `said` with it; one `inherited` from before is a hint."""
    hour = read_number(number)
    if hour is None or hour > 23:
        raise Refusal(f"{quote(piece)}不是有效的钟点，场次从 7 点到 21 点开始，例如 19 或 18,19,20")
    within = _within(hour, said or inherited)
    if within is None and said:
        raise _not_hours(piece)
    return hour if within is None else within


def _within(hour: int, period: str) -> int | None:
    """The hour that `hour` on a twelve-hour dial means in a part of the day; as it is without one, None for none."""
    if not period:
        return hour
    readings = (hour, (hour + 12) % 24) if hour <= 12 else (hour,)
    return next((reading for reading in readings if reading in _PERIODS[period]), None)


def _time(period: str | None, hour: str, minute: str | None, second: str | None, text: str) -> time:
    on_the_dial, minutes, seconds = (read_number(part or "0") for part in (hour, minute, second))
    if (on_the_dial, minutes, seconds) == (24, 0, 0):
        raise Refusal(f"没有{quote(text)}这个时间，请写第二天的 0:00，例如 周日 24:00 写成 周一 0:00")
    if on_the_dial is None or minutes is None or seconds is None or on_the_dial > 23 or minutes > 59 or seconds > 59:
        raise _no_such_time(text)
    hour_of_day = _within(on_the_dial, period or "")
    if hour_of_day is None:
        raise _no_such_time(text)
    return time(hour_of_day, minutes, seconds)


def _not_hours(piece: str) -> Refusal:
    return Refusal(f"看不懂时段{quote(piece)}，场次都从整点开始，{_HOW_HOURS}")


def _no_such_time(text: str) -> Refusal:
    return Refusal(f"没有{quote(text)}这个时间，{_HOW_CLOCK}")
