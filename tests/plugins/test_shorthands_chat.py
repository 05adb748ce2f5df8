"""Short ways to say a command, in a chat: under a message about a job, and with the job's number first."""

import pytest
from front_site import CREATE, CREATE_RUNNING, OTHER, Place

from plugins._commands.shorthands import Shorthands
from plugins._commands.table import COMMANDS

SCHEDULE = "!创建定时 每日预订 每天12:00 预设18 19点"
SHORTHANDS = Shorthands(COMMANDS)


@pytest.mark.parametrize(
    ("said", "command", "rest"),
    [
        ("改 后天", "修改任务", "后天"),
        ("改 工作日", "修改任务", "工作日"),
        ("修改 随便什么", "修改任务", "随便什么"),
        ("改时段晚上七点", "修改任务", "时段晚上七点"),
        ("改名字周末", "修改任务", "名字周末"),
        ("改名周末", "修改任务", "改名周末"),
        ("改宽限5分钟", "修改任务", "宽限5分钟"),
        ("改不自动", "修改任务", "不自动"),
        ("改艾特我", "修改任务", "艾特我"),
        ("停掉", "停止任务", ""),
        ("停一下", "停止任务", ""),
        ("删掉", "删除任务", ""),
        ("看日志", "任务日志", ""),
        ("日志 最近50行", "任务日志", "50"),
        ("日志50行", "任务日志", "50"),
        ("日志 搜索=第 3 行", "任务日志", "搜索=第 3 行"),
    ],
)
def test_what_is_said_under_a_message_about_a_job(said: str, command: str, rest: str) -> None:
    line = SHORTHANDS.under_a_quote(said)
    assert line is not None
    assert (line.command.name, line.rest) == (command, rest)


@pytest.mark.parametrize(
    "talk", ["改天吧", "改不改", "停车场满了", "停掉好吗", "日志写得不错", "看日志的人", "", "收到"]
)
def test_talk_is_no_shorthand(talk: str) -> None:
    assert SHORTHANDS.under_a_quote(talk) is None


def test_every_option_of_every_kind_of_job_may_be_glued_to_the_word_for_changing() -> None:
    made = [row for row in COMMANDS if row.name in ("创建监控", "创建定时", "创建抢票", "创建循环", "保活")]
    names = [name for row in made for one in row.options for name in (one.name, *one.aliases) if one.name != "不启动"]
    for name in (name for name in names if not name.isascii()):
        line = SHORTHANDS.under_a_quote(f"改{name}某事")
        assert line is not None, name
        assert line.rest == f"{name}某事"


async def test_under_a_message_about_a_job_whatever_shall_be_changed_is_answered(place: Place) -> None:
    created = await place.ask(CREATE)
    number = created.text.split("#")[1].split(" ")[0]
    assert "日期：每一天 → " in await place.say("改 后天", quoting=created)
    assert "→ 周末" in await place.say("改 名字 周末", quoting=created)
    assert "→ 周日" in await place.say("改名周日", quoting=created)
    assert "通知：本群 → 私聊" in await place.say("改 通知 私聊", quoting=created)
    assert "不明白“随便什么”" in await place.say("改 随便什么", quoting=created)
    assert "“名字”后面缺少内容" in await place.say("改 名字", quoting=created)
    assert "🗑️" in await place.say("删掉", quoting=created)
    about_nothing = await place.ask("!预设 羽毛球")
    assert await place.is_met_with_silence("改 后天", quoting=about_nothing)
    assert "没有找到" in await place.say(f"!改 {number} 后天")


async def test_under_a_quote_a_bare_number_is_no_other_job(place: Place) -> None:
    other = (await place.say(CREATE)).split("#")[1].split(" ")[0]
    created = await place.ask(CREATE)
    number = created.text.split("#")[1].split(" ")[0]
    for line in (f"改 {other} 间隔60", f"!改 {other} 间隔60"):
        assert f"要改别的任务请写 #{other}" in await place.say(line, quoting=created)
    assert f"已修改 #{other} " in await place.say(f"改 #{other} 间隔60", quoting=created)
    assert f"已修改 #{other} " in await place.say(f"!{other} 改 间隔90", quoting=created)
    assert f"已修改 #{number} " in await place.say("改 间隔60", quoting=created)


async def test_an_hour_said_of_a_schedule_may_be_the_courts_or_its_own(place: Place) -> None:
    created = await place.ask(SCHEDULE)
    number = created.text.split("#")[1].split(" ")[0]
    for said in ("20点", "晚上八点", "20"):
        asked_back = await place.say(f"改 {said}", quoting=created)
        assert f"!改 {number} 时段={said} 或 !改 {number} 时间=20:00" in asked_back
    assert "时段：19点 → 20点" in await place.say("改 时段 20", quoting=created)
    assert "“时段”后面缺少内容" in await place.say("改 时段", quoting=created)
    assert "时间：每天 12:00 → 每天 20:00" in await place.say(f"!改 {number} 时间=20:00")
    assert "时间：每天 20:00 → 工作日 09:00" in await place.say(f"!改 {number} 工作日 9点")
    assert "时间：工作日 09:00 → 每周六 10:30" in await place.say(f"!改 {number} 时间 每周六 10:30")


async def test_a_name_with_a_blank_wants_its_number_or_quotation_marks(place: Place) -> None:
    made = await place.say('!创建监控 "周六 球局" 预设=18 不启动')
    number = made.split("#")[1].split(" ")[0]
    refused = await place.say("!改 周六 球局 间隔60")
    assert f"!改 {number} 间隔60、!改 “周六 球局” 间隔60" in refused
    assert "✏️" in await place.say("!改 “周六 球局” 间隔60")


async def test_a_strangers_word_of_regret_is_not_for_the_bot(place: Place) -> None:
    created = await place.ask(CREATE_RUNNING)
    assert "已停止" in await place.say("停", quoting=created)
    assert await place.is_met_with_silence("撤销", quoting=created, user=OTHER)
    assert await place.is_met_with_silence("撤销", quoting=created, user=OTHER, private=True)
    assert "没有可以撤销的" in await place.say("撤销", quoting=created, user=OTHER, role="admin")
    assert "的停止" in await place.say("撤销", quoting=created)
    assert "没有可以撤销的" in await place.say("撤销", quoting=created), "whose job it is, is told why not"


async def test_a_receipt_for_somebody_elses_job_is_not_theirs_to_give(place: Place) -> None:
    number = (await place.say(CREATE)).split("#")[1].split(" ")[0]
    assert "是别人的任务" in await place.say(f"!收到 {number}", user=OTHER)
    assert "没有等人确认的通知" in await place.say(f"!收到 {number}")
