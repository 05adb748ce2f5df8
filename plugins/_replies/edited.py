"""What became of a job that was changed, or whose last act was taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jobs import Holds, JobDetail, Run, Status, Undone
from plugins._replies.standing import standing
from plugins._replies.times import day_and_time

REGRET: Final = "十分钟内可 !撤销"
_ENDED: Final = (Status.STOPPED, Status.FAILED, Status.COMPLETED)


def changed(detail: JobDetail, lines: Sequence[str], holds: Holds, run: Run | None, zone: ZoneInfo) -> str:
    """`lines`: old → new; `holds`: from when on, `run` being the last one there was before."""
    job = detail.row.job
    said = [f"✏️ 已修改 {job.label}", *lines, *_from_when_on(detail, holds, run, zone), standing(detail, zone)]
    if job.status in _ENDED:
        said[-1] += f"，发送 !启动任务 {job.number} 按新的启动"
    return "\n".join([*said, REGRET])


def nothing_to_change(detail: JobDetail, zone: ZoneInfo) -> str:
    job = detail.row.job
    return f"ℹ️ {job.label} 本来就是这样，没有改动\n{standing(detail, zone)}"


def undone(what: Undone, detail: JobDetail, lines: Sequence[str], zone: ZoneInfo) -> str:
    """`lines`: of an edit, what became of what again."""
    act = {"edit": "修改", "stop": "停止", "delete": "删除"}[what.act]
    title = f"↩️ 已撤销 {what.acted_at.astimezone(zone):%H:%M} 对 {detail.row.job.label} 的{act}"
    return "\n".join([title, *lines, standing(detail, zone)])


def _from_when_on(detail: JobDetail, holds: Holds, run: Run | None, zone: ZoneInfo) -> list[str]:
    if holds is Holds.WITH_A_NEW_RUN:
        return ["正在按新的重新运行" if detail.row.job.status is not Status.RUNNING else "已按新的重新运行"]
    if holds is Holds.AFTER_THIS_RUN:
        return [f"{_this_run(run, detail, zone)}仍按原来的，之后按新的"]
    return []


def _this_run(run: Run | None, detail: JobDetail, zone: ZoneInfo) -> str:
    at: datetime | None = run.scheduled_at if run is not None else None
    if at is None or detail.row.armed_for is None:
        return "正在进行的这次"
    return f"{day_and_time(at, zone)} 那次已经就位，"
