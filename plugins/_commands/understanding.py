"""A command whose words are understood in any order: `霍英东羽毛球 明天18-21 自动抢`."""

from collections.abc import Collection, Mapping
from typing import Final

from msgspec.structs import replace

from jobs import Arguments, OneLine, Preset, Timing, read_one_line, read_schedule_line, without_fillers
from plugins._commands.command import Call

_NO_START: Final = "不启动"
_VENUE: Final = frozenset({"预设", "场馆", "场地", "连续", "账号"})
LOOSE: Final[Mapping[str, frozenset[str]]] = {
    "monitor": _VENUE | {"日期", "时段", "间隔", "自动"},
    "auto_booking": _VENUE | {"日期", "时段"},
    # What else stands in the line of a schedule may be the time at which it acts.
    "schedule": _VENUE,
    "keep_alive": frozenset({"间隔", "账号"}),
    "routine": frozenset({"间隔"}),
}
"""What may be said of jobs of each kind without its option's name; `不启动` too of one that is being made."""


def monitor_said(call: Call) -> Call:
    """The same, with what the words say among its options and flags; its arguments are those of the name."""
    return _understood(call, LOOSE["monitor"] | {_NO_START}, several_days=True)


def race_said(call: Call) -> Call:
    """As `monitor_said`; one day only."""
    return _understood(call, LOOSE["auto_booking"] | {_NO_START}, several_days=False)


def schedule_said(call: Call) -> tuple[Call, Timing]:
    """As `monitor_said`, and when it fires."""
    arguments = call.arguments
    said = read_schedule_line(arguments.positional, arguments.options, call.heard.at, call.zone.key)
    return _with(call, said.line), said.timing


def titled(preset: Preset, call: Call) -> str:
    """The name of a job that got none: `霍英东体育中心·羽毛球监控`."""
    return f"{preset.title}{call.command.name.removeprefix('创建')}"


def _understood(call: Call, takes: Collection[str], *, several_days: bool) -> Call:
    arguments = call.arguments
    line = read_one_line(
        arguments.positional, call.today, takes=takes, said=arguments.options, several_days=several_days
    )
    named = without_fillers(line.name, is_named=bool({"预设", "场馆"} & line.options.keys()))
    return _with(call, replace(line, name=tuple(named)))


def _with(call: Call, line: OneLine) -> Call:
    flags = call.arguments.flags | {flag for flag in line.flags if line.is_on(flag)}
    off = {flag for flag in line.flags if not line.is_on(flag)}
    return replace(call, arguments=Arguments(positional=list(line.name), options=line.options, flags=flags - off))
