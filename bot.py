"""Starts the chat-bot: `python bot.py`, or `make run`. `nb run` does the same by way of pyproject.toml.

What must never start (an open address without a token, a wrong setting) is refused by `plugins/engine.py`, so that
both ways refuse alike; here are the settings that NoneBot itself reads.
"""

import errno
import json
import os
import pkgutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import nonebot
from nonebot.adapters.onebot.v11 import Adapter
from nonebot.config import SettingsError
from nonebot.log import logger
from pydantic import ValidationError

import plugins
from jobs import SettingsError as OurSettingsError, one_line, read_environment, shown_setting

EXIT_REFUSED: Final = 1
EXIT_WRONG_SETTING: Final = 2

_WHEN_EMPTY: Final = {
    "host": "127.0.0.1",
    "port": "8080",
    "log_level": "INFO",
    "superusers": "[]",
    "nickname": "[]",
    "command_start": '["!", "/"]',
}
"""NoneBot takes an empty value for a wrong one; to people it means the default."""

_LOG_LEVELS: Final = ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL")
"""loguru's own, which NoneBot writes its log with."""

_EXAMPLES: Final = {
    "SUPERUSERS": 'SUPERUSERS=["10001"]',
    "COMMAND_START": 'COMMAND_START=["!", "/"]',
    "NICKNAME": 'NICKNAME=["小助手"]',
}
_TROUBLES: Final = {errno.EADDRINUSE: "已被占用", errno.EACCES: "没有权限"}
_TEXTS: Final = frozenset({"onebot_access_token", "onebot_v11_access_token", "onebot_secret", "onebot_v11_secret"})
"""Never decoded: a token of digits is a text too."""


def main() -> None:
    """Runs the bot until it is asked to stop."""
    try:
        settings = read_environment(Path.cwd())
    except OurSettingsError as wrong:
        _leave(str(wrong), EXIT_WRONG_SETTING)
    level = settings.get("log_level", "")
    if level and not level.isdecimal() and level.upper() not in _LOG_LEVELS:
        _leave(
            f"LOG_LEVEL 的值 {shown_setting('LOG_LEVEL', level)} 不对：只能是 {'、'.join(_LOG_LEVELS)}",
            EXIT_WRONG_SETTING,
        )
    os.environ.update({name.upper(): value for name, value in _WHEN_EMPTY.items() if settings.get(name) == ""})
    # Below INFO the whole configuration would be a line of the log, access token included.
    logger.disable("nonebot")
    try:
        nonebot.init(driver="~fastapi", **_patience(settings), **_of_the_adapter(settings))
        logger.enable("nonebot")
        driver = nonebot.get_driver()
        driver.register_adapter(Adapter)  # pyright: ignore[reportUnknownMemberType] - NoneBot leaves it open
    except ValidationError as wrong:
        _leave(one_line(wrong), EXIT_WRONG_SETTING)
    except SettingsError as wrong:
        name = str(wrong).rpartition("env var ")[2].strip('"').upper()
        value = shown_setting(name, settings.get(name.lower(), ""))
        _leave(f"{name} 的值 {value} 不对：请写成 JSON，例如 {_EXAMPLES.get(name, name + '=[]')}", EXIT_WRONG_SETTING)
    nonebot.load_all_plugins([f"plugins.{name}" for name in _plugin_names()], [])
    host, port = str(driver.config.host), driver.config.port
    if trouble := _why_not_free(host, port):
        _leave(f"PORT={port} 用不了（{trouble}）：请关掉占用它的程序，或在 .env 里换一个 PORT", EXIT_REFUSED)
    # A client that froze gives its id free within 10 s; an open stream of the console cannot hold up the end.
    nonebot.run(loop="asyncio", ws_ping_interval=5, ws_ping_timeout=5, timeout_graceful_shutdown=3)


def _plugin_names() -> list[str]:
    found = sorted(module.name for module in pkgutil.iter_modules(plugins.__path__))
    return [name for name in found if not name.startswith("_")]


def _patience(settings: Mapping[str, str]) -> dict[str, Any]:
    """Seconds for an answer of the QQ client. The adapter asks it about every quoted message before we see any of it,
    so a client that never answers would hold up each of them for NoneBot's thirty.
    """
    return {} if settings.get("api_timeout") else {"api_timeout": 10.0}


def _of_the_adapter(settings: Mapping[str, str]) -> dict[str, Any]:
    """The settings of adapter and driver, which NoneBot would read from `.env` but not from the environment."""
    names = [name for name in settings if name.startswith(("onebot_", "fastapi_")) and settings[name]]
    return {name: settings[name] if name in _TEXTS else _decoded(settings[name]) for name in names}


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _why_not_free(host: str, port: int) -> str | None:
    """Why nobody can listen there; None when one can. Asked before anything starts: the server would ask too late."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # As the server does: a port whose last connections are still dying is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return _TROUBLES.get(error.errno or 0) or error.strerror or str(error)
    return None


def _leave(sentence: str, code: int) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
