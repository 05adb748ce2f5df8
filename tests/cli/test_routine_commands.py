"""Routines from a shell: what they can run, and creating one."""

import json

import pytest
from terminal_site import Shell

MINE = """
[backup]
title = "备份目录"
argv = ["cp", "-a", "/srv/{dir}", "/mnt"]
[backup.params.dir]
type = "str"
pattern = "[a-z]{1,8}"
title = "哪个目录"
[broken]
argv = ["{x}"]
"""


def test_templates_are_listed_with_their_parameters_and_what_is_wrong_with_others(shell: Shell) -> None:
    shell.home.mkdir()
    (shell.home / "templates.toml").write_text(MINE, encoding="utf-8")
    listed = shell.sja("templates")
    assert listed.code == 0
    assert "backup  备份目录\n    dir= 哪个目录：要符合超级用户规定的写法；必须写，例如 dir=abc" in listed.out
    assert "⚠️ templates.toml 里的模板“broken”用不了：argv[0]" in listed.out
    document = json.loads(shell.sja("templates", "--json").out)
    assert [template["name"] for template in document["templates"]] == ["hello", "disk", "backup"]
    assert [*document["refused"]] == ["broken"]
    assert "/mnt" not in json.dumps(document)


def test_a_routine_is_created_with_all_that_was_said(shell: Shell) -> None:
    words = ["--template", "hello", "--interval", "7200", "--window", "8-22", "--ends", "+30", "--user", "czq"]
    created = shell.sja("create-routine", "--name", "问好", *words, "--param", "who=小明", "--param", "times=2")
    assert created.code == 0
    assert "✅ 已创建循环 #1" in created.out
    assert "模板 hello · who=小明 times=2 · 账号 czq" in created.out
    (job,) = shell.store()
    assert job.lock == "routine/czq"
    assert job.config["params"] == {"who": "小明", "times": 2}
    assert "每2小时 8-22点" in shell.sja("job", "1").out


@pytest.mark.parametrize(
    ("interval", "understood"), [("2小时", "每2小时"), ("90m", "每1小时30分钟"), ("7200", "每2小时")]
)
def test_an_interval_is_written_as_in_a_chat(shell: Shell, interval: str, understood: str) -> None:
    created = shell.sja("create-routine", "--name=问好", "--template=hello", f"--interval={interval}")
    assert f"{understood} · 模板 hello" in created.out


@pytest.mark.parametrize(("interval", "instead"), [("5", "例如 --interval=3600"), ("常常", "看不懂时长“常常”")])
def test_an_interval_that_cannot_be_is_refused_in_one_line(shell: Shell, interval: str, instead: str) -> None:
    refused = shell.sja("create-routine", "--name=问好", "--template=hello", "--interval", interval)
    assert (refused.code, refused.out) == (1, "")
    assert instead in refused.err
    assert refused.err.count("\n") == 1


def test_a_routine_that_cannot_be_is_refused_in_words_of_the_shell(shell: Shell) -> None:
    refused = shell.sja("create-routine", "--name", "问好", "--template", "hallo")
    assert (refused.code, refused.out) == (1, "")
    assert "没有叫“hallo”的模板" in refused.err
    assert "运行 sja templates 查看" in refused.err
    assert shell.sja("create-routine", "--name", "问好").code == 2
    assert (
        "写了两次"
        in shell.sja(
            "create-routine", "--name", "问好", "--template", "hello", "--param", "times=1", "--param", "times=2"
        ).err
    )
    assert shell.store() == []


def test_an_operator_is_told_what_is_wrong_with_a_template(shell: Shell) -> None:
    shell.home.mkdir(mode=0o700)
    (shell.home / "templates.toml").write_text(MINE, encoding="utf-8")
    refused = shell.sja("create-routine", "--name", "问好", "--template", "broken")
    assert refused.code == 1
    assert "模板“broken”用不了：argv[0]" in refused.err


def test_the_doctor_says_which_templates_cannot_be_used(shell: Shell) -> None:
    shell.home.mkdir(mode=0o700)
    (shell.home / "templates.toml").write_text(MINE, encoding="utf-8")
    findings = json.loads(shell.sja("doctor", "--json").out)["findings"]
    assert [finding["level"] for finding in findings if "模板“broken”用不了" in finding["what"]] == ["warning"]
