"""One account in a race: where it stands, and what it has left."""

from collections.abc import Collection
from datetime import date
from enum import Enum, auto

from jobs.models.accounts import Account
from jobs.models.booking_telling import Case
from jobs.models.bookings import Booking, slot_key
from jobs.models.orders import OrderId
from jobs.ports.desk import Bought, Offer
from jobs.ports.provider import Member, ReadyOrder, VenueError

OfferKey = frozenset[str]


class Stage(Enum):
    LOOKING_BACK = auto()
    """Its orders tell what became of an earlier run's request; afterwards it may ask."""
    MAY_ASK = auto()
    ASKED = auto()
    """A request is on its way."""
    READING = auto()
    """Its orders tell what became of a request; until then it makes no other."""
    RENEWING = auto()
    """Its session is over, and will be renewed before it asks again."""
    DONE = auto()


class Buyer:
    """Mutable; of one call of `Desk.buy`. Instants are those of the monotonic clock."""

    def __init__(self, account: Account, member: Member, earlier: Collection[Case], held: Collection[date]) -> None:
        self.account = account
        self.member = member
        self.stage = Stage.MAY_ASK
        self.earlier = list(earlier)
        """Requests of earlier runs whose outcome is still unknown: read before anything is asked."""
        self.held = frozenset(held)
        """Dates on which it has got something for this job already."""
        self.tried: set[OfferKey] = set()
        self.not_before = 0.0
        self.tries = 0
        self.unreachable = 0
        self.waits = 0
        self.was_renewed = False
        self.is_stale = False
        """Whether its last offer has to be looked at anew before it asks again."""

        self.offer: Offer | None = None
        self.ready: ReadyOrder | None = None
        self.case: Case | None = None
        self.sent_at = 0.0

        self.order_id: OrderId | None = None
        self.asked_at = 0.0
        self.reads = 0
        self.reads_at_least = 1
        """Before what is not among its orders counts as absent."""
        self.refusal: VenueError | None = None
        """What the platform said where it said no, and the orders are read only to see why."""

        self.bookings: tuple[Booking, ...] = ()
        self.sentence = ""
        self.error: VenueError | None = None
        self.is_uncertain = False
        self.notices: tuple[str, ...] = ()
        """What waits for the reply that says the same."""

    def may_ask(self, now: float) -> bool:
        return self.stage is Stage.MAY_ASK and self.not_before <= now

    def claimed(self) -> Collection[str]:
        """The slots that are, or may be, this account's."""
        rows = self.case.bookings if self.case is not None else ()
        return {row.slot_key for row in (*rows, *self.bookings)}

    def done(self, sentence: str, error: VenueError | None = None) -> None:
        self.stage, self.sentence, self.error = Stage.DONE, sentence, error

    def read(self, order_id: OrderId | None, asked_at: float, first_at: float) -> None:
        """From now on its orders are read, first at `first_at`."""
        self.stage, self.order_id = Stage.READING, order_id
        self.asked_at, self.not_before, self.reads, self.reads_at_least = asked_at, first_at, 0, 1

    def look_back(self, case: Case, asked_at: float, first_at: float, reads_at_least: int) -> None:
        """The same for what an earlier run has asked for."""
        self.read(case.first.order_id, asked_at, first_at)
        self.stage, self.case, self.reads_at_least = Stage.LOOKING_BACK, case, reads_at_least

    def bought(self) -> Bought:
        return Bought(
            account=self.account,
            bookings=self.bookings,
            sentence=self.sentence,
            error=self.error,
            is_uncertain=self.is_uncertain,
            notices=self.notices,
        )


def key_of(offer: Offer) -> OfferKey:
    return frozenset(slot_key(offer.preset, slot) for slot in offer.slots)
