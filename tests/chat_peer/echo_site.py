"""Where the peer's tests happen: a real NoneBot process that echoes, and people who talk to it."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

from jobs.cli.onebot import Posted, Speaker
from jobs.cli.peer import Peer
from jobs.clock import SystemClock
from jobs.models.people import Chat

CLOCK = SystemClock()
PATIENCE_SECONDS = 15.0
MING = Speaker(user_id=20001, nickname="小明")

Connect = Callable[..., Awaitable[Peer]]
"""What the fixture `connect` is."""


class EchoBot:
    """`echo_bot.py` as a process. Entered, it is started; left, it is gone."""

    def __init__(self, folder: Path, token: str = "") -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port: int = listener.getsockname()[1]
        self._folder = folder
        self._token = token
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/onebot/v11/ws"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        script = Path(__file__).with_name("echo_bot.py")
        words = [sys.executable, str(script), str(self.port), self._token]
        with (self._folder / "echo.log").open("ab") as log:
            self._process = subprocess.Popen(words, cwd=self._folder, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def lets_in(self, peer: Peer) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await peer.connected()
        except TimeoutError:
            log = (self._folder / "echo.log").read_text("utf-8")
            raise AssertionError(f"no connection ({peer.trouble!r}):\n{log}") from None


async def reply(peer: Peer, chat: Chat, text: str, *, speaker: Speaker = MING, quoting: int | None = None) -> Posted:
    """Says something and returns what the bot answers."""
    since = len(peer.qq.said_by_bot)
    await peer.say(chat, speaker, text, quoting=quoting)
    return await heard(peer, since)


async def heard(peer: Peer, since: int) -> Posted:
    """The bot's message number `since`, counted from 0."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for posted in peer.listen(since):
            return posted
    raise AssertionError
