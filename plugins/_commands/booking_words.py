"""Which venue, which day, which hours: the words behind `!查询` and `!预订`, in the order in which people say them."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from jobs import Refusal, parse_date, parse_hours

_GLUED_AT_MOST: Final = 20
"""Characters of a word that may be a day and an hour written together."""
_SHORT: Final = re.compile(r"(今|明|后)(晚|早)(?:上)?(.*)")
"""`今晚`, `明晚8点`: a day and a part of it in one word."""
_PARTS_OF_DAY: Final = {"晚": "晚上", "早": "早上"}
_DIGIT: Final = re.compile(r"[0-9]")


class Wanted(NamedTuple):
    """What was said. `venue` empty: none; `day` None: none; `hours` empty: none."""

    venue: str
    day: date | None
    hours: tuple[int, ...]


def read_wanted(words: Sequence[str], options: Mapping[str, str], today: date) -> Wanted:
    """Reads `霍英东羽毛球 周六 19,20`, `5 1 19`, `5 明天晚上七点`, `5 19点 明天`, `今晚 霍英东羽毛球`; options
    (`日期=`, `时段=`) go first.

    A word that can only be a day is the day; else the first behind the venue that can be one. Without any, words that
    are no hours are the venue's. Raises `Refusal` for a day or hours that cannot be.
    """
    words = [piece for word in words for piece in _unglued(word, today)]
    place = None if "日期" in options else _place_of_day(words, today)
    said = options.get("日期") or (words[place] if place is not None else None)
    day = parse_date(said, today).on(today) if said is not None else None
    before, after = (words, []) if place is None else (words[:place], words[place + 1 :])
    venue, hours = _parted(before, after) if before else _venue_behind(after, {"预设", "场馆"} & set(options))
    if "时段" in options:
        hours = [options["时段"]]
    return Wanted(" ".join(venue), day, parse_hours(" ".join(hours)) if hours else ())


def refuse_wrong_day(words: Sequence[str], today: date) -> None:
    """Raises the `Refusal` of the day that was meant, where something behind the venue looks like nothing else."""
    for word in reversed(words[1:]):
        if not _reads(parse_hours, word):
            parse_date(word, today)


def _parted(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """The venue's words and those of the hours, which may also stand before the day."""
    hours = list(after)
    venue = list(before)
    # `霍英东 明天 羽毛球`: what cannot be hours belongs to a venue that is no number.
    while hours and venue and not any(map(_DIGIT.search, (*venue, hours[0]))) and not _reads(parse_hours, hours[0]):
        venue.append(hours.pop(0))
    while not after and len(venue) > 1 and _reads(parse_hours, venue[-1]):
        hours.insert(0, venue.pop())
    return venue, hours


def _venue_behind(words: Sequence[str], options: Collection[str]) -> tuple[list[str], list[str]]:
    """Of what is behind a day that was said first: the venue's words, and those of the hours on either side of them."""
    number = next((place for place, word in enumerate(words) if word.isdecimal()), None)
    if not options and number is not None and len(words) > 1 and all(_reads(parse_hours, word) for word in words):
        return [words[number]], [*words[:number], *words[number + 1 :]]  # `明天 5 19`
    is_venue = [not _reads(parse_hours, word) for word in words]
    if options or not any(is_venue):
        return [], list(words)
    first, last = is_venue.index(True), len(words) - is_venue[::-1].index(True)
    return list(words[first:last]), [*words[:first], *words[last:]]


def _place_of_day(words: Sequence[str], today: date) -> int | None:
    for place, word in enumerate(words):
        if _is_day(word, today) and not _reads(parse_hours, word):
            return place
    return next((place for place, word in enumerate(words) if place and _is_day(word, today)), None)


def _unglued(word: str, today: date) -> list[str]:
    """`明天19点` as the two words it is."""
    if (short := _SHORT.fullmatch(word)) and len(word) <= _GLUED_AT_MOST:
        part = f"{_PARTS_OF_DAY[short[2]]}{short[3]}"
        if _reads(parse_hours, part):
            return [f"{short[1]}天", part]
    if len(word) > _GLUED_AT_MOST or _is_day(word, today) or _reads(parse_hours, word):
        return [word]
    for cut in range(len(word) - 1, 1, -1):
        day, hours = word[:cut], word[cut:]
        if not day[-1].isdecimal() and _is_day(day, today) and _reads(parse_hours, hours):
            return [day, hours]
    return [word]


def _is_day(word: str, today: date) -> bool:
    return _reads(lambda text: parse_date(text, today), word)


def _reads(parse: Callable[[str], object], word: str) -> bool:
    try:
        parse(word)
    except Refusal:
        return False
    return True
