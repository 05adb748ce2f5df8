"""Asking a server what its clock shows: one request after the other, each when it tells most, as few as make sense."""

import logging
from collections.abc import Generator
from typing import Final

from jobs.exact.shared import Finding
from jobs.exact.time_left import TimeLeft
from jobs.exact.worth import is_sharpenable
from jobs.models.offsets import MOST_REQUESTS, Estimate, Sample, Search, Span, estimate, is_believable, span_of
from jobs.ports.aim import DatedServer, ServerDate
from jobs.ports.clock import ExactClock
from jobs.ports.kind import Stopping
from jobs.ports.provider import RateLimited, VenueError

_log = logging.getLogger("sja.exact")

_LONGEST_ANSWER_SECONDS: Final = 5.0
_MOST_FAILURES: Final = 3
_SHARPENING: Final = 4
"""Requests: two to halve what is possible, and the proofs."""


class Asking:
    """What one run has heard of one server's clock, and its next questions."""

    def __init__(self, clock: ExactClock, stopping: Stopping, server: DatedServer, time_left: TimeLeft) -> None:
        self._clock = clock
        self._stopping = stopping
        self._server = server
        self._time_left = time_left
        self._search = Search()
        self._failures = 0
        self._doubts = 0
        self.quiet_until = 0.0
        """By our steady clock, when the server may be asked again."""
        self.disbelieved: Estimate | None = None
        """What an answer said that was too far off, where nothing better is known."""

    @property
    def samples(self) -> list[Sample]:
        return self._search.samples

    @property
    def known(self) -> Estimate | None:
        """As of now."""
        return self._search.estimate(self._clock.steady())

    @property
    def is_quiet(self) -> bool:
        """Whether the server wants not to be asked just now."""
        return self._clock.steady() < self.quiet_until

    def go_on_from(self, finding: Finding) -> None:
        """Where others have come farther than this run, it does not begin at the beginning."""
        if len(finding.samples) <= len(self.samples):
            return
        if not finding.settled:
            self._search = Search(finding.samples)
        elif is_sharpenable(finding, self._clock.steady()):
            self._search = Search(finding.samples, _SHARPENING)
        elif finding.estimate is not None and not finding.estimate.contested:
            self._search = Search(finding.samples, MOST_REQUESTS)

    def ask(self, requests: int | None) -> Generator[Estimate | None, None, None]:
        """Asks so many times, None: as often as it makes sense. Yields what is known after each answer but the last
        where that ends it. Ends early when the run shall leave."""
        self._failures = 0
        before = len(self.samples)
        while requests is None or len(self.samples) - before < requests:
            if not self._ask_once():
                return
            yield self.known

    def _ask_once(self) -> bool:
        """One request; whether another one makes sense."""
        known, now = self.known, self._clock.steady()
        is_first = not self.samples and not self._failures
        wait = 0.0 if is_first else self._time_left.between(known, self._search.requests_left)
        send_at = self._search.next_at(now + wait)
        if send_at is None or send_at >= self._time_left.over_at(known):
            return False
        if self._stopping.wait(max(send_at - now, 0)):
            return False
        sent_at = self._clock.steady()
        within = min(self._time_left.over_at(known) - sent_at, _LONGEST_ANSWER_SECONDS)
        if within <= 0:
            return False
        try:
            dated = self._server.server_date(within)
        except VenueError as error:
            return self._failed(error)
        return self._heard(dated, sent_at)

    def _failed(self, error: VenueError) -> bool:
        _log.warning("对时的一次请求没有成功：%s", error)
        self._failures += 1
        if isinstance(error, RateLimited):
            self.quiet_until = self._clock.steady() + (error.retry_after_seconds or 0)
            return False
        return self._failures < _MOST_FAILURES

    def _heard(self, dated: ServerDate, sent_at: float) -> bool:
        received_at = self._clock.steady()
        if dated.second is not None:
            self._learn(Sample(sent_at=sent_at, received_at=received_at, second=dated.second))
        if dated.quiet_seconds is not None:
            _log.warning("对方要求暂停请求，对时到此为止")
            self.quiet_until = received_at + dated.quiet_seconds
        return dated.second is not None and dated.quiet_seconds is None and self._failures < _MOST_FAILURES

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
