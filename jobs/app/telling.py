"""Wires who tells people what happened: the outbox, who notes that they heard, and who tells somebody else."""

from zoneinfo import ZoneInfo

from msgspec import Struct

from jobs.app.escalation import Escalation, pager_minutes, wire_escalation
from jobs.app.live import Live
from jobs.bell import LoopBell
from jobs.engine.receipts import Receipts
from jobs.outbox import Outbox
from jobs.ports.clock import Clock
from jobs.ports.notifier import Notifier
from jobs.ports.store import Store


class TellingOffices(Struct, frozen=True):
    """`troubles`: what keeps the pager from working, in sentences."""

    outbox: Outbox
    receipts: Receipts
    escalation: Escalation
    troubles: tuple[str, ...]


def wire_telling(live: Live, store: Store, notifier: Notifier, clock: Clock, bell: LoopBell) -> TellingOffices:
    """Who tells whom; the pager as the settings have it at any time."""
    settings = live.settings
    outbox = Outbox(
        store=store,
        notifier=notifier,
        clock=clock,
        bell=bell,
        listening=bell,
        zone=ZoneInfo(settings.sja_timezone),
        pager_minutes=pager_minutes(settings),
    )
    receipts, escalation, troubles = wire_escalation(settings, store, clock, bell)

    def keep_to_pager() -> None:
        outbox.pager_minutes = pager_minutes(live.settings)
        escalation.page_after(outbox.pager_minutes)

    live.follow(keep_to_pager)
    return TellingOffices(outbox, receipts, escalation, troubles)
