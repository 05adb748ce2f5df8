"""The original program's `jobs.json` comes over, entry by entry."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as some
from msgspec.structs import replace
from originals import MONITOR_CONFIG, SCHEDULE_CONFIG, a_file, a_schedule, an_entry
from store_examples import AT, ToldClock, a_job

from jobs.models.change import Change
from jobs.models.ids import JobId
from jobs.models.job import Job, Status
from jobs.models.people import Chat
from jobs.models.recurrence import Weekly, next_after
from jobs.store.importing import UnreadableImport, import_jobs, read_original
from jobs.store.opening import open_beside, open_store
from jobs.store.store import SqliteStore


class Watching:
    """A store that says when something was written."""

    def __init__(self, store: SqliteStore, written: Callable[[], None]) -> None:
        self._store = store
        self._written = written

    def apply(self, change: Change) -> None:
        self._store.apply(change)
        self._written()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def the_job(entry: dict[str, Any]) -> Job:
    imported = read_original(a_file(entry), AT)
    assert imported.skipped == ()
    (job,) = imported.jobs
    return job


def test_a_waiting_monitor_keeps_its_id_time_and_configuration() -> None:
    job = the_job(an_entry("1e95803d"))
    assert job == Job(
        id=JobId("1e95803d"),
        number=job.number,
        kind="monitor",
        name="晚场监控",
        status=Status.PENDING,
        config=MONITOR_CONFIG,
        created_at=datetime(2025, 11, 20, 12, 0, 0, 123456, tzinfo=UTC),
        updated_at=AT,
    )
    assert job.number == 0


def test_a_job_that_ran_is_stopped_and_says_why() -> None:
    entry = an_entry("1e95803d", status="running", pid=4711, started_at="2025-11-21T08:00:00+00:00")
    job = the_job(entry)
    assert (job.status, job.reason) == (Status.STOPPED, "从 jobs.json 导入：原为运行中，请用 !启动任务 启动")
    (run,) = read_original(a_file(entry), AT).runs
    assert (run.job_id, run.is_open, run.worker) == (job.id, False, None)
    assert (run.started_at, run.ended_at) == (datetime(2025, 11, 21, 8, tzinfo=UTC), AT)


@pytest.mark.parametrize(("was", "said"), [("running", "原为运行中"), ("pending", "原为等待启动")])
def test_a_schedule_never_starts_by_the_import_alone(was: str, said: str) -> None:
    job = the_job(a_schedule("1e95803d", status=was))
    assert job.recurrence == Weekly(time=time(12, 0, 0))
    assert (job.status, job.next_at) == (Status.STOPPED, None)
    assert job.config == SCHEDULE_CONFIG
    assert said in job.reason


@pytest.mark.parametrize("status", ["stopped", "failed", "completed", "paused"])
def test_other_statuses_stay(status: str) -> None:
    job = the_job(an_entry("1e95803d", status=status, error_message="登录失效"))
    assert (job.status.value, job.reason) == (status, "登录失效")


def test_times_without_a_zone_are_those_of_shanghai() -> None:
    assert the_job(an_entry("a", created_at="2025-11-20T20:00:00")).created_at == datetime(2025, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("self_id", "peer_id", "kept"),
    [
        ("10000", "12345", True),
        ("10000", "a", False),
        ("", "12345", False),
        ("10000", "-5", False),
        ("１0000", "12345", False),
        ("10000", "9" * 19, False),
    ],
)
def test_a_chat_that_no_message_could_be_addressed_to_is_forgotten(self_id: str, peer_id: str, kept: bool) -> None:
    origin = {"self_id": self_id, "type": "group", "peer_id": peer_id}
    job = the_job(an_entry("1e95803d", origin=origin))
    assert job.origin == (Chat(self_id=self_id, type="group", peer_id=peer_id) if kept else None)


def test_a_kind_nobody_knows_is_kept() -> None:
    assert the_job(an_entry("a", job_type="future_kind", config={"deep": [1, {"x": None}]})).kind == "future_kind"


def test_a_name_that_no_list_could_show_is_cut() -> None:
    assert the_job(an_entry("a", name="长" * 10_000)).name == "长" * 39 + "…"
    assert the_job(an_entry("a", name="  ")).name == "a"


BAD_ENTRIES: dict[str, Any] = {
    "no object": "oops",
    "null": None,
    "no kind": an_entry("bad", job_type=None),
    "kind with a line break": an_entry("bad", job_type="a\nb"),
    "unknown status": an_entry("bad", status="exploded"),
    "status is a number": an_entry("bad", status=3),
    "impossible time": an_entry("bad", created_at="2025-13-45"),
    "time before all zones": an_entry("bad", created_at="0001-01-01T00:00:00"),
    "config is a list": an_entry("bad", config=[1]),
    "hour 25": a_schedule("bad", config={"schedule": {"hour": 25, "minute": 99}}),
    "hour beyond 32 bits": a_schedule("bad", config={"schedule": {"hour": 2**31}}),
    "hour true": a_schedule("bad", config={"schedule": {"hour": True}}),
    "hour in words": a_schedule("bad", config={"schedule": {"hour": "noon"}}),
    "no schedule": a_schedule("bad", config={}),
    "lone surrogate": an_entry("bad", name="\ud800"),
    "surrogate deep inside": an_entry("bad", config={"a": [{"\udfff": 1}]}),
    "days that do not exist": a_schedule("bad", recurrence={"type": "weekly", "time": "12:00:00", "days": [9]}),
    "no day at all": a_schedule("bad", recurrence={"type": "weekly", "time": "12:00:00", "days": []}),
    "a zone that does not exist": a_schedule("bad", recurrence={"type": "weekly", "time": "12:00:00", "zone": "../x"}),
    "a day no month has": a_schedule("bad", recurrence={"type": "monthly", "time": "12:00:00", "days": [32]}),
    "a cron nobody can read": a_schedule("bad", recurrence={"type": "cron", "expression": "0 25 * * *"}),
    "an interval of nothing": a_schedule("bad", recurrence={"type": "every", "seconds": 0}),
    "a window with an hour too many": a_schedule(
        "bad", recurrence={"type": "every", "seconds": 60, "bounds": {"window": {"first": 8, "last": 24}}}
    ),
    "an end before the start": a_schedule(
        "bad",
        recurrence={
            "type": "cron",
            "expression": "0 8 * * *",
            "bounds": {"starts_on": "2026-12-02", "ends_on": "2026-12-01"},
        },
    ),
    "origin of another shape": an_entry("bad", origin={"type": "channel"}),
    "owner is a number": an_entry("bad", owner=42),
}


@pytest.mark.parametrize("bad", BAD_ENTRIES.values(), ids=BAD_ENTRIES)
def test_a_bad_entry_is_reported_and_hides_no_other(bad: Any) -> None:
    data = json.dumps({"before": an_entry("before"), "bad": bad, "after": a_schedule("after")}).encode()
    imported = read_original(data, AT)
    assert [job.id for job in imported.jobs] == ["before", "after"]
    (sentence,) = imported.skipped
    assert sentence.startswith("任务 bad 无法导入：")
    assert sentence.endswith("，已跳过")


@pytest.mark.parametrize("job_id", ["", "../../etc/passwd", "a b", "a" * 65, "编号", "a\u202eb"])
def test_an_id_that_could_not_name_a_file_is_refused_and_shown_harmlessly(job_id: str) -> None:
    imported = read_original(json.dumps({job_id: an_entry(job_id), "good": an_entry("good")}).encode(), AT)
    assert [job.id for job in imported.jobs] == ["good"]
    (sentence,) = imported.skipped
    assert sentence.isprintable()
    assert len(sentence) < 100


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"a": ',
        b"\xff\xfe\x00",
        b"\0" * 100,
        b"[" * 100_000,
        a_file(an_entry("a"))[:-9],
    ],
    ids=["empty", "null", "list", "text", "cut", "not utf-8", "zeros", "bottomless", "torn"],
)
def test_a_file_that_is_no_jobs_json_is_refused_whole(data: bytes) -> None:
    with pytest.raises(UnreadableImport, match=r"jobs\.json"):
        read_original(data, AT)


def test_a_byte_order_mark_not_a_number_and_giant_integers_are_no_obstacle() -> None:
    text = a_file(an_entry("a", config={"x": 1})).decode().replace('"x": 1', '"x": [NaN, ' + "9" * 9999 + "]")
    assert len(read_original(b"\xef\xbb\xbf" + text.encode(), AT).jobs) == 1


plain = some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20)
anything = some.recursive(
    plain, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3)
)
field_names = some.sampled_from([*an_entry("x"), "number", "owner", "origin", "recurrence", "next_at", "last_result"])
schedule_parts = some.dictionaries(some.sampled_from(["hour", "minute", "second"]), anything)


@settings(max_examples=300, deadline=None)
@given(mangled=some.dictionaries(field_names, anything), schedule=schedule_parts, key=some.text(max_size=10))
def test_however_an_entry_is_mangled_the_others_come_over(
    mangled: dict[str, Any], schedule: dict[str, Any], key: str
) -> None:
    entry = a_schedule("bad", config={"schedule": schedule}) | mangled
    data = json.dumps({"first": an_entry("first"), f"x{key}": entry, "last": a_schedule("last")}).encode()
    imported = read_original(data, AT)
    assert {"first", "last"} <= {job.id for job in imported.jobs}
    assert len(imported.jobs) + len(imported.skipped) == 3
    for job in imported.jobs:
        assert job.status is not Status.RUNNING
        if job.recurrence is not None:
            next_after(job.recurrence, AT)


def test_wished_numbers_are_kept_where_they_are_free(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=(a_job(),)))
        ids = ["abc", "2", "7", "1", "0", "007", "12345678"]
        import_jobs(store, a_file(*(an_entry(job_id) for job_id in ids)), AT)
        numbers = {job.id: job.number for job in store.jobs.select()}
        assert (numbers["2"], numbers["7"]) == (2, 7)
        assert sorted(numbers.values())[0] == 1
        assert numbers["1"] != 1
        assert max(numbers.values()) < 20


def test_importing_again_changes_nothing_and_says_so(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        data = a_file(an_entry("aa"), a_schedule("bb", started_at="2025-11-20T12:00:00+00:00"), an_entry("cc"))
        assert len(import_jobs(store, data, AT).jobs) == 3
        gone = store.jobs.get(JobId("cc"))
        assert gone is not None
        store.apply(Change(jobs=(replace(gone, deleted_at=AT),)))
        before = store.jobs.select()
        again = import_jobs(store, data + b" ", AT)
        assert again.jobs == again.runs == ()
        assert [sentence[:5] for sentence in again.skipped] == ["任务 aa", "任务 bb", "任务 cc"]
        assert store.jobs.select() == before
        assert [event.type for event in store.history.of_job(JobId("bb"), 9)] == ["imported"]
        last = store.runs.last_of(JobId("bb"))
        assert last is not None
        assert last.started_at == datetime(2025, 11, 20, 12, tzinfo=UTC)


def test_an_import_of_many_holds_up_another_writer_for_a_part_of_it_only(home: Path, clock: ToldClock) -> None:
    data = a_file(*(an_entry(f"job{n}") for n in range(1200)))
    with closing(open_beside(home, clock)) as store, closing(open_beside(home, clock)) as other:
        seen: list[int] = []
        watching = Watching(store, lambda: seen.append(other.jobs.count()))
        assert len(import_jobs(watching, data, AT).jobs) == 1200
        assert seen == [500, 1000, 1200]


def test_one_that_stands_in_the_way_takes_no_other_of_its_part_with_it(home: Path, clock: ToldClock) -> None:
    with closing(open_store(home, clock).store) as store:
        store.apply(Change(jobs=(a_job(id=JobId("job3")),)))
        gone = store.jobs.get(JobId("job3"))
        assert gone is not None
        store.apply(Change(jobs=(replace(gone, deleted_at=AT),)))
        imported = import_jobs(store, a_file(*(an_entry(f"job{n}") for n in range(6))), AT)
        assert [job.id for job in imported.jobs] == ["job0", "job1", "job2", "job4", "job5"]
        assert len(imported.skipped) == 1


def test_the_first_start_takes_the_original_jobs_over(home: Path, clock: ToldClock) -> None:
    (home / "jobs").mkdir(parents=True)
    original = json.dumps({"aa": an_entry("aa", status="running"), "bad": 1, "bb": a_schedule("bb")}).encode()
    (home / "jobs" / "jobs.json").write_bytes(original)
    open_beside(home, clock).close()  # somebody looked with the command line first
    opened = open_store(home, clock)
    with closing(opened.store) as store:
        assert {job.id: job.status for job in store.jobs.select()} == {"aa": Status.STOPPED, "bb": Status.STOPPED}
        assert store.jobs.awaiting(datetime.max.replace(tzinfo=UTC)) == []
        assert store.runs.all_open() == []
    kept = "jobs.json.imported-20251128-120000"
    assert opened.findings == (
        f"已从 jobs.json 导入 2 个任务，原文件另存为 {kept}",
        "任务 bad 无法导入：内容不是一个对象，已跳过",
    )
    assert (home / "jobs" / kept).read_bytes() == original
    again = open_store(home, clock)
    again.store.close()
    assert again.findings == ()


def test_a_damaged_jobs_json_is_set_aside_and_the_bot_starts(home: Path, clock: ToldClock) -> None:
    (home / "jobs").mkdir(parents=True)
    (home / "jobs" / "jobs.json").write_bytes(b'{"torn": ')
    opened = open_store(home, clock)
    opened.store.close()
    (sentence,) = opened.findings
    assert "jobs.json.damaged-20251128-120000" in sentence
    assert (home / "jobs" / "jobs.json.damaged-20251128-120000").read_bytes() == b'{"torn": '
