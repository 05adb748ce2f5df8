"""What runs use, as the kernel counts it; real processes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from jobs.clock import SystemClock
from jobs.models.run import Identity
from jobs.ports.meter import Meter
from jobs.supervisor.identity import identify
from jobs.supervisor.usage import PsutilMeter, best_meter

MIB = 2**20
FORKS = """
import os, sys, time
held = bytearray(os.urandom(1 << 20) * {own})
if {child} and os.fork() == 0:
    more = bytearray(os.urandom(1 << 20) * {child})
    print("child", flush=True)
    time.sleep(600)
else:
    if not {child}:
        print("alone", flush=True)
    time.sleep(600)
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks")


class Workers:
    """Processes that lead sessions of their own, as runs do."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, own_mib: int, child_mib: int = 0) -> Identity:
        program = FORKS.format(own=own_mib, child=child_mib)
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True)
        self._started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        found = identify(process.pid)
        assert found is not None
        return found

    def end(self, worker: Identity) -> None:
        process = next(each for each in self._started if each.pid == worker.pid)
        os.killpg(worker.pid, 9)
        process.wait()

    def close(self) -> None:
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, 9)
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.close()


@pytest.fixture(params=["best", "psutil"])
def meter(request: pytest.FixtureRequest) -> Meter:
    return best_meter(SystemClock()) if request.param == "best" else PsutilMeter(SystemClock())


def test_a_run_uses_what_its_process_and_its_children_use(workers: Workers, meter: Meter) -> None:
    worker = workers.start(own_mib=30, child_mib=40)
    usage = meter.usage(worker, own=True)
    assert usage is not None
    assert usage.own_bytes is not None
    assert 40 * MIB < usage.own_bytes < usage.memory_bytes
    assert usage.memory_bytes > 100 * MIB
    quick = meter.usage(worker)
    assert quick is not None
    assert quick.own_bytes is None
    assert 0 <= usage.uptime_seconds < 600
    assert usage.cpu_percent >= 0


def test_a_process_that_is_gone_or_another_uses_nothing_that_is_known(workers: Workers, meter: Meter) -> None:
    worker = workers.start(own_mib=1)
    assert meter.usage(replace(worker, start=worker.start + 1)) is None
    assert meter.over([replace(worker, start=worker.start + 1)], 1) == {}
    workers.end(worker)
    assert meter.usage(worker) is None
    assert meter.over([worker], 1) == {}


def test_only_those_over_the_limit_are_named_children_included(workers: Workers, meter: Meter) -> None:
    small, large, family = workers.start(20), workers.start(150), workers.start(20, child_mib=150)
    over = meter.over([small, large, family], 120 * MIB)
    assert set(over) == {large, family}
    assert all(used > 150 * MIB for used in over.values())


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_memory_that_was_shared_by_a_fork_is_not_hidden(workers: Workers) -> None:
    """Each of two processes that share 150 MiB has next to nothing of its own; together they use them once."""
    worker = workers.start(150, child_mib=1)
    (used,) = best_meter(SystemClock()).over([worker], 120 * MIB).values()
    assert 150 * MIB < used < 200 * MIB


@pytest.mark.skipif(sys.platform != "linux", reason="CLOCK_BOOTTIME")
def test_uptime_is_the_kernels_own(workers: Workers) -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    usage = best_meter(SystemClock()).usage(workers.start(1))
    assert usage is not None
    assert usage.uptime_seconds <= time.clock_gettime(time.CLOCK_BOOTTIME) - before + 0.02
