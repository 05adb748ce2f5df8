"""Recurrences compared with clocks walked minute by minute, and cron expressions with another reader of them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter
from hypothesis import assume, example, given, settings, strategies as st
from rhythm_site import CLOCKS, DAYS_WALKED, MINUTE, Walk, admits_day, admits_hour, walk

from jobs.models.recurrence import (
    LAST_DAY,
    UNBOUNDED,
    Bounds,
    Cron,
    Every,
    Monthly,
    Recurrence,
    Weekly,
    Window,
    first_admitted,
    next_after,
    upcoming,
)

clocks = st.sampled_from(CLOCKS)
minutes_of_day = st.one_of(st.integers(0, 200), st.integers(0, 1439)).map(lambda m: time(m // 60, m % 60))
windows = st.builds(Window, first=st.integers(0, 23), last=st.integers(0, 23)).filter(
    lambda window: len(window.hours) < 24  # a whole day has its own test
)
offsets = st.integers(0, DAYS_WALKED)


@st.composite
def bounds_of(draw: st.DrawFn, start: date, *, windowed: bool | None = None) -> Bounds:
    def day(offset: int | None) -> date | None:
        return None if offset is None else start + timedelta(days=offset)

    has_window = draw(st.booleans()) if windowed is None else windowed
    return Bounds(
        starts_on=day(draw(st.none() | offsets)),
        ends_on=day(draw(st.none() | offsets)),
        window=draw(windows) if has_window else None,
        skips=frozenset(start + timedelta(days=n) for n in draw(st.frozensets(offsets, max_size=3))),
    )


def admits(bounds: Bounds, wall: datetime) -> bool:
    return admits_day(bounds, wall.date()) and admits_hour(bounds, wall.hour)


def timed(walked: Walk, at: time, days: set[date], bounds: Bounds) -> list[datetime]:
    """When those days' clocks show `at`, or would have shown it."""
    walls = walked.first | {wall: late for wall, (late, _, _) in walked.skipped.items()}
    return walked.within({due for w, due in walls.items() if w.time() == at and w.date() in days and admits(bounds, w)})


@given(clocks, st.data())
@settings(max_examples=150, deadline=None)
def test_weekly_is_due_whenever_a_clock_shows_the_time_for_the_first_time(
    clock: tuple[str, date], data: st.DataObject
) -> None:
    walked, bounds = walk(*clock), data.draw(bounds_of(clock[1]))
    at, days = data.draw(minutes_of_day), data.draw(st.frozensets(st.integers(0, 6), min_size=1))
    chosen = {wall.date() for wall in (*walked.first, *walked.skipped) if wall.weekday() in days}
    weekly = Weekly(time=at, days=days, zone=clock[0], bounds=bounds)
    assert walked.due(weekly) == timed(walked, at, chosen, bounds)


@given(clocks, st.data())
@settings(max_examples=150, deadline=None)
def test_monthly_is_due_on_the_days_a_month_has(clock: tuple[str, date], data: st.DataObject) -> None:
    walked, bounds = walk(*clock), data.draw(bounds_of(clock[1]))
    at = data.draw(minutes_of_day)
    days = data.draw(st.frozensets(st.integers(1, 31) | st.just(LAST_DAY), min_size=1, max_size=12))
    every = {wall.date() for wall in (*walked.first, *walked.skipped)}
    chosen = {day for day in every if day.day in days or (LAST_DAY in days and (day + timedelta(days=1)).day == 1)}
    monthly = Monthly(time=at, days=days, zone=clock[0], bounds=bounds)
    assert walked.due(monthly) == timed(walked, at, chosen, bounds)


@given(clocks, st.data())
@settings(max_examples=150, deadline=None)
def test_an_interval_with_a_window_is_counted_anew_from_each_opening(
    clock: tuple[str, date], data: st.DataObject
) -> None:
    walked, bounds = walk(*clock), data.draw(bounds_of(clock[1], windowed=True))
    step, anchor = data.draw(st.integers(10, 700)), walked.start + data.draw(st.integers(-9000, 9000)) * MINUTE
    every = Every(seconds=step * 60, anchor=anchor, zone=clock[0], bounds=bounds)
    due: set[datetime] = set()
    since_opening = None
    # Where a clock jumps over all the hours between closing and opening, it opens anew all the same.
    reopened = {after for wall, (_, after, _) in walked.skipped.items() if not admits_hour(bounds, wall.hour)}
    for at, wall in walked.shown:
        if not admits_hour(bounds, wall.hour):
            since_opening = None
            continue
        since_opening = None if at in reopened else since_opening
        since_opening = 0 if since_opening is None else since_opening + 1
        if since_opening % step == 0 and at >= anchor and admits_day(bounds, wall.date()):
            due.add(at)
    assert walked.due(every) == walked.within(due)


@given(clocks, st.data())
@settings(max_examples=100, deadline=None)
def test_an_interval_without_a_window_is_counted_from_its_anchor(clock: tuple[str, date], data: st.DataObject) -> None:
    walked, bounds = walk(*clock), data.draw(bounds_of(clock[1], windowed=False))
    step, anchor = data.draw(st.integers(10, 4000)), walked.start + data.draw(st.integers(-9000, 9000)) * MINUTE
    every = Every(seconds=step * 60, anchor=anchor, zone=clock[0], bounds=bounds)
    due = {
        at
        for at, wall in walked.shown
        if at >= anchor and (at - anchor) % (step * MINUTE) == timedelta() and admits_day(bounds, wall.date())
    }
    assert walked.due(every) == walked.within(due)


@given(clocks, st.data())
@settings(max_examples=150, deadline=None)
def test_the_first_admitted_instant_is_the_first_that_day_and_hour_admit(
    clock: tuple[str, date], data: st.DataObject
) -> None:
    walked, bounds = walk(*clock), data.draw(bounds_of(clock[1]))
    instant = walked.start + data.draw(st.integers(0, DAYS_WALKED * 1440)) * MINUTE
    expected = next((at for at, wall in walked.shown if at >= instant and admits(bounds, wall)), None)
    assume(expected is not None or (bounds.ends_on is not None and bounds.ends_on <= walked.end.date()))
    follows = Every(seconds=600, zone=clock[0], bounds=bounds)
    assert first_admitted(follows, instant) == expected
    assert next_after(follows, instant - timedelta(seconds=600)) == expected


# -- cron ----------------------------------------------------------------------------------------------------------
@st.composite
def cron_fields(draw: st.DrawFn, low: int, high: int) -> tuple[str, frozenset[int]]:
    """A field of an expression and the numbers it means."""
    numbers = frozenset(range(low, high + 1))
    form = draw(st.sampled_from(["*", "one", "list", "range", "step", "range step"]))
    # A range of one number is not compared: readers disagree about it, and we refuse the kind with a step.
    first, last = sorted(draw(st.lists(st.integers(low, high), min_size=2, max_size=2, unique=True)))
    step = draw(st.integers(1, high - low))
    match form:
        case "*":
            return "*", numbers
        case "one":
            return str(first), frozenset({first})
        case "list":
            return f"{first},{last}", frozenset({first, last})
        case "range":
            return f"{first}-{last}", frozenset(range(first, last + 1))
        case "step":
            return f"*/{step}", frozenset(range(low, high + 1, step))
        case _:
            return f"{first}-{last}/{step}", frozenset(range(first, last + 1, step))


@given(clocks, cron_fields(0, 59), cron_fields(0, 23), st.data())
@settings(max_examples=80, deadline=None)
@example(("Australia/Lord_Howe", date(2026, 10, 1)), ("*/15", frozenset({0, 15, 30, 45})), ("2", frozenset({2})), None)
@example(("Africa/Cairo", date(2026, 4, 21)), ("30", frozenset({30})), ("0", frozenset({0})), None)
@example(("America/Toronto", date(1919, 3, 28)), ("45", frozenset({45})), ("23", frozenset({23})), None)
@example(("America/Toronto", date(1919, 3, 28)), ("15", frozenset({15})), ("0", frozenset({0})), None)
@example(("Antarctica/Casey", date(2009, 10, 15)), ("30", frozenset({30})), ("3", frozenset({3})), None)
@example(("America/Nuuk", date(2026, 3, 25)), ("30", frozenset({30})), ("23", frozenset({23})), None)
def test_cron_runs_what_is_skipped_right_after_it_and_what_comes_twice_once_unless_it_is_starred(
    clock: tuple[str, date],
    minute: tuple[str, frozenset[int]],
    hour: tuple[str, frozenset[int]],
    data: st.DataObject | None,
) -> None:
    walked, bounds = walk(*clock), data.draw(bounds_of(clock[1])) if data else UNBOUNDED

    def means(wall: datetime) -> bool:
        return wall.minute in minute[1] and wall.hour in hour[1] and admits(bounds, wall)

    if minute[0].startswith("*") or hour[0].startswith("*"):
        due = {at for at, wall in walked.shown if means(wall)}
    else:
        due = {at for wall, at in walked.first.items() if means(wall)}
        due |= {after for wall, (_, after, jump) in walked.skipped.items() if means(wall) and jump < timedelta(hours=3)}
    cron = Cron(expression=f"{minute[0]} {hour[0]} * * *", zone=clock[0], bounds=bounds)
    assert walked.due(cron) == walked.within(due)


@given(
    st.tuples(cron_fields(0, 59), cron_fields(0, 23), cron_fields(1, 31), cron_fields(1, 12), cron_fields(0, 6)),
    st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
@settings(max_examples=150, deadline=None)
def test_cron_agrees_with_croniter(fields: tuple[tuple[str, frozenset[int]], ...], instant: datetime) -> None:
    """Where clocks are never moved: there croniter goes another way than Debian's cron (it runs what is skipped an
    hour later and what comes twice twice), and the walk above is the judge. `implement_cron_bug` is its word for
    Debian's rule that days of the month and of the week must both fit when either begins with a star."""
    expression = " ".join(text for text, _ in fields)
    cron = Cron(expression=expression, zone="UTC")
    found = upcoming(cron, instant, 3)
    # It gives up sooner than we do.
    assume(found and (found[-1] - instant) < timedelta(days=40 * 365))
    other = croniter(expression, instant, datetime, implement_cron_bug=True, max_years_between_matches=50)
    assert found == [other.get_next(datetime) for _ in found]


# -- what holds for all --------------------------------------------------------------------------------------------
@st.composite
def recurrences(draw: st.DrawFn, start: date, zone: str) -> Recurrence:
    bounds = draw(bounds_of(start))
    if draw(st.booleans()):
        jitter = draw(st.integers(1, 7200))
        changed = {name: getattr(bounds, name) for name in ("starts_on", "ends_on", "window", "skips")}
        bounds = Bounds(**changed, jitter_seconds=jitter, jitter_seed=draw(st.integers(0, 9)))
    anchor = datetime(start.year, start.month, start.day, 1, 2, 3, 456789, tzinfo=UTC)
    return draw(
        st.sampled_from(
            [
                Weekly(time=time(2, 30, 15), zone=zone, bounds=bounds),
                Weekly(time=time(0), days=frozenset({0, 6}), zone=zone, bounds=bounds),
                Monthly(time=time(23, 59), days=frozenset({1, 28, LAST_DAY}), zone=zone, bounds=bounds),
                Cron(expression="*/7 * * * *", zone=zone, bounds=bounds),
                Cron(expression="30 1-3 * * *", zone=zone, bounds=bounds),
                Cron(expression="59 0 0 * * *", zone=zone, bounds=bounds),
                Every(seconds=3333, anchor=anchor, zone=zone, bounds=bounds),
            ]
        )
    )


@given(clocks, st.data())
@settings(max_examples=150, deadline=None)
def test_the_same_instants_come_in_order_from_wherever_one_looks(clock: tuple[str, date], data: st.DataObject) -> None:
    recurrence = data.draw(recurrences(clock[1], clock[0]))
    start = walk(*clock).start
    found = upcoming(recurrence, start, 25)
    assert found == sorted(set(found))
    assert all(due > start for due in found)
    for instant in data.draw(st.lists(st.integers(0, 4 * 86400), min_size=5, max_size=5)):
        at = start + timedelta(seconds=instant)
        later = [due for due in found if due > at]
        if later:
            assert next_after(recurrence, at) == later[0]
    for due in found[:-1]:
        assert next_after(recurrence, due - timedelta(microseconds=1)) == due


@given(clocks, st.integers(1, 7000), st.integers(0, 99), st.sampled_from(["0 */2 * * *", "*/10 9-17 * * *"]))
@settings(max_examples=15, deadline=None)
def test_jitter_delays_each_instant_by_less_than_to_the_next_one(
    clock: tuple[str, date], jitter: int, seed: int, expression: str
) -> None:
    walked = walk(*clock)
    exact = walked.due(Cron(expression=expression, zone=clock[0]))
    jittered = Cron(expression=expression, zone=clock[0], bounds=Bounds(jitter_seconds=jitter, jitter_seed=seed))
    late = upcoming(jittered, exact[0] - timedelta(microseconds=1), len(exact) - 1)
    for due, nominal, following in zip(late, exact, exact[1:], strict=False):
        assert nominal <= due < following
        assert (due - nominal) <= timedelta(seconds=jitter)
        assert (due - nominal).microseconds == 0


def test_a_jitter_longer_than_the_rhythm_leaves_each_instant_before_the_next_one() -> None:
    start = datetime(2026, 11, 22, 4, tzinfo=UTC)
    found = upcoming(Cron(expression="* * * * *", bounds=Bounds(jitter_seconds=3600)), start, 300)
    # The first was due at `start` itself, had it not been delayed.
    assert [due.replace(second=0) for due in found] == [start + n * MINUTE for n in range(300)]
    assert {due.second for due in found} >= {0, 59}


def test_jitter_takes_all_of_its_range_and_differs_from_seed_to_seed() -> None:
    noon = datetime(2026, 11, 22, 4, tzinfo=UTC)

    def delays(seed: int) -> set[int]:
        daily = Weekly(time=time(12), bounds=Bounds(jitter_seconds=3, jitter_seed=seed))
        return {(due.astimezone(ZoneInfo("Asia/Shanghai"))).second for due in upcoming(daily, noon, 60)}

    assert delays(1) == {0, 1, 2, 3}
    one, other = (
        upcoming(Weekly(time=time(12), bounds=Bounds(jitter_seconds=3600, jitter_seed=seed)), noon, 5)
        for seed in (1, 2)
    )
    assert one != other
