"""What a recurrence says of itself. `timing_words` reads it back."""

from collections.abc import Iterator
from datetime import date, time
from typing import Final
from zoneinfo import ZoneInfo

from jobs.models.durations import seconds_in_words
from jobs.models.rhythms import ALL_DAYS, LAST_DAY, WORKDAYS, Bounds, Cron, Every, Monthly, Once, Recurrence, Weekly

_DAY_NAMES: Final = "一二三四五六日"
_DAY_SECONDS: Final = 86400
_SKIPS_NAMED: Final = 5


def in_words(recurrence: Recurrence, zone: str) -> str:
    """`每天 12:00`, `工作日 08:30:15`, `每月1,15号 09:00`, `每2小时 8-22点，2026-12-31 前，跳过 2026-11-28`,
    `2026-11-28 12:00 一次`, `cron="0 8 * * 1-5"`. `zone` is the reader's; another one is named."""
    if isinstance(recurrence, Once):
        local = recurrence.at.astimezone(ZoneInfo(zone))
        return f"{local:%Y-%m-%d} {_clock_words(local.time())} 一次"
    rhythm = _rhythm_words(recurrence)
    if recurrence.zone != zone:
        rhythm += f"（{recurrence.zone} 时间）"
    inline = isinstance(recurrence, Every) and recurrence.bounds.window is not None
    return "，".join([rhythm, *_bounds_words(recurrence.bounds, with_window=not inline)])


def whose_time(recurrence: Recurrence | None, zone: str) -> str:
    """`（北京时间）`, behind instants shown in `zone` of a rhythm that goes by another one; else empty."""
    if recurrence is None or isinstance(recurrence, Once) or recurrence.zone == zone:
        return ""
    return "（北京时间）" if zone == "Asia/Shanghai" else f"（{zone} 时间）"


def _rhythm_words(recurrence: Weekly | Monthly | Cron | Every) -> str:
    match recurrence:
        case Weekly(time=at, days=days):
            return f"{_days_words(days)} {_clock_words(at)}"
        case Monthly(time=at, days=days):
            return f"每月{_month_days_words(days)} {_clock_words(at)}"
        case Cron(expression=expression):
            return f'cron="{expression}"'
        case Every():
            return _every_words(recurrence)


def _every_words(every: Every) -> str:
    rhythm = f"每{seconds_in_words(every.seconds)}"
    if window := every.bounds.window:
        return f"{rhythm} {window.first}-{window.last}点"
    if every.anchor is not None and every.seconds % _DAY_SECONDS == 0:
        return f"{rhythm} {_clock_words(every.anchor.astimezone(ZoneInfo(every.zone)).time())}"
    return rhythm


def _bounds_words(bounds: Bounds, *, with_window: bool) -> Iterator[str]:
    if with_window and bounds.window:
        yield f"有效时段 {bounds.window.first}-{bounds.window.last}点"
    if bounds.starts_on:
        yield f"{bounds.starts_on} 起"
    if bounds.ends_on:
        yield f"{bounds.ends_on} 前"
    if bounds.skips:
        yield f"跳过 {_skips_words(sorted(bounds.skips))}"
    if bounds.jitter_seconds:
        yield f"随机推迟最多{seconds_in_words(bounds.jitter_seconds)}"


def _skips_words(days: list[date]) -> str:
    named = "、".join(map(str, days[:_SKIPS_NAMED]))
    return named if len(days) <= _SKIPS_NAMED else f"{named} 等 {len(days)} 天"


def _clock_words(at: time) -> str:
    return at.strftime("%H:%M:%S" if at.second else "%H:%M")


def _days_words(days: frozenset[int]) -> str:
    if days == ALL_DAYS:
        return "每天"
    if days == WORKDAYS:
        return "工作日"
    return "每周" + "".join(_DAY_NAMES[day] for day in sorted(days))


def _month_days_words(days: frozenset[int]) -> str:
    numbers = ",".join(str(day) for day in sorted(days) if day != LAST_DAY)
    last = "最后一天" if LAST_DAY in days else ""
    return f"{numbers}号和{last}" if numbers and last else f"{numbers}号" if numbers else last
