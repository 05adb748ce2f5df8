"""Makes the parts of an engine: who starts runs, supervises, schedules and oversees them."""

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from typing import Final

import msgspec

from jobs.app.beside import limits_of, min_interval
from jobs.app.housekeeping import wire_housekeeping
from jobs.app.live import Live
from jobs.app.platform import allowance, provider_config
from jobs.app.run import Handover
from jobs.bell import LoopBell
from jobs.config import Settings, SettingsError
from jobs.engine import Board, Engine
from jobs.kinds import all_kinds, conduct_of
from jobs.logs import FileLogs
from jobs.models.job import Job
from jobs.models.run import Run
from jobs.models.templates import Templates
from jobs.models.venue import Preset
from jobs.ports.administrators import Administrators
from jobs.ports.clock import Clock
from jobs.ports.dispatcher import Dispatcher
from jobs.ports.launcher import Launcher
from jobs.ports.store import Store
from jobs.scheduler import ApschedulerClockwork, Scheduler
from jobs.store.opening import open_for_run
from jobs.supervisor.exits import ExitLog
from jobs.supervisor.loop import Supervisor
from jobs.supervisor.overseer import Overseer
from jobs.supervisor.portable import PortableLauncher
from jobs.supervisor.settling import Settling
from jobs.supervisor.usage import best_meter
from jobs.supervisor.warden.frames import sockets_work_in
from jobs.supervisor.warden.launcher import WardenLauncher
from jobs.supervisor.watch import best_watcher
from jobs.templates import TemplateBook

WORKER: Final = (sys.executable, "-P", "-m", "jobs.worker")
WARDEN: Final = (sys.executable, "-P", "-m", "jobs.warden")


def wire_launcher(settings: Settings) -> Launcher:
    """Who starts and keeps the runs on this machine. Raises `SettingsError` where the one that was asked for cannot."""
    home, wanted = settings.sja_home, settings.sja_launcher
    if wanted == "warden" and sys.platform != "linux":
        raise SettingsError("SJA_LAUNCHER=warden 只能在 Linux 上使用，请改成 auto 或 portable")
    if wanted == "warden" or (wanted == "auto" and sys.platform == "linux" and sockets_work_in(home)):
        return WardenLauncher(home, WARDEN, os.environ, best_watcher())
    return PortableLauncher(home, WORKER, os.environ, best_watcher())


def wire_supervisor(
    live: Live,
    store: Store,
    clock: Clock,
    bell: LoopBell,
    logs: FileLogs,
    launcher: Launcher,
    administrators: Administrators,
    templates: TemplateBook,
) -> Supervisor:
    """The supervisor of this machine. `templates`: what runs are handed of them."""
    settings = live.settings
    home = settings.sja_home
    settling = Settling(
        store=store,
        exits=ExitLog(home / "exits.log"),
        launcher=launcher,
        logs=logs,
        clock=clock,
        bell=bell,
        conduct_of=conduct_of,
    )

    async def payload_of(job: Job, run: Run) -> bytes:
        return msgspec.json.encode(handover(live.settings, live.presets, templates, job, run))

    supervisor = Supervisor(
        store=store,
        launcher=launcher,
        settling=settling,
        clock=clock,
        bell=bell,
        listening=bell,
        payload_of=payload_of,
        administrators=administrators,
        max_running=settings.sja_max_running,
        max_locks=settings.sja_max_accounts_running,
        grace_seconds=settings.sja_stop_grace_seconds,
    )

    def keep_to_limits() -> None:
        now = live.settings
        supervisor.limit(now.sja_max_running, now.sja_max_accounts_running, now.sja_stop_grace_seconds)

    live.follow(keep_to_limits)
    return supervisor


def wire_board(live: Live, store: Store, clock: Clock, logs: FileLogs) -> Board:
    """What people see."""
    return Board(
        store=store,
        logs=logs,
        meter=best_meter(clock),
        kinds=all_kinds(),
        presets=live.presets_view,
        clock=clock,
        aside=lambda: closing(open_for_run(live.settings.sja_home)),
    )


def wire_engine(
    live: Live,
    store: Store,
    clock: Clock,
    bell: LoopBell,
    logs: FileLogs,
    launcher: Launcher,
    dispatcher: Dispatcher,
) -> Engine:
    """What people may do to jobs."""
    engine = Engine(
        store=store,
        dispatcher=dispatcher,
        clock=clock,
        logs=logs,
        bell=bell,
        housekeeping=wire_housekeeping(lambda: live.settings, store, clock, launcher),
        limits=limits_of(live.settings),
    )

    def keep_to_limits() -> None:
        engine.limits = limits_of(live.settings)

    live.follow(keep_to_limits)
    return engine


def wire_scheduler(store: Store, clock: Clock, bell: LoopBell, dispatcher: Dispatcher) -> Scheduler:
    """Who wakes when a job is due."""
    return Scheduler(
        store=store,
        dispatcher=dispatcher,
        clock=clock,
        bell=bell,
        clockwork=ApschedulerClockwork(),
        conduct_of=conduct_of,
        longest_lead=max(kind.conduct.lead for kind in all_kinds().values()),
    )


def handover(settings: Settings, presets: Sequence[Preset], templates: TemplateBook, job: Job, run: Run) -> Handover:
    """What the process of a run is told."""
    home, conduct = str(settings.sja_home), conduct_of(job.kind)
    return Handover(
        home=home,
        job_id=job.id,
        run_id=run.id,
        epoch=run.epoch,
        zone=settings.sja_timezone,
        min_interval_seconds=min_interval(settings),
        grace_seconds=settings.sja_stop_grace_seconds,
        armed=run.scheduled_at is not None and conduct.lead_seconds > 0,
        late_seconds_at_most=(job.punctuality or conduct.punctuality).grace.total_seconds(),
        provider=provider_config(settings, presets),
        requests_per_minute=allowance(settings),
        templates=_template_of(job, templates),
    )


def _template_of(job: Job, templates: TemplateBook) -> Templates | None:
    """The one it names, as this bot knows it: from before, where what is written now cannot be used."""
    name = job.config.get("template")
    known = templates.templates().known.get(name) if isinstance(name, str) else None
    return None if known is None else Templates(known={known.name: known})


def wire_overseer(live: Live, store: Store, clock: Clock, bell: LoopBell, logs: FileLogs) -> Overseer:
    """Who looks after the runs that live."""
    overseer = Overseer(
        store=store,
        meter=best_meter(clock),
        logs=logs,
        clock=clock,
        bell=bell,
        limit_mib=live.settings.sja_run_max_mb,
    )
    live.follow(lambda: overseer.limit(live.settings.sja_run_max_mb))
    return overseer
