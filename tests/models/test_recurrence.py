"""When jobs are due."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from jobs.models.recurrence import ALL_DAYS, WORKDAYS, Once, Weekly, in_words, next_after, upcoming

SHANGHAI = ZoneInfo("Asia/Shanghai")
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds are its way
times = st.times().map(lambda at: at.replace(microsecond=0, fold=0))
days = st.frozensets(st.integers(0, 6), min_size=1)


def test_daily_noon_in_shanghai_is_four_o_clock_utc() -> None:
    noon = Weekly(time=time(12))
    assert next_after(noon, datetime(2026, 11, 22, 3, 59, tzinfo=UTC)) == datetime(2026, 11, 22, 4, tzinfo=UTC)
    assert next_after(noon, datetime(2026, 11, 22, 4, 0, tzinfo=UTC)) == datetime(2026, 11, 23, 4, tzinfo=UTC)


@given(times, days, instants)
def test_the_next_instant_shows_the_time_asked_for_on_a_day_asked_for_and_none_was_left_out(
    at: time, on: frozenset[int], instant: datetime
) -> None:
    due = next_after(Weekly(time=at, days=on), instant)
    assert due is not None
    assert due > instant
    local = due.astimezone(SHANGHAI)
    assert (local.time(), local.weekday() in on) == (at, True)
    day = instant.astimezone(SHANGHAI).date()
    while day < local.date():
        if day.weekday() in on:
            assert datetime.combine(day, at, SHANGHAI) <= instant
        day += timedelta(days=1)


@given(times, days, instants, st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Apia", "UTC"]))
def test_instants_always_go_forward_whatever_a_zone_does_with_its_clocks(
    at: time, on: frozenset[int], instant: datetime, zone: str
) -> None:
    found = upcoming(Weekly(time=at, days=on, zone=zone), instant, 5)
    assert len(found) == 5
    assert found == sorted(set(found))
    assert found[0] > instant


def test_a_time_that_happens_twice_is_due_once() -> None:
    # Berlin, 2026-10-25: 02:30 happens at 00:30 UTC and again at 01:30 UTC.
    half_past_two = Weekly(time=time(2, 30), zone="Europe/Berlin")
    first, second = upcoming(half_past_two, datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert second == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_time_that_is_skipped_is_due_an_hour_later_by_the_clock() -> None:
    # Berlin, 2026-03-29: 02:30 does not exist; one hour after 01:30 the clock shows 03:30.
    (due,) = upcoming(Weekly(time=time(2, 30), zone="Europe/Berlin"), datetime(2026, 3, 28, 12, tzinfo=UTC), 1)
    assert due.astimezone(ZoneInfo("Europe/Berlin")).time() == time(3, 30)


def test_once_is_due_once() -> None:
    at = datetime(2026, 11, 28, 4, tzinfo=UTC)
    assert next_after(Once(at=at), at - timedelta(seconds=1)) == at
    assert next_after(Once(at=at), at) is None


@pytest.mark.parametrize(
    ("recurrence", "words"),
    [
        (Weekly(time=time(12)), "每天 12:00"),
        (Weekly(time=time(8, 30, 15), days=WORKDAYS), "工作日 08:30:15"),
        (Weekly(time=time(9), days=frozenset({0, 2, 4})), "每周一三五 09:00"),
        (Once(at=datetime(2026, 11, 28, 4, tzinfo=UTC)), "2026-11-28 12:00 一次"),
    ],
)
def test_a_recurrence_says_itself(recurrence: Once | Weekly, words: str) -> None:
    assert in_words(recurrence, "Asia/Shanghai") == words


def test_all_days_are_seven() -> None:
    week = {(date(2026, 11, 23) + timedelta(days=n)).weekday() for n in range(7)}
    assert week == ALL_DAYS
