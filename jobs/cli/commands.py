"""The commands of `sja`: each a parser and a few lines over the engine. Exit codes: 0 done, 1 refused, 2 usage."""

import argparse
import asyncio
import datetime
import json
import sys
import time
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from jobs.app.beside import Beside
from jobs.cli.advice import advice_for_a_shell
from jobs.cli.asking import agree, readable
from jobs.cli.parser import MAX_LINES
from jobs.cli.show import (
    cleaning_text,
    detail_text,
    extra_run_text,
    job_document,
    jobs_text,
    next_text,
    no_log_text,
    status_text,
)
from jobs.models.ids import JobId
from jobs.models.instants import parse_since
from jobs.models.job import Job
from jobs.models.people import OPERATOR
from jobs.models.run import Run
from jobs.models.shifts import shift_in_words
from jobs.models.why import why as why_words

NO_BOT: Final = "（机器人没有在运行：这里是它上次退出时的样子，新的要求会在它启动后执行）"
NO_BOT_YET: Final = "（机器人还没有运行过：这些要求会在它启动后执行）"

_MEASURED_EXACTLY: Final = 200
"""Runs whose own memory is told: half a millisecond each, for the kernel walks through all their pages."""
ONLY_DELETED: Final = (
    "（机器人没有在运行：只删除了早已结束的任务；收尾、结束没有主人的进程、整理文件，要等它启动后再清理）"
)

SETTLE_SECONDS: Final = 15.0
_FOLLOW_PAUSE_SECONDS: Final = 0.2
_LOG_LINES: Final = 50


def jobs(here: Beside, args: argparse.Namespace) -> None:
    page = here.board.page(OPERATOR, size=None)
    runs: dict[JobId, Run] = {run.job_id: run for run in here.store.runs.all_open()}
    if args.json:
        own = len(runs) <= _MEASURED_EXACTLY
        open_runs = [(row, runs.get(row.job.id)) for row in page.rows]
        _print_json({"jobs": [job_document(row, run, here.board.usage(run, own=own)) for row, run in open_runs]})
        return
    print(jobs_text(page, runs, here.settings.sja_timezone))
    mention_absent_bot(here)


def job(here: Beside, args: argparse.Namespace) -> None:
    print(detail_text(here.board.detail(_found(here, args)), here.settings.sja_timezone))
    mention_absent_bot(here)


def job_start(here: Beside, args: argparse.Namespace) -> None:
    _act(here, here.engine.start(OPERATOR, _found(here, args).id), "已记下启动")


def job_stop(here: Beside, args: argparse.Namespace) -> None:
    _act(here, here.engine.stop(OPERATOR, _found(here, args).id), "已记下停止")


def job_restart(here: Beside, args: argparse.Namespace) -> None:
    _act(here, here.engine.restart(OPERATOR, _found(here, args).id), "已记下重启")


def job_pause(here: Beside, args: argparse.Namespace) -> None:
    _act(here, here.engine.pause(OPERATOR, _found(here, args).id), "已记下暂停")


def job_resume(here: Beside, args: argparse.Namespace) -> None:
    found = here.engine.resume(OPERATOR, _found(here, args).id)
    if skipped := here.board.skipped_in_last_pause(found):
        print(f"暂停期间跳过了 {skipped} 次")
    _act(here, found, "已记下继续")
    _say_next(here, found)


def job_run(here: Beside, args: argparse.Namespace) -> None:
    found = here.engine.run_now(OPERATOR, _found(here, args).id)
    if not here.bot_runs:
        _act(here, found, "已记下立即执行")
        return
    after = asyncio.run(here.engine.settled(found.id, SETTLE_SECONDS)) or found
    print(extra_run_text(here.board.detail(after), here.settings.sja_timezone))


def job_reorder(here: Beside, args: argparse.Namespace) -> None:
    found = here.engine.reorder(OPERATOR, _found(here, args).id, args.shift)
    print(f"✅ 已调整 {found.label}：{shift_in_words(args.shift)}")
    _say_next(here, found)
    mention_absent_bot(here)


def job_delete(here: Beside, args: argparse.Namespace) -> None:
    found = _found(here, args)
    if here.store.runs.open_of(found.id) is not None:
        agree(f"{found.label} 正在运行，删除会先停止它。删除？", is_agreed=args.yes)
    _act(here, here.engine.delete(OPERATOR, found.id), "已记下删除")


def job_logs(here: Beside, args: argparse.Namespace) -> None:
    found, search, since = _found(here, args), readable(args.search), _since(here, args.since)
    lines = args.lines or (_LOG_LINES if since is None else MAX_LINES)
    if not args.follow:
        shown_lines = asyncio.run(here.board.log(found, lines, search, since))
        print(*shown_lines, sep="\n") if shown_lines else print(no_log_text(found, search, args.since), file=sys.stderr)
        return
    pause = partial(time.sleep, _FOLLOW_PAUSE_SECONDS)
    for line in here.logs.follow(found.id, pause, lines=lines, search=search, since=since):
        print(line, flush=True)


def jobs_cleanup(here: Beside, args: argparse.Namespace) -> None:
    cleaning = asyncio.run(here.engine.clean(OPERATOR, args.days))
    print(cleaning_text(cleaning))
    if not cleaning.is_complete:
        print(ONLY_DELETED, file=sys.stderr)


def why(here: Beside, args: argparse.Namespace) -> None:
    found = _found(here, args)
    print(advice_for_a_shell(why_words(here.board.story(found), found, ZoneInfo(here.settings.sja_timezone))))


# -- inside -------------------------------------------------------------------------------------------------------
def _found(here: Beside, args: argparse.Namespace) -> Job:
    return here.board.find(OPERATOR, readable(args.job))


def _act(here: Beside, job: Job, intent: str) -> None:
    """Waits for the bot to act, where there is one, and says how things stand."""
    if not here.bot_runs:
        is_done = here.engine.is_settled(job.id)
        print(standing(here, job) if is_done else f"📝 {intent}：{job.label}（机器人没有在运行，它启动后就执行）")
        return
    asyncio.run(here.engine.settled(job.id, SETTLE_SECONDS))
    print(standing(here, job))


def _say_next(here: Beside, job: Job) -> None:
    if following := next_text(here.board.detail(here.store.jobs.get(job.id) or job), here.settings.sja_timezone):
        print(following)


def standing(here: Beside, job: Job) -> str:
    now = here.store.jobs.get(job.id)
    if now is None:
        return f"🗑️ 已删除 {job.label}"
    return f"{now.status.icon} {now.label}（{now.id}）{status_text(now)}"


def _since(here: Beside, text: str | None) -> datetime.datetime | None:
    if text is None:
        return None
    return parse_since(readable(text), here.clock.now().astimezone(ZoneInfo(here.settings.sja_timezone)))


def mention_absent_bot(here: Beside) -> None:
    if not here.bot_runs:
        print(NO_BOT if here.bot_was_here else NO_BOT_YET, file=sys.stderr)


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))
