"""What a monitor keeps of its looks: how each went, and at which hours of the day there were courts."""

from datetime import date, timedelta
from typing import Any

import pytest
from kind_site import TODAY, Notebook, Platform, Site, slot

from jobs.kinds.monitor import MONITOR
from jobs.kinds.seen import Seen
from jobs.ports.provider import NotLoggedIn, VenueUnreachable
from jobs.ports.rows import TICKS_KEPT, Sighting

UNREACHABLE = VenueUnreachable("场馆平台没有回应", retry_after_seconds=5)


def watch(*answers: Any, waits: int, book: Notebook | None = None, hours: tuple[int, ...] = (18, 19, 20)) -> Site:
    config = {"target": {"preset": 13}, "plan": {"interval_seconds": 300, "preferred_hours": hours, "auto_book": False}}
    site = Site(MONITOR, config, Platform(*answers), waits=waits, book=book)
    site.work()
    return site


def test_each_look_leaves_a_tick_and_a_failed_one_counts_no_look() -> None:
    book = watch([], [slot(18)], UNREACHABLE, [slot(18), slot(19)], waits=4).book
    assert book.ticks == "-+!+"
    assert book.sightings == {TODAY: Sighting(day=TODAY, looks=3, hours={18: 2, 19: 1})}


def test_an_hour_that_nobody_asked_for_is_seen_but_is_no_find() -> None:
    book = watch([slot(7)], waits=1).book
    assert book.ticks == "-"
    assert book.sightings[TODAY].hours == {7: 1}


def test_two_courts_of_one_hour_are_one_sighting_of_it() -> None:
    book = watch([slot(18), slot(18, days_ahead=1)], waits=1).book
    assert book.sightings[TODAY] == Sighting(day=TODAY, looks=1, hours={18: 1})


def test_a_run_goes_on_where_the_one_before_has_left() -> None:
    before = watch([slot(18)], [], waits=2).book
    after = watch([slot(19)], waits=1, book=before).book
    assert after.ticks == "+-+"
    assert after.sightings[TODAY] == Sighting(day=TODAY, looks=3, hours={18: 1, 19: 1})


def test_what_ends_the_run_is_its_last_tick() -> None:
    book = Notebook()
    with pytest.raises(NotLoggedIn):
        watch([slot(18)], NotLoggedIn("登录失效"), waits=9, book=book)
    assert book.ticks == "+!"
    assert (book.said[-1], book.promised[-1]) == ("登录失效", None)


def test_every_day_has_a_sighting_of_its_own() -> None:
    seen, tomorrow = Seen(), TODAY + timedelta(days=1)
    assert seen.sighting is None
    seen.looked(TODAY, [slot(18)])
    seen.looked(tomorrow, [slot(19)])
    assert seen.sighting == Sighting(day=tomorrow, looks=1, hours={19: 1})


def test_of_very_many_looks_the_latest_are_kept() -> None:
    seen = Seen(("-" * TICKS_KEPT, None))
    for found in (True, False, True):
        seen.found(found)
    assert seen.ticks == "-" * (TICKS_KEPT - 3) + "+-+"


def test_a_sighting_that_was_stored_of_another_day_is_left_alone() -> None:
    yesterday = Sighting(day=date(2026, 1, 1), looks=9, hours={18: 9})
    seen = Seen(("", yesterday))
    seen.looked(TODAY, [])
    assert seen.sighting == Sighting(day=TODAY, looks=1, hours={})
