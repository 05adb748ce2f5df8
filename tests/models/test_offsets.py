"""A server's clock is found out from whole seconds: never with a bound that is narrower than the truth."""

import math
import random
from itertools import pairwise

from hypothesis import given, settings, strategies as st

from jobs.models.offsets import DRIFT, MOST_REQUESTS, Estimate, Sample, Search, estimate

DAY = 86400.0


def searched(
    offset: float, drift: float, under_way: float, seed: int, spacing: float = 1.0
) -> tuple[Search, list[float], float]:
    """A whole search; when each request was sent, and when it was over."""
    chance = random.Random(seed)
    search, now = Search(), DAY + chance.random()
    sent: list[float] = []
    while (send_at := search.next_at(now)) is not None:
        assert now <= send_at <= now + 1 + 2e-3
        sent_at = send_at + chance.random() * 0.001
        received_at = sent_at + under_way * chance.uniform(0.5, 1.5)
        stamped_at = chance.uniform(sent_at, received_at)
        sent.append(sent_at)
        second = math.floor(stamped_at + offset + drift * (stamped_at - DAY))
        search.learn(Sample(sent_at=sent_at, received_at=received_at, second=second))
        now = received_at + spacing
    return search, sent, now


def known(search: Search, at: float) -> Estimate:
    found = search.estimate(at)
    assert found is not None
    return found


@settings(max_examples=1000, deadline=None)
@given(
    offset=st.floats(-1e9, 1e9),
    drift=st.floats(-DRIFT, DRIFT),
    under_way=st.floats(0.0002, 2.0),
    seed=st.integers(0, 10**6),
)
def test_the_true_offset_is_inside_now_and_later(offset: float, drift: float, under_way: float, seed: int) -> None:
    search, sent, now = searched(offset, drift, under_way, seed)
    found = known(search, now)
    for at in (now, now + 60, now + 3600):
        span = found.at(at)
        assert span.low - 1e-6 <= offset + drift * (at - DAY) <= span.high + 1e-6
    assert not found.contested
    assert len(sent) == found.requests <= MOST_REQUESTS
    assert all(after - before >= 1 for before, after in pairwise(sent))


@settings(max_examples=200, deadline=None)
@given(offset=st.floats(-50, 50), seed=st.integers(0, 10**6))
def test_each_request_halves_what_is_possible(offset: float, seed: int) -> None:
    search, _, now = searched(offset, 0.0, 0.001, seed)
    assert known(search, now).span.width < 1 / 2**7 + 0.012, "seven halvings, and what two clocks may part meanwhile"


def _sample(second: int, at: float = 0.0) -> Sample:
    return Sample(sent_at=at, received_at=at, second=second)


def test_without_an_answer_nothing_is_known() -> None:
    assert estimate([], 0.0) is None


def test_one_answer_that_was_kept_on_the_way_is_left_out() -> None:
    """A cache between us and the server has old dates."""
    samples = [_sample(100), _sample(101, 1.0), _sample(40, 2.0), _sample(103, 3.0)]
    found = estimate(samples, 3.0)
    assert found is not None
    assert not found.contested
    assert found.span.low <= 100 <= found.span.high
    assert found.span.width < 1.1


def test_answers_that_contradict_each_other_span_what_each_says() -> None:
    found = estimate([_sample(100), _sample(102, 0.5)], 0.5)
    assert found is not None
    assert found.contested
    assert found.span.low <= 100
    assert found.span.high >= 102.5


def test_answers_that_are_far_apart_make_no_sense() -> None:
    assert estimate([_sample(100), _sample(160), _sample(100, 1.0), _sample(160, 1.0)], 1.0) is None


def test_a_server_whose_clock_is_set_meanwhile_is_contested() -> None:
    search, _, now = searched(0.3, 0.0, 0.001, 7)
    narrow = known(search, now)
    search.learn(Sample(sent_at=now, received_at=now + 0.001, second=math.floor(now + 1.9)))
    found = known(search, now)
    assert found.contested
    assert found.span.low <= narrow.span.low
    assert found.span.high >= 1.9


def test_a_contested_clock_is_not_asked_any_further() -> None:
    search = Search()
    for second in (100, 102):
        assert search.next_at(0.0) is not None
        search.learn(_sample(second))
    assert search.next_at(1.0) is None


def test_requests_without_an_answer_count_too() -> None:
    search, count = Search(), 0
    while search.next_at(float(count)) is not None:
        count += 1
    assert count == MOST_REQUESTS
