"""Hides what must never be read in a log or a chat."""

import re
from typing import Final

from jobs.models.typed_secrets import (
    ACCOUNT,
    ACCOUNT_AND_PASSWORD,
    ADDS,
    HARMLESS,
    LOGS_IN,
    NEW_PASSWORD,
    SHARED_WITH,
    TYPES,
)

HIDDEN: Final = "••••"

_HEADERS: Final = "cookie|authorization"
"""Names whose value is the rest of the line; they end `Set-Cookie` and `Proxy-Authorization` too."""
_NAMES: Final = (
    "password|passwd|passphrase|secret|token|captcha|credentials?|session_?id|sessid|sessdata|web_session|jaauthcookie"
    "|(?:api|access|private|secret)[_-]?key(?:[_-]?id)?|密码|口令|密钥"
    "|(?<![a-z0-9])(?:pass|pwd|sid|tim|tid|auth|jwt|ticket)"
)
"""Names whose value is a word, also as the end of a longer name; the short ones never inside a word (`inside: 3`)."""
_IS: Final = r"""[ \t]*+(?:=(?:>(?=[ \t"']))?+|[:：＝])[ \t]*+"""
_QUOTED_IS: Final = r"""\\?["'][ \t]*+(?:=>?+|[:：,])[ \t]*+"""
"""Between a quoted name and its value: in JSON, in a dictionary, in a list of pairs."""
_OPENING: Final = r"""b?\\?["'“‘「]"""
_QUOTED: Final = (
    r"""b?(?:(")[^"\\\n]*(?:\\.[^"\\\n]*)*"""
    r"""|(')[^'\\\n]*(?:\\.[^'\\\n]*)*"""
    r"""|(\\["'])[^"'\n]*"""
    r"""|([“‘「])[^”’」\n]*)"""
)
"""A quoted value up to its closing quote, which stays; where there is none, up to the end of the line."""

_OUR_HINT: Final = r"(?!\S{1,40} 学号 密码(?:$|[；，。）”\n]| 改好))"
"""The bot's own advice, in which nothing is a password."""
_NAME_ONLY: Final = r"(?![^\s；0-9][^\s；]{0,39}；)"
"""A nickname in the bot's own advice, which goes on: `!登录 小陈；…`."""
_TWO_WORDS: Final = rf"{_OUR_HINT}(?=\S++[ \t]++\S)"

_GAP: Final = r"(?:[\s:：,，、]|\\[nrt])"
"""Between the words of a command; a line end may be written as Python would."""
_LETTER: Final = r"(?:(?!\\[nrt])[^\s:：,，、])"
_COMMAND: Final = rf"[!！/／]{_GAP}*+"
_GLUED: Final = rf"{_LETTER}{{0,20}}+"


def _words(least: int, most: int) -> str:
    """So many words that are not hidden yet, and the rest of the line of the last one."""
    return rf"(?!{HIDDEN}){_OUR_HINT}(?:{_LETTER}++{_GAP}++){{{least - 1},{most - 1}}}\S.*"


_TYPED: Final = (
    (rf"{_COMMAND}(?:{ACCOUNT}){_GAP}*+(?:{TYPES}){_GLUED}{_GAP}++", _words(2, 3)),
    (rf"{_COMMAND}(?:{TYPES}){_GAP}*+(?:{ACCOUNT}){_GLUED}{_GAP}++", _words(2, 3)),
    (rf"{_COMMAND}(?:{ACCOUNT}){_GAP}*+(?=[0-9]++{_GAP})", _words(2, 2)),
    (rf"{_COMMAND}(?:{ACCOUNT}){_GAP}*+(?:{HARMLESS}){_GAP}++(?!{SHARED_WITH})", _words(3, 3)),
    (rf"{_COMMAND}(?:{ACCOUNT}){_GAP}++(?!(?:{HARMLESS}|{TYPES})(?:{_GAP}|$))", _words(3, 3)),
    (rf"{_COMMAND}(?:{LOGS_IN}){_GAP}++{_NAME_ONLY}", _words(2, 2)),
    (rf"{_COMMAND}(?:{NEW_PASSWORD}){_GAP}++", _words(2, 3)),
    (rf"{_COMMAND}(?:{NEW_PASSWORD}){_GAP}++", r"[!-~]{4}.*"),
)
"""A command that `types_password` knows, and what of it is hidden."""

_RULES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (rf"((?:{_HEADERS}){_QUOTED_IS}){_QUOTED}", rf"\1\2\3\4\5{HIDDEN}"),
        (rf"((?:{_HEADERS})(?:{_IS}|{_QUOTED_IS}(?!{_OPENING})))\S.*", rf"\1{HIDDEN}"),
        (rf"((?:{_NAMES})(?:{_QUOTED_IS}|{_IS})){_QUOTED}", rf"\1\2\3\4\5{HIDDEN}"),
        (rf"((?:{_NAMES})(?:{_QUOTED_IS}|{_IS})(?:(?:bearer|basic)[ \t]++)?)(?!{_OPENING})\S+", rf"\1{HIDDEN}"),
        (r"(?<=://)[^\s/]+@", f"{HIDDEN}@"),
        (r"((?<![\w-])--?(?:password|passwd|token|secret)[ \t]++)(?!-)\S+", rf"\1{HIDDEN}"),
        (r"(\bbearer[ \t]++)[\w.~+/=-]{16,}", rf"\1{HIDDEN}"),
        (r"\bgh[pousr]_\w{20,}", HIDDEN),
        (rf"((?:{ACCOUNT})[ \t]*+(?:{ADDS})[ \t]++){_TWO_WORDS}.*", rf"\1{HIDDEN}"),
        (rf"((?:{ADDS})[ \t]*+(?:{ACCOUNT})[ \t]++){_TWO_WORDS}.*", rf"\1{HIDDEN}"),
        *((rf"({head}){words}", rf"\1{HIDDEN}") for head, words in _TYPED),
        (rf"({ACCOUNT_AND_PASSWORD}\s?+)(?!{HIDDEN})\S+", rf"\1{HIDDEN}"),
        (r"((?:验证码|动态码)[是为]?+[ \t]*+[:：=＝]?+[ \t]*+)[a-z0-9](?:[ \t]?[a-z0-9]){2,}", rf"\1{HIDDEN}"),
        (r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*", rf"\1{HIDDEN}"),
    )
)
"""In this order: a header's value may hold what looks like another name. Nothing that repeats may be followed by what
it repeats, so that each is linear in the length of the text."""


_HINTS: Final = (
    *("cookie", "authorization", "pass", "pwd", "secret", "token", "captcha", "sess", "credential", "key", "密钥"),
    *("账", "帐", "account", "验证码", "动态码", "登", "绑定", "login", "log-in", "sign", "bind"),
    *("log in", "注册", "register"),
    *("jaauthcookie", "密码", "口令", "sid", "tim", "tid", "auth", "jwt", "ticket", "bearer", "ghp_", "private", "://"),
)
"""No rule fits a text without any of these: looking for them first spares nearly every line the rules."""


def redact(text: str) -> str:
    """The text without secrets: `password=hunter2` → `password=••••`, in logs, headers, JSON and addresses.

    Of a name that means a secret the value is hidden: in quotes up to the closing quote, of cookies and authorization
    the rest of the line, otherwise up to the next blank. Of a command that adds an account all that is added is hidden,
    of a captcha or code its letters. Of an address `http://user:secret@host/` who logs in is
    hidden. Idempotent; linear in the length.
    """
    folded = text.casefold()
    if not any(hint in folded for hint in _HINTS):
        return text
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
