"""Waiting for an instant, and what is reported of having fired at it: the same for all that act at one."""

import logging
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from jobs.models.comparison import comparison_in_words
from jobs.models.occurrence_words import READY
from jobs.models.venue import Day, Preset
from jobs.ports.aim import Aim, Fired
from jobs.ports.kind import Assignment
from jobs.ports.provider import ReadyDays
from jobs.ports.store import StoreUnavailable

_log = logging.getLogger("sja.firing")

LOGIN_LEAD_SECONDS: Final = 25.0
"""Before the instant no look at a login is begun any more: one may take 20 s where a platform hangs (connecting, and
waiting for the answer), and clocks are to be compared."""


class Convoy:
    """Implements `ReadyDays`: the question, whose connection is opened together with those of the orders, whatever is
    done with it before the instant: one deadline for all."""

    def __init__(self, ready: ReadyDays, assignment: Assignment) -> None:
        self._ready = ready
        self._assignment = assignment
        self.send = ready.send

    def warm(self, within_seconds: float) -> None:
        self._together(self._ready.warm, within_seconds)

    def mend(self, within_seconds: float) -> None:
        self._together(self._ready.mend, within_seconds)

    def answer(self) -> list[Day]:
        return self._ready.answer()

    def _together(self, first: Callable[[float], None], within_seconds: float) -> None:
        monotonic = self._assignment.clock.monotonic
        over_at = monotonic() + within_seconds
        first(within_seconds)
        if (left := over_at - monotonic()) > 0:
            self._assignment.desk.warm(left)


class Shot:
    """A request that was sent at the instant. `settle` may be called often; it reports once."""

    def __init__(self, assignment: Assignment, aim: Aim, fired: Fired, ready: ReadyDays) -> None:
        self._assignment = assignment
        self._aim = aim
        self._is_settled = False
        self.fired = fired
        self.answer = ready.answer

    def settle(self) -> None:
        """Makes way for others, and reports: only when that delays nobody's order any more."""
        if self._is_settled:
            return
        self._is_settled = True
        self._aim.stand_down()
        known = self.fired.comparison
        clocks = {} if known is None else {"offset_seconds": known.offset_seconds, "error_seconds": known.error_seconds}
        self._assignment.reporter.fired(self.fired.late_seconds, **clocks)


def shoot(assignment: Assignment, aim: Aim, preset: Preset) -> Shot | None:
    """Waits for the instant, and sends the question for the days; None: the run shall leave. What it asks on the way
    there it asks in a hurry: where ordinary requests have to wait it would fire without a comparison of clocks."""
    ready = Convoy(assignment.provider.prepare_days(preset), assignment)
    local = aim.instant.astimezone(ZoneInfo(assignment.zone))
    say = partial(assignment.reporter.progress, checks=0, next_check_at=aim.instant)
    say(f"准备中，{local:%H:%M:%S} 出手")
    with assignment.budget.hurrying():
        comparison = aim.compare(assignment.provider)
    words = f"{READY}，{local:%H:%M:%S} 出手（{comparison_in_words(comparison)}）"
    _log.info("%s", words)
    say(words)
    with assignment.budget.hurrying():
        fired = aim.fire(ready)
    return None if fired is None else Shot(assignment, aim, fired, ready)


def log_in(assignment: Assignment, aim: Aim) -> None:
    """Sessions are looked at, and renewed, while there is time; what is not well is told by the desk."""
    until = aim.instant - timedelta(seconds=LOGIN_LEAD_SECONDS)
    if assignment.clock.now() >= until or not assignment.desk.accounts:
        return
    try:
        for one in assignment.desk.get_ready(until):
            _log.info("%s", one.sentence)
    except StoreUnavailable as trouble:
        _log.warning("%s", trouble)


class Track:
    """What happens from an instant on, step by step, in milliseconds after it, by the clock that counts."""

    _MOST_STEPS: Final = 200

    def __init__(self, assignment: Assignment, late_seconds: float = 0.0) -> None:
        self._assignment = assignment
        self._monotonic = assignment.clock.monotonic
        self._zero = self._monotonic() - late_seconds
        self.steps: list[dict[str, Any]] = []

    @property
    def seconds(self) -> float:
        return self._monotonic() - self._zero

    def report(self, how: str, day: date) -> None:
        """Everything at once, when the race is over."""
        aim = self._assignment.aim
        instant = {} if aim is None else {"instant": aim.instant.isoformat()}
        data = {"how": how, "date": day.isoformat(), **instant, "steps": self.steps}
        try:
            self._assignment.reporter.event("race.ended", **data)
        except StoreUnavailable as trouble:
            # What was got must be said all the same.
            _log.warning("%s", trouble)

    def step(self, what: str, **data: Any) -> None:
        """What is the same as the step before is counted with it: `times`, and `until` when it was seen last."""
        ms = round(self.seconds * 1000, 1)
        last = self.steps[-1] if self.steps else {}
        if last and {key: last[key] for key in last.keys() - {"ms", "times", "until"}} == {"what": what, **data}:
            last.update(times=last.get("times", 1) + 1, until=ms)
        elif len(self.steps) < self._MOST_STEPS:
            self.steps.append({"ms": ms, "what": what, **data})
