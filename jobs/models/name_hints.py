"""What stands in a job's name and looks as if it had been meant: a day, hours, courts, an interval."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from jobs.models.dates import parse_days
from jobs.models.errors import Refusal
from jobs.models.text import NUMERAL, Quoted, clean, quote

_PART: Final = "早上|上午|中午|下午|傍晚|晚上"
_LOOKS_LIKE: Final = {
    "日期": re.compile(
        r"今[天日晚]|明[天日晚早]|大?[前后]天|昨[天日]|工作日|每(?:周|星期|礼拜)[一二三四五六日天末]"
        rf"|(?:[本这]|下+)个?(?:周|星期|礼拜)$|^[0-9]{{1,2}}[号日]$|{NUMERAL}月{NUMERAL}[日号]?|(?<![0-9])[0-9]{{1,2}}[-/.][0-9]{{1,2}}(?![0-9点时])"
    ),
    "时段": re.compile(rf"(?:{_PART})?{NUMERAL}[点时](?!间|候)|{_PART}|^[早晚]$"),
    "场地": re.compile("[0-9]{1,3}号场"),
    "间隔": re.compile(f"每?隔?(?:{NUMERAL}|半)个?(?:分钟|小时|秒)"),
}


def unheard(name: Sequence[str], options: Collection[str]) -> str:
    """A line that says what in a name looks like one of the `options`, and that it was not taken for it; empty where
    nothing does. Words in quotation marks were meant as a name."""
    words = [clean(word) for word in name if not isinstance(word, Quoted)]
    found = {
        option: piece[0]
        for option, pattern in _LOOKS_LIKE.items()
        if option in options and (piece := next(filter(None, map(pattern.search, words)), None))
    }
    if not found:
        return ""
    said = "、".join(quote(piece) for piece in found.values())
    return f"ℹ️ 名称里的{said}只是名称，没有当作{'、'.join(found)}；要算数请另写 {'、'.join(f'{one}=' for one in found)}"


def weekly_in(line: str) -> str:
    """The days of each week that a line speaks of: `工作日`, `每周五`; empty: none."""
    found = _WEEKLY.search(clean(line))
    try:
        return found[0] if found and parse_days(found[0]) is not None else ""
    except Refusal:
        return ""


_WEEKLY: Final = re.compile("工作日|每个?(?:周|星期|礼拜)[一二三四五六日天末]+")
