"""What fulfils wishes, and in which order: checked against the words of the contract, one by one."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given, strategies as st

from jobs.models.venue import Slot
from jobs.models.wishes import Choice, Wishes, choices, natural

DAY = date(2026, 11, 22)
COURTS = ("场地1", "场地2", "场地3", "场地10", "场地13", "Court A", "3号场")


def slot(hour: int, court: str = "场地1", days: int = 0, remaining: int = 1) -> Slot:
    return Slot(
        date=DAY + timedelta(days=days), hour=hour, court=court, court_id=court, price="5.00", remaining=remaining
    )


slots = st.lists(
    st.builds(slot, st.integers(7, 21), st.sampled_from(COURTS), st.integers(0, 2), st.sampled_from([1, 1, 2])),
    max_size=40,
)
wishes = st.builds(
    Wishes,
    hours=st.lists(st.integers(7, 21), max_size=4).map(tuple),
    courts=st.lists(st.sampled_from(["3", "10", "场地1", "court a", "１", "没有的"]), max_size=3).map(tuple),
    dates=st.lists(st.integers(0, 3).map(lambda days: DAY + timedelta(days=days)), max_size=3).map(tuple),
    length=st.integers(1, 3),
)


@given(free=slots, wished=wishes)
@example(free=[slot(20), slot(21)], wished=Wishes(length=2))
def test_a_choice_is_one_court_on_one_day_hours_in_a_row_that_are_free(free: list[Slot], wished: Wishes) -> None:
    keys = {one.key for one in free}
    for choice in choices(free, wished):
        assert len(choice) == wished.length
        assert len({(one.date, one.court_id) for one in choice}) == 1
        assert [one.hour for one in choice] == [choice[0].hour + step for step in range(wished.length)]
        assert {one.key for one in choice} <= keys


@given(free=slots, wished=wishes)
def test_every_way_to_fulfil_the_wishes_is_there_once_and_nothing_else(free: list[Slot], wished: Wishes) -> None:
    there = {(one.date, one.court_id, one.hour) for one in free}
    expected = {
        (day, court, hour)
        for day, court, hour in there
        if (not wished.hours or hour in wished.hours)
        and (not wished.dates or day in wished.dates)
        and (not wished.courts or any(meant(wish, court) for wish in wished.courts))
        and all((day, court, hour + step) in there for step in range(wished.length))
    }
    found = [(choice[0].date, choice[0].court_id, choice[0].hour) for choice in choices(free, wished)]
    assert sorted(found) == sorted(expected)


def meant(wish: str, court: str) -> bool:
    return (
        court
        in {
            "3": ("场地3", "3号场"),
            "10": ("场地10",),
            "场地1": ("场地1",),
            "court a": ("Court A",),
            "１": ("场地1",),
            "没有的": (),
        }[wish]
    )


@given(free=slots, wished=wishes)
def test_the_best_comes_first_by_hour_then_court_then_date(free: list[Slot], wished: Wishes) -> None:
    def place(choice: Choice) -> tuple[int, int, int]:
        first = choice[0]
        hour = wished.hours.index(first.hour) if wished.hours else 0
        court = next((n for n, wish in enumerate(wished.courts) if meant(wish, first.court)), 0)
        day = wished.dates.index(first.date) if wished.dates else 0
        return hour, court, day

    ranked = [place(choice) for choice in choices(free, wished)]
    assert ranked == sorted(ranked)


def test_where_nothing_is_wished_the_earliest_day_and_the_natural_order_of_courts_decide() -> None:
    free = [slot(20, "场地10", 1), slot(20, "场地10"), slot(20, "场地2"), slot(19, "场地10")]
    ranked = [(one.date.day, one.hour, one.court) for (one,) in choices(free, Wishes())]
    assert ranked == [(22, 19, "场地10"), (22, 20, "场地2"), (22, 20, "场地10"), (23, 20, "场地10")]


def test_a_number_means_the_court_of_that_number_and_no_other() -> None:
    free = [slot(19, court) for court in COURTS]
    assert [one.court for (one,) in choices(free, Wishes(courts=("3",)))] == ["场地3", "3号场"]
    assert choices([slot(19, "场地" + "9" * 9999)], Wishes(courts=("3",))) == []


@pytest.mark.parametrize(("first", "second"), [("场地2", "场地10"), ("2号场", "10号场"), ("A2", "B1"), ("", "1")])
def test_courts_sort_as_people_sort_them(first: str, second: str) -> None:
    assert natural(first) < natural(second)


@given(st.lists(st.text(max_size=8), max_size=6))
def test_any_names_of_courts_can_be_sorted(names: list[str]) -> None:
    assert len(sorted(names, key=natural)) == len(names)
