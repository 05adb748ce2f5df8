"""The daily sweep: what `!清理任务` does, at a quiet hour."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from jobs.app.chores import Loop
from jobs.engine import Engine
from jobs.models.cleaning import cleaning_in_words
from jobs.models.people import OPERATOR
from jobs.ports.administrators import Administrators
from jobs.ports.clock import Clock
from jobs.ports.store import Store

_log = logging.getLogger("sja")

_QUIET_HOUR: Final = 4
_SWEEP_EVERY: Final = timedelta(days=1)
_SWEEP_LOOK_SECONDS: Final = 600.0
"""A machine that slept, or whose clock was set, is noticed within this time."""
_SWEPT: Final = "swept.at"


def sweep(engine: Engine, store: Store, clock: Clock, zone: str, administrators: Administrators) -> Loop:
    """Cleans once a day, at a quiet hour; the store remembers when, so that restarts neither skip nor repeat it."""

    async def sweep() -> None:
        if store.meta(_SWEPT) is None:
            store.set_meta(_SWEPT, clock.now().isoformat())
        while True:
            last = datetime.fromisoformat(store.meta(_SWEPT) or "")
            wait = next_sweep_at(last, ZoneInfo(zone)) - clock.now()
            # Longer than a day: the clock was set back since.
            if timedelta(0) < wait <= _SWEEP_EVERY:
                await asyncio.sleep(min(wait.total_seconds(), _SWEEP_LOOK_SECONDS))
                continue
            cleaning = await engine.clean(OPERATOR)
            store.set_meta(_SWEPT, clock.now().isoformat())
            told = "，".join(cleaning_in_words(cleaning))
            _log.info("the daily sweep: %s", told or "nothing to do")
            if cleaning.orphans or cleaning.mended:
                administrators.tell("sweep", f"每日清理：{told}")

    return sweep


def next_sweep_at(last: datetime, zone: ZoneInfo) -> datetime:
    """The first four o'clock in the morning after `last`, 24 hours after it at the latest. Aware, UTC."""
    day = last.astimezone(zone)
    quiet = day.replace(hour=_QUIET_HOUR, minute=0, second=0, microsecond=0, fold=0)
    if quiet <= day:
        quiet = (quiet + timedelta(days=1)).replace(fold=0)
    return min(quiet.astimezone(UTC), last + _SWEEP_EVERY)
