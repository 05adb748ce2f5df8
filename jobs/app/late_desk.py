"""A desk that is made when it is used first, and anew when somebody has come for whom it can book."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cached_property

from jobs.models.accounts import Account
from jobs.models.bookings import Booking
from jobs.ports.desk import Bought, Desk, Offer, Readiness


class LateDesk:
    """Implements `ports.desk.StandingDesk` by the one that `make` makes when it is wanted.

    Most runs only look and tell: what belongs to a desk would be 0.1 MiB of the memory of each.
    """

    def __init__(
        self,
        make: Callable[[], Desk],
        conflicts: Callable[[Sequence[Account], date], list[str]] = lambda _accounts, _day: [],
    ) -> None:
        self._make = make
        self._conflicts = conflicts

    @property
    def accounts(self) -> Sequence[Account]:
        return self._desk.accounts

    @property
    def missing(self) -> Sequence[str]:
        return self._desk.missing

    def get_ready(self, until: datetime | None = None) -> list[Readiness]:
        return self._desk.get_ready(until)

    def warm(self, within_seconds: float) -> None:
        self._desk.warm(within_seconds)

    def buy(self, offers: Sequence[Offer], look_again: Callable[[], Sequence[Offer]]) -> list[Bought]:
        return self._desk.buy(offers, look_again)

    def bought_before(self) -> list[Booking]:
        return self._desk.bought_before()

    def look_for_accounts(self) -> None:
        if self._desk.accounts and not self._desk.missing:
            return
        found = self._make()
        if [one.id for one in found.accounts] == [one.id for one in self._desk.accounts]:
            return
        self._desk.close()
        self._desk = found

    def conflicts(self, day: date) -> list[str]:
        return self._conflicts(self._desk.accounts, day)

    def close(self) -> None:
        if "_desk" in vars(self):
            self._desk.close()

    @cached_property
    def _desk(self) -> Desk:
        return self._make()
