"""`jobs.json`, the readable mirror in the original program's format."""

import json
import stat
from contextlib import closing
from datetime import time
from pathlib import Path

import pytest
from msgspec.structs import replace
from originals import MONITOR_CONFIG, an_entry
from store_examples import AT, MINUTE, PERSON, ToldClock, a_job, a_run

from jobs.models.change import Change
from jobs.models.job import Status, Telling
from jobs.models.punctuality import Misfire, Punctuality
from jobs.models.recurrence import Every, Once, Weekly
from jobs.models.run import Identity, RunStatus
from jobs.ports.store import StoreUnavailable
from jobs.store.importing import import_jobs
from jobs.store.mirror import mirror_of, write_mirror
from jobs.store.opening import open_beside, open_store


def test_the_mirror_says_what_the_original_said_and_what_only_we_know(home: Path, clock: ToldClock) -> None:
    job = a_job(status=Status.RUNNING, config=MONITOR_CONFIG, last_result="暂无空场", next_at=AT + MINUTE)
    run = a_run(job, started_at=AT + MINUTE, worker=Identity(boot_id="b", pid=4711, start=1))
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=(job, a_job(deleted_at=AT)), runs=(run,)))
        write_mirror(store, home)
    path = home / "jobs" / "jobs.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "学生中心" in path.read_text(encoding="utf-8")
    assert json.loads(path.read_bytes()) == {
        job.id: {
            "job_id": job.id,
            "job_type": "monitor",
            "name": "晚场监控",
            "status": "running",
            "created_at": "2025-11-28T04:00:00.123456Z",
            "started_at": "2025-11-28T04:01:00.123456Z",
            "stopped_at": None,
            "pid": 4711,
            "config": MONITOR_CONFIG,
            "error_message": None,
            "logs": [],
            "number": 1,
            "owner": "42",
            "origin": {"platform": "onebot.v11", "self_id": "10001", "type": "group", "peer_id": "555"},
            "recurrence": None,
            "punctuality": None,
            "lock": None,
            "next_at": "2025-11-28T04:01:00.123456Z",
            "last_result": "暂无空场",
            "telling": None,
        }
    }


def test_what_the_mirror_tells_comes_back_from_it(home: Path, clock: ToldClock) -> None:
    jobs = [
        a_job(status=Status.STOPPED, recurrence=Weekly(time=time(7, 30, 5), days=frozenset({0, 6}), zone="Asia/Tokyo")),
        a_job(status=Status.FAILED, reason="登录失效", owner=None, origin=None),
        a_job(status=Status.PAUSED, kind="schedule", recurrence=Once(at=AT), last_result="空 3 场"),
        a_job(status=Status.COMPLETED, kind="schedule", recurrence=None),
        a_job(status=Status.STOPPED, telling=Telling(target=PERSON, mentions_owner=True)),
        a_job(
            status=Status.STOPPED,
            kind="routine",
            recurrence=Every(seconds=60),
            lock="routine/czq",
            punctuality=Punctuality(misfire=Misfire.SKIP),
        ),
    ]
    over = a_run(jobs[0], status=RunStatus.ENDED, started_at=AT, ended_at=AT + MINUTE)
    with closing(open_store(home, clock).store) as store, closing(open_store(home.parent / "b", clock).store) as other:
        store.apply(Change(jobs=(a_job(deleted_at=AT), *jobs), runs=(over,)))
        imported = import_jobs(other, mirror_of(store), AT)
        assert imported.skipped == ()
        assert other.jobs.select() == store.jobs.select()
        last = other.runs.last_of(jobs[0].id)
        assert last is not None
        assert (last.started_at, last.ended_at) == (over.started_at, over.ended_at)
        assert mirror_of(other) == mirror_of(store)


def test_a_mirror_that_cannot_be_written_leaves_the_old_one_whole(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        write_mirror(store, home)
        mirror = home / "jobs" / "jobs.json"
        mirror.unlink()
        mirror.mkdir()
        with pytest.raises(StoreUnavailable, match=r"写入 jobs\.json"):
            write_mirror(store, home)
        assert {path.name for path in mirror.parent.iterdir() if "partial" in path.name} == set()


def test_an_original_file_is_not_mirrored_over_before_it_was_taken_over(home: Path, clock: ToldClock) -> None:
    (home / "jobs").mkdir(parents=True)
    original = json.dumps({"aa": an_entry("aa")}).encode()
    (home / "jobs" / "jobs.json").write_bytes(original)
    with closing(open_beside(home, clock)) as store:
        store.apply(Change(jobs=(a_job(),)))
        write_mirror(store, home)
    assert (home / "jobs" / "jobs.json").read_bytes() == original
    with closing(open_store(home, clock).store) as store:
        assert store.jobs.count() == 2
        write_mirror(store, home)
    assert len(json.loads((home / "jobs" / "jobs.json").read_bytes())) == 2


def test_the_mirror_is_replaced_whole_while_others_read_it(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        job = a_job()
        store.apply(Change(jobs=(job,)))
        write_mirror(store, home)
        with (home / "jobs" / "jobs.json").open("rb") as reader:
            stored = store.jobs.get(job.id)
            assert stored is not None
            store.apply(Change(jobs=(replace(stored, name="新名字"),)))
            write_mirror(store, home)
            assert json.loads(reader.read())[job.id]["name"] == "晚场监控"
        assert json.loads((home / "jobs" / "jobs.json").read_bytes())[job.id]["name"] == "新名字"
