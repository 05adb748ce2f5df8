"""The commands of `sja`: each a parser and a few lines over the engine. Exit codes: 0 done, 1 refused, 2 usage."""

import argparse
import asyncio
import datetime
import json
import sys
import time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jobs.app.beside import Beside
from jobs.cli.show import detail_text, job_document, jobs_text, presets_text
from jobs.models.dates import parse_date
from jobs.models.drafts import MonitorRequest, ScheduleRequest, draft_monitor, draft_schedule
from jobs.models.errors import Refusal
from jobs.models.hours import parse_hours
from jobs.models.ids import JobId
from jobs.models.job import MAX_NAME_LENGTH, Job
from jobs.models.matching import match_preset
from jobs.models.people import OPERATOR
from jobs.models.run import Run
from jobs.models.text import clean_name
from jobs.store.importing import import_jobs
from jobs.store.mirror import mirror_of

NO_BOT: Final = "（机器人没有在运行：这里是它上次退出时的样子，新的要求会在它启动后执行）"

_SETTLE_SECONDS: Final = 15.0
_FOLLOW_PAUSE_SECONDS: Final = 0.2


def jobs(here: Beside, args: argparse.Namespace) -> None:
    page = here.board.page(OPERATOR, size=None)
    runs: dict[JobId, Run] = {run.job_id: run for run in here.store.runs.all_open()}
    if args.json:
        _print_json({"jobs": [job_document(row, runs.get(row.job.id)) for row in page.rows]})
        return
    print(jobs_text(page, runs, here.settings.sja_timezone))
    _mention_absent_bot(here)


def job(here: Beside, args: argparse.Namespace) -> None:
    print(detail_text(here.board.detail(_found(here, args)), here.settings.sja_timezone))
    _mention_absent_bot(here)


def job_start(here: Beside, args: argparse.Namespace) -> None:
    _act(here, here.engine.start(OPERATOR, _found(here, args).id), "已记下启动")


def job_stop(here: Beside, args: argparse.Namespace) -> None:
    _act(here, here.engine.stop(OPERATOR, _found(here, args).id), "已记下停止")


def job_restart(here: Beside, args: argparse.Namespace) -> None:
    _act(here, here.engine.restart(OPERATOR, _found(here, args).id), "已记下重启")


def job_delete(here: Beside, args: argparse.Namespace) -> None:
    found = _found(here, args)
    if here.store.runs.open_of(found.id) is not None and not args.yes:
        if not sys.stdin.isatty():
            raise Refusal(f"{found.label} 正在运行，确定要删除请加 --yes")
        if input(f"{found.label} 正在运行，删除会先停止它。删除？[y/N] ").strip().lower() not in ("y", "yes"):
            raise Refusal("没有删除")
    _act(here, here.engine.delete(OPERATOR, found.id), "已记下删除")


def job_logs(here: Beside, args: argparse.Namespace) -> None:
    found = _found(here, args)
    for line in here.board.log(found, args.lines, args.search):
        print(line)
    if args.follow:
        for line in here.logs.follow(found.id, lambda: time.sleep(_FOLLOW_PAUSE_SECONDS)):
            print(line, flush=True)


def jobs_cleanup(here: Beside, args: argparse.Namespace) -> None:
    cleaning = asyncio.run(here.engine.clean(OPERATOR, args.days))
    print(
        f"🧹 删除了 {len(cleaning.deleted)} 个已结束的任务" + "".join(f"\n   {job.label}" for job in cleaning.deleted)
    )
    _mention_absent_bot(here)


def create_monitor(here: Beside, args: argparse.Namespace) -> None:
    request = MonitorRequest(
        name=clean_name(args.name, MAX_NAME_LENGTH),
        preset=_preset(here, args),
        hours=parse_hours(args.pt),
        interval_seconds=args.interval,
        auto_book=args.auto_book,
        accounts=_accounts(args.users),
        start=not args.no_start,
        **_date(here, args.date),
    )
    _created(here, here.engine.create(OPERATOR, draft_monitor(request, here.rules, here.clock.now())))


def create_schedule(here: Beside, args: argparse.Namespace) -> None:
    request = ScheduleRequest(
        name=clean_name(args.name, MAX_NAME_LENGTH),
        preset=_preset(here, args),
        at=_clock_time(args),
        hours=parse_hours(args.pt),
        accounts=_accounts(args.users),
        start=not args.no_start,
        **_date(here, args.date),
    )
    _created(here, here.engine.create(OPERATOR, draft_schedule(request, here.rules, here.clock.now())))


def presets(here: Beside, args: argparse.Namespace) -> None:
    found = [preset for preset in here.presets if args.keyword in preset.title]
    if args.json:
        _print_json({"presets": [{"number": p.number, "venue": p.venue, "sport": p.sport} for p in found]})
        return
    if not found:
        raise Refusal(f"没有名称包含“{args.keyword}”的预设，去掉关键字可以看到全部")
    print(presets_text(found))


def import_file(here: Beside, args: argparse.Namespace) -> None:
    try:
        data = Path(args.file).read_bytes()
    except OSError as error:
        raise Refusal(f"读不到文件 {args.file}：{error.strerror}") from error
    imported = import_jobs(here.store, data, here.clock.now())
    print(f"✅ 导入了 {len(imported.jobs)} 个任务（不会自动启动）")
    for sentence in imported.skipped:
        print(f"⚠️ 跳过：{sentence}")


def export(here: Beside, args: argparse.Namespace) -> None:
    document = mirror_of(here.store)
    if args.output is None:
        sys.stdout.write(document.decode())
        return
    try:
        Path(args.output).write_bytes(document)
    except OSError as error:
        raise Refusal(f"写不了文件 {args.output}：{error.strerror}") from error
    print(f"✅ 已导出到 {args.output}")


# -- inside -------------------------------------------------------------------------------------------------------
def _found(here: Beside, args: argparse.Namespace) -> Job:
    return here.board.find(OPERATOR, args.job)


def _act(here: Beside, job: Job, intent: str) -> None:
    """Waits for the bot to act, where there is one, and says how things stand."""
    if not here.bot_runs:
        is_done = here.engine.is_settled(job.id)
        print(_standing(here, job) if is_done else f"📝 {intent}：{job.label}\n{NO_BOT}")
        return
    asyncio.run(here.engine.settled(job.id, _SETTLE_SECONDS))
    print(_standing(here, job))


def _standing(here: Beside, job: Job) -> str:
    now = here.store.jobs.get(job.id)
    if now is None:
        return f"🗑️ 已删除 {job.label}"
    return f"{now.status.icon} {now.label}（{now.id}）{now.status.words}"


def _created(here: Beside, job: Job) -> None:
    if here.bot_runs:
        asyncio.run(here.engine.settled(job.id, _SETTLE_SECONDS))
    row = here.board.row(here.store.jobs.get(job.id) or job)
    print(f"✅ 已创建{row.kind_title} #{job.number} · {job.id}\n{job.name}\n{row.describes}")
    print(_standing(here, job))
    _mention_absent_bot(here)


def _preset(here: Beside, args: argparse.Namespace) -> int:
    """The preset asked for, else the one the name means, else the default."""
    if args.preset is not None:
        return args.preset
    preset = match_preset(args.name, here.presets).preset
    if preset is not None:
        return preset.number
    if here.settings.sja_default_preset is not None:
        return here.settings.sja_default_preset
    raise Refusal(f"从“{args.name[:20]}”看不出场馆，请加 --preset 编号（sja presets 查看）")


def _date(here: Beside, text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    today = here.clock.now().astimezone(ZoneInfo(here.settings.sja_timezone)).date()
    choice = parse_date(text, today)
    return {"date": choice.date, "date_offset": choice.offset}


def _clock_time(args: argparse.Namespace) -> datetime.time:
    try:
        return datetime.time(args.hour, args.minute, args.second)
    except ValueError as error:
        asked = f"{args.hour}:{args.minute:02d}:{args.second:02d}"
        raise Refusal(f"没有 {asked} 这个时间，小时是 0-23，分和秒是 0-59") from error


def _accounts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())


def _mention_absent_bot(here: Beside) -> None:
    if not here.bot_runs:
        print(NO_BOT, file=sys.stderr)


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))
