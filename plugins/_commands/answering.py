"""From a message to its reply: a command, a bare word under a quoted message, or the answer to a question."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from jobs import (
    Arguments,
    Chat,
    DuplicateInbound,
    NotAllowed,
    OrderId,
    Preset,
    Refusal,
    Role,
    StoreUnavailable,
    UserId,
    match_preset,
    parse_arguments,
    preset_by_number,
    split_words,
    types_password,
)
from plugins._commands import accounts
from plugins._commands.acting import CONFIRMATION, delete_now
from plugins._commands.asking import ask, asked, settle
from plugins._commands.booking import cancel_as_asked, names_order
from plugins._commands.command import (
    Call,
    Command,
    Heard,
    NotMeant,
    Pace,
    Question,
    Reply,
    Surroundings,
    TooFast,
    Who,
    permits,
)
from plugins._commands.guessing import is_word, nearest
from plugins._commands.reading import Line, may_have_prefix, read_line, without_prefix
from plugins._commands.venues import no_such_venue
from plugins._replies.accounts import password_in_group
from plugins._replies.helping import no_such_command
from plugins._replies.pacing import too_fast
from plugins._replies.questions import withdrawn

if TYPE_CHECKING:
    from jobs import Bot

logger = logging.getLogger("sja.chat")

SHORTHANDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("停", "停止"), "停止任务"),
    **dict.fromkeys(("删", "删除"), "删除任务"),
    "日志": "任务日志",
    "详情": "任务详情",
    "启动": "启动任务",
    "重启": "重启任务",
    **dict.fromkeys(("暂停", "暂停任务"), "暂停任务"),
    **dict.fromkeys(("继续", "恢复", "继续任务"), "继续任务"),
    **dict.fromkeys(("执行", "立即执行"), "立即执行"),
    "为什么": "为什么",
}
"""Bare words that act on the job of the quoted message."""

_YES: Final = frozenset({CONFIRMATION, "确定", "是", "是的", "yes", "y"})
_WITHDRAWN: Final = {"deletion": "任务保留", "cancellation": "订单保留", "removal": "账号保留"}
_NO: Final = frozenset({"取消", "不", "否", "不要", "算了", "放弃", "保留", "不取消", "不删除", "不删", "no", "n"})
_ANSWER: Final = re.compile(r"(确认|不取消|不删除|取消)\s*(\S.{0,63})")
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
        self._by_name = {command.name: command for command in commands}
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
        is_shorthand = heard.quoted is not None and heard.text in SHORTHANDS
        return is_shorthand or asked(self._bot, heard) is not None

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
            self._admit(heard, command_line)
            return await self._carry_out(command_line, heard)
        bare = heard.text if line is None else line
        if heard.quoted is not None and bare in SHORTHANDS:
            return await self._shorthand(bare, heard)
        question = asked(self._bot, heard)
        if question is not None and (answer := self._answer_in(bare, heard, question)) is not None:
            return await self._answered(answer, heard, question)
        # Where no prefix is needed, everything is a line, and a guess would disturb people's talk.
        return await self._guess(line, heard) if line and line != heard.text else None

    async def _guess(self, line: str, heard: Heard) -> Reply | None:
        """What an unknown command may have meant. In a group it may have been meant for another bot: then silence."""
        word = line.split(maxsplit=1)[0]
        allowed = [command for command in self._commands if permits(command, heard.actor)]
        command = await nearest(word, allowed, in_group=heard.chat.is_group)
        if command is None and (heard.chat.is_group or not is_word(word)):
            return None
        self._admit(heard)
        raise Refusal(no_such_command(word, command.name if command else None))

    def _admit(self, heard: Heard, line: Line | None = None) -> None:
        """Raises `TooFast`; never for what answers an open question."""
        if self._pace is None or (line and _may_answer(line) and asked(self._bot, heard) is not None):
            return
        self._pace.admit(heard)

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

    async def _shorthand(self, word: str, heard: Heard) -> Reply | None:
        """A bare word under a message that is about no job is talk among people."""
        assert heard.quoted is not None
        if self._bot.board.of_message(heard.actor, heard.inbound.self_id, heard.quoted) is None:
            return None
        self._admit(heard)
        return await self._carry_out(Line(self._by_name[SHORTHANDS[word]], ""), heard)

    # -- answers ------------------------------------------------------------------------------------------------
    def _answer_in(self, text: str, heard: Heard, question: Question) -> str | None:
        """The answer in a text; None where the text is none: in a group it quotes the question or names the job."""
        if (named := _ANSWER.fullmatch(text)) and self._names(named[2], heard, question):
            return named[1]
        # A client that answered the sending too late, or a crash just then, leaves the question's own id unknown.
        quotes_it = heard.quoted == question.message_id if question.message_id else heard.quotes_us
        # The last picture but one is quoted sooner than one thinks: what is under it answers the last all the same.
        is_below = heard.quoted is None or (question.kind == "login" and heard.quotes_us)
        return text if quotes_it or (not heard.chat.is_group and is_below) else None

    def _names(self, reference: str, heard: Heard, question: Question) -> bool:
        if question.kind == "cancellation":
            return names_order(reference, question.line)
        if question.job_id is None:
            return False
        try:
            return self._bot.board.find(heard.actor, reference).id == question.job_id
        except Refusal:
            return False

    async def _answered(self, answer: str, heard: Heard, question: Question) -> Reply:
        if question.kind == "login":
            return await accounts.answer_login(self._call(Line(self._by_name["验证码"], answer), heard))
        if answer == "取消" and question.kind == "cancellation":
            raise Refusal("“取消”是取消订单，还是不取消？请回复“确认”来取消订单，“不取消”来保留")
        if answer.casefold() in _NO:
            settle(self._bot, heard)
            return Reply(text=withdrawn(_WITHDRAWN.get(question.kind, _not_begun(question))))
        act = {"deletion": self._delete, "cancellation": self._cancel, "removal": self._remove}.get(
            question.kind, self._create
        )
        return await act(answer, heard, question)

    async def _delete(self, answer: str, heard: Heard, question: Question) -> Reply:
        if answer.casefold() not in _YES:
            raise Refusal("请回复“确认”来删除，或“取消”来保留")
        call = self._call(Line(self._by_name["删除任务"], ""), heard)
        # Settled first: a second “确认” while the process ends is no second deletion.
        settle(self._bot, heard)
        return await delete_now(call, self._bot.board.find(heard.actor, question.job_id or ""))

    async def _cancel(self, answer: str, heard: Heard, question: Question) -> Reply:
        if answer.casefold() not in _YES:
            raise Refusal("请回复“确认”来取消订单，或“不取消”来保留")
        call = self._call(Line(self._by_name["取消订单"], ""), heard)
        settle(self._bot, heard)
        return await cancel_as_asked(call, OrderId(question.line), question.state)

    async def _remove(self, answer: str, heard: Heard, question: Question) -> Reply:
        if answer.casefold() not in _YES:
            raise Refusal("请回复“确认”来删除账号，或“不删除”来保留")
        settle(self._bot, heard)
        return await accounts.remove_now(self._call(Line(self._by_name["账号"], ""), heard), question.line)

    async def _create(self, answer: str, heard: Heard, question: Question) -> Reply:
        preset = _chosen(answer, question, self._bot.presets)
        # Settled before anything is waited for: a second answer makes no second job, a newer question stays.
        settle(self._bot, heard)
        try:
            return await self._carry_out(Line(self._by_name[question.command], question.line), heard, preset)
        except Refusal:
            ask(self._bot, heard, question)
            raise

    def _may_remind(self, heard: Heard) -> bool:
        """Whether a person may be told now that they may not; notes that they were."""
        if not heard.chat.is_group:
            return True
        self._reminded = {who: at for who, at in self._reminded.items() if heard.at - at < REMINDER_REST}
        return self._reminded.setdefault((heard.chat, heard.actor.user_id), heard.at) is heard.at


def _may_answer(line: Line) -> bool:
    """Whether a command can be the answer to a question."""
    return line.command.name == "验证码" or CONFIRMATION in line.rest.split()


def _not_begun(question: Question) -> str:
    return "不创建了" if question.command.startswith("创建") else "不继续了"


def _arguments(line: Line) -> Arguments:
    command = line.command
    if command.is_verbatim:
        return Arguments(positional=[], options={}, flags=set())
    words = split_words(line.rest)
    return parse_arguments(words, command.options, takes_further=command.takes_further, is_loose=command.is_loose)


def _chosen(answer: str, question: Question, presets: Sequence[Preset]) -> Preset:
    """The preset an answer names: a place among the candidates, a preset's number, or a venue."""
    place = int(answer) if answer.isascii() and answer.isdecimal() and len(answer) < 7 else 0
    offered = [preset for number in question.candidates if (preset := preset_by_number(presets, number))]
    if 1 <= place <= len(offered):
        return offered[place - 1]
    if place and offered and place not in question.candidates:
        raise Refusal(f"请回复 1 到 {len(offered)} 里的一个，或写场馆名；要别的预设请写“预设{place}”")
    match = match_preset(answer, offered, is_argument=True)
    if match.preset is None:
        match = match_preset(answer, presets, is_argument=True)
    if match.preset is not None:
        return match.preset
    if match.candidates:
        some = "、".join(f"{preset.number}（{preset.title}）" for preset in match.candidates[:5])
        raise Refusal(f"还不能确定是哪一个：{some}，请回复编号")
    raise no_such_venue(answer, presets)
