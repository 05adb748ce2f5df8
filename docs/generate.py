"""Writes the pages of docs/ that are generated from the code, or checks that they are up to date (`--check`)."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from jobs.cli.parser import COMMANDS as CLI_COMMANDS, Command as CliCommand
from jobs.models.job import Status
from jobs.models.lifecycle import TRANSITIONS, Trigger, allows
from plugins._commands.command import Command as ChatCommand
from plugins._commands.table import COMMANDS as CHAT_COMMANDS

DOCS: Final = Path(__file__).resolve().parent

TRIGGERS: Final[Mapping[Trigger, tuple[str, str]]] = {
    Trigger.QUEUE: ("排队", "有人启动、继续或重启它，或要等下一个时刻"),
    Trigger.CLAIM: ("认领", "引擎认领了排队的运行，正在启动进程"),
    Trigger.AWAIT: ("等待", "一次运行结束，后面还有"),
    Trigger.FINISH: ("完成", "目标达成，或到了终点"),
    Trigger.FAIL: ("失败", "运行不正常地结束，且不会自己再来"),
    Trigger.STOP: ("停止", "有人停止它"),
    Trigger.PAUSE: ("暂停", "有人暂停它"),
}


def generated_by(source: str) -> str:
    """The first line of a generated page: where to change it."""
    return f"<!-- 由 docs/generate.py 根据 {source} 生成，请勿手改；改完源文件后运行 make docs。 -->\n"


def lifecycle() -> str:
    """docs/lifecycle.md: every way a job can move."""
    return "\n".join(
        [
            generated_by("jobs/models/lifecycle.py"),
            "# 任务的一生\n",
            "任务状态只能按这张表变化；表里没有的变化是程序的错误，会被拒绝，不会被悄悄执行。\n",
            *_lifecycle_picture(),
            "## 状态\n",
            "| 状态 | 名称 | 可以 |",
            "| --- | --- | --- |",
            *(f"| `{status}` | {_face(status)} | {_moves(status)} |" for status in Status),
            "\n## 变化\n",
            "| 从 | 缘由 | 到 |",
            "| --- | --- | --- |",
            *(f"| {_face(a)} | {_words(why)} `{why}` | {_face(b)} |" for (a, why), b in TRANSITIONS.items()),
            "\n## 缘由\n",
            "| 缘由 | 名称 | 意思 |",
            "| --- | --- | --- |",
            *(f"| `{why}` | {_words(why)} | {TRIGGERS[why][1]} |" for why in Trigger),
            "",
        ]
    )


def _lifecycle_picture() -> Iterator[str]:
    yield "```mermaid\nstateDiagram-v2"
    for status in Status:
        yield f'  state "{_face(status)}" as {status.name}'
    yield "  [*] --> PENDING: 创建"
    for (before, why), after in TRANSITIONS.items():
        yield f"  {before.name} --> {after.name}: {_words(why)}"
    yield "```\n"


def _face(status: Status) -> str:
    return f"{status.icon} {status.words}"


def _words(why: Trigger) -> str:
    return TRIGGERS[why][0]


def _moves(status: Status) -> str:
    return "、".join(_words(why) for why in Trigger if allows(status, why))


def commands() -> str:
    """docs/commands.md: every command of the chat and of the command line."""
    return "\n".join(
        [
            generated_by("plugins/_commands/table.py 与 jobs/cli/parser.py"),
            "# 命令一览\n",
            "## 聊天\n",
            "前缀 `!` `！` `/` `／` 都行，前后的空格可有可无。方括号里的可以不写，选项写成 `键=值`，次序随意。",
            "“任务”写编号（`7`、`#7`）、8 位编码或它的前几位、独一无二的名称，或者引用机器人关于它的消息。\n",
            "| 命令 | 做什么 | 谁可以 | 在哪里 |",
            "| --- | --- | --- | --- |",
            *(f"| [`{it.name}`](#{it.name}) | {it.help} | {it.who} | {it.where} |" for it in CHAT_COMMANDS),
            "",
            *(line for command in CHAT_COMMANDS for line in _chat_command(command)),
            "## 命令行\n",
            "`sja` 或 `python -m jobs`，与机器人共用同一个任务库。退出码：0 做了，1 被拒绝或失败，2 用法不对。\n",
            "| 命令 | 做什么 |",
            "| --- | --- |",
            *(f"| `{_usage(command)}` | {command.help} |" for command in CLI_COMMANDS),
            "| `sja chat` | 在终端里扮演 QQ，和机器人对话；`sja chat --help` 列出选项 |",
            "",
        ]
    )


def _chat_command(command: ChatCommand) -> Iterator[str]:
    yield f"### {command.name}\n"
    yield f"`{command.usage}`\n"
    if command.aliases:
        yield f"也叫：{_in_code(command.aliases)}。"
    yield f"例如：{_in_code((command.example, *command.more_examples))}\n"
    if command.options:
        yield "| 选项 | 意思 | 例如 | 也写作 |"
        yield "| --- | --- | --- | --- |"
        for option in command.options:
            yield f"| `{option.name}` | {option.help} | `{option.example}` | {_in_code(option.aliases)} |"
        yield ""
    yield from (f"- 容易写错：{mistake}" for mistake in command.mistakes)
    if command.afterwards:
        yield f"- 接着可以：{command.afterwards}"
    if command.mistakes or command.afterwards:
        yield ""


def _in_code(words: Iterable[str]) -> str:
    return "、".join(f"`{word}`" for word in words)


def _usage(command: CliCommand) -> str:
    parser = argparse.ArgumentParser(prog=f"sja {command.name}", add_help=False, formatter_class=_OneLine)
    command.add(parser)
    return parser.format_usage().removeprefix("usage: ").strip().replace("|", "\\|")


class _OneLine(argparse.HelpFormatter):
    """Never wraps, however narrow the terminal."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=10_000)


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "lifecycle.md": lifecycle,
    "commands.md": commands,
}


def stale(directory: Path) -> list[Path]:
    """The pages in `directory` that are missing or differ from what the code says now."""
    return [path for name, page in PAGES.items() if _read(path := directory / name) != page()]


def write(directory: Path) -> None:
    """Writes every generated page into `directory`."""
    for name, page in PAGES.items():
        (directory / name).write_text(page(), encoding="utf-8")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main() -> int:
    """Exit code 0: written, or up to date; 1: `--check` found stale pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    parser.add_argument("--directory", type=Path, default=DOCS, help="where the pages are (default: docs/)")
    options = parser.parse_args()
    if not options.check:
        write(options.directory)
        return 0
    pages = stale(options.directory)
    for page in pages:
        print(f"{page.name} 已过时，请运行 make docs", file=sys.stderr)
    return 1 if pages else 0


if __name__ == "__main__":
    sys.exit(main())
