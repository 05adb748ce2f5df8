"""P11: from a command in a group to its reply, through a real WebSocket."""

import asyncio
import subprocess
import sys
from contextlib import AsyncExitStack, closing
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from harness import CLOCK, Bot
from measuring import Samples, milliseconds, ratio, show_rows

from jobs.cli.onebot import Posted, Speaker
from jobs.cli.peer import Peer
from jobs.models import decisions
from jobs.models.change import Change
from jobs.models.drafts import MonitorRequest, Rules, ScheduleRequest, draft_monitor, draft_schedule
from jobs.models.ids import JobId, JobNumber, UserId
from jobs.models.job import Job, Status
from jobs.models.people import Chat
from jobs.models.recurrence import Weekly, next_after
from jobs.store.opening import open_store
from jobs.venues import presets_of

pytestmark = pytest.mark.bench

COMMAND: Final = "!任务列表"
IN_FLIGHT: Final = 32
GROUPS: Final = range(12_345, 12_345 + IN_FLIGHT)
ROUNDS: Final = 5
ALONE: Final = 100
"""Commands one after the other, in each round."""
TOGETHER: Final = 20
"""Commands of each group in each round, all groups at once."""
TOGETHER_SLOWLY: Final = 2
"""The same for a bot that manages fewer than twenty a second."""
WARM_UP: Final = 30
PATIENCE_SECONDS: Final = 60.0

_PLAIN_BOT: Final = Path(__file__).with_name("peers") / "plain_bot.py"
_SPEAKER: Final = Speaker(user_id=20001, nickname="小明", role="member")


class PlainBot(Bot):
    """Somebody else's bot on our stage: `count` commands that answer a constant text."""

    count = 1

    def start(self) -> None:
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, _PLAIN_BOT, str(self.count)],
                cwd=self.home.parent,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


class Talk:
    """What one bot is asked, and how long it takes to answer."""

    def __init__(self, name: str, bot: Bot, peer: Peer, expected: str, each: int) -> None:
        self.name = name
        self.each = each
        self.alone, self.together = Samples(name), Samples(name)
        self.together_seconds = 0.0
        self._bot, self._peer, self._expected = bot, peer, expected
        self._waiting: dict[Chat, asyncio.Future[Posted]] = {}
        self._hearing = asyncio.create_task(self._hear())

    async def warm_up(self) -> None:
        for _ in range(WARM_UP):
            await self.one_after_the_other()
        await self.all_at_once()
        self.alone.seconds.clear()
        self.together.seconds.clear()
        self.together_seconds = 0.0

    async def one_after_the_other(self, count: int = 1) -> None:
        for _ in range(count):
            await self._ask(GROUPS[0], self.alone)

    async def all_at_once(self) -> None:
        """Every group asks, and asks again as soon as it is answered."""
        begun = perf_counter()
        await asyncio.gather(*(self._ask_again_and_again(group) for group in GROUPS))
        self.together_seconds += perf_counter() - begun

    def close(self) -> None:
        self._hearing.cancel()

    async def _ask_again_and_again(self, group: int) -> None:
        for _ in range(self.each):
            await self._ask(group, self.together)

    async def _ask(self, group: int, samples: Samples) -> None:
        chat = self._peer.qq.group(group)
        answered = self._waiting[chat] = asyncio.get_running_loop().create_future()
        begun = perf_counter()
        await self._peer.say(chat, _SPEAKER, COMMAND)
        try:
            posted = await asyncio.wait_for(answered, PATIENCE_SECONDS)
        except TimeoutError:
            raise AssertionError(f"{self.name} did not answer:\n{self._bot.log_tail()}") from None
        samples.seconds.append(perf_counter() - begun)
        assert self._expected in posted.text, posted.text  # a long list comes as a forwarded message

    async def _hear(self) -> None:
        async for posted in self._peer.listen():
            self._waiting.pop(posted.chat).set_result(posted)


def job(number: int, group: int, rules: Rules) -> Job:
    """Monitors that were stopped and schedules that wait for their next instant, half and half."""
    now = CLOCK.now()
    bookable = [preset.number for preset in rules.presets if preset.sport_id]
    name, preset = f"晚场任务{number}", bookable[number % len(bookable)]
    if number % 2:
        draft = draft_monitor(MonitorRequest(name=name, preset=preset), rules, now)
    else:
        # Far from now: whatever fires while we measure would be measured too.
        at = (now + timedelta(hours=8)).astimezone(ZoneInfo(rules.zone)).time().replace(second=0, microsecond=0)
        daily = Weekly(time=at, zone=rules.zone)
        draft = draft_schedule(ScheduleRequest(name=name, preset=preset, recurrence=daily), rules, now)
    return Job(
        id=JobId(f"{group * 65_537 + number:08x}"[-8:]),
        number=JobNumber(0),
        kind=draft.kind,
        name=name,
        status=Status.PENDING if draft.recurrence else Status.STOPPED,
        config=draft.config,
        recurrence=draft.recurrence,
        owner=UserId(str(_SPEAKER.user_id)),
        origin=Chat(self_id="10000", type="group", peer_id=str(group)),
        created_at=now,
        updated_at=now,
        next_at=next_after(draft.recurrence, now) if draft.recurrence else None,
        last_result="空场 3 个",
        reason="" if draft.recurrence else "被停止",
    )


def furnish(home: Path, each: int) -> None:
    """A store in which every group has made `each` jobs."""
    rules = Rules(presets=presets_of("demo"), min_interval_seconds=1, zone="Asia/Shanghai")
    with closing(open_store(home, CLOCK).store) as store:
        for group in GROUPS:
            jobs = [job(number, group, rules) for number in range(each)]
            created = [decisions.created(one, None, "qq:20001") for one in jobs]
            store.apply(Change(jobs=tuple(jobs), events=tuple(event for change in created for event in change.events)))


async def ours(stage: AsyncExitStack, directory: Path, each: int) -> Talk:
    furnish(directory / str(each), each)
    bot = await stage.enter_async_context(Bot(directory / str(each), {"LOG_LEVEL": "INFO"}))
    return talk(stage, f"我们：每群 {each:,} 个任务", bot, await bot.peer(), f"📋 任务列表（共 {each} 个）\n")


async def theirs(stage: AsyncExitStack, directory: Path, count: int) -> Talk:
    bot = PlainBot(directory / f"plain{count}", {"LOG_LEVEL": "INFO", "COMMAND_START": '["!"]'})
    bot.count = count
    await stage.enter_async_context(bot)
    each = TOGETHER if count == 1 else TOGETHER_SLOWLY
    return talk(stage, f"NoneBot：{count} 个 on_command", bot, await bot.peer(), "📋 任务列表（共 0 个）", each)


def talk(stage: AsyncExitStack, name: str, bot: Bot, peer: Peer, expected: str, each: int = TOGETHER) -> Talk:
    talk = Talk(name, bot, peer, expected, each)
    stage.callback(talk.close)
    return talk


async def test_p11_command_to_reply(stage: AsyncExitStack, tmp_path: Path) -> None:
    talks = [
        await ours(stage, tmp_path, 10),
        await ours(stage, tmp_path, 1_000),
        await theirs(stage, tmp_path, 1),
        await theirs(stage, tmp_path, 30),
    ]
    for one in talks:
        await one.warm_up()
    for one in talks * ROUNDS:
        await one.one_after_the_other(ALONE)
        await one.all_at_once()
    for one in talks:
        assert len(one.alone.seconds) == ROUNDS * ALONE
        assert len(one.together.seconds) == ROUNDS * one.each * IN_FLIGHT
    print_figures(talks, peer=talks[2])


def print_figures(talks: list[Talk], *, peer: Talk) -> None:
    columns = ("", "p50", "p95", "p99", "÷ 单命令", f"{IN_FLIGHT} 个群同时 p50", "p95", "条/秒", "÷ 单命令")
    show_rows(f"P11 群里一条 {COMMAND} → 回复", columns, [figures(one, peer) for one in talks])


def figures(one: Talk, peer: Talk) -> list[str]:
    alone = [milliseconds(one.alone.at(percent)) for percent in (50, 95, 99)]
    together = [milliseconds(one.together.at(percent)) for percent in (50, 95)]
    speed, theirs = (len(any.together.seconds) / any.together_seconds for any in (one, peer))
    compared = ratio(one.alone.at(50), peer.alone.at(50))
    return [one.name, *alone, compared, *together, f"{speed:.0f}", ratio(speed, theirs)]
