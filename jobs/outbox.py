"""Tells chats what was written for them: at least once, and never twice but when the first answer was lost."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from jobs.models import manners
from jobs.models.change import Notification
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
_USUAL_ZONE: Final = ZoneInfo("Asia/Shanghai")
_LOOKED_THROUGH: Final = 200
"""What waits in a lane and is looked at to decide; more than flaps in an hour."""


class Outbox:
    """Delivers notifications, each lane's in the order they were written, a slow target never delaying another.

    What goes together, and what waits, is decided in `models.manners`. `zone`: of quiet hours. `pager_minutes`: after
    how long the pager is told of what nobody acknowledged; None: there is none.
    """

    def __init__(
        self,
        *,
        store: Store,
        notifier: Notifier,
        clock: Clock,
        bell: Bell,
        listening: Listening,
        zone: tzinfo = _USUAL_ZONE,
        pager_minutes: int | None = None,
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._clock = clock
        self._bell = bell
        self._listening = listening
        self._zone = zone
        self.pager_minutes = pager_minutes
        """What holds from now on."""
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
        """Begins with the head of every lane whose target can be reached and is not being told, urgent ones first."""
        for head in self._store.deliveries.due(self._clock.now(), _TARGETS_AT_ONCE):
            target = head.notification.target
            if target not in self._busy and self._notifier.reaches(target) and self._goes_now(head):
                task = asyncio.create_task(self._deliver(head))
                self._busy[target] = task
                task.add_done_callback(lambda task, target=target: self._finished(target, task))

    def _goes_now(self, head: Delivery) -> bool:
        """Whether anything of its lane does. A lane that is to wait is held."""
        match self._decided(head):
            case _, manners.Hold(until=until):
                self._store.deliveries.hold([head.id], until)
                return False
            case _, manners.Leave():
                return False
            case _:
                return True

    def _decided(self, head: Delivery) -> tuple[Sequence[Delivery], manners.Decision]:
        """What waits behind the head, itself first, and what is done about it now."""
        now = self._clock.now()
        lane = self._store.deliveries.together(head, now, 1 if head.notification.is_urgent else _LOOKED_THROUGH)
        if not lane:
            return lane, manners.Leave()  # A reply has said it meanwhile.
        notifications = tuple(one.notification for one in lane)
        since = now - manners.FLAPPING_WITHIN
        jobs = manners.jobs_that_may_flap(notifications)
        waiting = manners.Waiting(
            notifications=notifications,
            settings=self._store.chats.of(head.notification.target.place),
            told={job_id: self._store.deliveries.told_of(job_id, since) for job_id in jobs},
            is_begun=head.attempts > 0,
        )
        return lane, manners.decide(waiting, now, self._zone)

    def _finished(self, target: Chat, task: asyncio.Task[None]) -> None:
        """Goes on with the target's next. An error here is the store's, or a defect."""
        self._busy.pop(target, None)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            _log.error("telling %s failed", target, exc_info=error)
        else:
            self._bell.ring()

    async def _deliver(self, head: Delivery) -> None:
        """One send and what became of it."""
        if head.uncertain >= _UNCERTAIN_AT_MOST:
            self._failed([head], None, "may have arrived twice already")
            return
        target = head.notification.target
        await self._notifier.turn(target)
        if not self._notifier.reaches(target):
            return  # It went offline meanwhile; nothing was begun.
        # Asked again: more may have come while the chat's turn was waited for, or a reply has said it.
        lane, decision = self._decided(head)
        if isinstance(decision, manners.Send):
            deliveries = [lane[place] for place in decision.places]
            said = [self._as_said(lane[place].notification, place, decision) for place in decision.places]
            await self._send(deliveries, said)

    def _as_said(self, notification: Notification, place: int, decision: manners.Send) -> Notification:
        """With what the chat is to know besides: that it is the last for a while, that an answer is waited for."""
        if place in decision.announcing:
            return manners.announced(notification)
        settings = self._store.chats.of(notification.target.place)
        minutes = manners.escalates_after(notification, settings, self.pager_minutes)
        return notification if minutes is None else manners.to_acknowledge(notification, minutes)

    async def _send(self, deliveries: Sequence[Delivery], said: Sequence[Notification]) -> None:
        ids = [delivery.id for delivery in deliveries]
        self._store.deliveries.begin(ids, self._clock.now())
        report = await self._sent(deliveries, said)
        if report.outcome is DeliveryOutcome.SENT:
            self._store.deliveries.done(ids, report.message_id, self._clock.now())
            return
        _log.warning("notifications %s to %s: %s %s", ids, said[0].target, report.outcome, report.detail)
        self._note_failure(deliveries, report)

    async def _sent(self, deliveries: Sequence[Delivery], said: Sequence[Notification]) -> DeliveryReport:
        try:
            return await self._notifier.send(said, "（补发）" if deliveries[0].uncertain else "")
        except Exception as defect:
            # A notification that nobody can render or address must not stand in front of its target's others for ever.
            _log.exception("notifications %s cannot be sent", [delivery.id for delivery in deliveries])
            return DeliveryReport(outcome=DeliveryOutcome.REFUSED, detail=repr(defect))

    def _note_failure(self, deliveries: Sequence[Delivery], report: DeliveryReport) -> None:
        """What went together was begun equally often."""
        first = deliveries[0]
        attempts = first.attempts + 1
        retry_at = self._clock.now() + min(_FIRST_RETRY * 2 ** min(attempts - 1, 10), _LONGEST_RETRY)
        match report.outcome:
            case DeliveryOutcome.UNCERTAIN:
                gives_up = first.uncertain + 1 >= _UNCERTAIN_AT_MOST
                self._failed(deliveries, None if gives_up else retry_at, report.detail, uncertain=True)
            case DeliveryOutcome.REFUSED:
                self._failed(deliveries, None if attempts >= _REFUSED_AT_MOST else retry_at, report.detail)
            case _:
                # No try: a chat that was offline four times has refused nothing yet.
                ids = [one.id for one in deliveries]
                self._store.deliveries.failed(ids, retry_at, report.detail, uncertain=False, counts=False)

    def _failed(
        self, deliveries: Sequence[Delivery], retry_at: datetime | None, detail: str, *, uncertain: bool = False
    ) -> None:
        self._store.deliveries.failed([one.id for one in deliveries], retry_at, detail, uncertain=uncertain)
