"""Threads for what people ask: few, and apart from those that the engine itself needs."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

AT_MOST: Final = 8
"""Questions that are asked at the same time; one person asks one at a time."""

T = TypeVar("T")


class Threads:
    """Implements `ports.threads.InThread`."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=AT_MOST, thread_name_prefix=f"sja-{name}")

    async def __call__(self, work: Callable[[], T], /) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """What has not begun never does."""
        self._pool.shutdown(wait=False, cancel_futures=True)
