"""Days out of words and in words. Whoever asks says which day is today."""

import datetime
import re
from datetime import timedelta
from typing import Final

from msgspec import Struct

from jobs.models.errors import Refusal
from jobs.models.recurrence import ALL_DAYS, WORKDAYS
from jobs.models.text import NUMERAL, clean, quote, read_number

MAX_OFFSET: Final = 60
"""Days ahead that may be asked for. The platform shows eight; two months leave room for others."""

_NEXT_YEAR_IS_NEAR: Final = timedelta(days=300)
"""A month and day further off than this lie a little back rather than far ahead."""

_RELATIVE: Final = {
    **dict.fromkeys(("今天", "今日", "当天"), 0),
    **dict.fromkeys(("明天", "明日", "次日"), 1),
    "后天": 2,
    "大后天": 3,
}
_NEAR: Final = {0: "今天", 1: "明天", 2: "后天"}

_EACH: Final = {
    **dict.fromkeys(("每天", "每日", "天天"), ALL_DAYS),
    **dict.fromkeys(("工作日", "每个工作日", "每工作日"), WORKDAYS),
    **dict.fromkeys(("周末", "每周末", "每个周末"), frozenset({5, 6})),
}

_DAY_NAMES: Final = "一二三四五六日"
_WEEKDAYS: Final = {
    **{name: day for day, name in enumerate(_DAY_NAMES)},
    **{str(day + 1): day for day in range(7)},
    "天": 6,
}
_WEEK: Final = "(?:周|星期|礼拜)"
_THIS_WEEK: Final = frozenset({"本", "这", "这个"})

_BARE_OFFSET: Final = re.compile("[0-8]")
"""Days ahead without a `+`: today and as many more as a platform may show."""
_OFFSET: Final = re.compile(r"\+([0-9]{1,9})天?|([0-9]{1,9})天后")
PAST: Final = re.compile(
    rf"昨[天日]|大?前[天日]|上+个?{_WEEK}(?:[一二三四五六日天1-7末])?|[0-9]{{1,9}}天前|-[0-9]{{1,9}}天?"
)
_WEEKDAY: Final = re.compile(rf"(本|这个?|下个?|下下个?)?{_WEEK}([一二三四五六日天1-7])")
_WEEKDAY_IN: Final = re.compile(rf"(?<!每)(本|这个?|下个?|下下个?)?{_WEEK}([一二三四五六日天末])(?![次年期])")
"""A weekday within other words, but for those that count: `一周一次`."""
_CALENDAR: Final = re.compile(rf"(?:([0-9]{{4}})[-/.年])?({NUMERAL})[-/.月]({NUMERAL})[日号]?")

_TO: Final = "[-~−–—〜至到]"
_WEEKLY: Final = re.compile(
    rf"(每个?)?{_WEEK}[一二三四五六日天0-9八九](?:(?:{_TO}|[,、;/和及])?{_WEEK}?[一二三四五六日天0-9八九])*"
)
_SPAN: Final = re.compile(rf"(.)(?:{_TO}{_WEEK}?(.))?")

_HOW: Final = "请写成 明天、周六、11-28、2026-11-28 或 +7（七天后）这样"
_HOW_DAYS: Final = "请写成 每天、工作日、周末、每周一三五 或 周一至周五 这样"


class DateChoice(Struct, frozen=True, kw_only=True):
    """The day somebody chose: exactly one of a calendar day and an offset in days from the day of looking."""

    date: datetime.date | None = None
    offset: int | None = None

    def on(self, today: datetime.date) -> datetime.date:
        """The calendar day this means on `today`."""
        return self.date if self.date is not None else today + timedelta(days=self.offset or 0)


def parse_date(text: str, today: datetime.date, *, recurring: bool = False) -> DateChoice:
    """The day a text means, today or later.

    `+7`, `7天后` and the bare digits 0 to 8 are offsets; everything else is a calendar day, for something `recurring`
    also `明天` and its kind are offsets: the day after each run. A weekday is the next one, today included;
    `下周六` lies in the week (from Monday) after this one. A month and day that have passed mean next year where that
    is near (`1-2` in December); otherwise somebody mistook the day.
    Raises `Refusal` for anything else, for days that do not exist and for days that are over.
    """
    squeezed = re.sub(r"\s+", "", clean(text))
    if not squeezed:
        raise Refusal(f"日期是空的，{_HOW}")
    if PAST.fullmatch(squeezed):
        raise _over(text)
    if squeezed in _RELATIVE:
        offset = _RELATIVE[squeezed]
        return DateChoice(offset=offset) if recurring else DateChoice(date=today + timedelta(days=offset))
    if _BARE_OFFSET.fullmatch(squeezed):
        return DateChoice(offset=int(squeezed))
    if found := _OFFSET.fullmatch(squeezed):
        return DateChoice(offset=_offset(int(found[1] or found[2]), text))
    if found := _WEEKDAY.fullmatch(squeezed):
        return DateChoice(date=_weekday(found[1] or "", _WEEKDAYS[found[2]], today, text))
    if found := _CALENDAR.fullmatch(squeezed):
        return DateChoice(date=_calendar(found[1], found[2], found[3], today, text))
    raise Refusal(f"看不懂日期{quote(text)}，{_HOW}")


def weekday_in(name: str) -> str | None:
    """The one weekday that a name speaks of, as `parse_date` reads it: `周五羽毛球` → `周五`, of `周末` the Saturday.

    None: it speaks of none, or of several.
    """
    found = {
        f"{week}周{'六' if day == '末' else '日' if day == '天' else day}" for week, day in _WEEKDAY_IN.findall(name)
    }
    return found.pop() if len(found) == 1 else None


def first_such_day(weekday: str, earliest: datetime.date, today: datetime.date) -> datetime.date:
    """The day that a weekday out of a name (`weekday_in`) means: the first from `earliest` on; `本周五` and `下周五`
    are the days they are. Raises `Refusal` for one that is over."""
    is_bare = weekday.startswith("周")
    return parse_date(weekday, earliest if is_bare else today).on(today)


def day_words(day: datetime.date) -> str:
    """`11-23 周一`."""
    return f"{day:%m-%d} 周{_DAY_NAMES[day.weekday()]}"


def date_in_words(choice: DateChoice, today: datetime.date) -> str:
    """`明天（11-23 周一）`, `11-28 周六`, `2027-01-02 周六`; for offsets `当天`, `7天后`."""
    if choice.date is None:
        return f"{choice.offset}天后" if choice.offset else "当天"
    day = choice.date
    written = day.strftime("%m-%d") if day.year == today.year else day.isoformat()
    written += f" 周{_DAY_NAMES[day.weekday()]}"
    near = _NEAR.get((day - today).days)
    return f"{near}（{written}）" if near else written


def parse_days(text: str) -> frozenset[int] | None:
    """Days of the week, 0 is Monday: `每天`, `工作日`, `周末`, `每周一三五`, `周一至周五`. None: not meant as such.

    One weekday alone (`周六`) is a date, not a rhythm: None; `每周六` is meant. `周五至周一` runs over the weekend.
    Public holidays are not known here. Raises `Refusal` for days no week has (`每周八`).
    """
    squeezed = re.sub(r"\s+", "", clean(text))
    if squeezed in _EACH:
        return _EACH[squeezed]
    found = _WEEKLY.fullmatch(squeezed)
    if not found:
        return None
    days: set[int] = set()
    for first, last in _SPAN.findall(re.sub(rf"每个?|{_WEEK}|[,、;/和及]", "", squeezed)):
        if first not in _WEEKDAYS or (last and last not in _WEEKDAYS):
            raise Refusal(f"一周里没有{quote(text)}这样的日子，{_HOW_DAYS}")
        start = _WEEKDAYS[first]
        length = (_WEEKDAYS[last] - start) % 7 if last else 0
        days.update((start + step) % 7 for step in range(length + 1))
    return frozenset(days) if found[1] or len(days) > 1 else None


def _offset(days: int, text: str) -> int:
    if days > MAX_OFFSET:
        raise Refusal(f"日期{quote(text)}太远了，最多 +{MAX_OFFSET}")
    return days


def _weekday(week: str, day: int, today: datetime.date, text: str) -> datetime.date:
    if not week:
        return today + timedelta(days=(day - today.weekday()) % 7)
    weeks = 0 if week in _THIS_WEEK else week.count("下")
    chosen = today + timedelta(days=day - today.weekday() + 7 * weeks)
    return _not_over(chosen, today, text)


def _calendar(year: str | None, month: str, day: str, today: datetime.date, text: str) -> datetime.date:
    numbers = (read_number(month) or 0, read_number(day) or 0)
    within = int(year) if year else today.year + (numbers < (today.month, today.day))
    try:
        chosen = datetime.date(within, *numbers)
    except ValueError:
        raise Refusal(f"没有{quote(text)}这一天，{_HOW}") from None
    if not year and chosen - today > _NEXT_YEAR_IS_NEAR:
        raise Refusal(f"日期{quote(text)}已经过去了，请写今天或以后的日子；要明年的请写 {chosen:%Y-%m-%d}")
    return _not_over(chosen, today, text)


def _not_over(chosen: datetime.date, today: datetime.date, text: str) -> datetime.date:
    if chosen < today:
        raise _over(text)
    return chosen


def _over(text: str) -> Refusal:
    return Refusal(f"日期{quote(text)}已经过去了，请写今天或以后的日子，例如 明天 或 +7")
