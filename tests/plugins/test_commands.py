"""Every command, spoken over a real WebSocket to the real bot."""

import re

import pytest
from front_site import CREATE, CREATE_RUNNING, Place

JOB = re.compile(r"#(\d+) · ([0-9a-f]{8})")


async def new_job(place: Place, command: str = CREATE, **how: object) -> tuple[str, str]:
    """The number and the id of a job just created."""
    created = await place.say(command, **how)
    found = JOB.search(created)
    assert found, created
    return found[1], found[2]


async def test_an_empty_list_says_how_to_create_the_first_job(place: Place) -> None:
    listed = await place.say("!任务列表")
    assert listed.startswith("📋 任务列表（共 0 个）\n")
    assert "!创建监控" in listed


async def test_a_created_monitor_is_said_in_the_agreed_shape(place: Place) -> None:
    created = await place.ask(CREATE_RUNNING)
    assert re.fullmatch(
        r"✅ 已创建监控 #\d+ · [0-9a-f]{8}\n南洋北苑健身房监控\n"
        r"预设13 南洋北苑健身房·健身房 · 每3600秒 · 7点 · 不自动预订\n"
        r"🟢 运行中，引用本条回复“停/日志/改”即可操作",
        created.text,
    )
    assert "🔴 已停止" in await place.say("停", quoting=created)


async def test_the_list_has_two_lines_a_job(place: Place) -> None:
    number, job_id = await new_job(place)
    lines = (await place.say("!任务列表")).splitlines()
    assert lines[0] == "📋 任务列表（共 1 个）"
    assert lines[1] == f"⏳ #{number} {job_id} 南洋北苑健身房监控"
    assert lines[2].startswith("  监控 · ")


async def test_the_list_is_filtered_by_status_kind_and_owner(place: Place) -> None:
    await new_job(place)
    await new_job(place, "!创建定时 晨跑 12:00 预设=3", user=20002)
    assert "共 2 个" in await place.say("!任务列表 全部")
    assert "共 1 个" in await place.say("!任务列表 定时")
    assert "共 1 个" in await place.say("!任务列表 我的")
    assert "共 0 个" in await place.say("!任务列表 失败")
    assert (await place.say("!任务列表 蓝色的")).startswith("⚠️ 不明白“蓝色的”")


async def test_more_than_twenty_jobs_come_in_pages(place: Place) -> None:
    for n in range(21):
        await new_job(place, f"!创建监控 第{n}个 预设=13 不启动")
    first = await place.say("!任务列表")
    assert first.startswith("📋 任务列表（共 21 个）\n⏳ #"), "one text, no forwarded message"
    assert len(first.splitlines()) == 42
    assert first.splitlines()[-1] == "第 1/2 页，发送 !任务列表 页=2 看下一页"
    second = await place.say("!任务列表 页=2")
    assert "第20个" in second
    assert "第19个" not in second


async def test_a_schedule_tells_its_next_three_instants(place: Place) -> None:
    created = await place.say("!创建定时 霍英东羽毛球 12:00")
    assert re.search(r"✅ 已创建定时 #\d+ · [0-9a-f]{8}\n霍英东羽毛球\n每天 12:00 · 预设18 霍英东", created)
    assert re.search(r"\n⏳ 接下来：(\d\d-\d\d 周. 12:00:00、){2}\d\d-\d\d 周. 12:00:00\nℹ️ 还没有账号，", created)


@pytest.mark.parametrize(
    ("words", "understood"),
    [
        ("8:30:15 工作日", "工作日 08:30:15"),
        ("每周一三五 晚上七点", "每周一三五 19:00"),
        ("12:00 周六", "12:00 一次"),
        ("12:00 一次", "12:00 一次"),
        ("", "每天 12:00"),
        ("每2小时 8-22点", "每2小时 8-22点"),
        ("每月1,15号 9点", "每月1,15号 09:00"),
        ('cron="0 8 * * 1-5"', 'cron="0 8 * * 1-5"'),
        (
            "12:00 截止=2099-12-31 跳过=2099-11-28 抖动=60秒 错过=跳过 重叠=排队",
            "每天 12:00，2099-12-31 前，跳过 2099-11-28，随机推迟最多60秒",
        ),
        ("9点 每周一 时区=Europe/London", "每周一 09:00（Europe/London 时间）"),
    ],
)
async def test_a_schedules_time_is_understood_in_many_forms(place: Place, words: str, understood: str) -> None:
    assert f"{understood} · 预设13" in await place.say(f"!创建定时 晨跑 {words} 预设=13")


@pytest.mark.parametrize("words", ["每2小时 8-22点", "每月最后一天", 'cron="0 8 * * 1-5"', "每周一三五 12:00"])
async def test_a_rhythm_of_every_kind_tells_its_next_three_instants(place: Place, words: str) -> None:
    three = r"接下来：(\d\d-\d\d 周. \d\d:\d\d:\d\d、){2}\d\d-\d\d 周. \d\d:\d\d:\d\d"
    created = await place.say(f"!创建定时 晨跑 {words} 预设=13")
    assert re.search(three, created)
    number = re.search(r"#(\d+)", created)
    assert number is not None
    assert re.search(three, await place.say(f"!任务详情 {number[1]}"))


async def test_options_are_understood_and_said_back(place: Place) -> None:
    created = await place.say(
        "!create-monitor 晚场 venue=霍英东羽毛球 时段=20,18 间隔=10分钟 自动 场地=3、5 连续=2 不启动"
    )
    assert "预设18 霍英东体育中心·羽毛球 · 每600秒 · 20,18点 · 连订2小时 · 场地 3,5 · 自动预订" in created


async def test_a_job_is_started_stopped_restarted_and_deleted(place: Place) -> None:
    number, _ = await new_job(place)
    assert (await place.say(f"!启动任务 {number}")).startswith(f"✅ 已启动 #{number} ")
    assert "已经在运行" in await place.say(f"!启动任务 {number}")
    restarted = await place.say(f"!重启任务 {number}")
    assert re.match(rf"(✅ 已重启|⏳ 正在重启) #{number} ", restarted)
    assert await place.say(f"!停止任务 {number}") == f"🔴 已停止 #{number} 南洋北苑健身房监控，十分钟内可 !撤销"
    assert (await place.say(f"!停止任务 {number}")).startswith("⚠️")
    assert await place.say(f"!删除任务 {number}") == f"🗑️ 已删除 #{number} 南洋北苑健身房监控，十分钟内可 !撤销"
    assert (await place.say(f"!任务详情 {number}")).startswith("⚠️ 没有找到任务")


@pytest.mark.parametrize("written", ["{id}", "{prefix}", "{number}", "#{number}", "南洋北苑健身房监控"])
async def test_a_job_may_be_named_in_every_way(place: Place, written: str) -> None:
    number, job_id = await new_job(place)
    reference = written.format(id=job_id, prefix=job_id[:6], number=number)
    assert f"编码：{job_id}" in await place.say(f"!任务详情 {reference}")


async def test_the_detail_of_a_running_job_names_its_process(place: Place) -> None:
    created = await place.ask(CREATE_RUNNING)
    detail = await place.until("详情", "进程：\\d", quoting=created)
    assert re.search(r"进程：\d+，CPU [\d.]+%，内存 [\d.]+ MiB", detail)
    assert f"发起人：20001（在群 {place.group().peer_id} 创建）" in detail
    await place.say("停", quoting=created)


async def test_quoting_a_message_about_a_job_stands_for_naming_it(place: Place) -> None:
    created = await place.ask(CREATE)
    number = JOB.search(created.text)[1]
    assert f"#{number} " in await place.say("!任务日志", quoting=created)
    detail = await place.ask("!详情", quoting=created)
    assert f"#{number} " in detail.text
    assert await place.say("删", quoting=detail) == f"🗑️ 已删除 #{number} 南洋北苑健身房监控，十分钟内可 !撤销"


async def test_a_bare_word_under_a_message_about_no_job_is_talk(place: Place) -> None:
    listed = await place.ask("!任务列表")
    assert await place.is_met_with_silence("停", quoting=listed)
    assert await place.is_met_with_silence("停")


async def test_a_command_without_its_job_is_refused_with_an_example(place: Place) -> None:
    assert "例如 !停止任务 7" in await place.say("!停止任务")
    assert (await place.say("!停止任务", quoting=await place.ask("!任务列表"))).startswith("⚠️ 引用的消息不是关于")


async def test_a_short_log_is_one_text_and_can_be_searched(place: Place) -> None:
    created = await place.ask(CREATE_RUNNING)
    number = JOB.search(created.text)[1]
    await place.say("停", quoting=created)
    assert (await place.say(f"!任务日志 {number} 50")).startswith(f"📄 #{number} ")
    assert "没有“找不到的字”" in await place.say(f"!任务日志{number} 搜索=找不到的字")
    assert (await place.say(f"!任务日志 {number} 行数=0")).startswith("⚠️ 行数“0”不对")


async def test_a_log_is_shown_from_an_instant_on(place: Place) -> None:
    number, job_id = await new_job(place)
    log = place.bot.home / "jobs" / f"{job_id}.log"
    log.write_text("2020-01-01 10:00:00 INFO 很久以前\n2999-01-01 10:00:00 INFO 刚刚\n的下一行\n", encoding="utf-8")
    shown = await place.say(f"!任务日志 {number} 从=10分钟")
    assert "以来的最后 2 行日志" in shown.splitlines()[0]
    assert shown.splitlines()[1:] == ["2999-01-01 10:00:00 INFO 刚刚", "的下一行"]
    assert "起没有含“很久”的日志" in await place.say(f"!任务日志 {number} 从=昨天 搜索=很久")
    assert len((await place.say(f"!任务日志 {number} 从=10分钟 行数=1")).splitlines()) == 2


@pytest.mark.parametrize("since", ["10", "夏天", "25:99", "-5分钟", "2999-01-01", "13月1日"])
async def test_a_wrong_instant_is_refused_with_an_example(place: Place, since: str) -> None:
    number, _ = await new_job(place)
    refused = await place.say(f"!任务日志 {number} 从={since}")
    assert refused.startswith("⚠️ ")
    assert "请写成" in refused


def write_long_log(place: Place, job_id: str) -> None:
    lines = [f"第{n}行 [CQ:at,qq=all] " + "字" * 80 for n in range(40)]
    (place.bot.home / "jobs" / f"{job_id}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")


async def test_a_long_log_comes_as_one_forwarded_message(place: Place) -> None:
    number, job_id = await new_job(place)
    write_long_log(place, job_id)
    await place.ask(f"!任务日志 {number} 行数=40")
    action, params = place.calls[-2] if place.calls[-1][0] == "send_msg" else place.calls[-1]
    assert action == "send_group_forward_msg"
    assert 2 <= len(params["messages"]) <= 30
    for node in params["messages"]:
        assert {"user_id", "nickname", "uin", "name"} <= node["data"].keys()
        (segment,) = node["data"]["content"]
        assert segment["type"] == "text"
        assert len(segment["data"]["text"]) <= 1000
    assert "第39行" in params["messages"][-1]["data"]["content"][0]["data"]["text"]


async def test_where_nothing_else_goes_the_end_of_a_long_log_comes_as_text(place: Place) -> None:
    number, job_id = await new_job(place)
    write_long_log(place, job_id)
    place.failing = {"send_group_forward_msg", "upload_group_file"}
    place.refuses_pictures = True
    tail = await place.say(f"!任务日志 {number} 行数=40")
    assert "太长了，只显示末尾" in tail.splitlines()[0]
    assert len(tail) <= 900
    assert tail.count("第39行") == 1


async def test_cleaning_says_what_it_did(place: Place) -> None:
    await new_job(place)
    assert (await place.say("!清理任务")).startswith("🧹 ")
    assert (await place.say("!清理任务 一会儿")).startswith("⚠️ 天数“一会儿”不对")


async def test_presets_are_listed_and_searched(place: Place) -> None:
    assert "13 南洋北苑健身房·健身房" in await place.say("!预设")
    found = await place.say("!预设 羽毛球")
    assert "18 霍英东体育中心·羽毛球" in found
    assert "健身房" not in found
    assert (await place.say("!预设 月球基地")).startswith("⚠️ 没有与“月球基地”相符的预设")


async def test_help_names_every_command_and_explains_each(place: Place) -> None:
    overview = await place.say("!帮助")
    for name in ("任务列表", "任务日志", "创建监控", "创建定时", "删除任务", "清理任务", "预设"):
        assert f"!{name}" in overview
    explained = await place.say("!帮助 创建监控")
    assert "间隔=300" in explained
    assert "create-monitor" in explained


async def test_a_reply_is_one_text_segment_to_the_chat_it_came_from(place: Place) -> None:
    await place.ask("!任务列表")
    action, params = next(call for call in place.calls if call[0] == "send_msg")
    assert action == "send_msg"
    assert params["group_id"] == int(place.group().peer_id)
    assert [segment["type"] for segment in params["message"]] == ["text"]
