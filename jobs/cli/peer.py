"""The QQ side of a conversation: a OneBot v11 client that connects to the bot by reverse WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from enum import Enum, auto
from typing import Any, Final, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.uri import parse_uri

from jobs.cli.onebot import Posted, Speaker, message_event, meta_event, reply_segment, text_segment
from jobs.cli.qq import QQ, SENDING, Params, answer, failure
from jobs.models.people import Chat
from jobs.ports.clock import Clock

_FIRST_RETRY_SECONDS: Final = 0.1
_LAST_RETRY_SECONDS: Final = 2.0


class Manner(Enum):
    """How the peer treats one call of the bot. Real clients have been seen in all of these."""

    POLITE = auto()
    FAILS = auto()
    """Does nothing and answers that it failed."""
    TIMES_OUT = auto()
    """Delivers the message, yet answers retcode 1200."""
    SILENT = auto()
    """Delivers the message and never answers."""
    DROPS = auto()
    """Closes the connection instead of doing anything."""
    VANISHES = auto()
    """Delivers the message and closes the connection before it answers."""
    LOSES_ECHO = auto()
    """Delivers the message, and answers what nobody has asked."""


def polite(_action: str, _params: Params) -> Manner:
    """Always does as it is told."""
    return Manner.POLITE


class Disconnected(Exception):
    """There is no connection to the bot at the moment."""


class Peer:
    """One QQ account behind its client. Entered, it connects to the bot, and again whenever it must, until it is left.

    `manners` decides how each call of the bot is treated. `trouble` is why the last attempt to connect failed (None:
    it did not). Raises websockets' `InvalidURI` for an address that is no WebSocket's.
    """

    def __init__(
        self,
        url: str,
        qq: QQ,
        clock: Clock,
        *,
        token: str = "",
        manners: Callable[[str, Params], Manner] = polite,
        heartbeat_seconds: float = 30,
    ) -> None:
        parse_uri(url)
        self.qq = qq
        self.manners = manners
        self.trouble: Exception | None = None
        self._self_id = str(qq.bot.user_id)
        self._url = url
        self._clock = clock
        self._token = token
        self._heartbeat_seconds = heartbeat_seconds
        self._connection: ClientConnection | None = None
        self._changed = asyncio.Condition()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep_connected())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._keeper is not None
        self._keeper.cancel()
        await asyncio.wait([self._keeper])
        if not self._keeper.cancelled():
            self._keeper.result()  # a defect of ours, which is why nobody answered

    async def connected(self) -> None:
        """Returns as soon as there is a connection."""
        await self._until(lambda: self._connection is not None)

    async def disconnected(self) -> None:
        """Returns as soon as there is none."""
        await self._until(lambda: self._connection is None)

    async def troubled(self) -> Exception:
        """Returns why the last attempt to connect failed, as soon as one has."""
        await self._until(lambda: self.trouble is not None)
        assert self.trouble is not None
        return self.trouble

    async def say(self, chat: Chat, author: Speaker, text: str, *, quoting: int | None = None) -> int:
        """Says something in a chat and returns the message's id. Raises `Disconnected`; then nothing was said."""
        quote = [] if quoting is None else [reply_segment(quoting)]
        posted = self.qq.post(chat, author, [*quote, text_segment(text)])
        await self.push(message_event(posted, as_string=self.qq.as_string))
        return posted.message_id

    async def push(self, event: Mapping[str, Any]) -> None:
        """Sends any event as it is, however odd. Raises `Disconnected`."""
        if self._connection is None:
            raise Disconnected
        try:
            await self._connection.send(json.dumps(event, ensure_ascii=False))
        except ConnectionClosed as error:
            raise Disconnected from error

    async def listen(self, since: int = 0) -> AsyncIterator[Posted]:
        """What the bot says, from its `since`-th message on, without end."""
        said = self.qq.said_by_bot
        while True:
            await self._until(lambda seen=since: len(said) > seen)
            yield said[since]
            since += 1

    async def watch_recalls(self) -> AsyncIterator[Posted]:
        """What the bot takes back, without end."""
        seen = 0
        while True:
            await self._until(lambda seen=seen: len(self.qq.recalled) > seen)
            yield self.qq.recalled[seen]
            seen += 1

    async def drop(self) -> None:
        """Closes the connection like a client that was restarted; it comes back by itself."""
        if self._connection is not None:
            await self._connection.close()

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(holds)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _keep_connected(self) -> None:
        pause = _FIRST_RETRY_SECONDS
        while True:
            try:
                async with self._connect() as connection:
                    pause = _FIRST_RETRY_SECONDS
                    await self._serve(connection)
            except (OSError, InvalidHandshake) as error:
                # A 403 may mean that our id is still taken by a connection that was lost: it is free within seconds.
                self.trouble = error
                await self._notify()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LAST_RETRY_SECONDS)

    def _connect(self) -> connect:
        headers = {"X-Self-ID": self._self_id, "X-Client-Role": "Universal"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return connect(
            self._url,
            additional_headers=headers,
            user_agent_header="sja-chat/1.0 OneBot/11",
            proxy=None,  # the bot lives on this machine or next door
            max_size=None,  # a picture or a file arrives in one frame
            close_timeout=2,
        )

    async def _serve(self, connection: ClientConnection) -> None:
        """Lives through one connection, to its end."""
        self._connection, self.trouble = connection, None
        heartbeat = asyncio.create_task(self._beat())
        try:
            await self._push_meta(meta_event_type="lifecycle", sub_type="connect")
            await self._notify()
            async for frame in connection:
                await self._treat(connection, json.loads(frame))
        except (ConnectionClosed, Disconnected):
            pass  # the bot went away without a word, which is nothing special: we connect again
        finally:
            self._connection = None
            heartbeat.cancel()
            await self._notify()

    async def _beat(self) -> None:
        status = {"online": True, "good": True}
        interval = round(self._heartbeat_seconds * 1000)
        with suppress(Disconnected):
            while True:
                await asyncio.sleep(self._heartbeat_seconds)
                await self._push_meta(meta_event_type="heartbeat", status=status, interval=interval)

    async def _push_meta(self, **facts: Any) -> None:
        await self.push(meta_event(self._self_id, self._clock.now(), **facts))

    async def _treat(self, connection: ClientConnection, call: Params) -> None:
        """Treats one call of the bot according to our manners."""
        action: str = call["action"]
        params: Params = call.get("params") or {}
        manner = self.manners(action, params)
        if manner is Manner.DROPS:
            await connection.close()
            return
        if manner is Manner.FAILS:
            reply = failure(100, "客户端没有照办")
        else:
            reply = answer(self.qq, action, params)
            await self._notify()
        if manner is Manner.TIMES_OUT and action in SENDING:
            reply = failure(1200, "消息可能已经发出，但等待回执超时")
        if manner is Manner.VANISHES:
            await connection.close()
        elif manner is not Manner.SILENT:
            echo = None if manner is Manner.LOSES_ECHO else call.get("echo")
            await connection.send(json.dumps(reply | {"echo": echo}, ensure_ascii=False))
