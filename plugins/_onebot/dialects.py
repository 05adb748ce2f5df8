"""The dialects of QQ clients: what some leave out of a message, or write as another type, is put right.

Otherwise the adapter would take such a message for no message at all, and the person would be met with silence.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Literal, cast

from nonebot.adapters.onebot.store import ResultStore
from nonebot.adapters.onebot.v11 import (
    Adapter,
    Event,
    GroupMessageEvent,
    Message,
    MessageSegment,
    PrivateMessageEvent,
)
from pydantic import model_validator

_LEFT_OUT: Final = {"font": 0, "raw_message": "", "sub_type": ""}
"""What the adapter insists on and nobody here needs."""
_TEXTS: Final = frozenset({"nickname", "sex", "card", "area", "level", "role", "title"})
"""Of a sender; levels are numbers in some dialects."""
_NUMBERS: Final = frozenset({"user_id", "age"})


class GroupMessage(GroupMessageEvent):
    """A message in a group, in any dialect."""

    @model_validator(mode="before")
    @classmethod
    def _put_right(cls, event: Any) -> Any:
        return put_right(event)


class PrivateMessage(PrivateMessageEvent):
    """A message in private, in any dialect."""

    @model_validator(mode="before")
    @classmethod
    def _put_right(cls, event: Any) -> Any:
        return put_right(event)


class UnreadMessage(Event):
    """A message that is none of these in any dialect. It says nothing; NoneBot would write a traceback for each, and
    the whole event with it."""

    post_type: Literal["message"]  # pyright: ignore[reportIncompatibleVariableOverride] - as the adapter itself does

    def get_message(self) -> Message:
        return Message([MessageSegment.text("")])

    def get_event_description(self) -> str:
        return "a message that cannot be read"


class Answers(ResultStore):
    """The answers to calls, where one may come twice: the adapter would hang up on the client for the second."""

    def add_result(self, result: dict[str, Any]) -> None:
        with suppress(asyncio.InvalidStateError):
            super().add_result(result)


def understand_dialects() -> None:
    """From now on the adapter reads messages as these events, and answers as these. Before any client connects."""
    Adapter.add_custom_model(GroupMessage, PrivateMessage, UnreadMessage)
    Adapter._result_store = Answers()  # pyright: ignore[reportPrivateUsage] - it has no other way in


def put_right(event: Any) -> Any:
    """A message event as the adapter wants it; what is no event comes back as it is."""
    if not isinstance(event, Mapping):
        return event
    facts = cast("Mapping[str, Any]", event)
    given = {key: value for key, value in facts.items() if value is not None}
    return {
        **facts,
        **{key: given.get(key, otherwise) for key, otherwise in _LEFT_OUT.items()},
        "message": _message(facts.get("message")),
        "sender": _sender(facts.get("sender")),
        "anonymous": _mask(facts.get("anonymous")),
    }


def _sender(sender: Any) -> dict[str, Any]:
    if not isinstance(sender, Mapping):
        return {}
    return {key: _as_read(key, value) for key, value in cast("Mapping[str, Any]", sender).items()}


def _mask(anonymous: Any) -> Any:
    """Of an anonymous member; what tells two of them apart is the mask's id."""
    if not anonymous:
        return None
    if not isinstance(anonymous, Mapping):
        return anonymous
    return {"name": "", "flag": "", **cast("Mapping[str, Any]", anonymous)}


def _as_read(key: str, value: Any) -> Any:
    if value is None:
        return None
    if key in _TEXTS:
        return str(value)
    return value if key not in _NUMBERS or str(value).lstrip("-").isdecimal() else None


def _message(message: Any) -> Any:
    """Without segments that say nothing, on whose texts the adapter would stumble."""
    if not isinstance(message, list):
        return message
    return [segment for segment in cast("list[Any]", message) if _says_something(segment)]


def _says_something(segment: Any) -> bool:
    if not isinstance(segment, Mapping):
        return False
    facts = cast("Mapping[str, Any]", segment)
    data: Any = facts.get("data")
    if not isinstance(facts.get("type"), str) or not isinstance(data, Mapping):
        return False
    return facts["type"] != "text" or isinstance(cast("Mapping[str, Any]", data).get("text"), str)
