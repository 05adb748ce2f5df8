"""What the bot does not start with, the doors it keeps shut, and that `nb run` keeps them shut as well."""

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from front_site import CREATE, MEMBER, SUPERUSER, Place
from harness import CLOCK, PATIENCE_SECONDS, ROOT, Bot, sweep
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from jobs.cli.onebot import Speaker, message_event, text_segment

AS_NB_RUN = """
import nonebot
from nonebot.adapters.onebot.v11 import Adapter
nonebot.init()
nonebot.get_driver().register_adapter(Adapter)
nonebot.load_from_toml("pyproject.toml")
nonebot.run()
"""
"""What `nb run` does with the project's [tool.nonebot]."""

Start = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a bot that is expected to end by itself: `start(PORT="x")`, `start(script=AS_NB_RUN, …)`."""
    bot = Bot(tmp_path / "home")

    def run(*, script: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        command = ["-c", script] if script else ["bot.py"]
        environment = bot.environment | settings
        return subprocess.run(  # noqa: PLW1510 - how it ends is what is tested
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    yield run
    sweep(bot.home)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "localhost"),
        ("HOST", "300.1.1.1"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("SUPERUSERS", "10001,10002"),
        ("SUPERUSERS", "10001"),
        ("COMMAND_START", "!"),
        ("SJA_PROVIDER", "sjut"),
        ("SJA_TIMEZONE", "Asia/Shangai"),
        ("SJA_MAX_RUNNING", "0"),
        ("SJA_STOP_GRACE_SECONDS", "soon"),
        ("SJA_LOG_MAX_BYTES", "10MB"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(start: Start, name: str, value: str) -> None:
    ended = start(**{name: value})
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stderr.startswith(f"{name} ")
    assert value in ended.stderr
    assert "Traceback" not in ended.stdout


@pytest.mark.parametrize("script", ["", AS_NB_RUN], ids=["bot.py", "nb run"])
def test_no_start_on_an_open_address_without_a_token(start: Start, script: str) -> None:
    ended = start(script=script, HOST="0.0.0.0")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert "ONEBOT_ACCESS_TOKEN" in ended.stderr


@pytest.mark.parametrize("script", ["", AS_NB_RUN], ids=["bot.py", "nb run"])
def test_a_second_bot_on_one_home_is_refused_with_one_line(tmp_path: Path, start: Start, script: str) -> None:
    first = Bot(tmp_path / "home")
    first.start()
    wait_until_listening(first)
    ended = start(script=script)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert "已有一个机器人在运行" in ended.stderr
    assert "Traceback" not in ended.stdout


def test_a_port_in_use_is_named_in_one_line(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = start(PORT=str(port))
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert f"PORT={port}" in ended.stderr
    assert "已被占用" in ended.stderr


def test_empty_settings_mean_the_defaults(tmp_path: Path) -> None:
    empty = dict.fromkeys(
        ("SUPERUSERS", "COMMAND_START", "NICKNAME", "LOG_LEVEL", "ONEBOT_ACCESS_TOKEN", "SJA_GROUPS"), ""
    )
    bot = Bot(tmp_path / "home", empty)
    bot.start()
    try:
        wait_until_listening(bot)
        assert f"ws://127.0.0.1:{bot.port}/onebot/v11/ws，不用填 token" in bot.log_tail()
        assert "make chat" in bot.log_tail()
        assert "demo" in bot.log_tail()
        assert str(bot.home) in bot.log_tail()
        assert bot.process is not None
        bot.process.send_signal(signal.SIGTERM)
        assert bot.process.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM)
    finally:
        sweep(bot.home)


async def test_a_token_of_digits_from_the_environment_is_asked_for(tmp_path: Path) -> None:
    async with Bot(tmp_path / "home", token="20260101") as bot:
        assert "共 0 个" in await bot.person().say("!任务列表")
        for headers in ({}, {"Authorization": "Bearer 20260102"}):
            with pytest.raises(InvalidStatus, match="403"):
                await connect(bot.url, additional_headers={"X-Self-ID": "666", **headers}, proxy=None)


@pytest.mark.parametrize("path", ["/onebot/v11/", "/onebot/v11", "/onebot/v11/http", "/onebot/v11/http/"])
async def test_a_forged_event_by_http_is_not_let_in(place: Place, path: str) -> None:
    forged = Speaker(user_id=SUPERUSER, nickname="冒充者")
    created = await place.say(CREATE)
    number = created.split("#")[1].split(" ")[0]
    event = message_event(place.qq.post(place.qq.private(SUPERUSER), forged, [text_segment(f"!删除任务 {number}")]))
    assert post(place.bot.port, path, event, place.qq.bot.user_id) in (404, 405)
    assert f"#{number} " in await place.say(f"!任务详情 {number}", user=MEMBER)


def test_nb_run_closes_the_same_doors(tmp_path: Path) -> None:
    bot = Bot(tmp_path / "home")
    environment = bot.environment
    process = subprocess.Popen(
        [sys.executable, "-c", AS_NB_RUN], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    bot.process = process
    try:
        wait_until_listening(bot)
        assert post(bot.port, "/onebot/v11/http", {"post_type": "message"}, 10000) in (404, 405)
    finally:
        sweep(bot.home)


def test_reloading_is_refused_where_it_breaks_processes() -> None:
    from nonebot.config import Config

    from plugins._onebot.safety import refusal_of

    assert "FASTAPI_RELOAD" in (refusal_of(Config(fastapi_reload=True), "win32") or "")
    assert refusal_of(Config(fastapi_reload=True), "linux") is None
    assert refusal_of(Config(host="::1"), "linux") is None
    assert refusal_of(Config(host="192.168.1.2", onebot_access_token="t"), "linux") is None
    assert "HOST=192.168.1.2" in (refusal_of(Config(host="192.168.1.2"), "linux") or "")


def post(port: int, path: str, event: object, self_id: int) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(event).encode(),
        {"Content-Type": "application/json", "X-Self-ID": str(self_id)},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def wait_until_listening(bot: Bot) -> None:
    deadline = CLOCK.monotonic() + PATIENCE_SECONDS
    while CLOCK.monotonic() < deadline:
        assert bot.exit_code is None, bot.log_tail()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", bot.port)) == 0:
                return
    raise AssertionError(bot.log_tail())
