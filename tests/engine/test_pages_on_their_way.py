"""Pages on their way: a pager that is away is asked again for a day; what is acknowledged is tried no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from engine_site import House, until
from escalation_site import HONG, MING, SECOND, START, Home, alone
from outbox_site import OTHER, PostOffice

from jobs.app.doctor import examine
from jobs.clock import SystemClock
from jobs.models.change import Change, Notification
from jobs.models.notices import ESCALATED
from jobs.models.people import PAGER, Chat
from jobs.ports.notifier import DeliveryOutcome
from jobs.store.opening import open_beside


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[PostOffice]:
    office = PostOffice(tmp_path)
    running = asyncio.create_task(office.outbox.run())
    yield office
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    office.store.close()


async def tries_within(office: PostOffice, hours: int) -> int:
    """How often it was sent, while the time passes in steps of a minute."""
    before = len(office.said())
    for _ in range(hours * 60):
        office.pass_time(minutes=1)
        await office.listened()
    return len(office.said()) - before


async def test_a_pager_that_is_away_is_asked_again_less_and_less_often_and_told_when_it_is_back(
    office: PostOffice,
) -> None:
    office.audience.answers = [DeliveryOutcome.OFFLINE] * 40
    office.write("page", PAGER, topic=ESCALATED)
    await until(lambda: len(office.said()) == 1, "it is tried")
    assert 8 <= await tries_within(office, 2) <= 20
    office.audience.answers = []
    await tries_within(office, 1)
    assert office.store.deliveries.has_arrived("page")
    assert office.pages == [True]


async def test_a_page_that_no_pager_took_for_a_day_is_given_up_and_counted_until_one_arrives(
    office: PostOffice,
) -> None:
    office.audience.answers = [DeliveryOutcome.OFFLINE] * 400
    office.write("page", PAGER, topic=ESCALATED)
    written_at = office.clock.at
    await tries_within(office, 23)
    assert office.pages == []
    await tries_within(office, 2)
    assert office.pages == [False]
    lost = office.store.deliveries.lost
    assert lost(PAGER, written_at) == 1
    assert lost(PAGER, written_at + timedelta(seconds=1)) == 0
    assert lost(OTHER, written_at) == 0
    office.audience.answers = []
    office.write("next", PAGER, topic=ESCALATED)
    await until(lambda: office.pages == [False, True], "the next arrives")
    assert lost(PAGER, written_at) == 0


async def test_a_pager_that_was_set_up_again_gets_no_pages_of_long_ago(office: PostOffice) -> None:
    office.audience.away = {PAGER}
    office.write("page", PAGER, topic=ESCALATED)
    await tries_within(office, 25)
    office.audience.away = set()
    office.pass_time(minutes=1)
    await until(lambda: office.pages == [False], "it is given up")
    assert office.said() == []


async def test_a_page_that_was_refused_five_times_is_given_up(office: PostOffice) -> None:
    office.audience.answers = [DeliveryOutcome.REFUSED] * 5
    office.write("page", PAGER, topic=ESCALATED)
    await tries_within(office, 1)
    assert (len(office.said()), office.pages) == (5, [False])


@pytest.mark.parametrize("answer", [DeliveryOutcome.OFFLINE, DeliveryOutcome.REFUSED, DeliveryOutcome.UNCERTAIN])
@pytest.mark.parametrize("target", [PAGER, OTHER])
async def test_what_was_tried_and_is_withdrawn_is_tried_no_more_and_is_nothing_lost(
    office: PostOffice, target: Chat, answer: DeliveryOutcome
) -> None:
    office.audience.answers = [answer]
    office.write("page", target, topic=ESCALATED)
    await until(lambda: len(office.said()) == 1, "it is tried")
    await office.listened()
    office.store.deliveries.withdraw(["page", "unknown"], office.clock.at)
    assert await tries_within(office, 1) == 0
    assert office.store.deliveries.waiting() == 0
    assert office.store.deliveries.has_arrived("page") is False
    assert office.store.deliveries.lost(target, office.clock.at - timedelta(days=1)) == 0


async def test_what_is_withdrawn_while_it_is_on_its_way_may_still_arrive(office: PostOffice) -> None:
    office.write("page", OTHER, topic=ESCALATED)
    (head,) = office.store.deliveries.due(office.clock.at, 1)
    office.store.deliveries.begin([head.id], office.clock.at)
    office.store.deliveries.withdraw(["page"], office.clock.at)
    assert office.store.deliveries.due(office.clock.at, 1) == []
    office.store.deliveries.done([head.id], "7", office.clock.at)
    assert office.store.deliveries.has_arrived("page")
    office.store.deliveries.withdraw(["page"], office.clock.at)
    assert office.store.deliveries.has_arrived("page")


@pytest.mark.parametrize("target", [SECOND, PAGER])
def test_a_receipt_stops_what_is_on_its_way_to_others_and_was_tried_in_vain(tmp_path: Path, target: Chat) -> None:
    home = Home(tmp_path, pager_after=timedelta(minutes=1))
    home.settle(escalate_to=HONG, escalate_after_seconds=60)
    home.booked()
    home.clock.at += timedelta(minutes=2)
    home.office.round()
    deliveries = home.store.deliveries
    (head,) = (one for one in deliveries.due(home.clock.at, 10) if one.notification.target == target)
    deliveries.begin([head.id], home.clock.at)
    deliveries.failed([head.id], home.clock.at + timedelta(seconds=5), "nobody answers", uncertain=False)
    assert home.receipts.acknowledge(alone(MING))
    home.clock.at += timedelta(hours=2)
    assert home.arrive() == []
    assert deliveries.lost(target, START) == 0


async def test_a_page_that_is_given_up_is_told_the_administrators_and_found_by_the_doctor(tmp_path: Path) -> None:
    house, clock = House(tmp_path), SystemClock()
    bot = await house.open()
    try:
        with closing(open_beside(tmp_path, clock)) as store:
            page = Notification(
                dedupe_key="page",
                target=PAGER,
                topic=ESCALATED,
                job_id=None,
                data={},
                created_at=clock.now() - timedelta(days=2),
                is_urgent=True,
            )
            store.apply(Change(notifications=(page,)))
        bot.connected()
        await until(lambda: house.audience.administrators_heard != [], "the administrators are told")
        assert [topic for topic, _ in house.audience.administrators_heard] == ["pager"]
        found = [one.what for one in examine(bot.settings, clock).findings]
        assert "有 1 条没人确认的紧急通知没能发到 SJA_ESCALATION_URL，已经放弃" in found
    finally:
        await house.close()
