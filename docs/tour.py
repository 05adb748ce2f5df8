"""Plays the tour of docs/tour.md: a real bot, the demo platform, four people at `sja chat`; writes down what was said.

`make tour` replaces docs/tour.md and the pictures in docs/tour/. It takes a minute or two.
"""

import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from docs.tour_script import SCENES, Exchange, Scene
from jobs.venues.demo.control import Control

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "tour.md"
PICTURES: Final = ROOT / "docs" / "tour"

SUPERUSER: Final = "90001"
_QUIET_SECONDS: Final = 1.5
"""Without another word from the bot: what was said belongs together."""
_PATIENCE_SECONDS: Final = 30.0
_PICTURE: Final = re.compile(r"\s*图片在 (\S+)（[^）]*），用看图的程序打开")
_ORDER: Final = re.compile(r"订单 (\d{4,})")


class Terminal:
    """`sja chat` with a pipe for its keyboard."""

    def __init__(self, port: int, environment: Mapping[str, str], directory: Path) -> None:
        words = ("-m", "jobs", "chat", "--url", f"ws://127.0.0.1:{port}/onebot/v11/ws", "--reply-timeout", "20")
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, *words],
            cwd=directory,
            env=dict(environment) | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._heard: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def type(self, line: str) -> None:
        """Types one line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def read(self, until: Callable[[str], bool]) -> list[str]:
        """The lines until one fulfils `until` and the bot is quiet after it, or our patience ends."""
        lines: list[str] = []
        deadline, is_there = time.monotonic() + _PATIENCE_SECONDS, False
        while time.monotonic() < deadline:
            try:
                line = self._heard.get(timeout=_QUIET_SECONDS)
            except queue.Empty:
                if is_there:
                    break
                continue
            lines.append(line)
            is_there = is_there or until(line)
        return lines

    def close(self) -> None:
        """Hangs up."""
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._heard.put(line.rstrip("\n"))


@contextmanager
def running_bot() -> Generator[tuple[Path, Terminal]]:
    """A bot on a home of its own, and somebody who talks to it. Afterwards nothing of it runs any more."""
    directory = Path(tempfile.mkdtemp(prefix="sja-tour-"))
    home, port = directory / "home", _free_port()
    ours = {"SJA_HOME": str(home), "HOST": "127.0.0.1", "PORT": str(port), "SUPERUSERS": f'["{SUPERUSER}"]'}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SJA_")} | ours
    log = (directory / "bot.log").open("wb")
    bot = subprocess.Popen(  # noqa: S603 - our own bot
        [sys.executable, ROOT / "bot.py"], cwd=directory, env=environment, stdout=log, stderr=log
    )
    terminal = Terminal(port, environment, directory)
    try:
        yield home, terminal
    finally:
        terminal.close()
        bot.terminate()
        bot.wait()
        _end_all_of(home)
        shutil.rmtree(directory, ignore_errors=True)


def _end_all_of(home: Path) -> None:
    for process in psutil.process_iter():
        try:
            if process.environ().get("SJA_HOME") == str(home):
                process.kill()
        except psutil.Error:
            continue


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Album:
    """The pictures of the tour, by the order in which they came."""

    def __init__(self) -> None:
        self._count = 0

    def keep(self, path: Path) -> str:
        """Copies a picture and returns its address in the page."""
        self._count += 1
        name = f"{self._count:02d}{path.suffix}"
        shutil.copyfile(path, PICTURES / name)
        return f"tour/{name}"


def play(scenes: Sequence[Scene]) -> str:
    """Plays all scenes; the page."""
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    album, number = Album(), 0
    page = [_HEAD]
    with running_bot() as (home, terminal):
        known: dict[str, str] = {}
        for scene in scenes:
            page.append(f"## {scene.title}\n\n{scene.about}\n")
            _direct(terminal, f":用户 {scene.user} {scene.nickname} {scene.role}")
            _direct(terminal, f":群 {scene.group}" if scene.group else ":私聊")
            for exchange in scene.exchanges:
                number += 1
                page.append(_played(terminal, home, exchange, number, known, album))
                print(f"{number:2d}  {exchange.says}", flush=True)
    return "\n".join(page)


def _direct(terminal: Terminal, directive: str) -> None:
    terminal.type(directive)
    terminal.read(lambda line: line.startswith("（现在是"))


def _played(
    terminal: Terminal, home: Path, exchange: Exchange, number: int, known: dict[str, str], album: Album
) -> str:
    if "{captcha}" in exchange.says:
        known["captcha"] = Control(home).last_captcha()
    if exchange.wait_seconds:
        time.sleep(exchange.wait_seconds)
    said = exchange.says.format_map(known)
    if exchange.is_quoting:
        terminal.type(f":引用 {said}")
    else:
        terminal.type(said)
    heard = terminal.read(lambda line: "机器人> " in line or line.startswith("（没有回复）"))
    lines = [line.replace(str(home), "~/.sja") for line in heard]
    for line in lines:
        if found := _ORDER.search(line):
            known["order"] = found[1][-4:]
    heading = f"**{number}.** {exchange.about}\n" if exchange.about else f"**{number}.**\n"
    return "\n".join([heading, *_transcript(lines, album)])


def _transcript(lines: Sequence[str], album: Album) -> Iterator[str]:
    """Words in fences, pictures between them."""
    fence: list[str] = []
    for line in lines:
        if found := _PICTURE.fullmatch(line):
            yield from _fenced(fence)
            fence = []
            yield f"![图片]({album.keep(Path(found[1]))})\n"
        else:
            fence.append(line)
    yield from _fenced(fence)


def _fenced(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield "\n".join(["```text", *lines, "```\n"])


_HEAD: Final = """<!-- 由 make tour 生成：docs/tour.py 按 docs/tour_script.py 真的说了一遍。请勿手改。 -->

# 走一遍

四个人第一次用它：群里的小明，群管理员小红，私聊里的小明，超级用户站长。下面每一句都是 `make tour`
启动真的机器人、接上演示平台、用 `sja chat` 说出来的，回答一字未改。图片要本机有中文字体（见[运维](operations.md)）。
"""


if __name__ == "__main__":
    PAGE.write_text(play(SCENES), encoding="utf-8")
