"""Benchmarks: each prints ours, a peer's and the ratio, measured side by side; none asserts a time."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

# The stage of the flow tests is ours too: the real bot as a process, and the QQ side that talks to it.
sys.path.append(str(Path(__file__).resolve().parents[1] / "flows"))


@pytest.fixture
async def stage() -> AsyncIterator[AsyncExitStack]:
    """Whatever a benchmark starts is entered here, and gone when it ends."""
    async with AsyncExitStack() as stage:
        yield stage
