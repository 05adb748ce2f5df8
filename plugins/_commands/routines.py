"""Commands about routines: what they can run, and creating one."""

import re
from typing import Final

from jobs import (
    MAX_NAME_LENGTH,
    Refusal,
    Role,
    RoutineRequest,
    RoutineRules,
    Templates,
    clean_name,
    draft_routine,
    in_words,
    parse_end,
    parse_seconds,
    parse_window,
)
from plugins._commands.acting import START_SETTLES_SECONDS
from plugins._commands.command import Call, Reply
from plugins._commands.loose_words import Meant, glued, refuse_loose_options
from plugins._replies.acted import created
from plugins._replies.templates import template_list, which_template

_LOOSE: Final = (
    glued(("模板", "间隔", "时段", "截止", "账号")),
    Meant("间隔", re.compile(r"每隔?(.*(?:小时|分钟|分|秒|天)|[0-9].*)"), lambda every: f"间隔={every[1][:20]}"),
    Meant(
        "时段",
        re.compile(r"[0-9]{1,2}点?[-~到至][0-9]{1,2}点?"),
        lambda hours: f"时段={hours[0].replace('点', '')}",
    ),
)


async def create_routine(call: Call) -> Reply:
    """What the command does not name itself are the template's parameters."""
    options, templates = call.arguments.options, call.bot.templates.templates()
    words = call.arguments.positional
    if not words:
        raise Refusal(f"要给任务起个名称，例如 {call.command.example}；发送 !模板 看能运行什么")
    refuse_loose_options(words[1:], _LOOSE)
    name = clean_name(" ".join(words), MAX_NAME_LENGTH)
    if "模板" not in options:
        raise Refusal(which_template(name, templates))
    request = RoutineRequest(
        name=name,
        template=options["模板"],
        params=call.arguments.further,
        window=parse_window(options["时段"]) if "时段" in options else None,
        ends_on=parse_end(options["截止"], call.zone.key, call.heard.at) if "截止" in options else None,
        account=options.get("账号"),
        start="不启动" not in call.arguments.flags,
        **({"interval_seconds": parse_seconds(options["间隔"])} if "间隔" in options else {}),
    )
    return await _create(call, request, templates)


async def list_templates(call: Call) -> Reply:
    """Titles and parameters are for everybody; what a template runs, and what is wrong with one, is not."""
    templates = call.bot.templates.templates()
    if name := " ".join(call.arguments.positional):
        templates = Templates(known={name: templates.named(name)})
    is_administrator = call.heard.actor.role is Role.SUPERUSER
    return Reply(text=template_list(templates, in_full=bool(name), tells_troubles=is_administrator))


async def _create(call: Call, request: RoutineRequest, templates: Templates) -> Reply:
    own = tuple(option.name for option in call.command.options)
    rules = RoutineRules(templates=templates, zone=call.zone.key, others=own)
    draft = draft_routine(request, rules, call.heard.at)
    engine = call.bot.engine
    job = engine.create(call.heard.actor, draft, call.heard.inbound)
    job = await engine.settled(job.id, START_SETTLES_SECONDS) or job
    rhythm = in_words(job.recurrence, call.zone.key) if job.recurrence else ""
    return Reply(text=created(call.bot.board.detail(job), rhythm, call.zone), about=job.id, noted=True)
