"""One line about a schedule: its time, its name, and what it shall book, in any order.

A time of day is when it fires; an hour is one to book only where the time is clear besides: `每天12:00 预设18 19点`,
`每周六早上9点 19点`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from jobs.models.errors import Refusal
from jobs.models.line_pieces import WHOLE_PART, without_fillers
from jobs.models.one_line import OneLine, read_one_line
from jobs.models.text import Quoted
from jobs.models.timing import Timing
from jobs.models.timing_options import timing_said
from jobs.models.timing_words import begins_time, read_words

_TAKES: Final = ("预设", "场馆", "日期", "时段", "账号", "场地", "连续", "不启动")
_ONLY_NAMED: Final = ("日期", "时段")
_CLOCK: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_INTERVAL: Final = re.compile("每隔?[0-9一二两三四五六七八九十半个]*(?:小时|分钟|钟头|分|时)")
_SPAN: Final = re.compile(r"[^:]+[-~−–—〜至到,、][^:]+")
_DAYS_AHEAD: Final = re.compile(r"\+[0-9]{1,3}天?")


class ScheduleLine(NamedTuple):
    """What was said. `timing.name`, as `line.name`: the words of the name, empty where all were something else."""

    timing: Timing
    line: OneLine


def read_schedule_line(words: Sequence[str], said: Mapping[str, str], now: datetime, zone: str) -> ScheduleLine:
    """Reads `每日预订 每天12:00 预设18 19点`. `said`: options as they were written out, of whatever kind.

    What says nothing to book goes to `timing_said` as it stands; only where a time comes first, the one name behind it
    is put before it. Raises `Refusal` as `timing_said` and `read_one_line` do.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    plain = read_one_line(words, today, takes=_TAKES, only_named=_ONLY_NAMED, said=said)
    booked = _booked(plain.name, words, said, now, zone)
    named = [f"日期{word}" if _DAYS_AHEAD.fullmatch(word) else f"时段{word}" for word in booked]
    options = read_one_line(named, today, takes=_TAKES, said=plain.options, begins_with_name=False).options
    left = [word for word in plain.name if word not in booked]
    left = _without_fillers(left, options, now, ZoneInfo(zone))
    timing = _timing(left, options, now, zone)
    return ScheduleLine(timing, OneLine(name=tuple(timing.name), options=options, flags=plain.flags))


def hours_apart(line: OneLine, now: datetime, zone: str) -> OneLine:
    """The same line of a schedule that is there already, where `每天12:00 19点` says both when it fires and what it
    books; otherwise as it was."""
    words = [*line.name, line.options.get("时间", "")]
    if not any(_fires(word, now, zone) or _CLOCK.search(word) for word in words):
        return line
    booked = [word for word in line.name if _are_hours(word, now.astimezone(ZoneInfo(zone)).date(), parts=True)]
    if not booked:
        return line
    named = [f"时段{word}" for word in booked]
    today = now.astimezone(ZoneInfo(zone)).date()
    options = read_one_line(named, today, takes=_TAKES, said=line.options, begins_with_name=False).options
    return replace(line, name=tuple(word for word in line.name if word not in booked), options=options)


def _without_fillers(words: list[str], options: Mapping[str, str], now: datetime, home: ZoneInfo) -> list[str]:
    names = [word for word in words if isinstance(word, Quoted) or not begins_time(word, now, home)]
    kept = without_fillers(names, is_named=bool({"预设", "场馆"} & set(options)))
    return [word for word in words if word not in names or word in kept]


def _fires(word: str, now: datetime, zone: str) -> bool:
    """Whether a word is a rhythm with its time: `每天中午12点`, `每周六早上9点`."""
    if isinstance(word, Quoted):
        return False
    try:
        timing = read_words(word, now, zone)
    except Refusal:
        return False
    return timing.at is not None and (timing.days is not None or timing.month_days is not None)


def _booked(left: Sequence[str], words: Sequence[str], said: Mapping[str, str], now: datetime, zone: str) -> list[str]:
    """Of the words that are left those that say which court hours, or which day's, shall be booked."""
    today = now.astimezone(ZoneInfo(zone)).date()
    fires = any(_fires(word, now, zone) for word in left)
    has_clock = fires or "cron" in said or any(map(_CLOCK.search, left))
    has_interval = any(map(_INTERVAL.match, left))
    behind_venue = {word for word, before in zip(words[1:], words, strict=False) if _names_venue(before)}
    behind_venue |= {word for word, before in zip(words[2:], words, strict=False) if before in {"预设", "场馆"}}
    booked: list[str] = []
    for place, word in enumerate(left):
        if place and _DAYS_AHEAD.fullmatch(word):
            booked.append(word)
        elif _are_hours(word, today, parts=fires):
            is_span = _SPAN.fullmatch(word) is not None
            is_clear = (has_clock or is_span) and not (is_span and has_interval)
            if is_clear or word in behind_venue:
                booked.append(word)
    return booked


def _names_venue(word: str) -> bool:
    return re.fullmatch("(?:预设|场馆):?.+", word) is not None


def _are_hours(word: str, today: date, *, parts: bool) -> bool:
    """Whether a word can be nothing but hours: `19点`, `18-21`; not `12:00`, `11-28`; `晚上` with `parts` only."""
    if isinstance(word, Quoted) or ":" in word or (word in WHOLE_PART and not parts):
        return False
    read = read_one_line([word], today, takes=("时段", "日期"))
    return not read.name and set(read.options) == {"时段"}


def _timing(words: Sequence[str], options: Mapping[str, str], now: datetime, zone: str) -> Timing:
    home = ZoneInfo(zone)
    is_name = [isinstance(word, Quoted) or not begins_time(word, now, home) for word in words]
    if words and not is_name[0] and _is_time(words[0], now, zone):
        names = [word for word, named in zip(words, is_name, strict=True) if named]
        times = [word for word, named in zip(words, is_name, strict=True) if not named]
        # Without any name the venue gives one, where it was said.
        is_one_block = sum(1 for _, block in groupby(is_name) if next(block)) == 1
        if is_one_block or (not names and {"预设", "场馆"} & set(options)):
            try:
                return _after_a_name(names, times, options, now, zone)
            except Refusal:
                if names and _fires(words[0], now, zone):
                    raise
                # As it stands it may still be a name: `周六 羽毛球 每周六 12:00`.
    return timing_said(list(words), options, now, zone)


def _after_a_name(
    name: Sequence[str], times: Sequence[str], options: Mapping[str, str], now: datetime, zone: str
) -> Timing:
    timing = timing_said(["名称", *times], options, now, zone)
    timing.name = list(name)
    return timing


def _is_time(word: str, now: datetime, zone: str) -> bool:
    """Whether all of a word says a time."""
    try:
        read_words(word, now, zone)
    except Refusal:
        return False
    return True
