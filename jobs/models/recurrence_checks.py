"""Whether a recurrence can be meant: every check before one is stored, with the sentence for who asked."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from jobs.models.crontab import BadExpression, Crontab
from jobs.models.durations import seconds_in_words
from jobs.models.errors import Refusal
from jobs.models.recurrence import (
    ALL_DAYS,
    LAST_DAY,
    UNBOUNDED,
    Bounds,
    Cron,
    Every,
    Monthly,
    Once,
    Recurrence,
    Weekly,
    Window,
    first_due,
    follows_its_runs,
    is_zone,
    next_after,
    upcoming,
)
from jobs.models.text import quote

MIN_INTERVAL_SECONDS: Final = 60
"""Of schedules and routines: a court that is asked for more often is asked for by a monitor."""
MAX_SKIPS: Final = 366
FARTHEST: Final = timedelta(days=366)
_DAY_SECONDS: Final = 86400
_MONTH_DAYS: Final = frozenset({*range(1, 32), LAST_DAY})
_COMPARED: Final = 8
"""Instants whose distances a jitter is measured against: a week of any weekly rhythm."""
_CRON_HOW: Final = '请写五栏“分 时 日 月 周”，例如 cron="0 8 * * 1-5"'
_CRON_FIELDS: Final = {
    "second": "秒",
    "minute": "分",
    "hour": "时",
    "day-of-month": "日",
    "month": "月",
    "day-of-week": "周",
}


def check(
    recurrence: Recurrence, now: datetime, zone: str = "Asia/Shanghai", least_seconds: int = MIN_INTERVAL_SECONDS
) -> None:
    """Raises `Refusal`, one sentence with a working example, for what can never be due or is due too often.

    `zone` is the reader's; `least_seconds` the shortest interval there may be.
    """
    if isinstance(recurrence, Once):
        _check_once(recurrence, now, zone)
        return
    check_form(recurrence)
    if least_seconds > 1:
        _check_interval(recurrence, least_seconds)
    if first_due(recurrence, now) is None:
        raise Refusal(_why_never(recurrence, now))
    _check_jitter(recurrence, now)


def check_form(recurrence: Recurrence) -> None:
    """Raises `Refusal` for days, hours, zones, intervals and expressions that do not exist, whatever the time."""
    if isinstance(recurrence, Once):
        return
    if not is_zone(recurrence.zone):
        raise Refusal(f"没有叫{quote(recurrence.zone)}的时区，请写 Asia/Shanghai、Europe/London 这样的名称")
    match recurrence:
        case Weekly(days=days, time=at):
            if not days or not days <= ALL_DAYS or at.tzinfo is not None:
                raise Refusal("每周的日子要是周一到周日，例如 12:00 每周一三五")
        case Monthly(days=days, time=at):
            if not days or not days <= _MONTH_DAYS or at.tzinfo is not None:
                raise Refusal("每月的日子要是 1 到 31 或最后一天，例如 每月1,15号 12:00")
        case Cron(expression=expression):
            _check_expression(expression)
        case Every(seconds=seconds, anchor=anchor):
            if not 1 <= seconds <= FARTHEST.total_seconds() or (anchor is not None and anchor.tzinfo is None):
                raise Refusal("间隔要在 1 秒到 366 天之间，例如 每2小时")
            if anchor is not None and recurrence.bounds.window and seconds > _DAY_SECONDS:
                raise Refusal("有有效时段时每天从时段开头重新数，间隔最多 24 小时，例如 每2小时 8-22点")
    _check_bounds(recurrence.bounds)


def _check_once(once: Once, now: datetime, zone: str) -> None:
    local = once.at.astimezone(ZoneInfo(zone))
    if once.at <= now:
        raise Refusal(f"{local:%m-%d %H:%M:%S} 已经过去，请给一个将来的时间")
    if once.at - now > FARTHEST:
        raise Refusal(f"{local:%Y-%m-%d} 太远，请给一年以内的日期")


def _check_expression(expression: str) -> None:
    try:
        Crontab(expression)
    except BadExpression as error:
        field = next((name for name in _CRON_FIELDS if str(error) == f"Bad {name}"), None)
        if field:
            what = f"cron {quote(expression)}的“{_CRON_FIELDS[field]}”一栏不对或没有这样的日子"
        elif not 5 <= (fields := len(expression.split())) <= 6:
            what = f"cron {quote(expression)}有 {fields} 栏"
        else:
            what = f"看不懂 cron {quote(expression)}"
        raise Refusal(f"{what}，{_CRON_HOW}") from error


def _check_bounds(bounds: Bounds) -> None:
    window = bounds.window
    if window and not (0 <= window.first <= 23 and 0 <= window.last <= 23):
        raise Refusal(f"没有 {window.first}-{window.last}点 这样的有效时段，请写 0 到 23 的整点，例如 有效时段=8-22")
    if bounds.starts_on and bounds.ends_on and bounds.ends_on <= bounds.starts_on:
        raise Refusal(
            f"截止 {bounds.ends_on} 要晚于开始 {bounds.starts_on}（截止那天起不再触发），"
            f"例如 开始={bounds.starts_on} 截止={bounds.starts_on + timedelta(days=30)}"
        )
    if len(bounds.skips) > MAX_SKIPS:
        raise Refusal(f"要跳过的日子最多 {MAX_SKIPS} 个，例如 跳过=12-25,01-01")
    if not 0 <= bounds.jitter_seconds <= _DAY_SECONDS:
        raise Refusal("抖动要在 1 秒到 24 小时之间，例如 抖动=60秒")


def _check_interval(recurrence: Recurrence, least: int) -> None:
    example = f"每{seconds_in_words(max(least, 300))}"
    if isinstance(recurrence, Every) and recurrence.seconds < least:
        raise Refusal(f"间隔最少 {least} 秒，例如 {example}")
    if isinstance(recurrence, Cron) and len(Crontab(recurrence.expression).seconds) > 1:
        raise Refusal(f'间隔最少 {least} 秒，cron 的秒一栏只能写一个数，例如 cron="30 0 8 * * *"')


def _why_never(recurrence: Weekly | Monthly | Cron | Every, now: datetime) -> str:
    """What of it keeps it from ever being due."""
    bounds = recurrence.bounds
    today = now.astimezone(ZoneInfo(recurrence.zone)).date()
    if bounds.ends_on and bounds.ends_on <= today:
        later = today + timedelta(days=31)
        return f"截止 {bounds.ends_on} 已经到了（截止那天起不再触发），请写晚一些的日期，例如 截止={later}"
    if next_after(_with(recurrence, UNBOUNDED), now) is None:
        return f"这个时间永远不会到（没有这样的日子），{_CRON_HOW}"
    if bounds.window and next_after(_with(recurrence, Bounds(window=bounds.window)), now) is None:
        return _why_never_open(recurrence, bounds.window)
    without = _with(recurrence, replace(bounds, skips=frozenset()))
    if bounds.skips and (first := next_after(without, now)):
        after = first.astimezone(ZoneInfo(recurrence.zone)).date() + timedelta(days=30)
        return f"每一次都在要跳过的日子里，一次也不会触发，请少跳过几天，或写晚一些的 截止={after}"
    return (
        f"到 {bounds.ends_on} 为止（那天不算）一次也不会触发，请把截止写晚一些，例如 截止={today + timedelta(days=366)}"
    )


def _why_never_open(recurrence: Weekly | Monthly | Cron | Every, window: Window) -> str:
    hours = f"{window.first}-{window.last}点"
    if isinstance(recurrence, Weekly | Monthly):
        never = f"有效时段 {hours} 里没有 {recurrence.time:%H:%M}"
        return f"{never}，永远不会触发，请去掉有效时段，或把时间改到里面，例如 {window.first}:00"
    instead = f'cron="0 {window.first} * * *" 这样' if isinstance(recurrence, Cron) else f"写成 每2小时 {hours}"
    return f"有效时段 {hours} 里一次也轮不到，永远不会触发，请去掉有效时段，或改{instead}"


def _with(recurrence: Weekly | Monthly | Cron | Every, bounds: Bounds) -> Weekly | Monthly | Cron | Every:
    return replace(recurrence, bounds=bounds)


def _check_jitter(recurrence: Weekly | Monthly | Cron | Every, now: datetime) -> None:
    jitter = recurrence.bounds.jitter_seconds
    if not jitter:
        return
    exact = upcoming(_with(recurrence, replace(recurrence.bounds, jitter_seconds=0)), now, _COMPARED)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(exact)]
    if isinstance(recurrence, Every) and follows_its_runs(recurrence):
        gaps = [recurrence.seconds]
    if gaps and jitter >= min(gaps):
        between, example = seconds_in_words(int(min(gaps))), seconds_in_words(max(1, int(min(gaps)) // 10))
        raise Refusal(f"抖动要小于两次之间的 {between}，例如 抖动={example}")
