"""R5: a client that drops the connection, repeats events, loses answers and says 1200 of what it has delivered; a bot
that is killed now and then. Commands act once, notifications are told: in order, once where the client can show what
its chats have seen, else twice at most, the copy marked.

`make drops ROUNDS=20000` is the campaign; `SEED=…` brings one family of rounds back.
"""

import asyncio
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from drops_bugs_site import BUGS
from drops_drawing_site import FAULTS, History, draw
from drops_judging_site import Record, counted, judge
from drops_playing_site import Stage

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")

ROUNDS: Final = 500
ROUNDS_FOR_A_BUG: Final = 30
ROUNDS_BETWEEN_RESTARTS: Final = 160
CLIENTS: Final = 80
BUGS_EVERY_TIME: Final = ("no message is known again", "unknown is taken for sent", "a copy without its mark")
"""Each starts a bot; the others are planted in campaigns."""
_MEMORY: Final = Path("/dev/shm")


@pytest.fixture
def directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="sja-drops-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None))
    yield directory
    shutil.rmtree(directory)


async def played(stage: Stage, family: str, rounds: int, between_restarts: int) -> list[Record]:
    """All rounds, many at once, the bot killed each time so many are over. Asked last of all, what came late counts."""
    began, over = time.monotonic(), list[Callable[[], Record]]()
    tasks = {asyncio.create_task(stage.play(draw(f"{family}/{number}"))) for number in range(1, rounds + 1)}
    while tasks:
        done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        before, now = len(over), len(over) + len(done)
        over += [task.result() for task in done]
        if tasks and now // between_restarts > before // between_restarts:
            await stage.restart()
        if now // 500 > before // 500:
            print(f"{now} rounds, {time.monotonic() - began:.0f} s", flush=True)
    return [record() for record in over]


async def campaign(directory: Path, family: str, rounds: int) -> Counter[str]:
    print(f"\nSEED={family}", flush=True)
    async with Stage(directory, CLIENTS) as stage:
        records = await played(stage, family, rounds, ROUNDS_BETWEEN_RESTARTS)
        restarts = stage.restarts
    if wrong := {record.case.seed: (judge(record), record) for record in records if judge(record)}:
        told = [f"{seed!r}: {sentences}" for seed, (sentences, _) in wrong.items()]
        pytest.fail("\n".join([*told, "", *told_of(next(iter(wrong.values()))[1])]), pytrace=False)
    counts = sum(map(counted, records), Counter[str]()) + Counter({"restarts of the bot": restarts})
    print("\n".join(f"{count:>7} {what}" for what, count in sorted(counts.items())), flush=True)
    return counts


def told_of(record: Record) -> list[str]:
    return [str(record.case), str(record.treated), str(record.rows), f"restarts: {record.restarts}", *record.said]


def lacking(counts: Counter[str]) -> list[str]:
    wanted = [f"send {manner.name.lower()}" for manner in FAULTS]
    kinds, each = ("urgent", "ordinary"), list(History)
    wanted += [f"{kind} ones that arrived once, history {history}" for kind in kinds for history in each]
    wanted += [f"{kind} ones that arrived twice, history {History.NONE}" for kind in kinds]
    return [what for what in (*wanted, "digests", "restarts of the bot", "rounds in private") if not counts[what]]


async def test_five_hundred_rounds_of_an_unreliable_client(directory: Path) -> None:
    assert not lacking(await campaign(directory, "default", ROUNDS))


@pytest.mark.campaign
async def test_a_campaign_of_an_unreliable_client(directory: Path) -> None:
    family, rounds = os.environ.get("SEED") or secrets.token_hex(4), int(os.environ.get("ROUNDS") or 20_000)
    assert not lacking(await campaign(directory, family, rounds))


@pytest.mark.parametrize(
    "name", [name if name in BUGS_EVERY_TIME else pytest.param(name, marks=pytest.mark.campaign) for name in BUGS]
)
async def test_each_planted_bug_is_caught(directory: Path, name: str) -> None:
    bug = BUGS[name]
    rounds = ROUNDS_FOR_A_BUG * (2 if bug.restarts else 1)
    async with Stage(directory, rounds // 2, planted=name) as stage:
        records = await played(stage, "planted", rounds, rounds // 3 if bug.restarts else rounds)
    wrong = [sentence for record in records for sentence in judge(record)]
    assert [sentence for sentence in wrong if re.search(bug.seen, sentence)], wrong
