"""Pausing, going on, running now and shifting, spoken over a real WebSocket to the real bot."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from front_site import CREATE, CREATE_RUNNING, Place

JOB = re.compile(r"#(\d+) · [0-9a-f]{8}")
INSTANT = r"\d\d-\d\d 周. \d\d:\d\d:\d\d"
SCHEDULE = "!创建定时 晨跑 预设=3 每天"


def half_a_day_ahead() -> str:
    """A time of day that is far from now on either side."""
    ahead = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(hours=12)
    return f"{ahead:%H:%M}:30"


def number_in(created: str) -> str:
    found = JOB.search(created)
    assert found, created
    return found[1]


async def new_job(place: Place, command: str) -> str:
    return number_in(await place.say(command))


async def new_schedule(place: Place) -> str:
    """The number of one that is due daily, half a day from now: far enough to be shifted to both sides."""
    return await new_job(place, f"{SCHEDULE} {half_a_day_ahead()}")


async def test_a_schedule_is_paused_and_goes_on(place: Place) -> None:
    number = await new_schedule(place)
    assert await place.say(f"!暂停任务 {number}") == (
        f"⏸️ 已暂停 #{number} 晨跑，期间到点的都会跳过；发送 !继续任务 {number} 继续"
    )
    assert re.search(
        rf"状态：⏸️ 已暂停（{INSTANT} 起），发送 !继续任务 {number} 继续", await place.say(f"!详情 {number}")
    )
    assert re.search(rf" · 已暂停（{INSTANT} 起） · ", await place.say("!任务列表 暂停"))
    assert f"已经暂停，发送 !继续任务 {number} 继续" in await place.say(f"!暂停 {number}")
    gone_on = await place.say(f"!恢复 {number}")
    assert re.fullmatch(rf"✅ 已继续 #{number} 晨跑\n⏳ 接下来：({INSTANT}、){{2}}{INSTANT}", gone_on)
    assert f"⚠️ #{number} 晨跑 没有暂停（等待启动），不用继续" == await place.say(f"!继续任务 {number}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "每天 12:00 · {what}\n没写时间和哪天，按每天 12:00\n⏳ 接下来：{three}"),
        ("9点", "每天 09:00 · {what}\n没写哪天，按每天\n⏳ 接下来：{three}"),
        ("每周一三五", "每周一三五 12:00 · {what}\n没写时间，按 12:00\n⏳ 接下来：{three}"),
        ("每天 今晚8点", None),
        ("每天 9点", "每天 09:00 · {what}\n⏳ 接下来：{three}"),
        (
            "每天 9点 错过=补一次 宽限=10分钟 重叠=排队",
            "每天 09:00 · {what}\n错过的补一次（10分钟内），上一次没结束就等它结束再运行\n⏳ 接下来：{three}",
        ),
        (
            "每天 9点 时区=Europe/London",
            "每天 09:00（Europe/London 时间） · {what}\n⏳ 接下来（北京时间）：{three}",
        ),
        ("每天 9点 时区=UTC+8 窗口=8-10", "每天 09:00，有效时段 8-10点 · {what}\n⏳ 接下来：{three}"),
    ],
)
async def test_a_new_schedule_says_what_was_understood_and_what_nobody_said(
    place: Place, words: str, told: str | None
) -> None:
    created = await place.say(f"!创建定时 晨跑 预设=3 {words}")
    if told is None:
        assert created.startswith("⚠️ ")
        return
    parts = {"what": "WHAT", "three": "THREE"}
    expected = (
        re.escape(told.format(**parts)).replace("WHAT", "预设3 .*").replace("THREE", rf"({INSTANT}、){{2}}{INSTANT}")
    )
    assert re.search(rf"\n晨跑\n{expected}\nℹ️ 还没有账号", created), created


async def test_a_pause_stops_the_run_in_progress(place: Place) -> None:
    created = await place.ask(CREATE_RUNNING)
    number = number_in(created.text)
    paused = await place.say("暂停", quoting=created)
    assert paused.startswith(f"⏸️ 已暂停 #{number} 南洋北苑健身房监控，正在进行的运行已停下；")
    assert "进程：" not in await place.say(f"!详情 {number}")
    assert await place.say("继续", quoting=created) == f"✅ 已继续 #{number} 南洋北苑健身房监控\n🟢 运行中"
    assert "🔴 已停止" in await place.say("停", quoting=created)
    assert "没有在运行（已停止），不用暂停" in await place.say(f"!暂停任务 {number}")
    assert f"发送 !启动任务 {number}" in await place.say(f"!继续任务 {number}")


async def test_a_paused_schedule_runs_once_now_and_stays_paused(place: Place) -> None:
    number = await new_schedule(place)
    paused = await place.ask(f"!暂停任务 {number}")
    told = await place.say("立即执行", quoting=paused)
    assert re.match(rf"(🟢 #{number} 晨跑 正在立即执行一次，结果会告诉你|[✅❌] #{number} 晨跑 执行了一次：)", told)
    assert told.endswith("\n之后仍是已暂停")
    await place.hears(rf"^[✅❌] #{number} 晨跑 这次(完成|失败)")
    assert "⏸️ 已暂停" in await place.say(f"!详情 {number}")
    assert f"⚠️ #{number} 晨跑 已暂停，没有下一次可调整；先发送 !继续任务 {number}" == await place.say(
        f"!调整任务 {number} +1h"
    )


async def test_what_has_no_rhythm_cannot_be_run_now_or_shifted(place: Place) -> None:
    number = await new_job(place, CREATE)
    assert "不是按时间运行的" in await place.say(f"!立即执行 {number}")
    assert "没有下一次可调整" in await place.say(f"!调整任务 {number} -30分钟")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{} -30分钟", "提前 30分钟"),
        ("{} −30分钟", "提前 30分钟"),
        ("#{} 提前 30分钟", "提前 30分钟"),
        ("{}+1h", "推迟 1小时"),
        ("晨跑 +90", "推迟 90秒"),
        ("{} 90", "推迟 90秒"),
        ("{} ＋1小时 30分", "推迟 1小时30分钟"),
    ],
)
async def test_a_shift_is_understood_in_many_forms_and_said_back(place: Place, written: str, said: str) -> None:
    number = await new_schedule(place)
    told = await place.say(f"!调整任务 {written.format(number)}")
    assert re.fullmatch(
        rf"✅ 已调整 #{number} 晨跑：{said}\n({INSTANT}) → ({INSTANT})\n⏳ 接下来：\2、{INSTANT}、{INSTANT}", told
    )
    assert f"下次 {told.split(' → ')[1].splitlines()[0]}" in await place.say("!任务列表")


async def test_quoting_a_message_stands_for_naming_the_job_to_shift(place: Place) -> None:
    created = await place.ask(f"{SCHEDULE} {half_a_day_ahead()}")
    assert "：推迟 1小时\n" in await place.say("!调整任务 +1h", quoting=created)
    assert "：提前 90秒\n" in await place.say("!调整 提前 90", quoting=created)


@pytest.mark.parametrize("words", ["", "7", "晨跑", "+1h"])
async def test_a_shift_without_its_job_or_its_length_is_refused_with_an_example(place: Place, words: str) -> None:
    refused = await place.say(f"!调整任务 {words}")
    assert re.match(r"⚠️ 要写明哪个任务、提前还是推迟多久，例如 !调整任务 \S+ -30分钟、", refused)


@pytest.mark.parametrize("words", ["明天", "+0", "-", "30分钟后", "+一会儿"])
async def test_a_shift_that_nobody_understands_changes_nothing(place: Place, words: str) -> None:
    number = await new_schedule(place)
    before = await place.say(f"!详情 {number}")
    assert "请写成 -30分钟（提前）、+1h（推迟）" in await place.say(f"!调整任务 {number} {words}")
    assert await place.say(f"!详情 {number}") == before


async def test_a_shift_beyond_the_next_but_one_is_refused_with_the_most_there_is(place: Place) -> None:
    number = await new_schedule(place)
    refused = await place.say(f"!调整任务 {number} +2天")
    most = re.search(rf"最多推迟 .*：(!调整任务 {number} \+\d+)$", refused)
    assert most, refused
    assert (await place.say(most[1])).startswith("✅ 已调整")
