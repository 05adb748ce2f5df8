"""A QQ client of any dialect, as the bot meets it: events in, calls out, on a real WebSocket."""

import asyncio
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dialect_site import Dialect, Facts
from harness import PATIENCE_SECONDS, Bot
from websockets.asyncio.client import ClientConnection, connect

from jobs.cli.onebot import plain, text_segment, to_cq, to_segments

MEMBER, WATCHER = 20001, 29999
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Said:
    """One message the bot sent: where to, what, and the id we gave it."""

    chat: tuple[str, int]
    text: str
    message_id: int
    segments: list[dict[str, Any]]


class Client:
    """`answers` may replace the answer to a call: given (action, params, ours), it returns the answer or None."""

    def __init__(self, bot: Bot, dialect: Dialect, self_id: int, *, as_string: bool) -> None:
        self.bot, self.dialect, self.self_id, self.as_string = bot, dialect, self_id, as_string
        self.group = self_id + 500_000
        self.said: list[Said] = []
        self.calls: list[tuple[str, Facts]] = []
        self.answers: Callable[[str, Facts, Facts], Facts | None] = lambda _action, _params, ours: ours
        self.times = 1
        """How often each answer is sent."""
        self._stored: dict[int, Facts] = {}
        self._changed = asyncio.Condition()
        self._link: ClientConnection
        self._reading: asyncio.Task[None]

    async def __aenter__(self) -> "Client":
        async with asyncio.timeout(PATIENCE_SECONDS):
            headers = {"X-Self-ID": str(self.self_id), "X-Client-Role": "Universal"}
            while True:
                try:
                    self._link = await connect(self.bot.url, additional_headers=headers, proxy=None, max_size=None)
                    break
                except OSError:
                    assert self.bot.exit_code is None, self.bot.log_tail()
                    await asyncio.sleep(0.05)  # the bot is still starting
        self._reading = asyncio.create_task(self._read())
        await self.push(self._facts("meta_event") | {"meta_event_type": "lifecycle", "sub_type": "connect"})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._link.close()
        await self._reading

    async def push(self, event: Facts) -> None:
        await self._link.send(json.dumps(event))

    # -- what people do -----------------------------------------------------------------------------------------
    def message(
        self,
        text: str | Sequence[Facts],
        *,
        user: int = MEMBER,
        private: bool = False,
        quoting: int | None = None,
        front: Sequence[Facts] = (),
        **more: Any,
    ) -> Facts:
        """A message event in this dialect. `quoting`: an id; `front`: segments between quote and text."""
        quote = [] if quoting is None else [{"type": "reply", "data": {"id": self.dialect.quote(quoting)}}]
        words = [text_segment(text)] if isinstance(text, str) else list(text)
        return self._event([*quote, *front, *words], user=user, private=private) | more

    def _event(self, segments: list[Facts], *, user: int, private: bool) -> Facts:
        dialect, number = self.dialect, self.dialect.own
        message_id = dialect.message_id(next(_NUMBERS))
        place: Facts = {"sub_type": "friend"} if private else {"group_id": number(self.group), "sub_type": "normal"}
        event = self._facts("message") | place
        event |= {
            "message_type": "private" if private else "group",
            "message_id": number(message_id),
            "user_id": number(user),
            "sender": {"user_id": number(user), "nickname": "小明", "card": ""},
            "message": to_cq(segments) if self.as_string else segments,
            "raw_message": to_cq(segments),
            **dialect.of_message,
            **(dialect.of_private if private else dialect.of_group),
        }
        if "message_format" in event:
            event["message_format"] = "string" if self.as_string else "array"
        if not private:
            event["sender"] = event["sender"] | dialect.group_sender
        self._stored[message_id] = event
        lacking = dialect.lacks | (dialect.lacks_in_text if self.as_string and private else frozenset())
        return {key: value for key, value in event.items() if key not in lacking}

    async def asks(self, text: str | Sequence[Facts], **how: Any) -> Said:
        """Says something; the one reply. Fails when anything but exactly one comes."""
        replies = await self.hears(self.message(text, **how))
        assert len(replies) == 1, f"{text!r} was answered with {[reply.text for reply in replies]}"
        return replies[0]

    async def hears(self, event: Facts) -> list[Said]:
        """All that is said before a question of somebody else, sent afterwards, is answered."""
        since = len(self.said)
        await self.push(event)
        watcher = WATCHER + next(_NUMBERS)
        quote = _quoted_in(event)
        await self.push(self.message("!帮助 帮助", user=watcher, private=True, quoting=quote))
        await self._until(lambda: any(said.chat == ("private", watcher) for said in self.said[since:]))
        expected = [said for said in self.said[since:] if said.chat != ("private", watcher)]
        return [said for said in expected if "!帮助 帮助" not in said.text]

    # -- what the bot does --------------------------------------------------------------------------------------
    async def _read(self) -> None:
        async for frame in self._link:
            call: Facts = json.loads(frame)
            action, params = call["action"], call.get("params") or {}
            self.calls.append((action, params))
            answer = self.answers(action, params, self._answer(action, params))
            async with self._changed:
                self._changed.notify_all()
            for _ in range(self.times if answer is not None else 0):
                await self._link.send(json.dumps((answer or {}) | {"echo": call["echo"]}))

    def _answer(self, action: str, params: Facts) -> Facts:
        if action == "get_msg":
            return self._message_stored(int(params["message_id"]))
        if action == "get_group_list":
            return self.dialect.done | {"data": [{"group_id": self.group, "group_name": "群"}]}
        if action.startswith("send_"):
            message_id = self.dialect.message_id(next(_NUMBERS))
            self._keep(params, message_id)
            return self.dialect.done | {"data": {"message_id": self.dialect.own(message_id)}}
        return self.dialect.done | {"data": None}

    def _keep(self, params: Facts, message_id: int) -> None:
        segments = to_segments(params.get("message") or params.get("messages") or [])
        kind = params.get("message_type") or ("group" if params.get("group_id") else "private")
        chat = (kind, int(params["group_id" if kind == "group" else "user_id"]))
        self.said.append(Said(chat, plain(segments), message_id, segments))
        self._stored[message_id] = self._facts("message") | {
            "message_type": kind,
            "message_id": message_id,
            "sender": {"user_id": self.self_id, "nickname": "机器人"},
            "message": to_cq(segments) if self.as_string else segments,
            "raw_message": to_cq(segments),
        }

    def _message_stored(self, message_id: int) -> Facts:
        if message_id not in self._stored:
            return self.dialect.refused
        stored = self._stored[message_id] | self.dialect.stored(message_id)
        return self.dialect.done | {
            "data": {key: value for key, value in stored.items() if key not in self.dialect.hides}
        }

    def _facts(self, post_type: str) -> Facts:
        return {"time": 1_795_000_000, "self_id": self.dialect.own(self.self_id), "post_type": post_type}

    def notice(self, notice_type: str, **facts: Any) -> Facts:
        return self._facts("notice") | {"notice_type": notice_type, "group_id": self.group, "user_id": MEMBER} | facts

    def meta(self, **facts: Any) -> Facts:
        return self._facts("meta_event") | facts

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(holds)


def _quoted_in(event: Facts) -> int | None:
    """What it quotes: a quote makes the adapter ask the client before anything else happens."""
    message = event.get("message")
    segments = to_segments(message) if isinstance(message, str | list) else []
    return next((int(one["data"]["id"]) for one in segments if one["type"] == "reply"), None)
