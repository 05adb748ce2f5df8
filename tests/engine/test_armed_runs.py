"""A run armed through the whole engine: alive and prepared before its instant, at work from it on, and on record."""

from datetime import datetime, timedelta

from engine_site import MING, House, until

from jobs.app.bot import Bot
from jobs.models.change import Occurrence, OccurrenceStatus
from jobs.models.drafts import ScheduleRequest, draft_schedule
from jobs.models.job import Job, Status
from jobs.models.recurrence import Once

ALL_HOURS = tuple(range(7, 22))


def scheduled(bot: Bot, seconds: int) -> tuple[Job, datetime]:
    """A schedule that is due once, at a whole second so far from now; and that instant."""
    now = bot.clock.now()
    at = now.replace(microsecond=0) + timedelta(seconds=seconds)
    request = ScheduleRequest(name="准点", preset=13, recurrence=Once(at=at), date_offset=None, hours=ALL_HOURS)
    return bot.engine.create(MING, draft_schedule(request, bot.rules, now)), at


def occurrence(bot: Bot, job: Job) -> Occurrence | None:
    return next(iter(bot.board.detail(job).occurrences), None)


def stands_at(bot: Bot, job: Job, *statuses: OccurrenceStatus) -> bool:
    known = occurrence(bot, job)
    return known is not None and known.status in statuses


def said(bot: Bot, job: Job) -> str:
    progress = bot.board.detail(job).row.progress
    return progress.sentence if progress is not None else ""


async def test_an_armed_run_waits_for_its_instant_and_tells_how_late_it_was(house: House) -> None:
    bot = await house.open()
    job, at = scheduled(bot, seconds=6)
    await until(lambda: stands_at(bot, job, OccurrenceStatus.ARMED), "armed")
    await until(lambda: "对方时钟" in said(bot, job), "it has compared clocks")
    assert bot.clock.now() < at

    await until(lambda: stands_at(bot, job, OccurrenceStatus.DONE, OccurrenceStatus.FAILED), "it is over")

    over = occurrence(bot, job)
    assert over is not None
    assert over.late_seconds is not None
    assert over.late_seconds >= 0
    assert bot.clock.now() >= at
    told = [event.type for event in bot.board.detail(job).history if event.type != "booking.rehearsed"]
    assert told[:3] == ["run.ended", "occurrence.fired", "run.launched"]


async def test_an_armed_run_leaves_at_once_when_it_is_asked_to(house: House) -> None:
    bot = await house.open()
    job, at = scheduled(bot, seconds=60)
    await until(lambda: "出手" in said(bot, job), "armed")

    bot.engine.stop(MING, job.id)

    await until(lambda: bot.board.find(MING, job.id).status is Status.STOPPED, "stopped")
    assert bot.clock.now() < at
    known = occurrence(bot, job)
    assert known is not None
    assert known.late_seconds is None
    assert known.status.is_final
