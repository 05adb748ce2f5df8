"""The TaskDispatcher's `dispatch_config.json` comes over, task by task."""

import json
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dispatch_site import KWARGS, SAVED_AT, a_config, a_file, a_task
from hypothesis import given, settings, strategies as some
from originals import a_file as a_jobs_json, an_entry
from store_examples import ToldClock

from jobs.models.ids import is_job_id
from jobs.models.job import Job, Status
from jobs.models.recurrence import Bounds, Every, Window
from jobs.models.routines import account_lock
from jobs.store.dispatch import import_dispatch, is_dispatch_config, read_dispatch
from jobs.store.importing import UnreadableImport
from jobs.store.opening import open_beside

ALWAYS = Bounds(ends_on=date(2026, 2, 8))


def the_job(at: datetime = SAVED_AT, **fields: Any) -> Job:
    found = read_dispatch(a_file(a_task(**fields)), at)
    assert found.skipped == ()
    (job,) = found.jobs
    return job


def why_skipped(**fields: Any) -> str:
    found = read_dispatch(a_file(a_task(**fields), a_task("sound")), SAVED_AT)
    assert [job.id for job in found.jobs] == ["sound"]  # The bad one hides no other.
    (sentence,) = found.skipped
    return sentence


def test_a_task_becomes_a_routine_of_the_same_id_rhythm_account_and_times() -> None:
    assert the_job() == Job(
        id="a1b2c3d4-0001",  # pyright: ignore[reportArgumentType]
        number=0,  # pyright: ignore[reportArgumentType]
        kind="routine",
        name="账号1 xhs_type",
        status=Status.PENDING,
        config={
            "template": "xhs_type",
            "params": {"user_query": "开始运营"},
            "account": "account_1",
            "interval": 3600,
            "dispatch": a_task(),
        },
        recurrence=Every(
            seconds=3600,
            zone="Asia/Shanghai",
            bounds=Bounds(window=Window(first=8, last=22), ends_on=date(2026, 2, 8)),
        ),
        created_at=datetime(2026, 1, 7, 16, tzinfo=UTC),
        updated_at=datetime(2026, 1, 8, 2, 30, tzinfo=UTC),
        next_at=datetime(2026, 1, 8, 3, 30, tzinfo=UTC),
        lock=account_lock("account_1"),
    )


def test_its_last_run_is_kept_as_a_run_that_has_ended() -> None:
    (run,) = read_dispatch(a_file(a_task()), SAVED_AT).runs
    assert (run.is_open, run.ended_at) == (False, datetime(2026, 1, 8, 2, 30, tzinfo=UTC))
    assert read_dispatch(a_file(a_task(last_execution_time=None)), SAVED_AT).runs == ()


@pytest.mark.parametrize(
    ("was", "becomes", "waits"),
    [
        ("pending", Status.PENDING, True),
        ("running", Status.PENDING, True),
        ("paused", Status.PAUSED, True),
        ("completed", Status.COMPLETED, False),
        ("error", Status.FAILED, False),
    ],
)
def test_what_waited_or_ran_waits_and_everything_else_stays_as_it_was(was: str, becomes: Status, waits: bool) -> None:
    job = the_job(status=was)
    assert (job.status, job.next_at is not None) == (becomes, waits)


def test_an_instant_that_has_passed_is_now_or_the_next_opening_of_the_window() -> None:
    by_day = datetime(2026, 1, 9, 13, 0, tzinfo=SAVED_AT.tzinfo)
    assert the_job(at=by_day).next_at == by_day
    at_night = datetime(2026, 1, 9, 23, 0, tzinfo=SAVED_AT.tzinfo)
    assert the_job(at=at_night).next_at == datetime(2026, 1, 10, 8, 0, tzinfo=SAVED_AT.tzinfo)
    assert the_job(next_execution_time=None).next_at == SAVED_AT


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-01-20T12:00:00", True),
        ("2026-01-20T23:30:00", False),  # Outside the window.
        ("2026-02-08T12:00:00", False),  # On the end date.
        ("2026-01-08T10:44:59", False),
        (None, False),
    ],
)
def test_a_paused_task_keeps_an_instant_that_it_can_still_be_resumed_at(written: str | None, kept: bool) -> None:
    expected = datetime(2026, 1, 20, 4, tzinfo=UTC) if kept else None
    assert the_job(status="paused", next_execution_time=written).next_at == expected


def test_an_interval_below_the_minimum_is_the_minimum_and_the_answer_says_so(home: Path, clock: ToldClock) -> None:
    tasks = [a_task(name, interval=seconds) for name, seconds in [("a", 0.2), ("b", 59), ("c", 60), ("d", 3600)]]
    with closing(open_beside(home, clock)) as store:
        imported = import_dispatch(store, a_file(*tasks), SAVED_AT)
        assert [job.config["interval"] for job in store.jobs.select()] == [60, 60, 60, 3600]
        assert imported.notes == ("间隔不足 60 秒的任务按 60 秒运行：a、b",)
        assert import_dispatch(store, a_file(*tasks), SAVED_AT).notes == ()


def test_a_task_past_its_end_date_is_completed_and_says_so() -> None:
    over = the_job(at=datetime(2026, 2, 8, 0, 0, tzinfo=SAVED_AT.tzinfo))
    assert (over.status, over.next_at, over.reason) == (Status.COMPLETED, None, "截止日期 2026-02-08 前没有下一次了")
    assert the_job(at=datetime(2026, 2, 7, 22, 59, 59, tzinfo=SAVED_AT.tzinfo)).status is Status.PENDING


def test_what_ended_there_is_kept_for_the_whole_retention_from_the_import_on() -> None:
    assert the_job(status="completed").updated_at == SAVED_AT


@pytest.mark.parametrize(
    ("fields", "window"),
    [
        ({"valid_time_range": [8, 22]}, Window(first=8, last=22)),
        ({"valid_time_range": None, "valid_time_rage": [9, 18]}, Window(first=9, last=18)),
        ({"valid_time_range": None, "kwargs": {"valid_time_rage": [9, 18]}}, Window(first=9, last=18)),
        ({"valid_time_range": None, "kwargs": {"valid_time_range": [9, 18]}}, Window(first=9, last=18)),
        ({"valid_time_range": [8, 22], "kwargs": {"valid_time_rage": [9, 18]}}, Window(first=8, last=22)),
        ({"valid_time_range": None}, None),
        ({"valid_time_range": []}, None),
        ({"valid_time_range": [0, 24]}, Window(first=0, last=23)),
        ({"valid_time_range": [22, 6]}, Window(first=22, last=6)),
        ({"valid_time_range": ["8", 22.0]}, Window(first=8, last=22)),
    ],
)
def test_the_window_is_read_in_both_spellings_wherever_it_stands(fields: dict[str, Any], window: Window | None) -> None:
    recurrence = the_job(**fields).recurrence
    assert isinstance(recurrence, Every)
    assert recurrence.bounds.window == window


def test_a_task_without_a_window_or_an_end_runs_always() -> None:
    task = a_task(task_end_time=None)
    del task["valid_time_range"], task["interval"]
    (job,) = read_dispatch(a_file(task), SAVED_AT).jobs
    assert job.recurrence == Every(seconds=3600, zone="Asia/Shanghai")


def test_an_id_that_cannot_name_a_file_is_replaced_by_one_it_decides_alone() -> None:
    first, again, other = (the_job(task_id=word) for word in ("任务/一", "任务/一", "任务/二"))
    assert is_job_id(first.id)
    assert first.id == again.id != other.id
    assert first.config["dispatch"]["task_id"] == "任务/一"


def test_what_stands_only_in_the_arguments_is_found_there() -> None:
    task = a_task()
    del task["task_id"], task["account_id"], task["task_type"]
    (job,) = read_dispatch(a_file(task), SAVED_AT).jobs
    assert (job.id, job.config["account"], job.config["template"]) == ("a1b2c3d4-0001", "account_1", "xhs_type")


def test_a_task_without_an_account_shares_a_lock_with_none() -> None:
    job = the_job(account_id=None, kwargs={})
    assert (job.config["account"], job.lock) == ("", None)


def test_times_with_a_zone_are_understood_as_well() -> None:
    assert the_job(next_execution_time="2026-01-08T05:00:00+00:00").next_at == datetime(2026, 1, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": "gone"}, "状态 status 不认识"),
        ({"status": None}, "状态 status 不认识"),
        ({"interval": 0}, "间隔 interval"),
        ({"interval": "soon"}, "间隔 interval"),
        ({"interval": True}, "间隔 interval"),
        ({"interval": 1e300}, "间隔 interval"),
        ({"valid_time_range": [8]}, "valid_time_range"),
        ({"valid_time_range": [8, 25]}, "valid_time_range"),
        ({"valid_time_range": "8-22"}, "valid_time_range"),
        ({"task_end_time": "2026-02-30"}, "task_end_time"),
        ({"task_end_time": 7}, "task_end_time 不是文字"),
        ({"next_execution_time": "tomorrow"}, "next_execution_time 不合法"),
        ({"next_execution_time": "9999-12-31T23:00:00", "task_end_time": None}, "next_execution_time 太远"),
        ({"created_at": "0001-01-01T00:00:00"}, "created_at 不合法"),
        ({"last_execution_time": "x"}, "last_execution_time 不合法"),
        ({"task_type": "", "kwargs": {}}, "task_type"),
        ({"kwargs": [1]}, "kwargs 不是一个对象"),
        ({"kwargs": {"note": "\ud800"}}, "无法保存"),
        ({"account_id": "长" * 200}, "account_id"),
    ],
)
def test_a_task_that_cannot_be_read_is_skipped_in_one_sentence(fields: dict[str, Any], said: str) -> None:
    sentence = why_skipped(**fields)
    assert sentence.startswith("任务 a1b2c3d4-0001 无法导入：")
    assert said in sentence


def test_what_is_no_task_and_what_has_no_id_is_called_by_its_place() -> None:
    nameless = a_task(kwargs={})
    del nameless["task_id"]
    found = read_dispatch(a_file(7, nameless, a_task()), SAVED_AT)
    assert found.skipped == (
        "第 1 个任务 无法导入：内容不是一个对象，已跳过",
        "第 2 个任务 无法导入：缺少编号 task_id，已跳过",
    )
    assert len(found.jobs) == 1


def test_the_second_task_of_an_id_is_skipped() -> None:
    found = read_dispatch(a_file(a_task(), a_task(interval=60)), SAVED_AT)
    (job,) = found.jobs
    assert job.config["interval"] == 3600
    assert found.skipped == ("任务 a1b2c3d4-0001 无法导入：编号 task_id 重复，已跳过",)


@pytest.mark.parametrize("index", [{"account_9": ["a1b2c3d4-0001"]}, {"account_1": ["gone"]}, [], {"account_1": 3}])
def test_the_index_is_compared_and_not_believed(index: Any) -> None:
    found = read_dispatch(a_file(a_task(), account_tasks=index), SAVED_AT)
    assert found.jobs[0].config["account"] == "account_1"
    assert found.notes == ("账号索引 account_tasks 与任务对不上，已按任务里的账号重建",)
    assert read_dispatch(a_file(a_task()), SAVED_AT).notes == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (a_file(a_task())[:-40], "不是完整的 JSON 文件"),
        (b"", "不是完整的 JSON 文件"),
        (b"\xff\xfe", "不是完整的 JSON 文件"),
        (b"[" * 100_000, "不是完整的 JSON 文件"),
        (b"[]", "不是一个对象"),
        (b'{"version": "1.0"}', "没有任务列表 tasks"),
        (a_file(a_task(), version="2.0"), "版本是 2.0，这里只认识 1.0"),
    ],
)
def test_a_file_that_is_none_as_a_whole_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableImport, match=said):
        read_dispatch(data, SAVED_AT)


def test_a_byte_order_mark_and_numbers_beyond_measure_do_no_harm() -> None:
    data = a_file(a_task(kwargs={**KWARGS, "big": 2**63, "huge": 0})).replace(b'"huge": 0', b'"huge": ' + b"9" * 5000)
    (job,) = read_dispatch(b"\xef\xbb\xbf" + data, SAVED_AT).jobs
    assert job.config["dispatch"]["kwargs"]["big"] == 2**63


def test_what_the_store_knows_is_not_imported_again(home: Path, clock: ToldClock) -> None:
    with closing(open_beside(home, clock)) as store:
        first = import_dispatch(store, a_file(a_task(), a_task("two")), SAVED_AT)
        again = import_dispatch(store, a_file(a_task(interval=60), a_task("three")), SAVED_AT + timedelta(days=1))
        assert [len(first.jobs), len(again.jobs)] == [2, 1]
        assert again.skipped == ("任务 a1b2c3d4-0001 无法导入：编号已存在或曾被删除，已跳过",)
        stored = {job.id: job for job in store.jobs.select()}
        assert len(stored) == 3
        assert stored[first.jobs[0].id].config["interval"] == 3600
        run = store.runs.last_of(first.jobs[0].id)
        assert run is not None
        assert run.ended_at == datetime(2026, 1, 8, 2, 30, tzinfo=UTC)


def test_the_two_formats_are_told_apart_even_when_damaged() -> None:
    assert is_dispatch_config(a_file())
    assert is_dispatch_config(a_file(a_task())[:300])
    assert is_dispatch_config(b'{"version": "2.0"}')
    assert not is_dispatch_config(b"{}")
    assert not is_dispatch_config(a_jobs_json(an_entry("1e95803d")))
    assert not is_dispatch_config(a_jobs_json(an_entry("tasks"), an_entry("version")))
    assert not is_dispatch_config(a_jobs_json(an_entry("1e95803d"))[:-5])


_ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=12),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(some.dictionaries(some.sampled_from([*a_task(), "valid_time_rage", "name"]), _ANYTHING, max_size=4))
def test_whatever_a_task_holds_it_is_read_or_skipped(fields: dict[str, Any]) -> None:
    found = read_dispatch(a_file(a_task(**fields), a_task("sound")), SAVED_AT)
    assert len(found.jobs) + len(found.skipped) == 2


@settings(max_examples=200, deadline=None)
@given(_ANYTHING, some.dictionaries(some.sampled_from([*a_config()]), _ANYTHING, max_size=4))
def test_whatever_json_is_given_it_is_read_or_refused(document: Any, parts: dict[str, Any]) -> None:
    for data in (json.dumps(document), json.dumps({**a_config(a_task()), **parts})):
        is_dispatch_config(data.encode())
        with suppress(UnreadableImport):
            read_dispatch(data.encode(), SAVED_AT)
