"""Messages to one chat leave one after the other; no chat waits for another, and no reply for a notification."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, strategies as st

from jobs import Actor, Chat, Inbound, Role, UserId
from plugins._commands.command import Heard, TooFast
from plugins._onebot.cooldown import Cooldown
from plugins._onebot.courier import REPLIES_WAITING_AT_MOST, Courier

GROUP = Chat(self_id="10000", type="group", peer_id="12345")
OTHER_GROUP = Chat(self_id="10000", type="group", peer_id="54321")
PERSON = Chat(self_id="10000", type="private", peer_id="20001")


class Stage:
    """A courier whose time passes only when it is told to. `left`: who left when, in order."""

    def __init__(self, gap: float = 1.0, chance: float = 0.0) -> None:
        self.now = 100.0
        self.gap = gap
        self.left: list[tuple[float, str]] = []
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.courier = Courier(lambda: self.gap, monotonic=lambda: self.now, sleep=self._sleep, chance=lambda: chance)

    async def reply(self, name: str, chat: Chat = GROUP) -> asyncio.Task[None]:
        return await self._begin(self._reply(name, chat))

    async def notice(self, name: str, chat: Chat = GROUP) -> asyncio.Task[None]:
        return await self._begin(self._notice(name, chat))

    async def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while due := sorted((at, n) for n, (at, _) in enumerate(self._sleepers) if at <= end):
            at, n = due[0]
            self.now = max(self.now, at)
            self._sleepers.pop(n)[1].set_result(None)
            await settle()
        self.now = end

    @property
    def order(self) -> str:
        return "".join(name for _, name in self.left)

    @property
    def instants(self) -> list[float]:
        return [round(at - 100, 3) for at, _ in self.left]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.courier.close()
        await settle()

    async def _begin(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.append(task)
        await settle()
        return task

    async def _reply(self, name: str, chat: Chat) -> None:
        went = await self.courier.reply_turn(chat)
        self.left.append((self.now, name if went else f"({name})"))

    async def _notice(self, name: str, chat: Chat) -> None:
        await self.courier.notice_turn(chat)
        self.left.append((self.now, name))

    async def _sleep(self, seconds: float) -> None:
        waked = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, waked))
        await waked


async def settle() -> None:
    """Lets everything go on that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_first_message_to_a_quiet_chat_leaves_at_once_and_the_next_a_gap_later() -> None:
    stage = Stage()
    for name in "abc":
        await stage.reply(name)
    assert stage.order == "a"
    await stage.pass_time(10)
    assert (stage.order, stage.instants) == ("abc", [0, 1, 2])
    await stage.reply("d")
    assert stage.order == "abcd"


async def test_a_gap_is_up_to_half_as_long_again_and_a_third_of_it_in_private() -> None:
    for chat, chance, second in ((GROUP, 1.0, 1.5), (GROUP, 0.5, 1.25), (PERSON, 0.0, 0.333), (PERSON, 1.0, 0.5)):
        stage = Stage(chance=chance)
        await stage.reply("a", chat)
        await stage.reply("b", chat)
        await stage.pass_time(5)
        assert stage.instants == [0, second]


async def test_replies_go_before_notifications_that_wait_and_both_share_one_pace() -> None:
    stage = Stage()
    for name in "ab":
        await stage.notice(name)
    await stage.notice("c")
    await stage.pass_time(0.5)
    await stage.reply("R")
    await stage.pass_time(10)
    assert (stage.order, stage.instants) == ("aRbc", [0, 1, 2, 3])


async def test_a_notification_that_has_waited_long_takes_turns_with_replies() -> None:
    stage = Stage()
    for _ in range(25):
        await stage.reply("r")
    for _ in range(2):
        await stage.notice("N")
    await stage.pass_time(60)
    assert stage.order == "rrrrrNrN" + "r" * 19
    await stage.close()


@pytest.mark.parametrize("chat", [GROUP, PERSON], ids=["group", "private"])
async def test_at_full_speed_nothing_that_acted_goes_unanswered_and_notices_still_leave(chat: Chat) -> None:
    """As many commands as the default settings allow, for five minutes; a notification every half minute."""
    per_minute = 90 if chat.is_group else 300
    stage = Stage(chance=0.5)
    defaults = cast("Any", SimpleNamespace(sja_user_commands_per_minute=60, sja_group_commands_per_minute=90))
    pace = Cooldown(lambda: defaults, replies_waiting=stage.courier.replies_waiting, monotonic=lambda: stage.now)
    acted = told = 0
    for n in range(5 * per_minute):
        user = str(n % 3) if chat.is_group else chat.peer_id
        try:
            pace.admit(heard(chat, user))
            acted += 1
            await stage.reply(f"a{n}", chat)
        except TooFast as hurry:
            if hurry.seconds:
                told += 1
                await stage.reply(f"t{n}", chat)
        if n % (per_minute // 2) == 0:
            await stage.notice(f"n{stage.now:.3f}", chat)
        await stage.pass_time(60 / per_minute)
    await stage.pass_time(60)
    left = [name for _, name in stage.left]
    assert sum(name[0] == "a" for name in left) == acted
    assert sum(name[0] == "t" for name in left) == told
    assert acted > 5 * 30, "the chat was not simply shut"
    waits = [at - float(name[1:]) for at, name in stage.left if name[0] == "n"]
    assert len(waits) == 10
    assert max(waits) <= 10
    await stage.close()


def heard(chat: Chat, user: str) -> Heard:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    actor = Actor(user_id=UserId(user), role=Role.MEMBER, chat=chat)
    return Heard(text="!", actor=actor, chat=chat, inbound=Inbound(self_id="10000", message_id="1", received_at=at))


async def test_no_chat_waits_for_another() -> None:
    stage = Stage()
    for name in "abc":
        await stage.reply(name, GROUP)
    await stage.reply("x", OTHER_GROUP)
    await stage.reply("y", PERSON)
    assert stage.order == "axy"
    await stage.close()


async def test_whoever_gives_up_waiting_costs_the_others_no_time() -> None:
    stage = Stage()
    await stage.reply("a")
    given_up = await stage.notice("b")
    await stage.notice("c")
    given_up.cancel()
    await stage.pass_time(10)
    assert (stage.order, stage.instants) == ("ac", [0, 1])


async def test_without_a_gap_nothing_waits_and_nothing_is_kept() -> None:
    stage = Stage(gap=0)
    for name in "abc":
        await stage.reply(name)
    await stage.notice("d")
    assert stage.order == "abcd"
    assert stage.courier.chats == 0


async def test_a_gap_that_is_set_anew_counts_for_the_next_message() -> None:
    stage = Stage()
    for name in "abc":
        await stage.reply(name)
    stage.gap = 3
    await stage.pass_time(20)
    assert stage.instants == [0, 1, 4]


async def test_more_replies_than_can_leave_in_time_are_not_kept() -> None:
    stage = Stage()
    for _ in range(REPLIES_WAITING_AT_MOST + 2):
        await stage.reply("a")
    assert stage.order == "a(a)"
    await stage.close()


async def test_closing_drops_replies_and_leaves_notifications_to_their_outbox() -> None:
    stage = Stage()
    await stage.reply("a")
    await stage.reply("b")
    waiting = await stage.notice("n")
    stage.courier.close()
    await settle()
    assert stage.order == "a(b)"
    await stage.reply("c")
    assert stage.order == "a(b)(c)"
    assert not waiting.done()
    await stage.close()


async def test_quiet_chats_are_forgotten() -> None:
    stage = Stage()
    for number in range(3000):
        assert await stage.courier.reply_turn(Chat(self_id="1", type="group", peer_id=str(number)))
        stage.now += 10
    assert stage.courier.chats <= 1000


@given(st.lists(st.sampled_from(["reply", "notice", "wait"]), max_size=30), st.floats(0, 1))
def test_whatever_is_said_messages_keep_their_distance_and_their_order(acts: list[str], chance: float) -> None:
    async def play() -> Stage:
        stage = Stage(chance=chance)
        for number, act in enumerate(acts):
            if act == "wait":
                await stage.pass_time(0.7)
            else:
                await (stage.reply if act == "reply" else stage.notice)(f"{act[0]}{number:02}")
        await stage.pass_time(1000)
        return stage

    stage = asyncio.run(play())
    assert len(stage.left) == sum(act != "wait" for act in acts)
    gaps = [b - a for a, b in zip(stage.instants, stage.instants[1:], strict=False)]
    assert all(gap >= 0.999 for gap in gaps)
    for lane in "rn":
        names = [name for _, name in stage.left if name[0] == lane]
        assert names == sorted(names)
