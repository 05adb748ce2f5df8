"""From a OneBot message event to what was heard: who said what, where, and quoting which message."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from itertools import dropwhile
from typing import Any, Final

from msgspec.structs import replace
from nonebot.adapters.onebot.v11 import GroupMessageEvent, MessageEvent, MessageSegment

from jobs import Actor, Chat, Inbound, Role, UserId, clean
from plugins._commands.command import LONGEST_MESSAGE, Heard

_ADMIN_ROLES: Final = frozenset({"owner", "admin"})


def raw_text(event: MessageEvent) -> str:
    """The message as text: without the quote and mentions it begins with, later mentions and pictures in words."""
    return "".join(map(_words_of, dropwhile(_is_only_leading, event.original_message)))


def hear(event: MessageEvent, text: str, superusers: Collection[str], at: datetime) -> Heard:
    """What was heard; `text` is the event's `raw_text`. Of a long one only as much as shows that it is too long."""
    chat = _chat_of(event)
    is_long = len(text) > LONGEST_MESSAGE
    return Heard(
        text=clean(text[: LONGEST_MESSAGE + 1]),
        raw="" if is_long else "".join(map(_typed, dropwhile(_is_only_leading, event.original_message))),
        actor=Actor(user_id=_speaker(event), role=_role_of(event, superusers), chat=chat),
        chat=chat,
        inbound=Inbound(self_id=str(event.self_id), message_id=str(event.message_id), received_at=at),
        quoted=_quoted(event.original_message),
        quotes_us=event.reply is not None and event.reply.sender.user_id == event.self_id,
    )


def with_rights(heard: Heard, managers: Collection[UserId]) -> Heard:
    """The same, said by a group administrator where the speaker is one of those who were given their rights there."""
    actor = heard.actor
    if actor.role is not Role.MEMBER or actor.user_id not in managers:
        return heard
    return replace(heard, actor=replace(actor, role=Role.GROUP_ADMIN))


def _speaker(event: MessageEvent) -> UserId:
    """All anonymous members of a group share one number; what tells them apart is the mask they wear."""
    if isinstance(event, GroupMessageEvent) and event.anonymous is not None:
        return UserId(f"匿名-{event.anonymous.id}")
    return UserId(str(event.user_id))


def _chat_of(event: MessageEvent) -> Chat:
    self_id = str(event.self_id)
    if isinstance(event, GroupMessageEvent):
        return Chat(self_id=self_id, type="group", peer_id=str(event.group_id))
    return Chat(self_id=self_id, type="private", peer_id=str(event.user_id))


def _role_of(event: MessageEvent, superusers: Collection[str]) -> Role:
    """Superusers are named by number, or with the adapter's name before it, as NoneBot has it."""
    if str(event.user_id) in superusers or f"onebot:{event.user_id}" in superusers:
        return Role.SUPERUSER
    if isinstance(event, GroupMessageEvent) and event.sender.role in _ADMIN_ROLES:
        return Role.GROUP_ADMIN
    return Role.MEMBER


def _quoted(message: Iterable[MessageSegment]) -> str | None:
    """The id as it was written: what the adapter makes of it may be missing, or under another number."""
    return next((str(segment.data.get("id")) for segment in message if segment.type == "reply"), None)


def _is_only_leading(segment: MessageSegment) -> bool:
    is_blank = segment.type == "text" and not str(segment.data.get("text", "")).strip()
    return segment.type in ("reply", "at") or is_blank


def _words_of(segment: MessageSegment) -> str:
    words = _WORDS.get(segment.type)
    return words(segment.data) if words else ""


def _typed(segment: MessageSegment) -> str:
    return str(segment.data.get("text", "")) if segment.type == "text" else _NO_TEXT


_NO_TEXT: Final = "\0"
_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "text": lambda data: str(data.get("text", "")),
    "at": lambda data: f" @{data.get('name') or data.get('qq')} ",
    "face": lambda _: "[表情]",
    "image": lambda _: "[图片]",
}
