"""Options said as people say them, `明天18-21 自动抢 间隔10分钟`, among the words of a line; what is left is the name.

The order does not matter. A word counts only as a whole (`19点场` and `周五羽毛球` are names), several may be glued
together (`明天晚上七点自动`), and one in quotation marks is always part of the name.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from msgspec import Struct

from jobs.models.dates import PAST, parse_date
from jobs.models.errors import Refusal
from jobs.models.hours import parse_hours
from jobs.models.line_pieces import (
    ALSO_NAMES,
    BARE_HOUR,
    DAYS,
    EVERY_DAY,
    GLUED_AT_MOST,
    HOURS,
    KEYED,
    LOOSELY_NAMED,
    MEANINGS,
    NAMES,
    NEAR,
    NEAR_DAYS,
    NEAR_OR_WEEKDAY,
    NO_WHOLE_HOUR,
    PARTS_OF_DAY,
    PLAINLY,
    SHORT,
    TELLS_HOURS,
    VALUES,
    WEEKEND,
    WHOLE_PART,
    days_of,
    each_day,
    is_weekly,
    joined,
    over_lately,
    reads,
)
from jobs.models.text import Quoted, clean, quote


class OneLine(Struct, frozen=True, kw_only=True):
    """What the words of a line say.

    `name`: the words that are no option, in their order; empty where all are. `options`: by the options' names, as they
    would be written behind `=`; of `said` those too. `flags`: `自动`, `不启动`; False: that it shall not be (`不自动`).
    """

    name: tuple[str, ...]
    options: dict[str, str]
    flags: dict[str, bool]

    def is_on(self, flag: str) -> bool:
        return self.flags.get(flag, False)


def read_one_line(
    words: Sequence[str],
    today: date,
    *,
    takes: Collection[str],
    said: Mapping[str, str] | None = None,
    several_days: bool = False,
    begins_with_name: bool = True,
    only_named: Collection[str] = (),
) -> OneLine:
    """Sorts words into options and a name. `takes`: the names of the options and flags to look for, of `日期`, `时段`,
    `间隔`, `预设`, `场馆`, `账号`, `场地`, `连续`, `自动`, `不启动`; anything else stays a word of the name.

    `said`: options that were written out (`时段=19`). Where a word says the same option, both must mean the same.
    `begins_with_name`: the first word may be a name that only looks like an option (`账号监控`); what it says must be
    plain. `only_named`: of `takes`, those that count only with their names before them (`日期+1`), for without it the
    word means something else in that line. Raises `Refusal` for what is said twice, or impossible (`25点`).
    """
    reading = _Reading(today, frozenset(takes), frozenset(takes) - frozenset(only_named), several_days)
    left: list[str] = []
    for place, word in enumerate(joined(words, frozenset(takes), begins_with_name)):
        is_lenient = place == 0 and begins_with_name
        if word in reading.takes_named and not is_lenient and not isinstance(word, Quoted):
            raise Refusal(f"{quote(word)}后面缺少内容，请写成 {word}=…；要是名称的一部分，请把整个名称加引号")
        pieces = None if isinstance(word, Quoted) else reading.pieces(word, is_lenient=is_lenient)
        head = word
        if pieces is None and begins_with_name and not isinstance(word, Quoted):
            head, pieces = reading.tail(word)
        if head and (pieces is None or head != word):
            left.append(head)
        reading.take(pieces or ())
    return reading.whole(left, said or {})


class _Piece(NamedTuple):
    """One thing said. `option` `?`: a day or hours, `11-28`."""

    option: str
    text: str


_UNDECIDED: Final = "?"


class _Reading:
    """What was found so far."""

    def __init__(self, today: date, takes: frozenset[str], bare: frozenset[str], several_days: bool) -> None:
        self._today, self._takes, self._bare, self._several_days = today, takes, bare, several_days
        self.takes_named = takes & LOOSELY_NAMED
        """Options that are nothing without what is behind them."""
        self._found: list[_Piece] = []
        self._is_behind_day = False

    def pieces(self, word: str, *, is_lenient: bool) -> list[_Piece] | None:
        """What a word says; None: it belongs to the name."""
        text = clean(word)
        if not text or len(text) > GLUED_AT_MOST:
            return self._loosely_keyed(text, is_lenient)
        if self._is_behind_day and "时段" in self._bare and BARE_HOUR.fullmatch(text) and reads(parse_hours, text):
            return [_Piece("时段", text)]
        if (found := self._glued(text)) and not (is_lenient and text in ALSO_NAMES):
            return found
        return self._loosely_keyed(text, is_lenient) or (None if is_lenient else self._impossible(text))

    def tail(self, word: str) -> tuple[str, list[_Piece] | None]:
        """The name and the day said behind it without a blank, `羽毛球明天晚上`: one near today, or one with its hours;
        all of the word and None where there is none."""
        text = clean(word)
        if "日期" in self._bare and len(text) <= GLUED_AT_MOST:
            for end in range(2, len(text) - 1):
                if NEAR_OR_WEEKDAY.match(text, end) and (found := self._glued(text[end:])):
                    said = {piece.option for piece in found}
                    if {"日期", "时段"} <= said or NEAR.match(text, end):
                        return text[:end], found
        return word, None

    def take(self, pieces: Sequence[_Piece]) -> None:
        """Notes them; a bare number behind a day, and behind such a number, is an hour."""
        self._found += pieces
        is_bare_hour = (
            len(pieces) == 1 and pieces[0].option == "时段" and BARE_HOUR.fullmatch(pieces[0].text) is not None
        )
        is_day = bool(pieces) and pieces[-1].option in {"日期", _UNDECIDED}
        self._is_behind_day = is_day or (self._is_behind_day and is_bare_hour)

    def whole(self, name: Sequence[str], said: Mapping[str, str]) -> OneLine:
        found = list(self._decided(said))
        options, flags = dict(said), dict[str, bool]()
        for option in dict.fromkeys(piece.option for piece in found):
            texts = [piece.text for piece in found if piece.option == option]
            if option in {"自动", "不启动"}:
                flags[option] = self._one_flag(option, texts)
            else:
                options[option] = self._one(option, texts, said.get(option))
        if self._several_days and (days := options.get("日期")) and reads(is_weekly, days) and is_weekly(days):
            options["日期"] = self._days_said(days)
        return OneLine(name=tuple(name), options=options, flags=flags)

    # -- one word -------------------------------------------------------------------------------------------------
    def _glued(self, text: str) -> list[_Piece] | None:
        """The things that a text is wholly made of, the fewest; None: it is not."""
        best: list[list[_Piece] | None] = [list[_Piece](), *(None for _ in text)]
        for end in range(1, len(text) + 1):
            for start in range(end):
                before = best[start]
                if before is None or (start and text[start - 1].isdecimal() and text[start].isdecimal()):
                    continue
                is_behind_day = bool(before) and before[-1].option == "日期" and not text[start - 1].isdecimal()
                piece = self._piece(text[start:end], is_behind_day=is_behind_day)
                if piece and ((known := best[end]) is None or len(before) + len(piece) < len(known)):
                    best[end] = [*before, *piece]
        return best[-1]

    def _piece(self, text: str, *, is_behind_day: bool) -> list[_Piece] | None:
        """The one thing that a text says plainly."""
        for option, read in PLAINLY:
            if option in self._bare and (value := read(text)) is not None:
                return [_Piece(option, value)]
        if (keyed := KEYED.fullmatch(text)) and (option := NAMES.get(keyed[1], keyed[1])) in self._takes:
            return [_Piece(option, keyed[2])] if self._is_plain(option, keyed[2]) else None
        is_day, are_hours = self._is_day(text), self._are_hours(text, is_behind_day=is_behind_day)
        if are_hours and (is_day or ("日期" in self._bare and over_lately(text, self._today))):
            return [_Piece(_UNDECIDED, text)]
        if is_day or are_hours:
            return [_Piece("日期" if is_day else "时段", text)]
        return self._day_and_part(text)

    def _day_and_part(self, text: str) -> list[_Piece] | None:
        if (short := SHORT.fullmatch(text)) and {"日期", "时段"} <= self._bare:
            hours = f"{PARTS_OF_DAY[short[2]]}{short[3]}"
            if reads(parse_hours, hours):
                return [_Piece("日期", f"{short[1]}天"), _Piece("时段", hours)]
        return None

    def _is_day(self, text: str) -> bool:
        if "日期" not in self._bare:
            return False
        if self._several_days and (WEEKEND.fullmatch(text) or (reads(is_weekly, text) and is_weekly(text))):
            return True
        if not DAYS.fullmatch(text):
            return False
        try:
            days = [self._day(one) for one in each_day(text)]
        except Refusal:
            return False
        return not HOURS.fullmatch(text) or days[0] - self._today <= NEAR_DAYS

    def _are_hours(self, text: str, *, is_behind_day: bool) -> bool:
        if "时段" not in self._bare:
            return False
        is_told = text in WHOLE_PART or TELLS_HOURS.search(text) is not None or is_behind_day
        return is_told and (text in WHOLE_PART or HOURS.fullmatch(text) is not None) and reads(parse_hours, text)

    def _is_plain(self, option: str, value: str) -> bool:
        judge = VALUES.get(option)
        if option == "日期":
            return all(reads(self._day, one) for one in each_day(value))
        return judge is not None and judge(value)

    def _loosely_keyed(self, text: str, is_lenient: bool) -> list[_Piece] | None:
        """`账号czq`, `预设霍英东`: judged as the option's value, whatever it is. Not where a name is due."""
        keyed = None if is_lenient else KEYED.fullmatch(text)
        option = NAMES.get(keyed[1], keyed[1]) if keyed else ""
        return [_Piece(option, keyed[2])] if keyed and option in self._takes else None

    def _impossible(self, text: str) -> None:
        """Raises the `Refusal` of what has the shape of hours or a day and cannot be."""
        if self._several_days:
            is_weekly(text)
        if "日期" in self._bare and PAST.fullmatch(text):
            parse_date(text, self._today)
        is_day = "日期" in self._bare and DAYS.fullmatch(text) is not None
        if "时段" in self._bare and HOURS.fullmatch(text) and TELLS_HOURS.search(text):
            if is_day:
                parse_date(text, self._today)
            parse_hours(text)
        elif is_day:
            for one in each_day(text):
                parse_date(one, self._today)
        elif "时段" in self._bare and NO_WHOLE_HOUR.fullmatch(text):
            parse_hours(text)

    # -- all of them ----------------------------------------------------------------------------------------------
    def _decided(self, said: Mapping[str, str]) -> Iterator[_Piece]:
        """Of what is a day or hours: the day, where none was said elsewhere."""
        has_day = "日期" in said or any(piece.option == "日期" for piece in self._found)
        for piece in self._found:
            if piece.option != _UNDECIDED:
                yield piece
                continue
            if not has_day and over_lately(piece.text, self._today):
                raise Refusal(
                    f"{quote(piece.text)}是钟点还是日期？要这些钟点的场请写 时段={piece.text}；"
                    f"作为日期它已经过去了，请写今天或以后的日子，例如 日期=明天"
                )
            yield _Piece("时段" if has_day else "日期", piece.text)
            has_day = True

    def _one_flag(self, flag: str, texts: Sequence[str]) -> bool:
        if len(set(texts)) > 1:
            raise Refusal(f"又要{flag}又不要{flag}，请只留一个")
        return texts[0] == "是"

    def _one(self, option: str, texts: Sequence[str], said: str | None) -> str:
        """The one value of an option; of hours and courts, and of days where several may be, all of them."""
        several = option in {"时段", "场地"} or (option == "日期" and self._several_days)
        text = ",".join(dict.fromkeys(texts)) if several else texts[0]
        other = said if said is not None else next((one for one in texts if not several and one != text), None)
        if other is not None and not self._is_same(option, text, other):
            raise Refusal(f"{option}说了两次：{quote(text)}和{quote(other)}，请只留一个，例如 {option}={other[:20]}")
        if said is not None:
            return said
        return self._days_said(text) if option == "日期" else text

    def _days_said(self, text: str) -> str:
        days = list(dict.fromkeys(days_of(text, self._today)))
        if EVERY_DAY in days and len(days) > 1:
            other = next(day for day in days if day != EVERY_DAY)
            raise Refusal(f"又是每天又是{quote(other)}，请只留一个，例如 日期={other[:20]}")
        return ",".join(days)

    def _is_same(self, option: str, one: str, other: str) -> bool:
        means = MEANINGS.get(option, clean)
        if option == "日期":
            return self._meant(one) == self._meant(other)
        return means(one) == means(other)

    def _meant(self, days: str) -> list[date | None]:
        """None: every day."""
        return [None if day == EVERY_DAY else self._day(day) for day in self._days_said(days).split(",")]

    def _day(self, text: str) -> date:
        return parse_date(text, self._today).on(self._today)
