"""The one way out: text, never read as anything else, our own pictures and files; and what can be taken back."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Sequence
from typing import Any, Final, cast

import nonebot
from nonebot.adapters.onebot.v11 import ActionFailed, ApiNotAvailable, Bot, Message, MessageSegment, NetworkError
from nonebot.exception import WebSocketClosed
from starlette.websockets import WebSocketDisconnect

from jobs import Chat, DeliveryOutcome, DeliveryReport, clean

_SENT_BUT_TIMED_OUT: Final = 1200
"""The retcode with which common clients answer a message they delivered too slowly."""

_PATIENCE_SECONDS: Final = 3.0
"""For what is only nice to know."""
NO_ANSWER: Final = (ActionFailed, ApiNotAvailable, NetworkError, WebSocketClosed, WebSocketDisconnect, RuntimeError)

SPEAKER: Final = "SJA"
"""The name on the pages of a forwarded message."""
_NEWS_LINES: Final = 4
_NEWS_WIDTH: Final = 40
"""What a phone shows of a forwarded message that is not opened."""


def is_online(chat: Chat) -> bool:
    """Whether the account of this chat is connected."""
    return bot_of(chat) is not None


async def deliver(chat: Chat, text: str, *, mentions: Sequence[str] = ()) -> DeliveryReport:
    """Sends one text segment, behind real mentions of these QQ numbers: no CQ code in it is ever read. Never raises for
    what a network can do."""
    bot = bot_of(chat)
    if bot is None:
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE)
    called = [MessageSegment.at(number) for number in mentions]
    message = Message([*called, MessageSegment.text(f" {text}" if called else text)])
    return await _report(bot.call_api("send_msg", message_type=chat.type, **address(chat), message=message))


async def deliver_picture(chat: Chat, text: str, picture: bytes) -> DeliveryReport:
    """Sends the text and an image file's bytes below it, as one message. Never raises for what a network can do."""
    bot = bot_of(chat)
    if bot is None:
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE)
    message = Message([MessageSegment.text(f"{text}\n"), MessageSegment.image(picture)])
    return await _report(bot.call_api("send_msg", message_type=chat.type, **address(chat), message=message))


async def recall(chat: Chat, message_id: str) -> bool:
    """Takes a message out of a chat; False where the client would not, or did not say."""
    bot = bot_of(chat)
    if bot is None or not message_id.lstrip("-").isdecimal():
        return False
    report = await _report(bot.call_api("delete_msg", message_id=int(message_id)))
    return report.outcome is DeliveryOutcome.SENT


async def groups_of(self_id: str) -> dict[str, str] | None:
    """The groups an account is in, names by numbers; None where its client does not say."""
    bot = nonebot.get_bots().get(self_id)
    if not isinstance(bot, Bot):
        return None
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            listed: list[dict[str, Any]] = await bot.call_api("get_group_list")
        return {str(group["group_id"]): clean(str(group.get("group_name") or "")) for group in listed}
    except (*NO_ANSWER, KeyError, TypeError, AttributeError, TimeoutError):
        return None


async def deliver_pages(chat: Chat, title: str, pages: Sequence[str]) -> DeliveryReport:
    """Sends one forwarded message with a page a node. Never raises for what a network can do.

    `title` is seen before it is opened, where the client knows how to show that; others pass over it.
    """
    bot = bot_of(chat)
    if bot is None:
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE)
    messages = [_node(bot.self_id, page) for page in pages]
    face = {"source": title, "prompt": title, "summary": f"共 {len(pages)} 页，点开看全文", "news": _news(pages)}
    return await _report(bot.call_api(f"send_{chat.type}_forward_msg", **address(chat), messages=messages, **face))


async def deliver_file(chat: Chat, name: str, content: bytes) -> DeliveryReport:
    """Sends a file. Never raises for what a network can do.

    Its bytes travel in the call: the client may live on another machine, where no path of ours leads anywhere.
    """
    bot = bot_of(chat)
    if bot is None:
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE)
    file = f"base64://{b64encode(content).decode()}"
    return await _report(bot.call_api(f"upload_{chat.type}_file", **address(chat), file=file, name=name))


def bot_of(chat: Chat) -> Bot | None:
    """The connection of a chat's account; None: there is none."""
    bot = nonebot.get_bots().get(chat.self_id)
    return bot if isinstance(bot, Bot) else None


def address(chat: Chat) -> dict[str, int]:
    """How calls name a chat."""
    return {"group_id" if chat.is_group else "user_id": int(chat.peer_id)}


def _news(pages: Sequence[str]) -> list[dict[str, str]]:
    """The first lines, which clients show below the title."""
    lines = [line.strip() for page in pages[:2] for line in page.splitlines() if line.strip()]
    return [{"text": line[:_NEWS_WIDTH]} for line in lines[:_NEWS_LINES]]


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
    except (NetworkError, WebSocketClosed) as lost:
        return DeliveryReport(outcome=DeliveryOutcome.UNCERTAIN, detail=repr(lost))
    except (WebSocketDisconnect, RuntimeError) as closed:
        # The server's own words for a connection that was closed before the message could be written.
        return DeliveryReport(outcome=DeliveryOutcome.OFFLINE, detail=repr(closed))
    return DeliveryReport(outcome=DeliveryOutcome.SENT, message_id=_message_id(answer))


def _message_id(answer: Any) -> str | None:
    """Some clients answer a success with nothing at all."""
    try:
        return str(answer["message_id"])
    except (KeyError, TypeError):
        return None
