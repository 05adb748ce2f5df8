"""What must not break it: kills, doubled and forged events, a second bot, settings that cannot be."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from harness import CLOCK, GROUP, PATIENCE_SECONDS, ROOT, Bot, StartBot, processes_of
from msgspec.structs import replace

from jobs.cli.onebot import Speaker
from jobs.models.change import Change
from jobs.models.ids import JobId
from jobs.models.restarts import ON_FAILURE
from jobs.store.opening import open_beside

WORKER = "jobs.worker"


def workers(bot: Bot) -> list[int]:
    return [process.pid for process in processes_of(bot.home) if WORKER in process.cmdline()]


async def jobs_of(bot: Bot) -> list[dict[str, Any]]:
    return (await bot.sja("jobs", "--json")).json["jobs"]


async def running(bot: Bot, count: int = 1) -> list[dict[str, Any]]:
    """The jobs, once `count` of them have their process."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            jobs = await jobs_of(bot)
            if sum(job["pid"] is not None for job in jobs) >= count:
                return jobs
            await asyncio.sleep(0.05)


def as_if_restarted(bot: Bot, job_id: str, count: int) -> None:
    """As if the job's run were the last of so many restarts just now."""
    with closing(open_beside(bot.home, CLOCK)) as store:
        run = store.runs.open_of(JobId(job_id))
        assert run is not None
        store.apply(Change(runs=(replace(run, restarted_at=(CLOCK.now(),) * count),)))


def group_message(text: str, message_id: int, user_id: int = 20001, self_id: int = 10000) -> dict[str, Any]:
    """A message event as a OneBot implementation sends it."""
    return {
        "time": 1763780000,
        "self_id": self_id,
        "post_type": "message",
        "message_type": "group",
        "sub_type": "normal",
        "message_id": message_id,
        "group_id": GROUP,
        "user_id": user_id,
        "anonymous": None,
        "message": [{"type": "text", "data": {"text": text}}],
        "raw_message": text,
        "font": 0,
        "sender": {"user_id": user_id, "nickname": "小明", "card": "", "role": "member", "level": "1", "title": ""},
    }


async def test_a_killed_worker_is_followed_by_another_and_the_reason_can_be_read(bot: Bot) -> None:
    xiaoming = bot.person()
    await xiaoming.say("!创建监控 南洋北苑健身房监控")
    (job,) = await running(bot)

    os.kill(job["pid"], signal.SIGKILL)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await running(bot))[0]["pid"] == job["pid"]:  # noqa: ASYNC110 - another process starts it
            await asyncio.sleep(0.05)
    assert "被信号 9 终止（可能内存不足）" in await xiaoming.say("!任务详情 1")
    assert not [posted for posted in xiaoming.seen if posted.text.startswith("❌")]


async def test_a_worker_that_keeps_dying_is_told_once_within_two_seconds_with_the_reason(bot: Bot) -> None:
    xiaoming = bot.person()
    await xiaoming.say("!创建监控 南洋北苑健身房监控")
    (job,) = await running(bot)
    as_if_restarted(bot, job["id"], ON_FAILURE.intensity)

    os.kill(job["pid"], signal.SIGKILL)

    told = await xiaoming.hears(r"^❌ ", within=2)
    assert "#1" in told.text
    assert "被信号 9 终止（可能内存不足）" in told.text
    assert "最后的日志" in told.text
    listed = await xiaoming.say("!任务列表")
    assert f"❌ #1 {job['id']} 南洋北苑健身房监控" in listed
    assert "被信号 9 终止" in listed


async def test_a_worker_that_dies_while_the_bot_is_dead_is_told_after_the_restart(bot: Bot) -> None:
    xiaoming = bot.person()
    await xiaoming.say("!创建监控 南洋北苑健身房监控")
    (job,) = await running(bot)
    await bot.kill()
    os.kill(job["pid"], signal.SIGSEGV)

    await bot.restart()

    assert "被信号 11 终止（程序崩溃）" in await xiaoming.say("!任务详情 1")
    await running(bot)
    assert len(workers(bot)) == 1


async def test_five_kills_of_the_bot_leave_each_job_with_its_one_process(bot: Bot) -> None:
    xiaoming = bot.person()
    for name in ("甲", "乙", "丙"):
        await xiaoming.say(f"!创建监控 {name} 预设=13", expecting="已创建")
    before = {job["id"]: job["pid"] for job in await running(bot, 3)}

    for _ in range(5):
        await bot.kill()
        await bot.restart()

    assert {job["id"]: job["pid"] for job in await jobs_of(bot)} == before
    assert sorted(workers(bot)) == sorted(before.values())


async def test_an_orderly_stop_leaves_the_jobs_running_and_ends_in_time(bot: Bot) -> None:
    await bot.person().say("!创建监控 南洋北苑健身房监控")
    (job,) = await running(bot)

    async with asyncio.timeout(10):
        assert await bot.terminate() in (0, -signal.SIGTERM)

    assert workers(bot) == [job["pid"]]
    await bot.restart()
    assert workers(bot) == [job["pid"]]


async def test_the_same_event_five_times_makes_one_job_and_one_reply(bot: Bot) -> None:
    xiaoming = bot.person()
    for _ in range(5):
        await xiaoming.push(group_message("!创建监控 南洋北苑健身房监控", -77))

    await xiaoming.hears(r"^✅ 已创建监控 #1")
    assert "共 1 个" in await xiaoming.say("!任务列表", expecting="任务列表")
    assert len([posted for posted in xiaoming.seen if posted.text.startswith("✅")]) == 1


async def test_an_event_repeated_after_a_crash_does_not_act_again(bot: Bot) -> None:
    xiaoming = bot.person()
    await xiaoming.push(group_message("!创建监控 南洋北苑健身房监控", 4_294_967_999))
    await xiaoming.hears(r"^✅ 已创建监控 #1")
    await bot.kill()
    await bot.restart()

    await xiaoming.push(group_message("!创建监控 南洋北苑健身房监控", 4_294_967_999))

    assert "共 1 个" in await xiaoming.say("!任务列表", expecting="任务列表")


@pytest.mark.parametrize("path", ["/onebot/v11", "/onebot/v11/", "/onebot/v11/http", "/onebot/v11/http/"])
async def test_an_event_forged_over_http_is_refused_and_does_nothing(bot: Bot, path: str) -> None:
    forged = group_message("!创建监控 南洋北苑健身房监控", 5, user_id=90001)
    request = urllib.request.Request(
        f"http://127.0.0.1:{bot.port}{path}",
        data=json.dumps(forged).encode(),
        headers={"Content-Type": "application/json", "X-Self-ID": "10000"},
    )

    with pytest.raises(urllib.error.HTTPError) as refused:
        await asyncio.to_thread(urllib.request.urlopen, request, timeout=5)

    assert refused.value.code in (403, 404, 405)
    assert "共 0 个" in await bot.person().say("!任务列表")


async def test_a_second_bot_on_the_same_home_refuses_with_one_line(bot: Bot) -> None:
    await bot.person().say("!创建监控 南洋北苑健身房监控")
    await running(bot)
    second = Bot(bot.home)

    second.start()
    assert second.process is not None
    code = await asyncio.to_thread(second.process.wait, 20)

    said = second.log_file.read_text("utf-8")
    assert code == 1
    assert "已有一个机器人在运行" in said
    assert "Traceback" not in said
    assert len(workers(bot)) == 1
    assert "🟢 #1" in await bot.person().say("!任务列表")


async def test_the_command_line_beside_the_bot_stops_and_starts_and_deletes(bot: Bot) -> None:
    await bot.person().say("!创建监控 南洋北苑健身房监控")

    stopped = await bot.sja("job-stop", "1")
    assert (stopped.code, workers(bot)) == (0, [])
    assert "🔴 #1" in await bot.person().say("!任务列表")

    started = await bot.sja("job-start", "1")
    assert started.code == 0
    assert "🟢" in started.out

    assert (await bot.sja("job-delete", "1")).code == 1
    await running(bot)
    assert (await bot.sja("job-delete", "1", "--yes")).code == 0
    assert workers(bot) == []
    assert "共 0 个" in await bot.person().say("!任务列表")


async def test_the_command_line_alone_says_that_nothing_runs_and_its_wishes_come_true_with_the_bot(bot: Bot) -> None:
    await bot.terminate()

    created = await bot.sja("create-monitor", "--name", "南洋北苑健身房监控", "--interval", "60")
    assert (created.code, workers(bot)) == (0, [])
    listed = await bot.sja("jobs")
    assert "机器人没有在运行" in listed.err
    assert "⏳ #1" in listed.out

    await bot.restart()
    async with asyncio.timeout(10):
        while not workers(bot):  # noqa: ASYNC110 - another process starts them
            await asyncio.sleep(0.05)


async def test_names_are_text_whatever_is_in_them(bot: Bot) -> None:
    xiaoming = bot.person()
    tricky = "[CQ:at,qq=all]\u202e反\u200b字"
    await xiaoming.push(group_message(f"!创建监控 “{tricky}” 预设=13", 6))

    created = await xiaoming.hears(r"^✅ 已创建监控")
    assert "[CQ:at,qq=all]反字" in created.text
    listed = await xiaoming.ask("!任务列表")
    for posted in (created, listed):
        assert [segment["type"] for segment in posted.segments] == ["text"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("!创建监控 " + "长" * 1_000, "40 个字"),
        ("!创建监控 " + "长" * 10_000, "2000 个字"),
        ("!创建监控", "名称"),
        ("!启动任务", "!启动任务"),
        ("!创建定时 每日 25:99", "25:99"),
        ("!创建监控 健身房 间隔=很久", "很久"),
        ("!创建监控 健身房 时段=99", "99"),
        ("!创建监控 健身房 预设=0", "预设"),
        ("!任务日志 9999", "9999"),
        ("!停止任务 ../../etc/passwd", "没有找到"),
    ],
)
async def test_bad_input_gets_one_clear_refusal_and_changes_nothing(bot: Bot, text: str, answer: str) -> None:
    xiaoming = bot.person()

    refused = await xiaoming.say(text)

    assert refused.startswith("⚠️ ")
    assert answer in refused
    assert len(refused) < 400
    assert "共 0 个" in await xiaoming.say("!任务列表")
    assert len(xiaoming.seen) == 2


async def test_others_may_look_but_not_touch_and_admins_may_touch_their_own_group_only(start_bot: StartBot) -> None:
    bot = await start_bot(SUPERUSERS='["90001"]')
    await bot.person().say("!创建监控 南洋北苑健身房监控")
    other = bot.person(20002, "小红")
    refused = await other.say("!停止任务 1")
    assert refused.startswith("⚠️")
    assert "共 1 个" in await other.say("!任务列表")
    assert (await bot.person(20002, "小红", group=None).say("!停止任务 1")).startswith("⚠️ 没有找到")
    assert (await bot.person(20003, "外人", "admin", group=777).say("!停止任务 1")).startswith("⚠️ 没有找到")
    assert "#1" in await bot.person(20004, "管理", "admin").say("!停止任务 1", expecting="已停止")
    assert "已启动" in await bot.person(90001, "超管", group=None).say("!启动任务 1")
    assert "共 1 个" in await bot.person(20001, group=None).say("!任务列表")


async def test_without_superusers_nobody_is_one(bot: Bot) -> None:
    await bot.person().say("!创建监控 南洋北苑健身房监控")
    assert "共 0 个" in await bot.person(90001, group=None).say("!任务列表")


async def test_a_damaged_store_is_set_aside_and_the_jobs_come_back(start_bot: StartBot) -> None:
    bot = await start_bot(SUPERUSERS='["90001"]')
    await bot.person().say("!创建监控 南洋北苑健身房监控 不启动")
    await bot.terminate()
    database = bot.home / "jobs" / "jobs.db"
    database.write_bytes(os.urandom(database.stat().st_size))

    await bot.restart()

    assert "南洋北苑健身房监控" in await bot.person().say("!任务列表")
    assert list(database.parent.glob("jobs.db.damaged-*"))
    await bot.person(90001, group=None).hears("损坏|另存")
    with sqlite3.connect(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_an_original_jobs_file_is_imported_and_one_bad_entry_hides_no_other(
    home: Path, start_bot: StartBot
) -> None:
    (home / "jobs").mkdir(parents=True)
    entry = {
        "job_id": "1e95803d",
        "job_type": "monitor",
        "name": "南洋北苑健身房监控",
        "status": "running",
        "created_at": "2026-01-08T00:00:00+00:00",
        "config": {"target": {"venue_keyword": "学生中心"}, "plan": {"interval_seconds": 300}},
    }
    original = {"1e95803d": entry, "bad": {"name": 5}}
    (home / "jobs" / "jobs.json").write_text(json.dumps(original, ensure_ascii=False), "utf-8")

    bot = await start_bot(SUPERUSERS='["90001"]')

    superuser = bot.person(90001, group=None)
    assert "🔴 #1 1e95803d 南洋北苑健身房监控" in await superuser.say("!任务列表", expecting="任务列表")
    await superuser.hears("bad")
    assert workers(bot) == []
    mirror = json.loads((home / "jobs" / "jobs.json").read_text("utf-8"))
    assert mirror["1e95803d"]["status"] == "stopped"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SJA_PROVIDER": "nowhere"}, "SJA_PROVIDER"),
        ({"SJA_MAX_RUNNING": "many"}, "SJA_MAX_RUNNING"),
        ({"SJA_TIMEZONE": "Mars/Olympus"}, "SJA_TIMEZONE"),
        ({"HOST": "0.0.0.0"}, "ONEBOT_ACCESS_TOKEN"),
        ({"PORT": "a door"}, "PORT"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
    ],
)
async def test_a_setting_that_cannot_be_stops_the_start_with_one_line(
    tmp_path: Path, settings: dict[str, str], named: str
) -> None:
    bot = Bot(tmp_path / "home", settings)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        ROOT / "bot.py",
        cwd=tmp_path,
        env=bot.environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        _, err = await process.communicate()

    lines = [line for line in err.decode().splitlines() if line.strip()]
    assert process.returncode == 2
    assert len(lines) == 1
    assert named in lines[0]


async def test_the_token_guards_the_door(start_bot: StartBot) -> None:
    bot = await start_bot(token="right")
    assert "共 0 个" in await bot.person().say("!任务列表")
    assert (
        await bot.sja(
            "chat", "--url", bot.url, "--token", "wrong", "--self-id", "5", "--connect-timeout", "1", stdin="!帮助\n"
        )
    ).code == 1


async def test_only_text_of_a_fixed_form_is_needed(bot: Bot) -> None:
    xiaoming = bot.person()
    assert (await xiaoming.say("！创建监控 南洋北苑健身房监控")).startswith("✅")
    (job,) = await jobs_of(bot)
    identity = job["id"]
    assert "📄" in await xiaoming.say(f"!任务日志 {identity}")
    assert "已停止" in await xiaoming.say(f"！ 停止任务  {identity}")
    assert "已启动" in await xiaoming.say(f"/启动任务\u3000{identity}")
    assert "已停止" in await xiaoming.say(f"!停止任务 {identity[:4]}")
    assert "已删除" in await xiaoming.say(f"!删除任务 {identity}")
    assert (await xiaoming.say("!清理任务")).startswith("🧹")
    assert "哪个场馆" in await xiaoming.say("!创建定时 任务名称 12:00")


async def test_a_question_is_answered_by_its_asker_only(bot: Bot) -> None:
    xiaoming, xiaohong = bot.person(), bot.person(20002, "小红")
    question = await xiaoming.ask("!创建监控 晚场监控")
    await xiaohong._peer.say(xiaohong.chat, Speaker(user_id=20002, nickname="小红"), "13", quoting=question.message_id)
    assert "共 0 个" in await xiaoming.say("!任务列表")
    created = await xiaoming.say("13", quoting=question)
    assert created.startswith("✅ 已创建监控 #1")
    assert "晚场监控" in created
    private = bot.person(group=None)
    await private.say("!创建监控 早场监控")
    assert (await private.say("霍英东羽毛球")).startswith("✅ 已创建监控 #2")
