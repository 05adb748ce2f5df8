"""Jobs to draw: ordinary ones, and ones with names that nobody would wish for."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from jobs import (
    Chat,
    Counted,
    HourSeen,
    Job,
    JobDetail,
    JobId,
    JobPage,
    JobRow,
    Lateness,
    Progress,
    Run,
    RunStatus,
    Sighting,
    Statistics,
    Status,
    Tally,
    Usage,
    UserId,
    Weekly,
)
from jobs.models.change import Occurrence, OccurrenceStatus
from jobs.models.ids import JobNumber, RunId
from jobs.models.run import Identity

ZONE: Final = ZoneInfo("Asia/Shanghai")
NOON: Final = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
GROUP: Final = Chat(self_id="10000", type="group", peer_id="12345")
DESCRIBES: Final = "预设13 南洋北苑健身房·健身房 · 每300秒 · 18,19,20点 · 不自动预订"

HOSTILE_NAMES: Final = (
    "晚场监控",
    "一个特别特别特别特别特别特别特别特别特别特别特别特别特别特别特别长的名字啊",
    "🏸羽毛球👨🏻‍💻🇨🇳冲鸭💪🏽",
    "مراقبة الملاعب مساء",
    "ניטור מגרשים בערב",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴a̴͆l̵g̷o̶ 监控",
    "🀀🂡𝕳𝖊𝖑𝖑𝖔 ﷽ ก็็็็็็",
    "[CQ:at,qq=all] <b>粗</b>",
    "𠮷野家龘靐齉爩",
)


def job(number: int = 7, name: str = "晚场监控", status: Status = Status.RUNNING, **facts: Any) -> Job:
    known: dict[str, Any] = {
        "id": JobId(f"{number * 2654435761 % 2**32:08x}"),
        "number": JobNumber(number),
        "kind": "monitor",
        "name": name,
        "status": status,
        "config": {},
        "owner": UserId("20001"),
        "origin": GROUP,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Job(**{**known, **facts})


def row(job: Job, **facts: Any) -> JobRow:
    known: dict[str, Any] = {"kind_title": "监控", "describes": DESCRIBES, "progress": None}
    return JobRow(job=job, **{**known, **facts})


def page_of(*rows: JobRow, total: int | None = None, page: int = 1, pages: int = 1) -> JobPage:
    return JobPage(rows=rows, total=len(rows) if total is None else total, page=page, pages=pages)


DAILY: Final = Weekly(time=time(12), zone="Asia/Shanghai")


def usual_rows(count: int = 20) -> list[JobRow]:
    """One of each status in turn, with what a list says of it."""
    checked = Progress(at=NOON, sentence="空场 3 个", next_check_at=NOON + timedelta(minutes=5), checks=9)
    rows: list[JobRow] = []
    for n in range(1, count + 1):
        status = list(Status)[n % 6]
        facts: dict[str, Any] = {"last_result": "订到：czq 11-22 18:00 1号场"}
        if status is Status.PENDING:
            facts |= {"kind": "schedule", "recurrence": DAILY, "next_at": NOON + timedelta(hours=n)}
        if status is Status.FAILED:
            facts |= {"reason": "登录失效，请私聊我 !登录 czq"}
        one = job(n, f"晚场监控{n}", status, **facts)
        title = "定时" if status is Status.PENDING else "监控"
        rows.append(row(one, progress=checked if status is Status.RUNNING else None, kind_title=title))
    return rows


def monitor_detail(ticks: str = "-" * 40 + "--+-!--++-" * 2, name: str = "晚场监控") -> JobDetail:
    run = Run(
        id=RunId("r"),
        job_id=job().id,
        status=RunStatus.LIVE,
        requested_at=NOON,
        started_at=NOON - timedelta(hours=30),
        worker=Identity(boot_id="b", pid=4321, start=1),
    )
    progress = Progress(
        at=NOON, sentence="空场 3 个", next_check_at=NOON + timedelta(minutes=5), checks=360, ticks=ticks
    )
    return JobDetail(
        row=row(job(name=name, last_result="空场 3 个"), progress=progress),
        run=run,
        usage=Usage(cpu_percent=0.1, memory_bytes=30 * 2**20, own_bytes=4 * 2**20, uptime_seconds=108000),
        upcoming=(),
        history=(),
    )


def schedule_detail(count: int = 12) -> JobDetail:
    kinds = [OccurrenceStatus.DONE] * 4 + [OccurrenceStatus.FAILED, OccurrenceStatus.MISSED, OccurrenceStatus.SKIPPED]
    occurrences = tuple(
        Occurrence(
            job_id=job().id,
            scheduled_at=NOON - timedelta(days=n),
            status=kinds[n % 7],
            reason="" if n % 7 < 4 else "没有空场",
            late_seconds=0.0003 if n % 7 < 4 else None,
        )
        for n in range(count)
    )
    one = job(
        8, "每日十二点抢霍英东", Status.PENDING, kind="schedule", recurrence=DAILY, next_at=NOON + timedelta(days=1)
    )
    upcoming = tuple(NOON + timedelta(days=n) for n in (1, 2, 3))
    return JobDetail(
        row=row(one, kind_title="定时"), run=None, usage=None, upcoming=upcoming, history=(), occurrences=occurrences
    )


def some_statistics(**facts: Any) -> Statistics:
    known: dict[str, Any] = {
        "since": NOON.astimezone(ZONE).replace(hour=0) - timedelta(days=6),
        "days": 7,
        "total_jobs": 37,
        "counted_jobs": 37,
        "statuses": {status: n * 3 for n, status in enumerate(Status)},
        "total": Tally(done=1234, failed=3, missed=1, booked=12),
        "jobs": tuple(
            Counted(job=job(n, f"晚场监控{n}", list(Status)[n % 6]), tally=Tally(done=30 - n, booked=n % 2))
            for n in range(1, 13)
        ),
        "lateness": Lateness(instants=12, median_seconds=0.0004, worst_seconds=0.012),
        "hours": tuple(HourSeen(hour=hour, found=hour * 37 % 200, looks=200) for hour in range(8, 22)),
        "looks": 1400,
    }
    return Statistics(**{**known, **facts})


def sightings() -> list[Sighting]:
    """Six days out of the last seven."""
    today = NOON.astimezone(ZONE).date()
    return [
        Sighting(
            day=today - timedelta(days=n),
            looks=200,
            hours={hour: (hour * 37 + n * 53) % 200 for hour in range(8, 22) if (hour + n) % 3},
        )
        for n in (6, 5, 3, 2, 1, 0)
    ]
