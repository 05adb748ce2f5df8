"""What an edit changes, in words: `间隔：每300秒 → 每600秒`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final

import msgspec

from jobs.models.configs import booking_config, keep_alive_config, monitor_config, schedule_config
from jobs.models.dates import day_words
from jobs.models.durations import alike, parse_seconds, seconds_in_words
from jobs.models.errors import Refusal
from jobs.models.hours import hours_in_words
from jobs.models.job import Job
from jobs.models.occurrence_words import punctuality_in_words
from jobs.models.parameters import spelled
from jobs.models.recurrence_words import in_words
from jobs.models.redaction import redact
from jobs.models.rhythms import Every
from jobs.models.telling_words import telling_in_words
from jobs.models.templates import params_of
from jobs.models.text import shorten
from jobs.models.venue import Preset, Target, resolve_preset

Facts = Mapping[str, str]
_OFFSETS: Final = {0: "当天", 1: "次日"}
_INTERVAL: Final = "间隔"
_ANY: Final = "不限"
_WIDTH: Final = 60


def differences(before: Job, after: Job, presets: Sequence[Preset], zone: str) -> list[str]:
    """A line for each thing that is otherwise, in a steady order; none where nothing is that people would notice."""
    was, now = _facts(before, presets, zone), _facts(after, presets, zone)
    with suppress(KeyError, Refusal):  # An interval that nobody could have written is shown as it is.
        seconds = (parse_seconds(facts[_INTERVAL].removeprefix("每")) for facts in (was, now))
        was[_INTERVAL], now[_INTERVAL] = (f"每{said}" for said in alike(*seconds))
    labels = list(dict.fromkeys((*was, *now)))
    return [
        f"{label}：{was.get(label, '无')} → {now.get(label, '无')}"
        for label in labels
        if was.get(label) != now.get(label)
    ]


def _facts(job: Job, presets: Sequence[Preset], zone: str) -> dict[str, str]:
    facts = {"名称": job.name}
    if job.recurrence is not None and job.kind == "schedule":
        facts["时间"] = in_words(job.recurrence, zone)
    tell = _KINDS.get(job.kind)
    try:
        facts.update(tell(job.config, presets) if tell else ())
    except msgspec.ValidationError:
        facts["配置"] = "无法辨认"
    if job.kind == "routine":
        facts.update(_routine_rhythm(job))
    if job.punctuality is not None:
        facts["准时"] = punctuality_in_words(job.punctuality)
    facts["通知"] = telling_in_words(job)
    return facts


def _monitor(stored: dict[str, Any], presets: Sequence[Preset]) -> Iterator[tuple[str, str]]:
    config = monitor_config(stored)
    yield "场馆", _venue(config.target, presets)
    yield "日期", _day(config.target, config.plan.dates)
    yield from _wishes(config.plan.preferred_hours, config.plan.courts, config.target.duration_hours)
    yield "间隔", f"每{seconds_in_words(config.plan.interval_seconds)}"
    yield "自动预订", "是" if config.plan.auto_book else "否"
    yield "账号", _accounts(config.accounts)


def _schedule(stored: dict[str, Any], presets: Sequence[Preset]) -> Iterator[tuple[str, str]]:
    config = schedule_config(stored)
    yield "场馆", _venue(config.target, presets)
    yield "日期", _day(config.target, ())
    yield from _wishes(config.hours, config.schedule.courts, config.target.duration_hours)
    yield "账号", _accounts(config.accounts)


def _booking(stored: dict[str, Any], presets: Sequence[Preset]) -> Iterator[tuple[str, str]]:
    config = booking_config(stored)
    yield "场馆", _venue(config.target, presets)
    yield "日期", _day(config.target, ())
    yield from _wishes(config.plan.preferred_hours, config.plan.courts, config.target.duration_hours)
    yield "账号", _accounts(config.accounts)


def _keep_alive(stored: dict[str, Any], presets: Sequence[Preset]) -> Iterator[tuple[str, str]]:  # noqa: ARG001
    config = keep_alive_config(stored)
    yield "间隔", f"每{seconds_in_words(max(config.plan.interval_seconds, 1))}"
    yield "账号", _accounts(config.accounts)


def _routine(stored: dict[str, Any], presets: Sequence[Preset]) -> Iterator[tuple[str, str]]:  # noqa: ARG001
    yield "模板", shorten(str(stored.get("template") or "无"), _WIDTH)
    for name, value in params_of(stored).items():
        # What a template calls its parameter may also be the name of a field of ours.
        yield f"参数 {shorten(name, _WIDTH)}", redact(shorten(spelled(value), _WIDTH)) or "空"
    yield "账号", shorten(str(stored.get("account") or "不分账号"), _WIDTH)


def _routine_rhythm(job: Job) -> Iterator[tuple[str, str]]:
    if isinstance(job.recurrence, Every):
        bounds = job.recurrence.bounds
        yield "间隔", f"每{seconds_in_words(job.recurrence.seconds)}"
        yield "有效时段", f"{bounds.window.first}-{bounds.window.last}点" if bounds.window else "全天"
        yield "截止", str(bounds.ends_on) if bounds.ends_on else "无"


_KINDS: Final[Mapping[str, Callable[[dict[str, Any], Sequence[Preset]], Iterator[tuple[str, str]]]]] = {
    "monitor": _monitor,
    "schedule": _schedule,
    "auto_booking": _booking,
    "keep_alive": _keep_alive,
    "routine": _routine,
}


def _venue(target: Target, presets: Sequence[Preset]) -> str:
    preset = resolve_preset(target, presets)
    return f"预设{preset.number} {preset.title}" if preset else f"未知场馆 {target.venue_keyword}".strip()


def _day(target: Target, dates: Sequence[date]) -> str:
    if target.date is not None:
        return day_words(target.date)
    if target.date_offset is not None:
        return _OFFSETS.get(target.date_offset, f"{target.date_offset}天后")
    return "、".join(map(day_words, dates)) or "每一天"


def _wishes(hours: Sequence[int], courts: Sequence[str], length: int) -> Iterator[tuple[str, str]]:
    yield "时段", hours_in_words(hours)
    yield "场地", ",".join(courts) or _ANY
    yield "连续", f"{length}小时"


def _accounts(names: Sequence[str]) -> str:
    return "、".join(names) or "默认"
