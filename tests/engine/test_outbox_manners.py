"""The outbox with manners, on a real store: storms, nights, urgent ones, jobs that flap, crashes in a digest."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path

import pytest
from engine_site import GROUP, until
from outbox_site import OTHER, PostOffice

from jobs.models.chats import QuietHours
from jobs.models.ids import UserId
from jobs.models.manners import ESCALATES, FLAPPING, SUMMED_UP
from jobs.models.notices import BOOKED, OCCURRENCE_DONE, OCCURRENCE_FAILED, PAYMENT_DUE
from jobs.models.people import Chat
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
    await until(lambda: office.audience.messages[-1] == ["f7"], "together when the hour is over")
    assert office.audience.told[-1][0].data[SUMMED_UP] == {"failed": 1, "recovered": 2}
    await until(lambda: office.store.deliveries.waiting() == 0, "all three are told")


async def test_a_job_that_flaps_all_day_neither_fills_its_lane_nor_holds_up_anybody(office: PostOffice) -> None:
    for minute in range(8 * 60):
        office.write(f"f{minute}", topic=(OCCURRENCE_FAILED, OCCURRENCE_DONE)[minute % 2])
        if minute % 60 == 0:
            office.write(f"court {minute}")
        await office.listened()
        if minute % 60 == 0:
            assert f"court {minute}" in office.said()
        assert office.store.deliveries.waiting() <= 61
        office.pass_time(minutes=1)
    about_it = [message for message in office.audience.messages if not message[0].startswith("court")]
    assert len(about_it) <= 5 + 8


async def test_what_is_damped_is_looked_at_no_more_until_it_may_be_told(office: PostOffice) -> None:
    for n, topic in enumerate([OCCURRENCE_FAILED, OCCURRENCE_DONE] * 4):
        office.write(f"f{n}", topic=topic)
        await office.listened()
    assert office.store.deliveries.waiting() == 3
    assert office.store.deliveries.due(office.clock.at, 10) == []
    office.pass_time(minutes=59)
    assert office.store.deliveries.due(office.clock.at, 10) == []
    office.pass_time(minutes=2)
    await until(lambda: office.store.deliveries.waiting() == 0, "told when the hour is over")


async def test_deciding_for_many_chats_leaves_others_their_turn(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = count(step=0.015)
    monkeypatch.setattr(office.clock, "monotonic", lambda: next(ticks))
    chats = [Chat(self_id="10000", type="group", peer_id=str(1000 + n)) for n in range(5)]
    for n, chat in enumerate(chats):
        office.write(str(n), chat)
    office.outbox._hand_out()
    assert len(office.outbox._busy) < len(chats)
    await until(lambda: len(office.said()) == len(chats), "all are told")


async def test_an_urgent_one_that_waits_for_its_reply_holds_up_no_other(office: PostOffice) -> None:
    office.write("replied", topic=BOOKED, waits=timedelta(minutes=2))
    office.write("u", topic=PAYMENT_DUE)
    await until(lambda: office.said() == ["u"], "the other is told")
    office.pass_time(minutes=2)
    await until(lambda: office.said() == ["u", "replied"], "and it, as no reply has said it")


@pytest.mark.parametrize("crashes", [1, 2])
async def test_a_digest_that_a_crash_cut_short_is_repeated_once_as_one_message_with_a_tag(
    tmp_path: Path, crashes: int
) -> None:
    office = PostOffice(tmp_path)
    for n in range(20):
        office.write(f"a{n}")
    for _ in range(crashes):
        (head,) = office.store.deliveries.due(office.clock.at, 10)
        both = office.store.deliveries.together(head, office.clock.at, 20)
        office.store.deliveries.begin([one.id for one in both], office.clock.at)
    task = asyncio.create_task(office.outbox.run())
    await until(lambda: office.store.deliveries.waiting() == 0, "all that can be done is done")
    assert office.audience.messages == [[f"a{n}" for n in range(20)]] * (2 - crashes)
    assert {tag for _, tag in office.audience.told} <= {"（补发）"}
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    office.store.close()


async def stormy(office: PostOffice, answers: list[DeliveryOutcome]) -> None:
    """Twenty that wait together, the first message answered so."""
    office.audience.answers = answers
    office.audience.free.clear()
    for n in range(20):
        office.write(f"a{n}")
    await office.listened()
    office.audience.free.set()
    await until(lambda: len(office.audience.messages) == 1, "sent once")


async def test_a_digest_whose_outcome_is_unknown_is_repeated_once_as_one_message_with_a_tag(
    office: PostOffice,
) -> None:
    await stormy(office, [DeliveryOutcome.UNCERTAIN, DeliveryOutcome.OFFLINE, DeliveryOutcome.UNCERTAIN])
    office.write("later")
    for messages in (2, 3):
        office.pass_time(hours=1)
        await until(lambda messages=messages: len(office.audience.messages) == messages, "and again")
    office.pass_time(hours=1)
    await until(lambda: office.said()[-1] == "later", "what was written behind")
    assert office.audience.messages == [*[[f"a{n}" for n in range(20)]] * 3, ["later"]]
    assert [tag for _, tag in office.audience.told] == [""] * 20 + ["（补发）"] * 40 + [""]


async def test_a_digest_that_is_refused_goes_line_by_line_for_one_may_be_what_is_not_taken(office: PostOffice) -> None:
    await stormy(office, [DeliveryOutcome.REFUSED])
    office.pass_time(hours=1)
    await until(lambda: office.store.deliveries.waiting() == 0, "all are told")
    assert office.audience.messages[1:] == [[f"a{n}"] for n in range(20)]


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
