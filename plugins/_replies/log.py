"""The end of a job's log: as one text, or as pages of a forwarded message."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from jobs import Job
from plugins._replies.pages import PAGE_WIDTH, PAGES_AT_MOST, TEXT_WIDTH, paged


class Excerpt(NamedTuple):
    """Which lines were asked for: those that hold `search`, written since then (in the readers' zone; None: any)."""

    search: str = ""
    since: datetime | None = None

    @property
    def in_words(self) -> str:
        """`11-22 12:00 以来含“失败”的`; empty for all lines."""
        since = f"{self.since:%m-%d %H:%M} 以来" if self.since else ""
        return since + (f"含“{self.search}”的" if self.search else "的" if since else "")


ALL: Final = Excerpt()


def log_text(job: Job, lines: Sequence[str], excerpt: Excerpt = ALL) -> str:
    """The whole excerpt as one text, however long."""
    if not lines:
        return _nothing(job, excerpt)
    return "\n".join([_title(job, lines, excerpt), *lines])


def log_pages(job: Job, lines: Sequence[str], excerpt: Excerpt = ALL) -> tuple[str, ...]:
    """The excerpt as pages of at most `PAGE_WIDTH` characters, at most `PAGES_AT_MOST`; empty where one text will do.

    What does not fit is left out at the beginning: the end of a log is what people ask for.
    """
    if len(log_text(job, lines, excerpt)) <= TEXT_WIDTH:
        return ()
    return (_title(job, lines, excerpt), *paged(lines)[-(PAGES_AT_MOST - 1) :])


def text_pages(title: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Lines of any kind behind a title, as pages; empty where they fit one text."""
    if sum(map(len, (title, *lines))) + len(lines) <= TEXT_WIDTH:
        return ()
    return (title, *paged(lines)[: PAGES_AT_MOST - 1])


def cut_text(title: str, lines: Sequence[str]) -> str:
    """As many of the lines behind a title as one text holds, the last one always: there the conclusion stands."""
    text = "\n".join([title, *lines])
    if len(text) <= TEXT_WIDTH or not lines:
        return text
    last = lines[-1][:PAGE_WIDTH]
    return f"{text[: max(TEXT_WIDTH - len(last), 0)]}…\n{last}"


def log_tail(job: Job, lines: Sequence[str], excerpt: Excerpt = ALL) -> str:
    """As much of the end as one text holds, saying so: for chats that take no forwarded message."""
    title = f"{_title(job, lines, excerpt)}，太长了，只显示末尾"
    body = "\n".join(lines)
    return f"{title}\n{body[-(TEXT_WIDTH - len(title) - 1) :]}"


def _title(job: Job, lines: Sequence[str], excerpt: Excerpt) -> str:
    return f"📄 {job.label} {excerpt.in_words}最后 {len(lines)} 行日志"


def _nothing(job: Job, excerpt: Excerpt) -> str:
    look = f"发送 !任务日志 {job.number} 看最近的"
    if excerpt.since:
        holding = f"含“{excerpt.search}”的" if excerpt.search else ""
        return f"📄 {job.label} 从 {excerpt.since:%m-%d %H:%M} 起没有{holding}日志，{look}"
    if excerpt.search:
        return f"📄 {job.label} 的日志里没有“{excerpt.search}”，{look}"
    return f"📄 {job.label} 还没有日志"
