"""Since when, out of words."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from jobs.models.durations import parse_seconds
from jobs.models.errors import Refusal
from jobs.models.hours import parse_clock
from jobs.models.text import clean, quote

_DAYS_AGO: Final = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2}
_DAY: Final = re.compile(r"(?:([0-9]{4})[-/年])?([0-9]{1,2})[-/月]([0-9]{1,2})[日号]?")
_DAY_AND_CLOCK: Final = re.compile(rf"({'|'.join(_DAYS_AGO)}|{_DAY.pattern})(?:[\sT]*(.+))?")
_AGO: Final = re.compile(r"(?:以|之)?前$")
_HOW: Final = "请写成 10分钟、2h、12:00、昨天12:00 或 2026-11-22T12:00 这样"


def parse_since(text: str, now: datetime) -> datetime:
    """The instant a text means, before `now`, in the zone of `now`.

    `10分钟`, `2h`, `10分钟前`: so long ago. `12:00`: today, or yesterday where today's is still to come. `昨天`,
    `昨天12:00`, `11-22 12:00`, `2026-11-22 12:00`: that day, from its beginning or from the time; a day without a year
    is the last one of that name. A bare number is refused: it might be hours as well as minutes. Raises `Refusal`.
    """
    words = clean(text).strip()
    if (clock := parse_clock(words)) is not None:
        at = datetime.combine(now.date(), clock, now.tzinfo)
        return at if at <= now else datetime.combine(now.date() - timedelta(days=1), clock, now.tzinfo)
    if found := _DAY_AND_CLOCK.fullmatch(words):
        at = datetime.combine(_day(found, text, now.date()), _clock(found[5], text), now.tzinfo)
        if at > now:
            raise Refusal(f"{quote(text)}还没有到，{_HOW}")
        return at
    if not words or words.isdecimal():
        raise Refusal(f"看不懂从什么时候{quote(text)}，{_HOW}")
    try:
        return now - timedelta(seconds=parse_seconds(_AGO.sub("", words)))
    except Refusal as refusal:
        raise Refusal(f"看不懂从什么时候{quote(text)}，{_HOW}") from refusal


def _day(found: "re.Match[str]", text: str, today: date) -> date:
    if found[1] in _DAYS_AGO:
        return today - timedelta(days=_DAYS_AGO[found[1]])
    year, month, day = int(found[2] or today.year), int(found[3]), int(found[4])
    try:
        named = date(year, month, day)
        return named if found[2] or named <= today else date(year - 1, month, day)
    except ValueError as error:
        raise Refusal(f"没有{quote(text)}这一天，{_HOW}") from error


def _clock(words: str | None, text: str) -> time:
    if not words:
        return time()
    clock = parse_clock(words)
    if clock is None:
        raise Refusal(f"看不懂从什么时候{quote(text)}，{_HOW}")
    return clock
