"""Words that somebody meant as a time and that cannot be read as one: which they are, and what to write instead."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from jobs.models.durations import parse_seconds
from jobs.models.errors import Refusal
from jobs.models.text import NUMERAL, clean, read_number

_PERIOD: Final = "(?:凌晨|清晨|早晨|早上|上午|下午|午后|傍晚|晚上|夜里|半夜|早|晚)"
_WEEK: Final = "(?:周|星期|礼拜)"
_WEEKDAY: Final = "([一二三四五六日天])"
_CRON_DAYS: Final = dict(zip("日一二三四五六", range(7), strict=True)) | {"天": 0}

_VOCABULARY: Final = re.compile(
    r"(?:[0-9零〇一二两三四五六七八九十半:~,、−–—-]|[每个隔逢第除外周年月旬日天号点整时分刻秒今明昨下上本这当次后前起末底初早晚和及与至到]"
    r"|最后|星期|礼拜|分钟|秒钟|点钟|小时|钟头|工作|节假日|假期|凌晨|清晨|早晨|[上中正下]午|午[后夜]|傍晚|夜里|半夜)+"
)
"""What nothing but a time is made of."""
_MARK: Final = re.compile("[每周年月旬日天号点时分秒今明昨后晚早午夜]|星期|礼拜|假")
_MEANT: Final = re.compile(
    r"^每|^除.*[外天日号末]|[0-9]:[0-9]|^[-+]?[0-9]+[:.][0-9:.]*$|^[0-9]{1,4}$|[0-9]点|^隔.{0,3}[天日周月年]$"
    rf"|^(?:工作日|周末|周[一二三四五六日天]|星期|[今明后]天).*(?:[0-9]|点|晚|早|午)|^{_PERIOD}$"
)


def meant_as_time(word: str) -> bool:
    """Whether a word behind a name was meant as a time: `每周三`, `28号`, `10分钟后`; not `今晚集合`, `1号馆`."""
    cleaned = clean(word[:100])
    made_of_time = _VOCABULARY.fullmatch(cleaned) is not None and _MARK.search(cleaned) is not None
    return made_of_time or _MEANT.search(cleaned) is not None


def instead_of(text: str, now: datetime, zone: ZoneInfo) -> str | None:
    """What to write instead of the time that begins a text and cannot be read; None: nothing is known of it."""
    cleaned = clean(text[:100])
    for pattern, instead in _INSTEAD:
        if (found := pattern.match(cleaned)) and (sentence := instead(found, now.astimezone(zone))):
            return sentence
    return None


def _last_weekday(found: re.Match[str], _now: datetime) -> str:
    return f'请写 cron="0 9 * * {_CRON_DAYS[found[1]]}L"（每月最后一个周{found[1]} 9 点）'


def _nth_weekday(found: re.Match[str], _now: datetime) -> str:
    return f'请写 cron="0 9 * * {_CRON_DAYS[found[2]]}#{read_number(found[1])}"（每月第{found[1]}个周{found[2]} 9 点）'


def _later(found: re.Match[str], now: datetime) -> str | None:
    try:
        at = now + timedelta(seconds=parse_seconds(found[1]))
    except Refusal:
        return None
    clock = at.strftime("%H:%M:%S" if at.second and at - now < timedelta(hours=1) else "%H:%M")
    return f"请写哪天几点，例如 {at:%m-%d} {clock}" if at.date() > now.date() else f"请写几点，例如 {clock} 一次"


def _every_other_day(found: re.Match[str], _now: datetime) -> str:
    between = read_number(found[1] or "1") or 1
    fewer = f"每{between}天" if between > 1 else "每天"
    return f"说不准是{fewer}还是每{between + 1}天，请写 12:00 {fewer} 或 12:00 每{between + 1}天"


def _every_weeks(found: re.Match[str], _now: datetime) -> str | None:
    weeks = read_number(found[1])
    return f"请用天数，例如 12:00 每{7 * weeks}天" if weeks else None


def _every_months(found: re.Match[str], _now: datetime) -> str | None:
    months = read_number(found[1]) or 0
    if not 1 <= months <= 11:
        return None
    return f'请写 cron="0 9 1 */{months} *"（每 {months} 个月的 1 号 9 点）'


def _says(sentence: str) -> Callable[[re.Match[str], datetime], str]:
    return lambda _found, _now: sentence


_INSTEAD: Final = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (rf"每个?月的?最后一?个?{_WEEK}{_WEEKDAY}", _last_weekday),
        (rf"每个?月的?第([一二三四五1-5])个?{_WEEK}{_WEEKDAY}", _nth_weekday),
        (r"每?除.*周末|.*周末(?:除外|以外)", _says("不要周末请写 工作日，例如 12:00 工作日")),
        (r"跳过.*周末", _says("不要周末请写 工作日，例如 12:00 工作日")),
        (r"跳过", _says("要跳过的日子请一天一天写，例如 跳过=12-25,01-01")),
        (r"每?除.*", _says("不要哪些天请写 跳过=，例如 12:00 每天 跳过=12-25,01-01；不要周末请写 工作日")),
        (r"(.{1,20}?)[以之]?后", _later),
        (r"[0-9]{1,2}[号日]", _says("请写明是哪个月的还是每月的，例如 12:00 11-28 或 12:00 每月28号")),
        (rf"每?隔({NUMERAL})?个?[天日]", _every_other_day),
        (rf"每隔?({NUMERAL})个?{_WEEK}", _every_weeks),
        (rf"每隔?({NUMERAL})个?月", _every_months),
        (r"每年", _says('请写 cron，例如每年 6 月 1 日 9 点是 cron="0 9 1 6 *"')),
        (r"每个?(?:周|星期|礼拜)", _says("请写明是周几，例如 12:00 每周一三五")),
        (r"每个?月", _says("请写明是几号，例如 12:00 每月1,15号 或 12:00 每月最后一天")),
        (r"(?:这|本|下下?)个?周末", _says("请写明是周六还是周日，例如 12:00 周六")),
        (rf"(?:每[天日]|每?{_WEEK}.)?{_PERIOD}$", _says("请写明是几点，例如 每天 晚上7点")),
        (r"(?:每个?)?(?:法定)?(?:节假日|假期)", _says("节假日要自己写明，例如 12:00 每天 跳过=12-25,01-01")),
    )
)
"""What people write → what to write instead, the more particular first."""
