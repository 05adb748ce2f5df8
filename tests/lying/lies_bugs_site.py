"""Bugs to be planted into booking, so that it is known that the judge sees them."""

import itertools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from jobs.booking import answers, bookkeeper, books, buyer, race, reading
from jobs.booking.buyer import Stage
from jobs.budget import SharedBudget
from jobs.models import booking_decisions, booking_following, booking_lifecycle
from jobs.models.bookings import BookingState
from jobs.models.change import Change
from jobs.models.orders import Order, OrderState
from jobs.ports.provider import OutcomeUnknown, VenueUnreachable
from jobs.venues.sjtu import ready
from jobs.venues.sjtu.client import SjtuProvider

Patch = Callable[[Any, str, Any], None]
"""As `pytest.MonkeyPatch.setattr`."""


class Bug(NamedTuple):
    """`plant` puts it in; `seen` is how the judge says it."""

    plant: Callable[[Patch], None]
    seen: str


def _tries_again_when_it_does_not_know(patch: Patch) -> None:
    first = answers.Answers._go_on

    def go_on(self: Any, one: Any, error: Any) -> None:
        if isinstance(error, OutcomeUnknown):
            one.stage = Stage.MAY_ASK
        else:
            first(self, one, error)

    patch(answers, "DEFINITE", (*answers.DEFINITE, OutcomeUnknown))
    patch(answers.Answers, "_go_on", go_on)


def _calls_silence_a_refusal(patch: Patch) -> None:
    """The client: whoever did not answer has not heard."""
    patch(ready, "_in_doubt", lambda error: VenueUnreachable("暂时连不上预订平台", "", 0.3))


def _believes_the_first_answer(patch: Patch) -> None:
    first = reading.found

    def found(
        provider: Any, member: Any, clock: Any, case: Any, order_id: Any, *given: Any, **more: Any
    ) -> Order | None:
        if order_id is not None:
            return Order(id=order_id, state=OrderState.UNPAID, venue=case.first.venue)
        return first(provider, member, clock, case, order_id, *given, **more)

    patch(reading, "found", found)


def _writes_no_intent(patch: Patch) -> None:
    patch(books.Books, "open", lambda self, cases: list(cases))


def _forgets_what_waits_to_be_paid(patch: Patch) -> None:
    first = bookkeeper.Bookkeeper._ripe

    def ripe(self: Any) -> Any:
        rows = {one: [row for row in same if row.state is BookingState.OPEN] for one, same in first(self).items()}
        return {one: same for one, same in rows.items() if same}

    patch(bookkeeper.Bookkeeper, "_ripe", ripe)


def _ignores_the_budget(patch: Patch) -> None:
    first = SjtuProvider.member

    def member(self: Any, session: bytes | None) -> Any:
        kept, self._budget = self._budget, None
        try:
            return first(self, session)
        finally:
            self._budget = kept

    patch(SjtuProvider, "member", member)


def _is_never_quiet(patch: Patch) -> None:
    patch(SharedBudget, "quiet", lambda *_: None)


def _has_many_rows_for_a_slot(patch: Patch) -> None:
    numbers = itertools.count()

    def key(preset: Any, slot: Any) -> str:
        return f"{preset.venue_id}/{slot.key}/{next(numbers)}"

    for module in (booking_decisions, books, race, buyer):
        patch(module, "slot_key", key)


def _takes_cancelled_for_booked(patch: Patch) -> None:
    states = {**booking_lifecycle.STATE_OF_ORDER, OrderState.CANCELLED: BookingState.BOOKED}
    for module in (booking_decisions, reading):
        patch(module, "STATE_OF_ORDER", states)


def _takes_any_order_for_its_own(patch: Patch) -> None:
    def order_of(bookings: Any, order_id: Any, orders: Any, *_: Any, **__: Any) -> Order | None:
        return next((order for order in orders if order.state.holds), None)

    from jobs.booking import proof

    for module in (proof, booking_following):
        patch(module, "order_of", order_of)


def _gives_up_at_the_first_look(patch: Patch) -> None:
    patch(reading, "WINDOW_SECONDS", 0.0)


def _tells_nobody(patch: Patch) -> None:
    first = booking_decisions.proven

    def proven(*given: Any, **more: Any) -> Change:
        return replace(first(*given, **more), notifications=())

    for module in (booking_decisions, reading):
        patch(module, "proven", proven)


def _forgets_earlier_runs(patch: Patch) -> None:
    """What a killed run had asked for is nobody's, and the slot is tried for again."""
    first = booking_decisions.intended

    def intended(stored: Any, *given: Any, **more: Any) -> Any:
        if stored is not None and stored.state is BookingState.OPEN:
            stored = replace(stored, state=BookingState.REFUSED)
        return first(stored, *given, **more)

    patch(reading.Reading, "take_up_earlier", lambda *_: None)
    patch(books, "intended", intended)


def _cleans_up_open_intents(patch: Patch) -> None:
    """The bookkeeper: an intent whose run is over was nothing."""

    def followed(case: Any, look: Any, here: Any, at: Any, zone: Any) -> Change | None:
        if case.first.state is BookingState.OPEN and here.run_is_over:
            return booking_decisions.absent(case, "运行已经结束", at)
        return booking_following.followed(case, look, here, at, zone)

    patch(bookkeeper, "followed", followed)


BUGS: Final[dict[str, Bug]] = {
    "a desk that tries again when it does not know": Bug(
        _tries_again_when_it_does_not_know, "two orders|nobody was told"
    ),
    "a client that calls silence a refusal": Bug(_calls_silence_a_refusal, "two orders|nobody was told"),
    "success without reading back": Bug(_believes_the_first_answer, "which nobody has"),
    "no intent": Bug(_writes_no_intent, "with 0 intents"),
    "what waits to be paid is forgotten": Bug(_forgets_what_waits_to_be_paid, "never became quiet"),
    "the budget ignored": Bug(_ignores_the_budget, "without a place"),
    "quiet not kept": Bug(_is_never_quiet, "after a 429"),
    "many rows for a slot": Bug(_has_many_rows_for_a_slot, "has .* and .* for|two orders|on record"),
    "a cancelled order counted as booked": Bug(_takes_cancelled_for_booked, "is CANCELLED|is cancelled"),
    "anybody's order taken for its own": Bug(_takes_any_order_for_its_own, "which nobody has|was told of .* for order"),
    "absent at the first look": Bug(_gives_up_at_the_first_look, "nobody was told|two orders|was made when"),
    "a success that nobody is told of": Bug(_tells_nobody, "nobody was told"),
    "a killed run's request forgotten": Bug(_forgets_earlier_runs, "two orders|nobody was told|for .* was made when"),
    "open intents cleaned up": Bug(_cleans_up_open_intents, "nobody was told|was made when|two orders"),
}
