"""One purchase: every account's request at once, the losers' next ones while the winners' orders are read back."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from jobs.booking.answers import Answers
from jobs.booking.buyer import Buyer, Stage, key_of
from jobs.booking.circumstances import Circumstances
from jobs.booking.reading import Reading
from jobs.models.booking_decisions import refused
from jobs.models.bookings import slot_key
from jobs.ports.desk import Bought, Offer
from jobs.ports.kind import Stopping
from jobs.ports.provider import VenueError
from jobs.ports.store import Conflict, StoreUnavailable

_ASKING_SECONDS: Final = 60.0
"""A release is over long before that; for what is still free then there is time to look in peace."""
_TRIES_AT_MOST: Final = 30
_LOOKS_AT_MOST: Final = 3
_CONFLICTS_AT_MOST: Final = 5
_MEND_SECONDS: Final = 2.0
"""For all connections of one round together; one that is still closed then is opened when its request is sent."""
_INTENT_IS_OLD_AFTER_SECONDS: Final = 5.0
"""Who was stopped for so long between writing the intent and sending does not send: others may have settled it."""
_SHORTEST_WAIT_SECONDS: Final = 0.001
_LISTENING_SECONDS: Final = 0.002
"""To one answer, while others may come; and"""
_LISTENING_ALONE_SECONDS: Final = 0.25
"""to the only one."""
_AFTER_STORE_TROUBLE_SECONDS: Final = 5.0
_BEHIND: Final = frozenset({Stage.LOOKING_BACK, Stage.READING, Stage.RENEWING})
"""Stages that delay nobody's order but the account's own."""
_NOTHING_LEFT: Final = "没有抢到：想要的场次都没有了"


class Race:
    """Carries out `Desk.buy`. Single-threaded; waits for answers."""

    def __init__(
        self,
        around: Circumstances,
        stopping: Stopping,
        buyers: Sequence[Buyer],
        offers: Sequence[Offer],
        look_again: Callable[[], Sequence[Offer]],
    ) -> None:
        self._around = around
        self._stopping = stopping
        self._buyers = buyers
        self._offers = list(offers)
        self._look_again = look_again
        self._looks = 0
        self._mend_until = 0.0
        self._trouble: StoreUnavailable | None = None
        """Why intents could not be written, where they could not."""
        self._answers = Answers(around)
        self._reading = Reading(around)

    def run(self) -> list[Bought]:
        """Raises `Fenced`: requests that were sent before that are left to the bookkeeper; and `StoreUnavailable` where
        intents cannot be written and nobody has anything."""
        for buyer in self._buyers:
            self._reading.take_up_earlier(buyer)
        while not self._stopping.is_set():
            try:
                self._ask()
            except StoreUnavailable as trouble:
                self._give_up_asking(trouble)
            if self._hear() or self._read_one():
                continue
            if (seconds := self._seconds_to_next()) is None:
                break
            self._wait(seconds)
        self._hear()
        for buyer in self._buyers:
            self._reading.leave(buyer)
        self._around.books.write_notes()
        bought = [buyer.bought() for buyer in self._buyers]
        if self._trouble is not None and not any(one.bookings or one.is_uncertain for one in bought):
            raise self._trouble
        return bought

    def _ask(self) -> None:
        """Intents, then requests, of all who may ask now."""
        self._look_where_stale()
        for _ in range(_CONFLICTS_AT_MOST):
            asking = self._prepared()
            if not asking:
                return
            written_at, wall = self._around.now(), self._around.clock.now()
            with suppress(Conflict):
                self._write_intents(asking)
                if self._has_sent(asking, written_at, wall):
                    return
                continue
            # Somebody else was faster with one of them: what is stored now says with which.
            self._reset(asking)

    def _give_up_asking(self, trouble: StoreUnavailable) -> None:
        """Without intents nobody asks; the others' requests are seen to their end all the same."""
        self._trouble = trouble
        error = VenueError(trouble.sentence, trouble.detail, _AFTER_STORE_TROUBLE_SECONDS)
        asking = [buyer for buyer in self._buyers if buyer.may_ask(self._around.now())]
        self._reset(asking)
        for buyer in asking:
            buyer.done(trouble.sentence, error)

    def _prepared(self) -> list[Buyer]:
        """Those who may ask, each with the best that is left for it, the intent and the request; nothing is written."""
        now = self._around.now()
        self._mend_until = now + _MEND_SECONDS
        taken = Counter(key for buyer in self._buyers for key in buyer.claimed())
        asking: list[Buyer] = []
        for buyer in self._buyers:
            if not buyer.may_ask(now):
                continue
            if now - self._around.began > _ASKING_SECONDS or buyer.tries >= _TRIES_AT_MOST:
                buyer.done(_NOTHING_LEFT, buyer.error)
            elif self._chose(buyer, taken):
                taken.update(buyer.claimed())
                asking.append(buyer)
            else:
                buyer.done(buyer.sentence or _NOTHING_LEFT, buyer.error)
        return asking

    def _chose(self, buyer: Buyer, taken: Counter[str]) -> bool:
        at = self._around.clock.now()
        for offer in self._offers:
            key = key_of(offer)
            if key in buyer.tried or offer.day.date in buyer.held or not _has_place(offer, taken):
                continue
            case = self._around.books.intent(buyer.account, offer, at)
            if case is None:
                buyer.tried.add(key)
                buyer.sentence = "想要的场次，这个账号已经有了，或正由别的任务预订"
                continue
            buyer.offer, buyer.case = offer, case
            buyer.ready = buyer.member.prepare_order(offer.preset, offer.day, offer.slots)
            if (left := self._mend_until - self._around.now()) > 0:
                buyer.ready.mend(left)
            return True
        return False

    def _write_intents(self, asking: Sequence[Buyer]) -> None:
        cases = self._around.books.open([buyer.case for buyer in asking if buyer.case is not None])
        for buyer, case in zip(asking, cases, strict=True):
            buyer.case = case

    def _has_sent(self, asking: Sequence[Buyer], written_at: float, wall: datetime) -> bool:
        """Whether any request is on its way. Those whose turn comes too long after their intents are withdrawn."""
        for number, buyer in enumerate(asking):
            stopped_for = max(self._around.now() - written_at, (self._around.clock.now() - wall).total_seconds())
            if stopped_for > _INTENT_IS_OLD_AFTER_SECONDS:
                self._withdraw(asking[number:])
                return number > 0
            assert buyer.ready is not None
            buyer.stage, buyer.sent_at, buyer.tries = Stage.ASKED, self._around.now(), buyer.tries + 1
            buyer.ready.send()
        return True

    def _withdraw(self, asking: Sequence[Buyer]) -> None:
        """Surely nothing was sent."""
        for buyer in asking:
            assert buyer.case is not None
            self._around.books.settle(buyer.case, lambda case, at: refused(case, "没有发出：进程被停住过", at))
        self._reset(asking)

    @staticmethod
    def _reset(asking: Sequence[Buyer]) -> None:
        for buyer in asking:
            buyer.case = buyer.ready = None

    def _look_where_stale(self) -> None:
        """Looks again when somebody was told to, and may ask by now."""
        now = self._around.now()
        stale = [buyer for buyer in self._buyers if buyer.is_stale and buyer.may_ask(now)]
        if not stale:
            return
        self._looks += 1
        if self._looks <= _LOOKS_AT_MOST:
            with suppress(VenueError):
                self._offers = list(self._look_again())
                for buyer in stale:
                    buyer.is_stale = False
        for buyer in stale:
            if buyer.is_stale and buyer.offer is not None:  # It was not looked for: the next best may still be fresh.
                buyer.is_stale = False
                buyer.tried.add(key_of(buyer.offer))

    def _hear(self) -> bool:
        """The answers that are there; whether there was one."""
        answered = [buyer for buyer in self._asked() if buyer.ready is not None and buyer.ready.is_answered(0.0)]
        for buyer in answered:
            self._answers.hear(buyer)
        return bool(answered)

    def _read_one(self) -> bool:
        """One account's orders are read, or its session renewed: others may ask before the next one's. Whether there
        was one."""
        now = self._around.now()
        due = [buyer for buyer in self._buyers if buyer.stage in _BEHIND and buyer.not_before <= now]
        if not due:
            return False
        buyer = min(due, key=lambda buyer: buyer.not_before)
        if buyer.stage is Stage.RENEWING:
            self._answers.renew(buyer)
        else:
            self._reading.read(buyer)
        return True

    def _wait(self, seconds: float) -> None:
        """Until somebody may go on, an answer comes, or the run shall leave: nearly so long at most."""
        asked = [buyer.ready for buyer in self._asked() if buyer.ready is not None]
        if not asked:
            # Only now: nobody's next order waits for the disk.
            self._around.books.write_notes()
            self._stopping.wait(max(seconds, _SHORTEST_WAIT_SECONDS))
            return
        slice = _LISTENING_ALONE_SECONDS if len(asked) == 1 else _LISTENING_SECONDS
        asked[0].is_answered(max(min(seconds, slice), _SHORTEST_WAIT_SECONDS))

    def _asked(self) -> list[Buyer]:
        return [buyer for buyer in self._buyers if buyer.stage is Stage.ASKED]

    def _seconds_to_next(self) -> float | None:
        """Until somebody may go on, whatever is answered; None: all are done."""
        going = [buyer for buyer in self._buyers if buyer.stage is not Stage.DONE]
        due = [buyer.not_before for buyer in going if buyer.stage is not Stage.ASKED]
        if not due:
            return math.inf if going else None
        return max(0.0, min(due) - self._around.now())


def _has_place(offer: Offer, taken: Counter[str]) -> bool:
    """Whether its slots are not all spoken for by accounts of ours: most courts have one place, some rooms many."""
    return all(taken[slot_key(offer.preset, slot)] < max(1, slot.remaining) for slot in offer.slots)
