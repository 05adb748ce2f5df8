"""Commands about routines: what they can run, and creating one."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from jobs import (
    MAX_NAME_LENGTH,
    Option,
    Refusal,
    Role,
    RoutineRequest,
    RoutineRules,
    Templates,
    Unusable,
    clean_name,
    draft_routine,
    in_words,
    meant_as_time,
    parse_end,
    parse_seconds,
    parse_window,
    quote,
)
from plugins._commands.acting import START_SETTLES_SECONDS
from plugins._commands.command import Call, Reply
from plugins._commands.loose_words import Meant, glued, refuse_loose_options
from plugins._replies.acted import created
from plugins._replies.templates import template_list, which_template

_LOOSE: Final = (
    glued(("模板", "间隔", "有效时段", "时段", "截止", "账号")),
    Meant(
        "间隔",
        re.compile(r"每隔?([0-9一二两三四五六七八九十半]+个?(?:小时|分钟|分|秒|天)|[0-9]+)"),
        lambda every: f"间隔={every[1][:20]}",
    ),
    Meant(
        "时段",
        re.compile(r"[0-9]{1,2}点?[-~到至][0-9]{1,2}点?"),
        lambda hours: f"有效时段={hours[0].replace('点', '')}",
    ),
)


async def create_routine(call: Call) -> Reply:
    """What the command does not name itself are the template's parameters."""
    options, templates = call.arguments.options, call.bot.templates.templates()
    words = call.arguments.positional
    if not words:
        raise Refusal(f"要给任务起个名称，例如 {call.command.example}；发送 !模板 看能运行什么")
    refuse_loose_options(words[1:], _LOOSE)
    if said := next((word for word in words[1:] if meant_as_time(word)), None):
        raise Refusal(
            f"{quote(said)}像是时间：循环不定点，一次结束后隔一段再来，例如 间隔=1天 或 间隔=2小时 有效时段=8-22；"
            "要是名称的一部分，请把整个名称加引号"
        )
    name = clean_name(" ".join(words), MAX_NAME_LENGTH)
    if "模板" not in options:
        raise Refusal(which_template(name, templates))
    _refuse_options_of_others(call, templates)
    request = RoutineRequest(
        name=name,
        template=options["模板"],
        params=call.arguments.further,
        window=parse_window(options["有效时段"]) if "有效时段" in options else None,
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
        with _troubles_told(call):
            templates = Templates(known={name: templates.named(name)})
    return Reply(text=template_list(templates, in_full=bool(name), tells_troubles=_is_administrator(call)))


def _refuse_options_of_others(call: Call, templates: Templates) -> None:
    """What is no parameter of the template, but an option of another command: `抖动=`."""
    template = templates.known.get(call.arguments.options["模板"])
    params = {parameter.name.casefold() for parameter in template.parameters} if template else set[str]()
    for key in call.arguments.further:
        owners = (command for command in call.commands for option in command.options if _is_called(option, key))
        if key.casefold() not in params and (owner := next(owners, None)):
            own = "、".join(option.written for option in call.command.options)
            raise Refusal(
                f"{quote(key + '=')}是 !{owner.name} 的选项，!{call.command.name} 用不上，请去掉；它的选项：{own}"
            )


def _is_called(option: Option, key: str) -> bool:
    return key.casefold() in map(str.casefold, (option.name, *option.aliases))


def _is_administrator(call: Call) -> bool:
    return call.heard.actor.role is Role.SUPERUSER


@contextmanager
def _troubles_told(call: Call) -> Generator[None]:
    """What is wrong with a template, for administrators; others learn that something is."""
    try:
        yield
    except Unusable as unusable:
        if _is_administrator(call):
            raise unusable.whole from unusable
        raise


async def _create(call: Call, request: RoutineRequest, templates: Templates) -> Reply:
    own = tuple(option.name for option in call.command.options)
    rules = RoutineRules(templates=templates, zone=call.zone.key, others=own)
    with _troubles_told(call):
        draft = draft_routine(request, rules, call.heard.at)
    engine = call.bot.engine
    job = engine.create(call.heard.actor, draft, call.heard.inbound)
    job = await engine.settled(job.id, START_SETTLES_SECONDS) or job
    rhythm = in_words(job.recurrence, call.zone.key) if job.recurrence else ""
    return Reply(text=created(call.bot.board.detail(job), rhythm, call.zone), about=job.id, noted=True)
