"""Hides what must never be read in a log or a chat."""

import re
from typing import Final

_NAMES: Final = (
    r"password|passwd|pwd|secret|token|access_token|authorization|cookie|jsessionid|jaauthcookie|sid|tim|tid|captcha"
)
_PAIR: Final = re.compile(rf"(?i)\b({_NAMES})(\"?'?\s*[=:]\s*\"?'?)(bearer\s+)?([^\s\"',;&]+)")
HIDDEN: Final = "••••"


def redact(text: str) -> str:
    """`password=hunter2` → `password=••••`; likewise cookies, tokens and sessions, in logs, headers and JSON."""
    return _PAIR.sub(rf"\1\2\3{HIDDEN}", text)
