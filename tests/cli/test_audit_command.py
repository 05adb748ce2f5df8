"""`sja audit`: who did what when."""

import json
from contextlib import closing

import pytest
from terminal_site import Shell, is_refusal

from jobs.clock import SystemClock
from jobs.models.audit import Audit
from jobs.models.change import Change
from jobs.store.opening import open_beside


def create(shell: Shell, name: str) -> None:
    assert shell.sja("create-monitor", "--name", name, "--preset", "13", "--no-start").code == 0


def test_acts_on_jobs_and_on_everything_else_are_told_latest_first(shell: Shell) -> None:
    create(shell, "晚场")
    clock = SystemClock()
    with closing(open_beside(shell.home, clock)) as store:
        store.apply(Change(audits=(Audit(at=clock.now(), actor="qq:20001", act="chat.quota", subject="QQ20002 5"),)))
    assert shell.sja("job-delete", "1").code == 0
    told = shell.sja("audit").out.splitlines()
    assert [line.split(maxsplit=2)[2] for line in told] == [
        "命令行 删除 #1 晚场",
        "QQ20001 配额 QQ20002 5",
        "命令行 创建 #1 晚场",
    ]
    assert shell.sja("audit", "--user", "QQ20001").out.count("\n") == 1
    assert shell.sja("audit", "--user", "operator", "--lines", "1").out.endswith("删除 #1 晚场\n")
    acts = json.loads(shell.sja("audit", "--json").out)["acts"]
    assert [(act["actor"], act["act"]) for act in acts] == [
        ("operator", "job.deleted"),
        ("qq:20001", "chat.quota"),
        ("operator", "job.created"),
    ]


def test_acts_on_one_job_are_told_though_it_is_deleted(shell: Shell) -> None:
    create(shell, "晚场")
    create(shell, "早场")
    assert shell.sja("job-delete", "1").code == 0
    assert [line.split()[3] for line in shell.sja("audit", "--job", "#1").out.splitlines()] == ["删除", "创建"]
    assert shell.sja("audit", "--job", "早场").out.count("\n") == 1


@pytest.mark.parametrize("words", [["--user", "小明"], ["--job", "999"], ["--job", "无此"], ["--lines", "0"]])
def test_what_is_wrong_is_refused(shell: Shell, words: list[str]) -> None:
    create(shell, "晚场")
    assert is_refusal(shell.sja("audit", *words))


def test_nothing_done_is_said(shell: Shell) -> None:
    shell.store()
    assert shell.sja("audit").out == "没有操作记录\n"
