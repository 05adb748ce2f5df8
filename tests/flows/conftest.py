from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from harness import Bot, StartBot


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "sja 家"


@pytest.fixture
async def start_bot(home: Path) -> AsyncIterator[StartBot]:
    """Starts bots with settings of the test's choice: `await start_bot(SUPERUSERS='["90001"]')`; all on one home."""
    async with AsyncExitStack() as bots:

        async def start(token: str = "", **settings: str) -> Bot:
            return await bots.enter_async_context(Bot(home, settings, token))

        yield start


@pytest.fixture
async def bot(start_bot: StartBot) -> Bot:
    return await start_bot()
