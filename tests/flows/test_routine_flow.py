"""A routine from its first word to its last, over a real WebSocket and with real processes."""

import json
import re
import sys
from pathlib import Path

import psutil
from harness import Bot

WAITS = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(600)"


def write_template(bot: Bot) -> None:
    argv = json.dumps([sys.executable, "-c", WAITS])
    (bot.home / "templates.toml").write_text(f'[waits]\ntitle = "等着"\nargv = {argv}\n', encoding="utf-8")


def command_pids(home: Path) -> list[int]:
    """The pids that the template's commands have told, as the jobs' logs have them."""
    logs = "".join(log.read_text("utf-8") for log in (home / "jobs").glob("*.log"))
    return [int(pid) for pid in re.findall(r"\| (\d+)$", logs, re.MULTILINE)]


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_a_routine_is_created_runs_is_paused_goes_on_and_is_deleted(bot: Bot) -> None:
    write_template(bot)
    ming = bot.person()
    created = await ming.ask("!创建循环 打招呼 模板=waits 间隔=60秒")
    assert "\n打招呼\n每60秒 · 模板 waits\n接下来：约 " in created.text
    assert "\n🟢 运行中" in created.text
    pid = await first_pid(bot, 1)
    assert lives(pid)

    assert "⏸️" in await ming.say("暂停", quoting=created)
    assert not lives(pid)
    assert "⏸️ #1" in await ming.say("!任务列表")

    assert "🟢" in await ming.say("继续", quoting=created)
    pid = await first_pid(bot, 2)
    assert lives(pid)
    assert "🗑️" in await ming.say("!删除任务 1 确认")
    assert not lives(pid)


async def first_pid(bot: Bot, times: int) -> int:
    """The pid of the command that was started as number `times`."""
    ming = bot.person()
    while len(pids := command_pids(bot.home)) < times:
        await ming.say("!任务日志 1")
    return pids[times - 1]
