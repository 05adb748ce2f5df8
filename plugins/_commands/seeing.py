"""Commands that only look."""

from datetime import timedelta
from functools import cache, partial
from typing import Final

from jobs import (
    Job,
    JobFilter,
    Refusal,
    Status,
    all_kinds,
    clean_name,
    parse_since,
    quote,
    search_presets,
    why,
    without_tracebacks,
)
from plugins._commands.command import Call, Reply
from plugins._commands.picturing import pictured
from plugins._pictures import draw_card, draw_list
from plugins._replies.detail import detail
from plugins._replies.listing import list_caption, listing
from plugins._replies.log import Excerpt, cut_text, log_pages, log_tail, log_text, text_pages
from plugins._replies.presets import preset_list
from plugins._replies.seen import DAYS_SEEN

DEFAULT_LOG_LINES: Final = 20
MAX_LOG_LINES: Final = 500
"""About what thirty forwarded pages hold."""
_PRESETS_FOUND: Final = 12

_MINE: Final = frozenset({"我的", "mine"})
_ALL: Final = frozenset({"全部", "所有", "all"})
_STATUS_WORDS: Final = {
    **{status.words: status for status in Status},
    **{status.value: status for status in Status},
    "等待": Status.PENDING,
    "运行": Status.RUNNING,
    "暂停": Status.PAUSED,
    "停止": Status.STOPPED,
    "完成": Status.COMPLETED,
}


async def list_jobs(call: Call) -> Reply:
    words = call.arguments.positional
    page = _number(call.arguments.options.get("页", "1"), "页", 1, 10**6)
    if number := next((word for word in words if word.removeprefix("#").isdecimal()), None):
        shown = number.removeprefix("#")
        raise Refusal(f"要看任务 {quote(shown)} 请发送 !任务详情 {shown[:20]}；要看第几页请写 页={shown[:4]}")
    shown = call.bot.board.page(call.heard.actor, _filter(words), page)
    asked_for = " ".join(words)
    twin = Reply(text=listing(shown, call.zone, asked_for=asked_for), prefers_text=True)
    drawing = partial(draw_list, shown, call.zone, asked_for)
    return await pictured(call, twin, list_caption(shown, asked_for), drawing)


async def show_detail(call: Call) -> Reply:
    job = call.job()
    shown = call.bot.board.detail(job)
    seen = call.bot.board.sightings(job, call.today - timedelta(days=DAYS_SEEN - 1))
    twin = Reply(text=detail(shown, call.zone, seen), about=job.id)
    caption = f"{job.status.icon} {job.label}，引用本条回复“停/日志/改”即可操作"
    return await pictured(call, twin, caption, partial(draw_card, shown, call.zone, seen))


async def show_log(call: Call) -> Reply:
    asked = call.arguments.options
    since = parse_since(asked["从"], call.heard.at.astimezone(call.zone)) if "从" in asked else None
    job, lines = _job_and_lines(call, DEFAULT_LOG_LINES if since is None else MAX_LOG_LINES)
    excerpt = Excerpt(search=asked.get("搜索", ""), since=since)
    found = without_tracebacks(await call.bot.board.log(job, lines, excerpt.search, since))
    if pages := log_pages(job, found, excerpt):
        return Reply(text=log_tail(job, found, excerpt), pages=pages, about=job.id)
    return Reply(text=log_text(job, found, excerpt), about=job.id)


async def tell_why(call: Call) -> Reply:
    """What happened, from stored events; a long story in pages."""
    job = call.job()
    title, *story = why(call.bot.board.story(job), job, call.zone).splitlines()
    return Reply(text=cut_text(title, story), pages=text_pages(title, story), about=job.id)


async def list_presets(call: Call) -> Reply:
    keyword = " ".join(call.arguments.positional)
    if keyword:
        keyword = clean_name(keyword, max_length=40)
    found = search_presets(keyword, call.bot.presets, _PRESETS_FOUND if keyword else len(call.bot.presets))
    if not found:
        raise Refusal(f"没有与{quote(keyword)}相符的预设，发送 !预设 查看全部")
    return Reply(text=preset_list(found, keyword))


def _job_and_lines(call: Call, otherwise: int) -> tuple[Job, int]:
    """`任务日志 7 50` and, quoting a message about a job, `任务日志 50`: a number at the end counts lines."""
    words = call.arguments.positional
    lines = call.arguments.options.get("行数")
    has_job_besides = len(words) > 1 or call.heard.quoted is not None
    if lines is None and words and words[-1].isdecimal() and has_job_besides:
        words, lines = words[:-1], words[-1]
    return call.job(words), _number(lines or str(otherwise), "行数", 1, MAX_LOG_LINES)


def _number(text: str, name: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high):
        raise Refusal(f"{name}{quote(text)}不对，请写 {low} 到 {high} 的整数，例如 {name}={max(low, min(20, high))}")
    return int(text)


def _filter(words: list[str]) -> JobFilter:
    status: Status | None = None
    kind: str | None = None
    mine = False
    for word in words:
        key = word.casefold()
        if key in _MINE:
            mine = True
        elif key in _STATUS_WORDS and status is None:
            status = _STATUS_WORDS[key]
        elif key in _kind_words() and kind is None:
            kind = _kind_words()[key]
        elif key not in _ALL:
            raise Refusal(f"不明白{quote(word)}，可以写状态（运行中、失败…）、类型（监控、定时、循环）、我的 或 全部")
    return JobFilter(status=status, kind=kind, mine=mine)


@cache
def _kind_words() -> dict[str, str]:
    """What people call the kinds: their titles and their names."""
    return {word: kind.name for kind in all_kinds().values() for word in (kind.title, kind.name)}
