"""The table of commands of `sja`."""

import argparse
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from jobs.cli import venue_options
from jobs.models.configs import DEFAULT_INTERVAL_SECONDS
from jobs.models.errors import Refusal
from jobs.models.routines import DEFAULT_INTERVAL_SECONDS as ROUTINE_INTERVAL_SECONDS
from jobs.models.shifts import parse_shift

Add = Callable[[argparse.ArgumentParser], None]

MAX_LINES: Final = 100_000
"""Of a log, shown at once."""


class Command(NamedTuple):
    """A command: what it is called, what help says, its options, and the function of `jobs.cli.commands` that acts.

    `on_files`: the function is one of `jobs.cli.keeping`, and works where no store can be opened. Otherwise it is of
    the `module` in `jobs.cli`.
    """

    name: str
    help: str
    add: Add
    function: str
    on_files: bool = False
    module: str = "commands"


def _job(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", metavar="ID", help="编号（7 或 #7）、id、id 的开头，或唯一的名称")


def _jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="输出一个 JSON 文档")


def _delete(parser: argparse.ArgumentParser) -> None:
    _job(parser)
    parser.add_argument("--yes", action="store_true", help="正在运行也不再询问")


def _reorder(parser: argparse.ArgumentParser) -> None:
    _job(parser)
    # All the rest of the line, for `-30分钟` looks like an option to argparse.
    parser.add_argument(
        "shift",
        nargs=argparse.REMAINDER,
        action=_Shift,
        metavar="SECONDS",
        help="下一次推迟几秒，负数是提前（-1800）；也可以写 +1h、-30分钟",
    )


def _edit(parser: argparse.ArgumentParser) -> None:
    _job(parser)
    parser.add_argument(
        "changes",
        nargs="*",
        type=_assignment,
        metavar="键=值",
        help="名称=周末监控 时段=19,20 间隔=600 …，不写就列出能改的",
    )


def _logs(parser: argparse.ArgumentParser) -> None:
    _job(parser)
    parser.add_argument(
        "--lines", type=_lines, default=None, metavar="N", help="最后几行（默认 50；写了 --since 就是那以后的全部）"
    )
    parser.add_argument("--search", default="", metavar="文字", help="只要含有这些文字的行")
    parser.add_argument(
        "--since", default=None, metavar="时间", help="只要这以后的：10m、2h、12:00、“2026-11-22 12:00”"
    )
    parser.add_argument("--follow", action="store_true", help="继续显示新写入的行，Ctrl-C 结束")


def _cleanup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--days", type=_days, default=None, metavar="天", help="删除结束超过几天的（默认 SJA_RETENTION_DAYS）"
    )


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, metavar="名称")
    parser.add_argument(
        "--preset", type=int, default=None, metavar="编号", help="预设（sja presets 查看）；省略则由名称辨认"
    )
    parser.add_argument("--pt", default="18,19,20", metavar="时段", help="想要的整点，按喜好排列（默认 18,19,20）")
    parser.add_argument("--users", default="", metavar="账号", help="预订用的账号，逗号分隔")
    venue_options.wishes(parser)
    parser.add_argument("--date", default=None, metavar="日期", help="明天、周六、11-28、+7 …")
    parser.add_argument("--no-start", action="store_true", help="只创建，不启动")


def _create_monitor(parser: argparse.ArgumentParser) -> None:
    _create(parser)
    parser.add_argument(
        "--interval",
        default=str(DEFAULT_INTERVAL_SECONDS),
        metavar="时长",
        help=f"两次查询的间隔：秒，或 10分钟、1h（默认 {DEFAULT_INTERVAL_SECONDS}）",
    )
    parser.add_argument("--auto-book", action="store_true", help="有空场就预订")


def _create_schedule(parser: argparse.ArgumentParser) -> None:
    _create(parser)
    parser.add_argument(
        "--when",
        default=None,
        metavar="时间",
        help="“每周一三五 12:00”“每月最后一天 18:00”“每2小时 8-22点”“11-28 12:00”",
    )
    parser.add_argument("--cron", default=None, metavar="表达式", help="分 时 日 月 周，例如 “0 8 * * 1-5”")
    parser.add_argument("--hour", type=int, default=None, metavar="时", help="每天几点（默认 12），不和 --when 一起用")
    parser.add_argument("--minute", type=int, default=None, metavar="分")
    parser.add_argument("--second", type=int, default=None, metavar="秒")
    parser.add_argument("--starts", default=None, metavar="日期", help="从这一天起才触发")
    parser.add_argument("--ends", default=None, metavar="日期", help="从这一天起不再触发，这一天也不")
    parser.add_argument(
        "--skip", action="append", default=None, metavar="日期", help="这些日子不触发，逗号分隔，也可以写几次"
    )
    parser.add_argument("--jitter", default=None, metavar="时长", help="每次随机推迟，最多这么久：60、5m")
    parser.add_argument("--window", default=None, metavar="8-22", help="只在这些钟点里，最后一个钟点也算，可以过夜")
    parser.add_argument("--zone", default=None, metavar="时区", help="时间是哪里的：Europe/London")
    parser.add_argument("--misfire", choices=["skip", "once"], default=None, help="错过的跳过，或补一次")
    parser.add_argument("--grace", default=None, metavar="时长", help="晚多久还补（默认 5 分钟）")
    parser.add_argument("--overlap", choices=["skip", "queue"], default=None, help="上一次还没结束时跳过，或排队")


def _create_routine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, metavar="名称")
    parser.add_argument("--template", required=True, metavar="模板", help="运行什么（sja templates 查看）")
    parser.add_argument(
        "--param", action="append", default=[], metavar="名称=值", help="模板的参数，可以写几次：--param times=2"
    )
    parser.add_argument(
        "--interval",
        default=str(ROUTINE_INTERVAL_SECONDS),
        metavar="时长",
        help=f"一次结束后隔多久再来：秒，或 10分钟、1h（默认 {ROUTINE_INTERVAL_SECONDS}）",
    )
    parser.add_argument("--window", default=None, metavar="8-22", help="只在这些钟点里运行，最后一个钟点也算，可以过夜")
    parser.add_argument("--ends", default=None, metavar="日期", help="从这一天起不再运行：2026-12-31、12-31、+30")
    parser.add_argument("--user", default=None, metavar="账号", help="同一个账号的循环一次只运行一个")
    parser.add_argument("--no-start", action="store_true", help="只创建，不启动")


def _presets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "keyword", nargs="?", default="", metavar="关键字", help="编号、名称、拼音或首字母，错一两个字也行"
    )
    parser.add_argument("--refresh", action="store_true", help="问平台现在有哪些场馆和运动")
    _jobs(parser)


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="原程序的 jobs.json，或 TaskDispatcher 的 dispatch_config.json")


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=["jobs", "dispatch"],
        default="jobs",
        help="jobs（默认）：全部任务，原程序 jobs.json 的格式；dispatch：循环任务，TaskDispatcher 的格式",
    )
    parser.add_argument("--output", default=None, metavar="FILE", help="写到文件；省略则输出到屏幕")


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output", default=None, metavar="FILE", help="备份到这个文件，不覆盖已有的；省略则放进 backups/"
    )


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", default=None, metavar="FILE", help="备份的文件名或路径；省略则列出所有备份")
    parser.add_argument("--yes", action="store_true", help="不再询问")


def _audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", default=None, metavar="QQ", help="只看这个人做的；命令行做的写 operator")
    parser.add_argument("--job", default=None, metavar="ID", help="只看对这个任务做的，删除了的也行")
    parser.add_argument("--lines", type=_deeds, default=50, metavar="N", help="最近几条（默认 50）")
    _jobs(parser)


class _Shift(argparse.Action):
    """Words that say a shift together: `-30分钟`, `提前 30分钟`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - the interface's
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        words = [values] if isinstance(values, str) else [str(word) for word in values or ()]
        try:
            setattr(namespace, self.dest, parse_shift(" ".join(words)))
        except Refusal as refusal:
            raise argparse.ArgumentError(self, refusal.sentence) from refusal


def _assignment(text: str) -> str:
    if "=" not in text:
        raise argparse.ArgumentTypeError("要写成 键=值，例如 间隔=600")
    return text


def _lines(text: str) -> int:
    return _between(1, text, MAX_LINES, "行数")


def _deeds(text: str) -> int:
    return _between(1, text, MAX_LINES, "条数")


def _days(text: str) -> int:
    return _between(1, text, 3650, "天数")


def _between(least: int, text: str, most: int, what: str) -> int:
    wrong = argparse.ArgumentTypeError(f"{what}要是 {least} 到 {most} 之间的整数")
    try:
        number = int(text)
    except ValueError as error:
        raise wrong from error
    if not least <= number <= most:
        raise wrong
    return number


COMMANDS: Final = (
    Command("jobs", "任务列表", _jobs, "jobs"),
    Command("job", "任务详情", _job, "job"),
    Command("job-start", "启动任务", _job, "job_start"),
    Command("job-stop", "停止任务", _job, "job_stop"),
    Command("job-restart", "重启任务", _job, "job_restart"),
    Command("job-pause", "暂停任务", _job, "job_pause"),
    Command("job-resume", "继续任务", _job, "job_resume"),
    Command("job-run", "现在就多运行一次", _job, "job_run"),
    Command("job-reorder", "把下一次提前或推迟", _reorder, "job_reorder"),
    Command("job-edit", "修改任务：键=值…", _edit, "job_edit", module="editing"),
    Command("job-delete", "删除任务", _delete, "job_delete"),
    Command("job-logs", "任务日志", _logs, "job_logs"),
    Command("jobs-cleanup", "清理已结束的任务", _cleanup, "jobs_cleanup"),
    Command("create-monitor", "创建监控", _create_monitor, "create_monitor", module="creating"),
    Command("create-schedule", "创建定时", _create_schedule, "create_schedule", module="creating"),
    Command("create-booking", "创建抢票", venue_options.create_booking, "create_booking", module="creating"),
    Command("create-routine", "创建循环", _create_routine, "create_routine", module="routines"),
    Command("templates", "循环任务可用的模板", _jobs, "templates", module="routines"),
    Command("keep-alive", "创建保活，按时看登录还在不在", venue_options.keep_alive, "keep_alive", module="creating"),
    Command("why", "一次抢票发生了什么，精确到毫秒", _job, "why"),
    Command("presets", "预设：编号、场馆、运动", _presets, "presets", module="booking"),
    Command("slots", "现在有哪些空场", venue_options.slots, "slots", module="booking"),
    Command("book", "立刻预订", venue_options.book, "book", module="booking"),
    Command("orders", "账号的订单", venue_options.orders, "orders", module="booking"),
    Command("pay", "未付款订单的付款链接", venue_options.pay, "pay", module="booking"),
    Command("order-cancel", "取消一个订单", venue_options.order_cancel, "order_cancel", module="booking"),
    Command("accounts", "预订用的账号：添加、列出、登录、共享", venue_options.accounts, "", module="accounts"),
    Command(
        "import",
        "导入原程序的 jobs.json 或 TaskDispatcher 的 dispatch_config.json",
        _import,
        "import_file",
        module="exchange",
    ),
    Command("export", "导出任务", _export, "export", module="exchange"),
    Command("audit", "谁在什么时候做了什么", _audit, "audit", module="auditing"),
    Command("backup", "立刻备份任务库", _backup, "backup", on_files=True),
    Command("restore", "列出备份，或恢复其中一份", _restore, "restore", on_files=True),
    Command("doctor", "检查运行环境，说出问题和办法", _jobs, "doctor", on_files=True),
)


def build_parser(add_chat: Add) -> argparse.ArgumentParser:
    """The parser of `sja`; `add_chat` adds the options of `sja chat`, which has no engine of its own."""
    parser = argparse.ArgumentParser(prog="sja", description="SJA 的命令行：与机器人共用同一份任务，可在机器人旁边使用")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.help, description=command.help)
        command.add(sub)
        sub.set_defaults(function=command.function, on_files=command.on_files, module=command.module)
    add_chat(
        commands.add_parser("chat", help="在终端里扮演 QQ，和机器人对话", description="在终端里扮演 QQ，和机器人对话")
    )
    # Listed here, acted upon in `jobs.__main__`: it needs no engine.
    commands.add_parser("demo-platform", help="单独运行演示平台：到点开放、下单、付款都能试，不碰真实平台")
    return parser
