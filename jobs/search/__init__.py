"""Which preset people mean, however they write it: by number and name (`jobs.models.matching`), by pinyin and its
initials, in traditional characters, with slips.

Precision goes first where something is done at once: `match_preset` settles on a venue only for what names one, and
marks what it had to guess. What is read exactly costs no table of pinyin; it is loaded with the first guess.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from jobs.models import matching
from jobs.models.matching import Match, no_such_sport
from jobs.models.text import clean
from jobs.models.venue import Preset
from jobs.search.index import index_of
from jobs.search.sounds import blurred, is_han, syllable

__all__ = ["Match", "match_preset", "no_such_sport", "search_presets"]

_LONGEST: Final = 40
"""Characters of a text that are looked at."""
_SHORTEST_NAME: Final = 4
"""Letters from which a job's name in letters counts as initials: three are a person's as soon as a venue's."""
_NEAR: Final = 0.73
_CLEARLY: Final = 0.8
_SHORT: Final = 6
_SHORT_CLEARLY: Final = 0.9
"""Of so few letters one is too many: `月球` is no `羽球`."""
_A_SLIP: Final = 0.93
"""Of a venue and a sport together: one wrong letter."""
_AHEAD: Final = 0.08
"""A guess is taken where it is that likely, and the next that much less."""
_GUESSED_IN_NAME: Final = 0.85
_FAR_BEHIND: Final = 0.25
"""What is that much less like than the best is not shown."""
_NAMED: Final = 0.2
"""What a preset gains whose venue or sport is named as it is written."""
_GUESSES_AT_MOST: Final = 5

_NO_WORD: Final = re.compile(r"[^\w\u3400-\u9fff]+|_")
_CHATTER: Final = re.compile("我?想|我?要|帮我|打|弹|踢|跳|去|的|订|看|抢")
_OF_JOBS: Final = re.compile("监控|定时|抢票|预订|预定|任务|空场|每[天日周]|每晚|自动")
_PLACE_ENDING: Final = re.compile("(?:场地?|馆)$")


def match_preset(text: str, presets: Sequence[Preset], *, is_argument: bool = False) -> Match:
    """The preset that a job's name means, or an argument that is a venue or a number. Never raises.

    What is written as it is goes first (`matching.match_preset`). Else an argument may be pinyin, initials, or full of
    slips: one preset where it is clearly the likeliest, with `is_guess` where it was not said exactly; else the likely
    ones as candidates. A name settles on one only by exact initials or pinyin, and guesses are candidates to ask about.
    """
    said = matching.match_preset(text, presets, is_argument=is_argument)
    if said.preset is not None or not presets:
        return said
    words = _words(text if is_argument else _OF_JOBS.sub("", clean(text[:200])))
    if not words or words.isdecimal():
        return said
    return _argument(words, presets, said) if is_argument else _name(words, presets, said)


def search_presets(keyword: str, presets: Sequence[Preset], limit: int) -> list[Preset]:
    """At most `limit` presets that a keyword may mean, the likeliest first, then by number; an empty one finds all."""
    words = _words(keyword)
    if not words:
        return [] if clean(keyword[:_LONGEST]) else list(presets[:limit])
    said = matching.match_preset(keyword, presets, is_argument=True)
    if words.isdecimal():
        return [said.preset] if said.preset else []
    likely = _likely(words, presets, said)
    best = max(likely.values(), default=0.0)
    shown = [one for one in presets if likely[one] >= max(_NEAR, best - _FAR_BEHIND)]
    return sorted(shown, key=lambda one: -likely[one])[:limit]


def _argument(words: str, presets: Sequence[Preset], said: Match) -> Match:
    """Of what is meant as a venue and is not written as its name."""
    index = index_of(tuple(presets))
    exact = _within(said.candidates, index.exactly(words))
    if len(exact) == 1 and _agrees(words, exact[0], presets):
        return Match(preset=exact[0], is_guess=not _is_literal(words, exact[0]))
    if exact:
        return Match(candidates=tuple(exact))
    guess = _clearly_likeliest(words, presets, said)
    if guess is not None and _agrees(words, guess, presets):
        return Match(preset=guess, is_guess=True)
    return said if said.candidates else Match(candidates=_near_best(_likely(words, presets, said), _enough(words)))


def _clearly_likeliest(words: str, presets: Sequence[Preset], said: Match) -> Preset | None:
    """The one preset worth taking without a question. Where its venue is named as it is written, what is left must be
    like one of its sports: `致远攀岩` is no `致远乒乓`."""
    likely, enough = _likely(words, presets, Match()), _enough(words)
    if said.candidates and (rest := matching.besides_venues(words, presets)):
        of_rest, least = _likely(rest, presets, Match()), _enough(rest)
        likely = {
            one: max(likeness if likeness >= _A_SLIP else 0.0, of_rest[one] if of_rest[one] >= least else 0.0)
            for one, likeness in likely.items()
        }
    first, *others = sorted(said.candidates or presets, key=lambda one: -likely[one])
    is_ahead = not others or likely[first] - likely[others[0]] >= _AHEAD
    return first if likely[first] >= enough and is_ahead else None


def _enough(words: str) -> float:
    return _CLEARLY if len(_letters(words)) > _SHORT else _SHORT_CLEARLY


def _name(words: str, presets: Sequence[Preset], said: Match) -> Match:
    """Of a job's name that is no venue's as it is written."""
    named = _within(said.candidates, index_of(tuple(presets)).with_venue(words))
    literal = [one for one in named if len(words) >= _SHORTEST_NAME and _is_literal(words, one)]
    if literal:
        return Match(preset=literal[0]) if len(literal) == 1 else Match(candidates=tuple(literal))
    if said.candidates or len(words) < _SHORTEST_NAME:
        return said
    return Match(candidates=_near_best(_likely(words, presets, said), _GUESSED_IN_NAME))


def _likely(words: str, presets: Sequence[Preset], said: Match) -> dict[Preset, float]:
    """How likely each preset is meant, from 0 to 1; what is named as it is written gains."""
    likely = {one: matching.share_contained(words, one.title) - _AHEAD for one in presets}
    without_chatter = _CHATTER.sub("", words)
    for variant in {words, without_chatter, _PLACE_ENDING.sub("", without_chatter)} - {""}:
        for one, likeness in index_of(tuple(presets)).likeness(variant).items():
            likely[one] = max(likely[one], likeness)
    gains = dict.fromkeys(said.candidates, _NAMED) | ({said.preset: 1.0} if said.preset else {})
    return {one: likeness + gains.get(one, 0.0) for one, likeness in likely.items()}


def _near_best(likely: Mapping[Preset, float], at_least: float) -> tuple[Preset, ...]:
    """Those that are likely enough and not far behind, the likeliest first."""
    enough = max(at_least, max(likely.values(), default=0.0) - _AHEAD)
    near = [one for one, likeness in likely.items() if likeness >= enough]
    return tuple(sorted(near, key=lambda one: -likely[one])[:_GUESSES_AT_MOST])


def _within(candidates: Sequence[Preset], found: Sequence[Preset]) -> Sequence[Preset]:
    """Of what was found those that were named as well, where anything was named."""
    return [one for one in found if one in candidates] if candidates else found


def _agrees(words: str, guess: Preset, presets: Sequence[Preset]) -> bool:
    """Whether no sport is named, in full or by its sound, but that of the guess: `霍英东网球` is no `霍英东篮球`."""
    letters, whole = _letters(words), _letters(guess.title)
    sports = {one.sport.removeprefix(one.venue) for one in presets} - {"", guess.sport}
    return not any(
        sport not in guess.title and _letters(sport) in letters and _letters(sport) not in whole for sport in sports
    )


def _letters(text: str) -> str:
    return blurred("".join(map(syllable, text)))


def _is_literal(words: str, preset: Preset) -> bool:
    """Whether each Chinese character stands in the preset's title: then it was not guessed by its sound."""
    return all(character in preset.title for character in words if is_han(character))


def _words(text: str) -> str:
    return _NO_WORD.sub("", clean(text[: 2 * _LONGEST]).casefold())[:_LONGEST]
