"""One real bot, and clients of every dialect in both formats."""

import itertools
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "flows"))

from client_site import Client
from dialect_site import DIALECTS
from harness import Bot, sweep

_SELF_IDS = itertools.count(11001)


@pytest.fixture(scope="module")
def spoken_to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    bot = Bot(tmp_path_factory.mktemp("clients") / "home", {"SJA_STOP_GRACE_SECONDS": "2", "SJA_DEMO_SEED": "7"})
    bot.start()
    yield bot
    sweep(bot.home)


@pytest.fixture(
    params=[(d, as_string) for d in DIALECTS for as_string in (False, True)],
    ids=lambda p: f"{p[0].name}-{'string' if p[1] else 'array'}",
)
async def client(spoken_to: Bot, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    dialect, as_string = request.param
    async with Client(spoken_to, dialect, next(_SELF_IDS), as_string=as_string) as client:
        yield client
