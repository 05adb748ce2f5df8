"""How far a server's clock is ahead of ours, from the `Date` headers of a few answers. Pure.

A `Date` is whole seconds. An answer that left us at `sent_at`, was back at `received_at` and carries second D was
stamped at some moment between the two, when the server's clock showed D to D + 1: its clock is ahead by D - received_at
at least, and by D + 1 - sent_at at most. Sent so that it meets the turn of the server's second in the middle of what is
still possible, each answer halves that, down to about the time that a request is under way.

All instants are seconds of our steady clock, all offsets the server's clock minus that one.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

DRIFT: Final = 250e-6
"""Seconds per second that two clocks may part. Quartz without correction is within 100 ppm, so two are within 200; the
rest is for one that is being corrected."""
MOST_REQUESTS: Final = 10
MOST_AHEAD_SECONDS: Final = 50.0
"""A server's clock that is farther ahead of our wall clock is not believed: an armed run starts 75 s before its
instant, and wants 21 s of them to compare clocks before the server's shows it."""
MOST_BEHIND_SECONDS: Final = 60.0
"""Nor one that is farther behind: a cache's date, or one in another zone; a run would wait long after everybody."""
_REMEMBERED: Final = 20
"""Answers. Older ones say less by their age than these do together."""
_PROOFS: Final = 2
"""Requests sent right after the turn of a second, as the lowest possible offset has it: they must see the new second.

They find out hosts behind one name that do not agree, which a search alone cannot: it believes each answer.
"""
_ODD_SECONDS: Final = 2.0
"""A single answer that is off by more than this was kept somewhere on the way, and says nothing of the clock."""
_ENOUGH_SECONDS: Final = 1e-3
_PAUSE_AFTER_EDGE_SECONDS: Final = 1e-3
"""More than two clocks part in the two seconds that a request is planned ahead; or a proof would prove nothing."""


class Sample(Struct, frozen=True, kw_only=True):
    """One answer: when it was asked for, when it was there, and its `Date` in seconds since 1970."""

    sent_at: float
    received_at: float
    second: int

    @property
    def under_way_seconds(self) -> float:
        return self.received_at - self.sent_at


class Span(Struct, frozen=True):
    """What an offset may be: `low` to `high`. Empty where `low` is above `high`."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    def widened(self, seconds: float) -> "Span":
        return Span(self.low - seconds, self.high + seconds)


class Estimate(Struct, frozen=True, kw_only=True):
    """The offset as known at `measured_at`, after so many `requests`. `contested`: the answers contradict each other,
    as those of several hosts behind one name do; then it spans what each of them says."""

    span: Span
    measured_at: float
    requests: int
    contested: bool = False

    def at(self, instant: float) -> Span:
        """What the offset may be at another instant: the older the measurement, the wider."""
        return self.span.widened(DRIFT * abs(instant - self.measured_at))


def span_of(sample: Sample, at: float) -> Span:
    """What one answer says of the offset at an instant."""
    span = Span(sample.second - sample.received_at, sample.second + 1 - sample.sent_at)
    # Counted from the end of it that is farther away, so that it holds wherever between the two it was stamped.
    return span.widened(DRIFT * max(abs(at - sample.received_at), abs(at - sample.sent_at)))


def is_believable(ahead: Span) -> bool:
    """Whether a server's clock may be ahead of our wall clock by so much."""
    return ahead.low >= -MOST_BEHIND_SECONDS and ahead.high <= MOST_AHEAD_SECONDS


def estimate(samples: Sequence[Sample], at: float) -> Estimate | None:
    """What the answers, in the order they came, say together. None: there are none, or they make no sense together.

    Where they contradict each other the result spans all of them, never less than the truth of one of the clocks that
    answered: fired by its lower end a request is early by none of those.
    """
    if not samples:
        return None
    spans = [span_of(sample, at) for sample in samples]
    agreed = _agreed(samples)
    if agreed is None:
        best = _most_agreed(spans)
        near = [sample for sample, span in zip(samples, spans, strict=True) if _gap(span, best) <= _ODD_SECONDS]
        if len(samples) - len(near) > 1 or len(near) < _PROOFS:
            return None
        agreed = _agreed(near)
    if agreed is not None:
        return Estimate(span=_aged(*agreed, at), measured_at=at, requests=len(samples))
    hull = Span(min(span.low for span in spans), max(span.high for span in spans))
    return Estimate(span=hull, measured_at=at, requests=len(samples), contested=True)


class Search:
    """Which request to send when, so that few of them tell most.

    `begun`: what somebody else has heard before, to be gone on from with `requests` more; None: with as many as that
    one had left.
    """

    def __init__(self, begun: Sequence[Sample] = (), requests: int | None = None) -> None:
        self.samples = list(begun[-_REMEMBERED:])
        self._asked = min(len(begun), MOST_REQUESTS) if requests is None else MOST_REQUESTS - requests
        self._proofs = 0
        self._is_proof = False

    @property
    def requests_left(self) -> int:
        return MOST_REQUESTS - self._asked

    def estimate(self, at: float) -> Estimate | None:
        return estimate(self.samples, at)

    def next_at(self, earliest: float) -> float | None:
        """When to send the next request, at `earliest` or within a second of it; None: there is no more to learn.

        Each call stands for one request, also one that brings no answer.
        """
        known = self.estimate(earliest)
        if self.requests_left == 0 or self._proofs == _PROOFS or (known is not None and known.contested):
            return None
        self._asked += 1
        if known is None:
            return earliest
        under_way = min(sample.under_way_seconds for sample in self.samples)
        # Once begun they follow each other, so that hosts that take turns each get one.
        self._is_proof |= known.span.width <= 2 * under_way + _ENOUGH_SECONDS or self.requests_left < _PROOFS
        if self._is_proof:
            return _turn_of_second(known.span.low, earliest) + _PAUSE_AFTER_EDGE_SECONDS
        return _turn_of_second(known.span.middle, earliest + under_way / 2) - under_way / 2

    def learn(self, sample: Sample) -> None:
        """The answer to the request of the last `next_at`."""
        self._proofs += self._is_proof
        self.samples.append(sample)


def _turn_of_second(offset: float, earliest: float) -> float:
    """When, by our clock, a server's clock that is ahead by `offset` next begins a second."""
    return math.ceil(earliest + offset) - offset


def _agreed(samples: Iterable[Sample]) -> tuple[Span, float] | None:
    """What is possible by all of them, as of the last; None where one contradicts those before it.

    Compared at the moment of each, for drift allows the more the longer it is ago.
    """
    span, since = Span(-math.inf, math.inf), 0.0
    for sample in samples:
        now = sample.received_at
        older, newer = _aged(span, since, now), span_of(sample, now)
        span, since = Span(max(older.low, newer.low), min(older.high, newer.high)), now
        if span.width < 0:
            return None
    return span, since


def _aged(span: Span, since: float, at: float) -> Span:
    return span.widened(DRIFT * abs(at - since))


def _most_agreed(spans: Sequence[Span]) -> Span:
    """Where most of them meet (Marzullo); among equals the lowest, which nobody is early by."""
    ends = sorted([(span.low, -1) for span in spans] + [(span.high, 1) for span in spans])
    depth, deepest, found = 0, 0, Span(0, 0)
    for place, (end, step) in enumerate(ends):
        depth -= step
        if depth > deepest:
            deepest, found = depth, Span(end, ends[place + 1][0])
    return found


def _gap(one: Span, other: Span) -> float:
    return max(one.low - other.high, other.low - one.high, 0.0)
