"""Tells chats what was written for them: at least once, and never twice but when the first answer was lost."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from jobs.models.people import Chat
from jobs.ports.bell import Bell, Listening
from jobs.ports.clock import Clock
from jobs.ports.notifier import DeliveryOutcome, DeliveryReport, Notifier
from jobs.ports.store import Delivery, Store

_log = logging.getLogger("sja.outbox")

_TARGETS_AT_ONCE: Final = 1000
_LOOK_EVERY_SECONDS: Final = 5.0
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

    def said(self, dedupe_keys: Sequence[str]) -> None:
        """A reply has said what these notifications say: they go out no more."""
        self._store.deliveries.said(dedupe_keys, self._clock.now())
        self._bell.ring()

    def _hand_out(self) -> None:
        """Begins with the oldest open notification of every target that can be reached and is not being told."""
        for delivery in self._store.deliveries.due(self._clock.now(), _TARGETS_AT_ONCE):
            target = delivery.notification.target
            if target not in self._busy and self._notifier.reaches(target):
                task = asyncio.create_task(self._deliver(delivery))
                self._busy[target] = task
                task.add_done_callback(lambda task, target=target: self._finished(target, task))

    def _finished(self, target: Chat, task: asyncio.Task[None]) -> None:
        """Goes on with the target's next. An error here is the store's, or a defect."""
        self._busy.pop(target, None)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            _log.error("telling %s failed", target, exc_info=error)
        else:
            self._bell.ring()

    async def _deliver(self, delivery: Delivery) -> None:
        """One send and what became of it."""
        if delivery.uncertain >= _UNCERTAIN_AT_MOST:
            self._failed(delivery, None, "may have arrived twice already")
            return
        target = delivery.notification.target
        await self._notifier.turn(target)
        if not self._notifier.reaches(target):
            return  # It went offline meanwhile; nothing was begun.
        self._store.deliveries.begin([delivery.id], self._clock.now())
        report = await self._sent(delivery)
        if report.outcome is DeliveryOutcome.SENT:
            self._store.deliveries.done([delivery.id], report.message_id, self._clock.now())
            return
        _log.warning(
            "notification %s to %s: %s %s", delivery.id, delivery.notification.target, report.outcome, report.detail
        )
        self._note_failure(delivery, report)

    async def _sent(self, delivery: Delivery) -> DeliveryReport:
        try:
            return await self._notifier.send([delivery.notification], "（补发）" if delivery.uncertain else "")
        except Exception as defect:
            # A notification that nobody can render or address must not stand in front of its target's others for ever.
            _log.exception("notification %s cannot be sent", delivery.id)
            return DeliveryReport(outcome=DeliveryOutcome.REFUSED, detail=repr(defect))

    def _note_failure(self, delivery: Delivery, report: DeliveryReport) -> None:
        attempts = delivery.attempts + 1
        retry_at = self._clock.now() + min(_FIRST_RETRY * 2 ** min(attempts - 1, 10), _LONGEST_RETRY)
        match report.outcome:
            case DeliveryOutcome.UNCERTAIN:
                gives_up = delivery.uncertain + 1 >= _UNCERTAIN_AT_MOST
                self._failed(delivery, None if gives_up else retry_at, report.detail, uncertain=True)
            case DeliveryOutcome.REFUSED:
                self._failed(delivery, None if attempts >= _REFUSED_AT_MOST else retry_at, report.detail)
            case _:
                self._failed(delivery, retry_at, report.detail)

    def _failed(self, delivery: Delivery, retry_at: datetime | None, detail: str, *, uncertain: bool = False) -> None:
        self._store.deliveries.failed([delivery.id], retry_at, detail, uncertain=uncertain)
