"""Telling chats: at least once, at most twice, in order, and one bad chat never holds up another."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from engine_site import GROUP, until
from outbox_site import OTHER, PostOffice

from jobs.models.change import Notification
from jobs.ports.notifier import DeliveryOutcome, DeliveryReport


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[PostOffice]:
    office = PostOffice(tmp_path)
    task = asyncio.create_task(office.outbox.run())
    yield office
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    office.store.close()


async def test_what_is_written_is_told_in_order_and_links_the_message_to_the_job(office: PostOffice) -> None:
    for key in ("a", "b", "c"):
        office.write(key)
    await until(lambda: len(office.said()) == 3, "all are told")
    assert office.said() == ["a", "b", "c"]
    await until(lambda: office.store.conversations.linked("10000", "3") == "1e95803d", "the message is linked")


async def test_the_same_fact_written_twice_is_told_once(office: PostOffice) -> None:
    office.write("a")
    office.write("a")
    office.write("b")
    await until(lambda: "b" in office.said(), "the second fact is told")
    assert office.said() == ["a", "b"]


async def test_a_chat_that_is_away_is_told_as_soon_as_it_is_back_and_holds_up_nobody(office: PostOffice) -> None:
    office.audience.away = {GROUP}
    for n in range(150):
        office.write(f"a{n}")
    office.write("b", OTHER)
    await until(lambda: office.said() == ["b"], "the chat that is there is told")
    office.audience.away = set()
    office.outbox.hasten()
    await until(lambda: len(office.said()) == 151, "all that waited is told")
    assert office.said()[1:] == [f"a{n}" for n in range(150)]
    assert {tag for _, tag in office.audience.told} == {""}


async def test_a_connection_that_goes_before_the_send_costs_nothing(office: PostOffice) -> None:
    office.audience.answers = [DeliveryOutcome.OFFLINE]
    office.write("a")
    await until(lambda: office.said() == ["a"], "it was tried")
    office.pass_time(minutes=1)
    await until(lambda: office.said() == ["a", "a"], "it was told")
    assert {tag for _, tag in office.audience.told} == {""}


async def test_an_uncertain_send_is_repeated_once_and_shows_that_it_is_a_copy(office: PostOffice) -> None:
    office.audience.answers = [DeliveryOutcome.UNCERTAIN, DeliveryOutcome.UNCERTAIN]
    office.write("a")
    await until(lambda: len(office.said()) == 1, "it was sent")
    office.pass_time(hours=1)
    await until(lambda: len(office.said()) == 2, "it was repeated")
    office.pass_time(hours=1)
    office.write("b")
    await until(lambda: "b" in office.said(), "the next is told")
    assert office.said() == ["a", "a", "b"]
    assert [tag for _, tag in office.audience.told] == ["", "（补发）", ""]


async def test_a_chat_that_refuses_is_left_alone_after_five_times(office: PostOffice) -> None:
    office.audience.answers = [DeliveryOutcome.REFUSED] * 5
    office.write("a")
    for tries in range(1, 6):
        await until(lambda tries=tries: len(office.said()) == tries, "another try")
        office.pass_time(hours=1)
    office.write("b", OTHER)
    await until(lambda: "b" in office.said(), "others are told all the same")
    assert office.said().count("a") == 5


async def test_a_chat_that_was_offline_four_times_has_refused_nothing_yet(office: PostOffice) -> None:
    office.audience.answers = [DeliveryOutcome.OFFLINE] * 4 + [DeliveryOutcome.REFUSED] * 4
    office.write("a")
    for tries in range(1, 9):
        await until(lambda tries=tries: len(office.said()) == tries, "another try")
        office.pass_time(hours=1)
    await until(lambda: len(office.said()) == 9, "it is told in the end")
    office.write("b")
    await until(lambda: "b" in office.said(), "and done")
    assert office.said() == ["a"] * 9 + ["b"]


async def test_a_slow_chat_holds_up_nobody_else(tmp_path: Path) -> None:
    office = PostOffice(tmp_path)
    stuck = asyncio.Event()
    quick = office.audience.send

    async def send(notifications: Sequence[Notification], tag: str) -> DeliveryReport:
        if notifications[0].target == GROUP:
            await stuck.wait()
        return await quick(notifications, tag)

    office.audience.send = send  # type: ignore[method-assign]
    task = asyncio.create_task(office.outbox.run())
    office.write("slow")
    office.write("quick", OTHER)
    await until(lambda: office.said() == ["quick"], "the other chat is told")
    stuck.set()
    await until(lambda: office.said() == ["quick", "slow"], "the slow one in the end")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    office.store.close()


async def test_a_notification_that_cannot_even_be_rendered_is_given_up_and_the_next_goes_out(
    office: PostOffice,
) -> None:
    quick = office.audience.send

    async def send(notifications: Sequence[Notification], tag: str) -> DeliveryReport:
        report = await quick(notifications, tag)
        if any(one.dedupe_key == "poison" for one in notifications):
            raise KeyError("words")
        return report

    office.audience.send = send  # type: ignore[method-assign]
    office.write("poison")
    office.write("b")
    for tries in range(1, 6):
        await until(lambda tries=tries: office.said().count("poison") == tries, "another try")
        office.pass_time(hours=1)
    await until(lambda: office.said()[-1] == "b", "the next is told")


async def test_a_chat_is_told_in_order_even_when_the_first_has_to_wait(office: PostOffice) -> None:
    office.audience.answers = [DeliveryOutcome.REFUSED]
    for key in ("a", "b", "c"):
        office.write(key)
    office.write("other", OTHER)
    await until(lambda: "other" in office.said(), "another chat is told")
    assert office.said() == ["a", "other"]
    office.pass_time(hours=1)
    await until(lambda: office.said()[-1] == "c", "all are told")
    assert office.said() == ["a", "other", "a", "b", "c"]


async def test_a_long_queue_of_one_chat_starves_no_other(tmp_path: Path) -> None:
    office = PostOffice(tmp_path)
    for n in range(300):
        office.write(f"a{n}")
    office.write("b", OTHER)
    task = asyncio.create_task(office.outbox.run())
    await until(lambda: "b" in office.said(), "the other chat is told")
    assert office.said().index("b") <= 20, "one message to the chat with many, at most"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    office.store.close()


@pytest.mark.parametrize(("crashes", "copies"), [(1, 1), (2, 0), (5, 0)])
async def test_crashes_in_the_middle_of_a_send_never_make_more_than_two_copies(
    tmp_path: Path, crashes: int, copies: int
) -> None:
    office = PostOffice(tmp_path)
    office.write("a")
    office.crash_while_sending(crashes)
    office.write("b", OTHER)
    task = asyncio.create_task(office.outbox.run())
    await until(lambda: "b" in office.said(), "the other chat is told")
    await until(lambda: not office.store.deliveries.due(office.clock.at, 10), "nothing is left")
    assert office.said().count("a") == copies
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    office.store.close()


async def test_whoever_is_killed_while_a_chat_is_waited_for_has_not_begun_to_send(office: PostOffice) -> None:
    office.audience.free.clear()
    office.write("a")
    await office.listened()
    (waiting,) = office.store.deliveries.due(office.clock.at, 10)
    assert (waiting.attempts, waiting.uncertain) == (0, 0)
    office.audience.free.set()
    await until(lambda: office.said() == ["a"], "it is told in its turn")
    assert [tag for _, tag in office.audience.told] == [""]


async def test_a_chat_that_goes_offline_while_it_is_waited_for_is_told_when_it_is_back(office: PostOffice) -> None:
    office.audience.free.clear()
    office.write("a")
    await office.listened()
    office.audience.away.add(GROUP)
    office.audience.free.set()
    await office.listened()
    assert office.said() == []
    office.audience.away.clear()
    office.outbox.hasten()
    await until(lambda: office.said() == ["a"], "it is told")
    assert [tag for _, tag in office.audience.told] == [""]


async def looked_up(office: PostOffice, *history: DeliveryOutcome) -> None:
    """Sent, never answered, and looked for as often as the history says; then something else is told."""
    office.audience.history = list(history)
    office.audience.answers = [DeliveryOutcome.UNCERTAIN] * len(history)
    office.write("a")
    for tries in range(1, len(history) + 1):
        await until(lambda tries=tries: len(office.audience.told) >= tries, "it was sent")
        office.pass_time(hours=1)
        await until(lambda tries=tries: len(office.audience.looked_for) == tries, "it was looked for")
    office.write("b")
    await until(lambda: "b" in office.said(), "the next is told")


async def test_what_the_chat_shows_is_not_said_again_and_can_be_quoted(office: PostOffice) -> None:
    await looked_up(office, DeliveryOutcome.SENT)
    assert office.said() == ["a", "b"]
    assert office.store.deliveries.has_arrived("a")
    assert office.store.conversations.linked("10000", "seen") == "1e95803d"


async def test_what_the_chat_does_not_show_is_sent_until_it_arrives(office: PostOffice) -> None:
    await looked_up(office, *[DeliveryOutcome.REFUSED] * 4)
    assert office.said() == ["a"] * 5 + ["b"]
    assert [tag for _, tag in office.audience.told] == ["", *["（补发）"] * 4, ""]
    assert office.store.deliveries.has_arrived("a")


async def test_what_no_history_ever_shows_is_given_up_at_last(office: PostOffice) -> None:
    await looked_up(office, *[DeliveryOutcome.REFUSED] * 8)
    assert office.said() == ["a"] * 8 + ["b"]
    assert office.store.deliveries.has_arrived("a") is False


async def test_only_sends_that_nobody_knows_of_count_towards_two_copies(office: PostOffice) -> None:
    absent, unknown = DeliveryOutcome.REFUSED, DeliveryOutcome.UNCERTAIN
    await looked_up(office, absent, unknown, absent, absent, unknown)
    assert office.said() == ["a"] * 5 + ["b"]
    assert office.store.deliveries.has_arrived("a") is False


async def test_after_a_crash_it_is_looked_for_before_it_is_said_again(tmp_path: Path) -> None:
    office = PostOffice(tmp_path)
    office.write("a")
    office.crash_while_sending(2)
    office.audience.history = [DeliveryOutcome.SENT]
    task = asyncio.create_task(office.outbox.run())
    await until(lambda: office.store.deliveries.has_arrived("a") is True, "it was found")
    assert office.said() == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    office.store.close()
