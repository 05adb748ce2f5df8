"""From a stored job and the options that somebody wants otherwise to the job as it shall be: back to the request it was
made of, and through the same checks as a new one."""

import datetime as calendar
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from jobs.models.configs import booking_config, keep_alive_config, monitor_config, schedule_config
from jobs.models.dates import DateChoice, parse_date
from jobs.models.drafts import (
    Draft,
    MonitorRequest,
    Rules,
    ScheduleRequest,
    draft_monitor,
    draft_schedule,
)
from jobs.models.durations import parse_seconds
from jobs.models.editions import Edition, edition_of
from jobs.models.errors import Refusal
from jobs.models.hours import parse_hours
from jobs.models.job import MAX_NAME_LENGTH, Job, Telling
from jobs.models.option_values import is_cleared, length, listed, parse_yes
from jobs.models.parameters import spelled
from jobs.models.punctuality import Punctuality
from jobs.models.rhythms import Every, Once, Recurrence
from jobs.models.routine_drafts import RoutineRequest, RoutineRules, draft_routine, parse_end
from jobs.models.routines import DEFAULT_INTERVAL_SECONDS
from jobs.models.templates import Templates, params_of
from jobs.models.text import clean, clean_name
from jobs.models.timing_edits import TIMING_KEYS, timed_anew
from jobs.models.timing_options import punctuality_said
from jobs.models.venue import Target, resolve_preset
from jobs.models.venue_drafts import BookingRequest, KeepAliveRequest, draft_booking, draft_keep_alive
from jobs.models.windows import parse_window

_VENUE: Final = ("名称", "预设", "场馆", "日期", "时段", "场地", "连续", "账号")
_PUNCTUALITY: Final = ("错过", "宽限", "重叠")
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "monitor": (*_VENUE, "间隔", "自动"),
    "schedule": (*_VENUE, "时间", *TIMING_KEYS, *_PUNCTUALITY),
    "auto_booking": _VENUE,
    "keep_alive": ("名称", "间隔", "账号"),
    "routine": ("名称", "模板", "间隔", "有效时段", "截止", "账号"),
}
"""What can be changed of each kind, by the names of the options that create it."""


class Said(Struct, frozen=True, kw_only=True):
    """What shall be otherwise: options by their names, among them the words of a time as `时间`; `preset` where a venue
    was named; `params` of a routine's template."""

    options: Mapping[str, str] = {}
    preset: int | None = None
    params: Mapping[str, str] = {}


class Circumstances(Struct, frozen=True, kw_only=True):
    """What an edit is checked against. `usual`: the punctuality of the job's kind; None: as any job's."""

    rules: Rules
    templates: Templates
    usual: Punctuality | None = None
    now: datetime

    @property
    def today(self) -> calendar.date:
        return self.now.astimezone(ZoneInfo(self.rules.zone)).date()


def redrafted(job: Job, said: Said, around: Circumstances) -> Draft:
    """The job as it shall be, checked as a new one would be. Raises `Refusal`."""
    redraft = _REDRAFTS.get(job.kind)
    if redraft is None:
        raise Refusal(f"{job.label} 是这个版本不认识的类型，改不了，可以删除后重新创建")
    refuse_unknown(job, said)
    try:
        return redraft(job, said, around)
    except msgspec.ValidationError:
        raise Refusal(f"{job.label} 的配置无法辨认，改不了，请删除后重新创建") from None


def refuse_unknown(job: Job, said: Said) -> None:
    """Raises `Refusal` for an option that jobs of this kind do not have, with those they have."""
    keys = KEYS.get(job.kind, ())
    if wrong := next((key for key in said.options if key not in keys), None):
        raise Refusal(f"{job.label} 没有“{wrong}”可改，能改的有：{'、'.join(keys)}")


def edition_drawn(job: Job, draft: Draft, telling: Telling | None) -> Edition:
    """What becomes of the job by the draft. Keys of its configuration that nobody here knows stay."""
    return replace(
        edition_of(job),
        name=draft.name,
        config=_with_unknown(job.config, draft.config),
        recurrence=draft.recurrence,
        punctuality=draft.punctuality,
        lock=draft.lock,
        telling=telling if telling is not None else job.telling,
    )


# -- back to the request -------------------------------------------------------------------------------------------
def _monitor(job: Job, said: Said, around: Circumstances) -> Draft:
    config = monitor_config(job.config)
    request = MonitorRequest(
        name=job.name,
        preset=_preset(job, config.target, said, around),
        date=config.target.date,
        date_offset=config.target.date_offset,
        dates=config.plan.dates,
        hours=config.plan.preferred_hours,
        courts=config.plan.courts,
        length=config.target.duration_hours,
        interval_seconds=config.plan.interval_seconds,
        auto_book=config.plan.auto_book,
        accounts=config.accounts,
    )
    request = replace(request, **_common(said))
    if (text := said.options.get("日期")) is not None:
        request = replace(request, **_days(text, around))
    if (text := said.options.get("间隔")) is not None:
        request = replace(request, interval_seconds=parse_seconds(text))
    if (text := said.options.get("自动")) is not None:
        request = replace(request, auto_book=parse_yes(text, "自动=否"))
    return draft_monitor(request, around.rules, around.now)


def _schedule(job: Job, said: Said, around: Circumstances) -> Draft:
    config = schedule_config(job.config)
    assert job.recurrence is not None
    recurrence = timed_anew(job.recurrence, said.options, around.now, around.rules.zone)
    request = ScheduleRequest(
        name=job.name,
        preset=_preset(job, config.target, said, around),
        recurrence=recurrence,
        punctuality=punctuality_said(said.options, job.punctuality or around.usual or Punctuality()) or job.punctuality,
        date=config.target.date,
        date_offset=config.target.date_offset,
        hours=config.hours,
        courts=config.schedule.courts,
        length=config.target.duration_hours,
        accounts=config.accounts,
    )
    request = replace(request, **_common(said))
    if (text := said.options.get("日期")) is not None:
        day = _day(text, around, recurring=True)
        request = replace(request, date=day.date, date_offset=day.offset)
    draft = draft_schedule(request, around.rules, around.now)
    # A jitter that nobody has touched falls as it did.
    return replace(draft, recurrence=_same_seed(job.recurrence, draft.recurrence))


def _booking(job: Job, said: Said, around: Circumstances) -> Draft:
    config = booking_config(job.config)
    request = BookingRequest(
        name=job.name,
        preset=_preset(job, config.target, said, around),
        date=config.target.date,
        hours=config.plan.preferred_hours,
        courts=config.plan.courts,
        length=config.target.duration_hours,
        accounts=config.accounts,
    )
    request = replace(request, **_common(said))
    if (text := said.options.get("日期")) is not None:
        day = parse_date(text, around.today)
        request = replace(request, date=day.date, date_offset=day.offset)
    return replace(draft_booking(request, around.rules, around.now), punctuality=job.punctuality)


def _keep_alive(job: Job, said: Said, around: Circumstances) -> Draft:
    config = keep_alive_config(job.config)
    request = KeepAliveRequest(name=job.name, accounts=config.accounts, interval_seconds=config.plan.interval_seconds)
    request = replace(request, **_common(said))
    if (text := said.options.get("间隔")) is not None:
        request = replace(request, interval_seconds=parse_seconds(text))
    return draft_keep_alive(request, around.rules, around.now)


def _routine(job: Job, said: Said, around: Circumstances) -> Draft:
    options, old = said.options, job.recurrence
    if not isinstance(old, Every):
        raise Refusal(f"{job.label} 的循环方式改不了，请删除后重新创建")
    interval = parse_seconds(options["间隔"]) if "间隔" in options else old.seconds or DEFAULT_INTERVAL_SECONDS
    window = parse_window(options["有效时段"]) if "有效时段" in options else old.bounds.window
    request = RoutineRequest(
        name=_name(options["名称"]) if "名称" in options else job.name,
        template=options.get("模板") or str(job.config.get("template") or ""),
        params=_params(job, said),
        interval_seconds=interval,
        window=window,
        ends_on=_end(options["截止"], around) if "截止" in options else old.bounds.ends_on,
        account=_account(options["账号"]) if "账号" in options else job.config.get("account"),
    )
    rules = RoutineRules(templates=around.templates, zone=around.rules.zone, others=KEYS["routine"])
    draft = draft_routine(request, rules, around.now)
    bounds = replace(old.bounds, window=request.window, ends_on=request.ends_on)
    return replace(draft, recurrence=replace(old, seconds=interval, bounds=bounds), punctuality=job.punctuality)


_REDRAFTS: Final = {
    "monitor": _monitor,
    "schedule": _schedule,
    "auto_booking": _booking,
    "keep_alive": _keep_alive,
    "routine": _routine,
}


# -- option by option ----------------------------------------------------------------------------------------------
def _common(said: Said) -> dict[str, Any]:
    """The fields that jobs about venues and accounts have in common, as far as they were said."""
    options, fields = said.options, dict[str, Any]()
    if (text := options.get("名称")) is not None:
        fields["name"] = _name(text)
    if (text := options.get("时段")) is not None:
        fields["hours"] = () if is_cleared(text) else parse_hours(text)
    if (text := options.get("场地")) is not None:
        fields["courts"] = () if is_cleared(text) else listed(text)
    if (text := options.get("连续")) is not None:
        fields["length"] = length(text)
    if (text := options.get("账号")) is not None:
        fields["accounts"] = () if is_cleared(text) else listed(text)
    return fields


def _preset(job: Job, target: Target, said: Said, around: Circumstances) -> int:
    if said.preset is not None:
        return said.preset
    preset = resolve_preset(target, around.rules.presets)
    if preset is None:
        raise Refusal(f"{job.label} 的场馆不认识了，请一并写明 预设=编号，发送 !预设 查看")
    return preset.number


def _days(text: str, around: Circumstances) -> dict[str, Any]:
    """One day, several, or every day that can be seen."""
    if is_cleared(text) or clean(text) == "每天":
        return {"date": None, "date_offset": None, "dates": ()}
    days = [parse_date(one, around.today) for one in re.split(r"[,、;]", text) if one.strip()]
    if len(days) == 1:
        return {"date": days[0].date, "date_offset": days[0].offset, "dates": ()}
    return {"date": None, "date_offset": None, "dates": tuple(day.on(around.today) for day in days)}


def _day(text: str, around: Circumstances, *, recurring: bool) -> DateChoice:
    return parse_date(text, around.today, recurring=recurring)


def _name(text: str) -> str:
    return clean_name(text, MAX_NAME_LENGTH)


def _account(text: str) -> str | None:
    return None if is_cleared(text) else text


def _end(text: str, around: Circumstances) -> calendar.date | None:
    return None if is_cleared(text) else parse_end(text, around.rules.zone, around.now)


def _params(job: Job, said: Said) -> dict[str, str]:
    """The template's parameters as they were given, and otherwise where they were said; of another template, those."""
    if "模板" in said.options and said.options["模板"] != job.config.get("template"):
        return dict(said.params)
    kept = {name: spelled(value) for name, value in params_of(job.config).items()}
    anew = {name.casefold() for name in said.params}
    return {**{name: value for name, value in kept.items() if name.casefold() not in anew}, **said.params}


def _same_seed(old: Recurrence, new: Recurrence | None) -> Recurrence | None:
    if new is None or isinstance(old, Once) or isinstance(new, Once):
        return new
    if old.bounds.jitter_seconds != new.bounds.jitter_seconds:
        return new
    return replace(new, bounds=replace(new.bounds, jitter_seed=old.bounds.jitter_seed))


def _with_unknown(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {**old, **new}
    for part in ("target", "plan", "schedule"):
        before, after = old.get(part), new.get(part)
        if isinstance(before, dict) and isinstance(after, dict):
            merged[part] = {**before, **after}
    # As it is stored, lists for tuples: what is the same compares equal.
    return msgspec.json.decode(msgspec.json.encode(merged))


def names_accounts(names: Sequence[str], config: Mapping[str, Any]) -> bool:
    """Whether a configuration names exactly these accounts."""
    return list(names) == list(config.get("accounts") or ())
