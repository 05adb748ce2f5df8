"""The options of the commands of `sja` that deal with the platform: accounts, slots, orders, bookings."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

_NICK: Final = "昵称；别人的写成 QQ号/昵称"
_ALOUD: Final = (
    "密码不要写在命令里：本机的其他用户看得到，也会留在历史里。在终端里会问，脚本里用 --password-stdin；"
    "写出来过的密码请尽快换掉"
)
_USERS: Final = "用哪些账号，逗号分隔（sja accounts list 查看）；省略则用默认账号"


def accounts(parser: argparse.ArgumentParser) -> None:
    """The sub-actions of `sja accounts`. No option takes a password: whoever is on the machine reads arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="动作", parser_class=_Discreet)
    add = _action(actions.add_parser, "add", "add", "添加账号，密码在终端里问，或从标准输入读")
    add.add_argument("nickname", metavar="NICK", help="昵称，以后用它说这个账号")
    add.add_argument("--user", required=True, metavar="学号", help="jAccount 用户名")
    add.add_argument("--owner", default=None, metavar="QQ", help="这是谁的账号；省略则是操作员自己的")
    _password(add)
    listing = _action(actions.add_parser, "list", "show", "所有账号，不显示学号和密码")
    as_json(listing)
    remove = _action(actions.add_parser, "remove", "remove", "删除账号，连同密码和登录")
    nickname(remove)
    agreed(remove, "不再询问")
    nickname(_action(actions.add_parser, "default", "default", "设为默认：没有写账号时用它"))
    _share(_action(actions.add_parser, "share", "share", "共享给一个群，或一个人"))
    _share(_action(actions.add_parser, "unshare", "unshare", "不再共享"))
    update = _action(actions.add_parser, "update", "update", "换密码，或连学号一起换")
    nickname(update)
    update.add_argument("--user", default=None, metavar="学号", help="新的 jAccount 用户名；省略则不变")
    _password(update)
    login = _action(actions.add_parser, "login", "login", "登录：看图片，输入验证码")
    nickname(login, is_optional=True)
    status = _action(actions.add_parser, "status", "status", "每个账号现在是否登录着")
    as_json(status)


def slots(parser: argparse.ArgumentParser) -> None:
    _preset(parser)
    parser.add_argument("--date", default=None, metavar="日期", help="明天、周六、11-28、+7 …；省略则看全部日期")
    as_json(parser)


def book(parser: argparse.ArgumentParser) -> None:
    _preset(parser)
    parser.add_argument("date", metavar="DATE", help="明天、周六、11-28、+7 …")
    parser.add_argument("hours", metavar="HOURS", help="开始的钟点，按喜好排列：19 或 19,20 或 18-21")
    parser.add_argument("--users", default="", metavar="账号", help=_USERS)
    as_json(parser)


def orders(parser: argparse.ArgumentParser) -> None:
    nickname(parser, is_optional=True)
    as_json(parser)


def pay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("order", metavar="ORDER_ID", help="订单号，或它的最后几位（sja orders 查看）")


def order_cancel(parser: argparse.ArgumentParser) -> None:
    pay(parser)
    agreed(parser, "不再询问")


def create_booking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, metavar="名称")
    parser.add_argument("--preset", type=int, default=None, metavar="编号", help="预设；省略则由名称辨认")
    parser.add_argument("--date", default=None, metavar="日期", help="要哪一天的场；省略则是下一个放票的日子")
    parser.add_argument("--pt", default=None, metavar="时段", help="想要的整点，按喜好排列（默认 18,19,20）")
    wishes(parser)
    parser.add_argument("--users", default="", metavar="账号", help=_USERS)
    parser.add_argument("--no-start", action="store_true", help="只创建，不启动")


def keep_alive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", default="保活", metavar="名称", help="任务的名称（默认 保活）")
    parser.add_argument("--users", default="", metavar="账号", help=_USERS)
    parser.add_argument("--interval", default=None, metavar="时长", help="隔多久看一次：秒，或 15分钟（默认 15分钟）")
    parser.add_argument("--no-start", action="store_true", help="只创建，不启动")


def wishes(parser: argparse.ArgumentParser) -> None:
    """Besides the hours: which courts, and how long."""
    parser.add_argument("--court", default=None, metavar="场地", help="只要这些场地，按喜好排列：3,5")
    parser.add_argument("--length", type=int, default=1, metavar="小时", help="同一块场地连续几小时（默认 1）")


def nickname(parser: argparse.ArgumentParser, *, is_optional: bool = False) -> None:
    if is_optional:
        parser.add_argument("nickname", nargs="?", default=None, metavar="NICK", help=f"{_NICK}；省略则是默认账号")
    else:
        parser.add_argument("nickname", metavar="NICK", help=_NICK)


def as_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="输出一个 JSON 文档")


def agreed(parser: argparse.ArgumentParser, help_: str) -> None:
    parser.add_argument("--yes", action="store_true", help=help_)


class _Discreet(argparse.ArgumentParser):
    """Never repeats a word it does not expect: it may be a password."""

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] - its overloads say nothing more
        self, args: Any = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        known, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(f"多出 {len(rest)} 个参数。{_ALOUD}")
        return known, rest

    def error(self, message: str) -> NoReturn:
        super().error(_ALOUD if "explicit argument" in message else message)


class _SpokenAloud(argparse.Action):
    """A password among the words of a command."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002 - the interface's
        values: str | Sequence[object] | None,  # noqa: ARG002
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        parser.error(_ALOUD)


def _password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-stdin", action="store_true", help="密码从标准输入读，只有一行")
    parser.add_argument("--password", nargs="?", action=_SpokenAloud, help=argparse.SUPPRESS)


def _preset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("preset", metavar="PRESET", help="预设的编号或名称（sja presets 查看）")


def _share(parser: argparse.ArgumentParser) -> None:
    nickname(parser)
    peer = parser.add_mutually_exclusive_group(required=True)
    peer.add_argument("--group", default=None, metavar="群号")
    peer.add_argument("--person", default=None, metavar="QQ")


def _action(
    add_parser: Callable[..., argparse.ArgumentParser], name: str, function: str, help_: str
) -> argparse.ArgumentParser:
    # An abbreviation of `--password-stdin` would take what follows it for something else.
    parser = add_parser(name, help=help_, description=help_, allow_abbrev=False)
    parser.set_defaults(function=function)
    return parser
