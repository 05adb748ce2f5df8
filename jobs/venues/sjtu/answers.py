"""One HTTP answer, and what can be said of any. Pure."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec
from msgspec import Raw, Struct

Scalar = int | float | str | bool | None

UNREADABLE: Final = (ValueError, RecursionError)
"""What msgspec raises for bytes that are not the JSON asked for (its own errors are ValueErrors)."""

_TITLE: Final = re.compile(r"<title[^>]{0,200}>([^<]{0,200})", re.IGNORECASE)
_LOGIN_WORDS: Final = ("登录", "登陆", "统一身份认证", "jaccount", "login")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,9}(?:\.0+)?")


class Answer(Struct, frozen=True, kw_only=True):
    """One HTTP answer, reduced to what decides. Headers that were absent are empty."""

    status: int
    body: bytes
    location: str = ""
    retry_after: str = ""
    date: str = ""
    age: str = ""

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"

    @property
    def is_page(self) -> bool:
        """Whether it looks like HTML."""
        return self.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")

    @property
    def is_redirect(self) -> bool:
        return self.status in {301, 302, 303, 307, 308}


class Envelope(Struct):
    """What the platform wraps its data in."""

    code: int | str
    msg: str | None = None
    data: Raw = Raw(b"null")
    rows: Raw = Raw(b"null")
    total: Scalar = None


class _Message(Struct):
    msg: str


def text_of(answer: Answer) -> str:
    """What the body says: the message of an envelope, where it is one (JSON may escape what we look for)."""
    try:
        return msgspec.json.decode(answer.body, type=_Message).msg
    except UNREADABLE:
        return answer.body[:65536].decode("utf-8", errors="replace")


def title_of(text: str) -> str:
    """The title of a page; empty: it has none."""
    return match[1].strip() if (match := _TITLE.search(text)) else ""


def is_login_title(title: str) -> bool:
    return any(word in title.lower() for word in _LOGIN_WORDS)


def printable(text: str) -> str:
    """At most 120 characters of somebody else's text, on one line, without controls and bidi tricks."""
    return _UNPRINTABLE.sub(" ", text).strip()[:120]


def whole_number(value: Scalar) -> int | None:
    """The integer that an int, `3.0`, `"3"` or `"3.00"` means, None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        text = value.strip()
        return int(text.partition(".")[0]) if _WHOLE_NUMBER.fullmatch(text) else None
    return value


def http_date(text: str) -> datetime | None:
    """An instant as headers write it, aware; None for anything else."""
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return instant if instant.tzinfo else None
