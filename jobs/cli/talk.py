"""One person at one terminal talking to the bot: who they are, where they are, and the lines they type."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

from msgspec import Struct

from jobs.cli.onebot import GroupRole, Posted, Speaker
from jobs.cli.peer import Disconnected, Peer
from jobs.cli.pictures import Album, size_in_words
from jobs.cli.terminal import Terminal
from jobs.models.people import Chat

_ROLE_WORDS: Final[Mapping[GroupRole, str]] = {"member": "成员", "admin": "管理员", "owner": "群主"}

_ROLES: Final[Mapping[str, GroupRole]] = {
    **{word: role for role, word in _ROLE_WORDS.items()},
    "member": "member",
    "admin": "admin",
    "owner": "owner",
}
_PROMPT_WAITS_SECONDS: Final = 2.0
"""How long the prompt is held back for a reply, so that the two do not get mixed up."""
_INDENTED_LINE: Final = "\n" + " " * 8  # as wide as the bot's name before its first line
_QUOTED_LENGTH: Final = 20
_COLONS: Final = (":", "：")
_HELP: Final = """终端指令（半角、全角冒号都行）：
:用户 20002 [昵称] [成员|管理员|群主]  换一个人说话
:群 12345     到这个群里说
:私聊         私下对机器人说
:引用 [文字]  引用机器人的上一条消息说这句话；不写文字，就由下一条消息引用
:等 5         等 5 秒，期间机器人说的话照常显示
:退出         离开
消息本身以冒号开头时，多写一个冒号。英文：:user :group :private :quote :wait :quit :help"""


class Patience(Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds: for a connection, and for the reply to a line."""

    connect_seconds: float = 15
    reply_seconds: float = 10


class Misspoken(Exception):
    """A directive that cannot be followed; the message says what to write instead."""


class Unreachable(Exception):
    """No connection to the bot within our patience."""


class Talk:
    """The scene, which directives change, and the words. `group` None: in private. `over`: the person has left."""

    def __init__(
        self, peer: Peer, terminal: Terminal, *, speaker: Speaker, group: int | None, patience: Patience
    ) -> None:
        self.speaker = speaker
        self.group = group
        self.quoted: Posted | None = None
        self.over = False
        self._peer = peer
        self._terminal = terminal
        self._patience = patience
        self._shown: asyncio.Queue[Posted] = asyncio.Queue()
        self._album = Album()

    @property
    def chat(self) -> Chat:
        qq = self._peer.qq
        return qq.private(self.speaker.user_id) if self.group is None else qq.group(self.group)

    @property
    def scene(self) -> str:
        speaker = self.speaker
        return f"{speaker.nickname}（{speaker.user_id}，{_ROLE_WORDS[speaker.role]}）在{_place(self.chat)}"

    async def take(self, line: str) -> None:
        """Says a line, or follows it as a directive. Raises `Misspoken`, `Unreachable`."""
        if not line.strip():
            return
        if line[0] not in _COLONS:
            await self.say(line)
        elif line[1:2] in _COLONS:
            await self.say(line[1:])
        else:
            await _follow(self, line[1:].strip())

    async def say(self, text: str) -> None:
        """Says something, quoting what is `quoted`, and waits for the reply as long as our patience lasts."""
        quoted, self.quoted, chat = self.quoted, None, self.chat
        if not self._terminal.typed_by_hand:
            self._terminal.show(f"{self.speaker.nickname}> {_quotation(quoted)}{text}")
        while not self._shown.empty():
            self._shown.get_nowait()
        message_id = await self._send(chat, text, quoted)
        try:
            async with asyncio.timeout(self._reply_seconds):
                while not (await self._shown.get()).may_answer(message_id, chat):
                    pass
        except TimeoutError:
            if not self._terminal.typed_by_hand:
                self._terminal.show("（没有回复）")

    def last_of_bot(self) -> Posted | None:
        """What the bot said last in this place."""
        return next((posted for posted in reversed(self._peer.qq.said_by_bot) if posted.chat == self.chat), None)

    def note(self, text: str) -> None:
        """Tells the person something that nobody said."""
        self._terminal.show(f"（{text}）" if "\n" not in text else text)

    async def reach_bot(self) -> None:
        """Returns once there is a connection. Raises `Unreachable`."""
        try:
            async with asyncio.timeout(self._patience.connect_seconds):
                await self._peer.connected()
        except TimeoutError as error:
            raise Unreachable from error

    async def show_bot(self) -> None:
        """Shows what the bot says, without end."""
        async for posted in self._peer.listen():
            where = "" if posted.chat == self.chat else f"[{_place(posted.chat)}] "
            files = [self._kept(content, name) for name, content in posted.files]
            text = "".join([posted.text, *map(self._kept, posted.pictures), *files])
            self._terminal.show(f"{where}机器人> {text}".replace("\n", _INDENTED_LINE))
            self._shown.put_nowait(posted)

    async def show_recalls(self) -> None:
        """Shows what is taken back, without end."""
        async for posted in self._peer.watch_recalls():
            self._terminal.show(f"（已撤回）{posted.author.nickname}的一条消息")

    async def show_connection(self) -> None:
        """Shows how the connection is lost and found, without end."""
        while True:
            await self._peer.disconnected()
            self.note("与机器人的连接断了，正在重连……")
            await self._peer.connected()
            self.note("重新连上了")

    def _kept(self, content: bytes, name: str = "") -> str:
        """Where a picture, or the file of that name, can be looked at, as a line of its own."""
        what, reader = ("文件", "") if name else ("图片", "，用看图的程序打开")
        try:
            return f"\n{what}在 {self._album.keep(content, name)}（{size_in_words(content)}）{reader}"
        except OSError as error:
            return f"\n{what}存不下来：{error.strerror}"

    @property
    def _reply_seconds(self) -> float:
        return _PROMPT_WAITS_SECONDS if self._terminal.typed_by_hand else self._patience.reply_seconds

    async def _send(self, chat: Chat, text: str, quoted: Posted | None) -> int:
        while True:
            await self.reach_bot()
            with suppress(Disconnected):
                return await self._peer.say(chat, self.speaker, text, quoting=quoted and quoted.message_id)


async def _follow(talk: Talk, directive: str) -> None:
    name, _, argument = directive.partition(" ")
    follow = _DIRECTIVES.get(name.lower())
    if follow is None:
        raise Misspoken(f"没有“:{name}”这个指令，:帮助 列出全部")
    await follow(talk, argument.strip())


async def _become(talk: Talk, argument: str) -> None:
    number, *rest = argument.split() or [""]
    names = [word for word in rest if word not in _ROLES]
    roles: list[GroupRole] = [_ROLES[word] for word in rest if word in _ROLES]
    if len(names) > 1 or len(roles) > 1:
        raise Misspoken("应写作 :用户 20002 [昵称] [成员|管理员|群主]")
    user_id = _number(number, "应写作 :用户 20002 [昵称] [成员|管理员|群主]")
    nickname = names[0] if names else f"用户{user_id}"
    talk.speaker = Speaker(user_id=user_id, nickname=nickname, role=roles[0] if roles else "member")
    talk.note(f"现在是 {talk.scene}")


async def _go_to_group(talk: Talk, argument: str) -> None:
    talk.group = _number(argument, "应写作 :群 12345")
    talk.note(f"现在是 {talk.scene}")


async def _go_private(talk: Talk, _argument: str) -> None:
    talk.group = None
    talk.note(f"现在是 {talk.scene}")


async def _quote(talk: Talk, argument: str) -> None:
    talk.quoted = talk.last_of_bot()
    if talk.quoted is None:
        raise Misspoken("机器人在这里还没说过话，没有可以引用的")
    if argument:
        await talk.say(argument)


async def _wait(_talk: Talk, argument: str) -> None:
    try:
        await asyncio.sleep(seconds_of(argument))
    except ValueError:
        raise Misspoken("应写作 :等 5（秒）") from None


async def _leave(talk: Talk, _argument: str) -> None:
    talk.over = True


async def _help(talk: Talk, _argument: str) -> None:
    talk.note(_HELP)


_DIRECTIVES: Final[Mapping[str, Callable[[Talk, str], Awaitable[None]]]] = {
    "用户": _become,
    "user": _become,
    "群": _go_to_group,
    "group": _go_to_group,
    "私聊": _go_private,
    "private": _go_private,
    "引用": _quote,
    "quote": _quote,
    "等": _wait,
    "wait": _wait,
    "退出": _leave,
    "quit": _leave,
    "帮助": _help,
    "help": _help,
}


def seconds_of(text: str) -> float:
    """A duration as people write it. Raises `ValueError`."""
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise ValueError(text)
    return seconds


def _number(text: str, otherwise: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise Misspoken(otherwise)
    return int(text)


def _place(chat: Chat) -> str:
    return f"群 {chat.peer_id}" if chat.is_group else f"与 {chat.peer_id} 的私聊"


def _quotation(quoted: Posted | None) -> str:
    """What is quoted, as short as people see it."""
    if quoted is None:
        return ""
    words = quoted.text.strip().partition("\n")[0]
    return f"（引用“{words if len(words) <= _QUOTED_LENGTH else words[:_QUOTED_LENGTH] + '…'}”）"
