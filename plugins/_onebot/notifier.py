"""Delivers the engine's notifications to QQ chats."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from jobs import Chat, DeliveryOutcome, DeliveryReport, Notification
from plugins._onebot.delivery import deliver, is_online
from plugins._replies.notices import notice

GAP_SECONDS: Final = 1.0
"""Between two notifications to one chat; QQ's risk control dislikes bursts."""
_TARGETS_REMEMBERED: Final = 1000


class OneBotNotifier:
    """Implements `jobs.ports.notifier.Notifier`. The first notification to a quiet chat leaves at once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._free_at: dict[Chat, float] = {}

    def reaches(self, target: Chat) -> bool:
        return is_online(target)

    async def turn(self, target: Chat) -> None:
        """See `Notifier.turn`; callers of one chat go one after the other."""
        now = time.monotonic()
        if len(self._free_at) >= _TARGETS_REMEMBERED:
            self._free_at = {known: at for known, at in self._free_at.items() if at > now}
        begins = max(now, self._free_at.get(target, now))
        self._free_at[target] = begins + GAP_SECONDS
        await asyncio.sleep(begins - now)

    async def send(self, notifications: Sequence[Notification], tag: str) -> DeliveryReport:
        target = notifications[0].target
        if not is_online(target):
            return DeliveryReport(outcome=DeliveryOutcome.OFFLINE)
        return await deliver(target, "\n".join(notice(one, self._zone, tag) for one in notifications))
