"""What is told and recorded of bookings: facts in, notifications, events and audit rows out. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from msgspec import Struct

from jobs.models.accounts import Account, AccountId
from jobs.models.audit import Audit
from jobs.models.bookings import Booking
from jobs.models.change import Change, Event, Notification
from jobs.models.job import Job
from jobs.models.notices import LOGIN_WANTED, URGENT, mentioning
from jobs.models.orders import Order, OrderId
from jobs.models.people import Chat

_ANSWERED_WITHIN: Final = timedelta(minutes=2)
"""After the first order of several accounts was read back: the others' are read for half a minute, slowly at worst."""
_TRIES: Final = frozenset({"booking.attempted", "booking.refused"})


class Case(Struct, frozen=True, kw_only=True):
    """The slots of one request, one order at most, and whom it concerns.

    `account` None: it was removed meanwhile. `job` None: booked by hand, or the job was deleted. `former`: the orders
    that earlier tries for these slots had, as far as they are known: of those that were not opened anew just now, none.
    """

    bookings: tuple[Booking, ...]
    account: Account | None
    job: Job | None = None
    former: frozenset[OrderId] = frozenset()

    @property
    def first(self) -> Booking:
        return self.bookings[0]


def slots_of(bookings: Sequence[Booking]) -> list[dict[str, Any]]:
    """As `Slot.as_data`."""
    return [
        {"date": row.date.isoformat(), "hour": row.hour, "court": row.court, "price": row.price} for row in bookings
    ]


def case_data(case: Case, order: Order | None = None) -> dict[str, Any]:
    """What notifications of one case say, with the topics of `notices` in mind."""
    row = case.first
    data: dict[str, Any] = {"slots": slots_of(case.bookings), "account": row.nickname, "venue": row.venue}
    if row.order_id is not None:
        data |= {"order_id": row.order_id, "pay_until": row.pay_until.isoformat() if row.pay_until else None}
        data["amount"] = order.amount if order is not None and order.amount else _amount(case.bookings)
    if case.job is not None:
        data |= {"number": case.job.number, "name": case.job.name}
    elif row.owner is not None:
        # Whose it is to acknowledge, where no job says so.
        data["owner"] = row.owner
    return data


def tell(
    case: Case,
    topic: str,
    key: str,
    at: datetime,
    *,
    silent_in: Chat | None = None,
    answered_in: Chat | None = None,
    **data: Any,
) -> tuple[Notification, ...]:
    """To the chat it was asked for in, or that its job tells; and to the account's owner where that is somebody
    else, or there is no chat.

    Each once for `key`. `silent_in`: the chat that has just been answered with the same. `answered_in`: the chat that
    will be, before long: it is told by notification only where the reply does not withdraw it (`Deliveries.said`).
    """
    told = {**case_data(case), **data}
    return tuple(
        Notification(
            dedupe_key=f"{notice_key(topic, case.first.account_id, key)}{suffix}",
            target=target,
            topic=topic,
            job_id=case.job.id if case.job is not None else None,
            data=told if case.job is None else {**told, **mentioning(case.job, target)},
            created_at=at,
            is_urgent=topic in URGENT,
            not_before=at + _ANSWERED_WITHIN if answered_in and target.place == answered_in.place else None,
        )
        for suffix, target in _targets(case)
        if silent_in is None or target.place != silent_in.place
    )


def notice_key(topic: str, account_id: AccountId, key: str) -> str:
    """The dedupe key of what the chat that asked is told."""
    return f"{topic}/{account_id}/{key}"


def record(case: Case, type: str, at: datetime, actor: str | None = None, **data: Any) -> Change:
    """An event of the job's; of what was booked by hand an audit row, but not of every try."""
    row = case.first
    if case.job is None and type in _TRIES:
        return Change()
    if case.job is None:
        who = actor or (f"qq:{row.owner}" if row.owner else "operator")
        subject = f"{row.nickname} {row.venue} {row.date:%m-%d} {_hours(case.bookings)}"
        return Change(audits=(Audit(at=at, actor=who, act=type, subject=f"{subject} {row.order_id or ''}".rstrip()),))
    said = {"account": row.nickname, "slots": slots_of(case.bookings), **data}
    event = Event(job_id=case.job.id, type=type, at=at, run_id=row.run_id, actor=actor, data=said)
    return Change(events=(event,))


def attempt_key(case: Case) -> str:
    """Names one try at these slots: the next one has another instant."""
    return f"{case.first.slot_key}/{case.first.opened_at.isoformat()}"


def login_wanted(
    account: Account, session: bytes | None, reason: str, at: datetime, otherwise: Chat | None = None
) -> tuple[Notification, ...]:
    """Asks an account's owner to log in, once for each session that has ended, whoever notices.

    `otherwise`: where it is said when the account has no home, if that is its owner's own chat.
    """
    if account.home is not None:
        target = account.home
    elif otherwise is not None and not otherwise.is_group and otherwise.peer_id == account.owner:
        target = otherwise
    else:
        return ()
    ended = blake2b(session or b"", digest_size=8, key=account.id.encode()).hexdigest()
    return (
        Notification(
            dedupe_key=f"{LOGIN_WANTED}/{account.id}/{ended}",
            target=target,
            topic=LOGIN_WANTED,
            job_id=None,
            data={"account": account.nickname, "reason": reason},
            created_at=at,
            is_urgent=True,
        ),
    )


def _targets(case: Case) -> Iterator[tuple[str, Chat]]:
    row, home = case.first, case.account.home if case.account is not None else None
    chat = (case.job.telling.target if case.job is not None else None) or row.origin
    if chat is not None:
        yield "", chat
    if home is None or case.account is None:
        return
    concerns_owner = chat is None or case.account.owner != row.owner
    if concerns_owner and (chat is None or chat.place != home.place):
        yield "/owner", home


def _amount(bookings: Sequence[Booking]) -> str:
    """The sum of the prices, empty where one is no number."""
    try:
        return f"{sum(float(row.price) for row in bookings):.2f}"
    except ValueError:
        return ""


def _hours(bookings: Sequence[Booking]) -> str:
    return "、".join(f"{row.hour:02d}:00 {row.court}" for row in bookings)
