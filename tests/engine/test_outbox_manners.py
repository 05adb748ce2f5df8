"""The outbox with manners, on a real store: storms, nights, urgent ones, jobs that flap, crashes in a digest."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from engine_site import GROUP, until
from outbox_site import OTHER, PostOffice

from jobs.models.chats import QuietHours
from jobs.models.ids import UserId
from jobs.models.manners import ESCALATES, FLAPPING
from jobs.models.notices import BOOKED, OCCURRENCE_DONE, OCCURRENCE_FAILED
from jobs.ports.notifier import DeliveryOutcome

NIGHT = QuietHours(begins=time(23), ends=time(8))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[PostOffice]:
    office = PostOffice(tmp_path)
    task = asyncio.create_task(office.outbox.run())
    yield office
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    office.store.close()


async def test_a_storm_goes_as_one_message_and_quoting_it_names_the_one_job(office: PostOffice) -> None:
    office.audience.free.clear()
    office.write("first")
    await office.listened()
    for n in range(24):
        office.write(f"a{n}")
    office.audience.free.set()
    await until(lambda: len(office.said()) == 25, "all are told")
    assert [len(message) for message in office.audience.messages] == [20, 5]
    assert office.said() == ["first", *(f"a{n}" for n in range(24))]
    await until(lambda: office.store.conversations.linked("10000", "25") == "1e95803d", "the message is linked")


async def test_two_or_three_that_wait_go_one_by_one(office: PostOffice) -> None:
    office.audience.free.clear()
    for key in ("a", "b", "c"):
        office.write(key)
    await office.listened()
    office.audience.free.set()
    await until(lambda: len(office.said()) == 3, "all are told")
    assert office.audience.messages == [["a"], ["b"], ["c"]]


async def test_an_urgent_one_overtakes_what_waits_and_is_never_part_of_a_digest(office: PostOffice) -> None:
    office.audience.away = {GROUP}
    for n in range(6):
        office.write(f"a{n}")
    office.write("u1", topic=BOOKED)
    office.write("u2", topic=BOOKED)
    office.audience.away = set()
    office.outbox.hasten()
    await until(lambda: len(office.said()) == 8, "all are told")
    assert office.audience.messages == [["u1"], ["u2"], [f"a{n}" for n in range(6)]]


async def test_the_night_holds_what_is_ordinary_until_its_end_even_when_a_chat_comes_online(
    office: PostOffice,
) -> None:
    office.settle(quiet=NIGHT)
    office.clock.at = datetime(2026, 11, 22, 16, tzinfo=UTC)  # Midnight in Shanghai.
    office.write("a")
    office.write("b")
    office.write("u", topic=BOOKED)
    office.write("elsewhere", OTHER)
    await until(lambda: len(office.said()) == 2, "the urgent one, and who sleeps not")
    office.outbox.hasten()
    await office.listened()
    assert office.store.deliveries.due(office.clock.at, 10) == [], "nobody looks at it all night"
    for _ in range(47):
        office.pass_time(minutes=10)
        await office.listened()
    assert sorted(office.said()) == ["elsewhere", "u"]
    office.pass_time(minutes=10)  # Eight o'clock.
    await until(lambda: office.audience.messages[-1] == ["a", "b"], "told together in the morning")


async def test_a_chat_that_ends_its_quiet_hours_is_told_soon(office: PostOffice) -> None:
    office.settle(quiet=NIGHT)
    office.clock.at = datetime(2026, 11, 22, 16, tzinfo=UTC)
    office.write("a")
    await office.listened()
    office.settle(quiet=None)
    office.pass_time(minutes=10)
    await until(lambda: office.said() == ["a"], "told")


async def test_a_job_that_flaps_says_so_once_and_then_goes_together_while_others_are_told(office: PostOffice) -> None:
    topics = [OCCURRENCE_FAILED, OCCURRENCE_DONE] * 4
    for n, topic in enumerate(topics[:5]):
        office.write(f"f{n}", topic=topic)
        await until(lambda n=n: len(office.said()) == n + 1, "told")
        office.pass_time(minutes=1)
    assert [bool(told.data.get(FLAPPING)) for told, _ in office.audience.told] == [False] * 4 + [True]
    for n, topic in enumerate(topics[5:], 5):
        office.write(f"f{n}", topic=topic)
        office.pass_time(minutes=1)
    office.write("court")
    await until(lambda: office.said()[-1] == "court", "what is no flapping is told")
    assert len(office.said()) == 6
    office.pass_time(minutes=55)
    await until(lambda: office.audience.messages[-1] == ["f5", "f6", "f7"], "together when the hour is over")


async def test_after_a_crash_in_a_digest_each_is_told_at_most_twice_and_the_copy_shows_it(tmp_path: Path) -> None:
    office = PostOffice(tmp_path)
    for n in range(5):
        office.write(f"a{n}")
    (head,) = office.store.deliveries.due(office.clock.at, 10)
    both = office.store.deliveries.together(head, office.clock.at, 20)
    office.store.deliveries.begin([one.id for one in both], office.clock.at)
    task = asyncio.create_task(office.outbox.run())
    await until(lambda: len(office.said()) == 5, "all are told again")
    assert office.said() == [f"a{n}" for n in range(5)]
    assert {tag for _, tag in office.audience.told} == {"（补发）"}
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    office.store.close()


async def test_a_digest_whose_outcome_is_unknown_is_repeated_once_with_a_tag(office: PostOffice) -> None:
    office.audience.answers = [DeliveryOutcome.UNCERTAIN]
    office.audience.free.clear()
    for n in range(5):
        office.write(f"a{n}")
    await office.listened()
    office.audience.free.set()
    await until(lambda: len(office.said()) == 5, "sent once")
    office.pass_time(hours=1)
    await until(lambda: len(office.said()) == 10, "and once more")
    office.pass_time(hours=1)
    office.write("b", OTHER)
    await until(lambda: office.said()[-1] == "b", "another")
    assert len(office.said()) == 11
    assert {tag for _, tag in office.audience.told[5:10]} == {"（补发）"}


async def test_what_a_reply_says_while_it_waits_for_its_turn_is_not_sent(office: PostOffice) -> None:
    office.audience.free.clear()
    office.write("u", topic=BOOKED)
    office.write("a", OTHER)
    await office.listened()
    office.outbox.said(["u"])
    office.audience.free.set()
    await until(lambda: office.said() == ["a"], "the other is told")
    await office.listened()
    assert office.said() == ["a"]


async def test_a_chat_learns_that_an_answer_is_waited_for_only_where_somebody_else_would_be_told(
    office: PostOffice,
) -> None:
    office.settle(escalate_to=UserId("20002"), escalate_after_seconds=600)
    office.write("u", topic=BOOKED)
    office.write("v", OTHER, topic=BOOKED)
    await until(lambda: len(office.said()) == 2, "both are told")
    assert {told.dedupe_key: told.data.get(ESCALATES) for told, _ in office.audience.told} == {"u": 10, "v": None}
