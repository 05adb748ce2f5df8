"""Quiet hours, as people write and read them."""

import re
from datetime import time
from typing import Final

from jobs.models.chats import QuietHours
from jobs.models.errors import Refusal
from jobs.models.text import clean, quote

NONE_WORDS: Final = frozenset({"无", "没有", "不", "关", "关闭", "取消", "不要", "none", "off", "no"})
EXAMPLE: Final = "静默=23-8"

_PARTS: Final = r"凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|夜间|半夜|晚|早"
_DIGITS: Final = "零一二三四五六七八九"
_CHINESE: Final = rf"[{_DIGITS}两十]{{1,3}}"
_CLOCK: Final = re.compile(
    rf"(?P<part>{_PARTS})?(?P<hour>\d{{1,2}}|{_CHINESE})(?:[:.时点](?P<minute>\d{{1,2}}|半|一刻|三刻)?分?)?"
)
_BETWEEN: Final = re.compile(r"\s*(?:-|~|–|—|至|到)\s*")
_MINUTES: Final = {"半": 30, "一刻": 15, "三刻": 45}
_LATE: Final = frozenset({"下午", "傍晚", "晚上", "夜里", "夜间", "晚"})
_NIGHT: Final = frozenset({"晚上", "夜里", "夜间", "晚", "半夜"})


def parse_quiet(text: str) -> QuietHours | None:
    """`23-8`, `23:30-07:15`, `晚上11点到早上8点`; `无`: None. Raises `Refusal`."""
    said = clean(text).strip()
    if said.casefold() in NONE_WORDS:
        return None
    ends = [_clock(part) for part in _BETWEEN.split(said)]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        raise Refusal(
            f"静默时段{quote(said)}看不懂，请写从几点到几点，例如 {EXAMPLE} 或 静默=23:30-07:15；不要就写 静默=无"
        )
    if ends[0] == ends[1]:
        raise Refusal(
            f"静默时段{quote(said)}是整整一天，全天静默设不了，请写从几点到几点，例如 {EXAMPLE}；不要就写 静默=无"
        )
    return QuietHours(begins=ends[0], ends=ends[1])


def quiet_in_words(quiet: QuietHours | None) -> str:
    """`23:00–08:00`; `无`."""
    return "无" if quiet is None else f"{quiet.begins:%H:%M}–{quiet.ends:%H:%M}"


def _clock(text: str) -> time | None:
    found = _CLOCK.fullmatch("".join(text.split()))
    if found is None:
        return None
    hour = _number(found["hour"])
    minute = _MINUTES.get(found["minute"] or "", None)
    if minute is None:
        minute = int(found["minute"] or 0)
    if hour is None or hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    return time(_of_the_day(hour, found["part"]) % 24, minute)


def _of_the_day(hour: int, part: str | None) -> int:
    """`晚上11点` is 23, `晚上12点` and `半夜12点` are midnight, `中午1点` is 13."""
    if part in _NIGHT and hour == 12:
        return 24
    if part in _LATE and 1 <= hour < 12:
        return hour + 12
    if part == "中午" and 1 <= hour < 4:
        return hour + 12
    return 0 if part in ("凌晨", "早", "早上", "清晨", "早晨") and hour == 12 else hour


def _number(text: str) -> int | None:
    """`11`, `十一`, `二十三`, `两`."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.replace("两", "二").rpartition("十")
    if not ten:
        return _DIGITS.index(ones) if len(ones) == 1 else None
    if len(tens) > 1 or len(ones) > 1:
        return None
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)
