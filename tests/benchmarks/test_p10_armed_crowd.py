"""P10: 200 bookings for one instant; how late the first, the median and the last are."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from time import time
from typing import Final

import pytest
from armed import ArmedHouse, first_instant
from lateness import Lateness, by_number, realtime_words
from measuring import milliseconds, ratio, show_rows
from stamps import DAYS, StampingServer
from timed_peers import IN_THREADS, SPAWNING, Sending, TimedPeer

pytestmark = pytest.mark.bench

COUNT: Final = 200
ROUNDS: Final = 3
APART_SECONDS: Final = 10.0
"""Between two rounds: all of one are done before those of the next prepare for the last moment."""
TIME_TO_LOAD_SECONDS: Final = 4.0
COLUMNS: Final = ("", "第一个", "中位", "p95", "最后一个", "各轮的最后一个", "早到", "次数", "我们 ÷ 它（最后一个）")


class Crowd:
    """Those of one instant, round by round."""

    def __init__(self, name: str) -> None:
        self.all = Lateness(name)
        self._lasts: list[float] = []

    @property
    def last(self) -> float:
        return max(self._lasts)

    def add(self, instant: float, arrived_ns: Sequence[int]) -> None:
        self.all.add([instant] * COUNT, arrived_ns)
        self._lasts.append(max(self.all.seconds[-COUNT:]))

    def row(self, ours: "Crowd | None") -> list[str]:
        figures = [min(self.all.seconds), self.all.at(50), self.all.at(95), self.last]
        lasts = "、".join(milliseconds(last).removesuffix(" ms") for last in self._lasts)
        compared = ratio(ours.last, self.last) if ours else ""
        counts = [str(self.all.early), str(len(self.all.seconds)), compared]
        return [self.all.name, *map(milliseconds, figures), lasts, *counts]


async def ours(server: StampingServer, directory: Path) -> Crowd:
    """All rounds are armed at once; each has its instant."""
    crowd = Crowd("我们：就位的运行")
    async with ArmedHouse(directory / "home", server, "plain") as house:
        first = first_instant() + TIME_TO_LOAD_SECONDS
        instants = [first + number * APART_SECONDS for number in range(ROUNDS)]
        jobs = house.schedules([at for at in instants for _ in range(COUNT)])
        await asyncio.sleep(instants[-1] - time() + APART_SECONDS)
        await house.lateness_reported(jobs)
    arrived = [stamp.arrived_ns for stamp in server.take(lambda stamp: stamp.path == DAYS)]
    for number, at in enumerate(instants):
        crowd.add(at, arrived[number * COUNT : (number + 1) * COUNT])
    assert len(arrived) == COUNT * ROUNDS
    return crowd


async def theirs(server: StampingServer, peer: TimedPeer, rounds: int, directory: Path) -> Crowd:
    crowd = Crowd(peer.title)
    for _ in range(rounds):
        instant = time() + TIME_TO_LOAD_SECONDS
        async with Sending(peer, [instant] * COUNT, server.plain, directory):
            pass
        crowd.add(instant, by_number(server.take(), peer.name))
    return crowd


async def test_p10_armed_crowd(stage: AsyncExitStack, tmp_path: Path) -> None:
    server = stage.enter_context(StampingServer())
    peers = [
        await theirs(server, IN_THREADS, ROUNDS, tmp_path),
        await theirs(server, SPAWNING, 1, tmp_path),
    ]
    own = await ours(server, tmp_path)
    rows = [own.row(None), *(peer.row(own) for peer in peers)]
    show_rows(f"P10 {COUNT} 个任务同一个时刻 → 请求的第一个字节到达", COLUMNS, rows, notes=[realtime_words()])
    assert own.all.early == 0
