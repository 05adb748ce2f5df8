"""What somebody writes behind an option to change it: yes or no, a list, a length, or nothing any more."""

import re
from typing import Final

from jobs.models.errors import Refusal
from jobs.models.options import read_yes
from jobs.models.text import clean, quote, read_number

CLEARED: Final = frozenset({"无", "没有", "不限", "任意", "全部", "都行", "所有", "默认", "none", "any", "all"})
"""What says that an option shall be as if it had never been given."""


def parse_yes(text: str, example: str) -> bool:
    """`是`, `否` and their kind. Raises `Refusal`."""
    found = read_yes(text)
    if found is None:
        raise Refusal(f"看不懂{quote(text)}，请写 是 或 否，例如 {example}")
    return found


def listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, re.split(r"[,、;/\s]+", text))))


def length(text: str) -> int:
    number = read_number(text.removesuffix("小时").removesuffix("个").removesuffix("场"))
    if number is None:
        raise Refusal(f"连续{quote(text)}不对，请写连着订几个小时，例如 连续=2")
    return number


def is_cleared(text: str) -> bool:
    return clean(text).casefold() in CLEARED
