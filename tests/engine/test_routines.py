"""Routines under the whole engine, with real processes: at once, paused, one at a time per account, tried again."""

import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
from engine_site import MING, House, until

from jobs.app.bot import Bot
from jobs.models.job import Job, Status
from jobs.models.routine_drafts import RoutineRequest, RoutineRules, draft_routine

PLAY = """
import os, sys, time
place, name, awaited, code = sys.argv[1:]
with open(os.path.join(place, "journal"), "a") as journal:
    journal.write(f"begin {name} {os.getpid()}\\n")
    journal.flush()
    while awaited != "none" and not os.path.exists(os.path.join(place, awaited)):
        open(os.path.join(place, name), "w").close()
        time.sleep(0.01)
    open(os.path.join(place, name), "w").close()
    journal.write(f"end {name} {os.getpid()}\\n")
print("played", name)
sys.exit(int(code))
"""


def stage(house: House) -> Path:
    """A place where routines write what they do, and the template that has them do it."""
    place = house.home.with_name("stage")
    place.mkdir()
    argv = [sys.executable, "-c", PLAY.replace("{", "{{").replace("}", "}}"), str(place), "{who}", "{awaits}", "{code}"]
    types = "\n".join(f'[play.params.{name}]\ntype = "str"\ndefault = "{default}"' for name, default in PARAMS.items())
    house.home.mkdir(exist_ok=True)
    (house.home / "templates.toml").write_text(f"[play]\nargv = {json.dumps(argv)}\n{types}\n", encoding="utf-8")
    return place


PARAMS = {"who": "a", "awaits": "none", "code": "0"}


def routine(bot: Bot, *, account: str | None = None, interval_seconds: int = 60, **params: str) -> Job:
    rules = RoutineRules(templates=bot.templates.templates(), zone="Asia/Shanghai")
    request = RoutineRequest(
        name="排练", template="play", params=params, interval_seconds=interval_seconds, account=account
    )
    return bot.engine.create(MING, draft_routine(request, rules, bot.clock.now()))


def journal(place: Path) -> list[list[str]]:
    file = place / "journal"
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def now(bot: Bot, job: Job) -> Job:
    return bot.board.find(MING, job.id)


async def has_begun(place: Path, name: str, times: int = 1) -> int:
    """The pid of the command of that name, as soon as it has begun so often."""

    def pids() -> list[str]:
        begun = [entry[2] for entry in journal(place) if entry[:2] == ["begin", name]]
        return begun if len(begun) >= times else []

    return int((await until(pids, f"{name} has begun"))[-1])


async def test_a_routine_runs_at_once_and_the_next_time_is_counted_from_its_end(house: House) -> None:
    place = stage(house)
    bot = await house.open()
    job = routine(bot)
    await until(lambda: now(bot, job).last_result == "played a", "the first run")
    job = now(bot, job)
    detail = bot.board.detail(job)
    assert (job.status, journal(place)[-1][0]) == (Status.PENDING, "end")
    assert detail.run is not None
    assert detail.run.ended_at is not None
    assert job.next_at == detail.run.ended_at + timedelta(seconds=60)


async def test_a_templates_file_that_broke_stops_no_routine(house: House) -> None:
    place = stage(house)
    bot = await house.open()
    job = routine(bot)
    await until(lambda: now(bot, job).last_result == "played a", "the first run")
    (house.home / "templates.toml").write_text("[play\n", encoding="utf-8")
    bot.engine.run_now(MING, job.id)
    await has_begun(place, "a", times=2)
    await until(lambda: now(bot, job).status is Status.PENDING, "the second run")
    assert now(bot, job).last_result == "played a"


async def test_a_pause_ends_the_command_in_progress_and_a_resumed_routine_goes_on(house: House) -> None:
    place = stage(house)
    bot = await house.open()
    job = routine(bot, awaits="never")
    pid = await has_begun(place, "a")
    bot.engine.pause(MING, job.id)
    await until(lambda: now(bot, job).status is Status.PAUSED, "paused")
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert now(bot, job).next_at is None

    bot.engine.resume(MING, job.id)
    assert await has_begun(place, "a", times=2) != pid
    bot.engine.stop(MING, job.id)
    await until(lambda: now(bot, job).status is Status.STOPPED, "stopped")


async def test_a_run_that_is_killed_takes_its_command_along(house: House) -> None:
    place = stage(house)
    bot = await house.open()
    job = routine(bot, awaits="never")
    pid = await has_begun(place, "a")
    os.kill(house.pid(bot, job), signal.SIGKILL)
    await until(lambda: now(bot, job).failures, "the failure")
    await until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, "gone")
    assert "被信号 9 终止" in now(bot, job).last_result


async def test_of_one_accounts_routines_one_runs_at_a_time(house: House) -> None:
    place = stage(house)
    bot = await house.open()
    first = routine(bot, account="czq", who="a", awaits="go")
    await has_begun(place, "a")
    second = routine(bot, account="czq", who="b")
    other = routine(bot, account="sty", who="c")
    await until(lambda: now(bot, other).last_result == "played c", "another account's is not held up")
    assert now(bot, second).status is Status.PENDING
    (place / "go").touch()
    await until(lambda: now(bot, second).last_result == "played b", "the second of the account")
    assert now(bot, first).last_result == "played a"
    ours = [entry[:2] for entry in journal(place) if entry[1] != "c"]
    assert ours == [["begin", "a"], ["end", "a"], ["begin", "b"], ["end", "b"]]


async def test_routines_of_two_accounts_run_side_by_side(house: House) -> None:
    stage(house)
    bot = await house.open()
    jobs = [routine(bot, account="czq", who="a", awaits="b"), routine(bot, account="sty", who="b", awaits="a")]
    for job, name in zip(jobs, "ab", strict=True):
        await until(
            lambda job=job, name=name: now(bot, job).last_result == f"played {name}", "each waits for the other"
        )


async def test_a_failure_is_counted_told_and_tried_again_before_the_interval_is_over(house: House) -> None:
    stage(house)
    bot = await house.open()
    job = routine(bot, interval_seconds=7200, code="3")
    await until(lambda: now(bot, job).failures, "the failure")
    job = now(bot, job)
    assert (job.status, job.failures) == (Status.PENDING, 1)
    assert "命令以退出码 3 结束：played a" in (job.last_result, job.reason)
    ended = bot.board.detail(job).run
    assert ended is not None
    assert ended.ended_at is not None
    assert job.next_at == ended.ended_at + timedelta(seconds=60)
    await until(house.audience.topics, "told")
    assert house.audience.topics() == ["occurrence_failed"]


async def test_a_template_that_is_gone_fails_its_runs_with_that_reason(house: House) -> None:
    stage(house)
    bot = await house.open()
    rules: Any = RoutineRules(templates=bot.templates.templates(), zone="Asia/Shanghai")
    draft = draft_routine(RoutineRequest(name="排练", template="play", start=False), rules, bot.clock.now())
    job = bot.engine.create(MING, draft)
    (house.home / "templates.toml").unlink()
    bot.engine.start(MING, job.id)
    await until(lambda: "没有叫“play”的模板" in now(bot, job).last_result + now(bot, job).reason, "the reason")
