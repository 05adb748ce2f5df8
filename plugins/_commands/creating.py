"""Commands that create jobs at a venue."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from jobs import (
    EVERY_DAY,
    MAX_NAME_LENGTH,
    Account,
    BookingRequest,
    DateChoice,
    Draft,
    Job,
    JobFilter,
    KeepAliveRequest,
    MonitorRequest,
    Once,
    Preset,
    Refusal,
    ScheduleRequest,
    Status,
    all_kinds,
    assumed,
    clean_name,
    draft_booking,
    draft_keep_alive,
    draft_monitor,
    draft_schedule,
    in_words,
    keeping_to,
    parse_date,
    parse_hours,
    parse_seconds,
    punctuality_said,
    recurrence_of,
    shorten,
    unit_unsaid,
)
from plugins._commands.accounts_named import accounts_said, buyers, no_account, what_lacks
from plugins._commands.acting import START_SETTLES_SECONDS
from plugins._commands.command import Call, Reply
from plugins._commands.heard_beside import heard_of_monitor, heard_of_race, heard_of_schedule, once_said
from plugins._commands.slots_named import courts_said, length_said
from plugins._commands.understanding import monitor_said, race_said, schedule_said, titled
from plugins._commands.venues import Undecided, ask_venue, guess_said, preset_of_job
from plugins._replies.acted import created
from plugins._replies.booking import race_plan
from plugins._replies.detail import detail

_ENDED: Final = frozenset({Status.STOPPED, Status.FAILED, Status.COMPLETED})


async def create_monitor(call: Call) -> Reply:
    call = monitor_said(call)
    name = _name(call)
    days = _days(call)
    day = days[0] if len(days) == 1 else DateChoice()
    auto_book = "自动" in call.arguments.flags
    request = MonitorRequest(
        name=name,
        preset=0,
        date=day.date,
        date_offset=day.offset,
        dates=tuple(one.on(call.today) for one in days) if len(days) > 1 else (),
        courts=courts_said(call),
        length=length_said(call),
        auto_book=auto_book,
        accounts=accounts_said(call),
        start="不启动" not in call.arguments.flags,
    )
    bookers = buyers(call) if auto_book else ()
    if hours := call.arguments.options.get("时段"):
        request = replace(request, hours=parse_hours(hours))
    if interval := call.arguments.options.get("间隔"):
        request = replace(request, interval_seconds=parse_seconds(interval))

    def draft(preset: Preset, name: str) -> Draft:
        return draft_monitor(replace(request, name=name, preset=preset.number), call.bot.rules, call.heard.at)

    notes = (*heard_of_monitor(call, days), _booked_with(request.accounts, bookers))
    return await _create(call, name, draft, notes, what_lacks(call, bookers) if auto_book else "")


async def create_schedule(call: Call) -> Reply:
    call, timing = schedule_said(call)
    options = call.arguments.options
    name = _name(call)
    day = _day(call, recurring=True) or DateChoice(offset=1)
    request = ScheduleRequest(
        name=name,
        preset=0,
        recurrence=recurrence_of(timing, call.heard.at),
        punctuality=punctuality_said(options, all_kinds()["schedule"].conduct.punctuality),
        date=day.date,
        date_offset=day.offset,
        courts=courts_said(call),
        length=length_said(call),
        accounts=accounts_said(call),
        start="不启动" not in call.arguments.flags,
    )
    bookers = buyers(call)
    if hours := options.get("时段"):
        request = replace(request, hours=parse_hours(hours))

    def draft(preset: Preset, name: str) -> Draft:
        return draft_schedule(replace(request, name=name, preset=preset.number), call.bot.rules, call.heard.at)

    notes = (once_said(call, timing, request), assumed(timing), *heard_of_schedule(call))
    notes = (*notes, _booked_with(request.accounts, bookers))
    return await _create(call, name, draft, notes, what_lacks(call, bookers))


async def create_booking(call: Call) -> Reply:
    """A race for the release of a day; without an account it could only lose."""
    call = race_said(call)
    name = _name(call)
    day = _day(call, recurring=False) or DateChoice()
    request = BookingRequest(
        name=name,
        preset=0,
        date=day.date,
        date_offset=day.offset,
        courts=courts_said(call),
        length=length_said(call),
        accounts=accounts_said(call),
        start="不启动" not in call.arguments.flags,
    )
    if hours := call.arguments.options.get("时段"):
        request = replace(request, hours=parse_hours(hours))
    racers = buyers(call)
    if not racers:
        raise no_account(call)

    def draft(preset: Preset, name: str) -> Draft:
        return draft_booking(replace(request, name=name, preset=preset.number), call.bot.rules, call.heard.at)

    notes = (*heard_of_race(call), _booked_with(request.accounts, racers))
    return await _create(call, name, draft, notes, what_lacks(call, racers))


def _booked_with(named: Sequence[str], accounts: Sequence[Account]) -> str:
    """The default account, where it is that; those that are named stand in the job's own line."""
    return "" if named or not accounts else f"账号 {'、'.join(one.nickname for one in accounts)}（默认）"


async def keep_alive(call: Call) -> Reply:
    """Creates a job that keeps accounts logged in, or shows the one there is."""
    names = (*accounts_said(call), *call.arguments.positional)
    kept = buyers(call, names)
    if not kept:
        raise no_account(call)
    names = tuple(one.nickname for one in kept)
    if existing := _keeps_already(call, kept):
        text = f"ℹ️ 已经有了，不再多建：账号 {'、'.join(names)} 由 {existing.label} 保活"
        return Reply(text=f"{text}\n{detail(call.bot.board.detail(existing), call.zone)}", about=existing.id)
    request = KeepAliveRequest(name=shorten(f"保活 {'、'.join(names)}", MAX_NAME_LENGTH), accounts=names)
    if interval := call.arguments.options.get("间隔"):
        request = replace(request, interval_seconds=parse_seconds(interval))
    drafted = draft_keep_alive(request, call.bot.rules, call.heard.at)
    return await _made(call, drafted, (unit_unsaid(interval or ""),), what_lacks(call, kept))


def _keeps_already(call: Call, accounts: Sequence[Account]) -> Job | None:
    """The job that keeps all these accounts and has not ended, of those that can be seen here: by whatever they were
    named, or by default."""
    page = call.bot.board.page(call.heard.actor, JobFilter(kind="keep_alive", mine=True))
    living = (row.job for row in page.rows if row.job.status not in _ENDED)
    return next((job for job in living if _keeps(call, job, accounts)), None)


def _keeps(call: Call, job: Job, accounts: Sequence[Account]) -> bool:
    kept = call.bot.accounts.usable(job.config.get("accounts") or (), job.owner, job.origin).accounts
    return {account.id for account in accounts} <= {account.id for account in kept}


async def _create(
    call: Call, name: str, draft: Callable[[Preset, str], Draft], notes: Sequence[str] = (), advice: str = ""
) -> Reply:
    """`name` empty: nothing was said that could be one; the venue's title becomes it."""
    try:
        preset = call.preset or preset_of_job(call, name)
    except Undecided as undecided:
        # Whatever else is wrong is said now, not after the answer.
        draft(call.bot.presets[0], name or titled(call.bot.presets[0], call))
        return ask_venue(call, name or shorten(call.line, MAX_NAME_LENGTH), undecided.candidates, "创建")
    notes = [*notes, "" if call.preset else guess_said(call)]
    return await _made(call, draft(preset, name or titled(preset, call)), notes, advice)


async def _made(call: Call, drafted: Draft, notes: Sequence[str], advice: str) -> Reply:
    """`notes`, `advice`: as in `created`; empty ones are none."""
    engine, board = call.bot.engine, call.bot.board
    drafted = replace(drafted, config=keeping_to(_named(call, drafted), drafted.config))
    job = engine.create(call.heard.actor, drafted, call.heard.inbound)
    job = await engine.settled(job.id, START_SETTLES_SECONDS) or job
    is_race = job.kind == "auto_booking"
    rhythm = in_words(job.recurrence, call.zone.key) if job.recurrence and not is_race else ""
    notes = [*_instants(job, call), *notes]
    text = created(board.detail(job), rhythm, call.zone, tuple(filter(None, notes)), advice)
    return Reply(text=text, about=job.id, noted=True)


def _named(call: Call, drafted: Draft) -> Sequence[Account]:
    """The accounts that the job names; it keeps to them."""
    names, actor = drafted.config.get("accounts") or (), call.heard.actor
    return call.bot.accounts.usable(names, actor.user_id, actor.chat).accounts


def _name(call: Call) -> str:
    """Of the words that are left; empty where all of them said something else."""
    words = call.arguments.positional
    if not words and not call.arguments.options:
        raise Refusal(f"要给任务起个名称，例如 {call.command.example}")
    return clean_name(" ".join(words), MAX_NAME_LENGTH) if words else ""


def _day(call: Call, *, recurring: bool) -> DateChoice | None:
    text = call.arguments.options.get("日期")
    return parse_date(text, call.today, recurring=recurring) if text is not None else None


def _days(call: Call) -> list[DateChoice]:
    """One day or several, the dearest first: `日期=周六,周日`; none: every day."""
    said = call.arguments.options.get("日期", "")
    pieces = [] if said == EVERY_DAY else re.split(r"[,、;]", said)
    return list(dict.fromkeys(parse_date(text, call.today) for text in pieces if text.strip()))


def _instants(job: Job, call: Call) -> list[str]:
    """Of a race: when it is run, and when it is rehearsed."""
    if job.kind != "auto_booking" or not isinstance(job.recurrence, Once):
        return []
    return [race_plan(job.recurrence.at, call.heard.at, call.zone)]
