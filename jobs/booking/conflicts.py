"""What may keep accounts from an order on a day, as far as this home knows. Read before a release."""

from collections.abc import Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from jobs.models.accounts import Account, named_in, usable
from jobs.models.bookings import BookingState
from jobs.models.configs import booking_config, schedule_config
from jobs.models.job import Job, Status
from jobs.models.slots import wanted_date
from jobs.ports.store import Store

_HELD = frozenset({BookingState.BOOKED, BookingState.PAID})
_STILL_ACTS = (Status.PENDING, Status.RUNNING)


def conflicts(store: Store, job: Job, accounts: Sequence[Account], day: date, zone: ZoneInfo) -> list[str]:
    """Accounts that hold an order for that day which is not this job's: `小陈 11-29 已有订单，平台可能不让再订`; and
    other jobs, whoever's, that are to book that day at its release with one of them: `#1 也要用 小陈 抢 11-29 的场`. A
    job that cannot be seen where this one reports has no number here. May raise `StoreUnavailable`."""
    return [*_orders(store, job, accounts, day), *_rivals(store, job, accounts, day, zone)]


def _orders(store: Store, job: Job, accounts: Sequence[Account], day: date) -> Iterator[str]:
    held = {row.account_id for row in store.bookings.ordered([day]) if row.state in _HELD and row.job_id != job.id}
    for account in accounts:
        if account.id in held:
            yield f"{account.nickname} {day:%m-%d} 已有订单，平台可能不让再订"


def _rivals(store: Store, job: Job, accounts: Sequence[Account], day: date, zone: ZoneInfo) -> Iterator[str]:
    known = store.accounts.all()
    for other in (
        *store.jobs.select(kind="auto_booking", statuses=_STILL_ACTS),
        *store.jobs.select(kind="schedule", statuses=_STILL_ACTS),
    ):
        if other.id == job.id or day not in _days(store, other, zone):
            continue
        named = named_in(other.config)
        theirs = usable(known, named.accounts, other.owner, other.origin, named.account_ids).accounts
        both = {account.id for account in theirs}
        if shared := [account.nickname for account in accounts if account.id in both]:
            which = f"#{other.number} " if _is_seen_beside(job, other) else "另一个任务"
            yield f"{which}也要用 {'、'.join(shared)} 抢 {day:%m-%d} 的场"


def _is_seen_beside(job: Job, other: Job) -> bool:
    """Whether whoever reads what the job reports may see the other one, too."""
    if job.origin is not None and job.origin.is_group:
        return other.origin is not None and other.origin.place == job.origin.place
    return other.owner == job.owner


def _days(store: Store, job: Job, zone: ZoneInfo) -> set[date | None]:
    """The days that a job is to book at the instant it waits for, and at the one that its run is for."""
    try:
        config = booking_config(job.config) if job.kind == "auto_booking" else schedule_config(job.config)
    except msgspec.ValidationError:
        return set()
    run = store.runs.open_of(job.id)
    instants = (job.next_at, run.scheduled_at if run is not None else None)
    return {wanted_date(config.target, at, zone) for at in instants if at is not None}
