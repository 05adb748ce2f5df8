"""From what a person asked for to a job that can be stored: every check is here, for the chat and the command line."""

import datetime as calendar
import zlib
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from jobs.models.configs import DEFAULT_INTERVAL_SECONDS, MonitorConfig, Plan, ScheduleConfig, Timetable
from jobs.models.errors import Refusal
from jobs.models.job import MAX_NAME_LENGTH
from jobs.models.parameters import SAFE_IN_WORDS, is_safe_word
from jobs.models.punctuality import Punctuality
from jobs.models.recurrence import Monthly, Once, Recurrence, Weekly, first_due
from jobs.models.recurrence_checks import FARTHEST, check
from jobs.models.release import ReleaseRule
from jobs.models.text import quote
from jobs.models.timing import DEFAULT_CLOCK
from jobs.models.venue import DEFAULT_HOURS, Preset, Target, preset_by_number

_ACCOUNTS_AT_MOST: Final = 20
MAX_INTERVAL_SECONDS: Final = 24 * 3600
MAX_DATE_OFFSET: Final = 8
"""Days ahead that can be asked for: the platform lists eight, today included; one to spare."""
COURT_HOURS: Final = range(7, 22)
"""Start hours there are: courts are let from 7 to 22."""
_COURTS_AT_MOST: Final = 20
_COURT_LENGTH: Final = 20
_DATES_AT_MOST: Final = 8
MAX_LENGTH_HOURS: Final = 4
"""Hours in a row: nobody plays longer, and a misprint costs money."""


class Draft(Struct, frozen=True, kw_only=True):
    """A job that passed every check. `start`: begin at once. The rest as in `Job`."""

    kind: str
    name: str
    config: dict[str, Any]
    recurrence: Recurrence | None = None
    punctuality: Punctuality | None = None
    lock: str | None = None
    start: bool = True


class Rules(Struct, frozen=True, kw_only=True):
    """What requests are checked against."""

    presets: Sequence[Preset]
    min_interval_seconds: int
    zone: str
    release: ReleaseRule = ReleaseRule()


class MonitorRequest(Struct, frozen=True, kw_only=True):
    """`!创建监控` in values. Neither `date` nor `date_offset`: every day that can be seen."""

    name: str
    preset: int
    date: calendar.date | None = None
    date_offset: int | None = None
    hours: tuple[int, ...] = DEFAULT_HOURS
    interval_seconds: int = DEFAULT_INTERVAL_SECONDS
    auto_book: bool = False
    accounts: tuple[str, ...] = ()
    start: bool = True
    courts: tuple[str, ...] = ()
    dates: tuple[calendar.date, ...] = ()
    """Several days, the dearest first; then neither `date` nor `date_offset`."""
    length: int = 1
    """Hours in a row."""


class ScheduleRequest(Struct, frozen=True, kw_only=True):
    """`!创建定时` in values. `recurrence` None: daily at noon. The date to book as in a monitor."""

    name: str
    preset: int
    recurrence: Recurrence | None = None
    punctuality: Punctuality | None = None
    date: calendar.date | None = None
    date_offset: int | None = 1
    hours: tuple[int, ...] = DEFAULT_HOURS
    accounts: tuple[str, ...] = ()
    start: bool = True
    courts: tuple[str, ...] = ()
    length: int = 1


def draft_monitor(request: MonitorRequest, rules: Rules, now: datetime) -> Draft:
    """Raises `Refusal` for a name, preset, date, hour or interval that cannot be."""
    preset = bookable_preset(request.preset, rules)
    check_interval(request.interval_seconds, rules)
    day = target(preset, request.date, request.date_offset, request.hours, rules, now)
    config = MonitorConfig(
        target=msgspec.structs.replace(day, duration_hours=request.length),
        plan=Plan(
            interval_seconds=request.interval_seconds,
            auto_book=request.auto_book,
            preferred_hours=checked_hours(request.hours, request.length),
            courts=checked_courts(request.courts),
            dates=_checked_dates(request, rules, now),
        ),
        accounts=checked_accounts(request.accounts),
    )
    return Draft(
        kind="monitor", name=checked_name(request.name), config=msgspec.to_builtins(config), start=request.start
    )


def draft_schedule(request: ScheduleRequest, rules: Rules, now: datetime) -> Draft:
    """Raises `Refusal` as `draft_monitor`, and for a recurrence that can never be due or is due too often."""
    preset = bookable_preset(request.preset, rules)
    recurrence = request.recurrence or Weekly(time=DEFAULT_CLOCK, zone=rules.zone)
    check(recurrence, now, rules.zone)
    recurrence = _seeded(recurrence, f"{request.name}/{now.isoformat()}")
    at = _time_shown(recurrence, rules, now)
    day = target(preset, request.date, request.date_offset, request.hours, rules, now)
    config = ScheduleConfig(
        target=msgspec.structs.replace(day, duration_hours=request.length),
        schedule=Timetable(
            hour=at.hour,
            minute=at.minute,
            second=at.second,
            preset=preset.number,
            date_offset=request.date_offset,
            start_hour=request.hours[0] if request.hours else None,
            preferred_hours=checked_hours(request.hours, request.length),
            courts=checked_courts(request.courts),
        ),
        accounts=checked_accounts(request.accounts),
    )
    _check_date_is_ahead(request, recurrence, rules, now)
    return Draft(
        kind="schedule",
        name=checked_name(request.name),
        config=msgspec.to_builtins(config),
        recurrence=recurrence,
        punctuality=request.punctuality,
        start=request.start,
    )


def _seeded(recurrence: Recurrence, seed: str) -> Recurrence:
    """With a jitter of its own, where there is one: jobs of the same rhythm spread out."""
    if isinstance(recurrence, Once) or not recurrence.bounds.jitter_seconds:
        return recurrence
    bounds = msgspec.structs.replace(recurrence.bounds, jitter_seed=zlib.crc32(seed.encode(errors="replace")))
    return msgspec.structs.replace(recurrence, bounds=bounds)


def _time_shown(recurrence: Recurrence, rules: Rules, now: datetime) -> time:
    """The time of day for readers of the original program's shape: that of the rhythm, else of the first instant."""
    if isinstance(recurrence, Weekly | Monthly):
        return recurrence.time
    first = first_due(recurrence, now)
    assert first is not None, "checked before"
    return first.astimezone(ZoneInfo(rules.zone)).time()


def _check_date_is_ahead(request: ScheduleRequest, recurrence: Recurrence, rules: Rules, now: datetime) -> None:
    """A fixed day that is over when the job first acts can never be booked."""
    first = first_due(recurrence, now)
    if request.date is None or first is None:
        return
    if first.astimezone(ZoneInfo(rules.zone)).date() > request.date:
        raise Refusal(f"第一次触发时 {request.date:%m-%d} 已经过去，请写更晚的日期，或用 日期=+1 表示触发后第二天")


def target(
    preset: Preset, on: calendar.date | None, offset: int | None, hours: Sequence[int], rules: Rules, now: datetime
) -> Target:
    """Raises `Refusal` for a day that is over or too far ahead."""
    if on is not None:
        check_date(on, rules, now)
    if offset is not None and not 0 <= offset <= MAX_DATE_OFFSET:
        raise Refusal(f"日期 +{offset} 太远，平台最多提前 {MAX_DATE_OFFSET - 1} 天，例如 日期=+7")
    return Target(
        preset=preset.number,
        venue_keyword=preset.venue,
        field_type_keyword=preset.sport,
        date=on,
        date_offset=None if on is not None else offset,
        start_hour=hours[0] if hours else None,
    )


def _checked_dates(request: MonitorRequest, rules: Rules, now: datetime) -> tuple[calendar.date, ...]:
    dates = tuple(dict.fromkeys(request.dates))
    if len(dates) > _DATES_AT_MOST:
        raise Refusal(f"日期太多了，最多 {_DATES_AT_MOST} 天，例如 日期=周六,周日")
    for date in dates:
        check_date(date, rules, now)
    return dates


def check_date(on: calendar.date, rules: Rules, now: datetime) -> None:
    """Raises `Refusal` for a day that is over, or so far ahead that it is a slip of the finger."""
    today = now.astimezone(ZoneInfo(rules.zone)).date()
    if on < today:
        raise Refusal(f"日期 {on:%Y-%m-%d} 已经过去，请给今天或以后的日期")
    if on - today > FARTHEST:
        raise Refusal(f"日期 {on:%Y-%m-%d} 太远，请给一年以内的日期")


def check_not_over(on: calendar.date, hours: Sequence[int], rules: Rules, now: datetime) -> None:
    """Raises `Refusal` where all of these hours (any, if there are none) of a day are over."""
    local = now.astimezone(ZoneInfo(rules.zone))
    if hours and on == local.date() and max(hours) < local.hour:
        hour = f"{max(hours)} 点"
        raise Refusal(f"今天 {hour}的场已经过去了，现在是 {local:%H:%M}，请写晚一些的钟点或别的日子，例如 明天")


def bookable_preset(number: int, rules: Rules) -> Preset:
    """Raises `Refusal` for a preset there is not, and for a venue without any sport: nothing in it can be booked."""
    preset = preset_by_number(rules.presets, number)
    if preset is None:
        first, last = rules.presets[0].number, rules.presets[-1].number
        raise Refusal(f"没有预设 {number}，可用的是 {first}-{last}，发送 !预设 查看")
    if not preset.sport_id:
        raise Refusal(f"预设 {number}（{preset.venue}）在平台上没有可预订的项目，发送 !预设 换一个")
    return preset


def check_interval(seconds: int, rules: Rules) -> None:
    """Raises `Refusal`."""
    if seconds < rules.min_interval_seconds:
        raise Refusal(f"间隔最少 {rules.min_interval_seconds} 秒，例如 间隔={max(rules.min_interval_seconds, 300)}")
    if seconds > MAX_INTERVAL_SECONDS:
        raise Refusal("间隔最多 24 小时，例如 间隔=300")


def checked_hours(hours: tuple[int, ...], length: int = 1) -> tuple[int, ...]:
    """Start hours of courts, for so many hours in a row. Raises `Refusal` for those that no court has."""
    if not 1 <= length <= MAX_LENGTH_HOURS:
        raise Refusal(f"连续要写 1 到 {MAX_LENGTH_HOURS}（小时，同一块场地），例如 连续=2")
    if wrong := [hour for hour in hours if hour not in COURT_HOURS]:
        first, last = COURT_HOURS[0], COURT_HOURS[-1]
        raise Refusal(
            f"没有 {wrong[0]} 点的场，场地 7 点到 22 点开放，时段请写 {first}-{last} 的整点，例如 时段=18,19,20"
        )
    if wrong := [hour for hour in hours if hour + length - 1 not in COURT_HOURS]:
        raise Refusal(f"{wrong[0]} 点开始连订 {length} 小时就超过 22 点了，请写早一些的时段，例如 时段=18,19")
    return hours


def checked_courts(courts: tuple[str, ...]) -> tuple[str, ...]:
    """Raises `Refusal` for what can be no court's name."""
    if len(courts) > _COURTS_AT_MOST:
        raise Refusal(f"场地太多了，最多 {_COURTS_AT_MOST} 个，例如 场地=3,5")
    if wrong := [court for court in courts if not court.strip() or len(court) > _COURT_LENGTH]:
        raise Refusal(f"没有{quote(wrong[0])}这样的场地，请写场地的号码或名称，例如 场地=3,5")
    return courts


def check_account(name: str) -> None:
    """Raises `Refusal` for what must not reach a command as an account's name: `-rf`, `..`, a path."""
    if not is_safe_word(name):
        raise Refusal(f"账号{quote(name)}不对，要{SAFE_IN_WORDS}，例如 czq")


def checked_accounts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Raises `Refusal`."""
    for name in names:
        check_account(name)
    if len(names) > _ACCOUNTS_AT_MOST:
        raise Refusal(f"账号太多了，一个任务最多 {_ACCOUNTS_AT_MOST} 个，例如 czq,sty")
    return names


def checked_name(name: str) -> str:
    """Raises `Refusal`."""
    if not name:
        raise Refusal("任务要有名称，例如 !创建监控 南洋北苑健身房监控")
    if len(name) > MAX_NAME_LENGTH:
        raise Refusal(f"名称有 {len(name)} 个字，最多 {MAX_NAME_LENGTH} 个，请取短一些")
    return name
