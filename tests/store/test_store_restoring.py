"""Restoring: checked first, all or nothing whatever kills it, and nothing that was there is lost."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from store_examples import AT, ToldClock, a_job, a_run

from jobs.models.change import Change, Event, Fence
from jobs.models.errors import Refusal
from jobs.models.job import Status
from jobs.models.run import Run, RunStatus
from jobs.ports.store import Fenced, Progress, StoreUnavailable
from jobs.store.backups import back_up_by_hand, backup, newest_first
from jobs.store.mirror import write_mirror
from jobs.store.opening import open_beside, open_store
from jobs.store.restoring import find_backup, list_backups, restore
from jobs.store.schema import STEPS

LATER = AT + timedelta(hours=1)
RESTORE = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from store_examples import AT
from jobs.store.restoring import restore
print("begun", flush=True)
restore(Path({home!r}), Path({backup!r}), AT)
"""


def names(home: Path, clock: ToldClock) -> list[str]:
    with closing(open_beside(home, clock)) as store:
        return [job.name for job in store.jobs.select()]


def a_home(home: Path, clock: ToldClock, many: int = 1) -> Path:
    """A home whose backup knows `许多`…, and whose store has deleted those and knows `后来` instead."""
    with closing(open_store(home, clock).store) as store:
        early = [a_job(name="许多") for _ in range(many)]
        store.apply(Change(jobs=tuple(early)))
        path = backup(store, home, AT)
        gone = [store.jobs.get(job.id) or job for job in early]
        store.apply(Change(jobs=tuple(replace(job, deleted_at=AT) for job in gone)))
        store.apply(Change(jobs=tuple(a_job(name="后来") for _ in range(many))))
        write_mirror(store, home)
    return path


def test_the_store_is_as_it_was_and_what_was_there_since_lies_aside(home: Path, clock: ToldClock) -> None:
    path = a_home(home, clock)
    restored = restore(home, path, LATER)
    assert restored.jobs == 1
    assert names(home, clock) == ["许多"]
    assert restored.aside is not None
    assert restored.aside.name == "jobs.db.before-restore-20251128-130000"
    assert restored.mirror is not None
    for kept in (restored.aside, restored.mirror, path, home / "jobs" / "jobs.db"):
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "许多" in (home / "jobs" / "jobs.json").read_text("utf-8")
    restore(home, restored.aside, LATER)
    assert names(home, clock) == ["后来"]


def test_jobs_newer_than_the_backup_do_not_come_back_with_the_next_start(home: Path, clock: ToldClock) -> None:
    restore(home, a_home(home, clock), LATER)
    opened = open_store(home, clock)
    with closing(opened.store) as store:
        assert opened.findings == ()
        assert [job.name for job in store.jobs.select()] == ["许多"]


def test_a_number_or_an_event_given_after_the_backup_is_not_given_again(home: Path, clock: ToldClock) -> None:
    path = a_home(home, clock)
    with closing(open_store(home, clock).store) as store:
        last = [store.jobs.select()[-1]]
        store.apply(Change(events=(Event(job_id=last[0].id, type="x", at=AT),)))
        number, event = store.jobs.last_number(), store.history.last_id()
    restore(home, path, LATER)
    with closing(open_store(home, clock).store) as store:
        job = a_job()
        store.apply(Change(jobs=(job,), events=(Event(job_id=job.id, type="x", at=AT),)))
        made = store.jobs.get(job.id)
        assert made is not None
        assert made.number == number + 1
        assert store.history.last_id() == event + 1


def test_numbers_are_not_given_again_though_only_the_mirror_is_left(home: Path, clock: ToldClock) -> None:
    path = a_home(home, clock)
    (home / "jobs" / "jobs.db").write_bytes(b"damaged" * 1000)
    restored = restore(home, path, LATER)
    assert restored.aside is not None
    assert restored.aside.read_bytes() == b"damaged" * 1000
    with closing(open_store(home, clock).store) as store:
        job = a_job()
        store.apply(Change(jobs=(job,)))
        made = store.jobs.get(job.id)
        assert made is not None
        assert made.number == 3


def test_a_run_that_has_the_store_open_sees_the_restored_one_and_is_fenced(home: Path, clock: ToldClock) -> None:
    path = a_home(home, clock)
    with closing(open_beside(home, clock)) as beside:
        job = beside.jobs.select()[0]
        run: Run = a_run(job, status=RunStatus.LIVE)
        beside.apply(Change(runs=(run,)))
        fence = Fence(run_id=run.id, epoch=run.epoch)
        beside.progress(fence, Progress(at=AT))
        restore(home, path, LATER)
        assert [job.name for job in beside.jobs.select()] == ["许多"]
        with pytest.raises(Fenced):
            beside.progress(fence, Progress(at=AT))


def test_an_older_backup_is_brought_up_to_date(home: Path, clock: ToldClock) -> None:
    a_home(home, clock)
    older = home / "backups" / "jobs-20240101-040000.db"
    with closing(sqlite3.connect(older)) as connection:
        for statement in STEPS[0]:
            connection.execute(statement)
        connection.execute("INSERT INTO meta VALUES ('schema_version', '1')")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    restore(home, older, LATER)
    assert names(home, clock) == []
    with closing(open_beside(home, clock)) as store:
        assert store.meta("schema_version") == str(len(STEPS))


def test_a_home_without_a_store_is_filled(home: Path, clock: ToldClock, tmp_path: Path) -> None:
    path = a_home(home, clock)
    restored = restore(tmp_path / "new", path, LATER)
    assert (restored.aside, restored.mirror) == (None, None)
    assert names(tmp_path / "new", clock) == ["许多"]
    with closing(open_store(tmp_path / "new", clock).store) as store:
        assert [job.status for job in store.jobs.select()] == [Status.PENDING]


def test_a_store_that_cannot_be_replaced_keeps_its_mirror(home: Path, clock: ToldClock) -> None:
    path = a_home(home, clock)
    mirror = (home / "jobs" / "jobs.json").read_bytes()
    with closing(sqlite3.connect(home / "jobs" / "jobs.db", isolation_level=None)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="什么都没有改动"):
            restore(home, path, LATER, patience_seconds=0.1)
        busy.execute("ROLLBACK")
    assert (home / "jobs" / "jobs.json").read_bytes() == mirror
    assert names(home, clock) == ["后来"]


@pytest.mark.parametrize("damage", [b"", b"no database", bytes(8192)])
def test_a_backup_that_is_none_changes_nothing(home: Path, clock: ToldClock, damage: bytes) -> None:
    path = a_home(home, clock)
    path.write_bytes(damage)
    before = sorted(file.name for file in (home / "jobs").iterdir())
    with pytest.raises(StoreUnavailable, match="不能用"):
        restore(home, path, LATER)
    assert names(home, clock) == ["后来"]
    assert {file.removesuffix("-wal").removesuffix("-shm") for file in before} == {
        file.name.removesuffix("-wal").removesuffix("-shm") for file in (home / "jobs").iterdir()
    }


def test_a_backup_of_a_newer_program_is_refused_and_a_newer_store_can_be_left(home: Path, clock: ToldClock) -> None:
    path = a_home(home, clock)
    newer = home / "newer.db"
    shutil.copyfile(path, newer)
    for file in (newer, home / "jobs" / "jobs.db"):
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
            connection.execute("PRAGMA user_version = 99")
            connection.commit()
    with pytest.raises(StoreUnavailable, match="更新版本"):
        restore(home, newer, LATER)
    restore(home, path, LATER)
    assert names(home, clock) == ["许多"]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_at_any_moment_it_leaves_the_old_store_or_the_new_one(
    home: Path, clock: ToldClock, tmp_path: Path
) -> None:
    path = a_home(home, clock, many=2000)
    begun = time.monotonic()
    restore(home, path, AT)
    took = time.monotonic() - begun
    shutil.rmtree(home)
    path = a_home(home, clock, many=2000)
    found: set[str] = set()
    rounds = 24
    for round_ in range(rounds):
        here = tmp_path / f"round{round_}"
        shutil.copytree(home, here)
        program = RESTORE.format(tests=str(Path(__file__).parent), home=str(here), backup=str(path))
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(1.3 * took * round_ / rounds)  # The moments are spread over all it does.
        process.send_signal(signal.SIGKILL)
        process.communicate()
        opened = open_store(here, clock)
        with closing(opened.store) as store:
            present = [job.name for job in store.jobs.select()]
        assert len(present) == 2000, (round_, len(present), opened.findings)
        assert len(set(present)) == 1
        assert not any("损坏" in finding for finding in opened.findings)
        found.add(present[0])
    assert found == {"许多", "后来"}


def test_backups_by_hand_stay_and_push_no_daily_one_out(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=(a_job(),)))
        hand = [back_up_by_hand(home, AT) for _ in range(2)]
        daily = [backup(store, home, AT + timedelta(days=day)) for day in range(9)]
        hand.append(back_up_by_hand(home, AT + timedelta(days=20)))
    assert hand[0].name == "jobs-20251128-120000-manual.db"
    assert set(newest_first(home / "backups")) == {*hand, *daily[-7:]}
    listed = list_backups(home)
    assert listed[0].path == hand[-1]
    assert {backup.jobs for backup in listed} == {1}
    assert find_backup(home, hand[0].name) == hand[0]


def test_a_backup_to_a_file_replaces_nothing(home: Path, clock: ToldClock, tmp_path: Path) -> None:
    open_store(home, clock).store.close()
    target = tmp_path / "out.db"
    assert back_up_by_hand(home, AT, target) == target
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(Refusal, match="不会覆盖"):
        back_up_by_hand(home, AT, target)
    with pytest.raises(StoreUnavailable, match="备份任务库失败"):
        back_up_by_hand(home, AT, tmp_path / "missing" / "out.db")


def test_a_damaged_store_is_not_taken_for_a_backup(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=tuple(a_job() for _ in range(300))))
        sound = backup(store, home, AT)
    database = home / "jobs" / "jobs.db"
    data = bytearray(database.read_bytes())
    data[8192 : 8192 + 2048] = os.urandom(2048)
    database.write_bytes(data)
    with pytest.raises(StoreUnavailable):
        back_up_by_hand(home, LATER)
    assert [path.name for path in (home / "backups").iterdir()] == [sound.name]
