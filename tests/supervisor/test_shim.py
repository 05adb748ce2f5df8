"""What is the portable launcher's own: a shim per run, and all that can befall it."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil
import pytest
from launch_site import WAITS, Site, a_run, keeper_of, until, worker_of

from jobs.models.run import Exit
from jobs.ports.launcher import LaunchFailed
from jobs.supervisor.identity import identify, is_alive
from jobs.supervisor.portable import ShimSpec


async def test_a_run_outlives_its_shim_and_is_still_found_and_stopped(site: Site) -> None:
    launcher = site.launcher()
    run = await launcher.start(a_run())
    await site.logged("job1", "working")

    os.kill(keeper_of(run).pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        await site.watcher.died(keeper_of(run))

    assert is_alive(worker_of(run))
    assert await launcher.live() == {run.run_id: run}
    assert await launcher.start(a_run()) == run
    await launcher.stop(run, grace_seconds=5)
    assert not is_alive(worker_of(run))
    assert await launcher.live() == {}
    assert site.exits.read(0) == ([], 0)


async def test_children_end_with_a_stopped_worker_whose_shim_is_gone(site: Site) -> None:
    launcher = site.launcher(
        "import os, signal, sys, time\n"
        "if os.fork() == 0: signal.signal(signal.SIGTERM, signal.SIG_IGN); print('child', os.getpid(), flush=True)\n"
        "time.sleep(600)"
    )
    run = await launcher.start(a_run())
    log = await site.logged("job1", "\n")
    child = identify(int(log.split()[1]))
    assert child is not None
    os.kill(keeper_of(run).pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        await site.watcher.died(keeper_of(run))

    await launcher.stop(run, grace_seconds=5)

    await until(lambda: not is_alive(child))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
async def test_a_shim_is_not_moved_by_signals_meant_for_bots(site: Site, number: signal.Signals) -> None:
    run = await site.launcher().start(a_run())

    os.kill(keeper_of(run).pid, number)
    os.kill(worker_of(run).pid, signal.SIGKILL)

    assert (await site.exit_of(run)).exit == Exit(signal=9)


async def test_a_shim_belongs_to_no_terminal_of_the_bot(site: Site) -> None:
    run = await site.launcher().start(a_run())

    assert os.getsid(keeper_of(run).pid) == keeper_of(run).pid


async def test_a_worker_is_on_record_before_it_has_anything_to_do(site: Site) -> None:
    launcher = site.launcher(
        "import json, os, sys; sys.stdin.read(); path = f\"run/{os.environ['SJA_RUN']}.json\"\n"
        "print(json.load(open(path))['worker']['pid'] == os.getpid())"
    )

    await launcher.start(a_run())

    assert await site.logged("job1", "\n") == "True\n"


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


async def test_a_run_whose_shim_died_before_naming_a_worker_is_started_once_more(site: Site) -> None:
    first = site.launcher()
    dead = {"boot_id": "another boot", "pid": 1, "start": 1}
    claim = {"run": a_run().run_id, "job": "job1", "epoch": 1, "keeper": dead, "worker": None, "ended": False}
    (site.home / "run" / f"{a_run().run_id}.json").write_text(json.dumps(claim))

    runs = await asyncio.gather(*(launcher.start(a_run()) for launcher in (first, site.launcher(), site.launcher())))

    assert len({worker_of(run).pid for run in runs}) == 1
    assert is_alive(worker_of(runs[0]))
    assert len([p for p in site.processes() if "jobs.supervisor.shim" in p.cmdline()]) == 1


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


async def test_files_that_are_no_runs_are_passed_over(site: Site) -> None:
    launcher = site.launcher()
    run = await launcher.start(a_run())
    own = (site.home / "run" / f"{run.run_id}.json").read_bytes()
    runs = site.home / "run"
    (runs / "empty.json").touch()
    (runs / "torn.json").write_bytes(own[: len(own) // 2])
    (runs / "foreign.json").write_text('{"hello": [1, 2]}')
    (runs / "binary.json").write_bytes(bytes(range(256)))
    (runs / "renamed.json").write_bytes(own)
    (runs / "directory.json").mkdir()

    assert await launcher.live() == {run.run_id: run}
    launcher.forget(run.run_id)
    assert await launcher.live() == {}


async def test_the_exit_line_waits_for_a_disk_that_is_full(site: Site) -> None:
    launcher = site.launcher("print('done'); raise SystemExit(3)")
    journal = site.home / "exits.log"
    journal.symlink_to("/dev/full")

    run = await launcher.start(a_run())
    await site.watcher.died(worker_of(run))
    await until(lambda: not psutil.pid_exists(worker_of(run).pid))
    assert is_alive(keeper_of(run))
    journal.unlink()

    assert (await site.exit_of(run)).exit == Exit(code=3)


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


async def test_a_cancelled_start_is_not_lost(site: Site) -> None:
    launcher = site.launcher("import sys, time; print('born', flush=True); sys.stdin.read(); time.sleep(600)")
    starting = asyncio.create_task(launcher.start(a_run()))
    await asyncio.sleep(0)
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting

    run = await launcher.start(a_run())

    assert is_alive(worker_of(run))
    await site.logged("job1", "born\n")
    assert site.log("job1") == "born\n"


async def test_a_worker_that_reads_nothing_is_still_waited_for(site: Site) -> None:
    launcher = site.launcher("import os; os.close(0); raise SystemExit(4)")

    run = await launcher.start(a_run(payload=b"x" * 1_000_000))

    assert (await site.exit_of(run)).exit == Exit(code=4)


async def test_shims_carry_none_of_the_bots_weight(site: Site) -> None:
    run = await site.launcher(WAITS).start(a_run())
    await site.logged("job1", "working")

    loaded = " ".join(region.path for region in psutil.Process(keeper_of(run).pid).memory_maps())

    assert "site-packages" not in loaded
    if sys.platform == "linux":
        assert psutil.Process(keeper_of(run).pid).memory_info().rss < 20 * 2**20
