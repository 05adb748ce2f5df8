"""A run that goes on while its job is given another name, or another chat to tell."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from engine_site import GROUP, MING, House, until
from msgspec.structs import replace

from jobs.clock import SystemClock
from jobs.models.change import Change, Fence, Notification
from jobs.models.editions import Edition, edition_of
from jobs.models.ids import Epoch, JobId, JobNumber, RunId, UserId
from jobs.models.job import Job, Status, Telling
from jobs.models.people import Chat
from jobs.models.run import Identity, Run, RunStatus
from jobs.models.venue import Slot
from jobs.ports.store import Store
from jobs.reporting import StoreReporter
from jobs.store.opening import open_beside

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ALONE = Chat(self_id="10000", type="private", peer_id="20001")
COURT = Slot(date=date(2026, 11, 24), hour=19, court="1号场", court_id="1", price="30.00", remaining=1)


class Mute:
    """Implements `Bell`."""

    def ring(self) -> None: ...


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_beside(tmp_path, SystemClock())) as store:
        yield store


def running(store: Store) -> tuple[Job, Fence]:
    job = Job(
        id=JobId("aa"),
        number=JobNumber(0),
        kind="monitor",
        name="晚场",
        status=Status.RUNNING,
        config={},
        owner=UserId("20001"),
        origin=GROUP,
        created_at=NOON,
        updated_at=NOON,
    )
    worker = Identity(boot_id="b", pid=1, start=1)
    run = Run(id=RunId("r"), job_id=job.id, status=RunStatus.LIVE, epoch=Epoch(1), requested_at=NOON, worker=worker)
    store.apply(Change(jobs=(job,), runs=(run,)))
    stored = store.jobs.get(job.id)
    assert stored is not None
    return stored, Fence(run_id=run.id, epoch=run.epoch)


def told(store: Store) -> list[Notification]:
    return [one.notification for one in store.deliveries.due(SystemClock().now(), 50)]


def test_what_a_run_tells_bears_the_name_and_goes_to_the_chat_of_now(store: Store) -> None:
    job, fence = running(store)
    reporter = StoreReporter(store=store, bell=Mute(), clock=SystemClock(), job=job, fence=fence)
    reporter.slots_freed(1, [COURT], {})
    assert reporter.told_in() == GROUP
    store.apply(Change(jobs=(replace(job, name="周末", telling=Telling(target=ALONE, mentions_owner=True)),)))
    reporter.slots_freed(2, [COURT], {})
    reporter.tell("booking_hindered", "a", reason="还没有登录")
    assert reporter.told_in() == ALONE
    assert {(one.target, one.data["name"]) for one in told(store)} == {(GROUP, "晚场"), (ALONE, "周末")}


async def test_a_live_run_goes_on_under_another_name_and_its_words_say_nothing_of_a_new_one(house: House) -> None:
    bot = await house.open()
    job = house.monitor(bot)
    await until(lambda: bot.board.detail(job).run.status is RunStatus.LIVE, "it runs")
    first = house.pid(bot, job)

    def elsewhere(present: Job) -> Edition:
        return replace(edition_of(present), name="周末", telling=Telling(target=ALONE))

    bot.engine.edit(MING, job.id, elsewhere)
    assert bot.engine.is_settled(job.id)
    undone = bot.engine.undo(MING)
    assert (undone.was.name, undone.became.name, undone.job.name) == ("周末", job.name, job.name)
    assert bot.engine.is_settled(job.id)
    assert house.pid(bot, job) == first


async def test_two_who_take_back_at_once_are_told_each_their_own_difference(house: House) -> None:
    """Two messages, one through each of the bot's accounts; the second is read before the first is answered."""
    bot = await house.open()
    job = house.monitor(bot, start=False)
    for name in ("乙", "丙"):
        bot.engine.edit(MING, job.id, lambda present, name=name: replace(edition_of(present), name=name))
    first, second = bot.engine.undo(MING), bot.engine.undo(MING)
    assert (first.was.name, first.became.name) == ("丙", "乙")
    assert (second.was.name, second.became.name) == ("乙", job.name)
