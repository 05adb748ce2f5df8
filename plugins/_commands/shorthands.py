"""Short ways to say a command: a bare word under a message about a job (`停`, `日志 50`); the job first (`#7 停`)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from plugins._commands.changeable import words_of_changes
from plugins._commands.command import Command
from plugins._commands.reading import Line

EDIT: Final = "修改任务"
UNDO: Final = "撤销"
SHORTHANDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("停", "停止", "停掉", "停下", "停了", "停一下", "停止任务"), "停止任务"),
    **dict.fromkeys(("删", "删除", "删掉", "删了", "删除任务"), "删除任务"),
    **dict.fromkeys(("日志", "看日志", "看看日志", "任务日志"), "任务日志"),
    **dict.fromkeys(("详情", "看详情", "看看详情", "任务详情"), "任务详情"),
    **dict.fromkeys(("启", "启动", "启动任务"), "启动任务"),
    **dict.fromkeys(("重启", "重启任务"), "重启任务"),
    **dict.fromkeys(("暂停", "暂停一下", "暂停任务"), "暂停任务"),
    **dict.fromkeys(("继续", "恢复", "继续任务"), "继续任务"),
    **dict.fromkeys(("执行", "立即执行"), "立即执行"),
    **dict.fromkeys(("调整", "调整任务"), "调整任务"),
    **dict.fromkeys(("改", "修改", EDIT), EDIT),
    UNDO: UNDO,
    "收到": "收到",
    "为什么": "为什么",
}
"""Words that act on a job, by the command that each means."""
_NOT_UNDER_A_QUOTE: Final = frozenset({"收到"})
"""What is quoted then need not be about a job: `manners.receipt`."""

_BEHIND: Final[Mapping[str, re.Pattern[str]]] = {
    "任务日志": re.compile(r"(?:最近|最后)?\s*(\d{1,4})\s*行?|.{1,10}=.+|图|文字"),
    "任务详情": re.compile("图|文字"),
    "删除任务": re.compile("确认"),
    "调整任务": re.compile(r"(?:[-+−–—]|提前|推迟|延后|早|晚).+"),
    EDIT: re.compile(".*", re.DOTALL),
}
"""What may stand behind the word of a command under a quote; of the others nothing, for it would be people's talk.
Under a message about a job `改 …` is about that job, whatever it is: what cannot be done is worth an answer."""
_RENAMES: Final = "改名"
_NUMBERED: Final = re.compile(r"(#\s?[0-9]{1,9}|[0-9]{1,9})(?:\s+(\S.*)|(?<=[0-9])([^\s0-9].*))?", re.DOTALL)
_LONGEST: Final = 200
"""Characters of what may be said so."""


class Shorthands:
    """Reads them, by one table of commands. No look into the store: it is asked for every message."""

    def __init__(self, commands: Sequence[Command]) -> None:
        known = {command.name: command for command in commands}
        self._by_word = {word: known[name] for word, name in SHORTHANDS.items() if name in known}
        self._detail = known["任务详情"]
        self._names = {word.casefold(): command for command in commands for word in command.words}
        changes = "|".join(map(re.escape, words_of_changes(commands)))
        self._glued = re.compile(rf"(?:改|修改)(?={changes})|日志(?=\d{{1,4}}行?$)")
        """Words that what follows may be glued to."""

    def under_a_quote(self, text: str) -> Line | None:
        """What a cleaned text means under a message about a job; None: it is no shorthand."""
        if len(text) > _LONGEST:
            return None
        word, rest = self._parted(text)
        command = self._by_word.get(word)
        if command is None or word in _NOT_UNDER_A_QUOTE:
            return None
        allowed = _BEHIND.get(command.name)
        found = allowed.fullmatch(rest) if rest and allowed is not None else None
        if rest and found is None:
            return None
        is_count = found is not None and found.re.groups and found[1] is not None
        return Line(command, found[1] if found is not None and is_count else rest)

    def handle(self, line: str, *, is_plain: bool) -> Line | None:
        """`#7 停`, `7 日志 50`, `#7`: a job by its number, and what is wanted of it. Where commands need no prefix
        (`is_plain` False), only with `#`. None: it is none, or a bare number, which may also be an answer."""
        found = _NUMBERED.fullmatch(line) if len(line) <= _LONGEST else None
        if found is None or not (is_plain or found[1].startswith("#")):
            return None
        is_sure, said = found[1].startswith("#"), found[2] or found[3]
        number = f"#{found[1].lstrip('# ')}"
        if said is None:
            return Line(self._detail, number) if is_sure else None
        word, rest = self._parted(said)
        command = self._by_word.get(word) or self._of_a_job(word)
        return Line(command, f"{number} {rest}".strip()) if command is not None else None

    def number(self, line: str) -> Line | None:
        """`7` alone: that job."""
        is_number = line.isascii() and line.isdecimal() and len(line) <= 9
        return Line(self._detail, line) if is_number else None

    def _parted(self, said: str) -> tuple[str, str]:
        """The first word, and what stands behind it or is glued to it: `改 间隔60`, `改间隔60`, `改名周末`."""
        glued = self._glued.match(said)
        if glued is None and said.startswith(_RENAMES):
            return "改", said
        word = glued[0] if glued else said.split(maxsplit=1)[0] if said else ""
        return word, said[len(word) :].strip()

    def _of_a_job(self, word: str) -> Command | None:
        """Any other command that is about a job: `#7 job-stop`."""
        command = self._names.get(word.casefold())
        return command if command is not None and command in self._by_word.values() else None
