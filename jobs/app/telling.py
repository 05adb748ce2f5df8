"""Wires who tells people what happened: the outbox, who notes that they heard, and who tells somebody else."""

from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from jobs.alarm import Alarm
from jobs.app.escalation import Escalation, pager_minutes, wire_escalation
from jobs.app.live import Live
from jobs.bell import LoopBell
from jobs.engine.receipts import Receipts
from jobs.outbox import Outbox
from jobs.ports.clock import Clock
from jobs.ports.notifier import Notifier
from jobs.ports.store import Store

_LOST: Final = "没人确认的紧急通知发不到 SJA_ESCALATION_URL：请检查那个地址和它的服务，并直接看看群里有没有要处理的事"


class TellingOffices(Struct, frozen=True):
    """`troubles`: what keeps the pager from working, in sentences."""

    outbox: Outbox
    receipts: Receipts
    escalation: Escalation
    troubles: tuple[str, ...]


def wire_telling(
    live: Live, store: Store, notifier: Notifier, clock: Clock, bell: LoopBell, alarm: Alarm
) -> TellingOffices:
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
        paged=partial(_how_paging_goes, alarm),
    )
    receipts, escalation, troubles = wire_escalation(settings, store, clock, bell)

    def keep_to_pager() -> None:
        outbox.pager_minutes = pager_minutes(live.settings)
        escalation.page_after(outbox.pager_minutes)

    live.follow(keep_to_pager)
    return TellingOffices(outbox, receipts, escalation, troubles)


def _how_paging_goes(alarm: Alarm, arrived: bool) -> None:
    if arrived:
        alarm.over("pager", "紧急通知又发得到 SJA_ESCALATION_URL 了")
    else:
        alarm.tell("pager", _LOST)
