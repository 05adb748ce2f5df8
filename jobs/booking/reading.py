"""Reading an account's orders until it is known what became of its request."""

from datetime import datetime
from functools import partial
from typing import Final

from jobs.booking.books import Decision
from jobs.booking.buyer import Buyer, Stage
from jobs.booking.circumstances import Circumstances
from jobs.booking.proof import found, holders_now
from jobs.models.booking_decisions import absent, answered, ended, proven, refused, uncertain
from jobs.models.booking_following import ABSENT, doubt_in_words, in_doubt_until
from jobs.models.booking_lifecycle import STATE_OF_ORDER
from jobs.models.booking_telling import Case, notice_key
from jobs.models.bookings import BookingState
from jobs.models.change import Change
from jobs.models.notices import BOOKED
from jobs.models.orders import Order
from jobs.ports.provider import HasOrder, NotLoggedIn, VenueError
from jobs.ports.store import StoreUnavailable

WINDOW_SECONDS: Final = 30.0
"""An order that cannot be read so long after its request has ended was not made: the client waited 10 s for an answer
before that, and a platform that was still at work on it then is done with it."""
_PAUSES_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Between reads; a little more than the window in all."""
_READS_OF_EARLIER: Final = 3
"""A list may lag behind for a moment: what an earlier run asked for is absent only when it was not there so often."""
_UNKNOWN_YET: Final = frozenset({Stage.ASKED, Stage.LOOKING_BACK, Stage.READING})
_HAD: Final = frozenset({BookingState.BOOKED, BookingState.PAID})


class Reading:
    def __init__(self, around: Circumstances) -> None:
        self._around = around

    def take_up_earlier(self, buyer: Buyer) -> None:
        """A request of an earlier run whose outcome nobody knows comes before any other of this account."""
        if not buyer.earlier:
            return
        case = buyer.earlier.pop(0)
        age = max(0.0, (self._around.clock.now() - case.first.opened_at).total_seconds())
        now = self._around.now()
        buyer.look_back(case, now - age, now, _READS_OF_EARLIER)

    def read(self, buyer: Buyer) -> None:
        """Reads once; the buyer is done, or reads again later. Raises nothing of the platform's troubles."""
        assert buyer.case is not None
        try:
            order = self._look(buyer, buyer.case)
        except StoreUnavailable as trouble:
            self._after_trouble(buyer, VenueError(trouble.sentence, trouble.detail, 0.0))
            return
        except VenueError as error:
            self._after_trouble(buyer, error)
            return
        if order is not None:
            self._found(buyer, order)
        elif buyer.refusal is not None:
            self._refuse(buyer, buyer.refusal)
        elif self._around.now() - buyer.asked_at >= WINDOW_SECONDS and buyer.reads + 1 >= buyer.reads_at_least:
            self._absent(buyer)
        else:
            self._again(buyer)

    def _look(self, buyer: Buyer, case: Case) -> Order | None:
        around = self._around
        others = holders_now(around.books.store.bookings, {case.first.date}).others(case)
        # One that forbids others, for exactly what was asked for, is what was asked for, perhaps some time ago.
        is_told_of_one = isinstance(buyer.refusal, HasOrder)
        return found(
            around.provider, buyer.member, around.clock, case, buyer.order_id, others, of_any_age=is_told_of_one
        )

    def leave(self, buyer: Buyer) -> None:
        """The run shall leave: what is not known yet is the bookkeeper's."""
        if buyer.stage in _UNKNOWN_YET:
            buyer.is_uncertain = True
            buyer.done("下单结果还不清楚，正在查订单")
        elif buyer.stage is not Stage.DONE:
            buyer.done("被要求退出", buyer.error)

    def _after_trouble(self, buyer: Buyer, error: VenueError) -> None:
        if isinstance(error, NotLoggedIn) and not buyer.was_renewed:
            self._renew(buyer)
            return
        if buyer.refusal is not None:
            self._refuse(buyer, buyer.refusal)
        elif buyer.reads >= len(_PAUSES_SECONDS):
            self._unknown(buyer, error)
        else:
            self._again(buyer)

    def _renew(self, buyer: Buyer) -> None:
        """So that the orders can be read; the next read tells whether it helped."""
        error = self._around.renewed(buyer)
        if isinstance(error, NotLoggedIn):
            self._unknown(buyer, error)
        else:
            self._again(buyer)

    def _again(self, buyer: Buyer) -> None:
        if buyer.reads == 0 and buyer.order_id is not None and buyer.case is not None:
            self._keep_answer(buyer)
        pause = _PAUSES_SECONDS[min(buyer.reads, len(_PAUSES_SECONDS) - 1)]
        buyer.reads += 1
        buyer.not_before = self._around.now() + pause

    def _keep_answer(self, buyer: Buyer) -> None:
        """What the platform answered is kept, for whoever has to go on."""
        assert buyer.case is not None
        assert buyer.order_id is not None
        if buyer.case.first.order_id != buyer.order_id:
            order_id = buyer.order_id
            buyer.case = self._around.books.settle(buyer.case, lambda case, _: answered(case, order_id)) or buyer.case

    def _found(self, buyer: Buyer, order: Order) -> None:
        assert buyer.case is not None
        ms = self._around.ms(self._around.now())
        answered_in = self._around.answered_in

        def what_it_is(case: Case, at: datetime) -> Change:
            if order.state.holds:
                return proven(case, order, at, answered_in=answered_in, ms=ms)
            return ended(case, STATE_OF_ORDER[order.state], at, order_id=order.id, silent_in=answered_in)

        settled = self._around.books.settle(buyer.case, what_it_is)
        if settled is None:
            buyer.is_uncertain = True
            buyer.done(f"订单 {order.id} 读到了，但记录写不进任务库，稍后会补记")
        elif _has_got(buyer.case, settled):
            self._had(buyer, settled)
        else:
            buyer.case = None
            buyer.done("订单已经取消或失效")

    def _had(self, buyer: Buyer, settled: Case) -> None:
        order_id = settled.first.order_id
        buyer.bookings = settled.bookings
        if self._around.answered_in is not None:
            buyer.notices = (notice_key(BOOKED, settled.first.account_id, order_id or ""),)
        buyer.done(f"已订到，订单 {order_id}")

    def _absent(self, buyer: Buyer) -> None:
        self._settle(buyer, lambda case, at: absent(case, ABSENT, at), ABSENT)

    def _refuse(self, buyer: Buyer, refusal: VenueError) -> None:
        name, ms = type(refusal).__name__, self._around.ms(self._around.now())
        self._settle(buyer, lambda case, at: refused(case, refusal.sentence, at, error=name, ms=ms), refusal.sentence)
        buyer.error = refusal

    def _settle(self, buyer: Buyer, decide: Decision, sentence: str) -> None:
        """It became no order, unless somebody else has read one meanwhile."""
        assert buyer.case is not None
        settled = self._around.books.settle(buyer.case, decide)
        if settled is not None and _has_got(buyer.case, settled):
            self._had(buyer, settled)
            return
        buyer.case, buyer.ready, buyer.order_id = None, None, None
        at = self._around.clock.now()
        if settled is not None and (until := in_doubt_until(settled.bookings, at)) is not None:
            buyer.is_uncertain = True
            buyer.done(doubt_in_words(until, at))
        elif settled is not None and buyer.stage is Stage.LOOKING_BACK:
            buyer.stage, buyer.not_before = Stage.MAY_ASK, 0.0
            self.take_up_earlier(buyer)
        else:
            buyer.done(sentence)

    def _unknown(self, buyer: Buyer, error: VenueError) -> None:
        assert buyer.case is not None
        reason = f"读不到订单：{error.sentence}"
        if buyer.order_id is not None:
            self._keep_answer(buyer)
        self._around.books.settle(buyer.case, partial(_uncertain, reason))
        buyer.is_uncertain = True
        buyer.done("下单结果还不清楚，正在查订单", error)


def _has_got(case: Case, settled: Case) -> bool:
    """Whether this request has become an order, whoever read it; not a later one for the same slots."""
    return settled.first.state in _HAD and settled.first.opened_at == case.first.opened_at


def _uncertain(reason: str, case: Case, at: datetime) -> Change:
    return uncertain(case, reason, at)
