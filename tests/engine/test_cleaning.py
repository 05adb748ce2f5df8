"""Cleaning: who is ended and who is not, what is deleted and what stays. Real processes, real signals."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest
from engine_site import GROUP, MING, House, speaking, until

from jobs.app.sweeping import forget_logs, next_sweep_at
from jobs.clock import SystemClock
from jobs.logs import FileLogs
from jobs.models.ids import JobId
from jobs.models.job import Status
from jobs.models.people import OPERATOR, Role
from jobs.store.opening import open_beside
from jobs.supervisor.job_lock import hold_job_lock
from jobs.supervisor.orphans import Orphans
from jobs.supervisor.watch import best_watcher

NO_RUN = "f" * 32
SLEEP = "import time; print(1, flush=True); time.sleep(600)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP
TWICE_FORKED = (
    "import os, time\n"
    "if os.fork(): os._exit(0)\n"
    "os.setsid()\n"
    "if os.fork(): os._exit(0)\n"
    "print(os.getpid(), flush=True); time.sleep(600)"
)
HOLDER = (
    "import fcntl, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX); "
    "print(1, flush=True); time.sleep(600)"
)


class Crowd:
    """Processes made by hand; all are gone afterwards."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[str]] = []
        self._pids: list[int] = []

    def start(self, code: str, *words: str, **marks: str) -> int:
        """A process that has begun its work; the pid it says, where it says one, else its own."""
        bare = {name: value for name, value in os.environ.items() if not name.startswith("SJA_")}
        command = [sys.executable, "-c", code, *words]
        process = subprocess.Popen(command, env=bare | marks, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert process.stdout is not None
        said = int(process.stdout.readline())
        self._started.append(process)
        self._pids.append(process.pid if said == 1 else said)
        return self._pids[-1]

    def alive(self) -> list[int]:
        return [pid for pid in self._pids if is_running(pid)]

    def end(self) -> None:
        for pid in self.alive():
            os.kill(pid, signal.SIGKILL)
        for process in self._started:
            process.wait()


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def meta(house: House, key: str) -> str:
    with closing(open_beside(house.home, SystemClock())) as store:
        return store.meta(key) or ""


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    crowd = Crowd()
    try:
        yield crowd
    finally:
        crowd.end()


async def test_only_orphans_of_this_home_are_ended(house: House, crowd: Crowd, tmp_path: Path) -> None:
    bot = await house.open(sja_stop_grace_seconds=0.5)
    job = house.monitor(bot)
    await bot.engine.settled(job.id, 10)
    run = bot.board.detail(job).run
    assert run is not None
    (tmp_path / "link").symlink_to(house.home)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    here = str(house.home)
    orphans = {
        crowd.start(SLEEP, SJA_HOME=here, SJA_RUN=NO_RUN),
        crowd.start(DEAF, SJA_HOME=here, SJA_RUN=NO_RUN),
        crowd.start(TWICE_FORKED, SJA_HOME=str(tmp_path / "link"), SJA_RUN=NO_RUN),
    }
    strangers = [
        crowd.start(SLEEP, SJA_HOME=str(tmp_path / "elsewhere"), SJA_RUN=NO_RUN),
        crowd.start(SLEEP, SJA_HOME=here),
        crowd.start(SLEEP, SJA_RUN=NO_RUN),
        crowd.start(SLEEP, SJA_HOME="home", SJA_RUN=NO_RUN),
        crowd.start(SLEEP, SJA_HOME=str(tmp_path / "loop"), SJA_RUN=NO_RUN),
        crowd.start(SLEEP, SJA_HOME=here, SJA_RUN="0" * 32),
        crowd.start(SLEEP, SJA_HOME=here, SJA_RUN=run.id),
    ]
    cleaned = await bot.engine.clean(OPERATOR)
    assert {orphan.pid for orphan in cleaned.orphans} == orphans
    assert crowd.alive() == strangers
    assert bot.board.find(MING, job.id).status is Status.RUNNING
    assert house.workers() == [house.pid(bot, job)]
    assert (await bot.engine.clean(OPERATOR)).orphans == ()


async def test_a_process_whose_run_cannot_be_read_is_spared(house: House, crowd: Crowd) -> None:
    bot = await house.open()
    job = house.monitor(bot, start=False)
    bot.engine.start(MING, job.id)
    run = bot.board.detail(job).run
    assert run is not None
    await bot.engine.settled(job.id, 10)
    await house.close()
    house.end_everything()
    works = crowd.start(SLEEP, SJA_HOME=str(house.home), SJA_RUN=run.id)
    holds = crowd.start(HOLDER, str(house.home / "lock" / job.id))
    orphan = crowd.start(SLEEP, SJA_HOME=str(house.home), SJA_RUN=NO_RUN)
    with closing(open_beside(house.home, SystemClock())) as store:
        with closing(sqlite3.connect(store.path)) as damage, damage:
            damage.execute("UPDATE runs SET worker = '{'")
        assert store.runs.get(run.id) is None
        orphans = Orphans(home=house.home, store=store, watcher=best_watcher(), grace_seconds=lambda: 0.5)
        assert [ended.pid for ended in await orphans.end()] == [orphan]
    assert crowd.alive() == [works, holds]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who holds a lock")
async def test_whoever_holds_the_lock_of_a_job_without_a_run_is_ended(house: House, crowd: Crowd) -> None:
    bot = await house.open(sja_stop_grace_seconds=0.5)
    runs, idle = house.monitor(bot, "有运行"), house.monitor(bot, "没有运行", start=False)
    await bot.engine.settled(runs.id, 10)
    await until((house.home / "lock" / runs.id).exists, "the run takes its lock")
    holder = crowd.start(HOLDER, str(house.home / "lock" / idle.id))
    stranger = crowd.start(HOLDER, str(house.home / "lock" / "ab"), SJA_HOME="/elsewhere")
    cleaned = await bot.engine.clean(OPERATOR)
    assert [(orphan.pid, orphan.job_id) for orphan in cleaned.orphans] == [(holder, idle.id)]
    assert crowd.alive() == [stranger]
    assert (house.home / "lock" / "ab").exists()


async def test_what_a_dead_run_left_behind_in_another_session_is_ended(house: House, crowd: Crowd) -> None:
    bot = await house.open(sja_stop_grace_seconds=0.5)
    job = house.monitor(bot)
    await bot.engine.settled(job.id, 10)
    run = bot.board.detail(job).run
    assert run is not None
    left = crowd.start(TWICE_FORKED, SJA_HOME=str(house.home), SJA_RUN=run.id)
    assert (await bot.engine.clean(OPERATOR)).orphans == ()
    bot.engine.stop(MING, job.id)
    await bot.engine.settled(job.id, 10)
    assert [orphan.pid for orphan in (await bot.engine.clean(MING)).orphans] == [left]
    assert crowd.alive() == []


async def test_a_member_deletes_only_what_is_theirs(house: House) -> None:
    bot = await house.open()
    mine, others = house.monitor(bot, "我的"), house.monitor(bot, "别人的", actor=speaking("20002"))
    log = house.home / "jobs" / f"{mine.id}.log"
    await until(lambda: log.exists() and log.stat().st_size, "the run writes its log")
    for job in (mine, others):
        bot.engine.stop(speaking("90001", GROUP, Role.SUPERUSER), job.id)
        await bot.engine.settled(job.id, 10)
    size = log.stat().st_size
    cleaned = await bot.engine.clean(MING, days=0)
    assert [job.id for job in cleaned.deleted] == [mine.id]
    assert cleaned.freed_bytes >= size
    assert not log.exists()
    assert bot.board.find(OPERATOR, others.id).status is Status.STOPPED
    assert [job.id for job in (await bot.engine.clean(OPERATOR, days=0)).deleted] == [others.id]


async def test_more_old_jobs_than_a_page_are_all_deleted(house: House) -> None:
    bot = await house.open(sja_max_jobs_per_user=1000)
    for number in range(230):
        job = house.monitor(bot, f"监控{number}", start=False, actor=speaking("20002" if number % 3 else "20001"))
        bot.engine.stop(OPERATOR, job.id)
    assert len((await bot.engine.clean(MING, days=0)).deleted) == 77
    assert len((await bot.engine.clean(OPERATOR, days=0)).deleted) == 153
    assert bot.board.page(OPERATOR).total == 0


async def test_locks_of_jobs_that_are_gone_are_removed_unless_held(house: House) -> None:
    bot = await house.open()
    kept = house.monitor(bot)
    await bot.engine.settled(kept.id, 10)
    lock = house.home / "lock"
    await until((lock / kept.id).exists, "the run takes its lock")
    (lock / "abandoned").touch()
    with hold_job_lock(house.home, JobId("held")) or pytest.fail("the lock is free"):
        pruned = (await bot.engine.clean(OPERATOR)).pruned
        assert pruned.files == 1
        assert sorted(path.name for path in lock.iterdir()) == sorted([kept.id, "held"])


async def test_notes_of_runs_that_are_over_and_drafts_of_yesterday_are_removed(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await bot.engine.settled(job.id, 10)
    before = {path.name for path in (house.home / "run").glob("*.json")}
    dead = '{"boot_id":"x","pid":1,"start":1}'
    note = f'{{"run":"{NO_RUN}","job":"ab","epoch":1,"keeper":{dead},"worker":{dead}}}'
    (house.home / "run" / f"{NO_RUN}.json").write_text(note)
    yesterday = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    for name in ("jobs/.jobs.json.1-2.partial", "backups/.jobs-20200101-040000.db.partial", "run/ab.json.77"):
        (house.home / name).touch()
        os.utime(house.home / name, (yesterday, yesterday))
    (house.home / "jobs/.jobs.db.partial").touch()
    assert (await bot.engine.clean(OPERATOR)).pruned.files == 4
    assert {path.name for path in (house.home / "run").glob("*.json")} == before
    assert (house.home / "jobs/.jobs.db.partial").exists()


async def test_logs_of_deleted_jobs_that_a_kill_left_behind_are_removed_and_no_others(house: House) -> None:
    bot = await house.open()
    kept, gone = house.monitor(bot, start=False), house.monitor(bot, start=False)
    bot.engine.delete(MING, gone.id)
    await bot.engine.settled(gone.id, 10)
    await asyncio.sleep(0)  # The chore that forgets logs has its first look now, and the next in a minute.
    _age_deletions(house.home)
    logs = house.home / "jobs"
    left = {f"{gone.id}.log", f"{gone.id}.log.000002", f"{gone.id}.log.000001.gz", f"{gone.id}.log.1"}
    others = {f"{kept.id}.log", f"{kept.id}.log.000001.gz", "of-a-later-backup.log", f"{gone.id}.logs", "a b.log"}
    for name in left | others:
        (logs / name).write_text("a line\n")
    pruned = (await bot.engine.clean(OPERATOR)).pruned
    assert pruned.files == len(left)
    assert pruned.freed_bytes == 7 * len(left)
    assert {path.name for path in logs.iterdir()} & (left | others) == others


def _age_deletions(home: Path) -> None:
    """So long ago that nobody can take them back."""
    with closing(sqlite3.connect(home / "jobs/jobs.db")) as database, database:
        database.execute("UPDATE jobs SET deleted_at = deleted_at - 601000000 WHERE deleted_at IS NOT NULL")


async def test_the_log_of_a_job_deleted_just_now_survives_a_cleaning(house: House) -> None:
    bot = await house.open()
    gone = house.monitor(bot, start=False)
    log = house.home / f"jobs/{gone.id}.log"
    log.write_text("a line\n")
    bot.engine.delete(MING, gone.id)
    await bot.engine.clean(OPERATOR)
    assert log.exists()
    _age_deletions(house.home)
    with closing(open_beside(house.home, SystemClock())) as store:
        forgetting = asyncio.create_task(
            forget_logs(store, FileLogs(house.home / "jobs", "Asia/Shanghai"), SystemClock())()
        )
        await until(lambda: not log.exists(), "nobody can regret it any more")
        forgetting.cancel()


def test_the_sweep_is_due_at_four_in_the_morning_and_after_a_day_at_the_latest() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    at = datetime(2026, 11, 22, 3, 59, tzinfo=zone)
    assert next_sweep_at(at, zone) == at + timedelta(minutes=1)
    assert next_sweep_at(at + timedelta(minutes=1), zone) == at + timedelta(days=1, minutes=1)
    assert next_sweep_at(at + timedelta(minutes=2), zone) == at + timedelta(days=1, minutes=1)
    autumn = datetime(2026, 10, 25, 0, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    for hours in range(72):
        last = autumn.astimezone(UTC) + timedelta(hours=hours)
        assert timedelta(0) < next_sweep_at(last, ZoneInfo("Europe/Berlin")) - last <= timedelta(days=1)


async def test_a_sweep_that_was_missed_is_made_up_for_once_and_told_when_it_ended_something(
    house: House, crowd: Crowd
) -> None:
    await house.open()
    await until(lambda: meta(house, "swept.at"), "the first sweep is planned")
    await house.close()
    orphan = crowd.start(SLEEP, SJA_HOME=str(house.home), SJA_RUN=NO_RUN)
    with closing(open_beside(house.home, SystemClock())) as store:
        store.set_meta("swept.at", (datetime.now(UTC) - timedelta(days=2)).isoformat())
    began = datetime.now(UTC)
    for _ in range(2):
        await house.open(sja_stop_grace_seconds=0.5)
        await until(lambda: house.audience.administrators_heard, "it is told")
        await until(lambda: datetime.fromisoformat(meta(house, "swept.at")) > began, "it is noted")
        await house.close()
    ((topic, told),) = house.audience.administrators_heard
    assert topic == "sweep"
    assert f"结束 1 个没有主人的进程（{orphan}）" in told
    assert crowd.alive() == []
