"""A real engine whose settings stand in a real `.env`, and people who talk to it; only QQ is played."""

import itertools
import os
import signal
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from msgspec.structs import replace

from jobs.app.bot import Bot, start_bot
from jobs.app.unattended import LoggedAdministrators, Nobody
from jobs.config import read_environment, settings_in
from jobs.models.change import Inbound
from jobs.models.ids import UserId
from jobs.models.people import Actor, Chat, Role
from plugins._commands.answering import Answering
from plugins._commands.command import Heard, KnownGroups, Reply
from plugins._commands.table import COMMANDS

SELF = "10000"
BOSS, MING, HONG = "90001", "20001", "20002"
GROUP, OTHER_GROUP = "123456", "654321"
CREATE = "!创建监控 晚场监控 预设=13 间隔=3600 不启动"
_MESSAGES = itertools.count(1)


class _Around:
    """Implements `Surroundings`, and `Pace`."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {GROUP: "羽毛球群", OTHER_GROUP: ""}
        self.is_complete = True
        self.acquainted = True

    async def is_group(self, self_id: str, number: str) -> bool:
        return number in self.names

    async def groups(self) -> KnownGroups:
        return KnownGroups(names=self.names, is_complete=self.is_complete)

    def accounts(self) -> Sequence[str]:
        return [SELF]

    async def is_acquainted(self, chat: Chat, user: str) -> bool:
        return self.acquainted

    def admit(self, heard: Heard, command: str = "") -> None:
        """As fast as they like."""


class Office:
    """One home below `directory`, with a `.env` beside it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = directory / "home"
        self.around = _Around()
        self.environment: Mapping[str, str] = {}
        self.settings: dict[str, str] = {
            "SJA_HOME": str(self.home),
            "SUPERUSERS": f'["{BOSS}"]',
            "SJA_STOP_GRACE_SECONDS": "2",
            "SJA_DEMO_PERIOD_SECONDS": "100000",
        }
        self.write()

    @property
    def bot(self) -> Bot:
        assert self._bot is not None
        return self._bot

    def write(self, **settings: str) -> None:
        """Settings in `.env`, besides those that were written before."""
        self.settings |= settings
        lines = [f"{name}={value}" for name, value in self.settings.items()]
        (self.directory / ".env").write_text("\n".join(lines) + "\n", "utf-8")

    def write_presets(self, text: str) -> None:
        self.home.mkdir(mode=0o700, exist_ok=True)
        (self.home / "presets.toml").write_text(text, "utf-8")

    async def open(self) -> None:
        read = partial(read_environment, self.directory, self.environment)
        self._bot = await start_bot(settings_in(read()), Nobody(), LoggedAdministrators(), read)
        self._answering = Answering(self.bot, COMMANDS, frozenset({"!"}), self.around, self.around)

    async def close(self) -> None:
        await self.bot.close()
        for process in psutil.process_iter():
            try:
                if process.environ().get("SJA_HOME") == str(self.home) and process.pid != os.getpid():
                    process.send_signal(signal.SIGKILL)
            except psutil.Error:
                continue

    async def say(self, text: str, user: str = BOSS, group: str | None = None, **how: Any) -> str:
        """In private unless a group is given; the text of the reply."""
        reply = await self.ask(text, user, group, **how)
        assert reply is not None, f"{text!r} was met with silence"
        return reply.text

    async def ask(
        self, text: str, user: str = BOSS, group: str | None = None, *, role: Role | None = None, inbound: str = ""
    ) -> Reply | None:
        chat = Chat(self_id=SELF, type="group" if group else "private", peer_id=group or user)
        heard = Heard(
            text=text,
            actor=Actor(
                user_id=UserId(user), role=role or (Role.SUPERUSER if user == BOSS else Role.MEMBER), chat=chat
            ),
            chat=chat,
            inbound=Inbound(self_id=SELF, message_id=inbound or str(next(_MESSAGES)), received_at=self.bot.clock.now()),
        )
        return await self._answering.answer(heard)

    def actor(self, user: str = MING, group: str | None = GROUP, role: Role = Role.MEMBER) -> Actor:
        chat = Chat(self_id=SELF, type="group" if group else "private", peer_id=group or user)
        return Actor(user_id=UserId(user), role=role, chat=chat)


def elsewhere(actor: Actor, group: str) -> Actor:
    """The same person in another group."""
    return replace(actor, chat=Chat(self_id=SELF, type="group", peer_id=group))
