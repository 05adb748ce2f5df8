"""A warden in trouble (stopped, without descriptors, without its home): nobody is held up, and no end is lost."""

import asyncio
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from launch_site import (
    WAITS,
    Site,
    a_run,
    descriptors_of,
    keeper_of,
    polling,
    until,
    warden as launcher_with,
    worker_of,
)

from jobs.models.run import Exit, Identity
from jobs.ports.launcher import Launcher, LaunchFailed, LiveRun
from jobs.supervisor.identity import identify, is_alive
from jobs.supervisor.warden.link import Patience

SHORT = Patience(look=0.3, start=0.3)
HAS_A_CHILD = """
import os, signal
if os.fork() == 0:
    print("child", os.getpid(), flush=True)
signal.pause()
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "home", "warden+pidfd")
    yield site
    site.sweep()


@pytest.fixture
async def kept(site: Site) -> LiveRun:
    """A run whose warden is stopped, started by a bot that has gone."""
    launcher = site.launcher()
    run = await launcher.start(a_run())
    await launcher.close()
    os.kill(keeper_of(run).pid, signal.SIGSTOP)
    return run


def impatient(site: Site) -> Launcher:
    return launcher_with(site.home, WAITS, os.environ, site.watcher, patience=SHORT)


def sockets() -> int:
    return sum(path.is_socket() for path in Path("/proc/self/fd").iterdir())


async def test_what_lives_is_known_without_its_list(site: Site, kept: LiveRun) -> None:
    assert await impatient(site).live() == {kept.run_id: kept}


async def test_a_start_fails_with_what_to_do_and_is_not_made_up_for_later(site: Site, kept: LiveRun) -> None:
    launcher = impatient(site)
    warden = keeper_of(kept).pid

    with pytest.raises(LaunchFailed, match="守护进程没有应答") as failed:
        await launcher.start(a_run(2))

    assert f"kill -CONT {warden}" in failed.value.detail
    os.kill(warden, signal.SIGCONT)
    third = await site.launcher().start(a_run(3))
    assert keeper_of(third).pid == warden
    assert (await launcher.live()).keys() == {kept.run_id, third.run_id}


async def test_a_warden_stopped_between_hello_and_a_start_fails_it_too(site: Site) -> None:
    launcher = impatient(site)
    first = await site.launcher().start(a_run())
    await until_linked(launcher)
    os.kill(keeper_of(first).pid, signal.SIGSTOP)

    with pytest.raises(LaunchFailed, match="守护进程没有应答"):
        await launcher.start(a_run(2))

    os.kill(keeper_of(first).pid, signal.SIGCONT)
    # What was asked for by whoever gave up is heard before this, and not done.
    assert (await site.launcher().live()).keys() == {first.run_id}
    assert is_alive(worker_of(await site.launcher().start(a_run(2))))


async def test_asking_again_and_again_leaves_no_connection_open(site: Site, kept: LiveRun) -> None:
    launcher = impatient(site)
    before = sockets()

    for _ in range(3):
        with pytest.raises(LaunchFailed):
            await launcher.get_ready()
        await launcher.live()

    assert sockets() == before


async def test_one_that_nobody_can_reach_any_more_is_silent_too(site: Site, kept: LiveRun) -> None:
    """Its queue of those who wait to be let in is full."""
    launchers = [impatient(site) for _ in range(70)]
    await asyncio.gather(*(launcher.live() for launcher in launchers))

    assert await launchers[0].live() == {kept.run_id: kept}
    with pytest.raises(LaunchFailed, match="守护进程没有应答"):
        await launchers[0].start(a_run(2))


async def test_a_run_can_be_stopped_without_its_warden(site: Site, kept: LiveRun) -> None:
    await impatient(site).stop(kept, grace_seconds=5)

    assert not is_alive(worker_of(kept))
    os.kill(keeper_of(kept).pid, signal.SIGCONT)
    assert (await site.exit_of(kept)).exit == Exit(signal=15)


async def test_looking_and_getting_ready_at_once_make_one_connection(site: Site, kept: LiveRun) -> None:
    os.kill(keeper_of(kept).pid, signal.SIGCONT)
    launcher = site.launcher()
    before = sockets()

    await asyncio.gather(launcher.live(), launcher.get_ready(), launcher.live(), launcher.get_ready())

    assert sockets() == before + 1


async def until_linked(launcher: Launcher) -> None:
    """Connects with however much patience a busy machine needs."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await launcher.get_ready()
            except LaunchFailed:
                await asyncio.sleep(0.05)


async def test_one_without_descriptors_rests_and_lets_in_when_there_are(site: Site) -> None:
    launcher = site.launcher()
    first = await launcher.start(a_run())
    warden = psutil.Process(keeper_of(first).pid)
    usual = resource.prlimit(warden.pid, resource.RLIMIT_NOFILE)
    lowest_free = min(set(range(1000)) - set(descriptors_of(keeper_of(first))))
    resource.prlimit(warden.pid, resource.RLIMIT_NOFILE, (lowest_free, usual[1]))
    before = sum(warden.cpu_times()[:2])

    assert await impatient(site).live() == {first.run_id: first}
    # Whoever has given up still waits at the door: it costs no more than the rest of a bot that waits.
    assert await launcher_with(site.home, WAITS, os.environ, site.watcher, patience=Patience(look=2)).live()

    assert sum(warden.cpu_times()[:2]) - before < 0.2
    resource.prlimit(warden.pid, resource.RLIMIT_NOFILE, usual)
    await until_linked(impatient(site))
    assert is_alive(worker_of(await launcher.start(a_run(2))))


async def test_a_home_that_is_away_for_a_moment_is_not_given_up(site: Site) -> None:
    launcher = site.launcher()
    run = await launcher.start(a_run())
    away = site.home.with_name("away")
    site.home.rename(away)
    os.kill(worker_of(run).pid, signal.SIGKILL)
    await until(lambda: not psutil.pid_exists(worker_of(run).pid))

    away.rename(site.home)

    assert (await site.exit_of(run)).exit == Exit(signal=9)
    assert is_alive(keeper_of(run))


class Noticing:
    """A watcher that sees zombies as dead at once, and says when it has seen one."""

    def __init__(self) -> None:
        self.seen = asyncio.Event()

    async def died(self, identity: Identity, patience_seconds: float = 0.0) -> Exit:
        exit = await polling().died(identity, patience_seconds)
        self.seen.set()
        return exit


async def test_a_group_is_not_signalled_when_its_leader_may_be_long_gone(site: Site) -> None:
    """Its number may be a stranger's by then; what is left is found by its marks."""
    watcher = Noticing()
    launcher = launcher_with(site.home, HAS_A_CHILD, os.environ, watcher)
    run = await launcher.start(a_run())
    child = identify(int((await site.logged("job1", "\n")).split()[1]))
    ended = asyncio.create_task(launcher.ended(run))
    os.kill(keeper_of(run).pid, signal.SIGSTOP)
    os.kill(worker_of(run).pid, signal.SIGKILL)
    await watcher.seen.wait()
    await asyncio.wait([ended], timeout=0.1)

    await site.end(keeper_of(run))

    await ended
    assert child is not None
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await site.watcher.died(child)
