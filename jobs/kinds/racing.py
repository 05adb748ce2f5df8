"""A race for courts of one day, from the instant at which they are released until it is won, lost, or over."""

import logging
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

from jobs.kinds.firing import Track
from jobs.kinds.goal import Goal
from jobs.kinds.looking import View, look, look_at
from jobs.models.durations import seconds_in_words
from jobs.models.hours import hours_in_words
from jobs.models.slots import choice_words
from jobs.models.venue import Day, Preset
from jobs.models.wishes import Wishes
from jobs.ports.desk import Bought, Offer
from jobs.ports.kind import Assignment
from jobs.ports.provider import RateLimited, VenueError
from jobs.ports.store import StoreUnavailable

_log = logging.getLogger("sja.race")

RHYTHM: Final = ((5.0, 0.25), (20.0, 1.0), (120.0, 5.0))
"""Until so many seconds after the beginning, so long between two looks: a release may be some hundred milliseconds
late by the platform's own doing, rarely more; 70 requests in all."""
_LOOKS_AT_NOTHING: Final = 3
"""Once the courts were seen to be open, so many looks in a row that find nothing wished end the race."""
_NOTHINGS_OF_A_DAY: Final = 4
"""After so many looks in a row that found nothing wished, the day is asked for anew: what the platform gave to ask for
its slots may have changed when they were released."""
_REFUSALS: Final = 5
"""So many looks in a row that failed for good end the race; a platform in distress says strange things at first."""
_VAIN_ROUNDS: Final = 8
"""So many rounds of orders in a row that brought nothing new, and to which the platform had nothing but “taken” to say:
what it lists as free is not."""
_SETTLED_AFTER_SECONDS: Final = 2.0
"""By then the first order was sent, or nothing hurries so much that the instant may not be reported."""
_SIGN_EVERY_SECONDS: Final = 5.0
_BUYING_SECONDS: Final = 60.0
"""How long one purchase may keep silent: orders are read for up to half a minute."""


class Race:
    """One race. `settle` is called as soon as nothing it does can delay the first order."""

    def __init__(
        self,
        assignment: Assignment,
        preset: Preset,
        day: date,
        wishes: Wishes,
        goal: Goal,
        *,
        track: Track,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        self._assignment = assignment
        self._preset = preset
        self._date = day
        self._wishes = wishes
        self._goal = goal
        self._track = track
        self._settle = settle
        self._clock = assignment.clock
        self._begun_at = self._clock.monotonic()
        self._signed_at = self._begun_at
        self._day: Day | None = None
        """As long as it does: a platform may change what it gives to ask for a day's slots."""
        self._has_opened = False
        self._nothings = 0
        self._refusals = 0
        self._vain = 0
        self.trouble: VenueError | None = None
        """The last one, where the last look failed."""

    def run(self, ask: Callable[[], Sequence[Day]] | None = None) -> str:
        """Races, and says how it ended: `won`, `full`, `closed` (nothing was ever seen open), `refused` (the platform
        or the accounts do not allow it), `uncertain`, `stopped`. `ask` is how the days are asked for first."""
        with self._assignment.budget.hurrying():
            while (end := self._end()) is None:
                self._round(ask)
                ask = None
                if (end := self._end()) is not None:
                    break
                self._wait()
        self._track.step("end", how=end)
        return end

    def sentence(self, how: str) -> str:
        """What was got for whom, and why not more: something got is success, said precisely."""
        said = self._goal.sentence()
        return said if how == "won" else "；".join(filter(None, (said, self._why(how)))) or "没有订到"

    def _why(self, how: str) -> str:
        if how == "stopped":
            return "被要求退出"
        if self.trouble is not None:
            return self.trouble.sentence
        waited = seconds_in_words(int(RHYTHM[-1][0]))
        words = {
            "full": f"{self._date:%m-%d} {hours_in_words(self._wishes.hours)}的场满了",
            "closed": f"{waited}里没有看到 {self._date:%m-%d} 有空场",
        }
        return words.get(how, "")

    def _round(self, ask: Callable[[], Sequence[Day]] | None) -> None:
        try:
            view = self._look(ask)
        except VenueError as error:
            _log.warning("查询失败：%s", error)
            self._track.step("failed", why=error.sentence)
            self.trouble = error
            self._refusals += error.retry_after_seconds is None
            return
        self.trouble, self._refusals = None, 0
        offers = view.offers(self._wishes)
        self._note(view, offers)
        if offers:
            self._buy(offers)

    def _look(self, ask: Callable[[], Sequence[Day]] | None) -> View:
        day, self._day = self._day, None
        if day is not None:
            view = look_at(self._assignment.provider, self._preset, (day,))
        else:
            view = look(self._assignment.provider, self._preset, lambda day: day.date == self._date, ask)
        self._day = view.days[0] if view.days else None
        return view

    def _note(self, view: View, offers: Sequence[Offer]) -> None:
        if not view.days:
            self._track.step("absent")
            return
        self._has_opened = self._has_opened or bool(view.free)
        self._nothings = 0 if offers else self._nothings + 1
        if self._nothings and self._nothings % _NOTHINGS_OF_A_DAY == 0:
            self._day = None
        if not view.free:
            self._track.step("nothing")
            return
        self._track.step("seen", free=len(view.free), wished=len(offers))

    def _buy(self, offers: list[Offer]) -> None:
        self._track.step("buys", best=choice_words(offers[0].slots), accounts=len(self._goal.open))
        try:
            bought = self._assignment.desk.buy(offers, self._look_again)
        except StoreUnavailable as trouble:
            # No intent, no request: nothing was asked for, and may be asked for again.
            _log.warning("%s", trouble)
            self._track.step("failed", why=trouble.sentence)
            return
        before = len(self._goal.open)
        self._goal.note(bought)
        is_vain = len(self._goal.open) == before and self._goal.is_outrun
        self._vain = self._vain + 1 if is_vain else 0
        for one in bought:
            self._track.step("bought" if one.bookings else "refused", account=one.account.nickname, why=_words(one))
        self._settle()

    def _look_again(self) -> list[Offer]:
        """A stale slot: the same day is looked at anew."""
        try:
            offers = self._look(None).offers(self._wishes)
        except VenueError as error:
            self._track.step("failed", why=error.sentence)
            raise
        self._track.step("again", wished=len(offers))
        return offers

    def _end(self) -> str | None:
        """How it has ended; None: it goes on."""
        is_over = self._pause() is None
        ends = {
            "won": self._goal.is_reached,
            "stopped": self._assignment.stopping.is_set(),
            "uncertain": self._goal.is_uncertain,
            "refused": self._goal.is_hopeless or self._refusals >= _REFUSALS,
            "full": self._has_opened and (is_over or self._nothings >= _LOOKS_AT_NOTHING or self._vain >= _VAIN_ROUNDS),
            "closed": is_over,
        }
        return next((how for how, is_so in ends.items() if is_so), None)

    def _pause(self) -> float | None:
        """How long to wait for the next look; None: it is too late for another."""
        passed = self._clock.monotonic() - self._begun_at
        pause = next((pause for until, pause in RHYTHM if passed < until), None)
        if pause is None or not isinstance(self.trouble, RateLimited):
            return pause
        # Who asks for fewer requests is not asked sooner; whoever did not answer is asked in the usual rhythm.
        pause = max(pause, self.trouble.retry_after_seconds or 0)
        return pause if passed + pause < RHYTHM[-1][0] else None

    def _wait(self) -> None:
        now = self._clock.monotonic()
        if now - self._begun_at >= _SETTLED_AFTER_SECONDS:
            self._settle()
            if now - self._signed_at >= _SIGN_EVERY_SECONDS or self._signed_at == self._begun_at:
                self._sign()
        self._assignment.stopping.wait(self._pause() or 0)

    def _sign(self) -> None:
        self._signed_at = self._clock.monotonic()
        said = self._goal.sentence()
        sentence = f"正在抢 {self._date:%m-%d} 的场" + (f"；{said}" if said else "")
        next_at = self._clock.now() + timedelta(seconds=_BUYING_SECONDS)
        self._assignment.reporter.progress(sentence, checks=len(self._track.steps), next_check_at=next_at)


def _words(one: Bought) -> str:
    if one.bookings:
        first = one.bookings[0]
        hours = "、".join(f"{booking.hour:02d}:00" for booking in one.bookings)
        return f"{first.date:%m-%d} {hours} {first.court}"
    return one.sentence or (one.error.sentence if one.error else "没有订到")
