"""What everybody in a race works with."""

from collections.abc import Callable
from typing import Any

from jobs.booking.books import Books
from jobs.booking.buyer import Buyer
from jobs.models.booking_telling import Case, record
from jobs.models.people import Chat
from jobs.ports.clock import Clock
from jobs.ports.provider import Member, NotLoggedIn, Provider, VenueError


class Circumstances:
    """`answered_in`: the chat that is answered with the result, so it is told besides only where that fails. `newer`
    goes on with the session that somebody has begun meanwhile, None: nobody has; `wants_login` asks a buyer's owner to
    log in."""

    def __init__(
        self,
        books: Books,
        provider: Provider,
        clock: Clock,
        newer: Callable[[Buyer], Member | None],
        wants_login: Callable[[Buyer, NotLoggedIn], NotLoggedIn],
        answered_in: Chat | None,
    ) -> None:
        self.books = books
        self.provider = provider
        self.clock = clock
        self.newer = newer
        self.wants_login = wants_login
        self.answered_in = answered_in
        self.began = clock.monotonic()

    def now(self) -> float:
        return self.clock.monotonic()

    def ms(self, instant: float) -> float:
        """Milliseconds from the beginning to an instant of the monotonic clock."""
        return round((instant - self.began) * 1000, 3)

    def note(self, case: Case, type: str, **data: Any) -> None:
        """An event, as of now, written with what comes next or when there is time for it."""
        self.books.note(record(case, type, self.clock.now(), **data))

    def renewed(self, buyer: Buyer) -> VenueError | None:
        """Begins a new session without a person, once in a purchase; None: it has. Where that needs a person, the owner
        is asked."""
        buyer.was_renewed = True
        try:
            buyer.member.renew()
        except NotLoggedIn as error:
            if (newer := self.newer(buyer)) is not None:
                buyer.member = newer
                return None
            return self.wants_login(buyer, error)
        except VenueError as error:
            return error
        return None
