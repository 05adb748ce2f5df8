"""Whose money an edit spends: orders and fees fall on the owners of the accounts that a job books with. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from jobs.models.accounts import Account, named_in, usable
from jobs.models.configs import booking_config, monitor_config, schedule_config
from jobs.models.editions import Edition, edition_of
from jobs.models.errors import NotAllowed
from jobs.models.job import Job
from jobs.models.people import Actor, Role


def decides_on_spending(actor: Actor, job: Job) -> bool:
    """Whether the actor may have the job order what they like with any account that its owner may use."""
    return actor.role in (Role.SUPERUSER, Role.OPERATOR) or (actor.user_id is not None and actor.user_id == job.owner)


def spends_anothers(job: Job) -> NotAllowed:
    """The same words whatever accounts there are: nobody learns of them by asking."""
    return NotAllowed(
        f"{job.label} 的自动预订、账号，和用账号订什么（场馆、日期、时段、时间），只有它的发起人和超级用户能改；"
        "除非用到的账号都共享给了本群。间隔、名称、通知可以改，也可以停止它"
    )


def check_spending(actor: Actor, job: Job, wanted: Edition, accounts: Iterable[Account]) -> None:
    """Raises `NotAllowed` where somebody else than the job's owner would have it book, with other accounts, or another
    thing, unless all that it would book with are shared with the actor, or with the group where they speak.

    Its owner was neither asked nor told. `accounts`: all there are.
    """
    was = edition_of(job)
    if decides_on_spending(actor, job) or _spends(job.kind, was) == _spends(job.kind, wanted):
        return
    if _names(wanted) == _names(was) and _orders(job.kind, wanted) is None:
        return  # It books no more.
    named = named_in(wanted.config)
    found = usable(accounts, _names(wanted), job.owner, job.origin, named.account_ids)
    are_lent = all(account.is_for(actor.user_id, actor.chat) for account in found.accounts)
    if found.missing or not found.accounts or not are_lent:
        raise spends_anothers(job)


# -- inside -------------------------------------------------------------------------------------------------------
def _spends(kind: str, edition: Edition) -> object:
    return _names(edition), _orders(kind, edition)


def _names(edition: Edition) -> tuple[str, ...]:
    """The accounts by their names; a routine has one, which its command is told."""
    account = edition.config.get("account")
    return named_in(edition.config).accounts or ((str(account),) if account else ())


def _orders(kind: str, edition: Edition) -> object | None:
    """What it has accounts order; None: nothing."""
    read = _ORDERS.get(kind)
    try:
        ordered = read(edition.config) if read else None
    except msgspec.ValidationError:
        ordered = edition.config
    return None if ordered is None else (ordered, edition.recurrence)


def _monitored(config: dict[str, Any]) -> object | None:
    """How often it looks costs nothing."""
    watched = monitor_config(config)
    return replace(watched, plan=replace(watched.plan, interval_seconds=0)) if watched.plan.auto_book else None


_ORDERS: Final[Mapping[str, Callable[[dict[str, Any]], object | None]]] = {
    "monitor": _monitored,
    "schedule": schedule_config,
    "auto_booking": booking_config,
}
