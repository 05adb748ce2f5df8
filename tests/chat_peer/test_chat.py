"""`sja chat` as a process: a script goes in, a transcript comes out; and a person at a real terminal."""

import asyncio
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from echo_site import PATIENCE_SECONDS, EchoBot

ENTRY = """
import argparse, sys
from jobs.cli import chat
parser = argparse.ArgumentParser(prog="sja chat")
chat.add_arguments(parser)
code = chat.run(parser.parse_args())
assert not any(name.split(".")[0] == "nonebot" for name in sys.modules)
sys.exit(code)
"""

Chat = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def chat(echo_bot: EchoBot, self_id: str) -> Chat:
    """Plays a script of lines to the end."""

    def play(*lines: str, options: tuple[str, ...] = (), url: str = echo_bot.url) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", ENTRY, "--url", url, "--self-id", self_id, *options],
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=2 * PATIENCE_SECONDS,
            check=False,
        )

    return play


def test_a_script_reads_as_a_transcript(chat: Chat) -> None:
    played = chat(
        "！任务列表　全部", "", ":用户 20002 小红 管理员", "早", ":私聊", "在吗", ":user 20003", ":group 77", "到"
    )

    assert played.returncode == 0, played.stderr
    assert played.stdout.splitlines() == [
        "小明> ！任务列表　全部",
        "机器人> GroupMessageEvent|！任务列表　全部|-|小明/member/'1'|normal",
        "（现在是 小红（20002，管理员）在群 12345）",
        "小红> 早",
        "机器人> GroupMessageEvent|早|-|小红/admin/'1'|normal",
        "（现在是 小红（20002，管理员）在与 20002 的私聊）",
        "小红> 在吗",
        "机器人> PrivateMessageEvent|在吗|-|小红/admin/'1'|friend",
        "（现在是 用户20003（20003，成员）在与 20003 的私聊）",
        "（现在是 用户20003（20003，成员）在群 77）",
        "用户20003> 到",
        "机器人> GroupMessageEvent|到|-|用户20003/member/'1'|normal",
    ]


def test_options_set_the_scene(chat: Chat) -> None:
    in_group = chat("早", options=("--group", "7", "--user", "5", "--nickname", "五", "--role", "owner"))
    assert "机器人> GroupMessageEvent|早|-|五/owner/'1'|normal" in in_group.stdout

    in_private = chat("早", options=("--private",))
    assert "机器人> PrivateMessageEvent|早|-|小明/member/'1'|friend" in in_private.stdout


def test_a_line_without_a_reply_says_so_and_the_script_goes_on(chat: Chat) -> None:
    played = chat("安静", "早", options=("--reply-timeout", "0.3"))

    assert played.stdout.splitlines()[:3] == ["小明> 安静", "（没有回复）", "小明> 早"]


def test_quoting_takes_the_bots_last_message_at_once_or_with_the_next_line(chat: Chat) -> None:
    played = chat("甲", ":引用 乙", ":quote", "丙", "丁")

    lines = played.stdout.splitlines()
    said = [line for line in lines if line.startswith("小明> ")]
    understood = [line.split("|")[1:3] for line in lines if line.startswith("机器人> ")]
    assert said == [
        "小明> 甲",
        "小明> （引用“GroupMessageEvent|甲|…”）乙",
        "小明> （引用“GroupMessageEvent|乙|…”）丙",
        "小明> 丁",
    ]
    assert understood == [["甲", "-"], ["乙", "GroupMessageEvent"], ["丙", "GroupMessageEvent"], ["丁", "-"]]


def test_several_lines_are_indented_and_nothing_steers_the_terminal(chat: Chat) -> None:
    played = chat("多行")

    assert played.stdout == f"小明> 多行\n机器人> 第一行\n{' ' * 8}  第二行\n{' ' * 8}\\u202e\\u001b[31m第三行\n"


def test_a_picture_is_a_file_that_only_its_reader_can_open(chat: Chat) -> None:
    played = chat("图片 花", "图片 鸟")

    first, second = map(Path, re.findall(r"图片在 (\S+)（0\.0 KB）", played.stdout))
    try:
        assert played.stdout.startswith(f"小明> 图片 花\n机器人> 看图[图片]\n{' ' * 8}图片在 {first}")
        assert [first.read_bytes(), second.read_bytes()] == [b"\x89PNG " + word.encode() for word in "花鸟"]
        assert (first.suffix, first.parent) == (".png", second.parent)
        assert first.stat().st_mode & 0o777 == 0o600
        assert first.parent.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(first.parent)


def test_a_file_that_is_sent_is_kept_under_its_ending(chat: Chat) -> None:
    (path,) = map(Path, re.findall(r"机器人> \[文件 日志\.txt\]\n +文件在 (\S+)（0\.0 KB）", chat("文件").stdout))
    try:
        assert (path.read_bytes(), path.suffix) == (b"hi", ".txt")
    finally:
        shutil.rmtree(path.parent)


def test_a_message_that_was_taken_back_is_shown_as_such(chat: Chat) -> None:
    assert "（已撤回）小明的一条消息" in chat("调用 delete_msg", options=("--listen", "0.2")).stdout.splitlines()


def test_what_the_bot_says_elsewhere_is_shown_with_its_place(chat: Chat) -> None:
    played = chat("调用 send_private_msg", "早")

    shown = [line.partition(":")[0].partition("|")[0] for line in played.stdout.splitlines()]
    assert shown == [
        "小明> 调用 send_private_msg",
        "[与 20001 的私聊] 机器人> 试",
        "机器人> send_private_msg",
        "小明> 早",
        "机器人> GroupMessageEvent",
    ]


def test_bytes_that_are_no_text_are_said_as_such(chat: Chat) -> None:
    played = chat("a\udcffb", "早")

    assert "机器人> GroupMessageEvent|a\ufffdb|-|" in played.stdout
    assert "机器人> GroupMessageEvent|早|-|" in played.stdout


def test_a_colon_can_be_said_by_doubling_it(chat: Chat) -> None:
    assert "机器人> GroupMessageEvent|:退出|-|" in chat("::退出").stdout


def test_listening_goes_on_after_the_last_line(chat: Chat) -> None:
    played = chat("稍后 0.3", options=("--reply-timeout", "0", "--listen", "2"))

    assert "机器人> GroupMessageEvent|稍后" in played.stdout


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (":用户", ":用户 20002"),
        (":用户 小明", ":用户 20002"),
        (":群 零", ":群 12345"),
        (":等 一会", ":等 5"),
        (":等 nan", ":等 5"),
        (":引用", "没有可以引用的"),
        (":飞", ":帮助"),
    ],
)
def test_a_wrong_directive_ends_a_script_with_a_hint(chat: Chat, line: str, hint: str) -> None:
    played = chat(line, "早")

    assert (played.returncode, played.stdout) == (2, "")
    assert played.stderr.startswith("⚠️ ")
    assert hint in played.stderr


def test_leaving_ends_the_script(chat: Chat) -> None:
    played = chat(":帮助", ":退出", "早")

    assert played.returncode == 0
    assert ":引用" in played.stdout
    assert "早" not in played.stdout


def test_without_a_bot_one_line_says_how_to_start_it(chat: Chat) -> None:
    played = chat("早", url="ws://127.0.0.1:9/onebot/v11/ws", options=("--connect-timeout", "0.5"))

    assert (played.returncode, played.stdout) == (1, "")
    assert "make run" in played.stderr
    assert len(played.stderr.splitlines()) == 1


def test_a_wrong_token_is_told_apart_from_a_missing_bot(tmp_path: Path, chat: Chat) -> None:
    with EchoBot(tmp_path, token="secret") as bot:
        assert chat("早", url=bot.url, options=("--token", "secret")).returncode == 0
        played = chat("早", url=bot.url, options=("--token", "wrong", "--connect-timeout", "0.5"))

    assert played.returncode == 1
    assert "--token" in played.stderr


def test_an_address_that_is_no_websocket_is_a_wrong_usage(chat: Chat) -> None:
    played = chat("早", url="http://127.0.0.1:8080")

    assert (played.returncode, played.stdout) == (2, "")
    assert "ws://127.0.0.1:8080/onebot/v11/ws" in played.stderr


class AtTerminal:
    """A person at a pseudo-terminal who runs `sja chat`."""

    def __init__(self, *options: str) -> None:
        self._terminal, inside = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", ENTRY, *options], stdin=inside, stdout=inside, stderr=inside, start_new_session=True
        )
        os.close(inside)
        self.screen = ""

    def type(self, line: str) -> None:
        os.write(self._terminal, f"{line}\n".encode())

    def sees(self, pattern: str) -> None:
        """Waits until the screen shows it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not re.search(pattern, self.screen):
            assert time.monotonic() < deadline, self.screen
            if select.select([self._terminal], [], [], 0.1)[0]:
                self.screen += os.read(self._terminal, 65536).decode()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)


@pytest.fixture
def person(echo_bot: EchoBot, self_id: str) -> Iterator[AtTerminal]:
    person = AtTerminal("--url", echo_bot.url, "--self-id", self_id)
    yield person
    person.close()


async def test_a_person_is_welcomed_answered_and_forgiven(person: AtTerminal) -> None:
    person.sees(r"你是 小明（20001，成员）在群 12345(.|\s)*:帮助(.|\s)*小明> $")
    person.type("早")
    person.sees(r"机器人> GroupMessageEvent\|早\|.*\s+(.*)小明> $")
    person.type(":飞")
    person.sees(r"没有“:飞”这个指令.*\s+小明> $")
    person.type(":用户 20002 小红")
    person.sees(r"小红> $")

    person.type(":退出")

    assert await asyncio.to_thread(person.process.wait, PATIENCE_SECONDS) == 0


async def test_interrupting_ends_a_conversation_quietly(person: AtTerminal) -> None:
    person.sees(r"小明> $")

    person.process.send_signal(signal.SIGINT)

    assert await asyncio.to_thread(person.process.wait, PATIENCE_SECONDS) == 0
    person.sees(r"小明> \s+$")
