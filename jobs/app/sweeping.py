"""The daily sweep: what `!清理任务` does, at a quiet hour."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from jobs.app.chores import Loop
from jobs.engine import Engine
from jobs.models.cleaning import cleaning_in_words
from jobs.models.ids import JobId
from jobs.models.people import OPERATOR
from jobs.models.regret import WITHIN
from jobs.ports.administrators import Administrators
from jobs.ports.clock import Clock
from jobs.ports.logs import Logs
from jobs.ports.store import Store

_log = logging.getLogger("sja")

_QUIET_HOUR: Final = 4
_SWEEP_EVERY: Final = timedelta(days=1)
_SWEEP_LOOK_SECONDS: Final = 600.0
"""A machine that slept, or whose clock was set, is noticed within this time."""
_SWEPT: Final = "swept.at"
_LOGS_LOOK_SECONDS: Final = 60.0
_LOOKED_BACK: Final = 3 * WITHIN
"""What a bot that was away for longer leaves behind goes with the daily sweep."""
_DELETIONS: Final = frozenset({"job.deleted", "job.delete_requested"})
_DELETIONS_READ: Final = 2000


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


def forget_logs(store: Store, logs: Logs, clock: Clock) -> Loop:
    """Removes the logs of deleted jobs once nobody can take the deletion back any more."""
    removed: set[JobId] = set()

    async def forget_logs() -> None:
        while True:
            for job_id in _forgettable(store, clock.now(), removed):
                await asyncio.to_thread(_remove, logs, job_id)
                removed.add(job_id)
            await asyncio.sleep(_LOGS_LOOK_SECONDS)

    return forget_logs


def _forgettable(store: Store, now: datetime, removed: set[JobId]) -> list[JobId]:
    acts = store.history.acts(now - _LOOKED_BACK, _DELETIONS_READ)
    lately = {one.job_id for one in acts if one.type in _DELETIONS}
    removed &= lately
    jobs = (store.jobs.even_deleted(job_id) for job_id in lately - removed)
    return [job.id for job in jobs if job and job.deleted_at and now - job.deleted_at > WITHIN]


def _remove(logs: Logs, job_id: JobId) -> None:
    try:
        logs.remove(job_id)
    except OSError:
        # The deletion is a fact; a file that stays behind is the operator's business.
        _log.exception("the log of job %s cannot be removed", job_id)


def next_sweep_at(last: datetime, zone: ZoneInfo) -> datetime:
    """The first four o'clock in the morning after `last`, 24 hours after it at the latest. Aware, UTC."""
    day = last.astimezone(zone)
    quiet = day.replace(hour=_QUIET_HOUR, minute=0, second=0, microsecond=0, fold=0)
    if quiet <= day:
        quiet = (quiet + timedelta(days=1)).replace(fold=0)
    return min(quiet.astimezone(UTC), last + _SWEEP_EVERY)
