"""What people answer when a login asks: letters, codes, ways of the second factor, and the wish for another picture."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from jobs.models.errors import Refusal

WAY_WORDS: Final = {"app": "手机应用里的动态码", "email": "邮箱验证码", "sms": "短信验证码"}
"""The ways, in words."""

_CALLED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("app", "应用", "手机应用", "动态码", "动态口令", "软件"), "app"),
    **dict.fromkeys(("email", "邮箱", "邮件", "mail", "e-mail"), "email"),
    **dict.fromkeys(("sms", "短信", "手机短信", "手机"), "sms"),
}

_LETTERS: Final = re.compile(r"[a-z0-9]{3,8}")
_CODE: Final = re.compile(r"[a-z0-9]{4,10}")
_CODE_DIGITS: Final = 6
"""So many digits are a code of the second factor; pictures have four or five letters."""
_ANOTHER: Final = frozenset({"换一张", "换张", "换图", "换", "刷新", "看不清", "重发", "再发", "再来一张", "refresh"})


def wants_another(text: str) -> bool:
    """Whether another picture is wanted, or the code once more."""
    return _word(text) in _ANOTHER


def letters_in(text: str) -> str:
    """The letters of a picture, as the platform writes them. Raises `Refusal` for what cannot be an answer, so that
    talk costs no try."""
    letters = _word(text)
    if letters.isdecimal() and len(letters) >= _CODE_DIGITS:
        raise Refusal("现在要的是图里的字母，还没到数字的动态码那一步，例如 abcd；看不清发送 换一张")
    if not _LETTERS.fullmatch(letters):
        raise Refusal("请只发图里的字母（4 到 5 个），例如 abcd；看不清发送 换一张，不登录了发送 取消")
    return letters


def code_in(text: str, way: str) -> str:
    """The code of the second factor. Raises `Refusal` for what cannot be one."""
    code = _word(text)
    if not _CODE.fullmatch(code):
        raise Refusal(f"请只发{WAY_WORDS[way]}（一般是 6 位数字）；没收到发送 重发，不登录了发送 取消")
    return code


def looks_like_code(text: str) -> bool:
    """Whether a text is a number that is no choice among the ways."""
    code = _word(text)
    return code.isdecimal() and _CODE.fullmatch(code) is not None


def way_meant(text: str, ways: Sequence[str]) -> str | None:
    """The way somebody chooses: by its place among those offered, counted from 1, or by its name. Else None."""
    word = _word(text)
    if len(word) == 1 and word in "123456789"[: len(ways)]:
        return ways[int(word) - 1]
    way = _CALLED.get(word)
    return way if way in ways else None


def ways_in_words(ways: Sequence[str]) -> str:
    """`1 手机应用里的动态码、2 短信验证码`."""
    return "、".join(f"{place} {WAY_WORDS.get(way, way)}" for place, way in enumerate(ways, 1))


def _word(text: str) -> str:
    return "".join(text.split()).casefold()
