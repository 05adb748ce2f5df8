"""The simulated world: the same for ever from one seed, and moving in the way that the real one does."""

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from venue_servers import shanghai

from jobs.models.venue import Preset
from jobs.venues import presets_of
from jobs.venues.demo.world import HOURS, Cell, Status, World, released_at

BADMINTON = presets_of("demo")[4]
GYM = presets_of("demo")[12]
AFTERNOON = shanghai(2025, 11, 21, 15)
TOMORROW = date(2025, 11, 22)
LAST_DAY = date(2025, 11, 28)  # opens on the 21st at noon


def cells(world: World, place: Preset, day: date, at: datetime) -> list[Cell]:
    return [cell for court in world.courts(place, day, at) for cell in court.cells]


def free(cell: Cell) -> bool:
    return cell.status is Status.FREE and cell.count > 0


def instants(start: datetime, every: float, count: int) -> Iterator[datetime]:
    return (start + timedelta(seconds=every * index) for index in range(count))


def test_the_same_seed_and_instant_always_make_the_same_world() -> None:
    for place in presets_of("demo"):
        assert World(seed=7).courts(place, TOMORROW, AFTERNOON) == World(seed=7).courts(place, TOMORROW, AFTERNOON)


def test_the_zone_of_the_instant_makes_no_difference() -> None:
    world = World(seed=7)
    assert world.courts(BADMINTON, TOMORROW, AFTERNOON) == world.courts(BADMINTON, TOMORROW, AFTERNOON.astimezone(UTC))


def test_another_seed_makes_another_world() -> None:
    one, other = World(seed=7), World(seed=8)
    assert one.courts(BADMINTON, TOMORROW, AFTERNOON) != other.courts(BADMINTON, TOMORROW, AFTERNOON)
    assert one.token(BADMINTON, TOMORROW) != other.token(BADMINTON, TOMORROW)


def test_seven_dates_are_visible_before_noon_and_eight_from_noon_on() -> None:
    world = World(seed=1)
    before, after = shanghai(2025, 11, 21, 11, 59, 59), shanghai(2025, 11, 21, 12)
    assert world.visible(before) == [date(2025, 11, 21) + timedelta(days=ahead) for ahead in range(7)]
    assert world.visible(after) == [*world.visible(before), LAST_DAY]


def test_a_date_opens_at_noon_seven_days_before_with_everything_free() -> None:
    noon = shanghai(2025, 11, 21, 12)
    assert released_at(LAST_DAY) == noon
    before = cells(World(seed=1), BADMINTON, LAST_DAY, noon - timedelta(microseconds=1))
    after = cells(World(seed=1), BADMINTON, LAST_DAY, noon)
    assert {(cell.status, cell.count) for cell in before} == {(Status.UNRELEASED, 0)}
    assert all(free(cell) for cell in after)


def test_slots_go_after_the_release_and_the_evening_goes_first() -> None:
    world = World(seed=1)
    courts = world.courts(BADMINTON, LAST_DAY, shanghai(2025, 11, 21, 12, 3))
    left = {hour: sum(free(court.cells[hour - 7]) for court in courts) for hour in (8, 19)}
    assert left[19] < left[8]


def test_hours_that_have_begun_cannot_be_chosen() -> None:
    now = shanghai(2025, 11, 21, 15)
    for court in World(seed=1).courts(BADMINTON, now.date(), now):
        for hour, cell in zip(HOURS, court.cells, strict=True):
            assert (cell.status is Status.CLOSED) == (hour <= 15)


def test_a_date_that_is_over_is_closed() -> None:
    yesterday = AFTERNOON.date() - timedelta(days=1)
    assert {cell.status for cell in cells(World(seed=1), BADMINTON, yesterday, AFTERNOON)} == {Status.CLOSED}


@pytest.mark.parametrize("period_seconds", [1.0, 600.0])
def test_a_slot_flips_once_per_period_on_average(period_seconds: float) -> None:
    world = World(seed=3, period_seconds=period_seconds)
    periods, steps = 4, 80  # 20 looks a period: few flips fall between two looks
    flips = slots = 0
    last: list[bool] | None = None
    for at in instants(AFTERNOON, period_seconds / 20, steps + 1):
        now = [free(cell) for cell in cells(world, BADMINTON, TOMORROW, at)]
        if last is not None:
            flips += sum(was != is_ for was, is_ in zip(last, now, strict=True))
        last, slots = now, len(now)
    assert 0.75 < flips / (slots * periods) < 1.2


def test_the_evening_is_busier_than_the_morning() -> None:
    world = World(seed=5)
    days = [date(2025, 11, 22) + timedelta(days=ahead) for ahead in range(6)]
    taken = {
        hour: sum(not free(court.cells[hour - 7]) for day in days for court in world.courts(BADMINTON, day, AFTERNOON))
        for hour in (8, 19)
    }
    assert taken[19] > 3 * taken[8]


def test_badminton_costs_five_then_seven_then_nine_yuan() -> None:
    court = World(seed=1).courts(BADMINTON, TOMORROW, AFTERNOON)[0]
    assert [cell.price for cell in court.cells] == [5] * 5 + [7] * 4 + [9] * 6


def test_a_gym_is_one_room_with_many_places() -> None:
    [room] = World(seed=1).courts(GYM, TOMORROW, AFTERNOON)
    assert max(cell.count for cell in room.cells) > 5


def test_tokens_are_44_base64_characters_one_per_date_and_sport() -> None:
    world = World(seed=1)
    sports = [preset for preset in presets_of("demo") if preset.sport]
    tokens = {world.token(place, TOMORROW + timedelta(days=ahead)) for place in sports for ahead in range(8)}
    assert len(tokens) == len(sports) * 8
    assert all(len(token) == 44 and len(base64.b64decode(token, validate=True)) == 32 for token in tokens)


def test_some_taken_slots_look_free_to_a_client_that_tests_only_one_number() -> None:
    world = World(seed=1)
    shown = {(cell.status, cell.count) for cell in cells(world, BADMINTON, TOMORROW, AFTERNOON)}
    assert {(Status.FREE, 0), (Status.BOOKED, 1)} <= shown


def test_every_free_slot_has_a_sign_of_its_own_that_goes_stale() -> None:
    world = World(seed=1, period_seconds=60)
    signs = [cell.sign for cell in cells(world, BADMINTON, TOMORROW, AFTERNOON)]
    later = [cell.sign for cell in cells(world, BADMINTON, TOMORROW, AFTERNOON + timedelta(minutes=10))]
    assert len(set(signs)) == len(signs)
    assert not set(signs) & set(later)


@pytest.mark.parametrize("period_seconds", [0.0, -1.0, float("nan")])
def test_a_world_without_time_is_refused(period_seconds: float) -> None:
    with pytest.raises(ValueError, match="period_seconds"):
        World(seed=1, period_seconds=period_seconds)
