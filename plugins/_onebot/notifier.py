"""Delivers the engine's notifications to QQ chats, and to the operator's pager."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from jobs import Chat, DeliveryOutcome, DeliveryReport, Notification, Pager, SystemClock, mentions_of
from plugins._onebot.courier import Courier
from plugins._onebot.delivery import is_online
from plugins._onebot.history import History
from plugins._onebot.long_text import deliver_text
from plugins._replies.digests import message, tells
from plugins._replies.notices import unheard
from plugins._replies.pages import TEXT_WIDTH

GAP_SECONDS: Final = 1.0
"""Between two notifications to one chat where no courier paces them; QQ's risk control dislikes bursts."""
_PAGER: Final = "apprise"
_CLOCKS_DIFFER: Final = timedelta(seconds=3)
"""The platform's time is in whole seconds, and nobody's clock is exact."""
_UNKNOWN: Final = DeliveryReport(outcome=DeliveryOutcome.UNCERTAIN)


class OneBotNotifier:
    """Implements `jobs.ports.notifier.Notifier`. The first notification to a quiet chat leaves at once.

    `courier`: shared with the replies, so that both keep one pace. `now`: what time it is when a message leaves, as
    it says “in five minutes”; None: by the machine's clock. `listens`: whether what is said in a chat is heard;
    None: it is everywhere.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        courier: Courier | None = None,
        pager: Pager | None = None,
        now: Callable[[], datetime] | None = None,
        listens: Callable[[Chat], bool] | None = None,
    ) -> None:
        self._zone = zone
        self._courier = courier or Courier(lambda: GAP_SECONDS)
        self._pager = pager or Pager("")
        self._now = now or SystemClock().now
        self._history = History(self._now)
        self._listens = listens or _everywhere

    def reaches(self, target: Chat) -> bool:
        return self._pager.is_set if target.platform == _PAGER else is_online(target)

    async def turn(self, target: Chat) -> None:
        """See `Notifier.turn`; callers of one chat go one after the other."""
        await self._courier.notice_turn(target)

    async def send(self, notifications: Sequence[Notification], tag: str) -> DeliveryReport:
        target = notifications[0].target
        if not self.reaches(target):
            return DeliveryReport(outcome=DeliveryOutcome.OFFLINE)
        if not self._listens(target):
            notifications = [unheard(one) for one in notifications]
        text = message(notifications, self._zone, tag, self._now())
        if target.platform == _PAGER:
            title, _, _ = text.partition("\n")
            return await self._pager.page(title, text)
        return await deliver_text(target, text, mentions=mentions_of(notifications))

    async def look_for(self, notification: Notification, since: datetime) -> DeliveryReport:
        """See `Notifier.look_for`. That it is not there is believed only of a history that shows anything of ours."""
        if not self._listens(notification.target):
            notification = unheard(notification)
        is_plain = len(message([notification], self._zone, "", since)) <= TEXT_WIDTH
        shown = await self._history.latest(notification.target) if is_plain and self._is_chat(notification) else None
        if shown is None or not shown.said:
            return _UNKNOWN
        same = [one for one in shown.said if tells(one.text, notification, self._zone, since)]
        begun = since - _CLOCKS_DIFFER
        for one in same:
            if one.at >= begun:
                return DeliveryReport(outcome=DeliveryOutcome.SENT, message_id=one.message_id)
        is_covered = shown.since is None or shown.since < begun
        # What was said before may be the same in the platform's time.
        return _UNKNOWN if same or not is_covered else DeliveryReport(outcome=DeliveryOutcome.REFUSED)

    def _is_chat(self, notification: Notification) -> bool:
        return notification.target.platform != _PAGER


def _everywhere(_: Chat) -> bool:
    return True
