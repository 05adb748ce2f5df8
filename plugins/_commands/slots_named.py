"""Which courts, and how many hours in a row, the options of a command name."""

import re

from jobs import Refusal, quote, read_number
from plugins._commands.command import Call


def courts_said(call: Call) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, re.split(r"[,、;\s]+", call.arguments.options.get("场地", "")))))


def length_said(call: Call) -> int:
    """Hours in a row: `2`, `两小时`."""
    text = call.arguments.options.get("连续", "1")
    number = read_number(text.removesuffix("小时").removesuffix("个").removesuffix("场"))
    if number is None:
        raise Refusal(f"连续{quote(text)}不对，请写连着订几个小时，例如 连续=2")
    return number
