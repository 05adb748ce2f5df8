"""`sja backup`, `restore` and `doctor` in homes without a bot, and beside one that holds the home."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from terminal_site import Shell, a_job

from jobs.clock import SystemClock
from jobs.models.change import Change
from jobs.models.job import Status
from jobs.store.backups import backup
from jobs.store.opening import open_beside, open_store
from jobs.store.pruning import prune_rows
from jobs.supervisor.locks import hold_home

NO_RUN = "f" * 32


def a_bot_was_here(shell: Shell) -> None:
    """A home as a bot leaves it, with one job and a backup of today."""
    with closing(open_store(shell.home, SystemClock()).store) as store:
        store.apply(Change(jobs=(a_job("aa"),)))
        backup(store, shell.home, SystemClock().now())


def findings(shell: Shell, code: int) -> list[dict[str, Any]]:
    answer = shell.sja("doctor", "--json")
    assert answer.code == code, answer
    return json.loads(answer.out)["findings"]


def test_a_backup_says_where_it_is_and_what_is_in_it(shell: Shell) -> None:
    shell.store(a_job("aa"), a_job("bb"))
    answer = shell.sja("backup")
    assert answer.code == 0
    assert "2 个任务" in answer.out
    assert "-manual.db" in answer.out
    assert shell.sja("backup", "--output", "out.db").code == 0
    assert stat.S_IMODE((shell.directory / "out.db").stat().st_mode) == 0o600
    before = (shell.directory / "out.db").read_bytes()
    again = shell.sja("backup", "--output", "out.db")
    assert (again.code, again.out) == (1, "")
    assert "不会覆盖" in again.err
    assert (shell.directory / "out.db").read_bytes() == before


@pytest.mark.parametrize("output", [".", "missing/out.db", "", "x" * 999, "missing/\udcff"])
def test_a_backup_that_cannot_be_written_is_refused_in_one_line(shell: Shell, output: str) -> None:
    shell.store(a_job("aa"))
    answer = shell.sja("backup", f"--output={output}")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("⚠️ ")
    assert answer.err.count("\n") == 1


def test_without_a_store_there_is_nothing_to_back_up_and_no_store_afterwards(shell: Shell) -> None:
    answer = shell.sja("backup")
    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert not shell.home.exists()


def test_a_listed_backup_is_restored_by_its_name_after_a_yes(shell: Shell) -> None:
    shell.store(a_job("aa"))
    assert shell.sja("backup").code == 0
    shell.store(a_job("bb"))
    (path,) = (shell.home / "backups").iterdir()
    listed = shell.sja("restore")
    assert listed.code == 0
    assert path.name in listed.out
    assert "1 个任务" in listed.out
    asked = shell.sja("restore", path.name)
    assert asked.code == 1
    assert "--yes" in asked.err
    assert len(shell.store()) == 2
    restored = shell.sja("restore", path.name, "--yes")
    assert restored.code == 0
    assert "before-restore" in restored.out
    assert [job.id for job in shell.store()] == ["aa"]


def test_nothing_is_restored_under_a_running_bot(shell: Shell) -> None:
    shell.store(a_job("aa"))
    assert shell.sja("backup", "--output", "out.db").code == 0
    shell.store(a_job("bb"))
    with hold_home(shell.home) or pytest.fail("the home is free"):
        answer = shell.sja("restore", "out.db", "--yes")
        assert (answer.code, answer.out) == (1, "")
        assert "机器人正在运行" in answer.err
        assert shell.sja("backup").code == 0
    assert len(shell.store()) == 2


@pytest.mark.parametrize("name", ["missing.db", "", ".", "home/jobs/jobs.db", "/dev/null", "\udcff", "x" * 5000])
def test_what_is_no_backup_is_refused_in_one_line(shell: Shell, name: str) -> None:
    shell.store(a_job("aa"))
    answer = shell.sja("restore", "--yes", "--", name)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.count("\n") == 1
    assert len(answer.err) < 400
    assert [job.id for job in shell.store()] == ["aa"]


def test_a_damaged_store_can_be_restored_though_nothing_else_can_be_done_with_it(shell: Shell) -> None:
    a_bot_was_here(shell)
    (shell.home / "jobs" / "jobs.db").write_bytes(b"damaged")
    assert shell.sja("jobs").code == 1
    (path,) = (shell.home / "backups").iterdir()
    assert shell.sja("restore", path.name, "--yes").code == 0
    assert [job.id for job in shell.store()] == ["aa"]


def test_a_sound_home_has_no_findings(shell: Shell) -> None:
    a_bot_was_here(shell)
    answer = shell.sja("doctor", "--json")
    assert (answer.code, json.loads(answer.out)) == (0, {"bot": None, "warden": None, "findings": []})
    assert "一切正常" in shell.sja("doctor").out
    with hold_home(shell.home) or pytest.fail("the home is free"):
        assert json.loads(shell.sja("doctor", "--json").out)["bot"] == {"pid": os.getpid()}


def test_the_doctor_changes_nothing(shell: Shell) -> None:
    assert shell.sja("doctor").code == 0
    assert not shell.home.exists()


def test_a_damaged_store_is_an_error(shell: Shell) -> None:
    a_bot_was_here(shell)
    (shell.home / "jobs" / "jobs.db").write_bytes(b"damaged")
    (found,) = findings(shell, 1)
    assert (found["level"], set(found)) == ("error", {"level", "what", "fix"})
    assert "sja restore" in found["fix"]


def test_a_wrong_setting_is_an_error_that_names_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SJA_MAX_RUNNING", "many")
    found, *_ = findings(shell, 1)
    assert "SJA_MAX_RUNNING" in found["what"]


def test_a_wrong_setting_hides_neither_who_runs_nor_what_else_is_wrong(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.store(a_job("aa"))
    monkeypatch.setenv("SJA_LAUNCHER", "x")
    with hold_home(shell.home) or pytest.fail("the home is free"):
        answer = shell.sja("doctor")
    assert answer.code == 1
    assert f"机器人：进程 {os.getpid()}" in answer.out
    assert "SJA_LAUNCHER 的值 'x' 不对：只能是 auto、warden 或 portable" in answer.out
    assert "还没有备份" in answer.out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PORT", value) for value in ("99999", "0", "-1", "x", "9" * 5000)),
        *(("SUPERUSERS", value) for value in ("10001", "[10001]", "10001,10002", "{}")),
        *(("HOST", value) for value in ("0.0.0.0", "localhost")),
        ("COMMAND_START", "!"),
        ("SJA_DEFAULT_PRESET", "999"),
    ],
)
def test_what_the_bot_would_not_start_with_is_an_error(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    a_bot_was_here(shell)
    monkeypatch.setenv(name, value)
    (found,) = findings(shell, 1)
    assert found["what"].startswith(name)


def test_who_runs_in_a_home_that_cannot_be_named_is_not_claimed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SJA_HOME", "~nobody-of-that-name/sja")
    answer = shell.sja("doctor")
    assert answer.code == 1
    assert "没能检查" in answer.out
    assert "没有在运行" not in answer.out


def test_where_no_warden_is_wanted_none_is_missed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    a_bot_was_here(shell)
    monkeypatch.setenv("SJA_LAUNCHER", "portable")
    assert "守护进程：不需要" in shell.sja("doctor").out


def test_open_doors_old_notes_missing_backups_and_complaints_are_warnings(shell: Shell) -> None:
    shell.store(a_job("aa"))
    shell.home.chmod(0o755)
    (shell.home / "bot.pid").write_text("1\n")
    (shell.home / "warden.log").write_text("2026-11-23 12:00:00 ERROR no room\n")
    found = findings(shell, 0)
    assert {finding["level"] for finding in found} == {"warning"}
    said = "\n".join(finding["what"] for finding in found)
    for word in ("0755", "bot.pid", "还没有备份", "no room"):
        assert word in said
    assert all(finding["fix"] for finding in found)


def test_a_backup_of_last_week_is_a_warning(shell: Shell) -> None:
    a_bot_was_here(shell)
    (path,) = (shell.home / "backups").iterdir()
    week_ago = SystemClock().now().timestamp() - 7 * 86_400
    os.utime(path, (week_ago, week_ago))
    (found,) = findings(shell, 0)
    assert "7 天前" in found["what"]


def test_a_backup_of_next_week_is_a_warning(shell: Shell) -> None:
    a_bot_was_here(shell)
    (path,) = (shell.home / "backups").iterdir()
    next_week = SystemClock().now().timestamp() + 7 * 86_400
    os.utime(path, (next_week, next_week))
    (found,) = findings(shell, 0)
    assert found["level"] == "warning"
    assert f"{path.name} 的时间在未来" in found["what"]


@pytest.fixture
def orphan(shell: Shell) -> Iterator[int]:
    code = "import time; print(flush=True); time.sleep(600)"
    environment = {**os.environ, "SJA_HOME": str(shell.home), "SJA_RUN": NO_RUN}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.send_signal(signal.SIGKILL)


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_an_orphan_is_found_and_ended_only_beside_a_bot(shell: Shell, orphan: int) -> None:
    a_bot_was_here(shell)
    (found,) = findings(shell, 0)
    assert str(orphan) in found["what"]
    assert found["fix"] == "启动机器人就会结束它们"
    alone = shell.sja("jobs-cleanup", "--days", "1")
    assert alone.code == 0
    assert "机器人没有在运行" in alone.err
    assert is_alive(orphan)
    with hold_home(shell.home) or pytest.fail("the home is free"):
        beside = shell.sja("jobs-cleanup", "--days", "1")
    assert f"结束 1 个没有主人的进程（{orphan}）" in beside.out
    assert not is_alive(orphan)


def test_rows_of_jobs_long_deleted_go_and_their_numbers_are_not_given_again(shell: Shell) -> None:
    shell.store(*(a_job(f"job{n}") for n in range(30)))
    assert "删除 30 个" in shell.sja("jobs-cleanup", "--days", "1").out
    with closing(open_beside(shell.home, SystemClock())) as store:
        assert store.history.last_id() == 30
    assert prune_rows(shell.home, SystemClock().now(), at_once=10) == 30
    (job,) = shell.store(a_job("new", status=Status.PENDING))
    assert job.number == 31
