"""What QQ itself keeps behind a OneBot client, messages and members, and the calls a bot may make. No I/O."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from jobs.cli.onebot import Posted, Speaker, member_info, message_event, stored_message, text_segment, to_segments
from jobs.models.people import Chat
from jobs.ports.clock import Clock

Params = Mapping[str, Any]


class Refused(Exception):
    """A call that is answered with `failed`."""

    def __init__(self, retcode: int, wording: str) -> None:
        super().__init__(wording)
        self.retcode = retcode
        self.wording = wording


class QQ:
    """The chats of one bot account. `said_by_bot` is all the bot has said and `recalled` what was taken back, in order.

    `as_string`: messages are handed out as text with CQ codes, as some clients are configured to do. `has_history`:
    what a chat has seen can be asked for, which OneBot itself does not know, but the common clients do.
    """

    def __init__(self, self_id: str, clock: Clock, *, as_string: bool = False, has_history: bool = True) -> None:
        self.bot = Speaker(user_id=int(self_id), nickname="机器人")
        self.as_string = as_string
        self.has_history = has_history
        self.said_by_bot: list[Posted] = []
        self.recalled: list[Posted] = []
        self._self_id = self_id
        self._clock = clock
        self._posted: dict[int, Posted] = {}
        self._given: set[int] = set()
        self._members: dict[tuple[Chat, int], Speaker] = {}

    def group(self, group_id: int) -> Chat:
        return Chat(self_id=self._self_id, type="group", peer_id=str(group_id))

    def private(self, user_id: int) -> Chat:
        return Chat(self_id=self._self_id, type="private", peer_id=str(user_id))

    def post(self, chat: Chat, author: Speaker, segments: list[dict[str, Any]]) -> Posted:
        """Writes a message into a chat. Its author is a member there from now on."""
        posted = Posted(
            message_id=self._new_message_id(), chat=chat, author=author, segments=segments, at=self._clock.now()
        )
        self._posted[posted.message_id] = posted
        self._members[chat, author.user_id] = author
        if author == self.bot:
            self.said_by_bot.append(posted)
        return posted

    def posted(self, message_id: int) -> Posted:
        """A message anybody wrote. Raises `Refused`."""
        if message_id not in self._posted:
            raise Refused(200, "消息不存在")
        return self._posted[message_id]

    def latest(self, chat: Chat, count: int) -> list[Posted]:
        """The last messages of a chat, oldest first. Raises `Refused`."""
        seen = [posted for posted in self._posted.values() if posted.chat == chat][-count:]
        if not seen:
            raise Refused(200, "消息不存在")
        return seen

    def take_back(self, message_id: int) -> None:
        """Takes a message out of its chat: nobody can read it there any more. Raises `Refused`."""
        self.recalled.append(self.posted(message_id))
        del self._posted[message_id]

    def groups(self) -> list[int]:
        """The groups the bot is in: those in which anybody has spoken, in order."""
        return sorted({int(chat.peer_id) for chat, _ in self._members if chat.is_group})

    def friends(self) -> list[Speaker]:
        """Those who have spoken to the bot in private."""
        return [author for (chat, _), author in self._members.items() if not chat.is_group and author != self.bot]

    def member(self, chat: Chat, user_id: int) -> Speaker:
        """Somebody who has spoken in a chat, or the bot. Raises `Refused`."""
        member = self.bot if user_id == self.bot.user_id else self._members.get((chat, user_id))
        if member is None:
            raise Refused(200, "群成员不存在")
        return member

    def _new_message_id(self) -> int:
        """Signed and random like a real client's: the bot remembers ids, so none may come twice."""
        while True:
            message_id = secrets.randbelow(2**32) - 2**31
            if message_id and message_id not in self._given:
                self._given.add(message_id)
                return message_id


def answer(qq: QQ, action: str, params: Params) -> dict[str, Any]:
    """Does what the bot calls for. Answers in the form of OneBot, `failed` included; never raises."""
    try:
        if action not in _ACTIONS or (action in _HISTORY and not qq.has_history):
            raise Refused(1404, f"不支持的 API：{action}")
        data = _ACTIONS[action](qq, params)
    except Refused as refused:
        return failure(refused.retcode, refused.wording)
    except (KeyError, TypeError, ValueError) as error:
        return failure(1400, f"参数有误：{error!r}")
    return {"status": "ok", "retcode": 0, "data": data, "message": "", "wording": ""}


def failure(retcode: int, wording: str) -> dict[str, Any]:
    """An answer that says no."""
    return {"status": "failed", "retcode": retcode, "data": None, "message": wording, "wording": wording}


def _send(qq: QQ, params: Params) -> dict[str, Any]:
    message = params["message"]
    as_it_is = params.get("auto_escape") and isinstance(message, str)
    segments = [text_segment(message)] if as_it_is else to_segments(message)
    if not segments:
        raise Refused(1400, "消息是空的")
    return {"message_id": qq.post(_chat_of(qq, params), qq.bot, segments).message_id}


def _send_private(qq: QQ, params: Params) -> dict[str, Any]:
    """A private message may name a group as well: the one both people are in."""
    return _send(qq, {**params, "message_type": "private"})


def _send_forward(qq: QQ, params: Params) -> dict[str, Any]:
    sent = _send(qq, {**params, "message": params["messages"]})
    return sent | {"forward_id": str(sent["message_id"])}


def _upload(qq: QQ, params: Params) -> None:
    file = {"type": "file", "data": {"name": str(params["name"]), "file": str(params["file"])}}
    qq.post(_chat_of(qq, params), qq.bot, [file])


def _chat_of(qq: QQ, params: Params) -> Chat:
    """Where a call wants to send: its `message_type`, else whichever of the two numbers it names."""
    kind = params.get("message_type") or ("group" if params.get("group_id") else "private")
    return qq.group(int(params["group_id"])) if kind == "group" else qq.private(int(params["user_id"]))


def _get_msg(qq: QQ, params: Params) -> dict[str, Any]:
    return stored_message(qq.posted(int(params["message_id"])), as_string=qq.as_string)


def _delete_msg(qq: QQ, params: Params) -> None:
    qq.take_back(int(params["message_id"]))


def _get_history(qq: QQ, params: Params) -> dict[str, Any]:
    seen = qq.latest(_chat_of(qq, params), int(params.get("count", 20)))
    return {"messages": [message_event(posted, as_string=qq.as_string) for posted in seen]}


def _get_group_list(qq: QQ, _params: Params) -> list[dict[str, Any]]:
    return [{"group_id": number, "group_name": f"群{number}"} for number in qq.groups()]


def _get_group_member_info(qq: QQ, params: Params) -> dict[str, Any]:
    group_id = int(params["group_id"])
    return member_info(qq.member(qq.group(group_id), int(params["user_id"]))) | {"group_id": group_id}


def _get_friend_list(qq: QQ, _params: Params) -> list[dict[str, Any]]:
    return [{"user_id": one.user_id, "nickname": one.nickname, "remark": ""} for one in qq.friends()]


def _get_login_info(qq: QQ, _params: Params) -> dict[str, Any]:
    return {"user_id": qq.bot.user_id, "nickname": qq.bot.nickname}


def _get_version_info(_qq: QQ, _params: Params) -> dict[str, Any]:
    return {"app_name": "sja-chat", "app_version": "1.0", "protocol_version": "v11"}


def _get_status(_qq: QQ, _params: Params) -> dict[str, Any]:
    return {"online": True, "good": True}


_SENDING: Final[Mapping[str, Callable[[QQ, Params], Any]]] = {
    "send_msg": _send,
    "send_group_msg": _send,
    "send_private_msg": _send_private,
    "send_group_forward_msg": _send_forward,
    "send_private_forward_msg": _send_forward,
    "upload_group_file": _upload,
    "upload_private_file": _upload,
}

_ACTIONS: Final[Mapping[str, Callable[[QQ, Params], Any]]] = {
    **_SENDING,
    "get_msg": _get_msg,
    "get_group_msg_history": _get_history,
    "get_friend_msg_history": _get_history,
    "delete_msg": _delete_msg,
    "get_group_list": _get_group_list,
    "get_group_member_info": _get_group_member_info,
    "get_friend_list": _get_friend_list,
    "get_login_info": _get_login_info,
    "get_version_info": _get_version_info,
    "get_status": _get_status,
}

_HISTORY: Final = frozenset({"get_group_msg_history", "get_friend_msg_history"})

SENDING: Final = frozenset(_SENDING)
"""The calls that put something into a chat."""
