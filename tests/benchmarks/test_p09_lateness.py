"""P9: from a scheduled instant to the first byte of its request, at the server."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from absent import absent
from armed import ArmedHouse, first_instant
from lateness import Lateness, busy_cores, by_number, last_of, realtime_words, show_lateness, spread
from measuring import Samples, milliseconds
from stamps import DAYS, Stamp, StampingServer
from timed_peers import (
    CELERY,
    IN_THE_LOOP,
    SCHEDULE,
    SPAWNING,
    Sending,
    TimedPeer,
    celery_is_installed,
    schedule_is_installed,
)

pytestmark = pytest.mark.bench

QUIET: Final = 150
BUSY: Final = 60
TURN_SECONDS: Final = 0.5
"""In which each has one instant, so that none is at work when another's comes."""
PLAIN_AT, DATED_AT = 0.06, 0.26
PEERS_AT: Final = {IN_THE_LOOP: 0.15, CELERY: 0.2, SPAWNING: 0.33}
AFTERWARDS_SECONDS: Final = 1.0


@dataclass
class Ours:
    """Armed runs in a house of their own; `reported` is what they themselves said of their lateness."""

    house: ArmedHouse
    port: str
    at: float
    lateness: Lateness
    reported: list[float] = field(default_factory=list[float])

    def is_fired(self, stamp: Stamp) -> bool:
        return stamp.port == self.port and (stamp.method, stamp.path) == ("POST", DAYS)


@dataclass
class Round:
    """Everyone's lateness under one load."""

    title: str
    turns: int
    plain: Ours
    dated: Ours
    peers: dict[TimedPeer, Lateness]

    async def measure(self, server: StampingServer, directory: Path) -> None:
        first = first_instant()
        own = {one.port: spread(first + one.at, TURN_SECONDS, self.turns) for one in (self.plain, self.dated)}
        jobs = {one.port: one.house.schedules(own[one.port]) for one in (self.plain, self.dated)}
        theirs = {peer: self._instants(peer, first) for peer in self.peers}
        server.take()
        async with AsyncExitStack() as sending:
            for peer, instants in theirs.items():
                await sending.enter_async_context(Sending(peer, instants, server.plain, directory))
            # Looking how far they are would be work for the cores that are measured.
            await asyncio.sleep(last_of(own) + AFTERWARDS_SECONDS)
        for one in (self.plain, self.dated):
            one.reported += await one.house.lateness_reported(jobs[one.port])
        stamps = server.take()
        for one in (self.plain, self.dated):
            one.lateness.add(own[one.port], [stamp.arrived_ns for stamp in stamps if one.is_fired(stamp)])
        for peer, lateness in self.peers.items():
            lateness.add(theirs[peer], by_number(stamps, peer.name))

    def show(self, *notes: str) -> None:
        said = [f"{one.lateness.name}，运行自己报的：{_summary(one.reported)}" for one in (self.plain, self.dated)]
        others = (self.dated.lateness, *self.peers.values())
        show_lateness(self.title, self.plain.lateness, *others, notes=(*notes, *said))

    def _instants(self, peer: TimedPeer, first: float) -> list[float]:
        if peer is SCHEDULE:  # It knows no fractions of a second.
            return spread(first, 2 * TURN_SECONDS, self.turns // 2)
        return spread(first + PEERS_AT[peer], TURN_SECONDS, self.turns)


def rounds_of(plain: ArmedHouse, dated: ArmedHouse) -> list[Round]:
    peers = [IN_THE_LOOP, SPAWNING]
    peers += [CELERY] if celery_is_installed() else []
    peers += [SCHEDULE] if schedule_is_installed() else []
    return [
        Round(
            f"P9 计划的时刻 → 请求的第一个字节到达（{load}）",
            turns,
            Ours(plain, "plain", PLAIN_AT, Lateness("我们：就位的运行")),
            Ours(dated, "dated", DATED_AT, Lateness("我们：对方报 Date，照它的时钟宁迟勿早", is_peer=False)),
            {peer: Lateness(peer.title) for peer in peers},
        )
        for load, turns in (("机器空闲", QUIET), ("每个核都有一个空转的进程", BUSY))
    ]


def _summary(seconds: list[float]) -> str:
    samples = Samples("", seconds=seconds)
    return f"p50 {milliseconds(samples.at(50))}，p99 {milliseconds(samples.at(99))}（{len(seconds)} 次）"


async def test_p9_lateness(stage: AsyncExitStack, tmp_path: Path) -> None:
    server = stage.enter_context(StampingServer())
    floor, seen = server.floors()
    houses = [await stage.enter_async_context(ArmedHouse(tmp_path / port, server, port)) for port in server.ports]
    quiet, busy = rounds_of(*houses)
    await quiet.measure(server, tmp_path)
    with busy_cores():
        await busy.measure(server, tmp_path)
    stamp = f"从发出到盖戳：{_summary(floor)}；到读它的进程：{_summary(seen)}"
    quiet.show(stamp, realtime_words(), *absent("celery", "schedule"))
    busy.show()
    assert {one.lateness.early for each in (quiet, busy) for one in (each.plain, each.dated)} == {0}
