"""What a command is, what it is called with, and what it answers."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from jobs import Actor, Arguments, Chat, Inbound, Job, JobId, NotFound, Option, Preset, Refusal, Role, quote

if TYPE_CHECKING:
    from jobs import Bot

_SEVERAL: Final = re.compile(r"(#?[0-9]{1,9})(?:[\s,、;和]+#?[0-9]{1,9})+")
"""Numbers of jobs."""
LONGEST_MESSAGE: Final = 2000
"""Characters; no command needs as many, and reading one costs the more the longer it is."""
PREFIX: Final = "!"
"""How replies write commands; people may use any of the configured prefixes."""


OTHER: Final = "其他"
"""The heading of commands that name none."""


class Who(StrEnum):
    """Whom a command obeys."""

    EVERYONE = "所有人"
    OWNER = "发起人、群管理员、超级用户"
    """Whoever may act on the job in question; the engine asks for every single job."""
    SUPERUSER = "超级用户"


class Where(StrEnum):
    """Where a command is understood."""

    ANYWHERE = "群聊和私聊"
    PRIVATE = "只在私聊"


class Heard(Struct, frozen=True, kw_only=True):
    """One message to the bot. `text` is cleaned, without leading quotes and mentions.

    `raw`: as it was typed, for what cleaning must not touch: a password. What was no text in it is a control character.
    `quoted`: the id of the quoted message; `quotes_us`: the client says that the bot wrote it.
    """

    text: str
    raw: str = ""
    actor: Actor
    chat: Chat
    inbound: Inbound
    quoted: str | None = None
    quotes_us: bool = False

    @property
    def at(self) -> datetime:
        return self.inbound.received_at


class Reply(Struct, frozen=True, kw_only=True):
    """What is said to one message. `about`: the job that quoting the reply will mean.

    `pages`: the same as a forwarded message, preferred where it is given; `text` stands in where that fails.
    `noted`: the message was stored together with the effect. `asks`: the `Question.nonce` of the speaker's question
    that the reply puts; empty: it asks nothing.
    `prefers_text`: up to `LINES_WIDTH` it goes as one text, for it is read line by line, by programs, too.
    `picture`: an image file, sent below the text; `without_picture` is said where the chat does not take it.
    `tells`: the dedupe keys of notifications that say the same; once the reply has arrived they are not sent.
    `if_recalled`: what is said instead of `text` where the message could be taken back; given, that is tried first.
    """

    text: str
    about: JobId | None = None
    pages: tuple[str, ...] = ()
    prefers_text: bool = False
    noted: bool = False
    asks: str = ""
    picture: bytes | None = None
    without_picture: str = ""
    if_recalled: str = ""
    tells: tuple[str, ...] = ()


class Question(Struct, frozen=True, kw_only=True):
    """What the bot waits to hear from one person in one chat. `message_id` empty: it is not known as which message.

    `nonce` tells it from the person's other questions: it is given by `asking.ask`, and stays when it is asked again.
    """

    kind: Literal["login", "deletion", "venue", "cancellation", "removal"]
    expires_at: datetime
    nonce: str = ""
    message_id: str = ""
    job_id: JobId | None = None
    command: str = ""
    """The command to go on with, and `line`, what was written behind it; of a cancellation the order's id, of a
    removal the account's nickname."""
    line: str = ""
    state: str = ""
    """Of a cancellation: how the order stood when it was asked."""
    candidates: tuple[int, ...] = ()
    """Numbers of the presets offered, in the order of their numbering from 1."""


class KnownGroups(Struct, frozen=True, kw_only=True):
    """Groups that the bot's accounts are in: names by numbers, empty where unknown. `is_complete`: every connected
    client has listed its own."""

    names: Mapping[str, str]
    is_complete: bool


class Surroundings(Protocol):
    """What a command may ask about the chats around it."""

    async def is_group(self, self_id: str, number: str) -> bool:
        """Whether that is the number of a group the bot's account is in, as far as it can be known."""
        ...

    async def groups(self) -> KnownGroups:
        """All groups the bot is in, as far as that can be known."""
        ...

    def accounts(self) -> Sequence[str]:
        """The bot's own accounts that are connected."""
        ...

    async def is_acquainted(self, chat: Chat, user: str) -> bool:
        """Whether the bot may write to that person on behalf of this chat: a member of the group, or a friend."""
        ...


class TooFast(Exception):
    """A command came too soon after others; it does nothing. `seconds` until one may come; 0: that was said before.

    `together`: not this person alone, all people of the group were too fast.
    """

    def __init__(self, seconds: int, *, together: bool = False) -> None:
        super().__init__(seconds)
        self.seconds = seconds
        self.together = together


class NotMeant(Exception):
    """What looked like a command was said to somebody else: it is met with silence."""


class Pace(Protocol):
    """How fast people may give commands."""

    def admit(self, heard: Heard, command: str = "") -> None:
        """Lets one more command of theirs pass, the one of that name where it is known. Raises `TooFast`."""
        ...


class Call(Struct, frozen=True, kw_only=True):
    """A command, called. `preset`: the venue that an answer has named meanwhile."""

    command: "Command"
    commands: "Sequence[Command]"
    arguments: Arguments
    line: str
    heard: Heard
    bot: "Bot"
    surroundings: Surroundings
    preset: Preset | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.bot.settings.sja_timezone)

    @property
    def today(self) -> date:
        """The day it was in that zone when the message was said."""
        return self.heard.at.astimezone(self.zone).date()

    def job(self, words: Sequence[str] | None = None) -> Job:
        """The job that the words (else all arguments) name, or the one that the quoted message was about.

        Raises `NotFound`, `Ambiguous`, and `Refusal` when no job is named at all.
        """
        reference = " ".join(self.arguments.positional if words is None else words)
        if reference:
            return self._found(reference)
        if self.heard.quoted is None:
            raise Refusal(f"要说明是哪个任务，例如 {self.command.example}；也可以引用机器人关于任务的消息")
        if job := self.bot.board.of_message(self.heard.actor, self.heard.inbound.self_id, self.heard.quoted):
            return job
        raise NotFound(f"引用的消息不是关于这里的任务，请写编号，例如 {self.command.example}")

    def _found(self, reference: str) -> Job:
        try:
            return self.bot.board.find(self.heard.actor, reference)
        except NotFound as error:
            if self._is_private_one(reference):
                raise NotFound(f"任务{quote(reference)}是你在私聊里创建的，请在私聊里对我说") from error
            if several := _SEVERAL.fullmatch(reference):
                one = f"!{self.command.name} {several[1]}"
                raise NotFound(f"一次只能说一个任务，请分开发送，例如 {one}") from error
            raise

    def _is_private_one(self, reference: str) -> bool:
        """Whether what is not to be seen in this group is a job that the speaker has made in private."""
        actor, chat = self.heard.actor, self.heard.chat
        if actor.user_id is None or not chat.is_group:
            return False
        alone = Chat(platform=chat.platform, self_id=chat.self_id, type="private", peer_id=actor.user_id)
        try:
            job = self.bot.board.find(replace(actor, chat=alone), reference)
        except Refusal:
            return False
        return job.owner == actor.user_id and job.origin is not None and not job.origin.is_group


Handler = Callable[[Call], Awaitable[Reply]]


class Command(Struct, frozen=True, kw_only=True):
    """One row of the table. Everything else is derived from it: parsing, help, suggestions, permissions, docs.

    `who` and `where` have no default on purpose: a command that says nothing about permission does not load.
    """

    name: str
    aliases: tuple[str, ...] = ()
    arguments: str = ""
    """The arguments as help shows them, options excluded: `任务`."""
    options: tuple[Option, ...] = ()
    takes_further: bool = False
    """Whether options that are not listed reach the handler, which judges them."""
    is_verbatim: bool = False
    """Whether the handler reads `Call.line` itself: a password may look like an option and must not be repeated."""
    is_loose: bool = False
    """Whether the handler reads options without `=` out of the arguments by `read_one_line`: `预设 18`, `明天18-21`."""
    verbs: tuple[str, ...] = ()
    """Words that may follow the command's name without a blank: `!账号添加`."""
    who: Who
    where: Where
    help: str
    example: str
    handle: Handler
    heading: str = OTHER
    """Under which help lists it; commands of one heading stand together in the table."""
    is_common: bool = False
    """Whether help lists it with its example on a line of its own; the others of its heading share one."""
    more_examples: tuple[str, ...] = ()
    """Further ways to write it, simple ones first."""
    afterwards: str = ""
    """What one may do next, in a sentence without its stop."""
    mistakes: tuple[str, ...] = ()
    """What is often written wrongly, each with what to write instead."""

    @property
    def words(self) -> tuple[str, ...]:
        """All that the command is called."""
        return self.name, *self.aliases

    @property
    def usage(self) -> str:
        """`!任务日志 任务 [行数=20] [搜索=…]`."""
        options = (f"[{option.name if option.is_flag else option.example}]" for option in self.options)
        further = "[参数=值…]" if self.takes_further else ""
        return " ".join(filter(None, [f"{PREFIX}{self.name}", self.arguments, *options, further]))


def under(heading: str, commands: Sequence[Command]) -> tuple[Command, ...]:
    """The commands below a heading of help, but for those that name another."""
    return tuple(replace(row, heading=heading) if row.heading == OTHER else row for row in commands)


def permits(command: Command, actor: Actor) -> bool:
    """Whether the command is there for this person in this place."""
    is_theirs = command.who is not Who.SUPERUSER or actor.role is Role.SUPERUSER
    is_here = command.where is Where.ANYWHERE or (actor.chat is not None and not actor.chat.is_group)
    return is_theirs and is_here


def permits_in_private(command: Command, actor: Actor) -> bool:
    """Whether the command is there for this person in private, where every command is."""
    alone = replace(actor.chat, type="private") if actor.chat is not None else None
    return permits(command, replace(actor, chat=alone))
