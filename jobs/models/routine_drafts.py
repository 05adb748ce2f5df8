"""From what a person asked of a routine to a job that can be stored: every check, for the chat and the command line."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from jobs.models.dates import parse_date
from jobs.models.drafts import Draft, check_account
from jobs.models.errors import Refusal
from jobs.models.job import MAX_NAME_LENGTH
from jobs.models.recurrence import Bounds, Every, Window, first_due
from jobs.models.routines import DEFAULT_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS, account_lock
from jobs.models.templates import Templates
from jobs.models.text import clean, clean_name, quote


class RoutineRequest(Struct, frozen=True, kw_only=True):
    """`!创建循环` in values. `window` None: all day; `ends_on`: nothing happens from this day on, None: for ever."""

    name: str
    template: str
    params: Mapping[str, str] = {}
    interval_seconds: int = DEFAULT_INTERVAL_SECONDS
    window: Window | None = None
    ends_on: date | None = None
    account: str | None = None
    start: bool = True


class RoutineRules(Struct, frozen=True, kw_only=True):
    """What requests are checked against. `others`: what else a parameter that nobody knows may have been meant as."""

    templates: Templates
    zone: str
    others: tuple[str, ...] = ()


def draft_routine(request: RoutineRequest, rules: RoutineRules, now: datetime) -> Draft:
    """A job that runs a template's command. Raises `Refusal` for whatever cannot be.

    The next run is counted from the end of the one before, the first is at once. Of all routines of one account only
    one runs at a time.
    """
    template = rules.templates.named(request.template)
    checked = template.checked(request.params, rules.others)
    given = {name.casefold() for name in request.params}
    recurrence = Every(
        seconds=_checked_interval(request.interval_seconds),
        zone=rules.zone,
        bounds=Bounds(window=request.window, ends_on=_checked_end(request.ends_on, rules.zone, now)),
    )
    if first_due(recurrence, now) is None:
        raise Refusal("截止之前已经没有有效时段了，请把截止写晚一些，例如 截止=+30")
    account = request.account or None
    if account:
        check_account(account)
    return Draft(
        kind="routine",
        name=clean_name(request.name, MAX_NAME_LENGTH),
        config={
            "template": template.name,
            "params": {name: value for name, value in checked.items() if name.casefold() in given},
            "account": account,
            "interval": request.interval_seconds,
        },
        recurrence=recurrence,
        lock=account_lock(account),
        start=request.start,
    )


def parse_end(text: str, zone: str, now: datetime) -> date:
    """The day from which on nothing happens: `2026-12-31`, `12-31`, `+30`. Raises `Refusal`."""
    today = now.astimezone(ZoneInfo(zone)).date()
    try:
        return parse_date(text, today).on(today)
    except Refusal as refusal:
        raise Refusal(f"截止不对：{refusal.sentence}") from refusal


def parse_params(pairs: Iterable[str]) -> dict[str, str]:
    """`k=v` pairs of the command line. Raises `Refusal`."""
    params: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = clean(pair).partition("=")
        if not equals or not key.strip():
            raise Refusal(f"参数{quote(pair)}要写成 名称=值，例如 --param dir=photos")
        if key.strip() in params:
            raise Refusal(f"参数{quote(key.strip())}写了两次，请只留一个")
        params[key.strip()] = value.strip()
    return params


def _checked_interval(seconds: int) -> int:
    if seconds < MIN_INTERVAL_SECONDS:
        raise Refusal(f"间隔最少 {MIN_INTERVAL_SECONDS} 秒，例如 间隔={DEFAULT_INTERVAL_SECONDS}")
    if seconds > MAX_INTERVAL_SECONDS:
        raise Refusal(f"间隔最多 {MAX_INTERVAL_SECONDS // 86400} 天，例如 间隔=1天")
    return seconds


def _checked_end(ends_on: date | None, zone: str, now: datetime) -> date | None:
    today = now.astimezone(ZoneInfo(zone)).date()
    if ends_on is not None and ends_on <= today:
        raise Refusal(f"截止 {ends_on} 不晚于今天：从截止那天起不再执行，请写明天或更晚的日期，例如 截止=+30")
    return ends_on
