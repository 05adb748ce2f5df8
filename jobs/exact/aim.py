"""One run's instant: what it is by our own clock, the waiting for it, and the sending."""

import math
import random
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from jobs.exact.comparing import Comparing
from jobs.exact.shared import SharedFindings
from jobs.exact.undisturbed import make_way, undisturbed
from jobs.models.comparison import Comparison
from jobs.models.offsets import DRIFT, Estimate
from jobs.ports.aim import DatedServer, Fired, Ready, TooLate
from jobs.ports.clock import ExactClock
from jobs.ports.kind import Stopping

_WARM_SECONDS: Final = (1.0, 2.0)
"""Before the instant, at random between these: many runs of one instant do not all ask at once."""
_MEND_SECONDS: Final = 0.4
_KEPT_FREE_SECONDS: Final = 0.15
"""Before the instant, in which nothing may keep the run waiting."""
_FINAL_SECONDS: Final = 0.05
_SPIN_SECONDS: Final = 0.0012
"""How long before the instant the run wakes for good: a sleep may last a millisecond longer than it should."""
_GAP_TRIES: Final = 3
_LONGEST_NAP_SECONDS: Final = 1.0
"""After so long it is looked anew how far it is: a clock may have been set, or the machine have slept."""


class ExactAim:
    """Implements `ports.aim.Aim`. `grace_seconds`: how late it may still act."""

    def __init__(
        self,
        instant: datetime,
        clock: ExactClock,
        stopping: Stopping,
        shared: SharedFindings,
        grace_seconds: float = math.inf,
    ) -> None:
        self._instant = instant
        self._seconds = instant.timestamp()
        self._clock = clock
        self._stopping = stopping
        self._shared = shared
        self._grace_seconds = grace_seconds
        self._comparing: Comparing | None = None
        self._estimate: Estimate | None = None

    @property
    def instant(self) -> datetime:
        return self._instant

    def compare(self, server: DatedServer) -> Comparison | None:
        self._comparing = self._comparing_with(server)
        self._estimate = self._comparing.closest()
        return self._found(self._comparing, self._estimate)

    def survey(self, server: DatedServer, *, closely: bool) -> Comparison | None:
        comparing = self._comparing_with(server)
        return self._found(comparing, comparing.now(closely=closely))

    def fire(self, ready: Ready) -> Fired | None:
        """Warmed and mended so early that neither can delay it, and then not disturbed."""
        if not self._wait_until(random.uniform(*_WARM_SECONDS)):  # noqa: S311 - spreads requests, hides nothing
            return None
        self._warm(ready)
        if not self._wait_until(_MEND_SECONDS):
            return None
        if (left := self._left() - _KEPT_FREE_SECONDS) > 0:
            ready.mend(left)
        while self._wait_until(_FINAL_SECONDS):
            if (late := -self._left()) > self._grace_seconds:
                raise TooLate(late)
            with undisturbed():
                gap = self._gap()
                due = self._due(gap)
                if due - self._clock.steady() > _FINAL_SECONDS:
                    continue  # Our clock was set back.
                if not self._hold(due):
                    return None
                ready.send()
                sent_at = self._clock.steady()
            return self._fired(sent_at, gap)
        return None

    def _warm(self, ready: Ready) -> None:
        is_quiet = False
        if self._comparing is not None:
            self._estimate = self._comparing.sharpest(self._estimate, self._due(self._gap()))
            is_quiet = self._comparing.is_quiet()
        if (left := self._left() - _MEND_SECONDS) > 0:
            # Where no request is welcome, the connection can be opened all the same.
            (ready.mend if is_quiet else ready.warm)(left)

    def stand_down(self) -> None:
        make_way()

    def _hold(self, due: float) -> bool:
        """Sleeps, then spins until the very moment; False: the run shall leave."""
        steady = self._clock.steady
        self._clock.sleep(due - steady() - _SPIN_SECONDS)
        while steady() < due:
            pass
        return not self._stopping.is_set()

    def _wait_until(self, before_seconds: float) -> bool:
        """Until so long before the instant; False: the run shall leave."""
        while (left := self._left() - before_seconds) > 0:
            if self._stopping.wait(min(left, _LONGEST_NAP_SECONDS)):
                return False
        return not self._stopping.is_set()

    def _left(self) -> float:
        return self._due(self._gap()) - self._clock.steady()

    def _gap(self) -> float:
        """Our wall clock minus our steady one; too small, if anything, which makes nobody early."""
        tries: list[tuple[float, float]] = []
        for _ in range(_GAP_TRIES):
            before, wall, after = self._clock.steady(), self._clock.wall(), self._clock.steady()
            tries.append((after - before, wall - after))
        # The one that least came between.
        return min(tries)[1]

    def _due(self, gap: float) -> float:
        """When to send, by our steady clock: when the server's clock shows the instant even if it is as slow as it can
        be, or when ours does."""
        estimate = self._estimate
        if estimate is None:
            return self._seconds - gap
        due = self._seconds - estimate.span.low
        # By then the clocks may have parted some more.
        return due + max(due - estimate.measured_at, 0) * DRIFT / (1 - DRIFT)

    def _earliest(self, estimate: Estimate | None) -> float:
        """When the instant may come at the earliest; by our clock where nothing is known of the server's."""
        if estimate is None:
            return self._seconds - self._gap()
        return self._seconds - estimate.span.high

    def _fired(self, sent_at: float, gap: float) -> Fired:
        """`gap` as when it was decided what the instant is: since then our wall clock may have been nudged."""
        offset = gap if self._estimate is None else self._estimate.at(sent_at).middle
        return Fired(late_seconds=sent_at + offset - self._seconds, comparison=self._comparison(sent_at))

    def _comparison(self, at: float) -> Comparison | None:
        if self._estimate is None:
            return None
        return self._as_said(self._estimate, at)

    def _comparing_with(self, server: DatedServer) -> Comparing:
        return Comparing(self._clock, self._stopping, self._shared, server, self._earliest)

    def _found(self, comparing: Comparing, known: Estimate | None) -> Comparison | None:
        now = self._clock.steady()
        if known is None and comparing.disbelieved is not None:
            return replace(self._as_said(comparing.disbelieved, now), is_believed=False)
        return None if known is None else self._as_said(known, now)

    def _as_said(self, estimate: Estimate, at: float) -> Comparison:
        span = estimate.at(at)
        return Comparison(
            offset_seconds=span.middle - self._gap(),
            error_seconds=span.width / 2,
            requests=estimate.requests,
            contested=estimate.contested,
        )
