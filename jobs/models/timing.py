"""What was understood of a time, and the recurrence it makes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from jobs.models.errors import Refusal
from jobs.models.recurrence import ALL_DAYS, Bounds, Cron, Every, Monthly, Once, Recurrence, Weekly, Window
from jobs.models.text import quote

DEFAULT_CLOCK: Final = time(12)
"""The platform releases a day's slots at noon."""

_DAY_SECONDS: Final = 86400


class Timing(Struct, kw_only=True):
    """What was understood; None and empty: not said. `name`: the words that are no time. `on`: once, that day.

    `seconds`: of the interval. The fields from `window` on are those of `Bounds`. `zone` is always known.
    """

    name: list[str] = []
    zone: ZoneInfo
    at: time | None = None
    days: frozenset[int] | None = None
    month_days: frozenset[int] | None = None
    seconds: int | None = None
    cron: str | None = None
    on: date | None = None
    once: bool = False
    window: Window | None = None
    is_bare_window: bool = False
    """Only hours were said, which may have been meant as those to book."""
    starts_on: date | None = None
    ends_on: date | None = None
    skips: frozenset[date] | None = None
    jitter_seconds: int | None = None

    def take(self, field: str, value: object, what: str, said: str) -> bool:
        """Notes what was said; raises `Refusal` when it was said before. True."""
        if getattr(self, field) is not None:
            raise Refusal(f"{what}写了两次（又写了{quote(said)}），请只留一个")
        setattr(self, field, value)
        return True


def whole(timing: Timing, now: datetime) -> Timing:
    """The same, once its parts go together. Raises `Refusal` for those that do not."""
    if timing.on is not None and timing.days is not None:
        raise Refusal("又是某一天又是每周，请只留一个，例如 12:00 每天 或 12:00 11-28")
    rhythms = (timing.days, timing.month_days, timing.seconds, timing.cron, timing.on)
    if sum(rhythm is not None for rhythm in rhythms) > 1:
        raise Refusal("周期写了两种，请只留一种，例如 12:00 每天 或 每2小时 8-22点")
    if timing.at is not None and timing.cron is not None:
        raise Refusal("cron 里已经写明了时间，请去掉另写的时间，或改写成 12:00 每周一三五 这样")
    by_clock = timing.seconds is None or (timing.seconds % _DAY_SECONDS == 0 and timing.window is None)
    if timing.at is not None and not by_clock:
        raise Refusal("间隔从创建时（有时段就从时段开头）算起，不用再写时间；要定点请写 12:00 每天 这样")
    if timing.window is not None and timing.is_bare_window and timing.seconds is None and timing.cron is None:
        window = f"{timing.window.first}-{timing.window.last}点"
        raise Refusal(f"{window}要和间隔一起写，例如 每2小时 {window}；想要这些场次请写 时段={window[:-1]}")
    if timing.once and (timing.days is not None or timing.month_days is not None):
        raise Refusal("又是每次都来又是只来一次，请只留一个，例如 12:00 每天 或 12:00 一次")
    if timing.once and timing.on is None and timing.seconds is None:
        timing.on = _next_day(timing.at or DEFAULT_CLOCK, now, timing.zone)
    return timing


def assumed(timing: Timing) -> str:
    """What was not said and is as usual: `没写时间，按 12:00`, `没写哪天，按每天`; empty where all was said."""
    if timing.cron is not None or timing.seconds is not None:
        return ""
    clock = f"{DEFAULT_CLOCK:%H:%M}"
    says_day = timing.on is not None or timing.days is not None or timing.month_days is not None
    if timing.at is not None:
        return "" if says_day else "没写哪天，按每天"
    return f"没写时间，按 {clock}" if says_day else f"没写时间和哪天，按每天 {clock}"


def _next_day(at: time, now: datetime, zone: ZoneInfo) -> date:
    """The day on which the clock next shows `at`."""
    local = now.astimezone(zone)
    return local.date() if at > local.time() else local.date() + timedelta(days=1)


def recurrence_of(timing: Timing, now: datetime) -> Recurrence:
    """What was understood as a recurrence; nothing but words that contradict each other is refused here."""
    zone, bounds = timing.zone.key, _bounds(timing)
    if timing.on is not None:
        return _once(timing, timing.on, bounds)
    at = timing.at or DEFAULT_CLOCK
    if timing.cron is not None:
        return Cron(expression=timing.cron, zone=zone, bounds=bounds)
    if timing.month_days is not None:
        return Monthly(time=at, days=timing.month_days, zone=zone, bounds=bounds)
    if timing.seconds is not None:
        return Every(seconds=timing.seconds, anchor=_anchor(timing, now), zone=zone, bounds=bounds)
    return Weekly(time=at, days=timing.days or ALL_DAYS, zone=zone, bounds=bounds)


def _once(timing: Timing, day: date, bounds: Bounds) -> Once:
    if bounds != Bounds():
        raise Refusal("只来一次的定时用不上开始、截止、跳过、有效时段和抖动，请去掉，或写成 12:00 每天 这样")
    return Once(at=datetime.combine(day, timing.at or DEFAULT_CLOCK, tzinfo=timing.zone).astimezone(UTC))


def _anchor(timing: Timing, now: datetime) -> datetime:
    """From when on an interval is counted: the time of day that was said, else now or the day it starts on."""
    local = now.astimezone(timing.zone)
    day = max(local.date(), timing.starts_on or local.date())
    if timing.at is not None:
        day = day if day > local.date() or timing.at > local.time() else day + timedelta(days=1)
        return datetime.combine(day, timing.at, tzinfo=timing.zone).astimezone(UTC)
    if day > local.date():
        return datetime.combine(day, time(), tzinfo=timing.zone).astimezone(UTC)
    return now.replace(microsecond=0)


def _bounds(timing: Timing) -> Bounds:
    return Bounds(
        starts_on=timing.starts_on,
        ends_on=timing.ends_on,
        window=timing.window,
        skips=timing.skips or frozenset(),
        jitter_seconds=timing.jitter_seconds or 0,
    )
