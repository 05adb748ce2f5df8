"""When a job shall act, out of words: of a chat, of a shell, and of what a recurrence says of itself."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from jobs.models.dates import parse_date, parse_days
from jobs.models.durations import parse_seconds
from jobs.models.errors import Refusal
from jobs.models.hours import parse_clock
from jobs.models.recurrence import LAST_DAY, Recurrence, is_zone
from jobs.models.text import NUMERAL, clean, quote, read_number
from jobs.models.timing import Timing, recurrence_of, whole
from jobs.models.timing_hints import instead_of, meant_as_time
from jobs.models.windows import window_said

HOW: Final = "时间请写成 12:00 每天、12:00 每周一三五、每2小时 8-22点 或 12:00 11-28"
_APART: Final = "请分开写，例如 12:00 每天、晚上7点 每周一三五 或 每2小时 8-22点；要是名称的一部分，请把整个名称加引号"
MAX_LENGTH: Final = 400
"""Characters of all the words about a time."""

_PART_OF_DAY: Final = "凌晨|清晨|早晨|早上|上午|中午|下午|午后|傍晚|晚上|夜里|半夜|早|晚"
_PERIOD: Final = rf"(?:(?:{_PART_OF_DAY})\s*)?"
_WEEK: Final = "(?:周|星期|礼拜)"
_TO: Final = r"\s*[-~−–—至到]+\s*"
_DATE: Final = (
    rf"(?:(?:[0-9]{{4}}[-/.年])?{NUMERAL}[-/.月][0-9零〇一二三四五六七八九十]{{1,3}}[日号]?(?![0-9])"
    rf"|今[天日]|明[天日]|大?后天|次日|当天|(?:本|这个?|下下?个?)?{_WEEK}[一二三四五六日天1-7](?![0-9]))"
)
_AMOUNT: Final = rf"(?:[0-9]{{1,9}}(?:\.[0-9]{{1,6}})?|{NUMERAL}|半)(?:个半)?个?"
_UNIT: Final = "(?:小时|钟头|分钟|秒钟|hours?|hrs?|minutes?|mins?|seconds?|secs?|days?|[天日时分秒hmsd](?![a-z]))半?"
_DURATION: Final = rf"(?:{_AMOUNT}\s*{_UNIT})+"
_NO_CLOCK: Final = f"(?!{NUMERAL}(?:点|时|:))"
_BOUND: Final = rf"(?:{_DATE}\s*(?:起|开始|[以之]?前))"
_WEEKDAY: Final = f"{_NO_CLOCK}[一二三四五六七八九日天0-9]"
_MONTH_DAY: Final = rf"(?!{_BOUND})(?:{_NO_CLOCK}{NUMERAL}(?:-{NUMERAL})?[号日]?|最后一天|月?底|月?末)"
_CRON_FIELD: Final = r"[0-9A-Za-z*/,#-]+"
_SEPARATORS: Final = re.compile(r"[\s,、;的]+")
_ZONE: Final = re.compile(r"\(([^()]{1,60}?)\s*时间\)")
_ONCE: Final = "(?:仅?一次|单次|once)"


def parse_timing(text: str, now: datetime, zone: str) -> Recurrence:
    """The recurrence a text means, in the words of `in_words` and many others: `每天12:00`, `每周六 9点`,
    `11-28 12:00`, `每月最后一天 18:00，2026-12-31 前`. A time that is not said is noon, a rhythm daily. `zone` is the
    speaker's. Raises `Refusal` for what nobody understands; whether it can ever be due is `check`'s to say."""
    return recurrence_of(read_words(text, now, zone), now)


def read_words(text: str, now: datetime, zone: str) -> Timing:
    """All of a text as one timing. Raises `Refusal` for what nobody understands and for what is said twice."""
    cleaned = clean(text[: MAX_LENGTH + 1])
    if not cleaned or len(text) > MAX_LENGTH:
        raise Refusal(f"时间{'太长了' if cleaned else '是空的'}，{HOW}")
    timing = Timing(zone=_named_zone(cleaned) or ZoneInfo(zone))
    rest = _scan(timing, cleaned, now)
    if rest:
        raise Refusal(f"不明白{quote(rest)}，{instead_of(rest, now, timing.zone) or HOW}")
    return whole(timing, now)


def read_timing(words: Sequence[str], now: datetime, zone: ZoneInfo) -> Timing:
    """The name, then times, rhythms and days in any order. The first word is always the name, unless it is a time.

    Raises `Refusal` for a time said twice, a rhythm beside a day, words behind them that nobody understands,
    and for times and days that do not exist.
    """
    begins = next((place for place, word in enumerate(words) if _is_time(word, now, zone, place)), len(words))
    name, said = list(words[:begins]), " ".join(words[begins:])
    if wrong := next((word for word in name[1:] if meant_as_time(word)), None):
        raise Refusal(f"看不懂时间{quote(wrong)}，{instead_of(wrong, now, zone) or _APART}")
    timing = read_words(said, now, zone.key) if said else Timing(zone=zone)
    timing.name = name
    return timing


def begins_time(word: str, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a word, behind a name, begins what is said about the time."""
    return _is_time(word, now, zone, 1)


def _is_time(word: str, now: datetime, zone: ZoneInfo, place: int) -> bool:
    """Whether a word begins what is said about the time; where the name stands, only a time of day does."""
    if place == 0:
        return parse_clock(word) is not None
    timing = Timing(zone=zone)
    cleaned = clean(word[:MAX_LENGTH])
    return bool(cleaned) and (not _scan(timing, cleaned, now) or _BEGINS.fullmatch(cleaned) is not None)


_BEGINS: Final = re.compile(
    rf"每隔?[0-9]{{0,9}}|每个?月|跳过|随机推迟|cron|(?:每[天日]|[今明])?(?:{_PART_OF_DAY})|{_DATE}", re.IGNORECASE
)
"""Words that need the next one to be understood."""


# -- reading word for word -----------------------------------------------------------------------------------------
Take = Callable[[Timing, re.Match[str], date], bool]
"""Takes what a pattern found; False: it means something else. `date` is today's."""


def _scan(timing: Timing, text: str, now: datetime) -> str:
    """Takes one thing after the other; what is left where nothing fits any more."""
    today, place = now.astimezone(timing.zone).date(), 0
    while place < len(text):
        end = _end_of_one(timing, text, place, today)
        if end is None:
            return text[place:]
        place = end
    return ""


def _end_of_one(timing: Timing, text: str, place: int, today: date) -> int | None:
    """Where the thing that begins at `place` ends, taken; None when nothing fits."""
    if blank := _SEPARATORS.match(text, place):
        return blank.end()
    for pattern, take in _READ:
        found = pattern.match(text, place)
        if found and take(timing, found, today):
            return found.end()
    return None


def _named_zone(text: str) -> ZoneInfo | None:
    found = _ZONE.search(text)
    return zone_named(found[1]) if found else None


def zone_named(name: str) -> ZoneInfo:
    """Raises `Refusal` for a name that no time zone has."""
    known = "Asia/Shanghai" if _EAST_EIGHT.fullmatch(clean(name[:40])) else _ZONES.get(name.strip(), name.strip())
    if not is_zone(known):
        raise Refusal(f"没有叫{quote(name)}的时区，请写 Asia/Shanghai（UTC+8）、Europe/London 这样的名称")
    return ZoneInfo(known)


_EAST_EIGHT: Final = re.compile(r"(?:UTC|GMT)\s*\+\s*0?8(?::?00)?|东八区", re.IGNORECASE)
_ZONES: Final = {
    **dict.fromkeys(("北京", "上海", "中国"), "Asia/Shanghai"),
    **dict.fromkeys(("东京", "日本"), "Asia/Tokyo"),
    "伦敦": "Europe/London",
    "纽约": "America/New_York",
}


def _take_zone(_timing: Timing, _found: re.Match[str], _today: date) -> bool:
    return True  # It was read before all else, for it decides which day is today.


def _take_cron(timing: Timing, found: re.Match[str], _today: date) -> bool:
    return timing.take("cron", " ".join((found[1] or found[2] or "").split()), "cron ", found[0])


def _take_skips(timing: Timing, found: re.Match[str], today: date) -> bool:
    return timing.take("skips", days_said(found[1], today), "跳过的日子", found[0])


def days_said(text: str, today: date) -> frozenset[date]:
    """`11-28、12-05`. Raises `Refusal`."""
    pieces = [piece for piece in re.split(r"[\s,、;和及]+", clean(text)) if piece]
    return frozenset(_skip_said(piece, today) for piece in pieces)


_TO_SKIP: Final = "要跳过的日子请一天一天写，例如 跳过=11-23,11-24,11-25"


def _skip_said(text: str, today: date) -> date:
    if _RHYTHM_TO_SKIP.match(text) or parse_days(text) is not None:
        raise Refusal(f"跳过{quote(text)}要改写成在哪些天来，例如 12:00 工作日、12:00 每周一三五；{_TO_SKIP}")
    try:
        return day_said(text, today)
    except Refusal as refusal:
        if _SPAN_OF_DAYS.fullmatch(text):
            raise Refusal(f"看不懂日期{quote(text)}，{_TO_SKIP}") from refusal
        raise


_RHYTHM_TO_SKIP: Final = re.compile(r"每|节假日|(?:这|本|下)?个?周末")
_SPAN_OF_DAYS: Final = re.compile(rf"{_DATE}{_TO}(?:{_DATE}|{NUMERAL}[日号]?)")


def day_said(text: str, today: date) -> date:
    return parse_date(text, today).on(today)


def _take_jitter(timing: Timing, found: re.Match[str], _today: date) -> bool:
    return timing.take("jitter_seconds", parse_seconds(found[1]), "抖动", found[0])


def _take_start(timing: Timing, found: re.Match[str], today: date) -> bool:
    return timing.take("starts_on", day_said(found[1], today), "开始日期", found[0])


def _take_end(timing: Timing, found: re.Match[str], today: date) -> bool:
    return timing.take("ends_on", day_said(found[1], today), "截止日期", found[0])


def _take_month_days(timing: Timing, found: re.Match[str], _today: date) -> bool:
    return timing.take("month_days", _month_days(found[1]), "周期", found[0])


_LAST: Final = frozenset({"最后", "月底", "月末", "底", "末"})


def _month_days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for piece in filter(None, re.split(r"[,、和及]", re.sub(r"[号日\s]", "", text.replace("一天", "")))):
        if piece in _LAST:
            days.add(LAST_DAY)
            continue
        first, last = (read_number(end) or 0 for end in (piece.split("-") * 2)[:2])
        if not 1 <= first <= last <= 31:
            raise Refusal(f"每月没有{quote(piece)}号，请写 1 到 31 或最后一天，例如 每月1,15号 12:00")
        days.update(range(first, last + 1))
    return frozenset(days)


def _take_every(timing: Timing, found: re.Match[str], _today: date) -> bool:
    said = found[1] if found[1][:1] not in "小分钟" else f"1{found[1]}"
    return timing.take("seconds", parse_seconds(said), "间隔", found[0])


def _take_window(timing: Timing, found: re.Match[str], _today: date) -> bool:
    timing.is_bare_window = found[1] is None
    return timing.take("window", window_said(found[2], found[3]), "有效时段", found[0])


def _take_days(timing: Timing, found: re.Match[str], _today: date) -> bool:
    days = parse_days(found[1])
    return days is not None and timing.take("days", days, "周期", found[0])


def _take_day(timing: Timing, found: re.Match[str], today: date) -> bool:
    said = found[0] if len(found[0]) > 1 else f"{found[0]}天"  # of 今晚
    return timing.take("on", day_said(said, today), "日期", found[0])


def _take_clock(timing: Timing, found: re.Match[str], _today: date) -> bool:
    at = parse_clock(found[1])
    if at is not None and timing.at is not None:
        raise _twice(timing.at, at, found)
    return at is not None and timing.take("at", at, "时间", found[1])


def _twice(first: time, second: time, found: re.Match[str]) -> Refusal:
    """Two times of day. Said as two (`8点和20点`), one minute of two hours is one rhythm; otherwise the second may have
    been meant as the court's."""
    what = f"时间写了两次（又写了{quote(found[1])}）"
    if found[0][0] in "和及与跟" and first != second and (first.minute, first.second) == (second.minute, 0):
        hours = ",".join(str(hour) for hour in sorted((first.hour, second.hour)))
        return Refusal(f'{what}，请分成两个任务，或写成 cron="{first.minute} {hours} * * *"（每天这两个时间）')
    if second.minute or second.second:
        return Refusal(f"{what}，请只留触发的那个，例如 12:00 每天")
    return Refusal(f"{what}，请只留触发的那个；要订的钟点请写 时段={second.hour}")


def _take_noon(timing: Timing, found: re.Match[str], _today: date) -> bool:
    return timing.take("at", time(12), "时间", found[0])


def _take_once(timing: Timing, _found: re.Match[str], _today: date) -> bool:
    timing.once = True
    return True


_READ: Final[tuple[tuple[re.Pattern[str], Take], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), take)
    for pattern, take in (
        (_ZONE.pattern, _take_zone),
        (rf"cron\s*=?\s*(?:[\"“'‘]([^\"”'’]*)[\"”'’]|({_CRON_FIELD}(?:\s+{_CRON_FIELD}){{4,5}}))", _take_cron),
        (rf"跳过\s*({_DATE}(?:[\s,、和及]+(?!{_BOUND}){_DATE})*)", _take_skips),
        (rf"(?:随机推迟|抖动)(?:最多)?\s*({_DURATION}|[0-9]{{1,9}})", _take_jitter),
        (rf"从?\s*({_DATE})\s*(?:起|开始)", _take_start),
        (rf"(?:到|在)?\s*({_DATE})\s*[以之]?前", _take_end),
        (rf"每个?月\s*({_MONTH_DAY}(?:\s*[,、和及]\s*{_MONTH_DAY})*)", _take_month_days),
        (rf"每(?:隔(?!.{{1,3}}[天日]))?\s*({_DURATION}|个?小时|分钟)(?:\s*{_ONCE})?", _take_every),
        (
            rf"(有效时段\s*)?({_PERIOD}{NUMERAL})(?:点|时|:00)?{_TO}({_PERIOD}{NUMERAL})(?:点钟|点整|点|时|:00)(?![0-9:半一二三四五])",
            _take_window,
        ),
        (
            rf"(每[天日]|天天|每?个?工作日|每?个?周末"
            rf"|(?:每个?)?{_WEEK}{_WEEKDAY}(?:(?:[-~−–—至到]|[、,;/和及])?{_WEEK}?{_WEEKDAY})*)(?:\s*{_ONCE})?",
            _take_days,
        ),
        (rf"{_DATE}|[今明](?=[早晚])", _take_day),
        (
            rf"(?:[和及与跟]\s*)?({_PERIOD}(?=:*[0-9])[0-9:]*:[0-9:]*(?![0-9.])"
            rf"|{_PERIOD}{NUMERAL}(?:点钟|点整|点|时)(?:半|一刻|三刻|{NUMERAL}分?(?:{NUMERAL}秒)?)?)",
            _take_clock,
        ),
        ("中午|正午", _take_noon),
        (_ONCE, _take_once),
    )
)
"""What can be said, the more particular first."""
