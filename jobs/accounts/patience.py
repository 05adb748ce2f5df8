"""How long the platform is asked, and what is said when it does not answer."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from jobs.models.accounts import Account
from jobs.models.errors import Refusal
from jobs.ports.provider import Remedy, VenueError
from jobs.ports.threads import InThread

WAITS_SECONDS: Final = (0.5, 2.0)
"""Before the second and the third try of a question that changes nothing."""
LONGEST_WAIT_SECONDS: Final = 10.0
"""A platform that asks for more patience than a person has is told of at once."""

T = TypeVar("T")


async def patiently(
    question: Callable[[], T], in_thread: InThread, waits_seconds: Sequence[float] = WAITS_SECONDS
) -> T:
    """Asks what changes nothing, in a thread, and a few times where waiting helps. May raise any `VenueError`."""
    for wait_seconds in waits_seconds:
        try:
            return await in_thread(question)
        except VenueError as error:
            wanted = error.retry_after_seconds
            if error.remedy is not Remedy.WAIT or wanted is None or wanted > LONGEST_WAIT_SECONDS:
                raise
            await asyncio.sleep(max(wait_seconds, wanted) if wait_seconds else 0)
    return await in_thread(question)


def later(account: Account, error: VenueError, before: str = "") -> Refusal:
    """The platform is in trouble. `before`: what there was to say first."""
    said = f"{before}；" if before else ""
    return Refusal(f"{said}{error.sentence.rstrip('。')}，过一会儿再发送 !登录 {account.nickname}")
