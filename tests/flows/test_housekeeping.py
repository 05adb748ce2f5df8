"""Keeping house beside the real bot: looking, backing up, cleaning, and going back to a backup."""

import asyncio
import subprocess
import sys

import psutil
from harness import PATIENCE_SECONDS, Bot, processes_of

SLEEP = "import time; print(flush=True); time.sleep(600)"


async def with_pid(bot: Bot, count: int) -> list[int]:
    """The pids of the jobs' processes, once there are so many."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            jobs = (await bot.sja("jobs", "--json")).json["jobs"]
            pids = [job["pid"] for job in jobs if job["pid"] is not None]
            if len(pids) >= count:
                return pids
            await asyncio.sleep(0.05)


async def test_the_doctor_sees_who_runs_and_cleaning_spares_them_all(bot: Bot) -> None:
    xiaoming = bot.person()
    await xiaoming.say("!创建监控 南洋北苑健身房监控")
    (pid,) = await with_pid(bot, 1)
    assert (await bot.sja("backup")).code == 0
    looked = await bot.sja("doctor", "--json")
    assert looked.code == 0, looked
    assert bot.process is not None
    assert looked.json["bot"] == {"pid": bot.process.pid}
    if sys.platform == "linux":
        assert psutil.pid_exists(looked.json["warden"]["pid"])
    assert looked.json["findings"] == []

    before = {process.pid for process in processes_of(bot.home)}
    environment = {**bot.environment, "SJA_RUN": "f" * 32}
    with subprocess.Popen(  # noqa: ASYNC220 - starts in a millisecond
        [sys.executable, "-c", SLEEP], env=environment, stdout=subprocess.PIPE
    ) as orphan:
        assert orphan.stdout is not None
        orphan.stdout.readline()
        said = await xiaoming.say("!清理任务")
        assert said.startswith("🧹 清理完毕")
        assert f"结束 1 个没有主人的进程（{orphan.pid}）" in said
    assert before <= {process.pid for process in processes_of(bot.home)}
    assert (await with_pid(bot, 1)) == [pid]


async def test_an_idle_bot_has_nothing_to_complain_of(bot: Bot) -> None:
    assert (await bot.sja("backup")).code == 0
    looked = await bot.sja("doctor")
    assert looked.code == 0
    assert "一切正常" in looked.out


async def test_a_restored_bot_keeps_the_process_it_knows(bot: Bot) -> None:
    xiaoming = bot.person()
    await xiaoming.say("!创建监控 甲 预设=13", expecting="已创建")
    (pid,) = await with_pid(bot, 1)
    assert (await bot.sja("backup")).code == 0
    await xiaoming.say("!创建监控 乙 预设=13", expecting="已创建")
    other = next(each for each in await with_pid(bot, 2) if each != pid)
    newest = next((bot.home / "backups").glob("*-manual.db")).name
    assert "机器人正在运行" in (await bot.sja("restore", "--yes", newest)).err
    await bot.terminate()
    assert (await bot.sja("restore", newest, "--yes")).code == 0
    await bot.restart()
    listed = await xiaoming.say("!任务列表", expecting="任务列表")
    assert "甲" in listed
    assert "乙" not in listed
    assert await with_pid(bot, 1) == [pid]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while other in {process.pid for process in processes_of(bot.home)}:  # noqa: ASYNC110 - processes are waited for
            await asyncio.sleep(0.05)
