"""Code that used the TaskDispatcher finds its verbs here, and the real engine behind them."""

import datetime
import enum
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from engine_site import House, until

from jobs import Settings, TaskDispatcher

TODAY = datetime.date.today()  # noqa: DTZ011 - as the code that is carried over says it


class SysType(enum.Enum):
    MAC_INTEL = "mac_intel"


class Place:
    """A dispatcher's directory with templates: one notes each run, one goes on until it is ended, one until killed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config = directory / "dispatch_config.json"
        self.noted = directory / "noted.txt"
        self.dispatchers: list[TaskDispatcher] = []
        note = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + '\\\\n'); print('记下了')"
        linger = "import sys, time; open(sys.argv[1], 'a').write('lingers\\\\n'); time.sleep(600)"
        stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + linger
        directory.mkdir()
        (directory / "templates.toml").write_text(
            f'''[xhs_type]
title = "记一笔"
argv = ["{sys.executable}", "-c", "{note}", "{self.noted}", "{{user_query}}"]
[xhs_type.params.user_query]
type = "str"
default = "没有话"
[lingering]
title = "一直运行"
argv = ["{sys.executable}", "-c", "{linger}", "{self.noted}"]
[stubborn]
title = "不肯退出"
argv = ["{sys.executable}", "-c", "{stubborn}", "{self.noted}"]
'''
        )

    def dispatcher(self) -> TaskDispatcher:
        settings = Settings(sja_provider="sjtu", sja_launcher="portable", sja_stop_grace_seconds=2.0)
        self.dispatchers.append(TaskDispatcher(dispatcher_dir=f"{self.directory}/", settings=settings))
        return self.dispatchers[-1]

    @property
    def saved(self) -> list[dict[str, Any]]:
        return json.loads(self.config.read_text())["tasks"]

    @property
    def notes(self) -> list[str]:
        return self.noted.read_text().split() if self.noted.exists() else []


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "custom dispatcher")
    yield place
    for dispatcher in place.dispatchers:
        await dispatcher.stop()
    House(place.directory).end_everything()


async def added(dispatcher: TaskDispatcher, **fields: Any) -> str:
    """A task as the TaskDispatcher's documentation adds it."""
    given: dict[str, Any] = {
        "sys_type": SysType.MAC_INTEL.value,
        "task_type": "xhs_type",
        "xhs_account_id": "account_1",
        "xhs_account_name": "账号1",
        "user_query": "开始运营",
        "task_end_time": TODAY + datetime.timedelta(days=30),
        "interval": 3600,
        "valid_time_rage": [0, 23],
    }
    return await dispatcher.add_task(**{**given, **fields})


async def test_the_documented_example_runs_and_saves_by_itself(place: Place) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher)
    (task,) = place.saved
    assert (task["task_id"], task["status"], task["valid_time_range"]) == (task_id, "pending", [0, 23])
    assert (task["sys_type"], task["kwargs"]["task_id"]) == ("mac_intel", task_id)
    await dispatcher.start()
    await until(lambda: place.saved[0]["last_execution_time"], "the end of the run is saved")
    assert place.notes == ["开始运营"]
    assert dispatcher.pause_task(task_id)
    await until(lambda: place.saved[0]["status"] == "paused", "the pause is saved")
    assert dispatcher.resume_task(task_id)
    await until(lambda: place.saved[0]["status"] in ("pending", "running"), "and that it is over")
    await dispatcher.stop()
    assert len(place.saved) == 1


async def test_a_task_of_an_enumeration_and_any_arguments_is_kept_whole(place: Place) -> None:
    options = {"tags": ("一", 2), "until": datetime.date(2027, 1, 1)}
    await added(place.dispatcher(), sys_type=SysType.MAC_INTEL, options=options, max_posts=3)
    (task,) = place.saved
    assert task["sys_type"] == "mac_intel"
    assert task["kwargs"]["options"] == {"tags": ["一", 2], "until": "2027-01-01"}
    assert task["kwargs"]["max_posts"] == 3


async def test_a_task_without_an_end_ends_in_thirty_days(place: Place) -> None:
    await added(place.dispatcher(), task_end_time=None, valid_time_rage=None, valid_time_range=[8, 22])
    (task,) = place.saved
    assert datetime.date.fromisoformat(task["task_end_time"]) - TODAY >= datetime.timedelta(days=29)
    assert task["valid_time_range"] == [8, 22]


@pytest.mark.parametrize("window", [(8, 22), [8, 22]])
@pytest.mark.parametrize("key", ["valid_time_range", "valid_time_rage"])
async def test_a_window_is_a_list_or_a_tuple(place: Place, key: str, window: Any) -> None:
    await added(place.dispatcher(), **{"valid_time_rage": None, key: window})
    assert place.saved[0]["valid_time_range"] == [8, 22]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"xhs_account_id": ""}, "账号"),
        ({"xhs_account_id": None}, "账号"),
        ({"task_type": None}, "task_type"),
        ({"interval": 0}, "interval"),
        ({"interval": 0.2}, "最少 60 秒，例如 interval=3600"),
        ({"interval": 59}, "最少 60 秒"),
        ({"valid_time_rage": [8, 30]}, "valid_time_range"),
        ({"task_end_time": TODAY - datetime.timedelta(days=3)}, "截止日期"),
        ({"task_end_time": "soon"}, "task_end_time"),
        ({"callback": print}, "无法保存"),
        ({"note": "\ud800"}, "无法保存"),
    ],
)
async def test_what_cannot_be_a_task_is_a_value_error(place: Place, fields: dict[str, Any], said: str) -> None:
    dispatcher = place.dispatcher()
    with pytest.raises(ValueError, match=said):
        await added(dispatcher, **fields)
    assert dispatcher.get_all_tasks() == []


async def test_an_account_has_one_task_of_a_type(place: Place) -> None:
    dispatcher = place.dispatcher()
    first = await added(dispatcher)
    with pytest.raises(ValueError, match=f"已有 xhs_type 任务：{first}"):
        await added(dispatcher)
    other = await added(dispatcher, xhs_account_id="account_2")
    assert dispatcher.account_tasks == {"account_1": [first], "account_2": [other]}
    assert dispatcher.get_account_tasks("account_2") == [other]
    assert dispatcher.get_account_tasks("nobody") == []
    assert dispatcher.remove_task(first)
    assert [task["task_id"] for task in place.saved] == [other]
    assert await added(dispatcher) != first


async def test_verbs_say_no_where_the_task_dispatcher_did(place: Place) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher)
    assert not dispatcher.resume_task(task_id)
    assert not dispatcher.pause_task("gone")
    assert dispatcher.pause_task("gone").reason == "没有任务“gone”"
    assert dispatcher.get_task_status("gone") is None
    assert not dispatcher.reorder_task(task_id, float("nan"))
    assert dispatcher.pause_task(task_id)
    refused = dispatcher.reorder_task(task_id, 60)
    assert not refused
    assert "已暂停" in refused.reason
    assert await dispatcher.remove_task(task_id)  # Awaited or not: both were done.


async def test_reordering_adds_seconds_and_the_past_means_now(place: Place) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher)
    before = _next(dispatcher, task_id)
    assert dispatcher.reorder_task(task_id, 1800)
    assert _next(dispatcher, task_id) - before == datetime.timedelta(seconds=1800)
    assert dispatcher.reorder_task(task_id, -86400)
    assert _next(dispatcher, task_id) - before < datetime.timedelta(seconds=1800)
    assert not dispatcher.reorder_task(task_id, 40 * 86400)  # Beyond the end date.


async def test_running_now_waits_for_the_end_and_may_leave_the_next_run_where_it_was(place: Place) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher)
    dispatcher.reorder_task(task_id, 7200)
    planned = _next(dispatcher, task_id)
    await dispatcher.start()
    done = await dispatcher.execute_task_immediately(task_id, update_next=False)
    assert (bool(done), done.reason) == (True, "记下了")
    assert _next(dispatcher, task_id) == planned
    assert await dispatcher.execute_task_immediately(task_id)
    assert _next(dispatcher, task_id) < planned
    assert place.notes == ["开始运营"] * 2
    status = dispatcher.get_task_status(task_id)
    assert status is not None
    assert (status["status"], status["last_result"]) == ("pending", "记下了")


async def test_a_pause_stops_the_run_in_progress_and_what_is_resumed_meanwhile_goes_on(place: Place) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher, task_type="lingering")
    await dispatcher.start()
    await until(lambda: place.notes == ["lingers"], "the run has begun")
    assert not dispatcher.reorder_task(task_id, 60)  # It runs.
    assert dispatcher.pause_task(task_id)
    assert dispatcher.resume_task(task_id)
    await until(lambda: place.notes == ["lingers"] * 2, "it begins again")


async def test_a_task_that_is_removed_is_gone_although_its_run_still_leaves(place: Place) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher, task_type="stubborn")
    await dispatcher.start()
    await until(lambda: place.notes == ["lingers"], "the run has begun")
    with pytest.raises(ValueError, match=f"已有 stubborn 任务：{task_id}"):
        await added(dispatcher, task_type="stubborn")
    assert dispatcher.remove_task(task_id)
    assert dispatcher.get_task_status(task_id) is None
    assert await added(dispatcher, task_type="stubborn") != task_id


async def test_of_a_pause_and_what_takes_it_back_the_last_one_counts(place: Place) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher, task_type="stubborn")
    await dispatcher.start()
    await until(lambda: place.notes == ["lingers"], "the run has begun")
    assert dispatcher.pause_task(task_id)
    assert dispatcher.resume_task(task_id)
    assert dispatcher.pause_task(task_id)  # All while the run still leaves.
    await until(lambda: _status(dispatcher, task_id) == "paused", "the run has left")
    await dispatcher.stop()
    again = place.dispatcher()
    await again.start()
    assert _status(again, task_id) == "paused"
    assert place.notes == ["lingers"]


async def test_what_was_resumed_while_its_run_left_goes_on_in_the_next_life(place: Place) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher, task_type="stubborn")
    await dispatcher.start()
    await until(lambda: place.notes == ["lingers"], "the run has begun")
    assert dispatcher.pause_task(task_id)
    assert dispatcher.resume_task(task_id)
    await dispatcher.stop()
    again = place.dispatcher()
    await again.start()
    await until(lambda: place.notes == ["lingers"] * 2, "it begins again")


async def test_a_file_that_could_not_be_written_is_written_as_soon_as_it_can(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher)
    assert dispatcher.pause_task(task_id)
    await dispatcher.start()
    place.config.unlink()
    (place.config / "in the way").mkdir(parents=True)
    assert dispatcher.remove_task(task_id)  # The last thing that happens.
    await until(lambda: "cannot be written" in caplog.text, "it could not be written")
    (place.config / "in the way").rmdir()
    place.config.rmdir()
    await until(place.config.is_file, "the file is written although nothing more has happened")
    assert place.saved == []
    assert caplog.text.count("cannot be written") == 1


async def test_a_task_outlives_the_dispatcher_and_its_run_the_stop(place: Place) -> None:
    first = place.dispatcher()
    task_id = await added(first, task_type="lingering")
    await first.start()
    await until(lambda: place.notes == ["lingers"], "the run has begun")
    await first.stop()
    second = place.dispatcher()
    await second.start()
    status = second.get_task_status(task_id)
    assert status is not None
    assert status["status"] == "running"
    assert place.notes == ["lingers"]  # The same one: looked after again, not begun again.


async def test_a_task_whose_type_has_no_template_fails_with_that_reason(place: Place) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher, task_type="unwritten")
    await dispatcher.start()
    said = await until(lambda: (dispatcher.get_task_status(task_id) or {}).get("last_result"), "a result")
    assert "没有叫“unwritten”的模板，运行 sja templates 查看有哪些" in said
    status = dispatcher.get_task_status(task_id)
    assert status is not None
    assert (status["status"], status["failures"]) == ("pending", 1)
    assert status["reason"] == said, "or it looks as if nothing was wrong"


async def test_what_cannot_be_done_is_said_in_the_words_of_the_program_that_asked(place: Place) -> None:
    dispatcher = place.dispatcher()
    task_id = await added(dispatcher)
    assert dispatcher.pause_task(task_id)
    assert dispatcher.pause_task(task_id).reason.endswith("已经暂停，调用 resume_task 继续")
    refused = dispatcher.reorder_task(task_id, 60)
    assert refused.reason.endswith("已暂停，没有下一次可调整；先调用 resume_task")


async def test_an_existing_file_is_imported_once_and_then_the_store_counts(place: Place) -> None:
    await added(place.dispatcher())
    (task,) = place.saved
    for part in ("jobs", "backups"):
        for file in (place.directory / part).iterdir():
            file.unlink()
    planned = f"{TODAY + datetime.timedelta(days=2)}T12:00:00"
    theirs = {**task, "task_id": "theirs", "valid_time_rage": [9, 18], "priority": 7, "status": "paused"}
    theirs["next_execution_time"] = planned
    del theirs["valid_time_range"]
    place.config.write_text(json.dumps({"version": "1.0", "tasks": [theirs, 7], "account_tasks": {}}))
    dispatcher = place.dispatcher()
    (found,) = dispatcher.get_all_tasks()
    assert (found["task_id"], found["valid_time_range"], found["priority"]) == ("theirs", [9, 18], 7)
    assert list(place.directory.glob("dispatch_config.json.imported-*"))
    assert dispatcher.resume_task("theirs")
    place.config.write_text(json.dumps({"version": "1.0", "tasks": [{**theirs, "task_id": "stranger"}]}))
    (found,) = place.dispatcher().get_all_tasks()
    assert (found["task_id"], found["status"]) == ("theirs", "pending")
    assert found["next_execution_time"] == planned


async def test_a_damaged_file_is_set_aside_and_nothing_is_written_over_it(place: Place) -> None:
    place.config.write_text('{"version": "1.0", "tasks": [')
    dispatcher = place.dispatcher()
    assert dispatcher.get_all_tasks() == []
    (aside,) = place.directory.glob("dispatch_config.json.damaged-*")
    assert aside.read_text() == '{"version": "1.0", "tasks": ['
    await added(dispatcher)
    assert len(place.saved) == 1


def _status(dispatcher: TaskDispatcher, task_id: str) -> str:
    return (dispatcher.get_task_status(task_id) or {})["status"]


def _next(dispatcher: TaskDispatcher, task_id: str) -> datetime.datetime:
    status = dispatcher.get_task_status(task_id)
    assert status is not None
    return datetime.datetime.fromisoformat(status["next_execution_time"])
