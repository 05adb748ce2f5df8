"""The log of a live run, tidied by its bot."""

from engine_site import House, until

from jobs.logs import FileLogs


async def test_a_full_log_is_renamed_and_its_live_run_goes_on_in_a_new_one(house: House) -> None:
    bot = await house.open(sja_log_max_bytes=4096)
    job = house.monitor(bot, hours=())
    log = house.home / "jobs" / f"{job.id}.log"
    await until(lambda: log.exists() and "查询" in log.read_text("utf-8"), "it works")
    pid = house.pid(bot, job)
    FileLogs(log.parent).append(job.id, ["filler " * 600])
    await until(lambda: any(log.parent.glob(f"{log.name}.000001*")), "it is renamed")
    await until(lambda: log.exists() and "查询" in log.read_text("utf-8"), "it goes on")
    assert house.pid(bot, job) == pid
    lines = await bot.board.log(job, 1000)
    assert " INFO 开始运行" in lines[0][19:]
    assert "查询" in lines[-1]
    assert [line for line in lines if line.startswith("filler")]
