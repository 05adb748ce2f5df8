"""Tells chats what was written for them: at least once, and never twice but when the first answer was lost."""

import asyncio
import logging
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from jobs.models.people import Chat
from jobs.ports.bell import Bell, Listening
from jobs.ports.clock import Clock
from jobs.ports.notifier import DeliveryOutcome, DeliveryReport, Notifier
from jobs.ports.store import Delivery, Store

_log = logging.getLogger("sja.outbox")

_AT_ONCE: Final = 100
_LOOK_EVERY_SECONDS: Final = 5.0
_OFFLINE_RETRY: Final = timedelta(seconds=30)
"""A chat that comes online rings the bell; this is for the ring that got lost."""
_FIRST_RETRY: Final = timedelta(seconds=5)
_LONGEST_RETRY: Final = timedelta(minutes=10)
_REFUSED_AT_MOST: Final = 5
"""A platform that says no five times (removed from the group, muted) will not say yes."""
_UNCERTAIN_AT_MOST: Final = 2
"""An uncertain send is repeated once, with a visible tag: at most two copies."""


class Outbox:
    """Delivers notifications, each target's in the order they were written, a slow target never delaying another."""

    def __init__(self, *, store: Store, notifier: Notifier, clock: Clock, bell: Bell, listening: Listening) -> None:
        self._store = store
        self._notifier = notifier
        self._clock = clock
        self._bell = bell
        self._listening = listening
        self._busy: dict[Chat, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Delivers for ever; cancel to stop (a send in progress is then uncertain)."""
        ear = self._listening.listen()
        try:
            while True:
                self._hand_out()
                await ear.wait(_LOOK_EVERY_SECONDS)
        finally:
            ear.close()
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    def hasten(self) -> None:
        """A chat came online: what waited for it is due now."""
        self._store.deliveries.hasten()
        self._bell.ring()

    def _hand_out(self) -> None:
        by_target: dict[Chat, list[Delivery]] = defaultdict(list)
        for delivery in self._store.deliveries.due(self._clock.now(), _AT_ONCE):
            by_target[delivery.notification.target].append(delivery)
        for target, deliveries in by_target.items():
            if target in self._busy:
                continue
            if not self._notifier.reaches(target):
                self._postpone(deliveries)
                continue
            task = asyncio.create_task(self._deliver_in_order(deliveries))
            self._busy[target] = task
            task.add_done_callback(lambda task, target=target: self._finished(target, task))

    def _postpone(self, deliveries: list[Delivery]) -> None:
        """Makes room for others: what cannot be sent now must not fill every look."""
        for delivery in deliveries:
            self._failed(delivery, self._clock.now() + _OFFLINE_RETRY, "offline")

    async def _deliver_in_order(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            if not await self._deliver(delivery):
                return

    def _finished(self, target: Chat, task: asyncio.Task[None]) -> None:
        """More may have been written for the target meanwhile. A failure here is the store's, or a defect."""
        self._busy.pop(target, None)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            _log.error("telling %s failed", target, exc_info=error)
        else:
            self._bell.ring()

    async def _deliver(self, delivery: Delivery) -> bool:
        """One send and what became of it. False: leave this target for now."""
        self._store.deliveries.begin(delivery.id, self._clock.now())
        tag = "（补发）" if delivery.uncertain else ""
        report = await self._notifier.send(delivery.notification, tag)
        return self._settle(delivery, report)

    def _settle(self, delivery: Delivery, report: DeliveryReport) -> bool:
        now = self._clock.now()
        attempts = delivery.attempts + 1
        backoff = min(_FIRST_RETRY * 2 ** min(attempts - 1, 10), _LONGEST_RETRY)
        match report.outcome:
            case DeliveryOutcome.SENT:
                self._store.deliveries.done(delivery.id, report.message_id, now)
                return True
            case DeliveryOutcome.OFFLINE:
                self._failed(delivery, now + _OFFLINE_RETRY, report.detail)
                return False
            case DeliveryOutcome.REFUSED:
                gives_up = attempts >= _REFUSED_AT_MOST
                self._failed(delivery, None if gives_up else now + backoff, report.detail)
            case DeliveryOutcome.UNCERTAIN:
                gives_up = delivery.uncertain + 1 >= _UNCERTAIN_AT_MOST
                self._failed(delivery, None if gives_up else now + backoff, report.detail, uncertain=True)
        _log.warning(
            "notification %s to %s: %s %s", delivery.id, delivery.notification.target, report.outcome, report.detail
        )
        return False

    def _failed(self, delivery: Delivery, retry_at: datetime | None, detail: str, *, uncertain: bool = False) -> None:
        self._store.deliveries.failed(delivery.id, retry_at, detail, uncertain=uncertain)
