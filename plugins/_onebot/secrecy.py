"""Keeps secrets, and what people say in private, out of the bot's own log, whoever writes there and at any level."""

import codecs
import re
from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from nonebot.log import default_filter, logger

from jobs import clean, redact, types_password

if TYPE_CHECKING:
    from loguru import Record

_EVENT: Final = re.compile(
    r"(\[message(?:_sent)?[^\]]{0,60}\]: Message -?\d+ from \d+(?:@\[[^\]]{0,99}\])? )(.*)", re.DOTALL
)
"""How the adapter describes a message: its head, and its text as Python would write it."""
_RAW: Final = "raw_message"
"""In whatever shows a whole event: one that the adapter could not read, or one at the level TRACE."""
_RAW_PRIVATE: Final = re.compile(r"""message_type['"]?[:=] ?['"]private['"]|\[message(?:_sent)?\.private""")
_UNREAD: Final = "Failed to parse event. Raw:"
"""How the adapter begins to show one in which it found nothing that it knows."""
_CHECKED: Final = re.compile(r"input_value=(?:[^\n]*(?=, input_type=)|[^\n]*)")
"""What pydantic quotes of what it did not like: the beginning and the end of an event, where its text stands."""
_OPENS: Final = re.compile(r"[({]")
_STRINGS: Final = re.compile(r"""'(?:[^'\\]|\\.)*+'?|"(?:[^"\\]|\\.)*+"?""", re.DOTALL)
"""One that is never closed goes on to the end, so that looking for them is linear."""
_PRIVATE: Final = "[message.private"
_ESCAPE: Final = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[ntr])")
_IN_BASE64: Final = re.compile(r"base64://[A-Za-z0-9+/=]{16,}")
HIDDEN_TALK: Final = "••••"
_BELOW_LEVEL: Final = "（低于 LOG_LEVEL，不显示）"


def keep_secrets_out_of_log(prefixes: Collection[str] = ()) -> None:
    """From now on, in every sink of NoneBot's log. Doing it twice is no harm. `prefixes`: of commands."""
    logger.configure(patcher=partial(_patch, prefixes))


def discreet(message: str, prefixes: Collection[str] = ()) -> str:
    """A line of the log as it may be kept: private messages without their text, group messages without passwords, no
    pictures in letters, nothing of an event that could not be read, everything redacted."""
    if event := _EVENT.search(message):
        head, text = event[1], event[2]
        secret = _PRIVATE in head or types_password(_as_said(text), prefixes)
        message = message[: event.start()] + head + (f"{HIDDEN_TALK}（{len(text)}）" if secret else text)
    elif _UNREAD in message or _RAW_PRIVATE.search(message) or (_RAW in message and _shows_password(message, prefixes)):
        opens = _OPENS.search(message)
        message = f"{message[: opens.start()] if opens else ''}{HIDDEN_TALK}"
    return redact(_CHECKED.sub(f"input_value={HIDDEN_TALK}", _IN_BASE64.sub("base64://…", message)))


def _shows_password(event: str, prefixes: Collection[str]) -> bool:
    return any(types_password(_as_said(string), prefixes) for string in _STRINGS.findall(event))


def _as_said(text: str) -> str:
    """The words of a message out of its representation, without what the adapter puts around and before them."""
    words = re.sub(r"\[(?:reply|at):[^\]]*\]", "", text).strip("'\"")
    return clean(_ESCAPE.sub(lambda escape: codecs.decode(escape[0], "unicode_escape"), words))


def _patch(prefixes: Collection[str], record: "Record") -> None:
    if not default_filter(record):
        # Below LOG_LEVEL nobody should see it, and looking through whole events costs more than answering them.
        record["message"], record["exception"] = _BELOW_LEVEL, None
        return
    record["message"] = discreet(record["message"], prefixes)
    caught = record["exception"]
    if caught is not None and caught.value is not None and _tells(caught.value, prefixes):
        # The traceback says where, the type says what; the text has to go.
        plain: Any = RuntimeError(discreet(f"{type(caught.value).__name__}: {caught.value}", prefixes))
        record["exception"] = caught._replace(type=RuntimeError, value=plain)


def _tells(error: BaseException | None, prefixes: Collection[str]) -> bool:
    """Whether the text of an error, or of one behind it, has something to hide."""
    waiting, seen = [error], set[int]()
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        text = str(error)
        if discreet(text, prefixes) != text:
            return True
        waiting += [error.__cause__, error.__context__, *getattr(error, "exceptions", ())]
    return False
