"""Help, derived from the table of commands."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, Protocol

from jobs import Option, quote

FIRST_STEP: Final = "!创建监控 霍英东羽毛球 明天18-21"
"""What a newcomer may send as it stands: it leads to a job that watches."""
_PRIVATELY: Final = "（请在私聊里对我说）"


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
    def arguments(self) -> str: ...
    @property
    def heading(self) -> str: ...
    @property
    def is_common(self) -> bool: ...
    @property
    def more_examples(self) -> tuple[str, ...]: ...
    @property
    def afterwards(self) -> str: ...
    @property
    def mistakes(self) -> tuple[str, ...]: ...


def overview(commands: Sequence[Described], elsewhere: Sequence[Described] = ()) -> str:
    """What one may do here, on one screen of a phone: the common ones with an example, the others by name.

    `elsewhere`: what the same person may do in private only, while this is a group.
    """
    private = [f"私聊我还有：{_names(elsewhere)}"] if elsewhere else []
    return "\n".join(
        [
            "📖 我能做的事（前缀 ! ！ / 都可以）",
            f"第一次用，发这句试试：{FIRST_STEP}",
            *(line for heading, rows in _by_heading(commands) for line in _section(heading, rows)),
            *private,
            "“任务”写编号 7 或名称，也可以引用我的消息说“停”“日志”“改 间隔60”",
            "用法和例子：!帮助 创建监控",
        ]
    )


def command_help(command: Described, note: str = "") -> str:
    """Everything about one command. `note`: why not here, or not for this person."""
    options = "选项…（次序随意）" if command.options else ""
    lines = [f"📖 !{command.name}：{command.help}"]
    if note:
        lines.append(f"⚠️ {note}")
    lines += [f"例如：{command.example}", *(f"　　　{example}" for example in command.more_examples)]
    lines.append(f"写法：{' '.join(filter(None, [f'!{command.name}', command.arguments, options]))}")
    lines += [f"· {option.example or option.name} {option.help}" for option in command.options]
    if command.mistakes:
        lines += ["容易写错：", *(f"· {mistake}" for mistake in command.mistakes)]
    if command.afterwards:
        lines.append(f"接着可以：{command.afterwards}")
    if command.aliases:
        lines.append("也叫：" + "、".join(command.aliases))
    lines.append(f"谁能用：{command.who}；{command.where}")
    return "\n".join(lines)


def not_for_you(command: Described) -> str:
    """What is said of a command that only superusers have."""
    return f"🔒 !{command.name} 只有{command.who}可以用（{command.where}）"


def commands_about(topic: str, commands: Sequence[Described], elsewhere: Sequence[Described] = ()) -> str:
    """The commands that have to do with a word, a line each. `elsewhere`: those of them for private chats only, while
    this is a group."""
    notes = {command.name: _PRIVATELY for command in elsewhere}
    lines = [f"{command.example} — {_in_short(command)}{notes.get(command.name, '')}" for command in commands]
    return "\n".join([f"📖 和{quote(topic)}有关的命令", *lines, f"细节：!帮助 {commands[0].name}"])


def no_such_command(word: str, guess: str | None, *, in_private: bool = False) -> str:
    """`guess`: the name of the one that may have been meant; `in_private`: it is for private chats only, and this is
    a group."""
    if guess is None:
        return f"没有{quote(word)}这个命令，发送 !帮助 看我能做什么"
    if in_private:
        return f"没有{quote(word)}这个命令，是不是想发 !{guess}？请在私聊里对我说"
    return f"没有{quote(word)}这个命令，是不是想发 !{guess}？发送 !帮助 查看全部"


def no_such_topic(topic: str, guess: str | None) -> str:
    """The same of a word behind 帮助."""
    hint = f"，是不是想看 !帮助 {guess}" if guess else ""
    return f"没有{quote(topic)}这个命令{hint}，发送 !帮助 查看全部"


def _by_heading(commands: Sequence[Described]) -> list[tuple[str, list[Described]]]:
    """Each heading once, in the order of the table."""
    order = list(dict.fromkeys(command.heading for command in commands))
    ordered = sorted(commands, key=lambda command: order.index(command.heading))
    return [(heading, list(rows)) for heading, rows in groupby(ordered, key=lambda command: command.heading)]


def _section(heading: str, commands: Sequence[Described]) -> list[str]:
    """The common ones a line each, the others together on one; the heading stands before the first."""
    others = [command for command in commands if not command.is_common]
    lines = [f"{command.example} — {_in_short(command)}" for command in commands if command.is_common]
    if others:
        lines.append(_names(others))
    return [f"【{heading}】{lines[0]}", *(f"　{line}" for line in lines[1:])]


def _in_short(command: Described) -> str:
    """What it does, up to the first semicolon."""
    return command.help.partition("；")[0]


def _names(commands: Sequence[Described]) -> str:
    return " ".join(f"!{command.name}" for command in commands)
