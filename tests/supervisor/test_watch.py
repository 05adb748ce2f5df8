"""Deaths are seen, by every watcher."""

import asyncio
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from launch_site import KERNEL, until

from jobs.models.run import UNSEEN_EXIT, Exit, Identity
from jobs.ports.launcher import Watcher
from jobs.supervisor.identity import identify
from jobs.supervisor.watch import PidfdWatcher, PollingWatcher, best_watcher

WATCHERS: dict[str, Callable[[], Watcher]] = {
    "pidfd": PidfdWatcher,
    "polling": lambda: PollingWatcher(interval_seconds=0.02),
    "best": best_watcher,
}

CHILD = "import os, sys; print(os.getpid(), flush=True); sys.stdin.readline(); "
REAPS = "p.wait(); sys.stdin.read()"


@pytest.fixture(params=list(WATCHERS))
def watcher(request: pytest.FixtureRequest) -> Watcher:
    return WATCHERS[request.param]()


@pytest.fixture
def process() -> Iterator[Popen[bytes]]:
    process = Popen(["cat"], stdin=PIPE)
    yield process
    process.kill()
    process.communicate()


@contextmanager
def grandchild(work: str) -> Iterator[Popen[bytes]]:
    """A process whose child says its pid on standard output, and does `work` after a line from standard input."""
    parent = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {CHILD + work!r}]); {REAPS}"
    with Popen([sys.executable, "-c", parent], stdin=PIPE, stdout=PIPE) as process:
        yield process


def identity_of(process: Popen[bytes]) -> Identity:
    identity = identify(process.pid)
    assert identity is not None
    return identity


def open_pidfds() -> int:
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found += "pidfd" in str(descriptor.readlink())
    return found


async def test_a_death_is_seen_though_nobody_has_reaped_the_process(watcher: Watcher, process: Popen[bytes]) -> None:
    watching = asyncio.create_task(watcher.died(identity_of(process)))
    await asyncio.sleep(0.05)
    assert not watching.done()

    process.kill()

    async with asyncio.timeout(10):
        await watching
    assert process.returncode is None


async def test_what_is_dead_already_is_seen_at_once(watcher: Watcher, process: Popen[bytes]) -> None:
    identity = identity_of(process)
    process.kill()
    process.wait()

    async with asyncio.timeout(10):
        await watcher.died(identity)


async def test_a_zombie_is_dead(watcher: Watcher, process: Popen[bytes]) -> None:
    identity = identity_of(process)
    process.kill()
    await until(lambda: identify(process.pid) is None)

    async with asyncio.timeout(10):
        await watcher.died(identity)


async def test_a_stranger_under_the_same_pid_is_not_taken_for_the_process(watcher: Watcher) -> None:
    me = identify(os.getpid())
    assert me is not None

    async with asyncio.timeout(10):
        await watcher.died(Identity(boot_id=me.boot_id, pid=me.pid, start=me.start - 1))
        await watcher.died(Identity(boot_id="another boot", pid=me.pid, start=me.start))


async def test_a_thousand_watches_see_it_and_leave_nothing_open(watcher: Watcher, process: Popen[bytes]) -> None:
    before = open_pidfds()
    watching = [asyncio.create_task(watcher.died(identity_of(process))) for _ in range(1000)]
    await asyncio.sleep(0.05)
    assert not any(watch.done() for watch in watching)

    process.kill()

    async with asyncio.timeout(10):
        await asyncio.gather(*watching)
    assert open_pidfds() == before


async def test_a_cancelled_watch_leaves_nothing_open(watcher: Watcher, process: Popen[bytes]) -> None:
    before = open_pidfds()
    watching = asyncio.create_task(watcher.died(identity_of(process)))
    await asyncio.sleep(0.05)

    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    assert watching.cancelled()
    assert open_pidfds() == before


async def test_without_a_descriptor_to_spare_deaths_are_still_seen(watcher: Watcher, process: Popen[bytes]) -> None:
    identity = identity_of(process)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        watching = asyncio.create_task(watcher.died(identity))
        await asyncio.sleep(0.05)
        assert not watching.done()
        process.kill()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    async with asyncio.timeout(10):
        await watching


@pytest.mark.parametrize(("work", "exit"), [("raise SystemExit(75)", Exit(code=75)), ("os.abort()", Exit(signal=6))])
async def test_how_somebody_elses_child_ended_is_told_by_the_kernel(work: str, exit: Exit) -> None:
    with grandchild(work) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        identity = identify(int(await asyncio.to_thread(process.stdout.readline)))
        assert identity is not None
        watching = asyncio.create_task(PidfdWatcher().died(identity, 10))
        quick = asyncio.create_task(PidfdWatcher().died(identity))
        await asyncio.sleep(0.05)
        process.stdin.write(b"end\nreap\n")
        process.stdin.flush()

        async with asyncio.timeout(10):
            assert await quick in (exit, UNSEEN_EXIT)
            assert await watching == (exit if KERNEL >= (6, 15) else UNSEEN_EXIT)
        process.stdin.close()
