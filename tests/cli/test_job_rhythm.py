"""Pausing, going on, running now and shifting from a shell, in a home without a bot."""

import json
from contextlib import closing
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from terminal_site import Shell, a_job

from jobs.clock import SystemClock
from jobs.models.change import Change, Occurrence, OccurrenceStatus
from jobs.models.ids import JobId, RunId
from jobs.models.job import Job, Status
from jobs.models.punctuality import Misfire, Punctuality
from jobs.models.recurrence import Weekly, next_after
from jobs.store.opening import open_beside
from jobs.supervisor.locks import hold_home

HALF_AN_HOUR = timedelta(minutes=30)


def a_schedule() -> Job:
    """One that is due daily, half a day from now."""
    now = SystemClock().now()
    ahead = now.astimezone(ZoneInfo("Asia/Shanghai")) + timedelta(hours=12)
    daily = Weekly(time=time(ahead.hour, ahead.minute))
    waits = {"kind": "schedule", "status": Status.PENDING, "recurrence": daily}
    return a_job("aa", name="晨跑", next_at=next_after(daily, now), updated_at=now, **waits)


def the_job(shell: Shell) -> Job:
    (job,) = shell.store()
    return job


def test_a_schedule_is_paused_and_goes_on(shell: Shell) -> None:
    shell.store(a_schedule())
    paused = shell.sja("job-pause", "1")
    assert (paused.code, paused.out) == (0, "⏸️ #1 晨跑（aa）已暂停\n")
    assert "暂停：" in shell.sja("job", "1").out
    assert "已暂停（" in shell.sja("jobs").out
    (listed,) = json.loads(shell.sja("jobs", "--json").out)["jobs"]
    assert (listed["status"], datetime.fromisoformat(listed["paused_at"]).tzinfo is not None) == ("paused", True)
    again = shell.sja("job-pause", "1")
    assert (again.code, again.err) == (1, "⚠️ #1 晨跑 已经暂停，运行 sja job-resume 1 继续\n")
    resumed = shell.sja("job-resume", "1")
    assert (resumed.code, resumed.out.splitlines()[0]) == (0, "⏳ #1 晨跑（aa）等待下一次")
    assert resumed.out.splitlines()[1].startswith("接下来：")


def test_going_on_says_how_many_were_skipped(shell: Shell) -> None:
    shell.store(a_schedule())
    shell.sja("job-pause", "1")
    skipped = Occurrence(
        job_id=JobId("aa"),
        scheduled_at=SystemClock().now() + timedelta(seconds=1),
        status=OccurrenceStatus.SKIPPED,
        reason="任务已暂停",
    )
    before = replace(skipped, scheduled_at=skipped.scheduled_at - timedelta(days=1))
    with closing(open_beside(shell.home, SystemClock())) as store:
        store.apply(Change(occurrences=(before, skipped)))
    assert shell.sja("job-resume", "1").out.splitlines()[0] == "暂停期间跳过了 1 次"


@pytest.mark.parametrize(
    ("written", "shift", "said"),
    [
        ("-1800", -HALF_AN_HOUR, "提前 30分钟"),
        ("1800", HALF_AN_HOUR, "推迟 30分钟"),
        ("+30m", HALF_AN_HOUR, "推迟 30分钟"),
        ("提前30分钟", -HALF_AN_HOUR, "提前 30分钟"),
        ("-30分钟", -HALF_AN_HOUR, "提前 30分钟"),
        ("-30m", -HALF_AN_HOUR, "提前 30分钟"),
    ],
)
def test_the_next_run_is_shifted_by_seconds_of_either_sign(
    shell: Shell, written: str, shift: timedelta, said: str
) -> None:
    (before,) = shell.store(a_schedule())
    assert before.next_at is not None
    told = shell.sja("job-reorder", "1", written)
    assert (told.code, told.out.splitlines()[0]) == (0, f"✅ 已调整 #1 晨跑：{said}")
    assert the_job(shell).next_at == before.next_at + shift
    (listed,) = json.loads(shell.sja("jobs", "--json").out)["jobs"]
    assert datetime.fromisoformat(listed["next_at"]) == before.next_at + shift


@pytest.mark.parametrize("written", ["0", "abc", "", "1.5", "9" * 50, "明天", "-x", "--yes"])
def test_a_shift_that_is_none_is_wrong_usage(shell: Shell, written: str) -> None:
    shell.store(a_schedule())
    answer = shell.sja("job-reorder", "1", written)
    assert (answer.code, answer.out) == (2, "")
    assert "请写成 -30分钟（提前）" in answer.err


def test_a_shift_of_a_job_that_rests_is_refused_with_the_reason(shell: Shell) -> None:
    shell.store(replace(a_schedule(), status=Status.STOPPED, next_at=None))
    refused = shell.sja("job-reorder", "1", "60")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "⚠️ #1 晨跑 已停止，没有下一次可调整；先运行 sja job-start 1\n"


def test_an_extra_run_is_noted_for_the_bot(shell: Shell) -> None:
    shell.store(a_schedule())
    told = shell.sja("job-run", "1")
    assert (told.code, told.out) == (0, "📝 已记下立即执行：#1 晨跑（机器人没有在运行，它启动后就执行）\n")
    again = shell.sja("job-run", "1")
    assert (again.code, "已经在排队" in again.err) == (1, True)
    shell.store(a_job("bb"))
    assert "不是按时间运行的" in shell.sja("job-run", "bb").err


def test_where_no_bot_ever_ran_nobody_is_said_to_have_left(shell: Shell) -> None:
    shell.store(a_schedule())
    assert "机器人还没有运行过" in shell.sja("jobs").err
    hold = hold_home(shell.home)
    assert hold is not None
    hold.release()
    assert "它上次退出时的样子" in shell.sja("jobs").err


def test_advice_in_what_a_run_has_said_is_for_a_shell_too(shell: Shell) -> None:
    said = "没有叫“x”的模板，发送 !模板 查看有哪些"
    shell.store(replace(a_schedule(), status=Status.FAILED, next_at=None, reason=said, last_result=said))
    for command in (("job", "1"), ("jobs",)):
        assert "运行 sja templates 查看有哪些" in shell.sja(*command).out
        assert "!模板" not in shell.sja(*command).out


def test_a_missed_single_instant_is_said_to_be_missed(shell: Shell) -> None:
    missed = "错过 1 次：当时机器人没有运行"
    shell.store(replace(a_schedule(), status=Status.COMPLETED, next_at=None, reason=missed, last_result=missed))
    assert "状态：已错过（当时机器人没有运行），运行 sja job-run 1 补一次" in shell.sja("job", "1").out
    assert "已错过（当时机器人没有运行）" in shell.sja("jobs").out


def test_a_detail_says_that_the_next_run_was_shifted(shell: Shell) -> None:
    shell.store(a_schedule())
    shell.sja("job-reorder", "1", "60")
    assert "已调整：下次原定 " in shell.sja("job", "1").out


def test_a_detail_shows_what_became_of_the_last_instants_and_its_own_punctuality(shell: Shell) -> None:
    job = replace(a_schedule(), failures=3, punctuality=Punctuality(misfire=Misfire.SKIP))
    shell.store(job)
    noon = datetime(2026, 11, 22, 4, tzinfo=ZoneInfo("UTC"))
    done = Occurrence(
        job_id=job.id,
        scheduled_at=noon,
        status=OccurrenceStatus.DONE,
        run_id=RunId("r"),
        late_seconds=0.0003,
    )
    days = [replace(done, scheduled_at=noon - timedelta(days=day)) for day in range(7)]
    with closing(open_beside(shell.home, SystemClock())) as store:
        store.apply(Change(occurrences=tuple(days)))
    lines = shell.sja("job", "1").out.splitlines()
    assert lines[-6:-4] == ["最近几次：", "  11-22 12:00:00 ✅ 迟 0.3 毫秒"]
    assert "误点：错过的不补，上一次没结束就跳过" in lines
    assert "连续失败：3 次" in lines
