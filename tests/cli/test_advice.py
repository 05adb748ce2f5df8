"""What the engine says for chats, as somebody in a shell can follow it."""

import ast
import re
from pathlib import Path

import pytest

import jobs
from jobs.cli.advice import CHAT_COMMANDS, advice_for_a_shell
from jobs.cli.parser import COMMANDS, build_parser


@pytest.mark.parametrize(
    ("in_chat", "in_a_shell"),
    [
        ("没有找到任务“99”，发送 !任务列表 查看编号", "没有找到任务“99”，运行 sja jobs 查看编号"),
        (
            "没有叫 czq 的账号，私聊我 !账号 添加 czq 学号 密码",
            "没有叫 czq 的账号，运行 sja accounts add czq --user 学号",
        ),
        (
            "请发送 !账号 更新 czq 学号 密码 改好，再发送 !登录 czq",
            "请运行 sja accounts update czq --user 学号 改好，再运行 sja accounts login czq",
        ),
        ("发送 !登录状态 看看", "运行 sja accounts status 看看"),
        ("!账号 取消共享 czq 群号", "sja accounts unshare czq 群号"),
        ("发送 !取消订单 123，或 !订单 czq", "运行 sja order-cancel 123，或 sja orders czq"),
        (
            "现在就订发送 !预订 13 11-29 19，等空场发送 !创建监控 晚场 预设=13 日期=11-29 时段=19 自动",
            "现在就订运行 sja book 13 11-29 19，等空场运行 "
            "sja create-monitor --name 晚场 --preset=13 --date=11-29 --pt=19 --auto-book",
        ),
        (
            "任务要有名称，例如 !创建监控 南洋北苑健身房监控",
            "任务要有名称，例如 sja create-monitor --name 南洋北苑健身房监控",
        ),
        ("请用 !创建抢票 名称 预设=编号 重新创建", "请用 sja create-booking --name 名称 --preset=编号 重新创建"),
        ("一次最多连订 4 小时，例如 时长=2", "一次最多连订 4 小时，例如 --length=2"),
        ("最多 20 个，例如 场地=3,5", "最多 20 个，例如 --court=3,5"),
        ("发送 !为什么 7 看经过", "运行 sja why 7 看经过"),
        ("!保活 账号=czq 间隔=15分钟", "sja keep-alive --users=czq --interval=15分钟"),
        ("没有 sja 的话", "没有 sja 的话"),
    ],
)
def test_advice_names_commands_and_options_of_the_shell(in_chat: str, in_a_shell: str) -> None:
    assert advice_for_a_shell(in_chat) == in_a_shell


def test_every_command_that_advice_may_name_is_one_of_the_shells(capsys: pytest.CaptureFixture[str]) -> None:
    names = {command.name for command in COMMANDS}
    for words in CHAT_COMMANDS.values():
        command, _, action = words.partition(" ")
        assert command in {*names, "--help"}
        if action:
            with pytest.raises(SystemExit) as ended:
                build_parser(lambda _: None).parse_args([command, action, "--help"])
            assert ended.value.code == 0
    assert "usage: sja accounts unshare" in capsys.readouterr().out


def test_whatever_the_engine_advises_there_is_a_command_for_it_in_the_shell() -> None:
    """Every `!命令` in a text of `jobs`, wherever it is made."""
    advised: set[str] = set()
    for path in Path(jobs.__path__[0]).rglob("*.py"):
        docstrings = set[int]()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Expr):
                docstrings.add(id(node.value))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                advised.update(re.findall(r"(?<![<?])!(账号 [\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]+)", node.value))
    assert {"预设", "继续任务"} <= advised
    only_in_chat = {"配额", "重载配置"}  # of the running bot: a shell is told what to send it
    lacking = {words for words in advised if "!" in advice_for_a_shell(f"!{words}")}
    assert lacking <= only_in_chat
