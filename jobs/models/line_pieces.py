"""The things a line may say in one word, and what reads each: hours, days, how often, `自动`, `预设18`."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from jobs.models.dates import parse_date, parse_days
from jobs.models.durations import parse_seconds
from jobs.models.errors import Refusal
from jobs.models.hours import parse_hours
from jobs.models.text import NUMERAL, Quoted, read_number

GLUED_AT_MOST: Final = 32
"""Characters of a word that may be several things glued together."""
ALSO_NAMES: Final = frozenset({"早", "晚"})
"""Parts of a day that are a name where one is due."""
EVERY_DAY: Final = "每天"
"""As a `日期` where several days may be: all that can be seen."""
OVER_LATELY: Final = timedelta(days=7)
"""`11-20` said on 11-22 is more likely a day mistaken than the hours 11 to 20; whoever says so is asked."""
NEAR_DAYS: Final = timedelta(days=60)
"""`9-11` is a day only where that day is near; no platform shows one further off, and an hour is meant."""

_TO: Final = "[-~−–—〜至到]"
_PART: Final = "凌晨|清晨|早晨|早上|上午|中午|下午|午后|傍晚|晚上|夜里|早|晚"
WHOLE_PART: Final = frozenset({"早上", "上午", "中午", "下午", "傍晚", "晚上", "早", "晚"})
_WEEK: Final = "(?:周|星期|礼拜)"
_TIMES: Final = "(?:查|看|刷|来)?一?次?"

_ONE_HOUR: Final = rf"(?:(?:{_PART})?{NUMERAL}(?:点钟|点整|点|时|:00)?)"
HOURS: Final = re.compile(rf"{_ONE_HOUR}(?:(?:{_TO}|[,、;和或及]){_ONE_HOUR})*")
TELLS_HOURS: Final = re.compile(rf"点|时|:00|{_PART}|[0-9]{_TO}[0-9]|[0-9][,、][0-9]")
"""Without any of these a number is just a number."""
BARE_HOUR: Final = re.compile(rf"[0-9]{{1,2}}(?:{_TO}[0-9]{{1,2}})?")
NO_WHOLE_HOUR: Final = re.compile(
    rf"(?:{_PART})?(?:{NUMERAL}(?:点|时)(?:半|一刻|三刻|{NUMERAL}分?)|[0-9]{{1,2}}:[0-9]{{2}})"
)
_DAY: Final = re.compile(
    rf"今[天日]|明[天日]|大?后天|次日|\+[0-9]{{1,3}}天?|[0-9]{{1,3}}天后|(?:本|这个?|下下?个?)?{_WEEK}[一二三四五六日天1-7]"
    rf"|(?:[0-9]{{4}}[-/.年])?{NUMERAL}月{NUMERAL}[日号]?|(?:[0-9]{{4}}[-/.])?[0-9]{{1,2}}[-/.][0-9]{{1,2}}[日号]?"
)
NEAR: Final = re.compile("[今明][天日晚早]|大?后天")
NEAR_OR_WEEKDAY: Final = re.compile(rf"{NEAR.pattern}|(?:[本这下]个?)?{_WEEK}[一二三四五六日天]")
"""Where a day begins that stands behind a name without a blank."""
DAYS: Final = re.compile(rf"(?:{_DAY.pattern})(?:[,、和及]?(?:{_DAY.pattern}))*")
WEEKEND: Final = re.compile(rf"((?:本|这个?|下个?)?){_WEEK}末")
SHORT: Final = re.compile(r"([今明后])(晚|早)(?:上)?(.*)")
"""`今晚`, `明晚8点`: a day and a part of it in one word."""
PARTS_OF_DAY: Final = {"晚": "晚上", "早": "早上"}
_EVERY: Final = re.compile(rf"每隔?(.{{1,12}}?){_TIMES}|(.{{1,12}}?)(?:查|看|刷|来)?一次", re.DOTALL)
_UNIT_ALONE: Final = re.compile("个?(?:小时|钟头|分钟)")
_HAS_UNIT: Final = re.compile(r"[时头分秒天hmsd]")

_AUTO: Final = re.compile("(不|不要|别)?自动(?:抢票|抢场|抢|预订|预定|订场|订|下单|约)?")
_COURTS_SAID: Final = re.compile("([0-9]{1,3}(?:[,、和及][0-9]{1,3})*)号(?:场地?|球场)")
_NO_START: Final = re.compile("(?:先|暂时|暂)?(?:不要?|别)启动")
KEYED: Final = re.compile("(预设|场馆|日期|时间段|时段|间隔|账号|账户|场地|连续|连订)[::]?(.+)", re.DOTALL)
LOOSELY_NAMED: Final = frozenset({"预设", "场馆", "日期", "时段", "间隔", "账号", "场地", "连续"})
"""Options that may be said without `=`."""
NAMES: Final = {"时间段": "时段", "账户": "账号", "连订": "连续"}


def reads(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except Refusal:
        return False
    return True


def each_day(text: str) -> list[str]:
    return [found[0] for found in _DAY.finditer(text)] or [text]


def days_of(text: str, today: date) -> list[str]:
    """Each day by itself, the nearest first; a weekend is two, and of what comes every week (`工作日`, `每周五`) it is
    the next of each. `每天` is `EVERY_DAY`, whatever else is said."""
    return [day for one in text.split(",") for day in _of_weekend(one) or _of_week(one, today) or each_day(one)]


def is_weekly(text: str) -> bool:
    """Whether a text is days that come again: `每周五`, `工作日`, `周一到周五`; not `周六、周日`. Raises `Refusal` for
    `每周八`."""
    return DAYS.fullmatch(text) is None and parse_days(text) is not None


def _of_week(text: str, today: date) -> list[str]:
    if not is_weekly(text):
        return []
    days = parse_days(text) or frozenset[int]()
    if len(days) == len(_WEEKDAYS):
        return [EVERY_DAY]
    return [f"周{_WEEKDAYS[day]}" for day in sorted(days, key=lambda day: (day - today.weekday()) % 7)]


_WEEKDAYS: Final = "一二三四五六日"


def over_lately(text: str, today: date) -> bool:
    """Whether hours would also be a day, of the last week: `11-20` on 11-22."""
    if DAYS.fullmatch(text) is None or not reads(lambda said: parse_date(said, today - OVER_LATELY), text):
        return False
    return parse_date(text, today - OVER_LATELY).on(today) < today


def _of_weekend(text: str) -> list[str]:
    weekend = WEEKEND.fullmatch(text)
    return [f"{weekend[1]}周六", f"{weekend[1]}周日"] if weekend else []


def _duration(text: str) -> str | None:
    said = f"1{text}" if _UNIT_ALONE.fullmatch(text) else text
    return said if _HAS_UNIT.search(said) and reads(parse_seconds, said) else None


def _every(text: str) -> str | None:
    found = _EVERY.fullmatch(text)
    return _duration(found[1] or found[2]) if found else None


def _auto(text: str) -> str | None:
    found = _AUTO.fullmatch(text)
    return None if not found else "否" if found[1] else "是"


def _no_start(text: str) -> str | None:
    return "是" if _NO_START.fullmatch(text) else None


def _count(text: str) -> bool:
    return read_number(text.removesuffix("小时").removesuffix("个").removesuffix("场")) is not None


def _courts(text: str) -> str | None:
    """`3号场`, `3、5号场地`; not `1号馆`."""
    found = _COURTS_SAID.fullmatch(text)
    return re.sub("[、和及]", ",", found[1]) if found else None


PLAINLY: Final[tuple[tuple[str, Callable[[str], str | None]], ...]] = (
    ("间隔", _every),
    ("自动", _auto),
    ("不启动", _no_start),
    ("场地", _courts),
)
"""Options that are said without their names, and what reads them."""

_PRESET: Final = re.compile("#?[0-9]{1,6}号?")
_NICKNAMES: Final = re.compile(r"[A-Za-z0-9_.-]+(?:[,、][A-Za-z0-9_.-]+)*")
_COURTS: Final = re.compile("[0-9]{1,3}(?:[,、][0-9]{1,3})*号?")
VALUES: Final[Mapping[str, Callable[[str], bool]]] = {
    "预设": lambda text: _PRESET.fullmatch(text) is not None,
    "时段": lambda text: reads(parse_hours, text),
    "间隔": lambda text: reads(parse_seconds, text),
    "场地": lambda text: _COURTS.fullmatch(text) is not None,
    "连续": _count,
    "账号": lambda text: _NICKNAMES.fullmatch(text) is not None,
}
"""Options whose values can be told from a name."""
MEANINGS: Final[Mapping[str, Callable[[str], object]]] = {"时段": parse_hours, "间隔": parse_seconds}
"""What two ways of saying the same option have in common."""


FILLERS: Final = frozenset({"订", "预订", "预定", "抢", "帮我", "请", "去"})
"""Words that people say around a name; alone they are no part of it."""


def without_fillers(words: Sequence[str], *, is_named: bool) -> list[str]:
    """The words of a name without `帮我 订`; all of them where nothing else is left, unless the venue names the job
    (`is_named`)."""
    left = [word for word in words if isinstance(word, Quoted) or word not in FILLERS]
    return left if left or is_named else list(words)


_PART_ALONE: Final = re.compile(_PART)
_BEGINS_HOUR: Final = re.compile(rf"{NUMERAL}(?:点|时|:00|{_TO}|$)")
_DASH: Final = re.compile(_TO)


def joined(words: Sequence[str], takes: frozenset[str], begins_with_name: bool) -> Iterator[str]:
    """`预设 18`, `间隔 10分钟`, `晚上 七点` and `18 - 21` as the one word each that was meant."""
    place = 0
    while place < len(words):
        is_name = place == 0 and begins_with_name
        count = _count_of_one(words[place : place + 3], takes, is_name)
        yield words[place] if count == 1 else "".join(words[place : place + count])
        place += count


def _count_of_one(words: Sequence[str], takes: frozenset[str], is_name: bool) -> int:
    """How many of the next three words are one. `is_name`: the first may be a name."""
    if any(isinstance(word, Quoted) for word in words[:2]) or len(words) == 1:
        return 1
    if len(words) > 2 and _is_hour(words[0]) and _DASH.fullmatch(words[1]) and _is_hour(words[2]):
        return 3
    is_part = _PART_ALONE.fullmatch(words[0]) and not (is_name and len(words[0]) == 1)
    return 2 if _continues(words[0], words[1], takes, is_name) or (is_part and _is_hour(words[1])) else 1


def _is_hour(word: str) -> bool:
    return not isinstance(word, Quoted) and _BEGINS_HOUR.match(word) is not None and HOURS.fullmatch(word) is not None


def _continues(word: str, behind: str, takes: frozenset[str], is_name: bool) -> bool:
    """Whether a word is an option's name and the next its value; where a name is due, one that can be nothing else."""
    option = NAMES.get(word.rstrip(":"), word.rstrip(":"))
    if option not in takes or KEYED.fullmatch(f"{option}:x") is None:
        return option == "每" and "间隔" in takes and _duration(behind) is not None
    return not is_name or ((judge := VALUES.get(option)) is not None and judge(behind))
