"""The office that tells somebody else what is urgent and nobody acknowledges, or never arrives: a second person, then
the pager."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from jobs.config import Settings
from jobs.engine.receipts import Receipts
from jobs.models.change import Change
from jobs.models.escalating import Arrival, Unheeded, escalations, fact_key
from jobs.paging import pager_trouble
from jobs.ports.bell import Bell
from jobs.ports.clock import Clock
from jobs.ports.store import Conflict, Store, StoreUnavailable

_log = logging.getLogger("sja.escalation")

_ROUND_SECONDS: Final = 10.0
"""One question to the store, mostly answered with nothing; it is told so much later at most."""


class Escalation:
    """Each is told once: what was written is known by its dedupe key, before and after a restart."""

    def __init__(
        self, *, store: Store, receipts: Receipts, clock: Clock, bell: Bell, pager_after: timedelta | None
    ) -> None:
        self._store = store
        self._receipts = receipts
        self._clock = clock
        self._bell = bell
        self._pager_after = pager_after
        """None: there is no pager."""

    def page_after(self, minutes: int | None) -> None:
        """From now on; None: there is no pager."""
        self._pager_after = None if minutes is None else timedelta(minutes=minutes)

    async def run(self) -> None:
        """Looks for ever; cancel to stop."""
        while True:
            try:
                self.round()
            except StoreUnavailable as trouble:
                _log.warning("%s", trouble)
            await asyncio.sleep(_ROUND_SECONDS)

    def round(self) -> None:
        """Writes what is due now. A conflict is another writer's; the next round looks again."""
        now, store = self._clock.now(), self._store
        # Two chats may be told one fact, and name one person: by their keys they are told it once.
        due = {
            notification.dedupe_key: notification
            for one in self._unheeded()
            for notification in escalations(one, self._pager_after, now)
        }
        told = [notification for key, notification in due.items() if store.deliveries.has_arrived(key) is None]
        if not told:
            return
        try:
            store.apply(Change(notifications=tuple(told)))
        except Conflict as conflict:
            _log.info("%s: looked at again", conflict)
            return
        self._bell.ring()

    def _unheeded(self) -> Iterator[Unheeded]:
        """What waits. A fact that one of its chats has confirmed has arrived."""
        waiting = self._receipts.waiting()
        arrived = {fact_key(one.notification) for one in waiting if one.arrival is Arrival.CONFIRMED}
        for one in waiting:
            has_arrived = fact_key(one.notification) in arrived
            yield Unheeded(
                notification=one.notification,
                told_at=one.told_at,
                settings=self._store.chats.of(one.notification.target.place),
                arrival=Arrival.CONFIRMED if has_arrived else one.arrival,
                is_given_up=one.is_given_up and not has_arrived,
            )


def pager_minutes(settings: Settings) -> int | None:
    """After how long the pager is told of what nobody acknowledged; None: there is none."""
    return settings.sja_escalation_minutes if settings.sja_escalation_url.get_secret_value() else None


def wire_escalation(
    settings: Settings, store: Store, clock: Clock, bell: Bell
) -> tuple[Receipts, Escalation, tuple[str, ...]]:
    """Who notes that people have taken note, the office that minds it, and what keeps the pager from working."""
    receipts, minutes = Receipts(store, clock, bell), pager_minutes(settings)
    pager_after = None if minutes is None else timedelta(minutes=minutes)
    office = Escalation(store=store, receipts=receipts, clock=clock, bell=bell, pager_after=pager_after)
    trouble = pager_trouble(settings.sja_escalation_url.get_secret_value())
    return receipts, office, () if trouble is None else (f"{trouble[0]}：{trouble[1]}",)
