"""`sja import` and `sja export --format dispatch`: the TaskDispatcher's file in and out of a shell."""

import json
from typing import Any

import pytest
from terminal_site import Shell, a_job

from jobs.models.job import Status

TASK: dict[str, Any] = {
    "task_id": "a1b2c3d4-0001",
    "account_id": "account_1",
    "account_name": "账号1",
    "task_type": "xhs_type",
    "status": "pending",
    "interval": 3600,
    "valid_time_range": [8, 22],
    "task_end_time": "2999-02-08",
    "last_execution_time": "2026-01-08T10:30:00",
    "next_execution_time": "2999-01-08T11:30:00",
    "created_at": "2026-01-08T00:00:00",
    "updated_at": "2026-01-08T10:30:00",
    "kwargs": {"user_query": "开始运营"},
    "sys_type": "mac_intel",
}
CONFIG: dict[str, Any] = {
    "version": "1.0",
    "saved_at": "2026-01-08T00:36:37.121980",
    "tasks": [TASK, {**TASK, "task_id": "second", "status": "paused", "next_execution_time": None}],
    "account_tasks": {"account_1": ["a1b2c3d4-0001", "second"]},
}


def a_file(shell: Shell, document: Any, name: str = "dispatch_config.json") -> str:
    (shell.directory / name).write_text(document if isinstance(document, str) else json.dumps(document))
    return name


def test_import_knows_the_format_by_itself_and_says_what_will_run(shell: Shell) -> None:
    said = shell.sja("import", a_file(shell, CONFIG, "旧的.json"))
    assert said.code == 0
    assert "✅ 从 旧的.json 导入了 2 个循环任务" in said.out
    assert "其中 1 个在等下一次执行，会按时自动运行" in said.out
    assert "还没有叫“xhs_type”的模板" in said.out
    assert {job.status for job in shell.store()} == {Status.PENDING, Status.PAUSED}


def test_import_says_which_tasks_will_run_less_often_than_they_wished(shell: Shell) -> None:
    said = shell.sja("import", a_file(shell, {**CONFIG, "tasks": [{**TASK, "interval": 5}]}))
    assert "⚠️ 间隔不足 60 秒的任务按 60 秒运行：a1b2c3d4-0001\n" in said.out


def test_import_of_tasks_whose_templates_are_there_says_nothing_of_them(shell: Shell) -> None:
    tasks = [{**TASK, "task_type": "hello"}, {"task_id": "broken"}]
    said = shell.sja("import", a_file(shell, {**CONFIG, "tasks": tasks}))
    assert "模板" not in said.out
    assert "⚠️ 任务 broken 无法导入：" in said.out
    assert said.out.count("跳过") == 1
    assert "⚠️ 账号索引 account_tasks 与任务对不上" in said.out


def test_a_damaged_file_and_an_unknown_version_are_refused_in_one_line(shell: Shell) -> None:
    damaged = shell.sja("import", a_file(shell, json.dumps(CONFIG)[:-200], "半个.json"))
    assert (damaged.code, damaged.err) == (1, "⚠️ 半个.json 不是完整的 JSON 文件，无法导入\n")
    torn = shell.sja("import", a_file(shell, "[", "另外半个.json"))
    assert (torn.code, torn.err) == (1, "⚠️ 另外半个.json 不是完整的 JSON 文件，无法导入\n")
    newer = shell.sja("import", a_file(shell, {**CONFIG, "version": "3.1"}))
    assert newer.code == 1
    assert "版本是 3.1，这里只认识 1.0" in newer.err
    assert shell.store() == []


def test_export_writes_what_was_imported_and_no_other_kind(shell: Shell) -> None:
    shell.store(a_job("1e95803d"))
    shell.sja("import", a_file(shell, CONFIG))
    shown = shell.sja("export", "--format", "dispatch")
    assert json.loads(shown.out) | {"saved_at": CONFIG["saved_at"]} == CONFIG
    said = shell.sja("export", "--format", "dispatch", "--output", "out.json")
    assert said.out == "✅ 已导出到 out.json\n"
    written = json.loads((shell.directory / "out.json").read_text())
    assert written["tasks"] == CONFIG["tasks"]
    left_out = "⚠️ 有 1 个任务没有写进去：TaskDispatcher 的格式只有循环任务，全部任务请用 sja export\n"
    assert (shown.err, said.err) == (left_out, left_out)
    assert shell.sja("export").err == ""


@pytest.mark.parametrize("form", ["dispatch", "jobs"])
def test_a_file_made_by_redirection_is_utf8_whatever_the_terminal_is(
    shell: Shell, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under Windows, whose files made by `>` are otherwise of the system's code page."""
    shell.sja("import", a_file(shell, CONFIG))
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    exported = shell.sja_process(b"export", b"--format", form.encode())
    assert (exported.code, exported.err) == (0, "")
    json.loads(exported.out)
    assert "账号1" in exported.out
