"""A routine runs its command as a real process: hears it, limits it, ends it with all it started, tells how it went."""

import logging
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from kind_site import Platform
from routine_site import Workshop, are_gone, pids_in

from jobs.clock import SystemClock
from jobs.kinds.routine import ROUTINE
from jobs.models.errors import Refusal
from jobs.models.templates import WHOLE_FILE
from jobs.models.text import shorten
from jobs.templates import TemplateBook, shipped

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and forks")


def family(*, stubborn: bool = False) -> str:
    """A command that starts another one; stubborn ones ignore SIGTERM. Both write their pids into a file."""
    ignoring = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if stubborn else ""
    tells = "open(sys.argv[1], 'a').write(str(os.getpid()) + '\\n')\n"
    child = f"{ignoring}import os, sys, time\n{tells}time.sleep(600)"
    return (
        f"{ignoring}import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}, sys.argv[1]])\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"
        f"{tells}print('ready', flush=True)\ntime.sleep(600)"
    )


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "sja.routine")
    return caplog


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    return tmp_path / "pids"


def until_both_run(workshop: Workshop, pids: Path) -> None:
    while len(pids_in(pids)) < 2 or "ready" not in workshop.book.said:
        workshop.stopping.wait(0.01)


def test_what_the_command_says_is_logged_and_its_last_line_is_the_result(logged: pytest.LogCaptureFixture) -> None:
    outcome = Workshop("print('one'); print(); print('二')").work()
    assert (outcome.done, outcome.sentence) == (True, "二")
    assert [message for message in logged.messages if message.startswith("| ")] == ["| one", "| 二"]


def test_a_command_that_says_nothing_is_done() -> None:
    assert Workshop("pass").work().sentence == "完成，没有输出"


def test_values_arrive_as_single_arguments_and_no_shell_reads_them() -> None:
    told = Workshop(
        "import sys; print(sys.argv[1:])", "--dir={dir}", "{dir}", params={"dir": {"type": "str", "pattern": ".*"}}
    )
    assert told.work(dir="$(id) ; a b").sentence == "['--dir=$(id) ; a b', '$(id) ; a b']"


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("print('no space'); raise SystemExit(3)", "命令以退出码 3 结束：no space"),
        ("raise SystemExit(127)", "命令以退出码 127 结束"),
    ],
)
def test_another_exit_code_is_a_failure_said_with_the_last_line(script: str, sentence: str) -> None:
    outcome = Workshop(script).work()
    assert (outcome.done, outcome.sentence) == (False, sentence)


@POSIX
def test_a_signal_is_a_failure_said_in_words() -> None:
    outcome = Workshop("import os; os.kill(os.getpid(), 9)").work()
    assert (outcome.done, outcome.sentence) == (False, "命令被信号 9 终止（可能内存不足）")


def test_standard_error_is_heard_and_standard_input_is_empty() -> None:
    told = "import sys; print(repr(sys.stdin.read()), file=sys.stderr)"
    assert Workshop(told).work().sentence == "''"


def test_bytes_that_are_no_text_colours_and_progress_bars_are_made_readable() -> None:
    script = r"import sys; sys.stdout.buffer.write(b'10%\r99%\r\x1b[31m100%\xff\x1b[0m \x07done')"
    assert Workshop(script).work().sentence == "100%� done"


def test_secrets_of_a_command_are_not_told() -> None:
    assert "hunter2" not in Workshop("print('password=hunter2')").work().sentence


def test_of_a_flood_the_beginning_and_the_end_are_logged(logged: pytest.LogCaptureFixture) -> None:
    outcome = Workshop("for n in range(9000): print('line', n, 'x' * 300)").work()
    heard = [message for message in logged.messages if message.startswith("| ")]
    assert outcome.sentence == shorten(f"line 8999 {'x' * 300}", 80)
    assert heard[0].startswith("| line 0 ")
    assert [line.split()[2] for line in heard[-20:]] == [str(n) for n in range(8980, 9000)]
    assert sum(map(len, heard)) < 1.5 * 2**20
    assert any(message.startswith("略去 ") for message in logged.messages)


def test_a_flood_without_line_ends_is_cut(logged: pytest.LogCaptureFixture) -> None:
    Workshop("import sys; [sys.stdout.write('x' * 10**6) for _ in range(30)]").work()
    assert [message for message in logged.messages if message.startswith("| ")] == ["| " + "x" * 1000]


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_command_that_takes_too_long_is_ended_with_what_it_started(pids: Path, stubborn: bool) -> None:
    workshop = Workshop(family(stubborn=stubborn), str(pids), timeout_seconds=600)
    with workshop.working() as working:
        until_both_run(workshop, pids)
        workshop.clock.ahead_seconds = 600
    assert working.outcome is not None
    assert (working.outcome.done, working.outcome.sentence) == (False, "超过 10分钟没有结束，已终止，最后一行：ready")
    assert are_gone(pids_in(pids))


@POSIX
def test_a_daemon_that_keeps_the_output_open_holds_nobody_up(
    logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, pids: Path
) -> None:
    monkeypatch.setenv("SJA_RUN", os.urandom(16).hex())
    daemon = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
    script = (
        f"import os, subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {daemon!r}, sys.argv[1]],"
        " start_new_session=True)\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)\nprint('started')"
    )
    outcome = Workshop(script, str(pids)).work()
    assert (outcome.done, outcome.sentence) == (True, "started")
    assert any("留下的进程还占着输出" in message for message in logged.messages)
    assert are_gone(pids_in(pids))


@POSIX
@pytest.mark.parametrize("ends", ["print('started')", "raise SystemExit(3)"])
def test_what_a_command_leaves_in_a_session_of_its_own_goes_with_the_run(
    logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, pids: Path, ends: str
) -> None:
    monkeypatch.setenv("SJA_RUN", os.urandom(16).hex())
    left = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
    script = (
        f"import os, subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {left!r}, sys.argv[1]],"
        " start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        f"while not os.path.exists(sys.argv[1]): time.sleep(0.01)\n{ends}"
    )
    Workshop(script, str(pids)).work()
    assert any("留下的进程还在运行" in message for message in logged.messages)
    assert len(pids_in(pids)) == 1
    assert are_gone(pids_in(pids))


@pytest.mark.parametrize(
    ("account", "told"), [("czq", "czq"), ("-rf", "None"), ("..", "None"), ("a/b", "None"), ("a b", "None"), (7, "7")]
)
def test_only_a_safe_account_reaches_a_command(logged: pytest.LogCaptureFixture, account: object, told: str) -> None:
    workshop = Workshop("import os; print(os.environ.get('SJA_ACCOUNT'))")
    workshop.config["account"] = account
    assert workshop.work().sentence == told
    assert any("命令收不到 SJA_ACCOUNT" in message for message in logged.messages) == (told == "None")


def test_a_run_that_shall_leave_ends_its_command(pids: Path) -> None:
    workshop = Workshop(family(), str(pids))
    with workshop.working() as working:
        until_both_run(workshop, pids)
        workshop.stopping.set()
    assert working.outcome is not None
    assert (working.outcome.done, working.outcome.sentence) == (False, "被要求退出")
    assert are_gone(pids_in(pids))


def test_a_run_promises_no_sign_of_life_before_its_time_is_over() -> None:
    workshop = Workshop("pass", timeout_seconds=600)
    promised: list[Any] = []
    workshop.book.progress = lambda sentence, *, checks, next_check_at: promised.append(next_check_at)  # type: ignore[method-assign]
    before = SystemClock().now()
    workshop.work()
    assert [round((at - before).total_seconds()) for at in promised] == [600]


def test_a_run_that_was_superseded_leaves_no_command_behind(pids: Path) -> None:
    workshop = Workshop(family(), str(pids))

    def progress(sentence: str, **_: object) -> None:
        if sentence == "ready":
            raise RuntimeError("fenced")

    workshop.book.progress = progress  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="fenced"):
        workshop.work()
    assert are_gone(pids_in(pids))


def test_a_command_sees_a_harmless_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEBOT_ACCESS_TOKEN", "s3cret")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("SJA_HOME", "/home/of/ours")
    workshop = Workshop("import os; print(sorted(os.environ))", env={"COLOUR": "no"})
    workshop.config["account"] = "czq"
    told = workshop.work().sentence + str(workshop.book.said)
    assert "TOKEN" not in told
    workshop = Workshop(
        "import os; print(*map(os.environ.get, ['COLOUR', 'SJA_ACCOUNT', 'SJA_HOME', 'PYTHONPATH']))",
        env={"COLOUR": "no"},
    )
    workshop.config["account"] = "czq"
    assert workshop.work().sentence == "no czq /home/of/ours None"


def test_a_command_runs_where_its_template_says(tmp_path: Path) -> None:
    told = "import os; print(os.path.realpath(os.getcwd()))"
    assert Workshop(told, cwd=str(tmp_path)).work().sentence.startswith(str(tmp_path.resolve())[:40])
    with pytest.raises(Refusal, match="cwd 不是已有的目录"):
        Workshop(told, cwd=str(tmp_path / "nowhere")).work()


def test_a_command_that_cannot_be_started_is_said(tmp_path: Path) -> None:
    workshop = Workshop()
    workshop.table["argv"] = ["surely-no-such-command"]
    with pytest.raises(Refusal, match="模板“t”的命令启动不了：命令不存在"):
        workshop.work()


def test_a_template_that_is_gone_or_has_changed_fails_the_run_with_the_reason() -> None:
    workshop = Workshop("pass", params={"dir": {"type": "str"}})
    with pytest.raises(Refusal, match="还要写参数 dir"):
        workshop.work()
    with pytest.raises(Refusal, match="没有“old”这个参数"):
        workshop.work(dir="a", old="b")
    workshop.config["template"] = "xhs_type"
    with pytest.raises(Refusal, match="没有叫“xhs_type”的模板"):
        workshop.work()


def test_an_imported_task_gives_its_template_the_arguments_it_has_parameters_for() -> None:
    params = {"user_query": {"type": "str"}, "images": {"type": "int", "default": 3}}
    workshop = Workshop("import sys; print(sys.argv[1:])", "{user_query}", "{images}", params=params)
    workshop.config["dispatch"] = {"kwargs": {"user_query": "旧的", "images": None, "task_id": "t1"}}
    assert workshop.work(user_query="新的", more="1").sentence == "['新的', '3']"


@pytest.mark.parametrize("name", ["hello", "disk"])
def test_the_templates_that_ship_work_out_of_the_box(name: str) -> None:
    workshop = Workshop()
    told = shipped().known[name]
    workshop.table = {"argv": [part.replace("{", "{{") for part in told.rendered(told.checked({}))]}
    outcome = workshop.work()
    assert outcome.done, outcome.sentence


def test_any_stored_configuration_can_be_described() -> None:
    def described(config: dict[str, Any]) -> str:
        return ROUTINE.describe(config, Platform.presets)

    assert described({}) == "配置无法辨认"
    assert described({"template": ["x"], "params": 3}) == "配置无法辨认"
    assert described({"template": "t", "params": [], "account": None}) == "模板 t"
    assert described({"template": "t", "params": {"dir": "a b", "n": 3}, "account": "czq"}) == (
        "模板 t · dir=“a b” n=3 · 账号 czq"
    )


# -- the file ----------------------------------------------------------------------------------------------------
def write(home: Path, text: str, *, turn: int) -> None:
    """Writes the file as at another time, however quick the test."""
    file = home / "templates.toml"
    file.write_text(text, encoding="utf-8")
    os.utime(file, (turn, turn))


def test_the_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    book = TemplateBook(tmp_path)
    assert [*book.templates().known] == ["hello", "disk"]
    write(tmp_path, '[mine]\nargv = ["true"]\n[hello]\nargv = ["echo", "mine"]', turn=1)
    assert [*book.templates().known] == ["hello", "disk", "mine"]
    assert book.templates().named("hello").argv[1] == ("mine",)
    write(tmp_path, '\ufeff[other]\nargv = ["true"]', turn=2)
    assert [*book.templates().known] == ["hello", "disk", "other"]
    (tmp_path / "templates.toml").unlink()
    assert [*book.templates().known] == ["hello", "disk"]


@pytest.mark.parametrize("text", ["[mine", "mine = [" + "[" * 5000, "\udc80", "x" * 2**21])
def test_while_the_file_cannot_be_read_what_was_read_before_stays_and_it_is_said_once(
    tmp_path: Path, text: str
) -> None:
    complaints: list[str] = []
    book = TemplateBook(tmp_path, complaints.append)
    write(tmp_path, '[mine]\nargv = ["true"]', turn=1)
    book.templates()
    (tmp_path / "templates.toml").write_bytes(text.encode(errors="surrogateescape"))
    os.utime(tmp_path / "templates.toml", (2, 2))
    assert book.templates().named("mine").argv == (("true",),)
    assert book.templates().named("hello") == shipped().named("hello")
    assert book.templates().refused == {WHOLE_FILE: complaints[0]}
    (complaint,) = complaints
    assert not any(word in complaint.removeprefix("templates.toml") for word in ("xpected", "codec", "recursion"))
    fresh = TemplateBook(tmp_path)
    assert fresh.templates().known == shipped().known
    with pytest.raises(Refusal, match=r"templates\.toml"):
        fresh.templates().named("mine")


def test_a_template_that_is_wrong_now_stays_as_it_was_read_before_and_one_that_is_gone_does_not(tmp_path: Path) -> None:
    book = TemplateBook(tmp_path)
    write(tmp_path, '[mine]\nargv = ["true"]\n[other]\nargv = ["true"]', turn=1)
    book.templates()
    write(tmp_path, "[mine]\nargv = []", turn=2)
    assert book.templates().named("mine").argv == (("true",),)
    assert [*book.templates().refused] == ["mine"]
    with pytest.raises(Refusal):
        book.templates().named("other")
    write(tmp_path, "", turn=3)
    assert [*book.templates().known] == ["hello", "disk"]


def test_what_the_file_says_wrongly_is_said_in_chinese_with_line_and_column(tmp_path: Path) -> None:
    write(tmp_path, '# 注释\n[mine\nargv = ["true"]', turn=1)
    assert "（第 2 行第 6 个字：方括号没有配对）" in TemplateBook(tmp_path).templates().refused[WHOLE_FILE]


def test_what_is_no_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "templates.toml").mkdir()
    assert [*TemplateBook(tmp_path).templates().refused] == [WHOLE_FILE]
    (tmp_path / "templates.toml").rmdir()
    os.mkfifo(tmp_path / "templates.toml")
    assert [*TemplateBook(tmp_path).templates().refused] == [WHOLE_FILE]
