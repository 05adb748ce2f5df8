"""A rhythm changed in some of its parts: what is not said stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from jobs.models.rhythms import Bounds, Cron, Every, Monthly, Once, Recurrence, Weekly
from jobs.models.timing import Timing, recurrence_of, whole
from jobs.models.timing_options import limit
from jobs.models.timing_words import read_words, zone_named

_BOUNDS: Final = {
    "开始": "starts_on",
    "截止": "ends_on",
    "跳过": "skips",
    "抖动": "jitter_seconds",
    "有效时段": "window",
}
TIMING_KEYS: Final = ("cron", *_BOUNDS, "时区")
"""The options of a schedule that are about its time, besides its words (`时间`)."""
_NONE: Final = frozenset({"无", "没有", "不限", "none", "取消"})
_RHYTHM: Final = ("days", "month_days", "seconds", "cron", "on")


def timed_anew(old: Recurrence, options: Mapping[str, str], now: datetime, zone: str) -> Recurrence:
    """The recurrence with what the options say otherwise: `时间` in words (`每周六 9点`, `9点`, `工作日`), the
    others as in a new schedule; `无` takes a bound away. The very same where nothing is said. Raises `Refusal`."""
    if not {"时间", *TIMING_KEYS} & options.keys():
        return old
    cleared = {field: None for key, field in _BOUNDS.items() if options.get(key, "").strip() in _NONE}
    asked = {key: text for key, text in options.items() if _BOUNDS.get(key) not in cleared}
    home = zone_named(asked["时区"]) if "时区" in asked else ZoneInfo(_zone_of(old, zone))
    words = asked.get("时间", "")
    said = limit(read_words(words, now, home.key) if words else Timing(zone=home), asked, now)
    timing = _completed(said, old, cleared, zone)
    new = recurrence_of(whole(timing, now), now)
    if isinstance(old, Every) and isinstance(new, Every) and said.seconds is None and said.at is None:
        return replace(new, anchor=old.anchor)
    return new


def _completed(said: Timing, old: Recurrence, cleared: Mapping[str, Any], zone: str) -> Timing:
    """What was said, and what was not as it was before."""
    has_rhythm = said.once or any(getattr(said, field) is not None for field in _RHYTHM)
    bounds = Bounds() if isinstance(old, Once) else old.bounds
    if not has_rhythm:
        _keep_rhythm(said, old, zone)
    elif said.at is None and said.seconds is None and said.cron is None:
        said.at = _clock_of(old, zone)
    if said.on is None and not said.once:
        for field in _BOUNDS.values():
            if getattr(said, field) is None and field not in cleared:
                setattr(said, field, getattr(bounds, field) or None)
    return said


def _keep_rhythm(said: Timing, old: Recurrence, zone: str) -> None:
    match old:
        case Once(at=at):
            said.on = at.astimezone(ZoneInfo(zone)).date()
            said.at = said.at or _clock_of(old, zone)
        case Weekly(days=days):
            said.days, said.at = days, said.at or old.time
        case Monthly(days=days):
            said.month_days, said.at = days, said.at or old.time
        case Cron(expression=expression):
            if said.at is None:
                said.cron = expression
        case Every(seconds=seconds):
            if said.at is None or seconds % 86400 == 0:
                said.seconds = seconds


def _clock_of(old: Recurrence, zone: str) -> Any:
    match old:
        case Weekly() | Monthly():
            return old.time
        case Once(at=at):
            return at.astimezone(ZoneInfo(zone)).time()
        case _:
            return None


def _zone_of(old: Recurrence, zone: str) -> str:
    return zone if isinstance(old, Once) else old.zone
