"""Tells the superusers, in private, through whichever account of the bot is connected."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final

import nonebot
from nonebot.log import logger

from jobs import Chat, DeliveryOutcome
from plugins._onebot.delivery import deliver

UNTOLD_AT_MOST: Final = 20
"""Sentences kept for each superuser while no account is connected; the oldest go first."""
_ARRIVED: Final = (DeliveryOutcome.SENT, DeliveryOutcome.UNCERTAIN)
"""What may have arrived is not repeated: the log has it too."""


class Superusers:
    """Implements `jobs.ports.administrators.Administrators`. Use inside a running event loop.

    `names` as in `SUPERUSERS`; those that are no QQ numbers are passed over.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names: set[str] = set()
        """Who they are now: the same set, whatever becomes of it."""
        self._untold: dict[str, deque[str]] = {}
        self.become(names)
        self._telling: asyncio.Task[None] | None = None
        self._anew = False
        """More came while some were being told."""

    def become(self, names: Iterable[str]) -> None:
        """From now on these are the superusers; what others have not been told yet is dropped."""
        named = set(names)
        self.names.clear()
        self.names.update(named)
        numbers = sorted({name.removeprefix("onebot:") for name in named})
        self._untold = {
            number: self._untold.get(number) or deque(maxlen=UNTOLD_AT_MOST) for number in numbers if number.isdecimal()
        }

    def tell(self, topic: str, sentence: str) -> None:  # noqa: ARG002 - the engine's alarm tells topics apart
        for waiting in self._untold.values():
            waiting.append(sentence)
        self.connected()

    def connected(self) -> None:
        """An account may have come online: whoever has not been told yet is told now."""
        self._anew = True
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_all())

    async def close(self) -> None:
        """Gives up what is being sent."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _tell_all(self) -> None:
        while self._anew:
            self._anew = False
            for number, waiting in self._untold.items():
                await self._tell_what_waits(number, waiting)

    async def _tell_what_waits(self, number: str, waiting: deque[str]) -> None:
        told = list(waiting)
        waiting.clear()
        if told and not await self._tell(number, "⚠️ " + "\n".join(told)):
            newer = list(waiting)
            waiting.clear()
            waiting.extend([*told, *newer])

    async def _tell(self, number: str, text: str) -> bool:
        """Tries one account after the other. False: none was there to ask; a refusal by all of them is final."""
        was_refused = False
        for self_id in sorted(nonebot.get_bots()):
            report = await deliver(Chat(self_id=self_id, type="private", peer_id=number), text)
            if report.outcome in _ARRIVED:
                return True
            was_refused |= report.outcome is DeliveryOutcome.REFUSED
            logger.warning(f"superuser {number} was not told by {self_id}: {report.outcome} {report.detail}")
        return was_refused
