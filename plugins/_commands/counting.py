"""How jobs have done: `!统计`."""

import re
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final, NamedTuple

from jobs import Job, Refusal, hours_wanted, quote
from plugins._commands.command import Call, Reply
from plugins._commands.picturing import pictured
from plugins._pictures import draw_statistics
from plugins._replies.statistics import comes_next, since, statistics_text

_DAYS_USUALLY: Final = 7
_DAYS_AT_MOST: Final = 366
_DAYS: Final = re.compile(r"(?:近|最近)?([0-9]{1,9}) ?(?:天|日|d|days?)", re.IGNORECASE)


class _Asked(NamedTuple):
    job: Job | None
    days: int


async def count_jobs(call: Call) -> Reply:
    asked = _asked(call)
    first = call.today - timedelta(days=asked.days - 1)
    begins = datetime.combine(first, time(), call.zone)
    shown = await call.bot.board.statistics(call.heard.actor, begins, asked.days, asked.job)
    command = f"!统计 {asked.job.number}" if asked.job else "!统计"
    wanted = hours_wanted(asked.job) if asked.job else ()
    about = asked.job.label if asked.job else ""
    twin = Reply(text=statistics_text(shown, asked.job, command), about=asked.job.id if asked.job else None)
    caption = f"📊 {about or '统计'}（{since(shown)}），{comes_next(shown, f'{command} 图')}"
    return await pictured(call, twin, caption, partial(draw_statistics, shown, about, wanted))


def _asked(call: Call) -> _Asked:
    """`7` is a job, `7天` or a number behind a job are days."""
    words = list(call.arguments.positional)
    days = call.arguments.options.get("天数")
    if days is None:
        said = next((word for word in words if _DAYS.fullmatch(word)), None)
        if said is not None:
            words.remove(said)
            found = _DAYS.fullmatch(said)
            days = found[1] if found else None
        elif len(words) > 1 and words[-1].isdecimal():
            days = words.pop()
    words = [word for word in words if word not in ("全部", "所有", "all")]
    is_about_one = bool(words) or call.heard.quoted is not None
    return _Asked(call.job(words) if is_about_one else None, _number_of_days(days))


def _number_of_days(text: str | None) -> int:
    if text is None:
        return _DAYS_USUALLY
    found = _DAYS.fullmatch(text)
    digits = found[1] if found else text
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10 and 1 <= int(digits) <= _DAYS_AT_MOST):
        raise Refusal(f"天数{quote(text)}不对，请写 1 到 {_DAYS_AT_MOST} 的整数，例如 !统计 30天")
    return int(digits)
