"""A bot on a restored store: what it knows is adopted, what it does not know is ended, and failing backups are told."""

import asyncio

from engine_site import MING, House, until

from jobs.app.chores import backups
from jobs.clock import SystemClock
from jobs.store.backups import back_up_by_hand
from jobs.store.restoring import restore


async def test_runs_the_backup_knows_are_adopted_and_the_others_ended(house: House) -> None:
    bot = await house.open(sja_stop_grace_seconds=1.0)
    known = house.monitor(bot, "备份里的")
    await until(lambda: (run := bot.board.detail(known).run) and run.worker, "it has a process")
    pid = house.pid(bot, known)
    path = back_up_by_hand(house.home, SystemClock().now())
    newer = house.monitor(bot, "备份后的")
    await until(lambda: (run := bot.board.detail(newer).run) and run.worker, "both run")
    await house.close()

    restore(house.home, path, SystemClock().now())
    bot = await house.open(sja_stop_grace_seconds=1.0)

    await until(lambda: house.workers() == [pid], "only the one that is known is left")
    assert [row.job.name for row in bot.board.page(MING).rows] == ["备份里的"]
    assert house.pid(bot, known) == pid
    assert house.monitor(bot, "再来一个", start=False).number == newer.number + 1


async def test_a_daily_backup_that_fails_is_told(house: House) -> None:
    await house.open()
    await house.close()
    (house.home / "backups").rename(house.home / "elsewhere")
    (house.home / "backups").write_text("in the way")
    chore = asyncio.create_task(backups(house.home, SystemClock(), house.audience)())
    await until(lambda: house.audience.administrators_heard or chore.done(), "it is told")
    chore.cancel()
    ((topic, told),) = house.audience.administrators_heard
    assert topic == "backup"
    assert told.startswith("每日备份没有做成")
