"""Hours of the day in which something may happen, out of words: one grammar for every option that takes them."""

import re
from datetime import time
from typing import Final

from jobs.models.errors import Refusal
from jobs.models.hours import parse_clock
from jobs.models.recurrence import Window
from jobs.models.text import NUMERAL, clean, quote, read_number

_HOUR: Final = rf"((?:凌晨|早上|上午|中午|下午|晚上|早|晚)?{NUMERAL})(?:点钟|点整|点|时|:00|h)?"
_WINDOW: Final = re.compile(rf"{_HOUR}(?:[-~−–—〜至到]+{_HOUR})?")
_HOW: Final = "请写成 有效时段=8-22（8 点到 22 点，22 点那一小时也算）或 有效时段=22-6（过夜）"
_ALL_DAY: Final = frozenset({"全天", "整天", "0-24", "always"})


def parse_window(text: str) -> Window | None:
    """`8-22`, `8点到22点`, `22-6`, `9`: hours of the day, the last one whole; None for `全天`. Raises `Refusal`."""
    squeezed = re.sub(r"\s+", "", clean(text)).casefold()
    if squeezed in _ALL_DAY:
        return None
    found = _WINDOW.fullmatch(squeezed)
    if not found:
        raise Refusal(f"看不懂有效时段{quote(text)}，{_HOW}")
    try:
        return window_said(found[1], found[2] or found[1])
    except Refusal as refusal:
        raise Refusal(f"有效时段{quote(text)}里有不存在的钟点，{_HOW}") from refusal


def window_said(first: str, last: str) -> Window:
    """Hours of the clock, the last one whole; 24 o'clock is the end of the day. Raises `Refusal`."""
    opening = parse_clock(f"{first}点")
    closing = time(23) if read_number(last) == 24 else parse_clock(f"{last}点")
    if opening is None or closing is None:
        raise Refusal(f"看不懂有效时段{quote(f'{first}-{last}点')}，请写成 8-22点 或 22-6点（过夜）这样")
    return Window(first=opening.hour, last=closing.hour)
