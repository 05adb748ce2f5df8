"""What a chat shows of what we said lately: asked of the client where nobody knows whether a message arrived.

No call of OneBot itself, but the common clients (NapCat, LLOneBot, Lagrange, go-cqhttp) have it; whoever has not is
asked again an hour later.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from msgspec import Struct
from nonebot.adapters.onebot.v11 import ActionFailed, Message
from nonebot.compat import type_validate_python

from jobs import Chat
from plugins._onebot.delivery import NO_ANSWER, address, bot_of

_COUNT: Final = 30
"""Messages asked for."""
_PATIENCE_SECONDS: Final = 3.0
_LOOK_EVERY_SECONDS: Final = 0.1
"""At whether a connection that was lost is back."""
_UNKNOWN_ACTION: Final = frozenset({404, 1404, 10404})
"""Retcodes of clients that do not know a call."""
_ASKED_AGAIN_AFTER: Final = timedelta(hours=1)


class Said(Struct, frozen=True, kw_only=True):
    """A message of our own. `at` in whole seconds, by the platform's clock; `text`: without mentions and pictures."""

    message_id: str
    at: datetime
    text: str


class Shown(Struct, frozen=True, kw_only=True):
    """The latest of a chat. `said`: our own, in any order; `since`: nothing later is missing, None: nothing at all."""

    said: tuple[Said, ...]
    since: datetime | None


class History:
    """Of all chats. Remembers which accounts' clients do not know how to show them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._unable: dict[tuple[str, str], datetime] = {}

    async def latest(self, chat: Chat) -> Shown | None:
        """None: nobody can say. Never raises for what a network can do; takes three seconds at most."""
        unable_since = self._unable.get((chat.self_id, chat.type))
        if unable_since is not None and self._now() - unable_since < _ASKED_AGAIN_AFTER:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return _shown(chat, await _asked(chat))
        except ActionFailed as failed:
            info = cast("dict[str, Any]", failed.info)  # pyright: ignore[reportUnknownMemberType]
            if info.get("retcode") in _UNKNOWN_ACTION:
                self._unable[chat.self_id, chat.type] = self._now()
            return None
        except (TimeoutError, AttributeError, KeyError, TypeError, ValueError, OverflowError):
            return None  # Too slow, or in a shape that nobody knows.


async def _asked(chat: Chat) -> Any:
    """The client's answer; over the next connection where one is lost. Raises `ActionFailed`."""
    action = "get_group_msg_history" if chat.is_group else "get_friend_msg_history"
    while True:
        if (bot := bot_of(chat)) is not None:
            try:
                return await bot.call_api(action, **address(chat), count=_COUNT)
            except ActionFailed:
                raise
            except NO_ANSWER:
                pass  # Whether there is another connection is seen below.
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


def _shown(chat: Chat, answer: Any) -> Shown:
    messages: list[dict[str, Any]] = answer["messages"]
    times = [datetime.fromtimestamp(int(one["time"]), UTC) for one in messages]
    said = tuple(
        Said(message_id=str(one.get("message_id")), at=at, text=_text_of(one))
        for one, at in zip(messages, times, strict=True)
        if str(one.get("user_id") or one["sender"]["user_id"]) == chat.self_id
    )
    return Shown(said=said, since=min(times) if len(messages) >= _COUNT else None)


def _text_of(message: dict[str, Any]) -> str:
    parts = type_validate_python(Message, message.get("message") or message.get("raw_message") or [])
    return "".join(part.data["text"] for part in parts if part.type == "text")
