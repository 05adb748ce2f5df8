import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from echo_site import CLOCK, Connect, EchoBot

from jobs.cli.peer import Peer
from jobs.cli.qq import QQ

_SELF_IDS = itertools.count(10000)
"""An id is taken for a moment after its client has left, so every test has one of its own."""


@pytest.fixture(scope="module")
def echo_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EchoBot]:
    with EchoBot(tmp_path_factory.mktemp("echo")) as bot:
        yield bot


@pytest.fixture
def self_id() -> str:
    return str(next(_SELF_IDS))


@pytest.fixture
async def connect(self_id: str) -> AsyncIterator[Connect]:
    """`await connect(bot, token=…, as_string=…)`: a peer that is connected."""
    async with AsyncExitStack() as peers:

        async def connect(bot: EchoBot, *, as_string: bool = False, **options: Any) -> Peer:
            qq = QQ(self_id, CLOCK, as_string=as_string)
            peer = await peers.enter_async_context(Peer(bot.url, qq, CLOCK, **options))
            await bot.lets_in(peer)
            return peer

        yield connect
