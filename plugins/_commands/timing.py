"""When a schedule shall act, read from the words behind its command."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from jobs import Refusal, parse_clock, parse_date, parse_days, quote

DEFAULT_CLOCK: Final = time(12)
"""The platform releases a day's slots at noon."""

_ONCE: Final = frozenset({"一次", "单次", "once"})
_CALENDAR_DAY: Final = re.compile(r"[0-9]{1,4}[-/.年月][0-9]{1,2}")
_RHYTHM: Final = re.compile(r"每天|每日|工作日|周末|每个?(?:周|星期|礼拜)[一二三四五六日天、,至到和]+")
_CLOCK_AND_COMMA: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?[,、;]+")
_MEANT_AS_TIME: Final = re.compile(
    r"[0-9]:[0-9]|^[-+]?[0-9]+[:.][0-9:.]*$|^[0-9]{1,4}$|^(?:午夜|正午|半夜|凌晨|中午|晚上|早上|下午|上午)$"
    r"|^(?:每|工作日|周末|周[一二三四五六日天]|星期|[今明后]天).*(?:[0-9]|点|晚|早|午)|[0-9]点"
)
"""Words behind the name that somebody meant as a time and that are none."""
_NEAR_DAY: Final = re.compile(r"[今明后次当]|大后天|[本这下]|周|星期|礼拜")


class Timing(Struct, kw_only=True):
    """What was understood. `days` None: not said. `on`: once, that day. `name`: the words that are no time."""

    name: list[str]
    at: time | None = None
    days: frozenset[int] | None = None
    on: date | None = None
    once: bool = False


def read_timing(words: Sequence[str], now: datetime, zone: ZoneInfo) -> Timing:
    """The name, then a time of day, a rhythm or a day, in any order. The first word is always the name.

    Raises `Refusal` for a time said twice, a rhythm beside a day, words behind them that nobody understands,
    and for times and days that do not exist.
    """
    timing = Timing(name=[])
    today = now.astimezone(zone).date()
    for place, word in enumerate(_apart(words)):
        is_time = _take(timing, word, today) if place or parse_clock(word) else False
        if not is_time and place and len(timing.name) < place:
            raise Refusal(f"不明白{quote(word)}，时间请写成 12:00 每天、12:00 每周一三五 或 12:00 11-28")
        if not is_time:
            timing.name.append(word)
    if wrong := next((word for word in timing.name[1:] if _MEANT_AS_TIME.search(word)), None):
        raise Refusal(f"看不懂时间{quote(wrong)}，请分开写，例如 12:00 每天、晚上7点 每周一三五 或 12:00 11-28")
    if timing.on is not None and timing.days is not None:
        raise Refusal("又是某一天又是每周，请只留一个，例如 12:00 每天 或 12:00 11-28")
    if timing.once and timing.on is None:
        timing.on = _next_day(timing.at or DEFAULT_CLOCK, now, zone)
        timing.days = None
    return timing


def _apart(words: Sequence[str]) -> Iterator[str]:
    """`每天晚上7点` and `08:00每天` as the two words that were meant; the first word, the name, stays whole."""
    for place, word in enumerate(words):
        rhythm = _RHYTHM.search(word) if place else None
        rest = (word[: rhythm.start()] + word[rhythm.end() :]).strip(",、;") if rhythm else ""
        if rhythm and rest and parse_days(rhythm[0]) and parse_clock(rest):
            yield rhythm[0]
            yield rest
        else:
            yield word.rstrip(",、;") if _CLOCK_AND_COMMA.fullmatch(word) else word


def _take(timing: Timing, word: str, today: date) -> bool:
    """Takes a word that means a time; False for one that does not."""
    if (at := parse_clock(word)) is not None:
        _refuse_second(timing.at, "时间", word)
        timing.at = at
    elif (days := parse_days(word)) is not None:
        _refuse_second(timing.days, "周期", word)
        timing.days = days
    elif word.casefold() in _ONCE:
        timing.once = True
    elif _CALENDAR_DAY.match(word) or _is_near_day(word, today):
        _refuse_second(timing.on, "日期", word)
        timing.on = parse_date(word, today).date
    else:
        return False
    return True


def _is_near_day(word: str, today: date) -> bool:
    """`明天`, `周六`: words that begin like a day and can be read as one."""
    if not _NEAR_DAY.match(word):
        return False
    try:
        return parse_date(word, today).date is not None
    except Refusal:
        return False


def _refuse_second(before: object, what: str, word: str) -> None:
    if before is not None:
        raise Refusal(f"{what}写了两次（又写了{quote(word)}），请只留一个")


def _next_day(at: time, now: datetime, zone: ZoneInfo) -> date:
    """The day on which the clock next shows `at`."""
    local = now.astimezone(zone)
    return local.date() if at > local.time() else local.date() + timedelta(days=1)
