"""Jobs as processes: started, told of, killed, stopped, adopted. Real processes, real store, real HTTP."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from engine_site import GROUP, MING, House, speaking, until
from msgspec.structs import asdict

from jobs.app.bot import AlreadyRunning
from jobs.models import notices
from jobs.models.change import Inbound
from jobs.models.errors import NotAllowed, NotFound, Refusal
from jobs.models.job import Status
from jobs.models.people import OPERATOR, Chat, Role
from jobs.models.restarts import ON_FAILURE
from jobs.models.run import RunStatus
from jobs.ports.store import DuplicateInbound
from jobs.supervisor.identity import identify


async def test_a_monitor_runs_in_a_process_of_its_own_and_tells_what_it_finds(house: House) -> None:
    bot = await house.open()
    job = await bot.engine.settled(house.monitor(bot, hours=()).id, 5)
    assert job is not None
    assert job.status is Status.RUNNING
    await until(lambda: notices.SLOTS_FREED in house.audience.topics(), "free slots are told")
    assert house.pid(bot, job) != os.getpid()
    assert house.workers() == [house.pid(bot, job)]
    told, _ = house.audience.told[0]
    assert set(told.data["slots"][0]) == {"date", "hour", "court", "price"}
    assert any("开始运行" in line for line in await bot.board.log(job, 50))


async def test_a_killed_worker_is_followed_by_another_and_the_signal_is_said_in_words(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "its process is known")
    first = house.pid(bot, job)
    os.kill(first, signal.SIGKILL)
    await until(lambda: bot.board.find(MING, job.id).status is Status.PENDING, "the death is seen")
    assert bot.board.find(MING, job.id).reason == "被信号 9 终止（可能内存不足）"
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "another follows")
    assert house.pid(bot, job) != first
    assert bot.board.detail(job).run.restarts == 1
    assert notices.JOB_FAILED not in house.audience.topics()
    written = f"⚠️ 执行进程 {first} 结束：被信号 9 终止（可能内存不足），随后自动重启（第 1 次）"
    assert written in await bot.board.log(job, 50)


async def test_a_worker_that_keeps_dying_fails_its_job_and_the_chat_is_told_once(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "its process is known")
    pid = house.pid(bot, job)
    house.pretend_restarts(job, ON_FAILURE.intensity)
    os.kill(pid, signal.SIGKILL)
    await until(lambda: bot.board.find(MING, job.id).status is Status.FAILED, "that was one too many")
    assert bot.board.find(MING, job.id).reason.startswith("被信号 9 终止（可能内存不足）；10分钟内自动重启了 5 次")
    await until(lambda: notices.JOB_FAILED in house.audience.topics(), "the chat is told")
    assert house.audience.topics().count(notices.JOB_FAILED) == 1
    bot.engine.start(MING, job.id)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "a person may start it again")
    assert bot.board.detail(job).run.restarted_at == ()


async def test_a_job_that_waits_for_its_restart_begins_at_once_when_a_person_says_so(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot, start=False)
    house.pretend_wait(bot, job, timedelta(minutes=9))
    assert bot.board.find(MING, job.id).status is Status.PENDING
    bot.engine.start(MING, job.id)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "it begins")
    assert bot.board.detail(job).run.restarts == 0


async def test_a_person_who_asked_for_many_does_not_keep_out_somebody_elses_first(house: House) -> None:
    bot = await house.open(sja_max_running=1)
    mine = [house.monitor(bot, f"第{n}个") for n in range(3)]
    hers = house.monitor(bot, "她的", actor=speaking("20002"))
    await until(lambda: bot.board.find(MING, mine[0].id).status is Status.RUNNING, "the first runs")
    bot.engine.stop(MING, mine[0].id)
    await until(lambda: bot.board.find(MING, hers.id).status is Status.RUNNING, "hers is next")
    assert bot.board.find(MING, mine[1].id).status is Status.PENDING


async def test_a_stop_ends_the_process_and_only_then_says_stopped(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await until(house.workers, "it runs")
    bot.engine.stop(MING, job.id)
    after = await bot.engine.settled(job.id, 10)
    assert after is not None
    assert (after.status, house.workers()) == (Status.STOPPED, [])
    with pytest.raises(Refusal, match="没有在运行"):
        bot.engine.stop(MING, job.id)


async def test_a_restart_is_another_process(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "it runs")
    first = house.pid(bot, job)
    bot.engine.restart(MING, job.id)
    await bot.engine.settled(job.id, 10)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "it runs again")
    assert house.pid(bot, job) != first
    assert len(house.workers()) == 1


async def test_a_deleted_job_takes_its_process_along_keeps_its_log_a_while_and_its_number_never_returns(
    house: House,
) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await until((house.home / "jobs" / f"{job.id}.log").exists, "it has a log")
    bot.engine.delete(MING, job.id)
    assert await bot.engine.settled(job.id, 10) is None
    assert house.workers() == []
    assert (house.home / "jobs" / f"{job.id}.log").exists()
    with pytest.raises(NotFound):
        bot.board.find(MING, job.id)
    assert house.monitor(bot, start=False).number == job.number + 1


async def test_jobs_beyond_the_limit_wait_in_line_and_move_up(house: House) -> None:
    bot = await house.open(sja_max_running=1)
    first, second = house.monitor(bot, "甲"), house.monitor(bot, "乙")
    await until(lambda: bot.board.find(MING, first.id).status is Status.RUNNING, "the first runs")
    assert bot.board.find(MING, second.id).status is Status.PENDING
    assert bot.board.detail(second).queue_position == 1
    bot.engine.stop(MING, first.id)
    await until(lambda: bot.board.find(MING, second.id).status is Status.RUNNING, "the second moves up")


async def test_a_bot_that_comes_back_adopts_what_runs_and_starts_no_second_copy(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "it runs")
    pid = house.pid(bot, job)
    await house.close()
    again = await house.open()
    assert (house.pid(again, job), house.workers()) == (pid, [pid])
    os.kill(pid, signal.SIGKILL)
    await until(lambda: again.board.find(MING, job.id).status is Status.PENDING, "an adopted run's death is seen too")
    assert again.board.find(MING, job.id).reason == "被信号 9 终止（可能内存不足）"


async def test_a_death_while_no_bot_was_there_is_told_with_its_true_exit(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "it runs")
    pid = house.pid(bot, job)
    await house.close()
    os.kill(pid, signal.SIGSEGV)
    await until(lambda: not house.workers(), "it is gone")
    again = await house.open()
    assert again.board.find(MING, job.id).last_result == "被信号 11 终止（程序崩溃）"
    await until(lambda: again.board.detail(job).run.status is RunStatus.LIVE, "another follows")
    assert house.workers() == [house.pid(again, job)]


async def test_a_second_bot_on_the_same_home_refuses_to_start(house: House) -> None:
    await house.open()
    with pytest.raises(AlreadyRunning, match="已有一个机器人在运行"):
        await house.open()


async def test_the_same_message_twice_acts_once(house: House) -> None:
    bot = await house.open()
    inbound = Inbound(self_id="10000", message_id="-5", received_at=bot.clock.now())
    job = house.monitor(bot, start=False)
    bot.engine.start(MING, job.id, inbound)
    with pytest.raises(DuplicateInbound):
        bot.engine.stop(MING, job.id, inbound)
    assert (await bot.engine.settled(job.id, 5)).status is Status.RUNNING  # type: ignore[union-attr]


async def test_only_the_owner_a_group_admin_and_superusers_may_act(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot, start=False)
    with pytest.raises(NotAllowed, match="别人的任务"):
        bot.engine.start(speaking("20002"), job.id)
    elsewhere = Chat(self_id="10000", type="group", peer_id="777")
    with pytest.raises(NotFound):
        bot.board.find(speaking("20001", elsewhere), job.id)
    in_private = Chat(self_id="10000", type="private", peer_id="20003")
    with pytest.raises(NotAllowed):
        bot.engine.start(speaking("20003", in_private, Role.GROUP_ADMIN), job.id)
    for actor in (speaking("20003", role=Role.GROUP_ADMIN), speaking("90001", in_private, Role.SUPERUSER)):
        bot.engine.start(actor, job.id)
        bot.engine.stop(actor, job.id)
        await bot.engine.settled(job.id, 10)


async def test_cleaning_deletes_what_ended_long_ago_and_nothing_else(house: House) -> None:
    bot = await house.open()
    ended, kept = house.monitor(bot, "旧"), house.monitor(bot, "新")
    await bot.engine.settled(kept.id, 10)
    bot.engine.stop(MING, ended.id)
    await bot.engine.settled(ended.id, 10)
    nothing = await bot.engine.clean(OPERATOR)
    assert nothing.deleted == ()
    cleaned = await bot.engine.clean(OPERATOR, days=0)
    assert [job.id for job in cleaned.deleted] == [ended.id]
    assert bot.board.find(MING, kept.id).status is Status.RUNNING


async def test_a_person_may_have_so_many_jobs_and_no_more(house: House) -> None:
    bot = await house.open(sja_max_jobs_per_user=2)
    house.monitor(bot, start=False)
    house.monitor(bot, start=False)
    with pytest.raises(Refusal, match="已有 2 个未结束的任务"):
        house.monitor(bot, start=False)
    house.monitor(bot, start=False, actor=speaking("20002"))


async def test_a_monitor_tells_each_slot_once_across_its_own_death_and_the_bots(house: House) -> None:
    bot = await house.open(sja_demo_period_seconds=100_000.0)
    job = house.monitor(bot, hours=())
    await until(lambda: notices.SLOTS_FREED in house.audience.topics(), "the first look is told")
    told = {(slot["date"], slot["hour"], slot["court"]) for slot in house.audience.told[0][0].data["slots"]}
    os.kill(house.pid(bot, job), signal.SIGKILL)
    await until(lambda: bot.board.find(MING, job.id).status is Status.PENDING, "it is dead")
    await house.close()
    again = await house.open(sja_demo_period_seconds=100_000.0)
    await until(lambda: again.board.detail(job).run.restarts == 1, "another follows")
    await until(lambda: (p := again.board.row(job).progress) and p.checks >= 2, "it looks")
    later = [note for note, _ in house.audience.told[1:] if note.topic == notices.SLOTS_FREED]
    for note in later:
        assert told.isdisjoint((slot["date"], slot["hour"], slot["court"]) for slot in note.data["slots"])


async def test_starting_an_ended_job_again_counts_too(house: House) -> None:
    bot = await house.open(sja_max_jobs_per_user=1)
    first = house.monitor(bot, start=False)
    bot.engine.stop(MING, first.id)
    house.monitor(bot, start=False)
    with pytest.raises(Refusal, match="已有 1 个未结束的任务"):
        bot.engine.start(MING, first.id)


async def test_looking_for_lost_runs_while_others_are_born_loses_none(house: House) -> None:
    bot = await house.open()
    made = [house.monitor(bot, f"第{n}个") for n in range(12)]

    async def all_live() -> None:
        while any(bot.board.detail(job).run.status is not RunStatus.LIVE for job in made):
            await bot.engine.clean(OPERATOR)
            await asyncio.sleep(0.002)

    async with asyncio.timeout(30):
        await all_live()
    assert sorted(house.pid(bot, job) for job in made) == sorted(house.workers())
    assert {bot.board.find(MING, job.id).status for job in made} == {Status.RUNNING}


async def test_a_forged_run_file_ends_nobody(house: House) -> None:
    bot = await house.open()
    stranger = subprocess.Popen(  # noqa: ASYNC220 - a start takes a millisecond
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        who = asdict(identify(stranger.pid))
        forged = {"run": "f" * 32, "job": "aaaaaaaa", "epoch": 1, "keeper": who, "worker": who, "ended": False}
        (house.home / "run" / f"{'f' * 32}.json").write_text(json.dumps(forged))
        await bot.engine.clean(OPERATOR)
        await house.close()
        await house.open()
        await asyncio.sleep(0.1)
        assert stranger.poll() is None
    finally:
        stranger.communicate()


async def test_two_hundred_jobs_can_be_made_and_stopped_at_once(house: House) -> None:
    bot = await house.open(sja_max_running=3)
    made = [house.monitor(bot, f"第{n}个") for n in range(200)]
    await until(lambda: len(house.workers()) == 3, "three run")
    for job in made:
        bot.engine.stop(MING, job.id)
    await asyncio.gather(*(bot.engine.settled(job.id, 30) for job in made))
    assert {job.status for job in (bot.board.find(MING, made.id) for made in made)} == {Status.STOPPED}
    assert house.workers() == []


async def test_an_occurrence_fires_once_at_its_instant(house: House) -> None:
    from jobs.models.drafts import ScheduleRequest, draft_schedule
    from jobs.models.recurrence import Weekly

    bot = await house.open()
    now = bot.clock.now()
    due = (now + timedelta(seconds=2)).replace(microsecond=0)
    local = due + timedelta(hours=8)
    request = ScheduleRequest(name="每日", preset=13, recurrence=Weekly(time=local.time()), hours=(18, 19, 20))
    job = bot.engine.create(MING, draft_schedule(request, bot.rules, now))
    assert (job.status, job.next_at) == (Status.PENDING, due)
    topics = {notices.OCCURRENCE_DONE, notices.OCCURRENCE_FAILED}
    await until(lambda: topics & set(house.audience.topics()), "what came of it is told")
    after = bot.board.find(MING, job.id)
    assert (after.status, after.next_at) == (Status.PENDING, due + timedelta(days=1))
    assert after.last_result
    assert len([topic for topic in house.audience.topics() if topic in topics]) == 1


async def test_a_number_is_never_taken_for_the_beginning_of_an_id(house: House) -> None:
    bot = await house.open()
    made = [house.monitor(bot, f"第{n}个", start=False) for n in range(40)]
    for job in made:
        bot.engine.delete(MING, job.id)
    left = [house.monitor(bot, f"留{n}", start=False) for n in range(40)]
    for number in [*(job.number for job in made), 81, 99]:
        for reference in (str(number), f"#{number}"):
            with pytest.raises(NotFound):
                bot.board.find(MING, reference)
    for job in left:
        assert bot.board.find(MING, str(job.number)) == job
        assert bot.board.find(MING, job.id[:6]) == job
        assert bot.board.find(MING, job.name) == job


async def test_a_run_whose_file_is_lost_is_adopted_by_what_the_store_remembers(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot, interval_seconds=600)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "it runs")
    pid = house.pid(bot, job)
    await house.close()
    for file in (house.home / "run").glob("*.json"):
        file.write_text("garbage")
    again = await house.open()
    assert (again.board.find(MING, job.id).status, house.workers()) == (Status.RUNNING, [pid])
    again.engine.stop(MING, job.id)
    await again.engine.settled(job.id, 10)
    assert (again.board.find(MING, job.id).status, house.workers()) == (Status.STOPPED, [])


async def test_a_log_that_cannot_be_read_keeps_no_end_a_secret(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "it runs")
    log = house.home / "jobs" / f"{job.id}.log"
    await until(log.exists, "it has a log")
    log.rename(log.with_suffix(".moved"))
    log.mkdir()
    os.kill(house.pid(bot, job), signal.SIGKILL)
    await until(lambda: "被信号 9 终止" in bot.board.find(MING, job.id).last_result, "the end is stored")
    await house.close()
    await house.open()


async def test_a_group_sees_its_jobs_whichever_account_of_the_bot_it_speaks_to(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot, start=False)
    by_another_account = speaking("20001", Chat(self_id="20000", type="group", peer_id=GROUP.peer_id))
    assert bot.board.find(by_another_account, "1") == job
    assert bot.board.page(by_another_account).total == 1
    in_another_group = speaking("20001", Chat(self_id="10000", type="group", peer_id="777"))
    assert bot.board.page(in_another_group).total == 0
