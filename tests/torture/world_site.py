"""One home under torture: a real bot, three people who talk to it, the killer, and the oracle's judgement."""

import asyncio
import random
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Final, Self

from attacks_site import Act, Attack
from felled_site import SPEAKERS, Broken, FelledBot
from harness import PATIENCE_SECONDS, sweep
from killing_site import Killer
from lines_site import Scribe
from model_site import Deed, Known, Sent, believe, learn, new_round, words_for
from oracle_site import unsettled, untold, untrue_exits, violations
from processes_site import ProcessTable

from jobs.cli.onebot import Posted, Speaker, message_event, text_segment
from jobs.cli.peer import Disconnected

ANSWERS_SECONDS: Final = 8.0
ANSWERS_AGAIN_SECONDS: Final = 0.4
POINT_SECONDS: Final = 0.2
"""How long an armed bot is given to come to its point after its last answer."""
JOBS_AT_MOST: Final = 6
_LOOK_SECONDS: Final = 0.01
_LOOK_AGAIN_SECONDS: Final = 0.1
"""The list is a process of its own each time."""


class World:
    """Entered, its bot runs; left, nothing of it does. `counts` says what was really done."""

    def __init__(
        self, home: Path, launcher: str, seed: str, planted: str = "", patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self.home = home
        self.seed = f"{seed}/{launcher}"
        self.jobs: list[Known] = []
        self.counts: Counter[str] = Counter()
        self.settled_within: list[float] = []
        self.felled = FelledBot(home, launcher, planted, self.counts)
        self._patience_seconds = patience_seconds
        self._table = ProcessTable(home)
        self.killer = Killer(home, self._table, self.jobs, self.counts)
        self._deaths_before = 0
        self._deaths_at_end: dict[str, int] = {}
        self._given_up: set[str] = set()
        self._scribe = Scribe(home)
        self._diary: list[str] = []
        self._listing: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        self._left = AsyncExitStack()
        self._left.callback(self._table.close)
        self._left.callback(sweep, self.home)
        self._left.push_async_exit(self.felled.bot)
        self._peer = await self.felled.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._left.aclose()

    @property
    def said(self) -> list[Posted]:
        return self._peer.qq.said_by_bot

    async def play(self, attack: Attack, number: int) -> None:
        """One round; raises `Broken` with all that is known."""
        self._diary.append(f"{number}: {attack}")
        self.counts["rounds"] += 1
        self.counts[f"struck: {attack.victims}"] += 1
        await self._telling_all(self._round(attack))

    async def finish(self) -> None:
        """Deletes everything in the end, and sees that nothing is left of it."""
        self._diary.append("the end: everything is deleted")
        await self._telling_all(self._end())

    # -- one round ----------------------------------------------------------------------------------------------
    async def _round(self, attack: Attack) -> None:
        self._deaths_before = self.felled.deaths
        for job in self.jobs:
            new_round(job)
        for job in self.jobs[-3:]:
            if job.id is not None:
                self._scribe.write(job.id)
        born, asked = self.killer.births(), []
        for act in attack.acts:
            if (sent := await self._send(act, [one.chat for one, _ in asked])) is not None:
                asked.append((sent, act.resent))
        await self._fall([sent for sent, _ in asked], attack, born)
        if not self.felled.is_dead:
            await self._answered([sent for sent, _ in asked], ANSWERS_SECONDS)
        for sent, _ in asked:
            is_answered = sent.find_answer(self.said)
            if not is_answered and not self.felled.is_dead:
                raise Broken(f"nobody answered {sent.deed} of {sent.job.name}")
            believe(sent)
        if self.felled.is_dead:
            await asyncio.sleep(attack.rest)
            await self.felled.start(attack.point if attack.is_armed else "", attack.nth)
            await self._send_again([sent for sent, again in asked if again and sent.answer is None])
        await self.settle()

    async def _send(self, act: Act, busy: list[Any]) -> Sent | None:
        """Says a command; None where the person, or the job, is busy with another."""
        job = self._job_for(act)
        deed: Deed = act.deed if job in self.jobs else "create"
        if job in self.jobs and act.deed == "create":
            deed = "delete"
        speaker = SPEAKERS[int(act.which * 997) % len(SPEAKERS)]
        chat = self._peer.qq.private(speaker.user_id)
        if chat in busy or job.touched:
            return None
        return await self._say(deed, job, speaker)

    async def _say(self, deed: Deed, job: Known, speaker: Speaker) -> Sent:
        if job not in self.jobs:
            self.jobs.append(job)
        chat = self._peer.qq.private(speaker.user_id)
        posted = self._peer.qq.post(chat, speaker, [text_segment(words_for(deed, job))])
        sent = Sent(deed, job, message_event(posted), chat, len(self.said))
        job.touched = True
        self.counts["commands"] += 1
        with suppress(Disconnected):  # felled already: nobody heard it
            await self._peer.push(sent.event)
        return sent

    def _job_for(self, act: Act) -> Known:
        """The job at that fraction of those that may exist, or a new one."""
        present = [job for job in self.jobs if job.may != {"absent"} and job.number is not None]
        if (act.deed == "create" and len(present) < JOBS_AT_MOST) or len(present) < 2:
            return Known(name=f"监{len(self.jobs) + 1}", brief=act.brief)
        return present[int(act.which * len(present))]

    async def _fall(self, sent: list[Sent], attack: Attack, born: frozenset[str]) -> None:
        """The attack itself. An armed bot is given the time to come to its point first."""
        killer = self.killer
        killer.spares_keepers = "keeper" not in attack.victims and attack.victims != "all"
        if self.felled.armed:
            await self._answered(sent, ANSWERS_SECONDS)
            await self._until_dead(POINT_SECONDS)
        elif attack.victims != "newborn keeper":
            await asyncio.sleep(attack.delay)
        strikes = {
            "workers": lambda: killer.strike_workers(attack.signal),
            "keepers": killer.strike_keepers,
            "worker": lambda: killer.strike_workers(attack.signal, attack.which),
            "keeper": lambda: killer.strike_keepers(attack.which),
            "newborn keeper": lambda: killer.strike_newborn(born),
            "bot": self._strike_bot,
        }
        victims = ["bot", "workers", "keepers"] if attack.victims == "all" else attack.victims.split(" and ")
        random.Random(attack.which).shuffle(victims)
        for victim in victims:
            if victim in strikes:
                await asyncio.to_thread(strikes[victim])
        await self._bury(attack)

    def _strike_bot(self) -> None:
        if self.felled.bot.process is not None:
            self.felled.bot.process.kill()

    async def _bury(self, attack: Attack) -> None:
        """Waits for the end of a bot that was struck, or asked to leave; an armed one that still lives is killed."""
        if attack.victims == "orderly" and not self.felled.is_dead:
            await self.felled.bot.terminate()
        elif attack.kills_bot or self.felled.armed or self.felled.is_dead:
            await self.felled.kill()
        if self.felled.is_dead:
            self.felled.armed = ""
            self.counts["bots killed"] += 1

    async def _until_dead(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.felled.is_dead and time.monotonic() < deadline:  # noqa: ASYNC110 - another process dies
            await asyncio.sleep(_LOOK_SECONDS)

    async def _answered(self, sent: list[Sent], seconds: float) -> None:
        """Waits until all is answered, or nobody is left to answer."""
        deadline = time.monotonic() + seconds
        while not all(one.find_answer(self.said) for one in sent) and not self.felled.is_dead:
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _send_again(self, sent: list[Sent]) -> None:
        """The client hands the same messages over again, as real ones do after a reconnect."""
        for one in sent:
            self.counts["commands sent again"] += 1
            with suppress(Disconnected):
                await self._peer.push(one.event)
        await self._answered(sent, ANSWERS_AGAIN_SECONDS)
        for one in sent:
            if one.find_answer(self.said):
                believe(one, again=True)

    # -- judgement ----------------------------------------------------------------------------------------------
    async def settle(self) -> None:
        """Waits until everything is as it must be; raises `Broken` when it does not become so."""
        began = time.monotonic()
        while wrong := await self._wrong():
            if self.felled.is_dead:
                await self.felled.note_felled()
                await self.felled.start()
                began = time.monotonic()
            elif time.monotonic() - began > self._patience_seconds:
                raise Broken("\n".join(wrong))
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        self.settled_within.append(time.monotonic() - began)
        rows = {row["name"]: row for row in self._listing}
        for job in self.jobs:
            learn(job, rows.get(job.name))
        self.killer.strikes.clear()

    async def _wrong(self) -> list[str]:
        """What is not as it should be, yet. Raises `Broken` for what must never be."""
        listing = await self.felled.listing()
        if never := violations(self.home, self.jobs, self._table, self.said):
            raise Broken("\n".join(never))
        if listing is None:
            return ["`sja jobs` refuses"]
        self._listing = listing
        return [
            *unsettled(self.home, self.jobs, listing, self._table),
            *untrue_exits(self.home, self.killer.strikes),
            *self._lost_lines(listing),
            *(f"{name} is {status}, and nobody was told" for name, status in self._untold(listing)),
        ]

    def _lost_lines(self, listing: list[dict[str, Any]]) -> list[str]:
        try:
            return list(self._scribe.missing({row["id"] for row in listing}))
        except FileNotFoundError:
            return ["a part of a log was renamed while it was read"]

    def _untold(self, listing: list[dict[str, Any]]) -> list[tuple[str, str]]:
        """Ends to be told. What a bot was killed at twice while it was being sent may have arrived, so it stays unsaid
        (at most two copies, `jobs.outbox`); from outside nothing else than two deaths of the bot can be seen of that.
        """
        waiting = untold(listing, self.said)
        for name, _ in waiting:
            self._deaths_at_end.setdefault(name, self._deaths_before)
        lost = {name for name, _ in waiting if self.felled.deaths - self._deaths_at_end[name] >= 2}
        self._given_up |= lost
        self.counts["ends unsaid after two kills while they were told"] = len(self._given_up)
        return [one for one in waiting if one[0] not in lost]

    async def _end(self) -> None:
        if self.felled.armed:
            await self.felled.kill()
            await self.felled.start()
        for job in [job for job in self.jobs if job.may != {"absent"}]:
            sent = await self._say("delete", job, SPEAKERS[0])
            await self._answered([sent], ANSWERS_SECONDS)
            believe(sent)
        await self.settle()
        self.counts["files left behind"] = len([*self.killer.births(), *(self.home / "jobs").glob("*.log*")])

    async def _telling_all(self, doing: Any) -> None:
        said_before = len(self.said)
        try:
            await doing
        except Broken as broken:
            chat = "\n".join(f"{one.chat.peer_id}: {one.text}" for one in self.said[said_before:])
            raise Broken(
                f"{broken}\n\nseed {self.seed}, the last rounds:\n" + "\n".join(self._diary[-3:]) + f"\n\n"
                f"the list: {[(row['name'], row['status'], row['pid'], row['reason']) for row in self._listing]}\n"
                f"workers: {self._table.workers()}\n\nsaid:\n{chat}\n\n"
                f"evidence: {self.home} and {self.felled.bot.log_file}\nits end:\n{self.felled.bot.log_tail()}"
            ) from None
