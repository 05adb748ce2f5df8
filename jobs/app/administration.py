"""What superusers ask of the whole bot, and settle for it."""

import asyncio
import os
from contextlib import closing
from datetime import timedelta
from typing import Final

from msgspec import Struct

from jobs.app.conditions import Conditions
from jobs.app.doctor import Diagnosis, examine, wants_warden
from jobs.app.doctor_settings import look_at_pager, names_ignored, outranked
from jobs.app.findings import Finding
from jobs.app.live import Live, Reloaded
from jobs.app.status import SystemStatus, measure, stored, version_now
from jobs.engine import deeds, job_acted_on
from jobs.models.audit import Audit
from jobs.models.change import Change, Inbound
from jobs.models.deeds import Deed
from jobs.models.errors import Refusal
from jobs.models.ids import UserId
from jobs.models.people import Actor
from jobs.ports.clock import Clock
from jobs.ports.store import Store
from jobs.store.backups import KEPT, back_up_by_hand
from jobs.store.opening import open_for_run
from jobs.store.restoring import BackupFile, describe, list_backups
from jobs.supervisor.usage import best_meter
from jobs.templates import TemplateBook

_AUDITED: Final = timedelta(days=3650)
"""As far back as there is anything: the store keeps acts for the retention."""


class BackedUp(Struct, frozen=True, kw_only=True):
    """A backup that was just made and has passed its check; `backups`: how many there are now. Of those made by
    themselves `kept` stay."""

    file: BackupFile
    backups: int
    kept: int


class Administration:
    """Who may ask is the caller's to check. What takes long is done in threads."""

    def __init__(self, live: Live, store: Store, clock: Clock, conditions: Conditions, templates: TemplateBook) -> None:
        self._live = live
        self._store = store
        self._clock = clock
        self._conditions = conditions
        self._templates = templates
        self._meter = best_meter(clock)
        self._began = clock.monotonic()
        self._backing_up = False

    async def status(self) -> SystemStatus:
        """How everything is doing."""
        settings, facts = self._live.settings, stored(self._store)
        return SystemStatus(
            version=version_now(),
            pid=os.getpid(),
            uptime_seconds=self._clock.monotonic() - self._began,
            wants_warden=wants_warden(settings),
            max_running=settings.sja_max_running,
            stored=facts,
            measured=await asyncio.to_thread(measure, settings.sja_home, facts.workers, self._meter),
            jumped=self._conditions.jumped,
        )

    async def diagnosis(self) -> Diagnosis:
        """As `sja doctor`. Raises `Refusal` where the settings as they stand written cannot be read."""
        values = await asyncio.to_thread(self._live.values)
        return await asyncio.to_thread(examine, self._live.settings, self._clock, values)

    async def reload(self, actor: Actor, inbound: Inbound | None = None) -> Reloaded:
        """Reads settings and presets anew, and lets them hold. Raises `Refusal` where anything is wrong with them: then
        everything stays as it was. Raises `DuplicateInbound`."""

        def agree(found: Reloaded) -> None:
            names = [change.name for change in (*found.changed, *found.later)]
            names += [f"预设 {number}" for number in found.presets]
            self._audit(actor, "settings.reloaded", "、".join(names) or "没有变化", inbound)

        try:
            return await self._live.reload(agree)
        except Refusal as wrong:
            raise Refusal(f"没有重载，一切照旧：{wrong.sentence}") from wrong

    async def complaints(self) -> tuple[str, ...]:
        """What stands written and has no effect all the same: unknown settings, those that the environment goes
        before, an address that no pager knows, templates that are wrong."""
        found = await asyncio.to_thread(self._without_effect)
        return (*(f"{each.what}，{each.fix}" for each in found), *self._templates.templates().refused.values())

    async def back_up(self, actor: Actor, inbound: Inbound | None = None) -> BackedUp:
        """Copies the store now. One at a time; raises `Refusal` while another is being made, and `StoreUnavailable`."""
        if self._backing_up:
            raise Refusal("正在备份，请等它做完（几秒钟），结果会发给开始它的人")
        self._backing_up = True
        try:
            home = self._live.settings.sja_home
            path = await asyncio.to_thread(back_up_by_hand, home, self._clock.now(), None)
            file = await asyncio.to_thread(describe, path)
            self._audit(actor, "backup.made", path.name, inbound)
            return BackedUp(file=file, backups=len(await asyncio.to_thread(list_backups, home)), kept=KEPT)
        finally:
            self._backing_up = False

    async def deeds(self, limit: int, *, person: UserId | None = None, number: int | None = None) -> list[Deed]:
        """Who did what when, latest first: all, or those of a person, or those on the job of that number. Raises
        `NotFound` where nothing was done to such a job."""
        since, actor = self._clock.now() - _AUDITED, None if person is None else f"qq:{person}"

        def read() -> list[Deed]:
            with closing(open_for_run(self._live.settings.sja_home)) as store:
                job = job_acted_on(store, since, number) if number is not None else None
                return deeds(store, since, limit, actor=actor, job_id=None if job is None else job.id)

        return await asyncio.to_thread(read)

    # -- inside -------------------------------------------------------------------------------------------------------
    def _without_effect(self) -> list[Finding]:
        values = self._live.values()
        return [*names_ignored(values), *outranked(values.outranked), *look_at_pager(self._live.settings)]

    def _audit(self, actor: Actor, act: str, subject: str, inbound: Inbound | None) -> None:
        audit = Audit(at=self._clock.now(), actor=actor.label, act=act, subject=subject)
        self._store.apply(Change(audits=(audit,)).answering(inbound))
