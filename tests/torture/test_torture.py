"""R1: whatever is killed, whenever: no job lost, none doubled, no orphan after the restart, every end told as it was.

`make torture ROUNDS=2000` is the campaign. `SEED=…` brings the same choices back, `LAUNCHER=…` restricts to one.
"""

import asyncio
import os
import secrets
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

import pytest
from attacks_site import draw
from points_site import POINTS, code_of
from world_site import World

from jobs.config import Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the oracle reads /proc")

ROUNDS: Final = 100
LAUNCHERS: Final = ("portable", "warden")
ROUNDS_PER_HOME: Final = 50
"""A home is as good as new only once; and the list of jobs that were made there gets long."""
HOMES_AT_ONCE: Final = 4
"""A round waits more than it computes."""


async def play(home: Path, launcher: str, seed: str, rounds: int, counts: Counter[str]) -> None:
    """A home's rounds, to its end."""
    async with World(home, launcher, seed) as world:
        try:
            for number in range(rounds):
                await world.play(draw(world.seed, number), number)
            await world.finish()
        finally:
            counts += world.counts
            counts["settled later than 5 s"] += sum(seconds > 5 for seconds in world.settled_within)


async def torture(tmp_path: Path, rounds: int) -> Counter[str]:
    """So many rounds on several homes at a time; prints the seed first and what was done last."""
    seed = os.environ.get("SEED") or secrets.token_hex(4)
    launchers = [os.environ["LAUNCHER"]] if os.environ.get("LAUNCHER") else LAUNCHERS
    print(f"\nSEED={seed}", flush=True)
    counts: Counter[str] = Counter()
    began = time.monotonic()

    async def share(part: int) -> None:
        launcher = launchers[part % len(launchers)]
        left, number = rounds // HOMES_AT_ONCE, 0
        while left > 0:
            now = min(left, ROUNDS_PER_HOME)
            await play(tmp_path / f"家 {part}-{number}", launcher, f"{seed}/{part}/{number}", now, counts)
            left, number = left - now, number + 1
            print(f"{launcher}: {counts['rounds']} of {rounds} rounds, {time.monotonic() - began:.0f} s", flush=True)

    async with asyncio.TaskGroup() as homes:
        for part in range(HOMES_AT_ONCE):
            homes.create_task(share(part))
    print("\n".join(f"{count:>6} {what}" for what, count in sorted(counts.items())), flush=True)
    return counts


async def test_a_hundred_rounds_of_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    counts = await torture(tmp_path, ROUNDS)
    assert counts["rounds"] == ROUNDS
    assert counts["bots killed"] > ROUNDS / 3


@pytest.mark.campaign
async def test_a_campaign_of_kills_loses_and_doubles_nothing(tmp_path: Path) -> None:
    counts = await torture(tmp_path, int(os.environ.get("ROUNDS") or 2000))
    missed = [name for name in POINTS if name != "migration" and not counts[f"point: {name}"]]
    assert not missed or counts["rounds"] < 500


@pytest.mark.parametrize("name", POINTS)
def test_every_named_point_is_still_in_the_code(name: str) -> None:
    point = POINTS[name]
    assert code_of(point.function)
    assert not point.caller or code_of(point.caller)


def test_the_launchers_that_are_tortured_are_all_there_are() -> None:
    (choices,) = [field.annotation.__args__ for name, field in Settings.model_fields.items() if name == "sja_launcher"]
    assert set(choices) == {"auto", *LAUNCHERS}
