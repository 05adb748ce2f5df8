"""Finding out how far a server's clock is ahead: few requests, spaced, and by one run for all."""

import logging
import random
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from jobs.exact.asking import Asking
from jobs.exact.shared import Finding, SharedFindings
from jobs.exact.time_left import FINE_LEAD_SECONDS, DueAt, TimeLeft
from jobs.exact.worth import SURVEY_REQUESTS, is_close, is_good_to_hear, says_more
from jobs.models.offsets import Estimate
from jobs.ports.aim import DatedServer
from jobs.ports.clock import ExactClock
from jobs.ports.kind import Stopping
from jobs.ports.provider import VenueError

_log = logging.getLogger("sja.exact")

_GLANCE_SECONDS: Final = (0.2, 1.5)
_LEAST_GLANCE_SECONDS: Final = 0.05
_GLANCES: Final = 4
"""At least so many, as far as there is time for them."""


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
        self._time_left = TimeLeft(clock, due_at)
        self._asking = Asking(clock, stopping, server, self._time_left)
        self._name: str | None = None

    @property
    def disbelieved(self) -> Estimate | None:
        """What an answer said that was too far off, where nothing better is known."""
        return self._asking.disbelieved

    def closest(self) -> Estimate | None:
        """The best that can be found out in time; None: nothing. Waits until some seconds before the instant."""
        if (name := self._named()) is None:
            return None
        if self._time_left.seconds(None) > FINE_LEAD_SECONDS:
            rough = self._found(name, requests=1, is_enough=lambda _: True)
            self._wait_for_the_fine(name, rough)
        return self._found(name, requests=None, is_enough=lambda finding: is_close(finding, self._clock.steady()))

    def now(self, *, closely: bool) -> Estimate | None:
        """What is known of late, or can be found out now by a few requests (`closely`: as many as make sense)."""
        if (name := self._named()) is None:
            return None

        def is_enough(finding: Finding) -> bool:
            return is_good_to_hear(finding, self._clock.steady(), closely=closely)

        return self._found(name, requests=None if closely else SURVEY_REQUESTS, is_enough=is_enough)

    def sharpest(self, known: Estimate | None, at: float) -> Estimate | None:
        """`known`, or what another run has found out since, if that says more about the instant `at`; asks nothing."""
        finding = self._heard(self._name) if self._name else None
        newer = finding.estimate if finding else None
        if newer is None or known is None:
            return newer or known
        return newer if says_more(newer, known, at) else known

    def is_quiet(self) -> bool:
        """Whether the server wants not to be asked just now."""
        return self._asking.is_quiet

    def _named(self) -> str | None:
        """Whose clock it is; None: that cannot be known."""
        try:
            self._name = self._server.server()
        except VenueError as error:
            _log.warning("对时没有成功：%s", error)
            return None
        return self._name

    def _wait_for_the_fine(self, name: str, rough: Estimate | None) -> None:
        while (left := self._time_left.fine_at(self._heard(name), rough) - self._clock.steady()) > 0:
            # In pieces: what waits may not count the time that the machine sleeps, and others find something out.
            if self._stopping.wait(min(left, 1.0)):
                return

    def _heard(self, name: str) -> Finding | None:
        """What is known at this home of that server by now."""
        finding = self._shared.of(name)
        if finding is not None:
            self._asking.disbelieved = finding.disbelieved
            self._asking.quiet_until = max(self._asking.quiet_until, finding.quiet_until)
        return finding

    def _found(self, name: str, requests: int | None, is_enough: Callable[[Finding], bool]) -> Estimate | None:
        """What somebody has found out already, or finds out meanwhile, or this run does."""
        while True:
            finding = self._heard(name)
            known = finding.estimate if finding else self._asking.known
            if (finding and is_enough(finding)) or self._time_left.seconds(known) <= 0 or self.is_quiet():
                return known
            right = self._shared.right_to_ask(name)
            if right is None:
                if self._stopping.wait(self._glance(known)):
                    return known
                continue
            with right:
                finding = self._heard(name)
                if finding and (is_enough(finding) or self.is_quiet()):
                    return finding.estimate
                if finding:
                    self._asking.go_on_from(finding)
                return self._asked(name, requests)

    def _glance(self, known: Estimate | None) -> float:
        """How long to wait for the one who asks. Not all look again at once, for each then has something to say."""
        glance = random.uniform(*_GLANCE_SECONDS)  # noqa: S311 - hides nothing
        return min(glance, max(self._time_left.seconds(known) / _GLANCES, _LEAST_GLANCE_SECONDS))

    def _asked(self, name: str, requests: int | None) -> Estimate | None:
        """Asks the server itself, telling the others all along."""
        for known in self._asking.ask(requests):
            self._keep(name, known, settled=False)
        known = self._asking.known
        # A run that leaves has not done: what it knows may be rough, and others would trust it.
        has_done = not self._stopping.is_set()
        if has_done or known is not None:
            self._keep(name, known, settled=has_done and (requests is None or known is None))
        return known

    def _keep(self, name: str, known: Estimate | None, *, settled: bool) -> None:
        asking = self._asking
        finding = self._shared.found(known, asking.samples, settled=settled)
        self._shared.keep(name, replace(finding, disbelieved=asking.disbelieved, quiet_until=asking.quiet_until))
