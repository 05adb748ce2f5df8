"""What is the portable launcher's own: a shim per run, and all that can befall it."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil
import pytest
from launch_site import WAITS, Site, a_run, keeper_of, until, worker_of

from jobs.models.run import Exit
from jobs.ports.launcher import LaunchFailed
from jobs.supervisor.identity import is_alive
from jobs.supervisor.portable import PortableLauncher, ShimSpec


@pytest.fixture(params=["portable+pidfd", "portable+polling"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "家 home", request.param)
    yield site
    site.sweep()


async def test_however_early_shims_are_killed_at_most_one_worker_gets_the_work(site: Site) -> None:
    launcher = site.launcher("import sys, time\nif sys.stdin.read(): print('work', flush=True); time.sleep(600)")
    chance = random.Random(7)
    for number in range(8):
        spec = a_run(number)
        starting = asyncio.create_task(launcher.start(spec))
        await asyncio.sleep(chance.uniform(0, 0.04))
        for process in site.processes():
            with suppress(psutil.Error):
                if "jobs.supervisor.shim" in process.cmdline():
                    process.kill()
        with suppress(LaunchFailed):
            await starting

        run = await launcher.start(spec)

        await until(lambda run=run, number=number: "work" in site.log(f"job{number}") or not is_alive(worker_of(run)))
        assert site.log(f"job{number}").count("work") <= 1
    assert len(await launcher.live()) >= 1


@pytest.mark.parametrize("launcher_lives", [True, False])
def test_a_shim_that_comes_too_late_for_its_launcher_starts_nothing(tmp_path: Path, launcher_lives: bool) -> None:
    for name in ("run", "jobs"):
        (tmp_path / name).mkdir()
    spec = ShimSpec(
        run=a_run().run_id,
        job=a_run().job_id,
        epoch=a_run().epoch,
        launcher=os.getpid() if launcher_lives else os.getppid(),
        home=str(tmp_path),
        argv=[sys.executable, "-c", ""],
        environment={},
        payload=b"",
    )

    subprocess.run([sys.executable, "-m", "jobs.supervisor.shim"], input=msgspec.json.encode(spec), check=True)

    assert (tmp_path / "exits.log").exists() == launcher_lives
    assert len(list((tmp_path / "run").iterdir())) == launcher_lives


async def test_a_shim_gives_up_when_its_home_is_gone(site: Site) -> None:
    run = await site.launcher().start(a_run())
    moved = site.home.with_name("moved")
    site.home.rename(moved)

    os.kill(worker_of(run).pid, signal.SIGKILL)

    async with asyncio.timeout(10):
        await site.watcher.died(keeper_of(run))
    assert not site.home.exists()
    moved.rename(site.home)


async def test_a_log_that_cannot_be_opened_fails_the_run_not_the_bot(site: Site) -> None:
    launcher = site.launcher()
    (site.home / "jobs" / "job1.log").mkdir()

    run = await launcher.start(a_run())

    assert run.worker is None
    assert (await site.exit_of(run)).exit == Exit(code=127)


async def test_a_shim_that_cannot_claim_its_run_says_why(site: Site) -> None:
    launcher = site.launcher()
    (site.home / "run").rmdir()

    with pytest.raises(LaunchFailed, match="No such file or directory") as raised:
        await launcher.start(a_run())

    assert "Traceback" not in raised.value.sentence


async def test_shims_carry_none_of_the_bots_weight(site: Site) -> None:
    run = await site.launcher(WAITS).start(a_run())
    await site.logged("job1", "working")

    loaded = " ".join(region.path for region in psutil.Process(keeper_of(run).pid).memory_maps())

    assert "site-packages" not in loaded
    if sys.platform == "linux":
        assert psutil.Process(keeper_of(run).pid).memory_info().rss < 20 * 2**20


async def test_a_worker_that_cannot_be_started_is_told_in_the_journal_and_the_log(site: Site) -> None:
    launcher = PortableLauncher(site.home, ["/nowhere/at-all"], os.environ, site.watcher)

    run = await launcher.start(a_run())

    assert run.worker is None
    (line,) = site.exits.read(0)[0]
    assert (line.run, line.worker, line.exit) == (run.run_id, None, Exit(code=127))
    assert "执行进程无法启动" in site.log("job1")
    again = await launcher.start(a_run())
    assert again.worker is None
    assert len(site.exits.read(0)[0]) == 1
