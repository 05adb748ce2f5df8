"""Where a run books: intents before requests, proofs after them, one order for each account."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol

from msgspec import Struct

from jobs.models.accounts import Account
from jobs.models.bookings import Booking
from jobs.models.venue import Day, Preset, Slot
from jobs.ports.provider import VenueError


class Offer(Struct, frozen=True, kw_only=True):
    """What may be had in one order: slots of one court on one day, hours in a row."""

    preset: Preset
    day: Day
    slots: tuple[Slot, ...]


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether an account can book now. `error` None: it is logged in. `sentence` says so, or what to do."""

    account: Account
    sentence: str
    error: VenueError | None = None


class Bought(Struct, frozen=True, kw_only=True):
    """How it went for one account. `bookings`: the slots of its one order, read back; empty: it has none.

    `is_uncertain`: a request was sent and its outcome is still unknown, or no order of it was found but one may still
    come: the bookkeeper goes on asking, and tells. `notices`: the keys of notifications that a reply to whoever asked
    makes superfluous (`Deliveries.said`).
    """

    account: Account
    bookings: tuple[Booking, ...] = ()
    sentence: str = ""
    error: VenueError | None = None
    is_uncertain: bool = False
    notices: tuple[str, ...] = ()


class Desk(Protocol):
    """Books for one job (or one command). Nothing here raises a `VenueError`; `Fenced` and `StoreUnavailable` may."""

    @property
    def accounts(self) -> Sequence[Account]:
        """Those that book, in order: named, or the owner's default."""
        ...

    @property
    def missing(self) -> Sequence[str]:
        """Nicknames that were named but are not there, or not shared with whoever wants to use them (any more)."""
        ...

    def get_ready(self, until: datetime | None = None) -> list[Readiness]:
        """Looks whether every account is logged in, and renews the session where that needs no person. Asks the owner
        of one that needs a person (once for each end of a session).

        No account is begun at `until` or later; one that was not looked at has an `error` and a sentence that says so:
        `sty 没有检查`.
        """
        ...

    def warm(self, within_seconds: float) -> None:
        """Opens the connections that orders will go through, where they are not open, all of them within that time: the
        first ones first. Raises nothing, `StoreUnavailable` neither."""
        ...

    def buy(self, offers: Sequence[Offer], look_again: Callable[[], Sequence[Offer]]) -> list[Bought]:
        """One order for each account that has had none of this job's yet (of a job that recurs: none for that date, and
        none of this run's): the best offers first, no two accounts the same place in a slot, all first requests at
        once; who loses a race tries the next best, a stale one is looked for again (`look_again`, a few times in all;
        it may raise any `VenueError`, and then the offers count as they were).

        Every request is preceded by its intents, durable. An account whose request has an unknown outcome makes no
        other: its orders are read, for up to half a minute. Only what was read back is a booking.
        """
        ...

    def bought_before(self) -> list[Booking]:
        """What this job has got for its accounts so far, also in earlier runs, of hours that are not over. Also what a
        person gave back or what was not paid in time (`CANCELLED`, `EXPIRED`): it is not to be had once more."""
        ...

    def close(self) -> None:
        """Lets go of the connections."""
        ...


class StandingDesk(Desk, Protocol):
    """The desk of a run, which may live for weeks."""

    def look_for_accounts(self) -> None:
        """Where there are no accounts, or some that were named are missing: reads anew which there are now."""
        ...

    def conflicts(self, day: date) -> list[str]:
        """What may keep its accounts from an order on that day, each in a sentence: an order that one holds, another
        job that is to book for one."""
        ...
