"""Finding out how far a server's clock is ahead: few requests, spaced, and by one run for all."""

import logging
import math
import random
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from jobs.exact.shared import Finding, SharedFindings
from jobs.models.offsets import (
    MOST_BEHIND_SECONDS,
    MOST_REQUESTS,
    Estimate,
    Sample,
    Search,
    Span,
    estimate,
    is_believable,
    span_of,
)
from jobs.ports.aim import DatedServer
from jobs.ports.clock import ExactClock
from jobs.ports.kind import Stopping
from jobs.ports.provider import RateLimited, VenueError

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
_BARE_SECONDS: Final = 1.0
"""But a run that begins about its instant, or after it, has so long to find out whether the server's clock is behind
ours: it would be refused."""
_YOUNG_SECONDS: Final = 8.0
"""A close comparison by another run counts for so long: 2 ms of drift."""
_SHARPENED_SECONDS: Final = 60.0
"""One that is no older is sharpened by few requests, not made anew."""
_SHARPENING: Final = 4
"""Requests: two to halve what is possible, and the proofs."""
_SHARPENING_LEAD_SECONDS: Final = 12.0
"""Before the instant that is done: four requests of two seconds, and what is kept free."""
_SURVEY_REQUESTS: Final = 4
"""They halve the second that one leaves open three times: 60 ms and what an answer is under way."""
_SURVEY_IS_OLD_SECONDS: Final = 30.0
"""One that is younger does for others who want to know how the clocks stand."""
_IN_VAIN_SECONDS: Final = 10.0
"""A server that gave another run no date is not asked again for so long."""
_GLANCE_SECONDS: Final = (0.2, 1.5)
_LEAST_GLANCE_SECONDS: Final = 0.05
_GLANCES: Final = 4
"""At least so many, as far as there is time for them."""
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
        self._doubts = 0
        self._begun_at = clock.steady()
        self._name: str | None = None
        self._quiet_until = 0.0
        self.disbelieved: Estimate | None = None
        """What an answer said that was too far off, where nothing better is known."""

    def closest(self) -> Estimate | None:
        """The best that can be found out in time; None: nothing. Waits until some seconds before the instant."""
        if (name := self._named()) is None:
            return None
        if self._left(None) > _FINE_LEAD_SECONDS:
            rough = self._found(name, requests=1, is_enough=lambda _: True)
            self._wait_for_the_fine(name, rough)
        return self._found(name, requests=None, is_enough=self._is_close)

    def now(self, *, closely: bool) -> Estimate | None:
        """What is known of late, or can be found out now by a few requests (`closely`: as many as make sense)."""
        if (name := self._named()) is None:
            return None

        def is_enough(finding: Finding) -> bool:
            known = finding.estimate
            if known is None or self._clock.steady() - known.measured_at > _SURVEY_IS_OLD_SECONDS:
                return False
            return finding.settled or (not closely and known.requests >= _SURVEY_REQUESTS)

        return self._found(name, requests=None if closely else _SURVEY_REQUESTS, is_enough=is_enough)

    def sharpest(self, known: Estimate | None, at: float) -> Estimate | None:
        """`known`, or what another run has found out since, if that says more about the instant `at`; asks nothing."""
        finding = self._heard(self._name) if self._name else None
        newer = finding.estimate if finding else None
        if newer is None or known is None:
            return newer or known
        return newer if newer.contested or newer.at(at).width < known.at(at).width else known

    def is_quiet(self) -> bool:
        """Whether the server wants not to be asked just now."""
        return self._clock.steady() < self._quiet_until

    def _named(self) -> str | None:
        """Whose clock it is; None: that cannot be known."""
        try:
            self._name = self._server.server()
        except VenueError as error:
            _log.warning("对时没有成功：%s", error)
            return None
        return self._name

    def _wait_for_the_fine(self, name: str, rough: Estimate | None) -> None:
        while (left := self._fine_at(self._heard(name), rough) - self._clock.steady()) > 0:
            # In pieces: what waits may not count the time that the machine sleeps, and others find something out.
            if self._stopping.wait(min(left, 1.0)):
                return

    def _fine_at(self, finding: Finding | None, rough: Estimate | None) -> float:
        known = finding.estimate if finding else rough
        due = self._due_at(known)
        if known is None or known.contested or known.requests == 1:
            # A single answer may have been kept on the way; who waited for its instant might oversleep.
            due = min(due, self._due_at(None))
        late = due - _SHARPENING_LEAD_SECONDS
        return late if finding and _is_sharpenable(finding, late) else due - _FINE_LEAD_SECONDS

    def _heard(self, name: str) -> Finding | None:
        finding = self._shared.of(name)
        if finding is not None:
            self.disbelieved = finding.disbelieved
            self._quiet_until = max(self._quiet_until, finding.quiet_until)
        return finding

    def _is_close(self, finding: Finding) -> bool:
        if not finding.settled:
            return False
        if finding.estimate is None:
            return self._clock.steady() - finding.steady <= _IN_VAIN_SECONDS
        return self._clock.steady() - finding.estimate.measured_at <= _YOUNG_SECONDS

    def _found(self, name: str, requests: int | None, is_enough: Callable[[Finding], bool]) -> Estimate | None:
        """What somebody has found out already, or finds out meanwhile, or this run does."""
        while True:
            finding = self._heard(name)
            known = finding.estimate if finding else self._search.estimate(self._clock.steady())
            if (finding and is_enough(finding)) or self._left(known) <= 0 or self.is_quiet():
                return known
            right = self._shared.right_to_ask(name)
            if right is None:
                # Not all of them at once, for each then has something to say.
                glance = random.uniform(*_GLANCE_SECONDS)  # noqa: S311 - hides nothing
                if self._stopping.wait(min(glance, max(self._left(known) / _GLANCES, _LEAST_GLANCE_SECONDS))):
                    return known
                continue
            with right:
                finding = self._heard(name)
                if finding and (is_enough(finding) or self.is_quiet()):
                    return finding.estimate
                self._go_on_from(finding)
                return self._asked(name, requests)

    def _go_on_from(self, finding: Finding | None) -> None:
        """Where others have come farther than this run, it does not begin at the beginning."""
        if finding is None or len(finding.samples) <= len(self._search.samples):
            return
        if not finding.settled:
            self._search = Search(finding.samples)
        elif _is_sharpenable(finding, self._clock.steady()):
            self._search = Search(finding.samples, _SHARPENING)
        elif finding.estimate is not None and not finding.estimate.contested:
            self._search = Search(finding.samples, MOST_REQUESTS)

    def _asked(self, name: str, requests: int | None) -> Estimate | None:
        """Asks the server itself, so many times or as often as it makes sense, telling the others all along."""
        self._failures = 0
        known = self._search.estimate(self._clock.steady())
        before = len(self._search.samples)
        while requests is None or len(self._search.samples) - before < requests:
            if not self._ask_once(known):
                break
            known = self._search.estimate(self._clock.steady())
            self._keep(name, known, settled=False)
        known = self._search.estimate(self._clock.steady())
        # A run that leaves has not done: what it knows may be rough, and others would trust it.
        has_done = not self._stopping.is_set()
        if has_done or known is not None:
            self._keep(name, known, settled=has_done and (requests is None or known is None))
        return known

    def _keep(self, name: str, known: Estimate | None, *, settled: bool) -> None:
        finding = self._shared.found(known, self._search.samples, settled=settled)
        self._shared.keep(name, replace(finding, disbelieved=self.disbelieved, quiet_until=self._quiet_until))

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
            dated = self._server.server_date(within)
        except VenueError as error:
            _log.warning("对时的一次请求没有成功：%s", error)
            self._failures += 1
            return self._failures < _MOST_FAILURES and not self._is_refused(error)
        received_at = self._clock.steady()
        if dated.second is not None:
            self._learn(Sample(sent_at=sent_at, received_at=received_at, second=dated.second))
        if dated.quiet_seconds is not None:
            _log.warning("对方要求暂停请求，对时到此为止")
            self._quiet_until = received_at + dated.quiet_seconds
        return dated.second is not None and dated.quiet_seconds is None and self._failures < _MOST_FAILURES

    def _is_refused(self, error: VenueError) -> bool:
        if not isinstance(error, RateLimited):
            return False
        self._quiet_until = self._clock.steady() + (error.retry_after_seconds or 0)
        return True

    def _learn(self, sample: Sample) -> None:
        """Unless it is so far off our own clock that it cannot be the server's, or that server cannot be followed."""
        at = sample.received_at
        gap = self._clock.wall() - self._clock.steady()
        span = span_of(sample, at)
        if is_believable(Span(span.low - gap, span.high - gap)):
            self._search.learn(sample)
            return
        _log.warning("对方的时钟与本机相差 %.0f 秒，不可信，不采用", span.middle - gap)
        self.disbelieved = estimate([sample], at)
        self._failures += 1
        self._doubts += 1
        if self._doubts == _MOST_FAILURES:
            # Whatever it was that once looked right, it was no clock.
            self._search = Search()

    def _spacing(self, known: Estimate | None) -> float:
        share = self._left(known) / max(self._search.requests_left, 1)
        return min(max(share - 2 * _OWN_TURN_SECONDS, LEAST_SPACING_SECONDS), _SPACING_SECONDS)

    def _left(self, known: Estimate | None) -> float:
        return self._over_at(known) - self._clock.steady()

    def _over_at(self, known: Estimate | None) -> float:
        """When there is no more time to ask. But something must be known: a clock behind ours would make us early."""
        due = self._due_at(known)
        if known is not None:
            return due - RESERVE_SECONDS
        is_possible = due > self._begun_at - MOST_BEHIND_SECONDS
        return max(due - _BARE_RESERVE_SECONDS, self._begun_at + _BARE_SECONDS if is_possible else -math.inf)


def _is_sharpenable(finding: Finding, at: float) -> bool:
    known = finding.estimate
    if known is None or known.contested or not finding.settled:
        return False
    return at - known.measured_at <= _SHARPENED_SECONDS
