"""From a text to the command that is meant."""

import re
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from jobs import clean
from plugins._commands.command import Command

_PEEK: Final = 64
"""Characters looked at to find a prefix; cheap however long the message."""

_REFERENCE: Final = re.compile(r"[#0-9].*", re.DOTALL)
_GLUABLE_FROM: Final = 3
"""Characters of a command's name from which Chinese text may follow without a space; shorter words begin sentences."""

_BEGIN_TALK: Final = frozenset({"为什么", "怎么用"})
"""Longer ones that begin sentences all the same."""


_APART: Final = frozenset({"监控", "盯", "定时", "抢"})
"""Words of everyday talk: commands only as words of their own with something behind them."""


class Line(NamedTuple):
    """A command and what is written behind it."""

    command: Command
    rest: str


def may_have_prefix(text: str, prefixes: Collection[str]) -> bool:
    """Whether a text, not cleaned yet, may begin with a prefix. As cheap for long texts as for short ones."""
    return clean(text[:_PEEK]).startswith(tuple(prefixes))


def without_prefix(text: str, prefixes: Collection[str]) -> str | None:
    """A cleaned text without its prefix and the blanks behind it; None without one. Longer prefixes win."""
    for prefix in sorted(prefixes, key=len, reverse=True):
        if text.startswith(prefix):
            return text[len(prefix) :].lstrip()
    return None


def read_line(line: str, commands: Sequence[Command]) -> Line | None:
    """The command a cleaned line begins with: as a word of its own, or glued to its argument (`任务日志7`).

    Glued, the longest name wins; text that only happens to begin with a short name (`任务完成啦`) is no command.
    """
    first, rest = _first_word(line)
    known = {word.casefold(): command for command in commands for word in command.words}
    if command := known.get(first.casefold()):
        return Line(command, rest) if rest or first not in _APART else None
    for word in sorted(known.keys() - _APART, key=len, reverse=True):
        if first.casefold().startswith(word) and _may_be_glued(word, first[len(word) :], known[word]):
            return Line(known[word], line[len(word) :].strip())
    return None


def _first_word(line: str) -> tuple[str, str]:
    words = line.split(maxsplit=1)
    return (words[0], words[1].strip()) if len(words) == 2 else (line.strip(), "")


def _may_be_glued(word: str, argument: str, command: Command) -> bool:
    takes_any = bool(command.arguments or command.options)
    if not takes_any:
        return False
    if argument.casefold().startswith(command.verbs):
        return True
    begins_talk = len(word) < _GLUABLE_FROM or word in _BEGIN_TALK
    return bool(_REFERENCE.fullmatch(argument)) or not (begins_talk or word.isascii())
