"""Help, derived from the table of commands."""

from collections.abc import Sequence
from typing import Protocol

from jobs import Option


class Described(Protocol):
    """What help needs of a command."""

    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def options(self) -> tuple[Option, ...]: ...
    @property
    def who(self) -> str: ...
    @property
    def where(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def example(self) -> str: ...
    @property
    def usage(self) -> str: ...


def overview(commands: Sequence[Described], *, in_group: bool = False) -> str:
    """One line a command; in a group one more for what is told in private only."""
    private = ["私聊我还可以：!账号（添加预订用的账号）、!登录"] if in_group else []
    return "\n".join(
        [
            "📖 我能做的事（前缀 ! ！ / 都可以）",
            *(f"{command.example} — {command.help}" for command in commands),
            *private,
            "“任务”可以写编号 7、任务名，或者引用我的消息。发送 !帮助 创建监控 看某个命令的用法",
        ]
    )


def command_help(command: Described) -> str:
    """Everything about one command."""
    lines = [f"📖 {command.usage}", command.help]
    if command.aliases:
        lines.append("也叫：" + "、".join(command.aliases))
    lines += [f"{option.example or option.name} — {option.help}" for option in command.options]
    lines += [f"谁能用：{command.who}；{command.where}", f"例如：{command.example}"]
    return "\n".join(lines)
