"""The stage of the flow tests: the real bot as a process, people who talk to it over a real WebSocket, and the CLI."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from jobs.cli.onebot import GroupRole, Posted, Speaker
from jobs.cli.peer import Peer
from jobs.cli.qq import QQ
from jobs.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
GROUP = 12345
CLOCK = SystemClock()

PATIENCE_SECONDS = 20.0
"""Far more than anything takes on an idle machine: reached only when something is broken."""

_AT_ONCE = {
    "SJA_CHAT_GAP_SECONDS": "0",
    "SJA_USER_COMMANDS_PER_MINUTE": "0",
    "SJA_GROUP_COMMANDS_PER_MINUTE": "0",
}
"""Tests speak faster than people; those about manners say so."""
_SETTINGS = re.compile(r"SJA_|ONEBOT_|(HOST|PORT|SUPERUSERS|COMMAND_START|COMMAND_SEP|NICKNAME|LOG_LEVEL|ENVIRONMENT)$")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


NO_NOTICE = r"\A(?!🎾 #)"
"""A monitor may tell of free courts at any moment; that answers nobody."""


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Person:
    """Somebody at QQ, in one group or in private."""

    def __init__(self, bot: "Bot", peer: Peer, speaker: Speaker, group: int | None) -> None:
        self.speaker = speaker
        self.chat = peer.qq.private(speaker.user_id) if group is None else peer.qq.group(group)
        self._bot = bot
        self._peer = peer
        self._taken: set[int] = set()

    @property
    def seen(self) -> list[Posted]:
        """All the bot has said in this person's chat, oldest first."""
        return [posted for posted in self._peer.qq.said_by_bot if posted.chat == self.chat]

    async def say(self, text: str, *, quoting: Posted | None = None, expecting: str = "") -> str:
        """Says something; the text of the bot's reply. `expecting` (a pattern) tells it from what else may arrive."""
        return (await self.ask(text, quoting=quoting, expecting=expecting)).text

    async def ask(self, text: str, *, quoting: Posted | None = None, expecting: str = "") -> Posted:
        """As `say`; the whole reply, which may be quoted."""
        since = len(self._peer.qq.said_by_bot)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._peer.connected()
        message_id = await self._peer.say(self.chat, self.speaker, text, quoting=quoting and quoting.message_id)

        def answers(posted: Posted) -> bool:
            is_meant = re.search(expecting or NO_NOTICE, posted.text) is not None
            return is_meant and posted.may_answer(message_id, self.chat)

        return await self._first(answers, since, f"a reply to {text!r}", PATIENCE_SECONDS)

    async def hears(self, pattern: str, *, within: float = PATIENCE_SECONDS) -> Posted:
        """The first message here that matches and that neither `say` nor `hears` has returned before."""

        def fits(posted: Posted) -> bool:
            here, new = posted.chat == self.chat, posted.message_id not in self._taken
            return here and new and re.search(pattern, posted.text) is not None

        return await self._first(fits, 0, f"a message like {pattern!r}", within)

    async def push(self, event: dict[str, Any]) -> None:
        """Sends a raw event: twice the same, a broken one, somebody else's."""
        await self._peer.push(event)

    async def _first(self, wanted: Callable[[Posted], bool], since: int, what: str, within: float) -> Posted:
        try:
            async with asyncio.timeout(within):
                async for posted in self._peer.listen(since):
                    if wanted(posted):
                        self._taken.add(posted.message_id)
                        return posted
        except TimeoutError:
            pass
        seen = "\n".join(posted.text for posted in self.seen[-5:])
        raise AssertionError(f"{what} did not come in {within} s. Last seen:\n{seen}\nThe bot:\n{self._bot.log_tail()}")


@dataclass
class Bot:
    """The real bot on a home of its own. Entered, it runs; left, nothing of that home runs any more."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    token: str = ""
    port: int = field(default_factory=free_port)
    main: Path = ROOT / "bot.py"
    process: subprocess.Popen[bytes] | None = None
    _people: AsyncExitStack = field(default_factory=AsyncExitStack)
    _peers: dict[str, Peer] = field(default_factory=dict)

    async def __aenter__(self) -> "Bot":
        self.start()
        try:
            await self.ready()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._people.aclose()
        sweep(self.home)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/onebot/v11/ws"

    @property
    def log_file(self) -> Path:
        return self.home.with_name(f"{self.home.name}-{self.port}.log")

    @property
    def environment(self) -> dict[str, str]:
        """This machine's environment without its own settings of the bot, and with ours."""
        bare = {name: value for name, value in os.environ.items() if not _SETTINGS.match(name)}
        ours = {"SJA_HOME": str(self.home), "HOST": "127.0.0.1", "PORT": str(self.port)}
        guard = {"ONEBOT_ACCESS_TOKEN": self.token} if self.token else {}
        return bare | {"PYTHONUNBUFFERED": "1"} | _AT_ONCE | ours | guard | self.settings

    def start(self) -> None:
        """Starts the bot's process; `ready` tells when it can be talked to."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, self.main],
                cwd=self.home.parent,  # away from the developer's own .env
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def ready(self, self_id: str = "10000") -> Peer:
        """Returns when the account's client is connected; fails at once when the bot has given up."""
        peer = await self.peer(self_id)
        connected = asyncio.create_task(peer.connected())
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not (await asyncio.wait([connected], timeout=0.05))[0]:
                    assert self.exit_code is None, f"the bot ended with {self.exit_code}:\n{self.log_tail()}"
        except TimeoutError:
            raise AssertionError(f"the bot did not let us in ({peer.trouble}):\n{self.log_tail()}") from None
        finally:
            connected.cancel()
        return peer

    async def peer(self, self_id: str = "10000") -> Peer:
        """The client of one QQ account, connected or trying to be."""
        if self_id not in self._peers:
            peer = Peer(self.url, QQ(self_id, CLOCK), CLOCK, token=self.token)
            self._peers[self_id] = await self._people.enter_async_context(peer)
        return self._peers[self_id]

    def person(
        self,
        user_id: int = 20001,
        nickname: str = "小明",
        role: GroupRole = "member",
        *,
        group: int | None = GROUP,
        self_id: str = "10000",
    ) -> Person:
        """Somebody who speaks in `group`, or in private where that is None. The account's peer must exist."""
        return Person(self, self._peers[self_id], Speaker(user_id=user_id, nickname=nickname, role=role), group)

    @property
    def exit_code(self) -> int | None:
        """Negative: the signal; None: it runs."""
        assert self.process is not None
        return self.process.poll()

    async def kill(self) -> None:
        """SIGKILL to the bot alone; its runs live on."""
        assert self.process is not None
        self.process.kill()
        await self.ended()

    async def terminate(self) -> int:
        """SIGTERM, as an orderly shutdown; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return await self.ended()

    async def ended(self) -> int:
        """Waits for the bot's end; the exit code."""
        assert self.process is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            code = await asyncio.to_thread(self.process.wait, PATIENCE_SECONDS)
            for peer in self._peers.values():
                await peer.disconnected()
        return code

    async def restart(self) -> None:
        """Starts it again on the same home and port, and waits until the clients are back."""
        self.start()
        for self_id in list(self._peers):
            await self.ready(self_id)

    async def sja(self, *words: str, stdin: str = "") -> Finished:
        """Runs the command line on this bot's home."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "jobs",
            *words,
            cwd=self.home.parent,
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            out, err = await process.communicate(stdin.encode())
        assert process.returncode is not None
        return Finished(process.returncode, out.decode(), err.decode())

    def log_tail(self, lines: int = 30) -> str:
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text("utf-8", "replace").splitlines()[-lines:])


StartBot = Callable[..., Awaitable[Bot]]
"""What the fixture `start_bot` is."""


def processes_of(home: Path) -> list[psutil.Process]:
    """Every live process that was started with this SJA_HOME: bot, runs and their keepers."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # a zombie is no such process either
            if process.environ().get("SJA_HOME") == str(home):
                found.append(process)
    return found


def sweep(home: Path) -> None:
    """Kills everything of a home, until nothing is left to be born."""
    deadline = CLOCK.monotonic() + PATIENCE_SECONDS
    while left := processes_of(home):
        assert CLOCK.monotonic() < deadline, f"these would not die: {left}"
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=0.05)
