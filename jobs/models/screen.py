"""Bytes that a program wrote for a terminal, as one would read them there in the end."""

import re
from typing import Final

_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def as_on_screen(line: bytes) -> str:
    """A line without colours and invisible characters; what a carriage return wrote over is gone, bytes that are no
    UTF-8 are replaced."""
    text = line.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode("utf-8", errors="replace")
    return _CONTROL.sub("", _ANSI.sub("", text))
