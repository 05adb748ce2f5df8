"""The arguments of a command: words in order, options written `键=值` in any order, and flags."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from msgspec import Struct

from jobs.models.errors import Refusal
from jobs.models.line_pieces import LOOSELY_NAMED
from jobs.models.text import Quoted, clean, quote

_KEYED: Final = re.compile(r"-{0,2}(\w[\w-]{0,39})=(.*)", re.DOTALL)
"""What may be an option: a plain word before the first `=`. `[CQ:at,qq=all]` and web addresses are just text."""

_NEAR: Final = 0.5
_NEAR_IN_LATIN: Final = 0.7
"""Likeness from which a key is taken for a slip: one wrong character of two (`时断`, `时段`), one or two of a word."""

_YES: Final = frozenset({"是", "开", "开启", "启用", "要", "1", "yes", "true", "on"})
_NO: Final = frozenset({"否", "关", "关闭", "停用", "不", "不要", "0", "no", "false", "off"})


def read_yes(text: str) -> bool | None:
    """Whether a value that is written says yes; None: it says neither."""
    word = clean(text).casefold()
    return word in _YES if word in _YES | _NO else None


class Option(Struct, frozen=True, kw_only=True):
    """One option of a command: `name=值`, or a flag that is just said. Aliases, like the name, in any letter case."""

    name: str
    aliases: tuple[str, ...] = ()
    is_flag: bool = False
    help: str = ""
    example: str = ""
    """A whole correct option, for refusals and help: `间隔=300`."""

    @property
    def written(self) -> str:
        """How the option is begun: `间隔=`, or `自动` for a flag."""
        return self.name if self.is_flag else f"{self.name}="


class Arguments(Struct, frozen=True, kw_only=True):
    """A command's arguments. `options` and `flags` go by the options' names, never their aliases.

    `further`: options that the command does not name itself, as they were written.
    """

    positional: list[str]
    options: dict[str, str]
    flags: set[str]
    further: dict[str, str] = {}


_PIECES_AT_MOST: Final = 100
"""Of one option: more are no list that a person wrote, and joining them would take ever longer."""


def parse_arguments(
    words: Sequence[str],
    spec: Sequence[Option],
    *,
    takes_further: bool = False,
    is_loose: bool = False,
    takes_name: bool = True,
) -> Arguments:
    """Sorts the words of `split_words` into arguments, options and flags.

    A word is an option when a plain word stands before its first `=`; the rest, further `=` included, is its value.
    A `Quoted` word is always an argument as it is, so a name such as `a=b` is written `"a=b"`. Blanks around `=` and
    around the commas of a value do not matter. Leading dashes of an option are dropped (`--auto`).

    Raises `Refusal` for an unknown key (one that `takes_further` judges them itself), an option given twice or without
    a value, and an option's name without `=` behind other arguments; saying a flag twice is no harm. Where the line
    `is_loose` such a name stays an argument, and arguments stay `Quoted`: `read_one_line` understands them.
    `takes_name`: whether an argument is the name of something, which may hold `=`.
    """
    known = {key.casefold(): option for option in spec for key in (option.name, *option.aliases)}
    arguments = Arguments(positional=[], options={}, flags=set())
    for word in _closed_up(words, known):
        keyed = None if isinstance(word, Quoted) else _KEYED.fullmatch(word)
        option = None if isinstance(word, Quoted) else known.get(word.lstrip("-").casefold())
        if keyed and takes_further and keyed[1].casefold() not in known:
            _take_further(arguments, keyed[1], keyed[2].strip())
        elif keyed:
            _take_option(arguments, _known_option(keyed[1], known, spec, takes_name), keyed[2].strip())
        elif option and option.is_flag:
            arguments.flags.add(option.name)
        elif option and arguments.positional and not (is_loose and word in LOOSELY_NAMED):
            raise Refusal(f"“{option.name}”后面要写等号和内容，例如 {_example(option)}")
        elif word.startswith("=") and not isinstance(word, Quoted):
            raise Refusal(f"{quote(word)}的等号前面缺少选项名，{_available(spec)}")
        else:
            arguments.positional.append(word if is_loose else str(word))
    return arguments


def _closed_up(words: Iterable[str], known: Mapping[str, Option]) -> list[str]:
    """Writes `间隔 = 300` and `时段=18, 19` as the one word each that was meant."""
    whole: list[str] = []
    pieces = 0
    for word in words:
        if whole and pieces < _PIECES_AT_MOST and _continues(whole[-1], word, known):
            whole[-1] += word
            pieces += 1
        else:
            whole.append(word)
            pieces = 1
    return whole


def _continues(before: str, word: str, known: Mapping[str, Option]) -> bool:
    """Whether `word` goes on with the option begun in `before`."""
    if isinstance(before, Quoted):
        return False
    keyed = _KEYED.fullmatch(before)
    if not keyed:
        return word.startswith("=") and not isinstance(word, Quoted) and _KEYED.fullmatch(before + "=") is not None
    if isinstance(word, Quoted):
        return not keyed[2]
    begins_another = _KEYED.fullmatch(word) or word.casefold() in known
    is_open = not keyed[2] or keyed[2].endswith((",", "、")) or word.startswith((",", "、"))
    return is_open and not begins_another


def _known_option(key: str, known: Mapping[str, Option], spec: Sequence[Option], takes_name: bool) -> Option:
    if option := known.get(key.casefold()):
        return option
    near = get_close_matches(key.casefold(), known, n=1, cutoff=_NEAR_IN_LATIN if key.isascii() else _NEAR)
    guess = f"，是不是想写“{known[near[0]].written}”？" if near else "，名称里带等号请加引号。" if takes_name else "。"
    raise Refusal(f"没有{quote(key)}这个选项{guess}{_available(spec)}")


def _take_option(arguments: Arguments, option: Option, value: str) -> None:
    if not value:
        raise Refusal(f"“{option.written}”后面缺少内容，例如 {_example(option)}")
    if option.is_flag:
        _take_flag(arguments, option, value)
    elif option.name in arguments.options:
        raise Refusal(f"“{option.written}”写了两次，请只留一个")
    else:
        arguments.options[option.name] = value


def _take_further(arguments: Arguments, key: str, value: str) -> None:
    if not value:
        raise Refusal(f"{quote(key + '=')}后面缺少内容，请写成 {key}=…")
    if key.casefold() in map(str.casefold, arguments.further):
        raise Refusal(f"{quote(key + '=')}写了两次，请只留一个")
    arguments.further[key] = value


def _take_flag(arguments: Arguments, option: Option, value: str) -> None:
    said = read_yes(value)
    if said:
        arguments.flags.add(option.name)
    elif said is None:
        raise Refusal(f"“{option.name}”不用写内容，要就写 {option.name}，不要就不写，不能写成{quote(value)}")


def _example(option: Option) -> str:
    return option.example or f"{option.written}…"


def _available(spec: Sequence[Option]) -> str:
    if not spec:
        return "这个命令没有选项"
    return "可用：" + "、".join(option.written for option in spec)
