"""A newcomer's first minutes, over a real WebSocket and with real processes."""

import re

from harness import Bot, StartBot, processes_of


async def pid_of_job(bot: Bot) -> int:
    """The process of the only job, as the command line knows it."""
    (job,) = (await bot.sja("jobs", "--json")).json["jobs"]
    return job["pid"]


def pids(bot: Bot) -> set[int]:
    return {process.pid for process in processes_of(bot.home)}


def worker_pids(bot: Bot) -> set[int]:
    """All that belongs to runs, their keepers included."""
    return {
        process.pid
        for process in processes_of(bot.home)
        if {"jobs.worker", "jobs.supervisor.shim"} & {*process.cmdline()}
    }


async def test_a_monitor_is_created_seen_read_stopped_and_deleted(bot: Bot) -> None:
    xiaoming = bot.person()

    empty = await xiaoming.say("!任务列表")
    assert empty.startswith("📋 任务列表（共 0 个）")
    assert "!创建监控" in empty

    created = await xiaoming.say("!创建监控 南洋北苑健身房监控")
    match = re.match(
        r"✅ 已创建监控 #1 · ([0-9a-f]{8})\n南洋北苑健身房监控\n预设13 南洋北苑健身房·健身房 · 每300秒", created
    )
    assert match, created
    job = match[1]
    assert "🟢 运行中" in created
    pid = await pid_of_job(bot)
    assert pid in pids(bot)

    assert re.search(rf"共 1 个）\n🟢 #1 {job} 南洋北苑健身房监控\n\s+监控", await xiaoming.say("！ 任务列表"))
    assert not (await xiaoming.say(f"!任务日志 {job}")).startswith("⚠️")

    assert "#1" in await xiaoming.say(f"!停止任务 {job}")
    assert f"🔴 #1 {job}" in await xiaoming.say("!任务列表")
    assert pid not in pids(bot)

    assert "#1" in await xiaoming.say("!删除任务 1")
    assert (await xiaoming.say("!任务列表")).startswith("📋 任务列表（共 0 个）")


async def test_the_command_line_beside_the_bot_sees_what_the_chat_did(bot: Bot) -> None:
    await bot.person().say("!创建监控 南洋北苑健身房监控")

    listed = await bot.sja("jobs", "--json")

    assert listed.code == 0, listed.err
    (job,) = listed.json["jobs"]
    assert (job["number"], job["name"], job["kind"], job["status"]) == (1, "南洋北苑健身房监控", "monitor", "running")
    assert job["pid"] in pids(bot)


async def test_a_bot_that_is_killed_comes_back_to_the_same_process(bot: Bot) -> None:
    xiaoming = bot.person()
    await xiaoming.say("!创建监控 南洋北苑健身房监控")
    pid, workers = await pid_of_job(bot), worker_pids(bot)

    await bot.kill()
    await bot.restart()

    assert "🟢 #1" in await xiaoming.say("!任务列表")
    assert await pid_of_job(bot) == pid
    assert worker_pids(bot) == workers


async def test_free_courts_are_told_to_the_chat_that_asked_and_to_no_other(start_bot: StartBot) -> None:
    bot = await start_bot(SJA_DEMO_PERIOD_SECONDS="2")
    xiaoming, elsewhere = bot.person(), bot.person(group=777)
    await xiaoming.say("!创建监控 南洋北苑健身房监控 间隔=1", expecting="^✅")

    await xiaoming.hears(r"^🎾 #1 南洋北苑健身房监控 (现有|有新)空场\n")
    await xiaoming.hears(r"^🎾 #1 南洋北苑健身房监控 有新空场\n(.*\n)?\d\d-\d\d 周. (18|19|20):00 ")

    assert elsewhere.seen == []
