"""OneBot v11 as seen from the QQ side: the shapes a client sends and what it makes of the bot's messages. Pure."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from msgspec import Struct

from jobs.models.people import Chat

Segments = Sequence[Mapping[str, Any]]
GroupRole = Literal["member", "admin", "owner"]

_IN_BASE64: Final = "base64://"
_CQ_CODE: Final = re.compile(r"\[CQ:(?P<type>[A-Za-z0-9_.-]+)(?P<data>(?:,[^,\[\]]+)*)\]")


class Speaker(Struct, frozen=True, kw_only=True):
    """A person with a QQ account. `role` counts in groups only."""

    user_id: int
    nickname: str
    role: GroupRole = "member"
    card: str = ""
    """The name in the group; empty: the nickname serves."""


class Posted(Struct, frozen=True, kw_only=True):
    """One message that a chat has seen, whoever wrote it."""

    message_id: int
    chat: Chat
    author: Speaker
    segments: list[dict[str, Any]]
    at: datetime

    @property
    def text(self) -> str:
        """What a person reads: pictures and files as words in brackets, forwarded messages flattened."""
        return plain(self.segments)

    @property
    def pictures(self) -> list[bytes]:
        """The image files that came within the message; those it only tells an address of are left out."""
        return list(filter(None, (_bytes_in(segment, "image") for segment in self.segments)))

    @property
    def files(self) -> list[tuple[str, bytes]]:
        """Names and contents of the files that came along, as `pictures`."""
        found = [(str(segment["data"].get("name", "")), _bytes_in(segment, "file")) for segment in self.segments]
        return [(name, content) for name, content in found if content]

    @property
    def quotes(self) -> int | None:
        """The message this one quotes."""
        for segment in self.segments:
            if segment["type"] == "reply":
                return int(segment["data"]["id"])
        return None

    def may_answer(self, message_id: int, chat: Chat) -> bool:
        """Whether this can be the answer to a message of `chat`: said there, and quoting nothing else."""
        return self.chat == chat and self.quotes in (None, message_id)


def text_segment(text: str) -> dict[str, Any]:
    return {"type": "text", "data": {"text": text}}


def reply_segment(message_id: int) -> dict[str, Any]:
    return {"type": "reply", "data": {"id": str(message_id)}}


def message_event(posted: Posted, *, as_string: bool = False) -> dict[str, Any]:
    """A complete message event.

    The application's adapter drops a message that lacks `font`, `raw_message`, `sub_type` or `sender`, or whose
    sender's `level` is a number, without a word; so nothing is left out here.
    """
    event = _message_facts(posted, as_string=as_string) | {
        "post_type": "message",
        "self_id": int(posted.chat.self_id),
        "user_id": posted.author.user_id,
        "sub_type": "normal" if posted.chat.is_group else "friend",
        "raw_message": to_cq(posted.segments),
        "font": 14,
    }
    return event | {"anonymous": None} if posted.chat.is_group else event


def stored_message(posted: Posted, *, as_string: bool = False) -> dict[str, Any]:
    """The answer to `get_msg`."""
    return _message_facts(posted, as_string=as_string) | {"real_id": posted.message_id}


def meta_event(self_id: str, at: datetime, **facts: Any) -> dict[str, Any]:
    return {"time": int(at.timestamp()), "self_id": int(self_id), "post_type": "meta_event"} | facts


def member_info(member: Speaker) -> dict[str, Any]:
    """A person as the sender of a message, or as a member of a group. `level` is text, see `message_event`."""
    person = {"user_id": member.user_id, "nickname": member.nickname, "sex": "unknown", "age": 0, "area": ""}
    return person | {"card": member.card, "level": "1", "role": member.role, "title": ""}


def to_segments(message: Any) -> list[dict[str, Any]]:
    """A message in any form an application may send it: segments, one segment, or text with CQ codes."""
    if isinstance(message, str):
        return from_cq(message)
    if isinstance(message, Mapping):
        message = [message]
    return [{"type": segment["type"], "data": dict(segment.get("data") or {})} for segment in message]


def from_cq(text: str) -> list[dict[str, Any]]:
    """Text with CQ codes as segments, just as real clients read it."""
    segments: list[dict[str, Any]] = []
    end = 0
    for code in _CQ_CODE.finditer(text):
        segments += _text_of_cq(text[end : code.start()])
        pairs = (pair.partition("=") for pair in code["data"].split(",")[1:])
        segments.append({"type": code["type"], "data": {key: _unescape(value) for key, _, value in pairs}})
        end = code.end()
    return segments + _text_of_cq(text[end:])


def to_cq(segments: Segments) -> str:
    """Segments as text with CQ codes; the inverse of `from_cq`."""
    return "".join(map(_cq_of, segments))


def plain(segments: Segments) -> str:
    """Segments as a terminal can show them."""
    forwarded = bool(segments) and segments[0]["type"] == "node"
    return ("[转发消息]" if forwarded else "") + "".join(map(_words_of, segments))


def _message_facts(posted: Posted, *, as_string: bool) -> dict[str, Any]:
    chat = posted.chat
    facts = {
        "time": int(posted.at.timestamp()),
        "message_type": chat.type,
        "message_id": posted.message_id,
        "sender": member_info(posted.author),
        "message": to_cq(posted.segments) if as_string else posted.segments,
    }
    return facts | {"group_id": int(chat.peer_id)} if chat.is_group else facts


def _bytes_in(segment: Mapping[str, Any], kind: str) -> bytes:
    """What a segment of that kind carries; empty for any other, and where it only tells an address."""
    file = str(segment["data"].get("file", "")) if segment["type"] == kind else ""
    try:
        return base64.b64decode(file.removeprefix(_IN_BASE64), validate=True) if file.startswith(_IN_BASE64) else b""
    except binascii.Error:
        return b""


def _text_of_cq(text: str) -> list[dict[str, Any]]:
    return [text_segment(_unescape(text))] if text else []


def _cq_of(segment: Mapping[str, Any]) -> str:
    if segment["type"] == "text":
        return _escape(segment["data"]["text"])
    data = "".join(f",{key}={_escape(str(value)).replace(',', '&#44;')}" for key, value in segment["data"].items())
    return f"[CQ:{segment['type']}{data}]"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("[", "&#91;").replace("]", "&#93;")


def _unescape(text: str) -> str:
    return text.replace("&#44;", ",").replace("&#91;", "[").replace("&#93;", "]").replace("&amp;", "&")


def _words_of(segment: Mapping[str, Any]) -> str:
    words = _WORDS.get(segment["type"])
    return words(segment["data"]) if words else f"[{segment['type']}]"


def _node_words(data: Mapping[str, Any]) -> str:
    """A node of a forwarded message; clients disagree on what its keys are called."""
    name = data.get("nickname") or data.get("name") or ""
    return f"\n┃ {name}：\n{plain(to_segments(data.get('content', '')))}"


_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "text": lambda data: str(data.get("text", "")),
    "reply": lambda _: "",
    "at": lambda data: f"@{data.get('name') or data.get('qq')}",
    "face": lambda _: "[表情]",
    "image": lambda _: "[图片]",
    "file": lambda data: f"[文件 {data.get('name', '')}]",
    "node": _node_words,
}
