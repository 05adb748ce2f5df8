"""How the bot is doing, and what superusers do to it as a whole."""

import re
from typing import Final

from jobs import DEEDS_AT_MOST, NotFound, Refusal, UserId, quote
from plugins._commands.command import Call, Reply
from plugins._commands.whom import joined, person_named
from plugins._replies.administration import (
    backed_up,
    deeds_told,
    findings_listed,
    present_problems,
    reloaded,
    status_told,
)

_DEEDS_SHOWN: Final = 20
_COUNT: Final = re.compile(r"([1-9][0-9]{0,8})条")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")


async def show_status(call: Call) -> Reply:
    status = await call.bot.administration.status()
    return Reply(text=status_told(status, call.surroundings.accounts(), call.zone, call.heard.at))


async def examine(call: Call) -> Reply:
    administration = call.bot.administration
    found = (await administration.diagnosis()).findings
    now = present_problems(await administration.status(), call.zone, call.heard.at)
    return Reply(text=findings_listed([*found, *now]))


async def reload(call: Call) -> Reply:
    administration = call.bot.administration
    found = await administration.reload(call.heard.actor, call.heard.inbound)
    return Reply(text=reloaded(found, await administration.complaints()), noted=True)


async def back_up(call: Call) -> Reply:
    made = await call.bot.administration.back_up(call.heard.actor, call.heard.inbound)
    return Reply(text=backed_up(made), noted=True)


async def show_deeds(call: Call) -> Reply:
    """Whose, or on which job, and how many, in any order; a bare number is a job's where one of that number was ever
    acted on."""
    person, number, count, bare = _asked_for(call)
    administration = call.bot.administration
    if bare is not None:
        try:
            told = await administration.deeds(count or _DEEDS_SHOWN, person=person, number=bare)
        except NotFound:
            if bare > DEEDS_AT_MOST:
                raise
            number, count = None, bare
        else:
            return Reply(text=deeds_told(told, call.zone, f"任务 #{bare}"))
    told = await administration.deeds(count or _DEEDS_SHOWN, person=person, number=number)
    whose = " · ".join(filter(None, [f"QQ{person}" if person else "", f"任务 #{number}" if number else ""]))
    return Reply(text=deeds_told(told, call.zone, whose))


def _asked_for(call: Call) -> tuple[UserId | None, int | None, int | None, int | None]:
    """Person, number of a job, number of lines, and a number that may be either. Raises `Refusal`."""
    person: UserId | None = None
    number = count = bare = None
    if said := call.arguments.options.get("条数"):
        count = _lines(said)
    for word in joined(call.arguments.positional):
        if found := _COUNT.fullmatch(word):
            count = _lines(found[1])
        elif word.startswith("#") and _NUMBER.fullmatch(word[1:]):
            number = int(word[1:])
        elif found_person := person_named(word):
            person = found_person
        elif _NUMBER.fullmatch(word):
            bare = int(word)
        else:
            raise Refusal(f"{quote(word)}看不懂，写人、任务或条数，例如 !审计 QQ20001、!审计 #7、!审计 50")
    return person, number, count, bare


def _lines(text: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) > DEEDS_AT_MOST:
        raise Refusal(f"条数{quote(text)}要写 1 到 {DEEDS_AT_MOST} 的整数，例如 !审计 条数=50")
    return int(text)
