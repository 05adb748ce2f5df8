"""What a word that is no command may have meant: by its shape (`任物列表`), or by its sound (`人物列表`)."""

import asyncio
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from plugins._commands.command import Command

_NEAR: Final = 0.6
"""Likeness from which an unknown Chinese word is taken for a slip: `停止任物` for `停止任务`."""
_NEAR_ASCII: Final = 0.75
"""English letters are alike sooner: `/shrug` must stay silent."""
_LETTERS_OF_OURS: Final = 5
"""In a group, shorter English words are more likely another bot's: `/log`, `/book`."""
_CHARACTERS_OF_OURS: Final = 4
"""And so are shorter Chinese ones, and those in which more than one character differs: `启动游戏`."""
_OTHERS: Final = frozenset({"取消订阅", "取消订餐", "启动服务", "停止服务", "重启服务"})
"""Other bots' own commands, one character from ours."""
_LETTERS_OF_PINYIN: Final = 6
_NEAR_PINYIN: Final = 0.9
_MANY_SYLLABLES: Final = 4
_SAME_SYLLABLES: Final = 0.75
"""Of many; of few, all must sound the same."""
_REMEMBERED: Final = 500
"""Words, the commands' own among them."""
_ALIKE: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
"""What many people do not tell apart."""


def is_word(text: str) -> bool:
    """Whether there is anything to read in it: `!!!` and `/...` say nothing."""
    return any(mark.isalnum() for mark in text)


async def nearest(line: str, commands: Sequence[Command], *, in_group: bool = False) -> Command | None:
    """The command that the first word of a line is most like; None when it is like none.

    `in_group`: other bots listen there, so that only what is clearly ours counts.
    """
    word = line.split(maxsplit=1)[0].casefold() if line.strip() else ""
    known = {name.casefold(): command for command in commands for name in command.words}
    if not is_word(word) or not known or len(word) > 2 * max(map(len, known)):
        return None
    found = _one_slip_from(word, known) if in_group else _by_shape(word, known)
    if found is None and _may_sound(word):
        # The first look into the tables of sounds takes 0.2 s: not in the loop.
        found = await asyncio.to_thread(_by_sound, word, tuple(known), 1 if in_group else _SAME_SYLLABLES)
    return known[found] if found else None


def _one_slip_from(word: str, known: Iterable[str]) -> str | None:
    """One character too many, too few, wrong, or changed places with the next, in a word that is long enough."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - for who mistypes alone

    least = _LETTERS_OF_OURS if word.isascii() else _CHARACTERS_OF_OURS
    if len(word) < least or word in _OTHERS:
        return None
    near = (name for name in known if len(name) >= least - 1 and OSA.distance(word, name, score_cutoff=1) <= 1)
    return next(near, None)


def _by_shape(word: str, known: Iterable[str]) -> str | None:
    found = get_close_matches(word, known, n=1, cutoff=_NEAR_ASCII if word.isascii() else _NEAR)
    return found[0] if found else None


def _may_sound(word: str) -> bool:
    return word.isalpha() and len(word) >= (_LETTERS_OF_PINYIN if word.isascii() else 2)


def _by_sound(word: str, known: tuple[str, ...], enough: float) -> str | None:
    """`enough`: the part of many syllables that must sound the same."""
    sounds = {name: _syllables(name) for name in known if not name.isascii()}
    if word.isascii():
        spelt = {"".join(_bare_syllables(name)): name for name in sounds}
        found = get_close_matches(word, spelt, n=1, cutoff=_NEAR_PINYIN)
        return spelt[found[0]] if found else None
    said = _syllables(word)
    best = max(sounds, key=lambda name: _likeness(said, sounds[name]), default=None)
    if best is None:
        return None
    return best if _likeness(said, sounds[best]) >= (enough if len(said) >= _MANY_SYLLABLES else 1) else None


def _likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """The part of the syllables that sound the same, each in its place; 0 for different numbers of them."""
    if len(one) != len(other):
        return 0
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)


def _syllables(word: str) -> tuple[str, ...]:
    return tuple(map(_alike, _bare_syllables(word)))


@lru_cache(_REMEMBERED)
def _bare_syllables(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - for who mistypes alone: its tables are large

    return tuple(lazy_pinyin(word))


def _alike(syllable: str) -> str:
    for written, said in _ALIKE:
        syllable = syllable.replace(written, said)
    return syllable
