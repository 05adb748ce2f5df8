"""Commands that create jobs."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from jobs import (
    MAX_NAME_LENGTH,
    DateChoice,
    Draft,
    MonitorRequest,
    Preset,
    Refusal,
    ScheduleRequest,
    all_kinds,
    assumed,
    clean_name,
    draft_monitor,
    draft_schedule,
    in_words,
    parse_date,
    parse_hours,
    parse_seconds,
    punctuality_said,
    recurrence_of,
    timing_said,
)
from plugins._commands.acting import START_SETTLES_SECONDS
from plugins._commands.command import Call, Reply
from plugins._commands.loose_words import Meant, glued, refuse_loose_options
from plugins._commands.venues import Undecided, ask_venue, preset_of_job
from plugins._replies.acted import created

_LOOSE: Final = (
    glued(("预设", "场馆", "日期", "时段", "间隔", "账号")),
    Meant(
        "时段",
        re.compile(r"[0-9]{1,2}(?:点?[-~到至][0-9]{1,2})?点|[0-9]{1,2}[-~][0-9]{1,2}|(?:晚上|下午|早上|上午).+点.*"),
        lambda hours: f"时段={hours[0][:20].removesuffix('点')}",
    ),
    Meant(
        "日期",
        re.compile(r"(?:[今明后]天|大后天|[本这下]?(?:周|星期|礼拜)[一二三四五六日天]|[0-9]{1,2}月[0-9]{1,2}).*"),
        lambda _day: "日期=明天、日期=周六 或 日期=11-28 这样",
    ),
)
"""Of a monitor, for which hours are those to book."""


async def create_monitor(call: Call) -> Reply:
    refuse_loose_options(call.arguments.positional[1:], _LOOSE)
    name = _name(call, call.arguments.positional)
    day = _day(call, recurring=False) or DateChoice()
    request = MonitorRequest(
        name=name,
        preset=0,
        date=day.date,
        date_offset=day.offset,
        auto_book="自动" in call.arguments.flags,
        accounts=_accounts(call),
        start="不启动" not in call.arguments.flags,
    )
    if hours := call.arguments.options.get("时段"):
        request = replace(request, hours=parse_hours(hours))
    if interval := call.arguments.options.get("间隔"):
        request = replace(request, interval_seconds=parse_seconds(interval))

    def draft(preset: Preset) -> Draft:
        return draft_monitor(replace(request, preset=preset.number), call.bot.rules, call.heard.at)

    return await _create(call, name, draft)


async def create_schedule(call: Call) -> Reply:
    options = call.arguments.options
    timing = timing_said(call.arguments.positional, options, call.heard.at, call.zone.key)
    name = _name(call, timing.name)
    day = _day(call, recurring=True) or DateChoice(offset=1)
    request = ScheduleRequest(
        name=name,
        preset=0,
        recurrence=recurrence_of(timing, call.heard.at),
        punctuality=punctuality_said(options, all_kinds()["schedule"].conduct.punctuality),
        date=day.date,
        date_offset=day.offset,
        accounts=_accounts(call),
        start="不启动" not in call.arguments.flags,
    )
    if hours := options.get("时段"):
        request = replace(request, hours=parse_hours(hours))

    def draft(preset: Preset) -> Draft:
        return draft_schedule(replace(request, preset=preset.number), call.bot.rules, call.heard.at)

    return await _create(call, name, draft, assumed(timing))


async def _create(call: Call, name: str, draft: Callable[[Preset], Draft], assumed_time: str = "") -> Reply:
    try:
        preset = call.preset or preset_of_job(call, name)
    except Undecided as undecided:
        # Whatever else is wrong is said now, not after the answer.
        draft(call.bot.presets[0])
        return ask_venue(call, name, undecided.candidates, "创建")
    drafted = draft(preset)
    engine, board = call.bot.engine, call.bot.board
    job = engine.create(call.heard.actor, drafted, call.heard.inbound)
    job = await engine.settled(job.id, START_SETTLES_SECONDS) or job
    rhythm = in_words(job.recurrence, call.zone.key) if job.recurrence else ""
    text = created(board.detail(job), rhythm, call.zone, assumed_time)
    return Reply(text=text, about=job.id, noted=True)


def _name(call: Call, words: Sequence[str]) -> str:
    if not words:
        raise Refusal(f"要给任务起个名称，例如 {call.command.example}")
    return clean_name(" ".join(words), MAX_NAME_LENGTH)


def _day(call: Call, *, recurring: bool) -> DateChoice | None:
    text = call.arguments.options.get("日期")
    if text is None:
        return None
    return parse_date(text, call.heard.at.astimezone(call.zone).date(), recurring=recurring)


def _accounts(call: Call) -> tuple[str, ...]:
    text = call.arguments.options.get("账号", "")
    return tuple(dict.fromkeys(name for name in re.split(r"[,、;/\s]+", text) if name))
