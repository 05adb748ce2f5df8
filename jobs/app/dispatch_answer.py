"""What the TaskDispatcher's verbs answer."""

import asyncio
from collections.abc import Generator
from typing import Final

from jobs.models.end import verdict
from jobs.models.ids import RunId
from jobs.models.run import Exit
from jobs.ports.store import Store

_LOOK_EVERY_SECONDS: Final = 0.2
_LONGEST_WAIT_SECONDS: Final = 1800.0
"""For a run that was asked for, as in the TaskDispatcher."""


class Answer:
    """What became of a verb: true where it was done. May be awaited or not: the TaskDispatcher's callers do both."""

    def __init__(self, is_done: bool, reason: str = "") -> None:
        self.is_done = is_done
        self.reason = reason
        """One Chinese sentence; empty where there is nothing to say."""

    def __bool__(self) -> bool:
        return self.is_done

    def __await__(self) -> Generator[None, None, "Answer"]:
        yield from ()
        return self

    def __repr__(self) -> str:
        return f"Answer({self.is_done}, {self.reason!r})"


async def end_of(store: Store, run_id: RunId) -> Answer:
    """How a run ended, as soon as it has; after half an hour, that it has not."""
    try:
        async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
            while not store.runs.is_over(run_id):  # noqa: ASYNC110 - it is a process that is waited for
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
    except TimeoutError:
        return Answer(False, "半小时内没有结束，它还在继续运行")
    run = store.runs.get(run_id)
    return Answer(*verdict(run, run.exit or Exit())) if run else Answer(False, "没有运行")
