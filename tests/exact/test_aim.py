"""An armed run sends at its instant: never early by the server's clock, late by no more than it says it may be."""

import math
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from exact_site import EPOCH, Server, World, aim_at, free
from hypothesis import assume, given, settings, strategies as st

from jobs.ports.aim import TooLate

IN_SECONDS = 75.0
MICROSECONDS = 5e-6
"""What reading the virtual clock costs."""

offsets = st.one_of(st.sampled_from([-3.7, 0.0, 42.0]), st.floats(-40, 42))
drifts = st.floats(-2e-4, 2e-4)
travels = st.sampled_from([(0.0001, 0.0004), (0.005, 0.03), (0.05, 0.3)])
seeds = st.integers(0, 10**6)


@settings(max_examples=150, deadline=None)
@given(
    offset=offsets, drift=drifts, travel=travels, slow=st.sampled_from([0.0, 0.2]), seed=seeds, lead=st.floats(1, 75)
)
def test_it_is_never_early_by_the_servers_clock_and_its_error_bound_is_honest(
    offset: float, drift: float, travel: tuple[float, float], slow: float, seed: int, lead: float
) -> None:
    world = World()
    server = Server(world, offset=offset, drift=drift, travel=travel, slow_share=slow, seed=seed)
    with TemporaryDirectory() as directory:
        aim = aim_at(world, Path(directory), lead)
        aim.compare(server)
        fired = aim.fire(server)
    assert fired is not None
    assert len(server.asked_at) <= 10
    assert all(after - before >= 0.25 for before, after in pairwise(server.asked_at))
    (sent_at,) = server.fired_at
    truly_late = server.clock(sent_at) - (EPOCH + lead)
    assert truly_late >= 0
    if fired.comparison is None:
        assert lead < 2, "there was time to compare"
        return
    assert abs(fired.late_seconds - truly_late) <= fired.comparison.error_seconds + MICROSECONDS
    assert abs(server.clock(sent_at) - world.wall() - fired.comparison.offset_seconds) <= (
        fired.comparison.error_seconds + MICROSECONDS
    )


@pytest.mark.parametrize("offset", [-3.7, 0.0, 42.0])
def test_with_time_enough_it_is_late_by_little_and_asks_once_a_second(tmp_path: Path, offset: float) -> None:
    world = World()
    server = Server(world, offset=offset, drift=1e-4)
    aim = aim_at(world, tmp_path, IN_SECONDS)
    comparison = aim.compare(server)
    assert comparison is not None
    assert not comparison.contested
    assert comparison.error_seconds < 0.02
    fired = aim.fire(server)
    assert fired is not None
    assert 0 <= server.clock(server.fired_at[0]) - (EPOCH + IN_SECONDS) < 0.04
    assert all(after - before >= 1 for before, after in pairwise(server.asked_at))
    assert server.warmed_at is not None
    assert 1 <= server.fired_at[0] - server.warmed_at <= 2.1


@settings(max_examples=100, deadline=None)
@given(offset=offsets, apart=st.floats(0.02, 60), slow_first=st.booleans(), seed=seeds)
def test_of_two_hosts_that_disagree_and_take_turns_it_is_early_by_neither(
    offset: float, apart: float, slow_first: bool, seed: int
) -> None:
    """But for the time that a request is under way, which is all that the answers can tell."""
    assume(offset - apart > -58)  # a clock farther behind is not believed
    world = World()
    hosts = (0.0, apart) if slow_first else (apart, 0.0)
    server = Server(world, offset=offset - apart, hosts=hosts, seed=seed)
    with TemporaryDirectory() as directory:
        aim = aim_at(world, Path(directory), IN_SECONDS)
        comparison = aim.compare(server)
        fired = aim.fire(server)
    assert fired is not None
    if comparison is None:
        assert apart > 1.9, "so far apart that nothing can be made of it"
        return
    assert server.slowest(server.fired_at[0]) - (EPOCH + IN_SECONDS) >= -0.006


@pytest.mark.parametrize("trouble", [{"dates": False}, {"answers": False}])
def test_a_server_that_does_not_tell_the_time_is_asked_little_and_ours_counts(
    tmp_path: Path, trouble: dict[str, bool]
) -> None:
    world = World()
    server = Server(world, offset=5.0, **trouble)
    aim = aim_at(world, tmp_path, IN_SECONDS)
    assert aim.compare(server) is None
    fired = aim.fire(server)
    assert fired is not None
    assert fired.comparison is None
    assert 0 <= fired.late_seconds < 1e-4
    assert len(server.asked_at) <= 6


@pytest.mark.parametrize("step", [-3600.0, -0.4, 0.4, 3600.0])
def test_a_wall_clock_that_is_set_while_it_waits_changes_nothing_by_the_servers_clock(
    tmp_path: Path, step: float
) -> None:
    world = World(steps={72.0: step})
    server = Server(world, offset=0.0)
    aim = aim_at(world, tmp_path, IN_SECONDS)
    aim.compare(server)
    assert aim.fire(server) is not None
    assert 0 <= server.clock(server.fired_at[0]) - (EPOCH + IN_SECONDS) < 0.04


@pytest.mark.parametrize("step", [-20.0, -0.4, 0.4, 20.0])
def test_where_only_our_clock_counts_it_is_followed_wherever_it_is_set(tmp_path: Path, step: float) -> None:
    world = World(steps={30.0: step})
    server = Server(world, offset=0.0, dates=False)
    aim = aim_at(world, tmp_path, IN_SECONDS)
    aim.compare(server)
    fired = aim.fire(server)
    assert fired is not None
    assert server.fired_at[0] == pytest.approx(IN_SECONDS - step, abs=1e-4)
    assert fired.late_seconds >= 0


def test_a_machine_that_slept_over_the_instant_sends_as_it_wakes(tmp_path: Path) -> None:
    world = World(sleeps={60.0: 120.0})
    server = Server(world, offset=0.0)
    aim = aim_at(world, tmp_path, IN_SECONDS)
    aim.compare(server)
    fired = aim.fire(server)
    assert fired is not None
    assert 180 <= server.fired_at[0] < 185
    assert fired.late_seconds == pytest.approx(server.fired_at[0] - IN_SECONDS, abs=0.6)


@settings(max_examples=60, deadline=None)
@given(leaves_at=st.floats(0, 74.9), seed=seeds)
def test_asked_to_leave_at_any_time_before_the_instant_it_sends_nothing(leaves_at: float, seed: int) -> None:
    world = World(leaves_at=leaves_at)
    server = Server(world, offset=0.0, seed=seed)
    with TemporaryDirectory() as directory:
        aim = aim_at(world, Path(directory), IN_SECONDS)
        aim.compare(server)
        assert aim.fire(server) is None
    assert server.fired_at == []
    assert world.now <= leaves_at + 1.5


def test_an_instant_that_is_long_past_is_not_waited_for(tmp_path: Path) -> None:
    world = World()
    server = Server(world, offset=0.0)
    aim = aim_at(world, tmp_path, -61.0)
    assert aim.compare(server) is None
    fired = aim.fire(server)
    assert fired is not None
    assert fired.late_seconds == pytest.approx(61, abs=0.01)
    assert server.asked_at == []


def test_what_one_run_has_found_out_the_next_does_not_ask_again(tmp_path: Path) -> None:
    world = World()
    first, second = Server(world, offset=1.5), Server(world, offset=1.5)
    one, other = aim_at(world, tmp_path, IN_SECONDS), aim_at(world, tmp_path, IN_SECONDS)
    one.compare(first)
    found = other.compare(second)
    assert found is not None
    assert second.asked_at == []
    assert other.fire(second) is not None
    assert 0 <= second.clock(second.fired_at[0]) - (EPOCH + IN_SECONDS) < 0.04


def test_a_run_waits_for_the_one_that_asks_and_makes_do_with_what_that_has_found(tmp_path: Path) -> None:
    world = World()
    asking = Server(world, offset=1.5)
    aim_at(world, tmp_path, 200.0).compare(asking)
    # From then on somebody else asks, and never comes to an end.
    aim_at(world, tmp_path, world.now + 100)

    def taken(_: Path) -> AbstractContextManager[None] | None:
        return None

    late = world.now + 80
    waiting = Server(world, offset=1.5)
    aim = aim_at(world, tmp_path, late, taken)
    comparison = aim.compare(waiting)
    assert comparison is not None
    assert waiting.asked_at == []
    assert world.now <= late
    assert aim.fire(waiting) is not None
    assert 0 <= waiting.clock(waiting.fired_at[0]) - (EPOCH + late) < 0.2


def test_what_was_found_before_the_machine_was_started_anew_is_forgotten(tmp_path: Path) -> None:
    before = World()
    aim_at(before, tmp_path, IN_SECONDS).compare(Server(before, offset=1.5))
    after = World(steps={0.0: 1000.0})
    server = Server(after, offset=1001.5)
    aim_at(after, tmp_path, 1000 + IN_SECONDS, free).compare(server)
    assert server.asked_at
    assert math.isfinite(after.now)


class Interrupted(World):
    """But for each third time, this process has to wait for others right before it reads its wall clock."""

    def __init__(self, third: int) -> None:
        super().__init__()
        self._readings = third

    def wall(self) -> float:
        self._readings += 1
        if self._readings % 3:
            self.pass_by(0.01)
        return super().wall()


@pytest.mark.parametrize("third", [0, 1, 2])
def test_a_run_that_is_interrupted_as_it_reads_the_clocks_is_not_early(tmp_path: Path, third: int) -> None:
    world = Interrupted(third)
    server = Server(world, offset=0.0, dates=False)
    aim = aim_at(world, tmp_path, 10.0)
    aim.compare(server)
    fired = aim.fire(server)
    assert fired is not None
    assert server.fired_at[0] >= 10.0
    assert 0 <= fired.late_seconds < 0.1


@pytest.mark.parametrize(("asleep", "acts"), [(200.0, True), (2000.0, False)])
def test_a_run_that_woke_long_after_its_instant_does_nothing_any_more(
    tmp_path: Path, asleep: float, acts: bool
) -> None:
    world = World()
    server = Server(world, offset=0.0)
    aim = aim_at(world, tmp_path, IN_SECONDS, grace_seconds=300)
    aim.compare(server)
    world.pass_by(asleep)
    if acts:
        assert aim.fire(server) is not None
    else:
        with pytest.raises(TooLate):
            aim.fire(server)
    assert bool(server.fired_at) == acts


@settings(max_examples=60, deadline=None)
@given(leaves_at=st.floats(0, 74), seed=seeds)
def test_what_a_run_that_left_has_found_out_spoils_nobody_elses_comparison(leaves_at: float, seed: int) -> None:
    with TemporaryDirectory() as directory:
        leaving = World(leaves_at=leaves_at)
        aim_at(leaving, Path(directory), IN_SECONDS).compare(Server(leaving, offset=0.0, seed=seed))
        staying = World()
        staying.pass_by(leaving.now)
        comparison = aim_at(staying, Path(directory), IN_SECONDS - leaving.now + 75).compare(
            Server(staying, offset=0.0, seed=seed)
        )
    assert comparison is not None
    assert comparison.error_seconds < 0.05
