"""Logging an account in from a shell: the picture goes into a file of one's own, the letters come from the terminal."""

import asyncio
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from jobs.accounts.answers import WAY_WORDS
from jobs.accounts.asked import CodeAsked, LoggedIn, PictureAsked
from jobs.accounts.logins import Answered, Logins
from jobs.cli.advice import advice_for_a_shell
from jobs.models.errors import Refusal
from jobs.models.people import Actor
from jobs.ports.clock import Clock

_GIVE_UP: Final = frozenset({"取消", "q", "quit"})
_KINDS: Final = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif"}
"""Of pictures, by how their bytes begin."""


def log_in(logins: Logins, actor: Actor, nickname: str | None, clock: Clock) -> LoggedIn:
    """Asks until somebody is logged in. Raises `Refusal`, also when there is nobody to ask any more."""
    # The loop runs only while the platform is asked: within it, Ctrl-C would not end the wait for a person.
    with asyncio.Runner() as runner, _place_for_pictures() as directory:
        asked: Answered = runner.run(logins.begin(actor, nickname))
        try:
            while not isinstance(asked, LoggedIn):
                asked = _next(runner, logins, actor, asked, directory, clock)
        except KeyboardInterrupt:
            raise Refusal("没有登录") from None
        finally:
            logins.cancel(actor)
        return asked


def _next(
    runner: asyncio.Runner,
    logins: Logins,
    actor: Actor,
    asked: PictureAsked | CodeAsked,
    directory: Path,
    clock: Clock,
) -> Answered:
    """Puts one question, and what its answer leads to; the same question again where the answer could be none."""
    if asked.complaint:
        _complain(asked.complaint)
    typed = _about_picture(asked, directory, clock) if isinstance(asked, PictureAsked) else _about_code(asked)
    if typed.casefold() in _GIVE_UP:
        raise Refusal("没有登录")
    try:
        return runner.run(logins.answer(actor, typed) if typed else logins.refresh(actor))
    except Refusal as refusal:
        if not logins.is_open(actor):
            raise
        _complain(refusal.sentence)
        return runner.run(logins.refresh(actor)) if isinstance(asked, PictureAsked) else asked


def _about_picture(asked: PictureAsked, directory: Path, clock: Clock) -> str:
    path = _written(directory, asked.picture)
    seconds = max(int((asked.expires_at - clock.now()).total_seconds()), 0)
    print(f"账号 {asked.account.nickname} 的验证码图片（{seconds} 秒内有效）：{path}", flush=True)
    try:
        return _typed("图里的字母（直接回车换一张）：")
    finally:
        path.unlink(missing_ok=True)


def _about_code(asked: CodeAsked) -> str:
    name = asked.account.nickname
    if asked.way:
        print(f"账号 {name} 要二次验证：{WAY_WORDS.get(asked.way, asked.way)}", flush=True)
        return _typed("验证码（直接回车重发）：")
    ways = "、".join(f"{place} {WAY_WORDS.get(way, way)}" for place, way in enumerate(asked.ways, 1))
    print(f"账号 {name} 要二次验证，可以选：{ways}", flush=True)
    return _typed("用哪一种（编号）：")


def _complain(sentence: str) -> None:
    print(f"⚠️ {advice_for_a_shell(sentence)}", file=sys.stderr, flush=True)


def _typed(prompt: str) -> str:
    """A line, without a prompt where a program writes it. Raises `Refusal` at the end of the input."""
    try:
        return (input(prompt) if sys.stdin.isatty() else input()).strip()
    except (EOFError, UnicodeDecodeError):
        raise Refusal("没有登录：没有读到回答，再运行一次就是一张新图片") from None


@contextmanager
def _place_for_pictures() -> Generator[Path]:
    """A directory that nobody else can look into; it and what is in it go in the end."""
    with tempfile.TemporaryDirectory(prefix="sja-") as directory:
        yield Path(directory)


def _written(directory: Path, picture: bytes) -> Path:
    suffix = next((suffix for begin, suffix in _KINDS.items() if picture.startswith(begin)), ".png")
    path = directory / f"captcha{suffix}"
    path.touch(mode=0o600)
    path.write_bytes(picture)
    return path
