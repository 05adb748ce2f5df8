"""Finding out how far a server's clock is ahead: few requests, spaced, and by one run for all."""

import logging
import random
from collections.abc import Callable
from typing import Final

from jobs.exact.shared import Finding, SharedFindings
from jobs.models.offsets import Estimate, Sample, Search
from jobs.ports.aim import DatedServer
from jobs.ports.clock import ExactClock
from jobs.ports.kind import Stopping
from jobs.ports.provider import VenueError

_log = logging.getLogger("sja.exact")

_SPACING_SECONDS: Final = 1.0
LEAST_SPACING_SECONDS: Final = 0.25
"""When the instant is near."""
_OWN_TURN_SECONDS: Final = 0.5
"""How long after its earliest a request is sent at the mean, to meet the turn of a second; and as much to travel."""
_FINE_LEAD_SECONDS: Final = 21.0
"""Before the instant clocks are compared closely: nine requests of two seconds at the most, and some."""
RESERVE_SECONDS: Final = 2.5
"""Before the instant no more is compared."""
_BARE_RESERVE_SECONDS: Final = 0.3
"""As long as nothing is known at all."""
_YOUNG_SECONDS: Final = 60.0
"""A close comparison by another run counts for so long: 15 ms of drift."""
_IN_VAIN_SECONDS: Final = 10.0
"""A server that gave another run no date is not asked again for so long."""
_GLANCE_SECONDS: Final = (0.2, 1.5)
_LONGEST_ANSWER_SECONDS: Final = 5.0
_MOST_FAILURES: Final = 3

DueAt = Callable[[Estimate | None], float]
"""The earliest moment, by our steady clock, that the instant may come, as far as the server's clock is known."""


class Comparing:
    """One run's comparison with one server: roughly at once, so that it is known when the instant comes by our clock,
    and closely shortly before that, when there is little time left to drift apart."""

    def __init__(
        self, clock: ExactClock, stopping: Stopping, shared: SharedFindings, server: DatedServer, due_at: DueAt
    ) -> None:
        self._clock = clock
        self._stopping = stopping
        self._shared = shared
        self._server = server
        self._due_at = due_at
        self._search = Search()
        self._failures = 0

    def closest(self) -> Estimate | None:
        """The best that can be found out in time; None: nothing. Waits until some seconds before the instant."""
        try:
            name = self._server.server()
        except VenueError as error:
            _log.warning("对时没有成功：%s", error)
            return None
        if self._left(None) > _FINE_LEAD_SECONDS:
            rough = self._found(name, requests=1, is_enough=lambda _: True)
            self._wait_for(self._due_at(rough) - _FINE_LEAD_SECONDS)
        return self._found(name, requests=None, is_enough=self._is_close)

    def _is_close(self, finding: Finding) -> bool:
        if not finding.settled:
            return False
        if finding.estimate is None:
            return self._clock.steady() - finding.steady <= _IN_VAIN_SECONDS
        return self._clock.steady() - finding.estimate.measured_at <= _YOUNG_SECONDS

    def _found(self, name: str, requests: int | None, is_enough: Callable[[Finding], bool]) -> Estimate | None:
        """What somebody has found out already, or finds out meanwhile, or this run does."""
        while True:
            finding = self._shared.of(name)
            known = finding.estimate if finding else None
            if (finding and is_enough(finding)) or self._left(known) <= 0:
                return known
            right = self._shared.right_to_ask(name)
            if right is None:
                # Not all of them at once, for each then has something to say.
                if self._stopping.wait(random.uniform(*_GLANCE_SECONDS)):  # noqa: S311 - hides nothing
                    return known
                continue
            with right:
                finding = self._shared.of(name)
                if finding and is_enough(finding):
                    return finding.estimate
                if finding and not finding.settled and not self._search.samples:
                    self._search = Search(finding.samples)
                return self._asked(name, requests)

    def _asked(self, name: str, requests: int | None) -> Estimate | None:
        """Asks the server itself, so many times or as often as it makes sense, telling the others all along."""
        self._failures = 0
        known = self._search.estimate(self._clock.steady())
        before = len(self._search.samples)
        while requests is None or len(self._search.samples) - before < requests:
            if not self._ask_once(known):
                break
            known = self._search.estimate(self._clock.steady())
            self._shared.keep(name, known, self._search.samples, settled=False)
        self._shared.keep(name, known, self._search.samples, settled=requests is None or known is None)
        return known

    def _ask_once(self, known: Estimate | None) -> bool:
        """One request at the moment when it tells most; whether another one makes sense."""
        now = self._clock.steady()
        earliest = now if not self._search.samples and not self._failures else now + self._spacing(known)
        send_at = self._search.next_at(earliest)
        if send_at is None or send_at >= self._over_at(known):
            return False
        if self._stopping.wait(max(send_at - now, 0)):
            return False
        sent_at = self._clock.steady()
        within = min(self._over_at(known) - sent_at, _LONGEST_ANSWER_SECONDS)
        if within <= 0:
            return False
        try:
            second = self._server.server_date(within)
        except VenueError as error:
            _log.warning("对时的一次请求没有成功：%s", error)
            self._failures += 1
            return self._failures < _MOST_FAILURES
        if second is not None:
            self._search.learn(Sample(sent_at=sent_at, received_at=self._clock.steady(), second=second))
        return second is not None

    def _spacing(self, known: Estimate | None) -> float:
        share = self._left(known) / max(self._search.requests_left, 1)
        return min(max(share - 2 * _OWN_TURN_SECONDS, LEAST_SPACING_SECONDS), _SPACING_SECONDS)

    def _left(self, known: Estimate | None) -> float:
        return self._over_at(known) - self._clock.steady()

    def _over_at(self, known: Estimate | None) -> float:
        """When there is no more time to ask. But something must be known: a clock behind ours would make us early."""
        return self._due_at(known) - (_BARE_RESERVE_SECONDS if known is None else RESERVE_SECONDS)

    def _wait_for(self, moment: float) -> None:
        while (left := moment - self._clock.steady()) > 0:
            # In pieces: what waits may not count the time that the machine sleeps.
            if self._stopping.wait(min(left, 1.0)):
                return
