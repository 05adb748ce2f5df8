"""Bounds of belief: a clock that is far off, a date that was kept, a wish to be left alone, a late start."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from exact_site import EPOCH, Server, World, aim_at
from hypothesis import given, settings, strategies as st

IN_SECONDS = 75.0


@pytest.mark.parametrize("offset", [86400.0, 8 * 3600.0, 55.0, -65.0, -3600.0])
def test_a_clock_that_is_too_far_off_is_not_followed(tmp_path: Path, offset: float) -> None:
    world = World()
    server = Server(world, offset=offset)
    aim = aim_at(world, tmp_path, IN_SECONDS)
    comparison = aim.compare(server)
    assert comparison is not None
    assert not comparison.is_believed
    assert comparison.offset_seconds == pytest.approx(offset, abs=1)
    fired = aim.fire(server)
    assert fired is not None
    assert fired.comparison is None
    assert server.fired_at[0] == pytest.approx(IN_SECONDS, abs=1e-4)
    assert len(server.asked_at) <= 6


def test_what_one_run_does_not_believe_the_next_does_not_ask_for(tmp_path: Path) -> None:
    world = World()
    first, second = Server(world, offset=-3600), Server(world, offset=-3600)
    aim_at(world, tmp_path, 15).compare(first)
    comparison = aim_at(world, tmp_path, world.now + 15).compare(second)
    assert comparison is not None
    assert not comparison.is_believed
    assert second.asked_at == []


@pytest.mark.parametrize("old", [600.0, 50.0, 30.0, 5.0, 0.0])
def test_a_date_that_stands_still_makes_nobody_oversleep(tmp_path: Path, old: float) -> None:
    """Ten minutes old it is not believed; younger, the next answers contradict it in good time."""
    world = World()
    server = Server(world, offset=0.0, stopped_at=EPOCH - old)
    aim = aim_at(world, tmp_path, IN_SECONDS)
    comparison = aim.compare(server)
    assert comparison is None or not comparison.is_believed
    assert aim.fire(server) is not None
    assert server.fired_at[0] == pytest.approx(IN_SECONDS, abs=1e-4)
    assert len(server.asked_at) <= 10


@settings(max_examples=150, deadline=None)
@given(
    late=st.one_of(st.sampled_from([0.0, 1.0]), st.floats(-1, 59)),
    offset=st.one_of(st.sampled_from([-3.7, 0.0]), st.floats(-50, 42)),
    seed=st.integers(0, 10**6),
)
def test_a_run_that_begins_late_by_our_clock_is_not_early_by_the_servers(late: float, offset: float, seed: int) -> None:
    world = World()
    server = Server(world, offset=offset, travel=(0.001, 0.05), seed=seed)
    with TemporaryDirectory() as directory:
        aim = aim_at(world, Path(directory), -late)
        assert aim.compare(server) is not None
        fired = aim.fire(server)
    assert fired is not None
    truly_late = server.clock(server.fired_at[0]) - (EPOCH - late)
    assert truly_late >= 0
    assert fired.comparison is not None
    assert abs(fired.late_seconds - truly_late) <= fired.comparison.error_seconds + 1e-5
    assert truly_late <= max(late + offset, 0) + 1.3, "one request, and the second that it leaves open"


def test_one_that_begins_late_waits_no_longer_than_a_second_for_a_server_that_is_silent(tmp_path: Path) -> None:
    world = World()
    server = Server(world, offset=0.0, travel=(5.0, 5.0), answers=False)
    aim = aim_at(world, tmp_path, -1.0)
    aim.compare(server)
    assert aim.fire(server) is not None
    assert world.now < 6.5, "the silent half of the way is not cut short in this world"


def test_one_that_begins_late_uses_what_is_known(tmp_path: Path) -> None:
    world = World()
    aim_at(world, tmp_path, IN_SECONDS).compare(Server(world, offset=-3.7))
    server = Server(world, offset=-3.7)
    instant = world.now - 1
    aim = aim_at(world, tmp_path, instant)
    aim.compare(server)
    assert aim.fire(server) is not None
    assert server.asked_at == []
    assert 0 <= server.clock(server.fired_at[0]) - (EPOCH + instant) < 0.05


def test_where_nothing_can_be_kept_each_run_compares_by_itself(tmp_path: Path) -> None:
    unusable = tmp_path / "clocks"
    unusable.write_text("not a folder")
    world = World()
    server = Server(world, offset=-3.7)
    aim = aim_at(world, unusable, IN_SECONDS)
    assert aim.compare(server) is not None
    assert aim.fire(server) is not None
    assert 0 <= server.clock(server.fired_at[0]) - (EPOCH + IN_SECONDS) < 0.04
    assert len(server.asked_at) <= 10


def test_a_server_that_wants_to_be_left_alone_is_and_what_it_said_counts(tmp_path: Path) -> None:
    world = World()
    server = Server(world, offset=-3.7, quiet={3: 60.0})
    aim = aim_at(world, tmp_path, IN_SECONDS)
    comparison = aim.compare(server)
    assert comparison is not None
    assert comparison.requests == len(server.asked_at) == 3
    other = Server(world, offset=-3.7)
    aim_at(world, tmp_path, IN_SECONDS).compare(other)
    assert other.asked_at == [], "nor is it asked by others"
    assert aim.fire(server) is not None
    assert server.clock(server.fired_at[0]) >= EPOCH + IN_SECONDS
    assert server.warmed_at is None
    assert 1 <= server.fired_at[0] - server.mended_at[0] <= 2.1, "the connection is opened all the same"


def test_once_it_may_be_asked_again_it_is(tmp_path: Path) -> None:
    world = World()
    server = Server(world, offset=0.0, quiet={1: 20.0})
    aim = aim_at(world, tmp_path, IN_SECONDS)
    comparison = aim.compare(server)
    assert comparison is not None
    assert comparison.error_seconds < 0.02
    assert server.asked_at[1] - server.asked_at[0] >= 20


def test_a_clock_that_is_set_back_in_the_last_moment_is_waited_for_as_ever(tmp_path: Path) -> None:
    """Not in one long sleep, which nobody could end: the world would complain."""
    for microseconds in range(60):
        world = World(steps={4.95 + microseconds * 1e-6: -20.0})
        server = Server(world, offset=0.0, dates=False)
        aim = aim_at(world, tmp_path / str(microseconds), 5.0)
        aim.compare(server)
        assert aim.fire(server) is not None
        assert min(abs(server.fired_at[0] - 25), abs(server.fired_at[0] - 5)) < 1e-4


@settings(max_examples=40, deadline=None)
@given(offset=st.floats(-40, 42), drift=st.floats(-2e-4, 2e-4), pause=st.floats(5, 50), seed=st.integers(0, 10**6))
def test_a_row_of_instants_asks_little_for_each_and_is_never_early(
    offset: float, drift: float, pause: float, seed: int
) -> None:
    world = World()
    with TemporaryDirectory() as directory:
        for number in range(6):
            server = Server(world, offset=offset, drift=drift, seed=seed + number)
            # As the server's clock has it, so that it is the same for all.
            instant = world.now + offset + 25 + pause
            aim = aim_at(world, Path(directory), instant)
            comparison = aim.compare(server)
            assert comparison is not None
            assert not comparison.contested
            fired = aim.fire(server)
            assert fired is not None
            late = server.clock(server.fired_at[0]) - (EPOCH + instant)
            assert 0 <= late < 0.06
            if number:
                assert len(server.asked_at) <= 10 if pause > 20 else 4


def test_at_the_instant_it_counts_what_another_run_has_found_out_meanwhile(tmp_path: Path) -> None:
    def error(*, is_helped: bool) -> float:
        world = World()
        server = Server(world, offset=1.5)
        home = tmp_path / str(is_helped)
        aim_at(world, home, 35).compare(server)
        waiting = aim_at(world, home, world.now + 20.5)
        waiting.compare(server)
        world.pass_by(9)
        asked = len(server.asked_at)
        if is_helped:
            aim_at(world, home, world.now + 11).compare(server)
            assert len(server.asked_at) == asked + 4
        fired = waiting.fire(server)
        assert fired is not None
        assert fired.comparison is not None
        return fired.comparison.error_seconds

    assert error(is_helped=True) < error(is_helped=False)
