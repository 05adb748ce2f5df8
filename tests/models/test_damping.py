"""A slot that comes and goes is told twice, then not again until it has been calm; and nothing free stays untold."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from jobs.models.damping import CALM, REMEMBERED_AT_MOST, TOLD_AT_MOST, Flickers, flickers_of, seen

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
SLOT = "2026-11-23T19/3号场"


def told_at(looks: list[tuple[int, bool]]) -> list[int]:
    """The minutes at which the slot was told, of looks (minute, whether it was free). The memory is kept as JSON."""
    memory, told = json.dumps(Flickers().as_data), list[int]()
    was: set[str] | None = None
    for minute, is_free in looks:
        free = {SLOT} if is_free else set[str]()
        now = seen(flickers_of(json.loads(memory)), was, free, NOON + timedelta(minutes=minute))
        memory, was = json.dumps(now.flickers.as_data), free
        if SLOT in now.told:
            told.append(minute)
    return told


def test_a_slot_that_stays_is_told_once() -> None:
    assert told_at([(minute, True) for minute in range(0, 200, 5)]) == [0]


def test_a_slot_that_flickers_is_told_twice_and_again_when_it_was_gone_for_half_an_hour() -> None:
    flickering = [(minute, minute % 2 == 0) for minute in range(40)]
    assert told_at(flickering) == [0, 2]
    assert told_at([*flickering, (75, True)]) == [0, 2, 75]
    assert told_at([*flickering, (60, True)]) == [0, 2]


def test_a_damped_slot_that_is_free_for_half_an_hour_is_told_after_all() -> None:
    assert told_at([(0, True), (1, False), (2, True), (3, False), (4, True), (20, True), (34, True), (40, True)]) == [
        0,
        2,
        34,
    ]


def test_comings_that_are_far_apart_are_all_told() -> None:
    assert told_at([(0, True), (20, False), (40, True), (60, False), (80, True)]) == [0, 40, 80]


def test_a_memory_that_cannot_be_read_counts_as_nothing() -> None:
    assert flickers_of({"x": "y"}) == flickers_of(None) == flickers_of([1]) == Flickers()


def test_what_is_remembered_is_bounded_and_forgotten_when_it_is_calm() -> None:
    many = {f"slot {n}" for n in range(5000)}
    now = seen(Flickers(), set(), many, NOON)
    assert now.told == many
    assert len(now.flickers.slots) == REMEMBERED_AT_MOST
    assert not seen(now.flickers, many, many, NOON + CALM).flickers.slots


@pytest.mark.parametrize("count", [1200, 5000])
def test_in_a_storm_no_slot_is_told_more_often_and_what_stays_free_is_told_in_the_end(count: int) -> None:
    slots = frozenset(f"slot {n}" for n in range(count))
    memory, was, times = Flickers(), frozenset[str](), Counter[str]()
    for minute in range(25):
        free = slots if minute % 2 == 0 else frozenset[str]()
        now = seen(memory, was, free, NOON + timedelta(minutes=minute))
        memory, was = flickers_of(json.loads(json.dumps(now.flickers.as_data))), free
        times.update(now.told)
    assert set(times) == slots
    assert max(times.values()) <= TOLD_AT_MOST
    later = seen(memory, was, slots, NOON + timedelta(minutes=24) + CALM)
    assert later.told == slots, "calm for half an hour, and nobody knows that it is free"


def test_after_a_storm_a_slot_is_news_as_ever() -> None:
    slots = frozenset(f"slot {n}" for n in range(REMEMBERED_AT_MOST + 1))
    stormy = seen(Flickers(), frozenset(), slots, NOON).flickers
    assert seen(stormy, slots, slots | {SLOT}, NOON + timedelta(minutes=1)).told == frozenset()
    assert seen(stormy, slots, slots | {SLOT}, NOON + CALM).told == {SLOT}


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=60))
def test_never_three_times_within_half_an_hour_and_never_untold_for_as_long_as_it_stays(
    steps: list[tuple[int, bool]],
) -> None:
    minute, looks = 0, list[tuple[int, bool]]()
    for wait, is_free in steps:
        minute += wait
        looks.append((minute, is_free))
    told = told_at(looks)
    assert all(later - earlier >= 30 for earlier, later in zip(told, told[2:], strict=False))
    began: int | None = None
    for minute, is_free in looks:
        began = (minute if began is None else began) if is_free else None
        if began is not None and minute - began >= 30:
            assert any(began - 30 < instant <= minute for instant in told), "it has been free for half an hour"
