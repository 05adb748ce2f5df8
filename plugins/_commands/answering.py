"""From a message to its reply: a command, a bare word under a quoted message, or the answer to a question."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from jobs import (
    Arguments,
    Chat,
    DuplicateInbound,
    NotAllowed,
    NotFound,
    Preset,
    Refusal,
    Role,
    StoreUnavailable,
    UserId,
    may_act,
    parse_arguments,
    split_words,
    types_password,
)
from plugins._commands.acting import CONFIRMATION
from plugins._commands.answers import Answers
from plugins._commands.asking import asked
from plugins._commands.command import (
    LONGEST_MESSAGE,
    Call,
    Command,
    Heard,
    NotMeant,
    Pace,
    Reply,
    Surroundings,
    TooFast,
    Who,
    permits,
    permits_in_private,
)
from plugins._commands.guessing import is_word, nearest
from plugins._commands.manners import may_be_receipt, receipt
from plugins._commands.reading import Line, may_have_prefix, read_line, without_prefix
from plugins._commands.shorthands import UNDO, Shorthands
from plugins._replies.accounts import password_in_group
from plugins._replies.helping import no_such_command
from plugins._replies.pacing import too_fast

if TYPE_CHECKING:
    from jobs import Bot

logger = logging.getLogger("sja.chat")

_ANSWER_WIDTH: Final = 80
"""Characters. Longer texts are talk, not answers, and cost no look into the store."""

REMINDER_REST: Final = timedelta(minutes=1)
"""In a group, a person without the right is told so at most this often."""


class Answering:
    """Answers messages to one running bot with one table of commands."""

    def __init__(
        self,
        bot: "Bot",
        commands: Sequence[Command],
        prefixes: frozenset[str],
        surroundings: Surroundings,
        pace: Pace | None = None,
    ) -> None:
        self._bot = bot
        self._surroundings = surroundings
        self._pace = pace
        self._commands = commands
        self._prefixes = prefixes
        self._shorthands = Shorthands(commands)
        by_name = {command.name: command for command in commands}
        self._answers = Answers(bot, by_name, self._call, self._carry_out)
        self._reminded: dict[tuple[Chat, UserId | None], datetime] = {}

    def may_concern(self, text: str) -> bool:
        """Whether a text, not cleaned yet, can be for the bot at all: a prefix, or short enough for an answer."""
        return len(text) <= _ANSWER_WIDTH or may_have_prefix(text, self._prefixes)

    def concerns(self, heard: Heard) -> bool:
        """Whether a message is a command, a bare word under a quoted message, or said while a question is open."""
        if without_prefix(heard.text, self._prefixes) is not None:
            return True
        if heard.chat.is_group and types_password(heard.text, self._prefixes):
            return True
        is_shorthand = heard.quoted is not None and self._shorthands.under_a_quote(heard.text) is not None
        return is_shorthand or may_be_receipt(self._bot, heard) or asked(self._bot, heard) is not None

    async def answer(self, heard: Heard) -> Reply | None:
        """The one reply to a message; None: silence. Every message acts and is answered once, however often it comes.

        Raises `StoreUnavailable`.
        """
        try:
            reply = await self._reply(heard)
        except (DuplicateInbound, NotMeant):
            return None
        except TooFast as hurry:
            # Not noted as answered: nothing was done.
            return Reply(text=too_fast(hurry.seconds, together=hurry.together)) if hurry.seconds else None
        except NotAllowed as refusal:
            once = "（一分钟内不再重复提醒）" if heard.chat.is_group else ""
            reply = Reply(text=f"⚠️ {refusal.sentence}{once}") if self._may_remind(heard) else None
        except Refusal as refusal:
            reply = Reply(text=f"⚠️ {refusal.sentence}")
        return reply if reply is None or reply.noted or self._is_first(heard) else None

    def _is_first(self, heard: Heard) -> bool:
        """Whether a message that changed nothing was not answered before; a full disk keeps nobody from looking."""
        try:
            return self._bot.conversations.note(heard.inbound)
        except StoreUnavailable as trouble:
            logger.warning("%s", trouble)
            return True

    async def _reply(self, heard: Heard) -> Reply | None:
        line = without_prefix(heard.text, self._prefixes)
        if heard.chat.is_group and types_password(heard.text, self._prefixes):
            return Reply(text=password_in_group(was_recalled=False), if_recalled=password_in_group(was_recalled=True))
        if line is not None and (command_line := read_line(line, self._commands)):
            if len(heard.text) > LONGEST_MESSAGE:
                raise Refusal(f"这条消息太长了，一条命令最多 {LONGEST_MESSAGE} 个字，请分开说或写短一些")
            self._admit(heard, command_line)
            return await self._carry_out(command_line, heard)
        has_prefix = line is not None and line != heard.text
        if line is not None and (handle := self._shorthands.handle(line, is_plain=has_prefix)):
            return await self._by_handle(handle, heard)
        bare = heard.text if line is None else line
        if heard.quoted is not None and (shorthand := self._shorthands.under_a_quote(bare)):
            return await self._shorthand(shorthand, heard)
        if may_be_receipt(self._bot, heard) and (reply := receipt(self._bot, heard)):
            return reply
        return await self._answer_or_guess(bare, heard, has_prefix=has_prefix)

    async def _answer_or_guess(self, bare: str, heard: Heard, *, has_prefix: bool) -> Reply | None:
        question = asked(self._bot, heard)
        if (
            question is not None
            and (answer := self._answers.read(bare, heard, question, has_prefix=has_prefix)) is not None
        ):
            return await self._answers.take(answer, heard, question)
        # Where no prefix is needed, everything is a line, and a guess would disturb people's talk.
        if not has_prefix or not bare:
            return None
        number = self._shorthands.number(bare)
        return await (self._by_number(number, heard) if number else self._guess(bare, heard))

    async def _guess(self, line: str, heard: Heard) -> Reply | None:
        """What an unknown command may have meant. In a group it may have been meant for another bot: then silence."""
        word = line.split(maxsplit=1)[0]
        known = [command for command in self._commands if permits_in_private(command, heard.actor)]
        command = await nearest(word, known, in_group=heard.chat.is_group)
        if command is None and (heard.chat.is_group or not is_word(word)):
            return None
        self._admit(heard)
        is_elsewhere = command is not None and not permits(command, heard.actor)
        raise Refusal(no_such_command(word, command.name if command else None, in_private=is_elsewhere))

    def _admit(self, heard: Heard, line: Line | None = None) -> None:
        """Raises `TooFast`; never for what answers an open question."""
        if self._pace is None or (line and _may_answer(line) and asked(self._bot, heard) is not None):
            return
        self._pace.admit(heard, line.command.name if line else "")

    # -- commands -----------------------------------------------------------------------------------------------
    async def _carry_out(self, line: Line, heard: Heard, preset: Preset | None = None) -> Reply:
        command = line.command
        if command.who is Who.SUPERUSER and heard.actor.role is not Role.SUPERUSER:
            raise NotAllowed(f"!{command.name} 只有超级用户可以用")
        if not permits(command, heard.actor):
            raise Refusal(f"!{command.name} 请在私聊里对我说")
        return await command.handle(self._call(line, heard, preset))

    def _call(self, line: Line, heard: Heard, preset: Preset | None = None) -> Call:
        return Call(
            command=line.command,
            commands=self._commands,
            arguments=_arguments(line),
            line=line.rest,
            heard=heard,
            bot=self._bot,
            surroundings=self._surroundings,
            preset=preset,
        )

    async def _shorthand(self, line: Line, heard: Heard) -> Reply | None:
        """A bare word under a message that is about no job is talk among people."""
        if not self._is_about_a_job(line, heard):
            return None
        self._admit(heard, line)
        return await self._carry_out(line, heard)

    def _is_about_a_job(self, line: Line, heard: Heard) -> bool:
        """Whether the quoted message is about a job seen here. To take something back: one that the speaker may act on,
        or has acted on lately, for it may be deleted."""
        assert heard.quoted is not None
        self_id = heard.inbound.self_id
        job = self._bot.board.of_message(heard.actor, self_id, heard.quoted)
        if line.command.name != UNDO:
            return job is not None
        job_id = self._bot.conversations.linked(self_id, heard.quoted)
        is_theirs = job is not None and may_act(heard.actor, job.ownership)
        return is_theirs or (job_id is not None and self._bot.engine.regrets.concerns(heard.actor, job_id))

    async def _by_handle(self, line: Line, heard: Heard) -> Reply:
        """`#7 停`: the job first, then what shall become of it."""
        self._admit(heard, line)
        return await self._carry_out(line, heard)

    async def _by_number(self, line: Line, heard: Heard) -> Reply | None:
        """A number alone. In a group, one that no job seen there has is people's talk, which costs nobody: `!233`."""
        is_talk = heard.chat.is_group and not self._names_a_job(line, heard)
        return None if is_talk else await self._by_handle(line, heard)

    def _names_a_job(self, line: Line, heard: Heard) -> bool:
        try:
            self._bot.board.find(heard.actor, line.rest)
        except NotFound:
            return False
        except Refusal:
            return True
        return True

    def _may_remind(self, heard: Heard) -> bool:
        """Whether a person may be told now that they may not; notes that they were."""
        if not heard.chat.is_group:
            return True
        self._reminded = {who: at for who, at in self._reminded.items() if heard.at - at < REMINDER_REST}
        return self._reminded.setdefault((heard.chat, heard.actor.user_id), heard.at) is heard.at


def _may_answer(line: Line) -> bool:
    """Whether a command can be the answer to a question."""
    return line.command.name == "验证码" or CONFIRMATION in line.rest.split()


def _arguments(line: Line) -> Arguments:
    command = line.command
    if command.is_verbatim:
        return Arguments(positional=[], options={}, flags=set())
    words = split_words(line.rest)
    return parse_arguments(
        words,
        command.options,
        takes_further=command.takes_further,
        is_loose=command.is_loose,
        takes_name=any(what in command.arguments for what in ("名称", "任务")),
    )
