"""How the clocks stand, long before the instant, for people to hear of: honest, cheap, and no harm to the shot."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from exact_site import EPOCH, Server, World, aim_at
from hypothesis import given, settings, strategies as st

MICROSECONDS = 5e-6


@settings(max_examples=60, deadline=None)
@given(
    offset=st.one_of(st.sampled_from([-3.7, 0.0, 42.0]), st.floats(-40, 42)),
    drift=st.floats(-2e-4, 2e-4),
    travel=st.sampled_from([(0.0001, 0.0004), (0.005, 0.03), (0.05, 0.3)]),
    seed=st.integers(0, 10**6),
)
def test_surveyed_twice_and_compared_the_shot_is_never_early_and_every_error_bound_is_honest(
    offset: float, drift: float, travel: tuple[float, float], seed: int
) -> None:
    world = World()
    server = Server(world, offset=offset, drift=drift, travel=travel, seed=seed)
    with TemporaryDirectory() as directory:
        aim = aim_at(world, Path(directory), 660)
        for begins_at, closely in ((60, False), (600, True)):
            world.pass_by(begins_at - world.now)
            surveyed = aim.survey(server, closely=closely)
            assert surveyed is not None
            truly = server.clock(world.now) - world.wall()
            assert abs(truly - surveyed.offset_seconds) <= surveyed.error_seconds + MICROSECONDS
        aim.compare(server)
        fired = aim.fire(server)
    assert fired is not None
    (sent_at,) = server.fired_at
    assert server.clock(sent_at) >= EPOCH + 660
    assert len(server.asked_at) <= 4 + 10 + 10, "a clock far behind makes the close one old by the instant"


def test_a_survey_takes_a_few_requests_and_seconds(tmp_path: Path) -> None:
    world = World()
    server = Server(world, offset=0.4)
    comparison = aim_at(world, tmp_path, 600).survey(server, closely=False)
    assert comparison is not None
    assert comparison.error_seconds < 0.2
    assert len(server.asked_at) <= 4
    assert world.now < 10


def test_a_close_survey_a_minute_ahead_ends_long_before_the_instant_and_the_shot_is_as_exact_as_ever(
    tmp_path: Path,
) -> None:
    world = World()
    server = Server(world, offset=0.4, drift=1e-4)
    aim = aim_at(world, tmp_path, 60)
    comparison = aim.survey(server, closely=True)
    assert comparison is not None
    assert comparison.error_seconds < 0.02
    assert world.now < 30
    aim.compare(server)
    fired = aim.fire(server)
    assert fired is not None
    assert 0 <= fired.late_seconds < 0.02


def test_what_one_run_surveys_the_others_read(tmp_path: Path) -> None:
    world = World()
    server = Server(world, offset=0.4)
    for _ in range(5):
        aim_at(world, tmp_path, 600).survey(server, closely=False)
    assert len(server.asked_at) <= 4


@pytest.mark.parametrize("closely", [False, True])
def test_a_server_that_does_not_answer_costs_little_and_nothing_is_known(tmp_path: Path, closely: bool) -> None:
    world = World()
    server = Server(world, offset=0.4, answers=False)
    assert aim_at(world, tmp_path, 600).survey(server, closely=closely) is None
    assert len(server.asked_at) <= 3


@pytest.mark.parametrize("closely", [False, True])
def test_asked_to_leave_it_leaves_at_once(tmp_path: Path, closely: bool) -> None:
    world = World(leaves_at=1.5)
    aim_at(world, tmp_path, 600).survey(Server(world, offset=0.4), closely=closely)
    assert world.now < 2


def test_a_clock_that_is_not_believed_is_said_to_be_so(tmp_path: Path) -> None:
    world = World()
    comparison = aim_at(world, tmp_path, 600).survey(Server(world, offset=3600.0), closely=False)
    assert comparison is not None
    assert not comparison.is_believed
