"""A virtual day as it is lived: bots come and go, people speak, clocks are set; everything is written down."""

import asyncio
import random
from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from virtual_loop_site import Wall
from world_bot_site import Chats, Killed, Life, VirtualBot
from world_drawing_site import Day, Fate, Plan
from world_machine_site import Machine
from world_record_site import Deed, Leap, Record

from jobs.models.change import Inbound
from jobs.models.drafts import Draft
from jobs.models.errors import Refusal
from jobs.models.ids import JobId, UserId
from jobs.models.job import Job
from jobs.models.people import Actor, Chat, Role
from jobs.models.run import RunStatus
from jobs.ports.store import DuplicateInbound
from jobs.store.store import SqliteStore

CHATS: Final = tuple(Chat(self_id="10000", type="group", peer_id=peer) for peer in ("111", "222"))
_CALM_SECONDS: Final = 300.0
"""After the last fault: longer than any wait between two tries to start a run."""


class World:
    """Plays one day. `is_quiet`: the offices look around rarely (`quiet_looks`); a clock that is set is rung for."""

    def __init__(self, day: Day, database: Path, *, is_quiet: bool = True) -> None:
        self._day = day
        self._is_quiet = is_quiet
        self._loop = asyncio.get_running_loop()
        self._chance = random.Random(f"{day.seed}/world")
        self.record = Record(day, database)
        self._wall = Wall(self._loop, day.begins, day.rate)
        self._wall.turns.append(self._clock_was_set)
        self._store = SqliteStore(database)
        self._machine = Machine(
            chance=self._chance, wall=self._wall, store=self._store, ring=self._ring, note=self._note
        )
        self._chats = Chats(self._wall, self._note)
        self.record.machine, self.record.chats = self._machine, self._chats
        self._own = copy_context()
        self._bot: VirtualBot | None = None
        self._is_up = asyncio.Event()
        self._away = 0.0
        self._messages = 0
        self._mourners: set[asyncio.Task[None]] = set()

    async def play(self) -> Record:
        await self._boot()
        makes = [Fate(plan.made_after, "make", number) for number, plan in enumerate(self._day.plans)]
        fates = [asyncio.create_task(self._befall(fate)) for fate in (*makes, *self._day.fates)]
        await asyncio.sleep(self._day.hours * 3600 - self._loop.time())
        for fate in fates:
            fate.cancel()
        for outcome in await asyncio.gather(*fates, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        await self._calm()
        return self.record

    async def _calm(self) -> None:
        """No more faults: whatever can go on has time to."""
        self._machine.refuses = False
        if self._bot is not None:
            self._bot.life.doom(1_000_000_000, after=False)
        await self._is_up.wait()
        await asyncio.sleep(_CALM_SECONDS)
        self.record.ended, self.record.ends = self._loop.time(), self._wall.now()
        assert self._bot is not None
        await self._bot.bury()
        for task in list(self._machine.tasks):
            task.cancel()
        await asyncio.gather(*self._machine.tasks, return_exceptions=True)
        self.record.faults += self._machine.faults
        self._store.close()

    # -- fates ------------------------------------------------------------------------------------------------
    async def _befall(self, fate: Fate) -> None:
        await asyncio.sleep(fate.after)
        match fate.verb:
            case "make":
                await self._make(fate.plan)
            case "kill":
                self._kill(fate)
            case "kill a process":
                self._machine.kill_one()
            case "suspend" | "set the clock":
                self._note(f"{fate.verb}: {fate.seconds:+.0f} s")
                before = self._wall.now()
                self._wall.step(fate.seconds)
                self.record.leaps.append(Leap(self._loop.time(), before, self._wall.now(), self._is_up.is_set()))
            case "refuse":
                self._machine.refuses = True
                await asyncio.sleep(fate.seconds)
                self._machine.refuses = False
            case _:
                self._wish(fate)

    def _kill(self, fate: Fate) -> None:
        if self._bot is None or self._bot.life.is_over:
            return
        self._away = fate.seconds
        if fate.writes:
            self._bot.life.doom(fate.writes, after=fate.flag)
        else:
            self._bot.life.end()

    async def _make(self, number: int) -> None:
        await self._is_up.wait()
        plan, now = self._day.plans[number], self._wall.now()
        if not (plan.rhythm.admits_any(now)):
            self._note(f"{plan.name} is not made: nothing of it lies ahead")
            return
        draft = Draft(
            kind=plan.kind, name=plan.name, config={}, recurrence=plan.rhythm.stored(), punctuality=plan.punctuality,
            lock=plan.lock,
        )  # fmt: skip
        made = self._say(number, "make", lambda engine, inbound: engine.create(_actor(plan), draft, inbound))
        if made is None:
            found = self._store.jobs.named(plan.name, 1)
            made = found[0] if found else None
        if made is None:
            await asyncio.sleep(1)
            await self._make(number)
            return
        self.record.jobs[number] = made.id
        self._machine.habits[made.id] = plan.habits
        self._note(f"made {plan.name} = {made.id}, next {made.next_at}")
        self._deed("make", number, None, made.id, had_run=False, was_done=True)

    def _wish(self, fate: Fate) -> None:
        job_id = self.record.jobs.get(fate.plan)
        if job_id is None or not self._is_up.is_set():
            return
        actor, shift = _actor(self._day.plans[fate.plan]), timedelta(seconds=fate.seconds)
        calls: dict[str, Callable[[Any, Inbound], Job]] = {
            "pause": lambda engine, inbound: engine.pause(actor, job_id, inbound),
            "resume": lambda engine, inbound: engine.resume(actor, job_id, inbound),
            "stop": lambda engine, inbound: engine.stop(actor, job_id, inbound),
            "start": lambda engine, inbound: engine.start(actor, job_id, inbound),
            "restart": lambda engine, inbound: engine.restart(actor, job_id, inbound),
            "run now": lambda engine, inbound: engine.run_now(actor, job_id, inbound),
            "reorder": lambda engine, inbound: engine.reorder(actor, job_id, shift, inbound),
        }
        before = self._store.jobs.get(job_id)
        run = self._store.runs.open_of(job_id)
        self._say(fate.plan, fate.verb, calls[fate.verb], twice=fate.flag)
        was_done = before != self._store.jobs.get(job_id) or run != self._store.runs.open_of(job_id)
        deed = self._deed(fate.verb, fate.plan, before, job_id, had_run=run is not None, was_done=was_done)
        queued = run is not None and run.status is RunStatus.QUEUED
        self._note(f"{fate.verb} {job_id} {fate.seconds:.0f}: run={run is not None} queued={queued} → {_brief(deed)}")

    def _deed(self, verb: str, plan: int, before: Job | None, job_id: JobId, *, had_run: bool, was_done: bool) -> Deed:
        after = self._store.jobs.get(job_id)
        deed = Deed(self._loop.time(), self._wall.now(), verb, plan, before, after, had_run, was_done)
        self.record.deeds.append(deed)
        return deed

    def _say(self, plan: int, verb: str, call: Callable[[Any, Inbound], Job], *, twice: bool = False) -> Job | None:
        """One message, perhaps delivered twice. None: refused, or nobody lives to answer."""
        assert self._bot is not None
        self._messages += 1
        inbound = Inbound(self_id="10000", message_id=str(self._messages), received_at=self._wall.now())
        try:
            answer = call(self._bot.engine, inbound)
        except Refusal as refusal:
            self._note(f"{verb} refused: {refusal.sentence}")
            if "再发一次" in refusal.sentence:  # Nobody else writes in between: there is nothing to be tried again.
                self.record.faults.append(f"{verb} of plan {plan}: {refusal.sentence}")
            return None
        except Killed:
            return None
        if twice:
            try:
                call(self._bot.engine, inbound)
                self.record.faults.append(f"{verb} of plan {plan}: the same message acted twice")
            except (DuplicateInbound, Refusal, Killed):
                pass
        return answer

    # -- the bot ----------------------------------------------------------------------------------------------
    async def _boot(self) -> None:
        life = Life(self._mourn)
        self._bot = VirtualBot(
            self.record.database, self._wall, self._machine, self._chats, self.record.faults.append, life
        )
        self._note("the bot starts")
        self.record.starts.append(self._loop.time())
        await self._bot.boot()
        if not life.is_over:
            self._is_up.set()

    def _mourn(self) -> None:
        self._is_up.clear()
        self._note(f"the bot is killed, away for {self._away:.0f} s")
        # Not in the context of whoever is being killed: the mourner would be one of the tasks to be buried.
        task = self._loop.create_task(self._bury_and_boot(), context=self._own.copy())
        self._mourners.add(task)
        task.add_done_callback(self._mourners.discard)

    async def _bury_and_boot(self) -> None:
        assert self._bot is not None
        await self._bot.bury()
        await asyncio.sleep(self._away)
        self._away = 5.0
        await self._boot()

    def _ring(self) -> None:
        if self._bot is not None and not self._bot.life.is_over:
            self._bot.bell.ring()

    def _clock_was_set(self) -> None:
        if self._is_quiet:
            self._loop.call_later(self._chance.uniform(0, 1), self._ring)

    def _note(self, text: str) -> None:
        self.record.history.append(
            f"{timedelta(seconds=round(self._loop.time(), 3))} {self._wall.now():%d %H:%M:%S.%f} {text}"
        )


def _actor(plan: Plan) -> Actor:
    return Actor(user_id=UserId("20001"), role=Role.GROUP_ADMIN, chat=CHATS[plan.chat])


def _brief(deed: Deed) -> str:
    if not deed.was_done or deed.after is None:
        return "nothing"
    return f"{deed.after.status} next {deed.after.next_at}"
