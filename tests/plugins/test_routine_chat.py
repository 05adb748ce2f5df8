"""Routines in chat: what they can run, creating one, and every way to get it wrong."""

import re

import pytest
from front_site import SUPERUSER, Place

from jobs.models.templates import RESERVED
from plugins._commands.table import COMMANDS


async def test_a_created_routine_says_what_was_understood(place: Place) -> None:
    created = await place.say("!创建循环 打招呼 模板=hello 间隔=2小时 时段=0-23 截止=+30 账号=czq who=小明 times=2")
    assert re.fullmatch(
        r"✅ 已创建循环 #\d+ · [0-9a-f]{8}\n打招呼\n"
        r"每2小时 0-23点，20\d\d-\d\d-\d\d 前 · 模板 hello · who=小明 times=2 · 账号 czq\n"
        r"(接下来：约 .*\n)?(🟢 运行中.*|⏳ .*)\n"
        r"成功了不打扰，第一次失败和之后恢复时告诉你；结果都在 !任务日志 \d+",
        created,
    )


async def test_a_routine_runs_at_once_and_tells_its_result_where_it_is_asked(place: Place) -> None:
    created = await place.ask("!create-routine 打招呼 template=hello interval=1h")
    detail = await place.until("详情", "上次结果：你好，世界（3/3）", quoting=created)
    assert "⏳ 接下来：" in detail
    assert "| 你好，世界（1/3）" in await place.say("日志", quoting=created)


async def test_a_routine_that_is_not_to_start_waits_for_a_person(place: Place) -> None:
    created = await place.ask("!创建循环 磁盘 模板=disk least=0 不启动")
    assert "还没有启动" in created.text
    assert await place.say("启动", quoting=created)
    assert "空闲" in await place.until("详情", "上次结果：", quoting=created)


async def test_without_a_template_those_that_there_are_are_named(place: Place) -> None:
    asked = await place.say("!创建循环 夜间备份")
    assert asked.startswith(
        "⚠️ 要说明运行哪个模板，例如 !创建循环 夜间备份 模板=hello\n可用的模板：hello（打个招呼）、disk"
    )


async def test_templates_are_listed_with_their_parameters_and_not_with_what_they_run(place: Place) -> None:
    listed = await place.say("!模板")
    assert "▪ hello（打个招呼）\n  who= 向谁：要以文字" in listed
    assert "times= 几行：要是 1 到 10 的整数；不写：3" in listed
    assert "examples" not in listed
    assert "用法：!创建循环 任务名 模板=disk" in await place.say("!模板 disk")
    assert "没有叫“dis”的模板，是不是 模板=disk" in await place.say("!模板 dis")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "要给任务起个名称"),
        ("x 模板=hallo", "没有叫“hallo”的模板，是不是 模板=hello"),
        ("x 模板=hello 间格=300", "没有“间格”这个参数，是不是想写“间隔=”"),
        ("x 模板=hello tiems=3", "是不是想写“times=”"),
        ("x 模板=hello times=99", "参数 times 不能是“99”，要是 1 到 10 的整数"),
        ("x 模板=hello times=1 times=2", "写了两次"),
        ("x 模板=hello who=-rf", "不能以 - 开头"),
        ("x 模板=hello who=$(id)", "参数 who 不能是“$(id)”"),
        ("x 模板=hello who=", "后面缺少内容"),
        ("x 模板=hello 间隔=30", "间隔最少 60 秒"),
        ("x 模板=hello 间隔=40天", "间隔最多 30 天"),
        ("x 模板=hello 间隔=常常", "看不懂时长"),
        ("x 模板=hello 时段=8-25", "时段“8-25”里有不存在的钟点"),
        ("x 模板=hello 截止=今天", "不晚于今天"),
        ("x 模板=hello 截止=2020-01-01", "截止不对"),
        ("x 模板=hello 账号=a,b", "账号“a,b”不对"),
        ("x 每2小时 模板=hello", "请写成 间隔=2小时"),
        ("x 8-22点 模板=hello", "请写成 有效时段=8-22"),
        ("x 模板hello", "请写成 模板=hello"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_created(place: Place, words: str, said: str) -> None:
    refused = await place.say(f"!创建循环 {words}")
    assert refused.startswith("⚠️ ")
    assert said in refused
    assert "共 0 个" in await place.say("!任务列表 循环")


async def test_a_template_is_there_as_soon_as_the_operator_has_written_it_and_troubles_are_for_administrators(
    place: Place,
) -> None:
    file = place.bot.home / "templates.toml"
    try:
        file.write_text('[mine]\nargv = ["true"]\n[broken]\nargv = ["secret-tool", "{x}"]\n', encoding="utf-8")
        listed = await place.say("!模板")
        assert "▪ mine" in listed
        assert "broken" not in listed
        assert "请告诉超级用户" in listed
        assert "模板“broken”用不了" in await place.say("!模板", user=SUPERUSER)
        refused = await place.say("!创建循环 x 模板=broken")
        assert refused == "⚠️ 模板“broken”写得不对，现在用不了，请告诉超级用户（sja doctor 会说明哪里不对）"
        assert refused == await place.say("!模板 broken")
        assert "没有定义的参数" in await place.say("!模板 broken", user=SUPERUSER)
    finally:
        file.unlink()


def test_no_parameter_of_a_template_can_be_called_like_an_option_of_the_command() -> None:
    (command,) = [command for command in COMMANDS if command.takes_further]
    assert {word.casefold() for option in command.options for word in (option.name, *option.aliases)} <= RESERVED
