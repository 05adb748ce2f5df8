"""What a creation's reply says besides what was understood: of what is only a name, and of what may surprise."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final

from jobs import (
    DateChoice,
    Once,
    ScheduleRequest,
    Timing,
    day_words,
    hours_in_words,
    parse_date,
    unheard,
    unit_unsaid,
    weekday_in,
    weekly_in,
)
from plugins._commands.command import Call

_COURT_HOURS: Final = range(7, 22)
"""Courts begin at these hours."""
_FAR: Final = timedelta(days=3 * 366)
_MONITORED: Final = ("日期", "时段", "场地", "间隔")
_RACED: Final = ("日期", "时段", "场地")
_SCHEDULED: Final = ("时段", "场地")


def heard_of_monitor(call: Call, days: Sequence[DateChoice]) -> tuple[str, ...]:
    """`call` as it was understood, with the days it will look at; empty ones are nothing to say."""
    interval = call.arguments.options.get("间隔", "")
    return (_of_the_week(call, days), _only_named(call, _MONITORED), _weekday_unsaid(call), unit_unsaid(interval))


def heard_of_race(call: Call) -> tuple[str, ...]:
    return _only_named(call, _RACED), _weekday_unsaid(call)


def heard_of_schedule(call: Call) -> tuple[str, ...]:
    return _only_named(call, _SCHEDULED), _weekday_unsaid(call)


def once_said(call: Call, timing: Timing, request: ScheduleRequest) -> str:
    """Of a day and an hour and nothing else (`周六 晚上七点`), what will happen when: who plays then meant another
    command. Empty: something was said of what to book, or it fires more than once."""
    options = call.arguments.options
    if not isinstance(request.recurrence, Once) or {"日期", "时段"} & options.keys():
        return ""
    if request.recurrence.at - call.heard.at > _FAR:
        return ""  # It is refused; the last day of all has no next.
    at = request.recurrence.at.astimezone(timing.zone)
    booked = at.date() + timedelta(days=request.date_offset or 0)
    says = f"⏰ {day_words(at.date())} {at:%H:%M} 触发，订 {day_words(booked)} {hours_in_words(request.hours)}的场"
    if at.minute or at.hour not in _COURT_HOURS:
        return says
    named = f"{request.name} " if request.name else ""
    venue = f"预设={call.preset.number} " if call.preset else _venue_said(call)
    race = f"!创建抢票 {named}{venue}日期={_as_said(at.date(), call.today)} 时段={at.hour}"
    return f"{says}；想打 {day_words(at.date())} {at.hour}点的场，请用 {race}"


def _venue_said(call: Call) -> str:
    options = call.arguments.options
    return "".join(f"{key}={options[key]} " for key in ("预设", "场馆") if key in options)


def _as_said(day: date, today: date) -> str:
    """`周六` where that is the next one, else `12-05`."""
    weekday = day_words(day).split()[-1]
    return weekday if parse_date(weekday, today).on(today) == day else f"{day:%Y-%m-%d}"


def _of_the_week(call: Call, days: Sequence[DateChoice]) -> str:
    """Of days that come every week, that a monitor looks at the next of them only."""
    weekly = weekly_in(call.line) if days and "日期" in call.arguments.options else ""
    if not weekly:
        return ""
    dates = "、".join(day_words(day.on(call.today)) for day in days)
    return f"ℹ️ 监控只看具体的日子：“{weekly}”按最近的 {dates} 来看，过后请再建一个"


def _only_named(call: Call, options: Collection[str]) -> str:
    return unheard(call.arguments.positional, [one for one in options if one not in call.arguments.options])


def _weekday_unsaid(call: Call) -> str:
    """Of a weekday that is only in the name, that it is no date; empty: there is none, or the date was said."""
    name = " ".join(call.arguments.positional)
    weekday = None if "日期" in call.arguments.options else weekday_in(name)
    return f"ℹ️ 名称里的{weekday}只是名称；只要{weekday}的场请写 日期={weekday}" if weekday else ""
