"""What every launcher promises, whatever keeps its runs."""

import asyncio
import json
import os
import pty
import resource
import signal
import stat
import time
import uuid
import zlib
from contextlib import suppress
from subprocess import DEVNULL

import psutil
import pytest
from launch_site import (
    WAITS,
    Site,
    a_run,
    children_of,
    descriptors_of,
    everybodys_arguments_and_environments,
    files_of,
    keeper_of,
    signals_of,
    until,
    until_none_lives,
    worker_of,
)

from jobs.models.run import UNSEEN_EXIT, Exit
from jobs.ports.launcher import LaunchFailed, LiveRun
from jobs.supervisor import process_table
from jobs.supervisor.identity import identify, is_alive

IGNORES_SIGTERM = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"

LEAVES_POLITELY = f"import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5)); {WAITS}"

HAS_CHILDREN = """
import os, signal, sys, time
for deaf in (False, True):
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN if deaf else signal.SIG_DFL)
        print("child", flush=True)
        time.sleep(600)
time.sleep(600)
"""

COUNTS_BIRTHS = "import sys, time; print('born', flush=True); sys.stdin.read(); time.sleep(600)"


async def test_a_started_run_has_a_worker_that_lives(site: Site) -> None:
    launcher = site.launcher()

    run = await launcher.start(a_run())

    assert is_alive(worker_of(run))
    assert await launcher.live() == {run.run_id: run}


async def test_the_worker_reads_its_payload_to_the_end(site: Site) -> None:
    payload = os.urandom(300_000)
    launcher = site.launcher("import sys, zlib; print(zlib.crc32(sys.stdin.buffer.read()))")

    await launcher.start(a_run(payload=payload))

    await site.logged("job1", f"{zlib.crc32(payload)}\n")


async def test_nothing_secret_is_in_arguments_or_environments(site: Site) -> None:
    secret = uuid.uuid4().hex
    launcher = site.launcher(
        environment={**os.environ, "ONEBOT_ACCESS_TOKEN": f"{secret}-token", "LC_TIME": "zh_CN.UTF-8"}
    )

    run = await launcher.start(a_run(payload=f'{{"password": "{secret}"}}'.encode()))
    await site.logged("job1", "working")

    shown = everybodys_arguments_and_environments()
    assert any(run.run_id.encode() in text for text in shown)
    assert not any(secret.encode() in text for text in shown)
    environment = psutil.Process(worker_of(run).pid).environ()
    assert environment["SJA_RUN"] == run.run_id
    assert environment["SJA_HOME"] == str(site.home)
    assert environment["LC_TIME"] == "zh_CN.UTF-8"
    assert "ONEBOT_ACCESS_TOKEN" not in environment


async def test_a_worker_finds_the_package_from_any_directory(site: Site) -> None:
    launcher = site.launcher("import jobs.supervisor.process_table as found; print(found.__file__)")

    await launcher.start(a_run())

    await site.logged("job1", f"{process_table.__file__}\n")


async def test_starting_twice_gives_the_first_run_again(site: Site) -> None:
    launcher = site.launcher(COUNTS_BIRTHS)

    first = await launcher.start(a_run())
    second = await launcher.start(a_run())

    assert second == first


async def test_a_run_that_has_ended_is_not_started_again(site: Site) -> None:
    launcher = site.launcher("print('born')")
    first = await launcher.start(a_run())
    await site.exit_of(first)
    await until_none_lives(launcher)

    again = await site.launcher("print('born')").start(a_run())

    assert again == first
    assert site.log("job1") == "born\n"
    assert len(site.exits.read(0)[0]) == 1


async def test_many_callers_at_once_start_one_worker(site: Site) -> None:
    launchers = [site.launcher(COUNTS_BIRTHS) for _ in range(4)]

    runs = await asyncio.gather(*(launcher.start(a_run()) for launcher in launchers for _ in range(3)))

    assert len({worker_of(run).pid for run in runs}) == 1
    await site.logged("job1", "born\n")
    assert site.log("job1") == "born\n"


async def test_two_bots_at_once_start_one_worker_a_run(site: Site) -> None:
    numbers = ("1", "2", "3", "4")
    with site.bot(*numbers, script=COUNTS_BIRTHS) as one, site.bot(*numbers, script=COUNTS_BIRTHS) as other:
        assert one.stdout is not None
        assert other.stdout is not None
        said = [await asyncio.to_thread(bot.stdout.readline) for _ in numbers for bot in (one, other)]  # type: ignore[union-attr]

    assert said[::2] == said[1::2]
    assert len(set(said)) == len(numbers)
    for number in numbers:
        assert await site.logged(f"job{number}", "born\n") == "born\n"


@pytest.mark.parametrize("code", [0, 1, 70, 75])
async def test_the_exit_code_is_told_as_it_was(site: Site, code: int) -> None:
    before = time.time()

    run = await site.launcher(f"raise SystemExit({code})").start(a_run())

    line = await site.exit_of(run)
    assert line.exit == Exit(code=code)
    assert line.worker == run.worker
    assert before - 1 <= line.at <= time.time() + 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGHUP, signal.SIGINT])
async def test_a_deadly_signal_is_told_by_its_number(site: Site, number: signal.Signals) -> None:
    run = await site.launcher("import os, sys; os.kill(os.getpid(), int(sys.stdin.read()))").start(
        a_run(payload=str(number.value).encode())
    )

    assert (await site.exit_of(run)).exit.signal == number


async def test_a_kill_from_outside_is_seen_by_the_watcher_and_told_in_the_journal(site: Site) -> None:
    run = await site.launcher().start(a_run())

    os.kill(worker_of(run).pid, signal.SIGKILL)

    async with asyncio.timeout(10):
        await site.watcher.died(worker_of(run))
    assert (await site.exit_of(run)).exit == Exit(signal=9)


async def test_when_a_run_has_ended_it_is_written_down_and_no_longer_live(site: Site) -> None:
    launcher = site.launcher("pass")

    run = await launcher.start(a_run())

    async with asyncio.timeout(10):
        assert await launcher.ended(run) in (Exit(code=0), UNSEEN_EXIT)
    assert not is_alive(worker_of(run))
    assert await launcher.live() == {}
    assert [line.run for line in site.exits.read(0)[0]] == [run.run_id]


async def test_stop_lets_a_worker_leave_by_itself(site: Site) -> None:
    launcher = site.launcher(LEAVES_POLITELY)
    run = await launcher.start(a_run())
    await site.logged("job1", "working")

    await launcher.stop(run, grace_seconds=30)

    assert not is_alive(worker_of(run))
    assert (await site.exit_of(run)).exit == Exit(code=5)


async def test_stop_kills_a_worker_that_will_not_leave(site: Site) -> None:
    launcher = site.launcher(IGNORES_SIGTERM)
    run = await launcher.start(a_run())
    await site.logged("job1", "working")

    await launcher.stop(run, grace_seconds=0.2)

    assert (await site.exit_of(run)).exit == Exit(signal=9)


async def test_stop_kills_a_worker_that_is_frozen(site: Site) -> None:
    launcher = site.launcher(LEAVES_POLITELY)
    run = await launcher.start(a_run())
    await site.logged("job1", "working")
    os.kill(worker_of(run).pid, signal.SIGSTOP)

    await launcher.stop(run, grace_seconds=0.2)

    assert (await site.exit_of(run)).exit == Exit(signal=9)


async def test_stop_does_not_hold_up_the_loop(site: Site) -> None:
    launcher = site.launcher(IGNORES_SIGTERM)
    run = await launcher.start(a_run())
    await site.logged("job1", "working")
    ticks = 0

    stopping = asyncio.create_task(launcher.stop(run, grace_seconds=0.5))
    while not stopping.done():
        ticks += 1
        await asyncio.sleep(0)

    assert ticks > 100


async def test_stopping_what_has_ended_is_no_error(site: Site) -> None:
    launcher = site.launcher("pass")
    run = await launcher.start(a_run())
    await site.exit_of(run)

    await launcher.stop(run, grace_seconds=30)
    await launcher.stop(LiveRun(run_id=a_run(2).run_id, worker=None, keeper=None), grace_seconds=30)


async def test_stopping_twice_at_once_ends_the_run_once(site: Site) -> None:
    launcher = site.launcher(LEAVES_POLITELY)
    run = await launcher.start(a_run())
    await site.logged("job1", "working")

    await asyncio.gather(launcher.stop(run, grace_seconds=5), launcher.stop(run, grace_seconds=5))

    assert len(site.exits.read(0)[0]) <= 1
    assert (await site.exit_of(run)).exit == Exit(code=5)


async def test_stop_never_signals_a_stranger_who_was_given_the_pid(site: Site) -> None:
    launcher = site.launcher()
    run = await launcher.start(a_run())
    earlier = LiveRun(
        run_id=run.run_id,
        worker=type(worker_of(run))(
            boot_id=worker_of(run).boot_id, pid=worker_of(run).pid, start=worker_of(run).start - 1
        ),
        keeper=None,
    )

    await launcher.stop(earlier, grace_seconds=0)

    assert is_alive(worker_of(run))


async def test_the_children_of_a_worker_end_with_it(site: Site) -> None:
    launcher = site.launcher(HAS_CHILDREN)
    run = await launcher.start(a_run())
    await until(lambda: site.log("job1").count("child") == 2)
    children = children_of(worker_of(run))
    assert len(children) == 2

    await launcher.stop(run, grace_seconds=5)

    await until(lambda: not any(is_alive(child) for child in children))


async def test_children_are_not_left_behind_when_the_worker_is_killed(site: Site) -> None:
    run = await site.launcher(HAS_CHILDREN).start(a_run())
    await until(lambda: site.log("job1").count("child") == 2)
    children = children_of(worker_of(run))

    os.kill(worker_of(run).pid, signal.SIGKILL)

    await until(lambda: not any(is_alive(child) for child in children))


async def test_runs_outlive_a_killed_bot_and_are_adopted_by_the_next(site: Site) -> None:
    with site.bot("1", "2") as bot:
        assert bot.stdout is not None
        pids = [int(await asyncio.to_thread(bot.stdout.readline)) for _ in range(2)]
        bot.send_signal(signal.SIGKILL)
        bot.wait()

    successor = site.launcher()
    adopted = await successor.live()

    assert sorted(worker_of(run).pid for run in adopted.values()) == sorted(pids)
    assert (await successor.start(a_run(1))) == adopted[a_run(1).run_id]
    assert len([process for process in site.processes() if process.pid in pids]) == 2
    os.kill(pids[0], signal.SIGKILL)
    async with asyncio.timeout(10):
        await site.watcher.died(worker_of(adopted[a_run(1).run_id]))
    assert (await site.exit_of(adopted[a_run(1).run_id])).exit == Exit(signal=9)
    await successor.stop(adopted[a_run(2).run_id], grace_seconds=5)
    assert (await site.exit_of(adopted[a_run(2).run_id])).exit == Exit(signal=15)


async def test_ctrl_c_in_the_bots_terminal_does_not_reach_its_runs(site: Site) -> None:
    terminal, line = pty.openpty()
    try:
        with site.bot("1", preexec_fn=lambda: os.login_tty(os.dup(line)), stderr=DEVNULL) as bot:
            await site.logged("job1", "working")
            os.write(terminal, b"\x03")
            await asyncio.to_thread(bot.wait)
    finally:
        os.close(terminal)
        os.close(line)

    (run,) = (await site.launcher().live()).values()
    assert is_alive(worker_of(run))
    assert is_alive(keeper_of(run))


async def test_no_zombies_are_left_in_the_bot(site: Site) -> None:
    launcher = site.launcher("pass")

    runs = await asyncio.gather(*(launcher.start(a_run(number)) for number in range(5)))

    for run in runs:
        await site.exit_of(run)
    await until(lambda: not any(child.status() == psutil.STATUS_ZOMBIE for child in psutil.Process().children()))


async def test_log_and_journal_are_for_their_owner_alone(site: Site) -> None:
    run = await site.launcher("import sys; print('out'); print('err', file=sys.stderr)").start(a_run())
    await site.exit_of(run)

    assert sorted(site.log("job1").split()) == ["err", "out"]
    for path in (site.home / "jobs" / "job1.log", site.home / "exits.log"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for path in (site.home, site.home / "jobs", site.home / "run"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


async def test_runs_of_one_job_write_to_one_log(site: Site) -> None:
    launcher = site.launcher("import os; print(os.environ['SJA_RUN'][-1])")
    for number in (1, 2):
        spec = a_run(number)
        run = await launcher.start(
            type(spec)(run_id=spec.run_id, job_id=a_run(1).job_id, epoch=spec.epoch, payload=b"")
        )
        await site.exit_of(run)

    assert site.log("job1") == "1\n2\n"


async def test_a_forgotten_run_leaves_nothing_to_find(site: Site) -> None:
    launcher = site.launcher("pass")
    run = await launcher.start(a_run())
    await site.exit_of(run)
    await until_none_lives(launcher)

    launcher.forget(run.run_id)
    launcher.forget(run.run_id)

    assert [path for path in (site.home / "run").iterdir() if path.name.startswith(run.run_id)] == []


async def test_a_worker_inherits_no_descriptor_of_the_bot(site: Site) -> None:
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    try:
        run = await site.launcher().start(a_run())
        await site.logged("job1", "working")
        assert descriptors_of(worker_of(run)) == [0, 1, 2]
        assert not any(str(os.fstat(write_end).st_ino) in file for file in files_of(keeper_of(run)))
    finally:
        os.close(read_end)
        os.close(write_end)


async def test_a_worker_starts_with_ordinary_signals_in_a_session_of_its_own(site: Site) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        run = await site.launcher().start(a_run())
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])

    await site.logged("job1", "working")
    signals = signals_of(worker_of(run))
    assert signals["SigBlk"] == 0
    # Python itself ignores SIGPIPE and SIGXFSZ.
    assert {n for n in range(1, 32) if signals["SigIgn"] >> (n - 1) & 1} <= {signal.SIGPIPE, signal.SIGXFSZ}
    assert os.getsid(worker_of(run).pid) == worker_of(run).pid


@pytest.mark.parametrize("bad", ["../up", "a/b", "", ".", "x" * 65])
async def test_an_id_that_is_no_file_name_is_refused(site: Site, bad: str) -> None:
    spec = a_run()

    with pytest.raises(ValueError, match="not an id"):
        await site.launcher().start(type(spec)(run_id=bad, job_id=spec.job_id, epoch=spec.epoch, payload=b""))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not an id"):
        await site.launcher().start(type(spec)(run_id=spec.run_id, job_id=bad, epoch=spec.epoch, payload=b""))  # type: ignore[arg-type]


async def test_the_journal_is_one_json_document_a_line(site: Site) -> None:
    run = await site.launcher("pass").start(a_run())
    await site.exit_of(run)

    (line,) = (site.home / "exits.log").read_text().splitlines()
    assert json.loads(line).keys() == {"run", "worker", "exit", "at"}


async def test_a_run_outlives_its_keeper_and_is_still_found_and_stopped(site: Site) -> None:
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


async def test_children_end_with_a_stopped_worker_whose_keeper_is_gone(site: Site) -> None:
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
async def test_a_keeper_is_not_moved_by_signals_meant_for_bots(site: Site, number: signal.Signals) -> None:
    run = await site.launcher().start(a_run())

    os.kill(keeper_of(run).pid, number)
    os.kill(worker_of(run).pid, signal.SIGKILL)

    assert (await site.exit_of(run)).exit == Exit(signal=9)


async def test_a_keeper_belongs_to_no_terminal_of_the_bot(site: Site) -> None:
    run = await site.launcher().start(a_run())

    assert os.getsid(keeper_of(run).pid) == keeper_of(run).pid


async def test_a_worker_is_on_record_before_it_has_anything_to_do(site: Site) -> None:
    launcher = site.launcher(
        "import json, os, sys; sys.stdin.read(); path = f\"run/{os.environ['SJA_RUN']}.json\"\n"
        "print(json.load(open(path))['worker']['pid'] == os.getpid())"
    )

    await launcher.start(a_run())

    assert await site.logged("job1", "\n") == "True\n"


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
    (runs / "loop.json").symlink_to("loop.json")
    (runs / "nested.json").write_bytes(b'{"run":' + b"[" * 50_000)
    os.mkfifo(runs / "pipe.json")

    assert await launcher.live() == {run.run_id: run}
    await launcher.stop(run, grace_seconds=5)
    await site.exit_of(run)
    launcher.forget(run.run_id)
    await until_none_lives(launcher)


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


async def test_a_run_whose_keeper_died_before_naming_a_worker_is_started_once_more(site: Site) -> None:
    first = site.launcher()
    dead = {"boot_id": "another boot", "pid": 1, "start": 1}
    claim = {"run": a_run().run_id, "job": "job1", "epoch": 1, "keeper": dead, "worker": None, "ended": False}
    (site.home / "run" / f"{a_run().run_id}.json").write_text(json.dumps(claim))

    runs = await asyncio.gather(*(launcher.start(a_run()) for launcher in (first, site.launcher(), site.launcher())))

    assert len({worker_of(run).pid for run in runs}) == 1
    assert is_alive(worker_of(runs[0]))
    assert len(site.marked(a_run().run_id)) == 1


async def test_the_exit_is_told_although_the_keeper_was_killed(site: Site) -> None:
    launcher = site.launcher(LEAVES_POLITELY)
    run = await launcher.start(a_run())
    await site.logged("job1", "working")
    ending = asyncio.create_task(launcher.ended(run))
    await asyncio.sleep(0)
    await site.end(keeper_of(run))

    os.kill(worker_of(run).pid, signal.SIGTERM)

    async with asyncio.timeout(10):
        seen = await ending
    told = [line.exit for line in site.exits.read(0)[0]] or [seen]
    assert told == [Exit(code=5)] or (told == [UNSEEN_EXIT] and not site.can_tell_orphans_exits)


async def test_a_run_whose_bot_and_keeper_were_killed_is_found_and_ended_by_the_next(site: Site) -> None:
    with site.bot("1") as bot:
        assert bot.stdout is not None
        await asyncio.to_thread(bot.stdout.readline)
        run = (await site.launcher().live())[a_run().run_id]
        bot.kill()
        await site.end(keeper_of(run))

    successor = site.launcher()

    assert await successor.live() == {run.run_id: run}
    assert await successor.start(a_run()) == run
    other = await successor.start(a_run(2))
    assert is_alive(worker_of(other))
    await successor.stop(run, grace_seconds=5)
    await successor.ended(run)
    assert await successor.live() == {other.run_id: other}


async def test_whoever_waits_for_an_end_hears_of_it_however_it_came(site: Site) -> None:
    launcher, beside = site.launcher(), site.launcher()
    run = await launcher.start(a_run())
    (adopted,) = (await beside.live()).values()
    ending = [asyncio.create_task(one.ended(run)) for one in (launcher, launcher, beside)]
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in ending)

    os.kill(worker_of(adopted).pid, signal.SIGKILL)

    async with asyncio.timeout(10):
        seen = [await task for task in ending]
        late = await beside.ended(adopted)
    assert {*seen, late} <= {Exit(signal=9), UNSEEN_EXIT}
    assert [line.exit for line in site.exits.read(0)[0]] == [Exit(signal=9)]


async def test_a_worker_that_closes_its_descriptors_is_kept_like_any_other(site: Site) -> None:
    launcher = site.launcher("import os, sys, time; sys.stdin.read(); os.closerange(0, 256); time.sleep(600)")
    run = await launcher.start(a_run())
    await until(lambda: not descriptors_of(worker_of(run)))

    assert await launcher.live() == {run.run_id: run}
    await launcher.stop(run, grace_seconds=5)

    assert (await site.exit_of(run)).exit == Exit(signal=15)


async def test_a_bot_without_a_descriptor_to_spare_loses_no_run(site: Site) -> None:
    launcher = site.launcher(LEAVES_POLITELY)
    run = await launcher.start(a_run())
    await site.logged("job1", "working")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        ending = asyncio.create_task(launcher.ended(run))
        with pytest.raises(LaunchFailed):
            await launcher.start(a_run(2))
        os.kill(worker_of(run).pid, signal.SIGTERM)
        await asyncio.sleep(0.2)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    async with asyncio.timeout(10):
        assert await ending in (Exit(code=5), UNSEEN_EXIT)
    assert (await site.exit_of(run)).exit == Exit(code=5)
    assert is_alive(worker_of(await launcher.start(a_run(2))))
