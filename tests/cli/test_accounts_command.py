"""`sja accounts`: kept, named, shared and removed from a shell; what is secret stays so."""

import json
import os
import stat
import subprocess
import sys
import time
from array import array
from contextlib import closing
from pathlib import Path

import pytest
from terminal_site import Answer, Shell, at_terminal, is_refusal, read_until

from jobs.accounts.keyring import SealedKeyring
from jobs.accounts.vault import Vault
from jobs.clock import SystemClock
from jobs.store.opening import open_beside

PASSWORD = "S3cret-密码 with blanks "


@pytest.fixture
def czq(shell: Shell) -> Answer:
    """The operator's own account."""
    return shell.sja("accounts", "add", "czq", "--user", "5210001", "--password-stdin", typed=PASSWORD + "\n")


def accounts(shell: Shell) -> list[dict[str, object]]:
    return json.loads(shell.sja("accounts", "list", "--json").out)["accounts"]


def kept(shell: Shell, nickname: str) -> tuple[str, str]:
    """What an account would log in with."""
    clock = SystemClock()
    with closing(open_beside(shell.home, clock)) as store:
        (account,) = [each for each in store.accounts.all() if each.nickname == nickname]
        credentials = SealedKeyring(store, Vault(shell.home), clock).credentials(account)
        return credentials.user, credentials.password


def test_an_account_is_added_with_a_password_from_standard_input(shell: Shell, czq: Answer) -> None:
    assert (czq.code, czq.out) == (0, "✅ 已添加账号 czq，密码已加密保存\n")
    assert "sja accounts login czq" in czq.err
    assert kept(shell, "czq") == ("5210001", PASSWORD)
    assert stat.S_IMODE((shell.home / "secrets.key").stat().st_mode) == 0o600
    listed = shell.sja("accounts", "list")
    assert listed.out == "👤 账号（共 1 个）\nczq  默认 · 还没有登录过，运行 sja accounts login czq\n"
    assert [(each["nickname"], each["owner"], each["standing"]) for each in accounts(shell)] == [("czq", None, "never")]


def test_nothing_that_is_shown_of_an_account_has_its_name_or_password_at_the_platform(
    shell: Shell, czq: Answer
) -> None:
    shown = [shell.sja("accounts", "list"), shell.sja("accounts", "list", "--json"), shell.sja("export"), czq]
    assert all("S3cret" not in text and "5210001" not in text for answer in shown for text in (answer.out, answer.err))
    written = [path for path in shell.home.rglob("*") if path.is_file()]
    assert written
    assert [path for path in written if b"S3cret" in path.read_bytes() or b"5210001" in path.read_bytes()] == []


@pytest.mark.parametrize(
    "words",
    [
        ["--password", "S3cret"],
        ["--password=S3cret"],
        ["--password-stdin=S3cret"],
        ["--password-stdin", "S3cret"],
        ["--pass", "S3cret"],
        ["--passwd=S3cret"],
        ["-p", "S3cret"],
        ["-pS3cret"],
        ["S3cret"],
    ],
)
@pytest.mark.parametrize("action", [["add", "czq", "--user", "5210001"], ["update", "czq"]])
def test_a_password_among_the_words_of_a_command_is_refused_and_not_repeated(
    shell: Shell, action: list[str], words: list[str]
) -> None:
    answer = shell.sja("accounts", *action, *words)
    assert (answer.code, answer.out) == (2, "")
    assert "S3cret" not in answer.err
    assert "密码不要写在命令里" in answer.err
    assert "--password-stdin" in answer.err
    assert accounts(shell) == []


def test_an_account_as_it_is_added_in_a_chat_is_refused_and_the_password_not_repeated(shell: Shell) -> None:
    answer = shell.sja("accounts", "add", "czq", "5210001", "S3cret")
    assert answer.code == 2
    assert "S3cret" not in answer.err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (b"", "标准输入里没有密码"),
        (b"\r\n", "标准输入里没有密码"),
        (b"one\ntwo\n", "不止一行"),
        (b"x" * 5000, "不止一行"),
        (b"S3cret\xff\n", "不是 UTF-8 文字"),
        (b"S3\x00cret\n", "看不见的字"),
        (b"S3cret" * 40, "密码太长了"),
    ],
)
def test_what_can_be_no_password_is_refused_in_one_line_without_repeating_it(
    shell: Shell, typed: bytes, said: str
) -> None:
    answer = shell.sja("accounts", "add", "czq", "--user", "5210001", "--password-stdin", typed=typed)
    assert is_refusal(answer)
    assert said in answer.err
    assert "cret" not in answer.err
    assert accounts(shell) == []


def test_without_a_terminal_a_password_is_not_read_unless_that_was_asked_for(shell: Shell) -> None:
    answer = shell.sja("accounts", "add", "czq", "--user", "5210001", typed=PASSWORD)
    assert is_refusal(answer)
    assert "--password-stdin" in answer.err
    assert accounts(shell) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_process_shows_the_password_while_it_is_handed_over(shell: Shell) -> None:
    command = [sys.executable, "-m", "jobs", "accounts", "add", "czq", "--user", "5210001", "--password-stdin"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        assert process.stdin
        process.stdin.write(b"S3cret-in-a-pipe\n")
        process.stdin.flush()
        _await_emptied(process.stdin.fileno())
        place = Path(f"/proc/{process.pid}")
        seen = [(place / name).read_bytes() for name in ("cmdline", "environ")]
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, err)
    assert b"accounts" in seen[0]
    assert all(b"S3cret" not in each for each in (*seen, out, err))
    assert kept(shell, "czq") == ("5210001", "S3cret-in-a-pipe")


def _await_emptied(pipe: int) -> None:
    """Until whoever reads the pipe has taken all that was written."""
    import fcntl
    import termios

    deadline = time.monotonic() + 60
    while array("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="controls a terminal")
def test_at_a_terminal_the_password_is_asked_for_and_not_echoed(shell: Shell) -> None:
    with at_terminal("accounts", "add", "czq", "--user", "5210001") as (process, terminal):
        shown = read_until(terminal, "：".encode())
        assert "密码（不显示）" in shown.decode()
        os.write(terminal, b"S3cret-typed\n")
        shown += read_until(terminal, None)
        assert process.wait(timeout=60) == 0
    assert "已添加账号 czq" in shown.decode()
    assert b"S3cret" not in shown
    assert kept(shell, "czq") == ("5210001", "S3cret-typed")


def test_a_nickname_is_taken_once_and_nothing_changes(shell: Shell, czq: Answer) -> None:
    again = shell.sja("accounts", "add", "czq", "--user", "5210002", "--password-stdin", typed="other")
    assert is_refusal(again)
    assert "sja accounts update czq --user 学号" in again.err
    assert kept(shell, "czq") == ("5210001", PASSWORD)


def test_a_new_password_leaves_the_name_unless_that_is_said_too(shell: Shell, czq: Answer) -> None:
    assert shell.sja("accounts", "update", "czq", "--password-stdin", typed="new").code == 0
    assert kept(shell, "czq") == ("5210001", "new")
    shell.sja("accounts", "update", "czq", "--user", "5210009", "--password-stdin", typed="newer")
    assert kept(shell, "czq") == ("5210009", "newer")


def test_without_the_key_a_password_can_be_typed_again_with_the_name(shell: Shell, czq: Answer) -> None:
    (shell.home / "secrets.key").unlink()
    refused = shell.sja("accounts", "update", "czq", "--password-stdin", typed="new")
    assert is_refusal(refused)
    assert "sja accounts update czq --user 学号" in refused.err
    assert shell.sja("accounts", "update", "czq", "--user", "5210001", "--password-stdin", typed="new").code == 0
    assert kept(shell, "czq") == ("5210001", "new")


def test_an_account_may_be_somebody_elses_and_is_named_by_whose_it_is(shell: Shell, czq: Answer) -> None:
    for owner in ("10001", "10002"):
        added = shell.sja(
            *("accounts", "add", "sty", "--user", f"u{owner}", "--owner", owner, "--password-stdin"), typed="p"
        )
        assert added.code == 0
        assert f"sja accounts login {owner}/sty" in added.err
    ambiguous = shell.sja("accounts", "default", "sty")
    assert is_refusal(ambiguous)
    assert "10001/sty、10002/sty" in ambiguous.err
    assert shell.sja("accounts", "remove", "10001/sty", "--yes").out == "🗑️ 已删除账号 sty（QQ 10001）\n"
    assert [(each["owner"], each["nickname"]) for each in accounts(shell)] == [(None, "czq"), ("10002", "sty")]


@pytest.mark.parametrize("owner", ["", "abc", "１２３４５６", "0123456", "1" * 30, "-5", "10001\n"])
def test_an_owner_is_a_qq_number(shell: Shell, owner: str) -> None:
    answer = shell.sja("accounts", "add", "czq", "--user", "u", f"--owner={owner}", "--password-stdin", typed="p")
    assert is_refusal(answer)
    assert "--owner 10001" in answer.err
    assert accounts(shell) == []


def test_an_account_is_shared_and_no_longer_shared(shell: Shell, czq: Answer) -> None:
    assert shell.sja("accounts", "share", "czq", "--group", "123456").out == "✅ czq 已共享给 群 123456\n"
    assert shell.sja("accounts", "share", "czq", "--person", "10002").code == 0
    assert "共享给 群 123456、QQ 10002" in shell.sja("accounts", "list").out
    assert shell.sja("accounts", "unshare", "czq", "--group", "123456").code == 0
    assert [each["shared_with"] for each in accounts(shell)] == [[{"kind": "user", "peer_id": "10002"}]]
    wrong = shell.sja("accounts", "share", "czq", "--group", "12ab")
    assert is_refusal(wrong)
    assert "sja accounts share czq --group 123456789" in wrong.err
    assert shell.sja("accounts", "share", "czq").code == 2


def test_an_account_is_removed_after_a_word_and_another_becomes_the_default(shell: Shell, czq: Answer) -> None:
    shell.sja("accounts", "add", "sty", "--user", "u2", "--password-stdin", typed="p")
    shell.sja("create-monitor", "--name=晚场", "--preset=13", "--auto-book", "--users=czq")
    asked = shell.sja("accounts", "remove", "czq")
    assert is_refusal(asked)
    assert "#1 晚场 用着它" in asked.err
    assert "--yes" in asked.err
    removed = shell.sja("accounts", "remove", "czq", "--yes")
    assert removed.out == "🗑️ 已删除账号 czq，现在的默认账号是 sty\n"
    assert shell.sja("accounts", "remove", "czq", "--yes").err.startswith("⚠️ ")


def test_the_default_account_is_chosen(shell: Shell, czq: Answer) -> None:
    shell.sja("accounts", "add", "sty", "--user", "u2", "--password-stdin", typed="p")
    assert shell.sja("accounts", "default", "sty").out == "✅ sty 现在是默认账号\n"
    assert [(each["nickname"], each["is_default"]) for each in accounts(shell)] == [("czq", False), ("sty", True)]


@pytest.mark.parametrize(
    "words",
    [["remove", "nobody", "--yes"], ["default", "nobody"], ["login", "nobody"], ["share", "nobody", "--group=123456"]],
)
def test_an_account_that_is_not_there_is_refused_with_the_next_step(shell: Shell, words: list[str]) -> None:
    answer = shell.sja("accounts", *words)
    assert is_refusal(answer)
    assert "sja accounts add" in answer.err
    assert "!" not in answer.err


def test_an_empty_home_says_how_to_begin(shell: Shell) -> None:
    assert "sja accounts add czq --user 学号" in shell.sja("accounts", "list").out
    assert json.loads(shell.sja("accounts", "list", "--json").out) == {"accounts": []}
