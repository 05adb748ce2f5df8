"""The list of jobs."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from jobs import JobPage, JobRow, Status, in_words, shorten
from plugins._replies.pages import TEXT_WIDTH
from plugins._replies.standing import armed, failing, in_line, missed, paused
from plugins._replies.times import clock, day_and_time

_FACTS_WIDTH: Final = 90
"""Characters: three lines of a phone."""
_LATEST_WIDTH: Final = 26
"""Characters of what is most worth knowing, where many jobs shall fit one message."""


def listing(page: JobPage, zone: ZoneInfo, *, asked_for: str = "") -> str:
    """A title line, two lines a job. `asked_for` is the filter in the words it came in, empty for none."""
    whole = _written(page, asked_for, [_facts(row, zone) for row in page.rows])
    if len(whole) <= TEXT_WIDTH:
        return whole
    return _written(page, asked_for, [_few_facts(row, zone) for row in page.rows])


def _written(page: JobPage, asked_for: str, facts: Sequence[str]) -> str:
    title = f"📋 任务列表（共 {page.total} 个）"
    if not page.total:
        return f"{title}\n{nothing(asked_for)}"
    lines = [title]
    for row, said in zip(page.rows, facts, strict=True):
        lines += [f"{row.job.status.icon} #{row.job.number} {row.job.id} {row.job.name}", f"  {said}"]
    if page.page < page.pages:
        again = f"!任务列表 {asked_for}".strip()
        lines.append(f"第 {page.page}/{page.pages} 页，发送 {again} 页={page.page + 1} 看下一页")
    elif page.pages > 1:
        lines.append(f"第 {page.page}/{page.pages} 页，这是最后一页")
    return "\n".join(lines)


def list_caption(page: JobPage, asked_for: str = "") -> str:
    """What stands above the list as a picture, with what is next."""
    title = f"📋 任务列表（共 {page.total} 个）"
    if not page.total:
        return f"{title}\n{nothing(asked_for)}"
    if page.pages == 1:
        return f"{title}，发送 !任务详情 编号 看其中一个"
    where = f"{title}第 {page.page}/{page.pages} 页"
    again = " ".join(filter(None, ["!任务列表", asked_for, "图"]))
    return f"{where}，下一页 {again} 页={page.page + 1}" if page.page < page.pages else f"{where}，这是最后一页"


def nothing(asked_for: str) -> str:
    """What an empty list says."""
    if asked_for:
        return f"没有符合“{asked_for}”的任务，发送 !任务列表 查看全部"
    return "还没有任务。发送 !创建监控 南洋北苑健身房监控 创建第一个，!帮助 查看全部命令"


def _facts(row: JobRow, zone: ZoneInfo) -> str:
    # What is cut off is the configuration: it is in the details, too.
    facts = [row.kind_title, latest(row, zone), *configuration(row, zone)]
    return shorten(" · ".join(fact for fact in facts if fact), _FACTS_WIDTH)


def _few_facts(row: JobRow, zone: ZoneInfo) -> str:
    """Its kind, its cadence, and its last result or next instant."""
    cadence = next((fact for fact in row.describes.split(" · ") if fact.startswith("每")), "")
    if row.job.recurrence:
        cadence = in_words(row.job.recurrence, zone.key)
    facts = [row.kind_title, cadence, shorten(latest(row, zone), _LATEST_WIDTH)]
    return shorten(" · ".join(fact for fact in facts if fact), _FACTS_WIDTH)


def configuration(row: JobRow, zone: ZoneInfo) -> tuple[str, str]:
    """When it acts, empty for a long run, and what it does."""
    return in_words(row.job.recurrence, zone.key) if row.job.recurrence else "", row.describes


def latest(row: JobRow, zone: ZoneInfo) -> str:
    """What is most worth knowing now: what a run waits for, its last check, the next instant, or why it ended."""
    job, progress = row.job, row.progress
    if waits := in_line(row, zone) or armed(row, zone):
        return waits
    if job.status is Status.PAUSED:
        return paused(row, zone)
    if job.status is Status.RUNNING and progress is not None and progress.sentence:
        # A run for one instant names a check only so that it can be seen to be alive.
        checks_again = progress.next_check_at if job.recurrence is None else None
        again = f"，{clock(checks_again, zone)} 再查" if checks_again else ""
        return progress.sentence + again
    if job.next_at is not None and job.status in (Status.PENDING, Status.RUNNING):
        if fails := failing(row, zone):
            return f"{fails}：{job.last_result}" if job.last_result else fails
        last = f" · 上次：{job.last_result}" if job.last_result else ""
        return f"下次 {day_and_time(job.next_at, zone)}{last}"
    return missed(job) or job.reason or job.last_result or job.status.words
