"""How long, out of words and in words."""

import re
from fractions import Fraction
from typing import Final

from jobs.models.errors import Refusal
from jobs.models.text import NUMERAL, clean, quote, read_number

MAX_SECONDS: Final = 366 * 86400
"""One leap year: anything longer is a slip of the finger."""

SAID_IN_SECONDS_BELOW: Final = 600
"""Shorter durations are said in seconds, as the original program's intervals were (`每300秒`)."""

_UNITS: Final = {
    **dict.fromkeys(("天", "日", "day", "days", "d"), 86400),
    **dict.fromkeys(("小时", "钟头", "时", "hour", "hours", "hr", "hrs", "h"), 3600),
    **dict.fromkeys(("分钟", "分", "minute", "minutes", "min", "mins", "m"), 60),
    **dict.fromkeys(("秒钟", "秒", "second", "seconds", "sec", "secs", "s"), 1),
}

_PART: Final = re.compile(
    rf"(?P<amount>[0-9]{{1,9}}\.[0-9]{{1,6}}|{NUMERAL}|半)(?P<and_half>个半)?个?"
    rf"(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})(?P<half>半$)?"
)
"""`10分钟`, `1.5h`, `半小时`, `一个半小时`, `2分半`: the half follows the unit only at the very end."""

_SHOWN: Final = ((86400, "天"), (3600, "小时"), (60, "分钟"), (1, "秒"))

_HOW: Final = "请写成 300、90秒、10分钟、1.5小时 或 2m30s 这样"


class TooLong(Refusal):
    """A duration that was understood, beyond `MAX_SECONDS`."""


def parse_seconds(text: str) -> int:
    """A duration in whole seconds, 1 to `MAX_SECONDS`; a number without a unit counts seconds.

    Units go from large to small, each at most once: `1小时30分`, `2m30s`, `一个半小时`. Raises `Refusal`.
    """
    squeezed = re.sub(r"\s+", "", clean(text)).casefold()
    is_bare = re.fullmatch("[0-9]{1,9}", squeezed) is not None
    seconds = Fraction(squeezed) if is_bare else _sum_of_parts(squeezed)
    if seconds is None:
        raise Refusal(f"看不懂时长{quote(text)}，{_HOW}" if squeezed else f"时长是空的，{_HOW}")
    if seconds <= 0:
        raise Refusal(f"时长{quote(text)}要大于 0，{_HOW}")
    if seconds > MAX_SECONDS:
        raise TooLong(f"时长{quote(text)}太长了，最长 {MAX_SECONDS // 86400} 天")
    if seconds.denominator != 1:
        raise Refusal(f"时长{quote(text)}要是整秒，{_HOW}")
    return int(seconds)


def alike(one: int, other: int) -> tuple[str, str]:
    """Two durations, in seconds, said in one way: `300秒` and `600秒`, `1小时` and `10分钟`."""
    if min(one, other) < SAID_IN_SECONDS_BELOW:
        return f"{one}秒", f"{other}秒"
    return seconds_in_words(one), seconds_in_words(other)


def unit_unsaid(text: str) -> str:
    """What to say of a number without a unit that is under a minute: seconds were hardly meant; empty otherwise."""
    squeezed = re.sub(r"\s+", "", clean(text))
    if re.fullmatch("[0-9]{1,2}", squeezed) is None or not 0 < int(squeezed) < 60:
        return ""
    return f"ℹ️ 每{int(squeezed)}秒（要 {int(squeezed)} 分钟请写 间隔={int(squeezed)}分钟）"


def seconds_in_words(seconds: int) -> str:
    """`300秒`, `15分钟`, `1小时30分钟`, `1天`; `parse_seconds` reads it back. `seconds` is 0 or more."""
    if seconds < SAID_IN_SECONDS_BELOW:
        return f"{seconds}秒"
    words = ""
    for size, unit in _SHOWN:
        count, seconds = divmod(seconds, size)
        words += f"{count}{unit}" if count else ""
    return words


def _sum_of_parts(text: str) -> Fraction | None:
    """The parts of a duration added up; None when the text is not made of such parts, from large to small."""
    total = Fraction(0)
    at = 0
    smallest = MAX_SECONDS
    while at < len(text):
        part = _PART.match(text, at)
        amount = _amount(part["amount"]) if part else None
        if part is None or amount is None or (unit := _UNITS[part["unit"]]) >= smallest:
            return None
        total += unit * (amount + Fraction(bool(part["and_half"] or part["half"]), 2))
        smallest = unit
        at = part.end()
    return total if text else None


def _amount(text: str) -> Fraction | None:
    if text == "半":
        return Fraction(1, 2)
    if "." in text:
        return Fraction(text)
    number = read_number(text)
    return None if number is None else Fraction(number)
