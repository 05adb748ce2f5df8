"""What the commands of `sja` do in a home without a bot."""

import json
from contextlib import closing
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from terminal_site import Shell, a_job

from jobs.cli.show import cleaning_text
from jobs.clock import SystemClock
from jobs.logs import FileLogs
from jobs.models.change import Change
from jobs.models.cleaning import Cleaning
from jobs.models.ids import JobId, JobNumber
from jobs.models.job import Status
from jobs.store.opening import open_beside


def test_a_monitor_is_created_listed_stopped_and_deleted_by_its_number(shell: Shell) -> None:
    created = shell.sja("create-monitor", "--name", "晚场", "--preset", "13", "--interval", "60")
    assert created.code == 0
    assert "#1" in created.out
    assert "没有群可通知，结果写进日志" in created.err
    listed = json.loads(shell.sja("jobs", "--json").out)
    assert [(job["number"], job["name"], job["status"]) for job in listed["jobs"]] == [(1, "晚场", "pending")]
    assert shell.sja("job-stop", "#1").code == 0
    assert shell.sja("job-delete", "1").code == 0
    assert shell.store() == []


def test_a_log_is_shown_from_its_end_and_searched(shell: Shell) -> None:
    shell.store(a_job("aa"))
    FileLogs(shell.home / "jobs").append(JobId("aa"), ["one", "two needle", "three"])
    assert shell.sja("job-logs", "aa", "--lines", "2").out == "two needle\nthree\n"
    assert shell.sja("job-logs", "aa", "--search", "NEEDLE").out == "two needle\n"


def test_a_log_with_nothing_to_show_says_why_beside_the_output(shell: Shell) -> None:
    shell.store(a_job("aa"))
    assert shell.sja("job-logs", "aa") == (0, "", "#1 监控 aa 还没有日志\n")
    FileLogs(shell.home / "jobs").append(JobId("aa"), ["one"])
    nothing = shell.sja("job-logs", "aa", "--search", "needle")
    assert nothing == (0, "", "#1 监控 aa 的日志里没有“needle”，sja job-logs 1 看最近的\n")
    assert "没有含“needle”的日志" in shell.sja("job-logs", "aa", "--search", "needle", "--since", "1h").err


def test_advice_in_a_shell_names_commands_of_the_shell(shell: Shell) -> None:
    shell.store(a_job("aa"))
    assert shell.sja("job", "99").err == "⚠️ 没有找到任务“99”，运行 sja jobs 查看编号\n"
    nowhere = shell.sja("create-monitor", "--name", "晚场", "--preset", "999")
    assert "运行 sja presets 查看" in nowhere.err
    assert "!" not in nowhere.err


def test_the_bare_command_shows_the_help(shell: Shell) -> None:
    answer = shell.sja()
    assert (answer.code, answer.err) == (0, "")
    assert "create-monitor" in answer.out


def test_a_log_is_shown_since_an_instant(shell: Shell) -> None:
    shell.store(a_job("aa"))
    now = SystemClock().now().astimezone(ZoneInfo("Asia/Shanghai"))
    lines = [f"{now - timedelta(minutes=ago):%Y-%m-%d %H:%M:%S} INFO {ago}" for ago in range(90, 0, -1)]
    FileLogs(shell.home / "jobs").append(JobId("aa"), lines)
    assert len(shell.sja("job-logs", "aa", "--since", "70m30s").out.splitlines()) == 70
    last = shell.sja("job-logs", "aa", "--since", "1h", "--lines", "2", "--search", "INFO").out
    assert last.split()[3::4] == ["2", "1"]
    assert shell.sja("job-logs", "aa", "--since", f"{now - timedelta(minutes=3):%Y-%m-%d %H:%M}").out.endswith(
        "INFO 1\n"
    )
    refused = shell.sja("job-logs", "aa", "--since", "夏天")
    assert (refused.code, "例如" in refused.err or "请写成" in refused.err) == (1, True)


def test_cleaning_deletes_what_ended_long_ago_and_names_it(shell: Shell) -> None:
    shell.store(a_job("aa"), a_job("bb", updated_at=SystemClock().now()), a_job("cc", status=Status.PENDING))
    cleaned = shell.sja("jobs-cleanup", "--days", "3650")
    assert cleaned.out == "🧹 没有要清理的\n"
    cleaned = shell.sja("jobs-cleanup", "--days", "1")
    assert cleaned.out == "🧹 清理完毕\n删除 1 个已结束的任务：#1 监控 aa\n"
    assert [job.id for job in shell.store()] == ["bb", "cc"]


def test_cleaning_names_the_jobs_it_mended() -> None:
    mended = a_job("aa", number=JobNumber(7), status=Status.FAILED)
    said = cleaning_text(Cleaning(mended=(mended,), deleted=(a_job("bb", number=JobNumber(8)),)))
    assert said.splitlines() == [
        "🧹 清理完毕",
        "修正 1 个进程已不在的任务：#7 监控 aa（失败）",
        "删除 1 个已结束的任务：#8 监控 bb",
    ]


@pytest.mark.parametrize("days", ["0", "-1", "3651", "9" * 5000, "abc", "1.5", ""])
def test_days_outside_of_ten_years_are_wrong_usage(shell: Shell, days: str) -> None:
    shell.store(a_job("aa"))
    answer = shell.sja("jobs-cleanup", f"--days={days}")
    assert (answer.code, answer.out) == (2, "")
    assert "天数要是 1 到 3650 之间的整数" in answer.err
    assert len(shell.store()) == 1


def test_what_was_exported_can_be_imported_elsewhere(shell: Shell) -> None:
    shell.store(a_job("aa"), a_job("bb", status=Status.FAILED, reason="登录失效"))
    assert shell.sja("export", "--output", "out.json").code == 0
    exported = shell.sja("export").out
    assert (shell.directory / "out.json").read_text("utf-8") == exported
    before = [(job.id, job.status) for job in shell.store()]
    shell.move_to("elsewhere")
    assert "导入了 2 个任务" in shell.sja("import", "out.json").out
    assert [(job.id, job.status) for job in shell.store()] == before


def test_a_thousand_jobs_are_listed_whole(shell: Shell) -> None:
    with closing(open_beside(shell.home, SystemClock())) as store:
        store.apply(Change(jobs=tuple(a_job(f"job{n}") for n in range(1000))))
    assert len(json.loads(shell.sja("jobs", "--json").out)["jobs"]) == 1000
    assert shell.sja("jobs").out.startswith("📋 任务列表（共 1000 个）")
