"""Wires the engine of a bot and keeps its loops going."""

import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import msgspec

from jobs.alarm import Alarm
from jobs.app.beside import check_default_preset, limits_of, min_interval, rules_of
from jobs.app.chores import keep_going, launching, standing_chores
from jobs.app.conditions import Conditions
from jobs.app.housekeeping import wire_housekeeping
from jobs.app.run import Handover
from jobs.app.sweeping import sweep
from jobs.bell import LoopBell
from jobs.clock import SystemClock
from jobs.config import Settings, SettingsError
from jobs.engine import Board, Engine
from jobs.kinds import all_kinds
from jobs.logs import FileLogs
from jobs.models.errors import Refusal
from jobs.models.job import Job
from jobs.models.restarts import NEVER
from jobs.models.run import Run
from jobs.models.venue import Preset
from jobs.outbox import Outbox
from jobs.ports.administrators import Administrators
from jobs.ports.clock import Clock
from jobs.ports.launcher import Launcher
from jobs.ports.notifier import Notifier
from jobs.ports.store import Conversations, Store, StoreUnavailable
from jobs.scheduler import Scheduler
from jobs.store.mirror import write_mirror
from jobs.store.opening import open_store
from jobs.store.store import SqliteStore
from jobs.supervisor.exits import ExitLog
from jobs.supervisor.limits import allow_many_descriptors
from jobs.supervisor.locks import Hold, hold_home, holder_pid
from jobs.supervisor.loop import Supervisor
from jobs.supervisor.overseer import Overseer
from jobs.supervisor.portable import PortableLauncher
from jobs.supervisor.settling import Settling
from jobs.supervisor.usage import best_meter
from jobs.supervisor.warden.frames import sockets_work_in
from jobs.supervisor.warden.launcher import WardenLauncher
from jobs.supervisor.watch import best_watcher
from jobs.venues import ProviderConfig, presets_of

_log = logging.getLogger("sja")

WORKER: Final = (sys.executable, "-P", "-m", "jobs.worker")
WARDEN: Final = (sys.executable, "-P", "-m", "jobs.warden")


class AlreadyRunning(Refusal):
    """Another bot holds this home."""


class Bot:
    """A running engine, as the chat front sees it."""

    def __init__(
        self,
        *,
        engine: Engine,
        board: Board,
        settings: Settings,
        presets: Sequence[Preset],
        conversations: Conversations,
        clock: Clock,
        findings: tuple[str, ...],
        close: Callable[[], Awaitable[None]],
        connected: Callable[[], None],
    ) -> None:
        self.engine = engine
        self.board = board
        self.settings = settings
        self.presets = presets
        self.rules = rules_of(settings, presets)
        self.conversations = conversations
        self.clock = clock
        self.findings = findings
        """Sentences for the administrators: what was mended, set aside or imported at the start."""
        self.close = close
        """Stops the loops; what runs goes on running."""
        self.connected = connected
        """A chat came online: the outbox looks again."""


async def start_bot(settings: Settings, notifier: Notifier, administrators: Administrators) -> Bot:
    """Starts the engine: one bot per home, the store mended, living runs adopted, then the loops.

    Raises `AlreadyRunning`, and `StoreUnavailable` when the home cannot be used; then everything is as it was.
    """
    async with AsyncExitStack() as opened:
        return await _open(settings, notifier, administrators, opened)


async def _open(settings: Settings, notifier: Notifier, administrators: Administrators, opened: AsyncExitStack) -> Bot:
    """Every step leaves behind on `opened` how it is undone; `Bot.close` undoes all, last first."""
    home, clock = settings.sja_home, SystemClock()
    alarm = Alarm(administrators, clock)
    allow_many_descriptors()
    opened.callback(_held(home).release)
    store, findings = _store(home, clock, opened)
    bell = LoopBell(home)
    opened.callback(bell.close)
    await bell.open()

    logs, presets = FileLogs(home / "jobs", settings.sja_timezone), presets_of(settings.sja_provider)
    check_default_preset(settings, presets)
    launcher = wire_launcher(settings)
    opened.push_async_callback(launcher.close)
    supervisor = wire_supervisor(settings, store, clock, bell, logs, launcher, alarm)
    overseer = wire_overseer(settings, store, clock, bell, logs)
    conditions = Conditions(home=home, store=store, clock=clock, bell=bell, alarm=alarm)
    scheduler = Scheduler(store=store, dispatcher=supervisor, clock=clock, bell=bell)
    outbox = Outbox(store=store, notifier=notifier, clock=clock, bell=bell, listening=bell)
    board = Board(store=store, logs=logs, meter=best_meter(clock), kinds=all_kinds(), presets=presets, clock=clock)
    engine = Engine(
        store=store,
        dispatcher=supervisor,
        clock=clock,
        logs=logs,
        bell=bell,
        housekeeping=wire_housekeeping(settings, store, clock, launcher),
        limits=limits_of(settings),
    )

    await supervisor.recover_lost()
    chores = [launching(launcher, alarm), sweep(engine, store, clock, settings.sja_timezone, alarm)]
    chores += standing_chores(settings, clock, bell, alarm)
    offices = {"supervisor": supervisor.run, "outbox": outbox.run, "scheduler": scheduler.run}
    offices |= {"overseer": overseer.run, "conditions": conditions.run}
    offices |= {chore.__name__: chore for chore in chores}
    opened.push_async_callback(keep_going(offices, clock, conditions))
    opened.push_async_callback(supervisor.drain)
    return Bot(
        engine=engine,
        board=board,
        settings=settings,
        presets=presets,
        conversations=store.conversations,
        clock=clock,
        findings=findings,
        close=opened.pop_all().aclose,
        connected=outbox.hasten,
    )


def _held(home: Path) -> Hold:
    try:
        hold = hold_home(home)
    except OSError as error:
        raise StoreUnavailable(f"SJA_HOME={home} 用不了（{error.strerror}），请检查目录和权限", repr(error)) from error
    if hold is None:
        raise AlreadyRunning(f"这个目录已有一个机器人在运行（进程 {holder_pid(home)}）：{home}")
    return hold


def _store(home: Path, clock: Clock, opened: AsyncExitStack) -> tuple[SqliteStore, tuple[str, ...]]:
    found = open_store(home, clock)
    opened.callback(_despite_the_disk, found.store.close)
    opened.callback(_despite_the_disk, lambda: write_mirror(found.store, home))
    return found.store, found.findings


def _despite_the_disk(write: Callable[[], None]) -> None:
    """What cannot be written at the end (a full disk, a home that was deleted) must not hold up the end."""
    try:
        write()
    except (OSError, StoreUnavailable):
        _log.exception("not everything could be written at the end; the next start looks closer")


def wire_launcher(settings: Settings) -> Launcher:
    """Who starts and keeps the runs on this machine. Raises `SettingsError` where the one that was asked for cannot."""
    home, wanted = settings.sja_home, settings.sja_launcher
    if wanted == "warden" and sys.platform != "linux":
        raise SettingsError("SJA_LAUNCHER=warden 只能在 Linux 上使用，请改成 auto 或 portable")
    if wanted == "warden" or (wanted == "auto" and sys.platform == "linux" and sockets_work_in(home)):
        return WardenLauncher(home, WARDEN, os.environ, best_watcher())
    return PortableLauncher(home, WORKER, os.environ, best_watcher())


def wire_supervisor(
    settings: Settings,
    store: Store,
    clock: Clock,
    bell: LoopBell,
    logs: FileLogs,
    launcher: Launcher,
    administrators: Administrators,
) -> Supervisor:
    """The supervisor of this machine."""
    home = settings.sja_home
    policies = {name: kind.restart for name, kind in all_kinds().items()}
    settling = Settling(
        store=store,
        exits=ExitLog(home / "exits.log"),
        launcher=launcher,
        logs=logs,
        clock=clock,
        bell=bell,
        policy_of=lambda kind: policies.get(kind, NEVER),
    )

    async def payload_of(job: Job, run: Run) -> bytes:
        return msgspec.json.encode(handover(settings, job, run))

    return Supervisor(
        store=store,
        launcher=launcher,
        settling=settling,
        clock=clock,
        bell=bell,
        listening=bell,
        payload_of=payload_of,
        administrators=administrators,
        max_running=settings.sja_max_running,
        grace_seconds=settings.sja_stop_grace_seconds,
    )


def handover(settings: Settings, job: Job, run: Run) -> Handover:
    """What the process of a run is told."""
    home = str(settings.sja_home)
    provider = ProviderConfig(name=settings.sja_provider, base_url=settings.sja_sjtu_base_url, home=home)
    return Handover(
        home=home,
        job_id=job.id,
        run_id=run.id,
        epoch=run.epoch,
        zone=settings.sja_timezone,
        min_interval_seconds=min_interval(settings),
        provider=provider,
    )


def wire_overseer(settings: Settings, store: Store, clock: Clock, bell: LoopBell, logs: FileLogs) -> Overseer:
    """Who looks after the runs that live."""
    return Overseer(
        store=store,
        meter=best_meter(clock),
        logs=logs,
        clock=clock,
        bell=bell,
        limit_mib=settings.sja_run_max_mb,
    )
