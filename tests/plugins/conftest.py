"""One real bot for all tests here; every test talks to it through a QQ account, and so in chats, of its own."""

import itertools
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "flows"))

from front_site import SUPERUSER, Place
from harness import Bot, sweep

_SELF_IDS = itertools.count(10001)


@pytest.fixture(scope="session")
def running_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    bot = Bot(
        tmp_path_factory.mktemp("front") / "home",
        {"SUPERUSERS": f'["{SUPERUSER}"]', "SJA_STOP_GRACE_SECONDS": "2", "SJA_DEMO_SEED": "7"},
    )
    bot.start()
    yield bot
    sweep(bot.home)


@pytest.fixture
async def place(running_bot: Bot, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """Parametrised with True: the client hands messages out as text with CQ codes."""
    async with Place(running_bot, str(next(_SELF_IDS)), as_string=getattr(request, "param", False)) as place:
        yield place


@pytest.fixture
async def other_place(running_bot: Bot) -> AsyncIterator[Place]:
    """Another account's client."""
    async with Place(running_bot, str(next(_SELF_IDS))) as place:
        yield place
