"""Whom the bot may write to unasked: its friends, and members of the group that asks for it."""

import asyncio
from typing import Any, Final

import nonebot
from nonebot.adapters.onebot.v11 import ActionFailed, ApiNotAvailable, Bot, NetworkError
from nonebot.exception import WebSocketClosed
from starlette.websockets import WebSocketDisconnect

from jobs import Chat

_PATIENCE_SECONDS: Final = 3.0
_NO_ANSWER: Final = (ActionFailed, ApiNotAvailable, NetworkError, WebSocketClosed, WebSocketDisconnect, RuntimeError)


async def is_acquainted(chat: Chat, number: str) -> bool:
    """Whether a person is a member of that group, or of any chat a friend of its account. Where the client does not
    say, nobody is."""
    bot = nonebot.get_bots().get(chat.self_id)
    if not isinstance(bot, Bot) or not number.isdecimal():
        return False
    return (chat.is_group and await _is_member(bot, chat.peer_id, number)) or await _is_friend(bot, number)


async def _is_member(bot: Bot, group: str, number: str) -> bool:
    found = await _answer(bot, "get_group_member_info", group_id=int(group), user_id=int(number))
    return isinstance(found, dict) and str(found.get("user_id")) == number  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


async def _is_friend(bot: Bot, number: str) -> bool:
    friends: Any = await _answer(bot, "get_friend_list")
    if not isinstance(friends, list):
        return False
    return any(isinstance(friend, dict) and str(friend.get("user_id")) == number for friend in friends)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportUnknownVariableType]


async def _answer(bot: Bot, action: str, **asked: int) -> Any:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await bot.call_api(action, **asked)
    except (*_NO_ANSWER, TimeoutError):
        return None
