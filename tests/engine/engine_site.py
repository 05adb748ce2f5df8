"""The whole engine of a bot, as `start_bot` makes it, with a notifier that writes down what it is told."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from msgspec.structs import replace

from jobs.app.bot import Bot, start_bot
from jobs.clock import SystemClock
from jobs.config import Settings
from jobs.engine.engine import new_run_id
from jobs.models.change import Change, Notification
from jobs.models.drafts import MonitorRequest, draft_monitor
from jobs.models.ids import UserId
from jobs.models.job import Job
from jobs.models.people import Actor, Chat, Role
from jobs.models.run import Run, RunStatus
from jobs.ports.notifier import DeliveryOutcome, DeliveryReport
from jobs.store.opening import open_beside

GROUP = Chat(self_id="10000", type="group", peer_id="12345")
PATIENCE_SECONDS = 15.0


def speaking(user: str, chat: Chat = GROUP, role: Role = Role.MEMBER) -> Actor:
    return Actor(user_id=UserId(user), role=role, chat=chat)


MING = speaking("20001")


class Audience:
    """Implements `Notifier` and `Administrators`: answers as `answers` says, else that it was sent."""

    def __init__(self) -> None:
        self.told: list[tuple[Notification, str]] = []
        self.messages: list[list[str]] = []
        """What was sent, message by message: the dedupe keys in each."""
        self.answers: list[DeliveryOutcome] = []
        self.history: list[DeliveryOutcome] = []
        """What looking for a message in the chats yields, else that nobody can say."""
        self.looked_for: list[str] = []
        self.away: set[Chat] = set()
        self.free = asyncio.Event()
        """Set while chats may be written to."""
        self.free.set()
        self.administrators_heard: list[tuple[str, str]] = []

    def reaches(self, target: Chat) -> bool:
        return target not in self.away

    async def turn(self, target: Chat) -> None:
        await self.free.wait()

    async def send(self, notifications: Sequence[Notification], tag: str) -> DeliveryReport:
        self.told += [(notification, tag) for notification in notifications]
        self.messages.append([notification.dedupe_key for notification in notifications])
        outcome = self.answers.pop(0) if self.answers else DeliveryOutcome.SENT
        return DeliveryReport(outcome=outcome, message_id=str(len(self.told)))

    async def look_for(self, notification: Notification, since: datetime) -> DeliveryReport:
        self.looked_for.append(notification.dedupe_key)
        found = self.history.pop(0) if self.history else DeliveryOutcome.UNCERTAIN
        return DeliveryReport(outcome=found, message_id="seen" if found is DeliveryOutcome.SENT else None)

    def tell(self, topic: str, sentence: str) -> None:
        """Implements `Administrators`."""
        self.administrators_heard.append((topic, sentence))

    def topics(self) -> list[str]:
        return [notification.topic for notification, _ in self.told]


class House:
    """One home and the bots that live in it, one after the other."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.audience = Audience()
        self.bots: list[Bot] = []

    async def open(self, **settings: Any) -> Bot:
        known = {"sja_home": self.home, "sja_demo_period_seconds": 2.0, "sja_stop_grace_seconds": 2.0}
        bot = await start_bot(Settings(**{**known, **settings}), self.audience, self.audience)
        self.bots.append(bot)
        return bot

    async def close(self) -> None:
        for bot in self.bots:
            await bot.close()
        self.bots.clear()

    def monitor(self, bot: Bot, name: str = "晚场监控", actor: Actor = MING, **request: Any) -> Job:
        asked = MonitorRequest(**{"name": name, "preset": 13, "interval_seconds": 1, **request})
        return bot.engine.create(actor, draft_monitor(asked, bot.rules, bot.clock.now()))

    def pid(self, bot: Bot, job: Job) -> int:
        run = bot.board.detail(job).run
        assert run is not None
        assert run.worker is not None
        return run.worker.pid

    def pretend_restarts(self, job: Job, count: int) -> None:
        """As if the job's run were the last of so many restarts just now."""
        with closing(open_beside(self.home, SystemClock())) as store:
            run = store.runs.open_of(job.id)
            assert run is not None
            store.apply(Change(runs=(replace(run, restarted_at=(SystemClock().now(),) * count),)))

    def pretend_wait(self, bot: Bot, job: Job, wait: timedelta) -> None:
        """As if the job's run had ended and the next were to begin only after `wait`."""
        waiting = Run(
            id=new_run_id(),
            job_id=job.id,
            status=RunStatus.QUEUED,
            requested_at=bot.clock.now(),
            not_before_at=bot.clock.now() + wait,
            restarts=3,
        )
        with closing(open_beside(self.home, SystemClock())) as store:
            store.apply(Change(runs=(waiting,)))

    def workers(self) -> list[int]:
        """The pids of all processes of this home that work on a run."""
        return [pid for pid, words in self._processes() if "jobs.worker" in words]

    def end_everything(self) -> None:
        for pid, _ in self._processes():
            if pid != os.getpid():
                with suppress(ProcessLookupError):  # it has left since it was listed
                    os.kill(pid, signal.SIGKILL)

    def _processes(self) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("SJA_HOME") == str(self.home):
                    found.append((process.pid, " ".join(process.cmdline())))
            except psutil.Error:
                continue
        return found


async def until(true: Callable[[], Any], what: str) -> Any:
    """Waits until `true()` is, and returns what it returned; fails after a generous while."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (found := true()):  # noqa: ASYNC110 - it is processes that are waited for
            await asyncio.sleep(0.01)
    assert found, what
    return found
