"""What of a job can be changed, derived from the rows that create jobs: the options of its kind, and a few more."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from jobs import Option
from plugins._commands.command import Command

_CREATED_BY: Final = {
    "monitor": "创建监控",
    "schedule": "创建定时",
    "auto_booking": "创建抢票",
    "keep_alive": "保活",
    "routine": "创建循环",
}
"""Whose options a kind's jobs have."""
TELLS: Final = Option(name="通知", aliases=("notify",), example="通知=私聊")
_NAME: Final = Option(name="名称", aliases=("name", "改名", "名字"), example="名称=周末监控")
_TIME: Final = Option(name="时间", aliases=("when",), example="时间=每周六9点")
MENTIONS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("@我", "@发起人", "艾特我", "@我=是"), True),
    **dict.fromkeys(("不@我", "别@我", "不@", "不艾特我", "别艾特我", "@我=否"), False),
}
"""Whether the owner is called by name; no option, for none begins so."""
_NOT_AFTERWARDS: Final = "不启动"


def options_of(kind: str, commands: Sequence[Command]) -> tuple[Option, ...]:
    """What jobs of this kind can be told otherwise: what creates them, flags to be said yes or no to, and more."""
    creates = next((row for row in commands if row.name == _CREATED_BY.get(kind)), None)
    own = creates.options if creates is not None else ()
    kept = [
        replace(option, is_flag=False, example=f"{option.name}=否") if option.is_flag else option
        for option in own
        if option.name != _NOT_AFTERWARDS
    ]
    extra = (_TIME,) if kind == "schedule" else ()
    return (_NAME, *kept, *extra, TELLS)


def what_can_change(commands: Sequence[Command]) -> tuple[str, ...]:
    """A line for what every job can be told otherwise, and one for each kind."""
    general = {_NAME.name, TELLS.name}
    kinds: list[str] = []
    for kind, creates in _CREATED_BY.items():
        own = "、".join(one.name for one in options_of(kind, commands) if one.name not in general)
        kinds.append(f"{creates.removeprefix('创建')}：{own}")
    return (
        "每个任务：名称=周末监控；通知=本群、通知=私聊（超级用户还有 通知=群123456）；@我、不@我（通知时 @ 发起人）",
        *kinds,
    )


def words_of_changes(commands: Sequence[Command]) -> list[str]:
    """The Chinese words that a change of any kind of job may begin with, longest first: `时段`, `不自动`, `@我`."""
    created = [row for row in commands if row.name in _CREATED_BY.values()]
    options = [_NAME, _TIME, TELLS, *(one for row in created for one in row.options if one.name != _NOT_AFTERWARDS)]
    names = {name for one in options for name in (one.name, *one.aliases) if not name.isascii()}
    denied = {f"不{one.name}" for one in options if one.is_flag}
    return sorted({*names, *denied, *MENTIONS}, key=len, reverse=True)
