"""When jobs are due."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from jobs.models.recurrence import (
    ALL_DAYS,
    LAST_DAY,
    WORKDAYS,
    Bounds,
    Cron,
    Every,
    Monthly,
    Once,
    Recurrence,
    Weekly,
    Window,
    first_admitted,
    first_due,
    follows_its_runs,
    in_words,
    next_after,
    upcoming,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
"""In Shanghai, a Sunday."""
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
        (Monthly(time=time(9), days=frozenset({15, 1})), "每月1,15号 09:00"),
        (Monthly(time=time(18), days=frozenset({LAST_DAY})), "每月最后一天 18:00"),
        (Monthly(time=time(18), days=frozenset({1, LAST_DAY})), "每月1号和最后一天 18:00"),
        (Cron(expression="0 8 * * 1-5"), 'cron="0 8 * * 1-5"'),
        (Every(seconds=7200, anchor=NOON), "每2小时"),
        (Every(seconds=7200), "每2小时"),
        (Every(seconds=172_800, anchor=NOON), "每2天 12:00"),
        (Weekly(time=time(12), zone="Europe/Berlin"), "每天 12:00（Europe/Berlin 时间）"),
        (
            Every(
                seconds=7200,
                anchor=NOON,
                bounds=Bounds(
                    starts_on=date(2026, 12, 1),
                    ends_on=date(2026, 12, 31),
                    window=Window(first=8, last=22),
                    skips=frozenset({date(2026, 12, 25)}),
                    jitter_seconds=60,
                ),
            ),
            "每2小时 8-22点，2026-12-01 起，2026-12-31 前，跳过 2026-12-25，随机推迟最多60秒",
        ),
    ],
)
def test_a_recurrence_says_itself(recurrence: Recurrence, words: str) -> None:
    assert in_words(recurrence, "Asia/Shanghai") == words


def test_all_days_are_seven() -> None:
    week = {(date(2026, 11, 23) + timedelta(days=n)).weekday() for n in range(7)}
    assert week == ALL_DAYS


# -- bounds and rhythms --------------------------------------------------------------------------------------------
def shown(recurrence: Recurrence, count: int, zone: str = "Asia/Shanghai", since: datetime = NOON) -> list[str]:
    return [f"{due.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for due in upcoming(recurrence, since, count)]


def test_an_interval_in_a_window_begins_anew_at_each_opening_and_keeps_the_last_hour_whole() -> None:
    every = Every(seconds=2 * 3600, anchor=NOON, bounds=Bounds(window=Window(first=8, last=22)))
    assert shown(every, 6) == ["11-22 14:00", "11-22 16:00", "11-22 18:00", "11-22 20:00", "11-22 22:00", "11-23 08:00"]
    whole = Every(seconds=29 * 60, anchor=NOON, bounds=Bounds(window=Window(first=13, last=13)))
    assert shown(whole, 4) == ["11-22 13:00", "11-22 13:29", "11-22 13:58", "11-23 13:00"]


def test_a_window_over_midnight_opens_in_the_evening() -> None:
    every = Every(seconds=4 * 3600, anchor=NOON, bounds=Bounds(window=Window(first=22, last=6)))
    assert shown(every, 4) == ["11-22 22:00", "11-23 02:00", "11-23 06:00", "11-23 22:00"]


def test_a_window_of_a_whole_day_opens_each_day_at_its_first_hour() -> None:
    every = Every(seconds=9 * 3600, anchor=NOON, bounds=Bounds(window=Window(first=8, last=7)))
    assert shown(every, 4) == ["11-22 17:00", "11-23 02:00", "11-23 08:00", "11-23 17:00"]


def test_days_of_a_window_over_midnight_count_each_for_itself() -> None:
    bounds = Bounds(window=Window(first=22, last=3), skips=frozenset({date(2026, 11, 23)}))
    every = Every(seconds=2 * 3600, anchor=NOON, bounds=bounds)
    assert shown(every, 4) == ["11-22 22:00", "11-24 00:00", "11-24 02:00", "11-24 22:00"]


def test_an_interval_of_real_time_keeps_to_it_when_clocks_are_moved() -> None:
    every = Every(seconds=86_400, anchor=datetime(2026, 10, 24, 10, tzinfo=UTC), zone="Europe/Berlin")
    since = datetime(2026, 10, 24, 11, tzinfo=UTC)
    assert shown(every, 2, "Europe/Berlin", since) == ["10-25 11:00", "10-26 11:00"]


def test_an_interval_that_follows_its_runs_is_counted_from_their_end_and_waits_for_the_window() -> None:
    every = Every(seconds=3600, bounds=Bounds(window=Window(first=8, last=22)))
    assert follows_its_runs(every)
    assert first_due(every, NOON) == NOON
    assert next_after(every, NOON) == NOON + timedelta(hours=1)
    assert next_after(every, NOON + timedelta(hours=10, minutes=30)) == NOON + timedelta(hours=20)
    assert first_due(every, NOON + timedelta(hours=11)) == NOON + timedelta(hours=20)
    assert first_due(Weekly(time=time(12)), NOON) == NOON + timedelta(days=1)


def test_the_end_date_is_exclusive_and_the_start_date_is_not() -> None:
    bounds = Bounds(starts_on=date(2026, 11, 25), ends_on=date(2026, 11, 27))
    assert shown(Weekly(time=time(12), bounds=bounds), 9) == ["11-25 12:00", "11-26 12:00"]
    assert first_admitted(Weekly(time=time(12), bounds=bounds), NOON) == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert first_admitted(Weekly(time=time(12), bounds=bounds), NOON + timedelta(days=9)) is None


def test_a_month_without_the_day_has_none_and_the_last_day_is_any() -> None:
    assert shown(Monthly(time=time(12), days=frozenset({31})), 3) == ["12-31 12:00", "01-31 12:00", "03-31 12:00"]
    last = Monthly(time=time(12), days=frozenset({LAST_DAY}))
    assert shown(last, 4) == ["11-30 12:00", "12-31 12:00", "01-31 12:00", "02-28 12:00"]


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("0 0 29 2 *", "2028-02-29"),
        ("0 0 29 2 */7", "2032-02-29"),
        ("0 0 * 2 MON#5", "2044-02-29"),
        ("0 0 L 2 *", "2027-02-28"),
        ("0 0 13 * FRI", "2026-11-27"),
    ],
)
def test_cron_finds_what_comes_once_in_many_years(expression: str, first: str) -> None:
    due = next_after(Cron(expression=expression), NOON)
    assert due is not None
    assert str(due.astimezone(SHANGHAI).date()) == first


@pytest.mark.parametrize(
    "never",
    [
        Cron(expression="0 0 30 2 *"),
        Cron(expression="0 0 */31 * MON#3"),
        Cron(expression="no cron"),
        Cron(expression="0 0 * * *", bounds=Bounds(window=Window(first=8, last=22))),
        Weekly(time=time(12), days=frozenset()),
        Weekly(time=time(12), bounds=Bounds(window=Window(first=13, last=11))),
        Weekly(time=time(12), bounds=Bounds(ends_on=date(2026, 11, 22))),
        Weekly(
            time=time(12),
            bounds=Bounds(ends_on=date(2026, 11, 25), skips=frozenset(date(2026, 11, day) for day in range(20, 26))),
        ),
        Monthly(time=time(12), days=frozenset({32})),
        Every(seconds=60, bounds=Bounds(starts_on=date(2026, 12, 2), ends_on=date(2026, 12, 1))),
        Every(seconds=60, anchor=datetime(9999, 1, 2, tzinfo=UTC)),
        Every(seconds=10**12, anchor=NOON),
    ],
)
def test_what_is_never_due_is_seen_to_be(never: Recurrence) -> None:
    assert next_after(never, NOON) is None


@pytest.mark.parametrize("year", [1, 2, 9997, 9998, 9999])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_ends_of_the_calendar_are_no_trouble(year: int, zone: str) -> None:
    bounds = Bounds(jitter_seconds=3600, window=Window(first=20, last=6))
    for edge in (datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)):
        for recurrence in (
            Weekly(time=time(23), zone=zone, bounds=bounds),
            Monthly(time=time(23), days=frozenset({31}), zone=zone, bounds=bounds),
            Cron(expression="*/5 * * * *", zone=zone, bounds=bounds),
            Every(seconds=3600, anchor=edge, zone=zone, bounds=bounds),
            Every(seconds=3600, anchor=edge, zone=zone),
            Every(seconds=366 * 86_400, zone=zone, bounds=bounds),
        ):
            due = next_after(recurrence, edge)
            assert due is None or due > edge
            first = first_admitted(recurrence, edge)
            assert first is None or first >= edge
