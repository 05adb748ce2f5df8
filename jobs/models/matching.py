"""Which preset do people mean: by its number, or by a name that contains a venue and a sport.

A job's name is no question about venues, so it is read with care: `晚场监控` names none. An argument such as
`预设=` was meant as a venue, so a bare number and shorter fragments count there too.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from msgspec import Struct

from jobs.models.text import clean
from jobs.models.venue import Preset

_COMMON_WORDS: Final = re.compile(
    "体育运动中心|学生活动中心|体育中心|分中心|中心|体育馆|体育场|健身房|健身馆|游泳馆|游泳|[网足篮排]球场|校区|学生|运动"
)
"""What venues are called besides their own names: alone, these tell no venue from another."""

_NO_SPORT: Final = re.compile("体育运动|体育|运动|中心|校区|[的里馆场]")
"""What is said besides a venue's own name and means no sport."""

_SHORTEST: Final = 2
"""Characters of a venue's own name, or of a sport's, that may stand for it."""

_TELLING: Final = 3
"""A fragment from the middle of a venue's name must be this long in a job's name: `机动` is also a plain word."""

_NUMBERED: Final = re.compile(r"预设#?([0-9]{1,6})")
_BARE_NUMBER: Final = re.compile(r"(?:预设|preset)?[#号]?([0-9]{1,6})号?")


class Match(Struct, frozen=True, kw_only=True):
    """What a text means: one `preset`, or else several `candidates` to ask about, or neither: nothing understood.

    `candidates` is empty whenever `preset` is set; a single candidate is a guess that wants to be confirmed.
    `is_guess`: the preset was not said as it is written; whoever acts on it says which one it is.
    """

    preset: Preset | None = None
    candidates: tuple[Preset, ...] = ()
    is_guess: bool = False


class _Mention(NamedTuple):
    """A venue named in a text, from `start` up to `end`."""

    venue: str
    start: int
    end: int


def match_preset(text: str, presets: Sequence[Preset], *, is_argument: bool = False) -> Match:
    """The preset a job's name means, or an argument that is a venue or a number. Never raises.

    Order: `预设13` (in an argument also `13`, `#13`); then the venues named, narrowed by the sport named beside them;
    then the sport alone, which in a job's name settles nothing (`钢琴课`). What remains ambiguous, or contradicts
    itself (`胡法光羽毛球`), is left to ask about.
    """
    squeezed = _squeezed(text)
    numbers = _numbers(squeezed, is_argument)
    if numbers:
        return _settled([preset for preset in presets if preset.number in numbers])
    mentions = _mentions(squeezed, presets, is_argument)
    rest = _without(squeezed, mentions)
    if not mentions:
        of_sport = _of_sport(rest, presets, may_be_short=is_argument)
        return _settled(of_sport) if is_argument else Match(candidates=tuple(of_sport))
    venues = {mention.venue for mention in mentions}
    at_venues = [preset for preset in presets if preset.venue in venues]
    fitting = _of_sport(rest, at_venues, may_be_short=True)
    if fitting:
        return _settled(fitting)
    elsewhere = _of_sport(rest, presets, may_be_short=False)
    return Match(candidates=(*at_venues, *elsewhere)) if elsewhere else _settled(at_venues)


def no_such_sport(text: str, presets: Sequence[Preset]) -> str | None:
    """What an argument names besides one venue, where that is none of its sports: `游泳` of `霍英东游泳`. None: nothing
    of the kind."""
    squeezed = _squeezed(text)
    mentions = _mentions(squeezed, presets, is_argument=True)
    rest = _without(squeezed, mentions)
    said = _NO_SPORT.sub("", rest).strip()
    if len({mention.venue for mention in mentions}) != 1 or len(said) < _SHORTEST or any(map(str.isdigit, said)):
        return None
    return None if _of_sport(rest, presets, may_be_short=True) else said


def besides_venues(text: str, presets: Sequence[Preset]) -> str:
    """What an argument says besides the venues that it names; empty where it names none."""
    squeezed = _squeezed(text)
    mentions = _mentions(squeezed, presets, is_argument=True)
    return _NO_SPORT.sub("", _without(squeezed, mentions)).replace(" ", "") if mentions else ""


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", clean(text)).casefold()


def _settled(fitting: Sequence[Preset]) -> Match:
    return Match(preset=fitting[0]) if len(fitting) == 1 else Match(candidates=tuple(fitting))


def _numbers(text: str, is_argument: bool) -> set[int]:
    if is_argument and (found := _BARE_NUMBER.fullmatch(text)):
        return {int(found[1])}
    return {int(number) for number in _NUMBERED.findall(text)}


def _mentions(text: str, presets: Sequence[Preset], is_argument: bool) -> list[_Mention]:
    """The venues a text names. A mention that lies within a longer one is none: `徐汇` in `徐汇校区网球场`."""
    venues = dict.fromkeys(preset.venue for preset in presets)
    found = [mention for venue in venues if (mention := _mention(text, venue, is_argument))]
    return [mention for mention in found if not any(_is_within(mention, other) for other in found)]


def _mention(text: str, venue: str, is_argument: bool) -> _Mention | None:
    """The longest fragment of a venue's name in a text that tells the venue from others."""
    for fragment in _telling_fragments(_squeezed(venue), is_argument):
        if (start := text.find(fragment)) >= 0:
            return _Mention(venue, start, start + len(fragment))
    return None


def _is_within(mention: _Mention, other: _Mention) -> bool:
    longer = other.end - other.start > mention.end - mention.start
    return longer and other.start <= mention.start and mention.end <= other.end


def _telling_fragments(name: str, is_argument: bool) -> Iterator[str]:
    """The fragments of a venue's name that may stand for it, longest first, from the whole name on."""
    yield name
    own = _own_name(name)
    for length in range(len(name) - 1, _SHORTEST - 1, -1):
        for first in range(len(name) - length + 1):
            begins_own_name = own[first] and (first == 0 or not own[first - 1])
            is_telling = is_argument or begins_own_name or length >= _TELLING
            if is_telling and sum(own[first : first + length]) >= _SHORTEST:
                yield name[first : first + length]


def _own_name(name: str) -> list[bool]:
    """For each character of a venue's name whether it belongs to the name proper: `霍英东` of `霍英东体育中心`."""
    own = [True] * len(name)
    for common in _COMMON_WORDS.finditer(name):
        own[common.start() : common.end()] = [False] * len(common[0])
    return own


def _without(text: str, mentions: Iterable[_Mention]) -> str:
    """The text without the venues' names, a gap in the place of each."""
    characters = list(text)
    for mention in mentions:
        characters[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(characters)


def _of_sport(text: str, presets: Sequence[Preset], *, may_be_short: bool) -> list[Preset]:
    """The presets whose sport a text names, in full, or where it `may_be_short` by two characters or more."""
    named: dict[int, str] = {}
    for preset in presets:
        sport = _squeezed(preset.sport).removeprefix(_squeezed(preset.venue))
        shortest = _SHORTEST if may_be_short else max(len(sport), 1)
        beginnings = (sport[:length] for length in range(len(sport), shortest - 1, -1))
        if said := next((beginning for beginning in beginnings if beginning in text), ""):
            named[preset.number] = said
    words = set(named.values())
    longest = {word for word in words if not any(word != other and word in other for other in words)}
    return [preset for preset in presets if named.get(preset.number) in longest]


def share_contained(keyword: str, title: str) -> float:
    """The share of the keyword's characters that the title contains, in order: 0 to 1; 0 of an empty keyword."""
    squeezed = _squeezed(keyword)
    blocks = SequenceMatcher(None, _squeezed(title), squeezed, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(len(squeezed), 1)
