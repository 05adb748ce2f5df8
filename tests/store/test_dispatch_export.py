"""Routines leave as a `dispatch_config.json`, and come back as they were."""

import json
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from dispatch_site import SAVED_AT, a_config, a_file, a_task
from hypothesis import given, settings, strategies as some
from msgspec.structs import replace
from store_examples import ToldClock, a_job, a_run

from jobs.models.change import Change, Event
from jobs.models.job import Job, Status
from jobs.models.recurrence import Bounds, Every, Window
from jobs.models.run import Desired, RunStatus
from jobs.store.dispatch import import_dispatch, read_dispatch
from jobs.store.dispatch_export import dispatch_document, task_of_job
from jobs.store.importing import read_original
from jobs.store.mirror import mirror_of
from jobs.store.opening import open_beside
from jobs.store.store import SqliteStore

LATER = SAVED_AT + timedelta(hours=3)


@pytest.fixture
def store(home: Path, clock: ToldClock) -> Any:
    with closing(open_beside(home, clock)) as store:
        yield store


def exported(store: SqliteStore) -> dict[str, Any]:
    return json.loads(dispatch_document(store, SAVED_AT))


def the_task(store: SqliteStore) -> dict[str, Any]:
    (task,) = exported(store)["tasks"]
    return task


def the_stored(store: SqliteStore) -> Job:
    (job,) = store.jobs.select()
    return job


def round_trip(data: bytes) -> dict[str, Any]:
    """What an untouched import of `data` is exported as."""
    with TemporaryDirectory() as home, closing(open_beside(Path(home), ToldClock(SAVED_AT))) as store:
        import_dispatch(store, data, SAVED_AT)
        return exported(store)


def test_the_sample_of_the_documentation_comes_back_as_it_was() -> None:
    sample = a_config(a_task(), a_task("a1b2c3d4-0002", account_id="account_2", status="paused"))
    again = round_trip(json.dumps(sample).encode())
    assert again | {"saved_at": ""} == sample | {"saved_at": ""}
    assert list(again["tasks"][0]) == list(sample["tasks"][0])
    assert again["saved_at"] == "2026-01-08T10:45:00"


def test_keys_that_nobody_knows_come_back_and_the_misspelled_one_spelled_right() -> None:
    task = a_task(priority={"level": [1, {"deep": None}]}, valid_time_rage=[9, 18])
    del task["valid_time_range"]
    (again,) = round_trip(a_file(task))["tasks"]
    assert again == {**a_task(), "valid_time_range": [9, 18], "priority": {"level": [1, {"deep": None}]}}


def test_times_come_back_as_they_were_written() -> None:
    task = a_task(
        interval="3599.5",
        next_execution_time="2026-01-08T03:30:00+00:00",
        last_execution_time="2026-01-08 10:30",
        created_at="2026-01-08",
        task_end_time="2026-02-08T12:00:00",
    )
    assert round_trip(a_file(task))["tasks"] == [task]


@pytest.mark.parametrize("status", ["paused", "completed", "error"])
@pytest.mark.parametrize("at", ["2098-01-01T00:00:00", "2026-01-20T12:00:00", "2020-01-01T00:00:00", None])
def test_what_does_not_wait_keeps_the_next_instant_it_had(status: str, at: str | None) -> None:
    task = a_task(status=status, next_execution_time=at)
    assert round_trip(a_file(task))["tasks"] == [task]


def test_once_it_has_run_here_the_instant_it_had_there_is_history(store: SqliteStore) -> None:
    import_dispatch(store, a_file(a_task(status="completed")), SAVED_AT)
    assert the_task(store)["next_execution_time"] == "2026-01-08T11:30:00"
    job = the_stored(store)
    ended = a_run(job, status=RunStatus.ENDED, requested_at=SAVED_AT, started_at=SAVED_AT, ended_at=LATER)
    store.apply(Change(runs=(ended,)))
    assert the_task(store)["next_execution_time"] is None


def test_an_interval_that_is_too_short_comes_back_as_long_as_it_is_still_meant(store: SqliteStore) -> None:
    import_dispatch(store, a_file(a_task(interval=0.2)), SAVED_AT)
    assert the_task(store)["interval"] == 0.2
    store.apply(Change(jobs=(replace(the_stored(store), recurrence=Every(seconds=120)),)))
    assert the_task(store)["interval"] == 120


def test_an_id_that_no_job_can_have_comes_back_too() -> None:
    config = a_config(a_task("任务/一"), a_task(7))  # pyright: ignore[reportArgumentType]
    again = round_trip(json.dumps(config).encode())
    assert [task["task_id"] for task in again["tasks"]] == ["任务/一", 7]
    assert again["account_tasks"] == {"account_1": ["任务/一", "7"]}


def test_the_index_is_made_anew() -> None:
    again = round_trip(a_file(a_task("a"), a_task("b", account_id="二"), a_task("c"), account_tasks={"x": ["y"]}))
    assert again["account_tasks"] == {"account_1": ["a", "c"], "二": ["b"]}


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.PENDING, "pending"),
        (Status.RUNNING, "running"),
        (Status.PAUSED, "paused"),
        (Status.STOPPED, "paused"),
        (Status.COMPLETED, "completed"),
        (Status.FAILED, "error"),
    ],
)
def test_every_status_has_its_word(status: Status, word: str) -> None:
    assert task_of_job(a_job(kind="routine", status=status), None)["status"] == word


def test_what_has_changed_since_the_import_is_exported_as_it_is_now(store: SqliteStore) -> None:
    import_dispatch(store, a_file(a_task(status="paused")), SAVED_AT)
    job = the_stored(store)
    moved = replace(
        job,
        status=Status.PENDING,
        next_at=LATER,
        updated_at=LATER,
        recurrence=Every(seconds=60, bounds=Bounds(window=Window(first=22, last=6), ends_on=date(2026, 3, 1))),
        config={**job.config, "params": {**job.config["params"], "user_query": "别的"}},
    )
    store.apply(Change(jobs=(moved,)))
    task = the_task(store)
    assert (task["status"], task["next_execution_time"]) == ("pending", "2026-01-08T13:45:00")
    assert task["updated_at"] == "2026-01-08T13:45:00"
    assert (task["interval"], task["valid_time_range"], task["task_end_time"]) == (60, [22, 6], "2026-03-01")
    assert task["kwargs"] == {**a_task()["kwargs"], "user_query": "别的"}
    assert task["created_at"] == "2026-01-08T00:00:00"


def test_the_last_execution_is_the_end_of_the_last_run_that_began(store: SqliteStore) -> None:
    import_dispatch(store, a_file(a_task()), SAVED_AT)
    job = the_stored(store)
    ended = a_run(job, status=RunStatus.ENDED, requested_at=SAVED_AT, started_at=SAVED_AT, ended_at=LATER)
    happened = Event(job_id=job.id, type="run.ended", at=LATER, run_id=ended.id)
    store.apply(Change(runs=(ended,), events=(happened,)))
    assert the_task(store)["last_execution_time"] == "2026-01-08T13:45:00"
    running = a_run(job, requested_at=LATER, started_at=LATER)
    store.apply(Change(runs=(running,)))
    assert the_task(store)["last_execution_time"] == "2026-01-08T13:45:00"


def test_a_task_about_to_be_deleted_is_gone_already(store: SqliteStore) -> None:
    import_dispatch(store, a_file(a_task()), SAVED_AT)
    store.apply(Change(runs=(a_run(the_stored(store), desired=Desired.DELETED),)))
    assert exported(store) == a_config() | {"saved_at": "2026-01-08T10:45:00"}


def test_a_routine_made_here_becomes_a_task_and_comes_back_with_its_name(store: SqliteStore) -> None:
    made = a_job(
        kind="routine",
        name="夜间备份",
        config={"template": "backup", "params": {"dir": "photos"}, "account": "czq", "interval": 7200},
        recurrence=Every(seconds=7200, bounds=Bounds(window=Window(first=8, last=22))),
        next_at=LATER,
    )
    store.apply(Change(jobs=(made, a_job())))  # A monitor is no task.
    task = the_task(store)
    assert (task["task_id"], task["account_id"], task["task_type"]) == (made.id, "czq", "backup")
    assert (task["interval"], task["valid_time_range"], task["task_end_time"]) == (7200, [8, 22], None)
    assert task["kwargs"]["dir"] == "photos"
    (again,) = read_dispatch(dispatch_document(store, SAVED_AT), SAVED_AT).jobs
    assert (again.id, again.name, again.next_at, again.recurrence) == (made.id, made.name, LATER, made.recurrence)
    assert again.config["params"]["dir"] == "photos"


def test_a_configuration_of_any_shape_is_exported() -> None:
    configs: tuple[dict[str, Any], ...] = (
        {},
        {"dispatch": 7, "params": []},
        {"dispatch": {"kwargs": 3, "task_id": [], "created_at": 9}},
    )
    for config in configs:
        task = task_of_job(a_job(kind="routine", config=config), None)
        assert task["task_id"]
        assert isinstance(task["kwargs"], dict)


_JSON = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**62), 2**62) | some.text("文字 abc/\"'{}", max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text("键abc", max_size=5), inner, max_size=3),
    max_leaves=5,
)
_NAIVE = some.datetimes(min_value=SAVED_AT.replace(tzinfo=None, year=2020), max_value=SAVED_AT.replace(tzinfo=None))
_TIMES = _NAIVE.map(lambda at: at.isoformat())
_NEXT_TIMES = some.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.isoformat()
)
_HOURS = some.lists(some.integers(0, 23), min_size=2, max_size=2)
_TASKS = some.fixed_dictionaries(
    {
        "task_id": some.text("abc任务/-", min_size=1, max_size=12),
        "account_id": some.text("abc账号", min_size=1, max_size=6),
        "account_name": some.text("abc账号", min_size=1, max_size=6),
        "task_type": some.sampled_from(["xhs_type", "备份", "disk"]),
        "status": some.sampled_from(["pending", "running", "paused", "completed", "error"]),
        "interval": some.integers(1, 10**6) | some.floats(0.1, 10**5),
        "valid_time_range": some.none() | _HOURS,
        "task_end_time": some.none() | some.dates(date(2025, 1, 1), date(2030, 1, 1)).map(lambda day: day.isoformat()),
        "last_execution_time": some.none() | _TIMES,
        "next_execution_time": some.none() | _NEXT_TIMES,
        "created_at": _TIMES,
        "updated_at": _TIMES,
        "kwargs": some.dictionaries(some.text("键abc_", min_size=1, max_size=6), _JSON, max_size=4),
        "sys_type": some.none() | some.sampled_from(["mac_intel", "windows"]),
    },
    optional={"more": _JSON, "valid": _JSON},
)
WAITING = ("pending", "running")
DECIDED_BY_THE_IMPORT = ("status", "next_execution_time")
"""Of tasks that wait: whether and when they run next depends on the clock."""


@settings(max_examples=60, deadline=None)
@given(some.lists(_TASKS, max_size=4, unique_by=lambda task: task["task_id"]))
def test_what_is_imported_is_exported_and_what_is_exported_is_imported_again(tasks: list[dict[str, Any]]) -> None:
    """Nothing changes but what the import decides by the clock; from then on nothing changes at all."""
    first = round_trip(a_file(*tasks))
    for task, again in zip(tasks, first["tasks"], strict=True):
        if task["status"] not in WAITING:
            assert again == task
            continue
        assert again == {**task, **{field: again[field] for field in DECIDED_BY_THE_IMPORT}}
        assert again["status"] in ("pending", "completed")
    assert first["account_tasks"] == a_config(*tasks)["account_tasks"]
    assert round_trip(json.dumps(first).encode()) == first


@settings(max_examples=60, deadline=None)
@given(some.lists(_TASKS, max_size=4, unique_by=lambda task: task["task_id"]))
def test_what_was_imported_survives_the_mirror(tasks: list[dict[str, Any]]) -> None:
    """Should the store be lost, `jobs.json` has every task with its account's lock, its rhythm and itself."""
    with TemporaryDirectory() as home, closing(open_beside(Path(home), ToldClock(SAVED_AT))) as store:
        imported = import_dispatch(store, a_file(*tasks), SAVED_AT)
        rescued = read_original(mirror_of(store), SAVED_AT)
        stored = store.jobs.select()
    assert (imported.skipped, rescued.skipped) == ((), ())
    assert [_kept_by_the_mirror(job) for job in rescued.jobs] == [_kept_by_the_mirror(job) for job in stored]


def _kept_by_the_mirror(job: Job) -> tuple[object, ...]:
    return job.id, job.number, job.name, job.lock, job.punctuality, job.recurrence, job.config, job.created_at
