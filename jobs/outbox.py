"""Tells chats what was written for them: at least once, and never twice but when the first answer was lost."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from jobs.models import manners
from jobs.models.change import Notification
from jobs.models.people import PAGER, Chat
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
_LOOKED_FOR_AT_MOST: Final = 8
"""Sends of what its chat's history does not show: then that history shows too little, or the chat takes nothing."""
_COPY: Final = "（补发）"
_PAGED_FOR: Final = timedelta(days=1)
"""A page that is older helps nobody; as long as what is urgent is minded at all."""
_USUAL_ZONE: Final = ZoneInfo("Asia/Shanghai")
_LOOKED_THROUGH: Final = 500
"""What waits in a lane and is looked at to decide: what a job tells that changes each minute of a night."""
_DECIDES_FOR_SECONDS: Final = 0.02
"""At one go; then others have their turn."""


class Outbox:
    """Delivers notifications, each lane's in the order they were written, a slow target never delaying another.

    What goes together, and what waits, is decided in `models.manners`. `zone`: of quiet hours. `pager_minutes`: after
    how long the pager is told of what nobody acknowledged; None: there is none. `paged` hears how each page ends:
    whether it arrived, or was given up.
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
        paged: Callable[[bool], object] = bool,
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._clock = clock
        self._bell = bell
        self._listening = listening
        self._zone = zone
        self.pager_minutes = pager_minutes
        """What holds from now on."""
        self._paged = paged
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
        until = self._clock.monotonic() + _DECIDES_FOR_SECONDS
        for head in self._store.deliveries.due(self._clock.now(), _TARGETS_AT_ONCE):
            target = head.notification.target
            if target in self._busy or not self._notifier.reaches(target):
                continue
            if self._clock.monotonic() > until:
                self._bell.ring()
                return
            if self._goes_now(head):
                task = asyncio.create_task(self._deliver(head))
                self._busy[target] = task
                task.add_done_callback(lambda task, target=target: self._finished(target, task))

    def _goes_now(self, head: Delivery) -> bool:
        """Whether anything of its lane does. What is to wait is held, and what stands behind it looked at next."""
        lane, decision = self._decided(head)
        if isinstance(decision, manners.Hold):
            for until in set(decision.until.values()):
                ids = [lane[place].id for place, held in decision.until.items() if held == until]
                self._store.deliveries.hold(ids, until)
            self._bell.ring()
        return isinstance(decision, manners.Send)

    def _decided(self, head: Delivery) -> tuple[Sequence[Delivery], manners.Decision | None]:
        """What waits behind the head, itself first, and what is done about it now; None: it waits no more."""
        now = self._clock.now()
        lane = self._store.deliveries.together(head, now, 1 if head.notification.is_urgent else _LOOKED_THROUGH)
        if not lane:
            return lane, None  # A reply has said it meanwhile.
        notifications = tuple(one.notification for one in lane)
        since = now - manners.FLAPPING_WITHIN
        told_of = self._store.deliveries.told_of
        waiting = manners.Waiting(
            notifications=notifications,
            settings=self._store.chats.of(head.notification.target.place),
            told={
                job_id: told_of(job_id, manners.ALTERNATING, since)
                for job_id in manners.jobs_that_may_flap(notifications)
            },
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
        if head.notification.target == PAGER and self._age(head) >= _PAGED_FOR:
            self._failed([head], None, "nobody could be paged for a day")
            return
        if head.uncertain and not await self._goes_again(head):
            return
        target = head.notification.target
        await self._notifier.turn(target)
        if not self._notifier.reaches(target):
            return  # It went offline meanwhile; nothing was begun.
        # Asked again: more may have come while the chat's turn was waited for, or a reply has said it.
        lane, decision = self._decided(head)
        if isinstance(decision, manners.Send):
            lines = [[lane[place] for place in line] for line in decision.lines]
            said = [self._as_said(line, decision, number) for number, line in enumerate(lines)]
            await self._send(lines, said, _COPY if head.uncertain else "")

    async def _goes_again(self, head: Delivery) -> bool:
        """Whether one is sent again that may have arrived: not where its chat shows it, or as often as may be."""
        found, now = await self._looked_for(head), self._clock.now()
        lane = self._store.deliveries.together(head, now, _LOOKED_THROUGH)
        same = [one for one in lane if one.begun_at == head.begun_at]
        if not same:
            return False  # Somebody has acknowledged it meanwhile.
        ids = [one.id for one in same]
        match found.outcome:
            case DeliveryOutcome.SENT:
                self._store.deliveries.done(ids, found.message_id, now)
                return False
            case DeliveryOutcome.REFUSED if head.attempts < _LOOKED_FOR_AT_MOST:
                self._store.deliveries.absent(ids)
                return True
            case DeliveryOutcome.UNCERTAIN if head.uncertain < _UNCERTAIN_AT_MOST:
                return True
            case DeliveryOutcome.UNCERTAIN if not self._notifier.reaches(head.notification.target):
                return False  # It went offline meanwhile, and is looked for when it is back.
            case _:
                self._failed(same, None, "may have arrived twice already")
                return False

    async def _looked_for(self, head: Delivery) -> DeliveryReport:
        assert head.begun_at is not None
        lane, decision = self._decided(head)
        first = decision.lines[0] if isinstance(decision, manners.Send) else (0,)
        said = manners.summed_up([lane[place].notification for place in first]) if lane else head.notification
        try:
            return await self._notifier.look_for(said, head.begun_at)
        except Exception as defect:
            _log.exception("notification %s cannot be looked for", head.id)
            return DeliveryReport(outcome=DeliveryOutcome.UNCERTAIN, detail=repr(defect))

    def _as_said(self, line: Sequence[Delivery], decision: manners.Send, number: int) -> Notification:
        """With what the chat is to know besides: that it is the last for a while, that an answer is waited for."""
        notification = manners.summed_up([one.notification for one in line])
        if number in decision.announcing:
            return manners.announced(notification)
        settings = self._store.chats.of(notification.target.place)
        minutes = manners.escalates_after(notification, settings, self.pager_minutes)
        return notification if minutes is None else manners.to_acknowledge(notification, minutes)

    async def _send(self, lines: Sequence[Sequence[Delivery]], said: Sequence[Notification], tag: str) -> None:
        ids = [delivery.id for line in lines for delivery in line]
        self._store.deliveries.begin(ids, self._clock.now())
        report = await self._sent(ids, said, tag)
        if report.outcome is DeliveryOutcome.SENT:
            self._store.deliveries.done(ids, report.message_id, self._clock.now())
            if said[0].target == PAGER:
                self._paged(True)
            return
        _log.warning("notifications %s to %s: %s %s", ids, said[0].target, report.outcome, report.detail)
        self._note_failure(lines, report)

    async def _sent(self, ids: Sequence[int], said: Sequence[Notification], tag: str) -> DeliveryReport:
        try:
            return await self._notifier.send(said, tag)
        except Exception as defect:
            # A notification that nobody can render or address must not stand in front of its target's others for ever.
            _log.exception("notifications %s cannot be sent", ids)
            return DeliveryReport(outcome=DeliveryOutcome.REFUSED, detail=repr(defect))

    def _note_failure(self, lines: Sequence[Sequence[Delivery]], report: DeliveryReport) -> None:
        """What went together was begun equally often, and goes together again, but where it was refused: one of its
        lines may be what the chat does not take."""
        attempts = lines[0][0].attempts + 1
        everything = [one for line in lines for one in line]
        retry_at = self._clock.now() + min(_FIRST_RETRY * 2 ** min(attempts - 1, 10), _LONGEST_RETRY)
        match report.outcome:
            case DeliveryOutcome.UNCERTAIN:
                # Whether it goes again is asked then: by that time its chat may show it.
                self._failed(everything, retry_at, report.detail, uncertain=True)
            case DeliveryOutcome.REFUSED:
                for line in lines:
                    self._failed(line, None if attempts >= _REFUSED_AT_MOST else retry_at, report.detail)
            case _:
                # No try: a chat that was offline four times has refused nothing yet.
                if everything[0].notification.target == PAGER:
                    # It never says that it is back, so it is asked again when it has waited for as long once more.
                    retry_at = self._clock.now() + min(max(self._age(everything[0]), _FIRST_RETRY), _LONGEST_RETRY)
                ids = [one.id for one in everything]
                self._store.deliveries.failed(ids, retry_at, report.detail, uncertain=False, counts=False)

    def _age(self, delivery: Delivery) -> timedelta:
        return self._clock.now() - delivery.notification.created_at

    def _failed(
        self, deliveries: Sequence[Delivery], retry_at: datetime | None, detail: str, *, uncertain: bool = False
    ) -> None:
        self._store.deliveries.failed([one.id for one in deliveries], retry_at, detail, uncertain=uncertain)
        if retry_at is None and deliveries[0].notification.target == PAGER:
            self._paged(False)
