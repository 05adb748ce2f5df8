"""Changing and regretting in chat, over a real WebSocket with real runs."""

import re

import pytest
from front_site import ADMIN, CREATE, CREATE_RUNNING, MEMBER, OTHER, SUPERUSER, Place


async def _number(place: Place, line: str) -> str:
    created = await place.say(line)
    found = re.search(r"#(\d+)", created)
    assert found, created
    return found[1]


async def test_a_running_monitor_goes_on_with_its_new_configuration(place: Place) -> None:
    number = await _number(place, CREATE_RUNNING)
    before = await place.until(f"!任务详情 {number}", r"进程：\d+")
    said = await place.say(f"!改 {number} 时段19-21 间隔10分钟")
    assert said.startswith(f"✏️ 已修改 #{number} ")
    assert "时段：7点 → 19,20点" in said
    assert "间隔：每1小时 → 每10分钟" in said
    assert "十分钟内可 !撤销" in said
    after = await place.until(f"!任务详情 {number}", r"进程：\d+")
    assert re.search(r"进程：(\d+)", before)[1] != re.search(r"进程：(\d+)", after)[1]
    assert "每600秒 · 19,20点" in after


async def test_another_name_and_another_chat_to_tell_leave_the_run_alone(place: Place) -> None:
    number = await _number(place, CREATE_RUNNING)
    before = await place.until(f"!任务详情 {number}", r"进程：\d+")
    said = await place.say(f"!改 {number} 名称=周末监控 通知=私聊 @我")
    assert "名称：南洋北苑健身房监控 → 周末监控" in said
    assert "重新运行" not in said
    after = await place.until(f"!任务详情 {number}", r"进程：\d+")
    assert re.search(r"进程：(\d+)", before)[1] == re.search(r"进程：(\d+)", after)[1]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("名称=周末监控", "名称：南洋北苑健身房监控 → 周末监控"),
        ("改名周末监控", "名称：南洋北苑健身房监控 → 周末监控"),
        ("预设=18", "场馆：预设13 南洋北苑健身房·健身房 → 预设18 "),
        ("周六", "日期：每一天 → "),
        ("自动", "自动预订：否 → 是"),
        ("间隔600", "间隔：每1小时 → 每10分钟"),
        ("时段=19,20", "时段：18,19,20点 → 19,20点"),
        ("通知=私聊", "通知：本群 → 私聊"),
        ("@我", "通知：本群 → 本群，并 @发起人"),
        ("场地=3,5 连续=2", "场地：不限 → 3,5\n连续：1小时 → 2小时"),
    ],
)
async def test_each_option_can_be_changed(place: Place, line: str, says: str) -> None:
    number = await _number(place, CREATE)
    assert says in await place.say(f"!改 {number} {line}")
    undone = await place.say("!撤销")
    assert undone.startswith("↩️ 已撤销 ")
    assert "的修改" in undone
    assert "每3600秒 · 18,19,20点 · 不自动预订" in await place.say(f"!任务详情 {number}")


async def test_a_schedule_s_time_and_court_hour_are_told_apart(place: Place) -> None:
    number = await _number(place, "!创建定时 霍英东羽毛球 每周六 9点")
    said = await place.say(f"!改 {number} 每天12:00 19点")
    assert "时间：每周六 09:00 → 每天 12:00" in said
    assert "时段：18,19,20点 → 19点" in said
    assert "时段=20" in await place.say(f"!改 {number} 每天 8点 20点")


async def test_a_schedule_is_told_its_time_in_words(place: Place) -> None:
    number = await _number(place, "!创建定时 霍英东羽毛球 12:00")
    said = await place.say(f"!改 {number} 每周六 9点")
    assert "时间：每天 12:00 → 每周六 09:00" in said
    assert "周六 09:00" in said.splitlines()[-2]
    assert "时间：每周六 09:00 → 每周六 10:30" in await place.say(f"!改 {number} 10:30")
    assert "时间：每周六 10:30 → 每周六 10:30，2030-12-31 前" in await place.say(f"!改 {number} 截止=2030-12-31")
    assert "每周六 10:30，2030-12-31 前 → 每周六 10:30" in await place.say("!撤销")
    assert "→ 每周六 09:00" in await place.say("!撤销")
    assert "→ 每天 12:00" in await place.say("!撤销")
    assert "没有可以撤销的" in await place.say(f"!撤销 {number}")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "要写改什么，例如 !改 "),
        ("间隔=2天", "间隔最多 24 小时"),
        ("间隔=3600", "本来就是这样"),
        ("间 隔", "不明白"),
        ("截止=12-31", "没有“截止”这个选项"),
        ("预设=99", "没有预设"),
        ("通知=群99999", "只有超级用户"),
        ("通知=火星", "看不懂 通知="),
        ("自动=也许", "请写 是 或 否"),
        ("日期=昨天", "已经过去"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_changes(place: Place, line: str, says: str) -> None:
    number = await _number(place, CREATE)
    assert says in await place.say(f"!改 {number} {line}")
    assert "每3600秒 · 18,19,20点 · 不自动预订" in await place.say(f"!任务详情 {number}")


async def test_an_unclear_venue_is_asked_back_and_the_answer_changes_the_job(place: Place) -> None:
    number = await _number(place, CREATE)
    question = await place.ask(f"!改 {number} 场馆=霍英东")
    assert "1. " in question.text
    assert "我就继续修改" in question.text
    assert f"✏️ 已修改 #{number} " in await place.say("1", quoting=question)


async def test_a_deleted_job_comes_back_with_its_number_its_id_and_its_log(place: Place) -> None:
    number = await _number(place, CREATE_RUNNING)
    log = await place.until(f"!任务日志 {number}", "第 1 次查询")
    gone = await place.ask(f"!删除任务 {number} 确认")
    assert gone.text.endswith("十分钟内可 !撤销")
    assert "没有找到任务" in await place.say(f"!任务详情 {number}")
    back = await place.say("撤销", quoting=gone)
    assert back.startswith("↩️ 已撤销 ")
    assert f"#{number} 南洋北苑健身房监控 的删除" in back
    assert "🟢 运行中" in await place.until(f"!任务详情 {number}", "🟢 运行中")
    first = log.splitlines()[1]
    assert first in await place.say(f"!任务日志 {number} 200")


async def test_a_stopped_job_runs_again(place: Place) -> None:
    number = await _number(place, CREATE_RUNNING)
    stopped = await place.ask(f"!停 {number}")
    assert "🔴 已停止" in stopped.text
    assert "的停止" in await place.say(f"!撤销 {number}")
    assert await place.until(f"!任务详情 {number}", "🟢 运行中")
    assert "没有可以撤销的" in await place.say("撤销", quoting=stopped)


async def test_only_ones_own_acts_said_here_are_taken_back(place: Place) -> None:
    number = await _number(place, CREATE_RUNNING)
    assert "已停止" in await place.say(f"!停 {number}", user=ADMIN, role="admin")
    assert "没有可以撤销的" in await place.say("!撤销", user=OTHER)
    assert "你没有动过" in await place.say(f"!撤销 {number}")
    assert "没有可以撤销的" in await place.say("!撤销", user=ADMIN, private=True)
    assert "的停止" in await place.say("!撤销", user=ADMIN, role="admin")


async def test_a_doubled_event_takes_back_one_act(place: Place) -> None:
    number = await _number(place, CREATE)
    for interval in (600, 900):
        assert "✏️" in await place.say(f"!改 {number} 间隔={interval}")
    assert "→ 每10分钟" in await place.say("!撤销", times=2)
    assert "每600秒" in await place.say(f"!任务详情 {number}")


async def test_what_somebody_else_has_changed_since_is_not_overwritten(place: Place) -> None:
    number = await _number(place, CREATE)
    assert "✏️" in await place.say(f"!改 {number} 间隔=600")
    assert "✏️" in await place.say(f"!改 {number} 间隔=900", user=ADMIN, role="admin")
    assert "又被改过" in await place.say("!撤销")
    assert "每900秒" in await place.say(f"!任务详情 {number}")


async def test_deleting_somebody_elses_job_asks_first_also_where_it_does_not_run(place: Place) -> None:
    number = await _number(place, CREATE)
    question = await place.ask(f"!删除任务 {number}", user=ADMIN, role="admin")
    assert f"是 QQ{MEMBER} 的任务" in question.text
    assert await place.is_met_with_silence("确认", user=OTHER, quoting=question)
    assert "🗑️ 已删除" in await place.say("确认", user=ADMIN, role="admin", quoting=question)


async def test_a_job_may_be_named_first(place: Place) -> None:
    number = await _number(place, CREATE_RUNNING)
    assert f"#{number} " in await place.say(f"!#{number}")
    assert f"#{number} " in await place.say(f"!{number}")
    assert "日志" in await place.say(f"!{number} 日志 5")
    assert "✏️ 已修改" in await place.say(f"!#{number} 改 间隔60")
    assert "🔴 已停止" in await place.say(f"!#{number} 停")
    assert "没有找到任务“99999”" in await place.say("!停 99999")
    assert "没有找到任务“#99999”" in await place.say("!#99999")
    assert await place.is_met_with_silence("!233333")


async def test_bare_words_under_a_message_about_a_job(place: Place) -> None:
    created = await place.ask(CREATE_RUNNING)
    assert (await place.say("日志 5", quoting=created)).startswith("📄 #")
    assert "间隔：每3600秒 → 每60秒" in await place.say("改 间隔60", quoting=created)
    assert "间隔：每60秒 → 每3600秒" in await place.say("撤销", quoting=created)
    assert "🔴 已停止" in await place.say("停", quoting=created)
    assert "✅ 已启动" in await place.say("启动", quoting=created)
    assert "正在运行" in await place.say("删", quoting=created)
    assert "🗑️ 已删除" in await place.say("删 确认", quoting=created)
    for talk in ("改天吧", "停车场满了", "日志写得不错", "停 一下吧"):
        assert await place.is_met_with_silence(talk, quoting=created)
    in_private = await place.ask(CREATE, private=True)
    assert "✏️" in await place.say("改间隔600", quoting=in_private, private=True)


async def test_a_superuser_has_a_job_tell_another_group(place: Place) -> None:
    number = await _number(place, CREATE)
    said = await place.say(f"!改 {number} 通知=群99999", user=SUPERUSER)
    assert "通知：本群 → 群 99999" in said


async def test_an_administrator_cannot_have_somebody_elses_job_spend_their_money(place: Place) -> None:
    """Whether there is such an account, the answer does not tell."""
    number = await _number(place, CREATE)
    assert "已添加账号 czq" in await place.say("!账号 添加 czq 521030910001 demo", private=True)
    refused = await place.say(f"!改 {number} 自动=是 账号=czq", user=ADMIN, role="admin")
    assert "只有它的发起人和超级用户能改" in refused
    assert "czq" not in refused
    assert (
        refused.split("（一分钟")[0]
        == (await place.say(f"!改 {number} 自动=是 账号=nonexist", user=OTHER, role="admin")).split("（一分钟")[0]
    )
    assert "不自动预订" in await place.say(f"!任务详情 {number}")
    assert "✏️" in await place.say(f"!改 {number} 间隔=600", user=ADMIN, role="admin")
    assert "已共享" in await place.say(f"!账号 共享 czq 群{place.group().peer_id}", private=True)
    assert "账号：默认 → czq" in await place.say(f"!改 {number} 自动=是 账号=czq", user=ADMIN, role="admin")
    assert "已删除账号" in await place.say("!账号 删除 czq 确认", private=True), (
        "what others create here has no account"
    )
