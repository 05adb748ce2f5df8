"""What a store keeps for booking: accounts, what is sealed of them, and bookings. Part of `ports.store.Store`."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Protocol

from jobs.models.accounts import Account, AccountId, Standing
from jobs.models.bookings import Booking
from jobs.models.ids import JobId, UserId
from jobs.models.orders import OrderId


class Accounts(Protocol):
    """Accounts at the platform. What is sealed here is opened by whoever has the key, which is not kept here."""

    def get(self, account_id: AccountId) -> Account | None: ...

    def all(self) -> list[Account]:
        """All accounts, oldest first; there are a few hundred at most."""
        ...

    def credentials(self, account_id: AccountId) -> bytes | None:
        """Sealed."""
        ...

    def session(self, account_id: AccountId) -> bytes | None:
        """Sealed; None: there is none."""
        ...

    def keep_session(
        self, account_id: AccountId, sealed: bytes | None, standing: Standing, reason: str, at: datetime
    ) -> None:
        """Replaces the session (None: leaves the one there is) and how the account stands, without touching `version`.
        An account that was removed meanwhile is passed over. Durable soon, not at once."""
        ...


class Bookings(Protocol):
    """Intents, and what became of them."""

    def get(self, account_id: AccountId, slot_key: str) -> Booking | None: ...

    def open(self) -> list[Booking]:
        """Those whose outcome is not known, oldest first."""
        ...

    def unpaid(self) -> list[Booking]:
        """Those that are booked and not paid yet, oldest first."""
        ...

    def paid(self, since: date) -> list[Booking]:
        """Those that are paid, for that date and later, oldest first."""
        ...

    def refused(self, since: datetime) -> list[Booking]:
        """Those that were settled as no order at that instant or later, oldest first."""
        ...

    def ordered(self, dates: Collection[date]) -> list[Booking]:
        """Those of any account that have an order's id, for these dates, oldest first."""
        ...

    def of_job(self, job_id: JobId) -> list[Booking]:
        """Oldest first."""
        ...

    def of_account(self, account_id: AccountId, limit: int) -> list[Booking]:
        """Latest first."""
        ...

    def of_order(self, account_id: AccountId, order_id: OrderId) -> list[Booking]:
        """The slots of one order."""
        ...

    def of_owner(self, owner: UserId, limit: int) -> list[Booking]:
        """Those this person wanted, whosever account they were booked with, latest first."""
        ...
