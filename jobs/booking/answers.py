"""What a platform's answer to an order means for the one who asked."""

import logging
from datetime import datetime
from functools import partial
from typing import Any, Final

from jobs.booking.buyer import Buyer, Stage, key_of
from jobs.booking.circumstances import Circumstances
from jobs.models.accounts import how_to_log_in
from jobs.models.booking_decisions import refused
from jobs.models.booking_telling import Case
from jobs.models.change import Change
from jobs.ports.provider import (
    HasOrder,
    NotLoggedIn,
    OrderRefused,
    ProfileIncomplete,
    RateLimited,
    SliderWanted,
    SlotGone,
    SlotStale,
    VenueError,
    VenueUnreachable,
)

_log = logging.getLogger("sja.booking")

DEFINITE: Final = (
    SlotGone,
    SlotStale,
    HasOrder,
    RateLimited,
    NotLoggedIn,
    SliderWanted,
    ProfileIncomplete,
    OrderRefused,
    VenueUnreachable,
)
"""After these there is surely no order. Whatever else is answered, the orders are read."""

_STALE_PAUSE_SECONDS: Final = 0.2
"""A `sign` that went stale was renewed by something; whoever looks within the same instant may find the old one."""
_SHORT_WAIT_SECONDS: Final = 5.0
_WAITS_AT_MOST: Final = 3
_SECOND_TRY_SECONDS: Final = 0.3
FIRST_READ_SECONDS: Final = 0.5


class Answers:
    def __init__(self, around: Circumstances) -> None:
        self._around = around

    def hear(self, buyer: Buyer) -> None:
        """The answer to what was sent (waits for what is left of it), and how the buyer goes on. Raises nothing."""
        assert buyer.ready is not None
        assert buyer.case is not None
        refusal: Exception | None = None
        order_id = None
        try:
            order_id = buyer.ready.answer()
        except VenueError as error:
            refusal = error
        except Exception as defect:
            _log.exception("an order's answer was not understood")
            refusal = defect
        now = self._around.now()
        sent, took = self._around.ms(buyer.sent_at), round((now - buyer.sent_at) * 1000, 3)
        self._around.note(buyer.case, "booking.attempted", ms=sent, took_ms=took, attempt=buyer.tries)
        if order_id is not None:
            buyer.read(order_id, now, now)
        elif isinstance(refusal, HasOrder):
            # It may be the one of a request of ours that seemed not to have arrived.
            buyer.refusal = refusal
            buyer.read(None, now, now)
        elif isinstance(refusal, DEFINITE):
            self.refuse(buyer, refusal)
            self._go_on(buyer, refusal)
        else:
            buyer.read(None, now, now + FIRST_READ_SECONDS)

    def refuse(self, buyer: Buyer, error: VenueError) -> None:
        """There is no order: the intent is free again."""
        assert buyer.case is not None
        facts: dict[str, Any] = {"error": type(error).__name__, "ms": self._around.ms(self._around.now())}
        self._around.books.settle(buyer.case, partial(_refused, error.sentence, facts))
        buyer.case, buyer.ready = None, None

    def renew(self, buyer: Buyer) -> None:
        """The session is begun anew; the buyer may ask again, or is done."""
        match self._around.renewed(buyer):
            case None:
                buyer.stage, buyer.not_before = Stage.MAY_ASK, 0.0
            case NotLoggedIn() as error:
                buyer.done(f"{error.sentence}：{self._how_to_log_in(buyer)}", error)
            case error:
                buyer.done(f"登录失效，重新登录时出错：{error.sentence}", error)

    def _go_on(self, buyer: Buyer, error: VenueError) -> None:
        """After a definite no."""
        now = self._around.now()
        buyer.stage, buyer.error, buyer.sentence = Stage.MAY_ASK, error, ""
        match error:
            case SlotGone():
                assert buyer.offer is not None
                buyer.tried.add(key_of(buyer.offer))
            case SlotStale():
                buyer.is_stale, buyer.not_before = True, now + _STALE_PAUSE_SECONDS
            case VenueUnreachable() if buyer.unreachable == 0:
                buyer.unreachable, buyer.not_before = 1, now + _SECOND_TRY_SECONDS
            case RateLimited() if _is_short(error) and buyer.waits < _WAITS_AT_MOST:
                buyer.waits, buyer.not_before = buyer.waits + 1, now + (error.retry_after_seconds or 0)
            case NotLoggedIn() if not buyer.was_renewed:
                buyer.stage = Stage.RENEWING
            case NotLoggedIn():
                error = self._around.wants_login(buyer, error)
                buyer.done(f"{error.sentence}：{self._how_to_log_in(buyer)}", error)
            case _:
                buyer.done(error.sentence, error)

    def _how_to_log_in(self, buyer: Buyer) -> str:
        return how_to_log_in(buyer.account, self._around.books.owner)


def _is_short(error: VenueError) -> bool:
    return error.retry_after_seconds is not None and error.retry_after_seconds <= _SHORT_WAIT_SECONDS


def _refused(sentence: str, facts: dict[str, Any], case: Case, at: datetime) -> Change:
    return refused(case, sentence, at, **facts)
