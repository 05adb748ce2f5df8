"""The one way out: text, which is never read as anything else, and our own pictures; and what can be taken back."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, Final, cast

import nonebot
from nonebot.adapters.onebot.v11 import ActionFailed, ApiNotAvailable, Bot, Message, MessageSegment, NetworkError
from nonebot.exception import WebSocketClosed
from starlette.websockets import WebSocketDisconnect

from jobs import Chat, DeliveryOutcome, DeliveryReport

_SENT_BUT_TIMED_OUT: Final = 1200
"""The retcode with which common clients answer a message they delivered too slowly."""

_PATIENCE_SECONDS: Final = 3.0
"""For what is only nice to know."""
_NO_ANSWER: Final = (ActionFailed, ApiNotAvailable, NetworkError, WebSocketClosed, WebSocketDisconnect, RuntimeError)

SPEAKER: Final = "SJA"
"""The name on the pages of a forwarded message."""


def is_online(chat: Chat) -> bool:
    """Whether the account of this chat is connected."""
    return _bot_of(chat) is not None


async def deliver(chat: Chat, text: str) -> DeliveryReport:
    """Sends one text segment: no CQ code in it is ever read. Never raises for what a network can do."""
    bot = _bot_of(chat)
    if bot is None:
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE)
    return await _report(
        bot.call_api("send_msg", message_type=chat.type, **_address(chat), message=Message([MessageSegment.text(text)]))
    )


async def deliver_picture(chat: Chat, text: str, picture: bytes) -> DeliveryReport:
    """Sends the text and an image file's bytes below it, as one message. Never raises for what a network can do."""
    bot = _bot_of(chat)
    if bot is None:
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE)
    message = Message([MessageSegment.text(f"{text}\n"), MessageSegment.image(picture)])
    return await _report(bot.call_api("send_msg", message_type=chat.type, **_address(chat), message=message))


async def recall(chat: Chat, message_id: str) -> bool:
    """Takes a message out of a chat; False where the client would not, or did not say."""
    bot = _bot_of(chat)
    if bot is None or not message_id.lstrip("-").isdecimal():
        return False
    report = await _report(bot.call_api("delete_msg", message_id=int(message_id)))
    return report.outcome is DeliveryOutcome.SENT


async def groups_of(self_id: str) -> frozenset[str] | None:
    """The numbers of the groups an account is in; None where its client does not say."""
    bot = nonebot.get_bots().get(self_id)
    if not isinstance(bot, Bot):
        return None
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            listed: list[dict[str, Any]] = await bot.call_api("get_group_list")
        return frozenset(str(group["group_id"]) for group in listed)
    except (*_NO_ANSWER, KeyError, TypeError, TimeoutError):
        return None


async def deliver_pages(chat: Chat, pages: Sequence[str]) -> DeliveryReport:
    """Sends one forwarded message with a page a node. Never raises for what a network can do."""
    bot = _bot_of(chat)
    if bot is None:
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE)
    messages = [_node(bot.self_id, page) for page in pages]
    return await _report(bot.call_api(f"send_{chat.type}_forward_msg", **_address(chat), messages=messages))


def _bot_of(chat: Chat) -> Bot | None:
    bot = nonebot.get_bots().get(chat.self_id)
    return bot if isinstance(bot, Bot) else None


def _address(chat: Chat) -> dict[str, int]:
    return {"group_id" if chat.is_group else "user_id": int(chat.peer_id)}


def _node(self_id: str, page: str) -> dict[str, Any]:
    """Clients disagree on the keys for the speaker, so both pairs are given."""
    content = [{"type": "text", "data": {"text": page}}]
    names = {"user_id": self_id, "nickname": SPEAKER, "uin": self_id, "name": SPEAKER}
    return {"type": "node", "data": {**names, "content": content}}


async def _report(call: Awaitable[Any]) -> DeliveryReport:
    try:
        answer = await call
    except ActionFailed as failed:
        info = cast("dict[str, Any]", failed.info)  # pyright: ignore[reportUnknownMemberType]
        timed_out = info.get("retcode") == _SENT_BUT_TIMED_OUT
        outcome = DeliveryOutcome.UNCERTAIN if timed_out else DeliveryOutcome.REFUSED
        return DeliveryReport(outcome=outcome, detail=repr(failed))
    except ApiNotAvailable as missing:
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE, detail=repr(missing))
    except (NetworkError, WebSocketClosed, WebSocketDisconnect) as lost:
        return DeliveryReport(outcome=DeliveryOutcome.UNCERTAIN, detail=repr(lost))
    except RuntimeError as closed:
        # The server's own word for a connection that was closed before the message could be written.
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE, detail=repr(closed))
    return DeliveryReport(outcome=DeliveryOutcome.SENT, message_id=_message_id(answer))


def _message_id(answer: Any) -> str | None:
    """Some clients answer a success with nothing at all."""
    try:
        return str(answer["message_id"])
    except (KeyError, TypeError):
        return None
