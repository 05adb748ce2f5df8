"""`sja demo-platform`: the simulator by itself, for a person, and as the bot starts it beside itself (`ensure`)."""

import argparse
import math
from collections.abc import Callable, Sequence
from datetime import time
from pathlib import Path
from typing import Final

from msgspec import Struct

from jobs.ports.clock import Clock
from jobs.venues.demo.process import IDLE_SECONDS, serve, time_of_day

_DESCRIPTION: Final = (
    "单独运行演示平台：在本机回环上模拟整个预订平台——登录、查询、下单、付款、取消，到点开放，有自己的账本。"
    "机器人在 SJA_PROVIDER=demo 时会自己启动它，平时不需要这个命令；先用它启动，机器人就用这一个。"
)
_EPILOG: Final = "例：sja demo-platform --release 20:30:00，几分钟后就能试一次“正点开放”；Ctrl-C 停止，订单留着。"


class Defaults(Struct, frozen=True, kw_only=True):
    """What need not be said on the command line."""

    home: Path
    seed: int = 1
    period_seconds: float = 600.0
    release: str = "12:00:00"


def serve_arguments(arguments: Sequence[str], *, clock: Clock, defaults: Defaults | None = None) -> None:
    """`serve` as its command line asks for it; without `defaults`, home, seed and period must be said.

    Exits with 2 for a command line that is wrong. Raises `Refusal` as `serve` does.
    """
    asked = _parser(defaults).parse_args(arguments)
    idle_seconds = IDLE_SECONDS if asked.beside_bot else math.inf
    serve(
        asked.home.expanduser().absolute(),
        port=asked.port,
        seed=asked.seed,
        period_seconds=asked.period_seconds,
        clock=clock,
        release=asked.release,
        clock_offset_seconds=asked.clock_offset,
        idle_seconds=idle_seconds if asked.idle_seconds is None else asked.idle_seconds,
        follows_bot=asked.beside_bot,
        announce=None if asked.beside_bot else lambda url: _announce(url, asked.home, time_of_day(asked.release)),
    )


def _parser(defaults: Defaults | None) -> argparse.ArgumentParser:
    known = defaults or Defaults(home=Path())
    parser = argparse.ArgumentParser(prog="sja demo-platform", description=_DESCRIPTION, epilog=_EPILOG)

    def option(name: str, kind: Callable[[str], object], metavar: str, what: str, default: object) -> None:
        required = defaults is None and name in ("--home", "--seed", "--period-seconds")
        parser.add_argument(name, type=kind, metavar=metavar, help=what, default=default, required=required)

    option("--home", Path, "目录", f"数据目录，与机器人的 SJA_HOME 相同（默认 {known.home}）", known.home)
    option("--release", str, "时:分:秒", f"每天几点开放一周后的日期（默认 {known.release}）", known.release)
    option("--clock-offset", float, "秒", "平台的时钟比本机快几秒，负数是慢（默认与上次相同）", None)
    option("--port", int, "端口", "监听的端口（默认用上次的，被占用就另选一个）", 0)
    option("--seed", int, "数", f"场地的随机种子，同一个数总是同一个世界（默认 {known.seed}）", known.seed)
    period = known.period_seconds
    option("--period-seconds", _above_zero, "秒", f"一个场次平均多久变一次（默认 {period:g}）", period)
    option("--idle-seconds", float, "秒", "这么久没有人来问就结束（默认不结束）", None)
    parser.add_argument("--beside-bot", action="store_true", help=argparse.SUPPRESS)
    return parser


def _above_zero(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError("要大于 0")
    return number


def _announce(url: str, home: Path, release: time) -> None:
    moved = "" if release == time(12) else f" SJA_DEMO_RELEASE={release}"
    print(
        f"演示平台在 {url}，Ctrl-C 停止；账本和钥匙在 {home / 'demo'}\n"
        f"每天 {release}（北京时间）开放一周后的日期\n"
        "登录：任何学号，密码 demo；学号以 2fa 结尾的要二次验证，验证码 123456\n"
        f"让机器人用它：SJA_PROVIDER=demo SJA_HOME={home}{moved}",
        flush=True,
    )
