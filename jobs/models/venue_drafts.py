"""Drafts of jobs that book at a release, and that keep accounts logged in; the checks they share are in `drafts`."""

import datetime as calendar
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from jobs.models.configs import (
    KEEP_ALIVE_INTERVAL_SECONDS,
    BookingConfig,
    BookingPlan,
    KeepAliveConfig,
    KeepAlivePlan,
)
from jobs.models.dates import day_words, first_such_day, weekday_in
from jobs.models.drafts import (
    Draft,
    Rules,
    bookable_preset,
    check_date,
    check_interval,
    checked_accounts,
    checked_courts,
    checked_hours,
    checked_name,
)
from jobs.models.errors import Refusal
from jobs.models.rhythms import Once
from jobs.models.venue import DEFAULT_HOURS, Preset, Target

MIN_KEEP_ALIVE_SECONDS: Final = 60
"""More often makes no session live longer."""


class BookingRequest(Struct, frozen=True, kw_only=True):
    """`!创建抢票` in values. The day as `date`, or `date_offset` days ahead; neither: the next one to be released
    of the weekday that the name speaks of, else the very next.

    `accounts` empty: the owner's default. Whoever asks for the draft has looked that there is one.
    """

    name: str
    preset: int
    date: calendar.date | None = None
    date_offset: int | None = None
    hours: tuple[int, ...] = DEFAULT_HOURS
    courts: tuple[str, ...] = ()
    length: int = 1
    """Hours in a row."""
    accounts: tuple[str, ...] = ()
    start: bool = True


class KeepAliveRequest(Struct, frozen=True, kw_only=True):
    """`!保活` in values. No `accounts`: the owner's default."""

    name: str = "保活"
    accounts: tuple[str, ...] = ()
    interval_seconds: int = KEEP_ALIVE_INTERVAL_SECONDS
    start: bool = True


def draft_booking(request: BookingRequest, rules: Rules, now: datetime) -> Draft:
    """Raises `Refusal` for a name, preset, hour or court that cannot be, and for a day that is over or released."""
    preset = bookable_preset(request.preset, rules)
    hours = checked_hours(request.hours, request.length)
    day = _day_named(request, rules, now) or released_next(request.date, request.date_offset, rules, now)
    opens_at = rules.release.opens_at(day)
    if opens_at <= now:
        raise _released(day, preset, hours, request.name)
    config = BookingConfig(
        target=Target(
            preset=preset.number,
            venue_keyword=preset.venue,
            field_type_keyword=preset.sport,
            date=day,
            start_hour=hours[0] if hours else None,
            duration_hours=request.length,
        ),
        plan=BookingPlan(preferred_hours=hours, courts=checked_courts(request.courts)),
        accounts=checked_accounts(request.accounts),
    )
    return Draft(
        kind="auto_booking",
        name=checked_name(request.name),
        config=msgspec.to_builtins(config),
        recurrence=Once(at=opens_at),
        start=request.start,
    )


def draft_keep_alive(request: KeepAliveRequest, rules: Rules, now: datetime) -> Draft:  # noqa: ARG001 - as every draft
    """Raises `Refusal` for a name or an interval that cannot be."""
    if request.interval_seconds < MIN_KEEP_ALIVE_SECONDS:
        raise Refusal(f"保活的间隔最少 {MIN_KEEP_ALIVE_SECONDS} 秒，例如 间隔=15分钟")
    check_interval(request.interval_seconds, rules)
    config = KeepAliveConfig(
        plan=KeepAlivePlan(interval_seconds=request.interval_seconds), accounts=checked_accounts(request.accounts)
    )
    return Draft(
        kind="keep_alive", name=checked_name(request.name), config=msgspec.to_builtins(config), start=request.start
    )


def _day_named(request: BookingRequest, rules: Rules, now: datetime) -> calendar.date | None:
    """By the weekday in the name; None: there is none, or the day was said otherwise."""
    weekday = weekday_in(request.name) if request.date is None and request.date_offset is None else None
    if weekday is None:
        return None
    today = now.astimezone(ZoneInfo(rules.zone)).date()
    return first_such_day(weekday, rules.release.next_to_open(now), today)


def released_next(date: calendar.date | None, offset: int | None, rules: Rules, now: datetime) -> calendar.date:
    """The day somebody means to race for. As many days ahead as the platform opens (`+7`) is the next day to open: of
    today before noon, of tomorrow after it. Raises `Refusal` for a day that is over or too far."""
    if date is None and (offset is None or offset == rules.release.days):
        return rules.release.next_to_open(now)
    day = date or now.astimezone(ZoneInfo(rules.zone)).date() + calendar.timedelta(days=offset or 0)
    check_date(day, rules, now)
    return day


def _released(day: calendar.date, preset: Preset, hours: tuple[int, ...], name: str) -> Refusal:
    """Both ways on: by hand at once, or wait for somebody to give a court back."""
    wished = f" {','.join(map(str, hours))}" if hours else " 19"
    watched = f" 时段={','.join(map(str, hours))}" if hours else ""
    return Refusal(
        f"{day_words(day)} 的场已经开放，不用抢：现在就订发送 !预订 {preset.number} {day:%m-%d}{wished}，"
        f"等空场发送 !创建监控 {name} 预设={preset.number} 日期={day:%m-%d}{watched} 自动"
    )
