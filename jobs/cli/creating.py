"""The commands of `sja` that create jobs about venues."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from jobs.app.beside import Beside
from jobs.cli.asking import day_asked, days_asked, listed, name_asked, preset_asked, readable, require_accounts
from jobs.cli.commands import SETTLE_SECONDS, mention_absent_bot, standing
from jobs.cli.show import next_text
from jobs.cli.timing import punctuality_asked, recurrence_asked
from jobs.kinds import conduct_of
from jobs.models.accounts import Account, Standing, keeping_to, named_in, usable
from jobs.models.drafts import Draft, MonitorRequest, ScheduleRequest, draft_monitor, draft_schedule
from jobs.models.durations import parse_seconds
from jobs.models.hours import parse_hours
from jobs.models.job import ENDED, Job, Status
from jobs.models.people import OPERATOR
from jobs.models.recurrence import in_words
from jobs.models.text import quote
from jobs.models.venue import DEFAULT_HOURS
from jobs.models.venue_drafts import BookingRequest, KeepAliveRequest, draft_booking, draft_keep_alive

_MISSING_NAMED_AT_MOST: Final = 3
_LIVING: Final = tuple(status for status in Status if status not in ENDED)


def create_monitor(here: Beside, args: argparse.Namespace) -> None:
    request = MonitorRequest(
        name=name_asked(args),
        preset=preset_asked(here, args),
        hours=parse_hours(readable(args.pt)),
        courts=listed(args.court),
        length=args.length,
        interval_seconds=parse_seconds(readable(args.interval)),
        auto_book=args.auto_book,
        accounts=listed(args.users),
        start=not args.no_start,
        **days_asked(here, args.date),
    )
    _create(here, draft_monitor(request, here.rules, here.clock.now()))
    if request.auto_book:
        _warn_of_nobody(here, request.accounts, "只盯着")


def create_schedule(here: Beside, args: argparse.Namespace) -> None:
    request = ScheduleRequest(
        name=name_asked(args),
        preset=preset_asked(here, args),
        recurrence=recurrence_asked(args, here.clock.now(), here.settings.sja_timezone),
        punctuality=punctuality_asked(args, conduct_of("schedule").punctuality),
        hours=parse_hours(readable(args.pt)),
        courts=listed(args.court),
        length=args.length,
        accounts=listed(args.users),
        start=not args.no_start,
        **day_asked(here, args.date),
    )
    _create(here, draft_schedule(request, here.rules, here.clock.now()))
    _warn_of_nobody(here, request.accounts, "轮到时只演练")


def create_booking(here: Beside, args: argparse.Namespace) -> None:
    request = BookingRequest(
        name=name_asked(args),
        preset=preset_asked(here, args),
        hours=DEFAULT_HOURS if args.pt is None else parse_hours(readable(args.pt)),
        courts=listed(args.court),
        length=args.length,
        accounts=listed(args.users),
        start=not args.no_start,
        **day_asked(here, args.date),
    )
    draft = draft_booking(request, here.rules, here.clock.now())
    require_accounts(here, request.accounts)
    _create(here, draft)
    _warn_of_logins(usable(here.store.accounts.all(), request.accounts, None, None).accounts)


def keep_alive(here: Beside, args: argparse.Namespace) -> None:
    request = KeepAliveRequest(name=name_asked(args), accounts=listed(args.users), start=not args.no_start)
    if args.interval is not None:
        request = replace(request, interval_seconds=parse_seconds(readable(args.interval)))
    draft = draft_keep_alive(request, here.rules, here.clock.now())
    require_accounts(here, request.accounts)
    if existing := _keeps_already(here, request.accounts):
        print(f"ℹ️ 已经有了，不再多建：{existing.label} 在保活同样的账号，运行 sja job {existing.number} 查看")
        return
    _create(here, draft)


# -- inside -------------------------------------------------------------------------------------------------------
def _create(here: Beside, draft: Draft) -> None:
    """The job keeps to the accounts that it names and that there are now."""
    accounts = usable(here.store.accounts.all(), named_in(draft.config).accounts, None, None).accounts
    draft = replace(draft, config=keeping_to(accounts, draft.config))
    created(here, here.engine.create(OPERATOR, draft))


def _keeps_already(here: Beside, names: tuple[str, ...]) -> Job | None:
    """The operator's job that keeps all these accounts and has not ended: by name, or by default."""
    accounts = here.store.accounts.all()
    wanted = {account.id for account in usable(accounts, names, None, None).accounts}
    for job in here.store.jobs.select(kind="keep_alive", statuses=_LIVING):
        named = named_in(job.config)
        kept = usable(accounts, named.accounts, job.owner, job.origin, named.account_ids).accounts
        if job.owner is None and wanted <= {account.id for account in kept}:
            return job
    return None


def created(here: Beside, job: Job) -> None:
    if here.bot_runs:
        asyncio.run(here.engine.settled(job.id, SETTLE_SECONDS))
    zone = here.settings.sja_timezone
    detail = here.board.detail(here.store.jobs.get(job.id) or job)
    rhythm = f"{in_words(job.recurrence, zone)} · " if job.recurrence else ""
    print(f"✅ 已创建{detail.row.kind_title} #{job.number} · {job.id}\n{job.name}\n{rhythm}{detail.row.describes}")
    print(*filter(None, [standing(here, job), next_text(detail, zone)]), sep="\n")
    print(f"（没有群可通知，结果写进日志：sja job-logs {job.number}）", file=sys.stderr)
    mention_absent_bot(here)


def _warn_of_nobody(here: Beside, names: tuple[str, ...], only: str) -> None:
    """What a job that has nobody to book for does instead (`only`): said at once, with the next step."""
    found = usable(here.store.accounts.all(), names, None, None)
    if found.missing:
        missing = "、".join(map(quote, found.missing[:_MISSING_NAMED_AT_MOST]))
        more = f"等 {len(found.missing)} 个" if len(found.missing) > _MISSING_NAMED_AT_MOST else ""
        step = f"运行 sja accounts add {found.missing[0]} --user 学号"
        print(f"⚠️ 操作员没有账号{missing}{more}，{only}，不下单；{step}", file=sys.stderr)
    elif not found.accounts:
        print(f"⚠️ 还没有默认账号，{only}，不下单；运行 sja accounts add 昵称 --user 学号", file=sys.stderr)
    _warn_of_logins(found.accounts)


def _warn_of_logins(accounts: Sequence[Account]) -> None:
    out = [account.nickname for account in accounts if account.standing is not Standing.IN]
    if out:
        print(f"⚠️ 账号 {'、'.join(out)} 没有登录，不登录就不能下单；运行 sja accounts login {out[0]}", file=sys.stderr)
