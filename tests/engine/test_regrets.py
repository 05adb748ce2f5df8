"""Taking back over real processes and a bot that comes and goes; editing what somebody else edits."""

import pytest
from engine_site import GROUP, MING, House, speaking, until
from msgspec.structs import replace

from jobs.app.bot import Bot
from jobs.models.editions import Edition, edition_of
from jobs.models.errors import NotAllowed, NotFound, Refusal
from jobs.models.job import Job, Status
from jobs.models.people import Chat, Role
from jobs.models.run import RunStatus

ADMIN = speaking("20003", role=Role.GROUP_ADMIN)
ELSEWHERE = Chat(self_id="10000", type="group", peer_id="99999")


def every(seconds: int, job: Job) -> Edition:
    plan = {**job.config["plan"], "interval_seconds": seconds}
    return replace(edition_of(job), config={**job.config, "plan": plan})


async def lives(bot: Bot, job: Job) -> None:
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "it runs")


async def test_a_deletion_is_taken_back_by_a_bot_that_was_restarted_and_the_log_is_whole(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await lives(bot, job)
    log = house.home / f"jobs/{job.id}.log"
    await until(lambda: log.exists() and "第 1 次查询" in log.read_text(), "it has looked")
    bot.engine.delete(MING, job.id)
    assert await bot.engine.settled(job.id, 10) is None
    before = log.read_text()
    await house.close()
    again = await house.open()
    undone = again.engine.undo(MING)
    assert (undone.act, undone.job.id, undone.job.number) == ("delete", job.id, job.number)
    await lives(again, job)
    assert again.board.find(MING, "1").status is Status.RUNNING
    assert log.read_text().startswith(before)
    with pytest.raises(NotFound, match="没有可以撤销的"):
        again.engine.undo(MING)


async def test_a_deletion_is_taken_back_while_its_process_is_leaving(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await lives(bot, job)
    first = house.pid(bot, job)
    bot.engine.delete(MING, job.id)
    bot.engine.undo(MING)
    await bot.engine.settled(job.id, 10)
    await lives(bot, job)
    assert house.pid(bot, job) != first
    assert len(house.workers()) == 1


async def test_a_live_run_goes_by_what_was_edited_and_by_the_old_again(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await lives(bot, job)
    first = house.pid(bot, job)
    bot.engine.edit(MING, job.id, lambda present: every(7, present))
    await bot.engine.settled(job.id, 10)
    await lives(bot, job)
    assert house.pid(bot, job) != first
    assert bot.board.find(MING, "1").config["plan"]["interval_seconds"] == 7
    bot.engine.undo(MING, job_id=job.id)
    assert bot.board.find(MING, "1").config["plan"]["interval_seconds"] == 1


async def test_two_who_edit_at_once_both_have_their_way(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot, start=False)
    tries: list[int] = []

    def draw(present: Job) -> Edition:
        if not tries:  # Somebody else is quicker, this once.
            tries.append(1)
            bot.engine.edit(ADMIN, job.id, lambda other: replace(edition_of(other), name="新名字"))
        return every(9, present)

    after = bot.engine.edit(MING, job.id, draw)
    assert (after.name, after.config["plan"]["interval_seconds"]) == ("新名字", 9)


async def test_a_person_takes_back_only_what_they_did_and_may_still_do(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot, start=False)
    bot.engine.delete(ADMIN, job.id)
    with pytest.raises(NotFound):
        bot.engine.undo(MING)
    with pytest.raises(NotFound):
        bot.engine.undo(speaking("20003", ELSEWHERE))
    with pytest.raises(NotAllowed):
        bot.engine.undo(speaking("20003", GROUP))
    assert bot.engine.regrets.named(ADMIN, f"#{job.number}") == job.id
    assert bot.engine.undo(ADMIN).job.number == job.number


async def test_what_comes_back_needs_a_place(house: House) -> None:
    bot = await house.open(sja_max_jobs_per_user=1)
    job = house.monitor(bot, start=False)
    bot.engine.delete(MING, job.id)
    other = house.monitor(bot, start=False)
    with pytest.raises(Refusal, match="未结束的任务"):
        bot.engine.undo(MING)
    bot.engine.stop(MING, other.id)
    assert bot.engine.undo(MING).job.id == other.id
    assert bot.board.find(MING, f"{other.number}").status is Status.PENDING
