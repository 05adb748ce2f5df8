"""The allowance: never more than the bound, in any window, whoever asks; quiet is kept by everybody."""

import math
import struct
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from jobs.app.equipment import open_budget
from jobs.budget import HURRIED_BURST, ORDINARY_BURST, PATIENCE_SECONDS, SharedBudget
from jobs.clock import SystemExactClock
from jobs.ports.provider import RateLimited
from jobs.supervisor.kernel_lock import take

HOST = "sports.example:443"


class VirtualClock:
    """Implements `ExactClock`: sleeping is how time goes by."""

    def __init__(self) -> None:
        self.now = 5000.0

    def wall(self) -> float:
        return self.now

    def steady(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)


def budget(
    directory: Path, clock: VirtualClock, per_minute: int = 120, wait: Callable[[float], bool] | None = None
) -> SharedBudget:
    return SharedBudget(directory, clock, take, per_minute, wait)


ACTS = st.lists(
    st.tuples(st.sampled_from(["ordinary", "hurried", "rest"]), st.integers(1, 400), st.floats(0.01, 120)), max_size=12
)


@settings(max_examples=40, deadline=None)
@given(acts=ACTS, per_minute=st.sampled_from([60, 120, 6000]))
def test_no_window_sees_more_than_the_bound(tmp_path_factory: pytest.TempPathFactory, acts, per_minute: int) -> None:
    clock = VirtualClock()
    shared = budget(tmp_path_factory.mktemp("budget"), clock, per_minute)
    granted: list[tuple[float, str]] = []
    for what, count, seconds in acts:
        if what == "rest":
            clock.sleep(seconds)
            continue
        for _ in range(count):
            try:
                if what == "hurried":
                    with shared.hurrying():
                        shared.take(HOST)
                else:
                    shared.take(HOST)
            except RateLimited:
                break
            granted.append((clock.now, what))
    assert_bounded([at for at, _ in granted], HURRIED_BURST, per_minute)
    if not any(what == "hurried" for _, what in granted):
        assert_bounded([at for at, _ in granted], ORDINARY_BURST, per_minute)


def assert_bounded(instants: list[float], burst: int, per_minute: int) -> None:
    """In every window: at most the burst, and the rate for the window's length (and the one it begins with)."""
    rate = per_minute / 60
    # n grants from i to j: n <= burst + rate * (t_j - t_i) + 1, for all i <= j, is a bound on a running maximum.
    least = float("inf")
    for n, at in enumerate(instants):
        least = min(least, n - rate * at)
        assert n + 1 - rate * at - least <= burst + 1 + 1e-6


def test_there_is_room_for_a_page_at_once_and_then_the_rate(tmp_path: Path) -> None:
    clock = VirtualClock()
    shared = budget(tmp_path, clock)
    for _ in range(ORDINARY_BURST):
        shared.take(HOST)
    assert clock.now == 5000.0
    shared.take(HOST)
    assert clock.now == pytest.approx(5000.5)


def test_a_wait_that_is_too_long_is_told_and_takes_no_place(tmp_path: Path) -> None:
    clock = VirtualClock()
    shared = budget(tmp_path, clock)
    with shared.hurrying():
        for _ in range(500):
            shared.take(HOST)
    for _ in range(3):
        with pytest.raises(RateLimited) as refused:
            shared.take(HOST)
        assert refused.value.retry_after_seconds == pytest.approx((500 + 1 - ORDINARY_BURST) / 2)
        assert refused.value.retry_after_seconds > PATIENCE_SECONDS
        assert "额度" in refused.value.sentence


def test_a_race_goes_before_others_who_wait_for_what_it_took(tmp_path: Path) -> None:
    clock = VirtualClock()
    mine, other = budget(tmp_path, clock), budget(tmp_path, clock)
    with mine.hurrying():
        for _ in range(100):
            mine.take(HOST)
        assert clock.now == 5000.0
    assert mine.left(HOST) == HURRIED_BURST - 100
    other.take(HOST)
    assert clock.now - 5000.0 == pytest.approx((101 - ORDINARY_BURST) / 2)


def test_who_cannot_wait_so_long_takes_no_place(tmp_path: Path) -> None:
    clock = VirtualClock()
    shared = budget(tmp_path, clock)
    for _ in range(ORDINARY_BURST):
        shared.take(HOST)
    for _ in range(50):
        with pytest.raises(RateLimited) as refused:
            shared.take(HOST, 0.4)
        assert refused.value.retry_after_seconds == pytest.approx(0.5)
    shared.take(HOST, 0.6)
    assert clock.now == pytest.approx(5000.5), "the fifty that were refused have nothing of it"


def test_who_shall_leave_while_it_waits_does_not_ask(tmp_path: Path) -> None:
    clock = VirtualClock()
    waited: list[float] = []

    def leave(seconds: float) -> bool:
        waited.append(seconds)
        return True

    shared = budget(tmp_path, clock, wait=leave)
    for _ in range(ORDINARY_BURST):
        shared.take(HOST)
    with pytest.raises(RateLimited, match="被要求退出"):
        shared.take(HOST)
    assert waited == [pytest.approx(0.5)]


class Leaving:
    """Implements `Stopping`: the run is asked to leave as soon as it waits."""

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return True


def test_the_budget_of_a_run_knows_when_that_shall_leave(tmp_path: Path) -> None:
    shared = open_budget(tmp_path, 1, Leaving())
    for _ in range(ORDINARY_BURST):
        shared.take(HOST)
    with pytest.raises(RateLimited, match="被要求退出"):
        shared.take(HOST)


def test_hosts_have_allowances_of_their_own(tmp_path: Path) -> None:
    clock = VirtualClock()
    shared = budget(tmp_path, clock)
    for host in ("a:443", "b:443"):
        for _ in range(ORDINARY_BURST):
            shared.take(host)
    assert clock.now == 5000.0


def test_quiet_is_kept_by_everybody_also_in_a_hurry(tmp_path: Path) -> None:
    clock = VirtualClock()
    one, other = budget(tmp_path, clock), budget(tmp_path, clock)
    one.quiet(HOST, 30)
    one.quiet(HOST, 5)
    assert other.left(HOST) == 0
    with other.hurrying(), pytest.raises(RateLimited) as refused:
        other.take(HOST)
    assert refused.value.retry_after_seconds == pytest.approx(30)
    clock.sleep(30)
    other.take(HOST)


def test_who_waits_while_quiet_is_wanted_does_not_ask(tmp_path: Path) -> None:
    clock = VirtualClock()

    def wait(seconds: float) -> bool:
        clock.sleep(seconds)
        budget(tmp_path, clock).quiet(HOST, 10)
        return False

    shared = budget(tmp_path, clock, wait=wait)
    for _ in range(ORDINARY_BURST):
        shared.take(HOST)
    with pytest.raises(RateLimited):
        shared.take(HOST)


def test_a_machine_that_was_started_anew_owes_nothing(tmp_path: Path) -> None:
    clock = VirtualClock()
    with budget(tmp_path, clock).hurrying():
        for _ in range(900):
            budget(tmp_path, clock).take(HOST)
    clock.now = 20.0
    assert budget(tmp_path, clock).left(HOST) == HURRIED_BURST


def test_where_nothing_can_be_kept_a_process_keeps_to_it_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    clock = VirtualClock()
    shared = budget(tmp_path / "file" / "budget", clock)
    for _ in range(ORDINARY_BURST + 1):
        shared.take(HOST)
    assert clock.now == pytest.approx(5000.5)


def test_a_lock_that_is_never_given_back_is_no_leave_to_ask(tmp_path: Path) -> None:
    shared = SharedBudget(tmp_path, VirtualClock(), lambda path: None, 120)
    with pytest.raises(RateLimited):
        shared.take(HOST)


def test_processes_share_one_allowance(tmp_path: Path) -> None:
    """Eight processes take as fast as they can, none waiting; what they got together is the burst and the rate."""
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from jobs.budget import SharedBudget
        from jobs.clock import SystemExactClock
        from jobs.ports.provider import RateLimited
        from jobs.supervisor.kernel_lock import take
        clock, got = SystemExactClock(), 0
        budget = SharedBudget(Path(sys.argv[1]), clock, take, 600)
        begun = clock.steady()
        for _ in range(60):
            try:
                budget.take("h:1", 0.0)
                got += 1
            except RateLimited:
                pass
        print(got, begun, clock.steady())
        """
    )
    argv = [sys.executable, "-c", script, str(tmp_path)]
    processes = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    outputs = [process.communicate(timeout=60)[0].split() for process in processes]
    got = sum(int(out[0]) for out in outputs)
    seconds = max(float(out[2]) for out in outputs) - min(float(out[1]) for out in outputs)
    assert ORDINARY_BURST <= got <= ORDINARY_BURST + 10 * seconds + 1
    assert SharedBudget(tmp_path, SystemExactClock(), take, 600).left("h:1") < HURRIED_BURST


@pytest.mark.parametrize("where", [0, 1, 2])
@pytest.mark.parametrize("spoiled", [math.nan, math.inf, -math.inf, 1e18])
def test_a_spoiled_file_counts_as_none(tmp_path: Path, where: int, spoiled: float) -> None:
    clock = VirtualClock()
    budget(tmp_path, clock).take(HOST)
    (file,) = (path for path in tmp_path.iterdir() if path.suffix != ".lock")
    record = [0.0, 0.0, clock.now]
    record[where] = spoiled
    file.write_bytes(struct.pack("<ddd", *record))

    shared = budget(tmp_path, clock)
    assert 0 < shared.left(HOST) <= HURRIED_BURST
    for _ in range(ORDINARY_BURST):
        shared.take(HOST, 0)
    with pytest.raises(RateLimited):
        shared.take(HOST, 0)
    assert all(map(math.isfinite, struct.unpack("<ddd", file.read_bytes())))
