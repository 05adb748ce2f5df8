"""What a desk writes: intents before requests, and what became of them."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from jobs.booking.errand import Errand
from jobs.models.accounts import Account
from jobs.models.booking_decisions import intended
from jobs.models.booking_lifecycle import IllegalMove, kept
from jobs.models.booking_telling import Case
from jobs.models.bookings import Booking, BookingState, slot_key
from jobs.models.change import Change, Fence, together
from jobs.models.job import Job
from jobs.models.orders import OrderId
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.desk import Offer
from jobs.ports.store import Conflict, Store, StoreUnavailable

_log = logging.getLogger("sja.booking")

_TRIES: Final = 5
"""The bookkeeper may settle the same row at the same time, once; five conflicts in a row would mean a defect."""

_ENDED: Final = frozenset({BookingState.CANCELLED, BookingState.EXPIRED})

Decision = Callable[[Case, datetime], Change]


class Books:
    """The rows of one errand's bookings."""

    def __init__(self, store: Store, bell: Bell, clock: Clock, errand: Errand) -> None:
        self.store = store
        self._bell = bell
        self._clock = clock
        self._errand = errand
        self.owner = errand.owner
        self._notes: list[Change] = []
        self.job: Job | None = store.jobs.get(errand.job_id) if errand.job_id is not None else None

    def intent(self, account: Account, offer: Offer, at: datetime) -> Case | None:
        """The intent to book all slots of an offer, not stored yet; None: one of them is the account's already, or is
        being tried for."""
        rows: list[Booking] = []
        former: set[OrderId] = set()
        for slot in offer.slots:
            stored = self.store.bookings.get(account.id, slot_key(offer.preset, slot))
            errand = self._errand
            row = intended(
                stored,
                account,
                offer.preset,
                slot,
                at,
                owner=errand.owner,
                origin=errand.origin,
                job_id=errand.job_id,
                run_id=errand.run_id,
            )
            if row is None:
                return None
            rows.append(row)
            if stored is not None and stored.order_id is not None and stored.state in _ENDED:
                former.add(stored.order_id)
        return Case(bookings=tuple(rows), account=account, job=self.job, former=frozenset(former))

    def open(self, cases: Sequence[Case]) -> list[Case]:
        """Makes the intents durable, all or none; as they are stored. Raises as `Store.apply`."""
        rows = tuple(row for case in cases for row in case.bookings)
        self._apply(Change(bookings=rows), self._errand.fence)
        return [_kept(case, case.bookings) for case in cases]

    def note(self, change: Change) -> None:
        """What happened, without rows: it is written with the rows that come next, or by `write_notes`."""
        self._notes.append(change)

    def write_notes(self) -> None:
        """What cannot be written is lost, and logged."""
        noted, self._notes = together(self._notes), []
        if noted == Change():
            return
        try:
            self.store.apply(noted)
        except (Conflict, StoreUnavailable) as trouble:
            _log.warning("%s", trouble)
        self._bell.ring()

    def settle(self, case: Case, decide: Decision) -> Case | None:
        """What is decided of a case comes true; the case afterwards. Not fenced: what became of a request is a fact,
        whoever sees it. Where somebody else has settled it meanwhile, it is decided anew from what they made of it, or
        left where that move is none. None: the store cannot be had; the bookkeeper will find the intent open.
        """
        for _ in range(_TRIES):
            try:
                return self._settled(case, decide)
            except IllegalMove:
                return case
            except StoreUnavailable as trouble:
                _log.error("%s", trouble)
                return None
            except Conflict:
                stored = self._reread(case)
            if stored is None:
                return None
            if stored.first.opened_at != case.first.opened_at:
                _log.warning("%s was opened anew meanwhile", case.first.slot_key)
                return stored
            case = stored
        return case

    def _settled(self, case: Case, decide: Decision) -> Case:
        change = decide(case, self._clock.now())
        self._apply(change)
        self._bell.ring()
        return _kept(case, change.bookings) if change.bookings else case

    def _apply(self, change: Change, fence: Fence | None = None) -> None:
        """What was noted comes before what it has led to."""
        self.store.apply(replace(together([*self._notes, change]), fence=fence))
        self._notes = []

    def _reread(self, case: Case) -> Case | None:
        """None: the store cannot be had."""
        try:
            found = [self.store.bookings.get(row.account_id, row.slot_key) for row in case.bookings]
        except StoreUnavailable as trouble:
            _log.error("%s", trouble)
            return None
        return replace(case, bookings=tuple(row for row in found if row is not None) or case.bookings)


def cases_of(rows: Sequence[Booking], account: Account | None, job: Job | None) -> list[Case]:
    """Rows of one account and job by request, oldest first: what was intended together, or has one order."""
    together_: dict[tuple[object, ...], list[Booking]] = {}
    for row in rows:
        together_.setdefault((row.opened_at, row.date, row.order_id), []).append(row)
    return [Case(bookings=tuple(same), account=account, job=job) for same in together_.values()]


def _kept(case: Case, rows: Sequence[Booking]) -> Case:
    return replace(case, bookings=tuple(kept(row) for row in rows))
