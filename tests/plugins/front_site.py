"""Where the tests of the chat front take place: one QQ account of the running bot, its group, and people in it."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from harness import CLOCK, PATIENCE_SECONDS, Bot

from jobs.cli.onebot import GroupRole, Posted, Speaker, message_event, reply_segment, text_segment
from jobs.cli.peer import Manner, Peer
from jobs.cli.qq import QQ
from jobs.models.people import Chat

SUPERUSER = 90001
GROUP = 12345
MEMBER, OTHER, ADMIN = 20001, 20002, 20003
CREATE = "!创建监控 南洋北苑健身房监控 间隔=3600 不启动"
CREATE_RUNNING = "!创建监控 南洋北苑健身房监控 间隔=3600 时段=7"

_UNASKED = re.compile(r"🎾 #|[✅❌] #\d+ .{1,60} 这次(完成|失败)")
"""What jobs tell of themselves, whenever they come to it."""


class Place:
    """A client of the bot with a chat or two. `calls`: every call the bot made of this client, as it came."""

    def __init__(self, bot: Bot, self_id: str, *, as_string: bool = False) -> None:
        self.bot = bot
        self.qq = QQ(self_id, CLOCK, as_string=as_string)
        self._group = int(self_id) + GROUP
        """Of its own: what is made in a group is seen through every account of the bot there."""
        self.peer = Peer(bot.url, self.qq, CLOCK, manners=self._manner)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failing: set[str] = set()
        """Calls that the client refuses."""
        self.refuses_pictures = False

    async def __aenter__(self) -> "Place":
        await self.peer.__aenter__()
        async with asyncio.timeout(PATIENCE_SECONDS):
            connected = asyncio.create_task(self.peer.connected())
            while not (await asyncio.wait([connected], timeout=0.05))[0]:
                assert self.bot.exit_code is None, self.bot.log_tail()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.peer.__aexit__()

    def group(self) -> Chat:
        return self.qq.group(self._group)

    async def say(self, text: str, **how: Any) -> str:
        """Says something (in the group, as a member, unless told otherwise); the text of the one reply."""
        return (await self.ask(text, **how)).text

    async def ask(self, text: str, **how: Any) -> Posted:
        """As `say`; the reply itself. Fails when anything but exactly one reply comes."""
        chat, since = await self._send(text, **how)
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for posted in self.peer.listen(since):
                if posted in self._said(chat, since):
                    break
        await self._until_all_is_read(how.get("quoting"))
        replies = self._said(chat, since)
        assert len(replies) == 1, f"{text!r} was answered with {[reply.text for reply in replies]}"
        return replies[0]

    async def until(self, text: str, pattern: str, **how: Any) -> str:
        """Says the same again and again until the reply matches; that reply."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not re.search(pattern, reply := await self.say(text, **how)):  # noqa: ASYNC110 - only asking tells
                await asyncio.sleep(0.05)
        return reply

    async def is_met_with_silence(self, text: str, **how: Any) -> bool:
        """Says something that nobody should answer."""
        chat, since = await self._send(text, **how)
        await self._until_all_is_read(how.get("quoting"))
        return self._said(chat, since) == []

    async def _send(
        self,
        text: str,
        *,
        user: int = MEMBER,
        role: GroupRole = "member",
        private: bool = False,
        quoting: Posted | None = None,
        front: Sequence[dict[str, Any]] = (),
        times: int = 1,
    ) -> tuple[Chat, int]:
        chat = self.qq.private(user) if private else self.group()
        quote = [reply_segment(quoting.message_id)] if quoting else []
        posted = self.qq.post(
            chat, Speaker(user_id=user, nickname="小明", role=role), [*quote, *front, text_segment(text)]
        )
        since = len(self.qq.said_by_bot)
        for _ in range(times):
            await self.peer.push(message_event(posted, as_string=self.qq.as_string))
        return chat, since

    async def _until_all_is_read(self, quoting: Posted | None) -> None:
        """Somebody asks for help elsewhere: once that is answered, all that was sent before has been looked at.

        The question quotes what the message before it quoted, because a quote makes the adapter ask the client first.
        """
        watcher = Speaker(user_id=29999, nickname="看客")
        quote = [reply_segment(quoting.message_id)] if quoting else []
        since = len(self.qq.said_by_bot)
        chat = self.qq.private(watcher.user_id)
        posted = self.qq.post(chat, watcher, [*quote, text_segment("!帮助 帮助")])
        await self.peer.push(message_event(posted, as_string=self.qq.as_string))
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for said in self.peer.listen(since):
                if said.chat == chat:
                    return

    async def hears(self, pattern: str) -> Posted:
        """The first thing said to anybody that matches."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for posted in self.peer.listen():
                if re.search(pattern, posted.text):
                    return posted
        raise AssertionError

    def _said(self, chat: Chat, since: int) -> list[Posted]:
        said = self.qq.said_by_bot[since:]
        return [posted for posted in said if posted.chat == chat and not _UNASKED.match(posted.text)]

    def _manner(self, action: str, params: Any) -> Manner:
        self.calls.append((action, dict(params)))
        message = params.get("message")
        is_picture = isinstance(message, list) and any(segment["type"] == "image" for segment in message)
        refused = action in self.failing or (is_picture and self.refuses_pictures)
        return Manner.FAILS if refused else Manner.POLITE
