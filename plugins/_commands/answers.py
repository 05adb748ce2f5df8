"""The answers to questions that the bot has asked: which text is one, and what it leads to."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from jobs import OrderId, Preset, Refusal, match_preset, preset_by_number
from plugins._commands import accounts
from plugins._commands.acting import CONFIRMATION, delete_now
from plugins._commands.asking import ask, settle
from plugins._commands.booking import cancel_as_asked, names_order
from plugins._commands.command import Call, Command, Heard, Question, Reply
from plugins._commands.reading import Line
from plugins._commands.venues import no_such_venue
from plugins._replies.questions import withdrawn

if TYPE_CHECKING:
    from jobs import Bot

_YES: Final = frozenset({CONFIRMATION, "确定", "是", "是的", "yes", "y"})
_WITHDRAWN: Final = {"deletion": "任务保留", "cancellation": "订单保留", "removal": "账号保留"}
_NO: Final = frozenset({"取消", "不", "否", "不要", "算了", "放弃", "保留", "不取消", "不删除", "不删", "no", "n"})
_TAKEN_BACK: Final = frozenset({"取消", "算了"})
"""Said as a command, they are to us wherever we have just asked the speaker something."""
_WISHES: Final = frozenset({"换一张", "换张", "换", "看不清", "重发", "再发", "短信", "邮箱"})
"""What may be said to a login behind a prefix as well."""
_ANSWER: Final = re.compile(r"(确认|不取消|不删除|取消)\s*(\S.{0,63})")


class Answers:
    """Takes answers for one running bot. `call` makes a command's call, `carry_out` carries one out."""

    def __init__(
        self,
        bot: "Bot",
        by_name: Mapping[str, Command],
        call: Callable[[Line, Heard], Call],
        carry_out: Callable[[Line, Heard, Preset | None], Awaitable[Reply]],
    ) -> None:
        self._bot = bot
        self._by_name = by_name
        self._call = call
        self._carry_out = carry_out

    def read(self, text: str, heard: Heard, question: Question, *, has_prefix: bool = False) -> str | None:
        """The answer in a text; None where the text is none: in a group it quotes the question or names the job.

        Behind a prefix (`has_prefix`) letters are no letters of a picture, but a command that is none."""
        if has_prefix and text.casefold() in _TAKEN_BACK:
            return text
        if has_prefix and question.kind == "login" and text not in _WISHES:
            return None
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

    async def take(self, answer: str, heard: Heard, question: Question) -> Reply:
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


def _not_begun(question: Question) -> str:
    return "不创建了" if question.command.startswith("创建") else "不继续了"


def _chosen(answer: str, question: Question, presets: Sequence[Preset]) -> Preset:
    """The preset an answer names: a place among the candidates, a preset's number, or a venue."""
    place = int(answer) if answer.isascii() and answer.isdecimal() and len(answer) < 7 else 0
    offered = [preset for number in question.candidates if (preset := preset_by_number(presets, number))]
    if len(offered) == 1 and answer.casefold() in _YES:
        return offered[0]
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
