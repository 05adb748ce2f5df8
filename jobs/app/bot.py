"""Wires the engine of a bot and keeps its loops going."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from jobs.app.beside import limits_of, rules_of
from jobs.app.run import Handover
from jobs.bell import LoopBell
from jobs.clock import SystemClock
from jobs.config import Settings
from jobs.engine import Board, Engine
from jobs.kinds import all_kinds
from jobs.logs import FileLogs
from jobs.models.errors import Refusal
from jobs.models.job import Job
from jobs.models.run import Run
from jobs.models.venue import Preset
from jobs.outbox import Outbox
from jobs.ports.clock import Clock
from jobs.ports.notifier import Notifier
from jobs.ports.store import Conversations, Store
from jobs.scheduler import Scheduler
from jobs.store.backups import backup, newest_first
from jobs.store.mirror import write_mirror
from jobs.store.opening import open_beside, open_store
from jobs.supervisor.exits import ExitLog
from jobs.supervisor.limits import allow_many_descriptors
from jobs.supervisor.locks import Hold, hold_home, holder_pid
from jobs.supervisor.loop import Supervisor
from jobs.supervisor.portable import PortableLauncher, worker_environment
from jobs.supervisor.settling import Settling
from jobs.supervisor.usage import ProcessMeter
from jobs.supervisor.watch import best_watcher
from jobs.venues import ProviderConfig, presets_of
from jobs.venues.demo.process import ensure

_log = logging.getLogger("sja")

WORKER: Final = (sys.executable, "-P", "-m", "jobs.worker")
DEMO_PLATFORM: Final = (sys.executable, "-P", "-m", "jobs", "demo-platform")

_LOOP_REST_SECONDS: Final = 1.0
"""Between the crash of a loop and its next try."""
_MIRROR_REST_SECONDS: Final = 1.0
_MIRROR_REST_RATIO: Final = 20
"""A twentieth of a core at most goes into the mirror, however many jobs there are."""
_BACKUP_EVERY: Final = timedelta(days=1)
_BACKUP_LOOK_SECONDS: Final = 3600.0
_DEMO_LOOK_SECONDS: Final = 5.0


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


async def start_bot(settings: Settings, notifier: Notifier) -> Bot:
    """Starts the engine: one bot per home, the store mended, living runs adopted, then the loops.

    Raises `AlreadyRunning`, and `StoreUnavailable` when the home cannot be used.
    """
    home = settings.sja_home
    hold = hold_home(home)
    if hold is None:
        raise AlreadyRunning(f"这个目录已有一个机器人在运行（进程 {holder_pid(home)}）：{home}")
    try:
        return await _start(settings, notifier, hold)
    except BaseException:
        hold.release()
        raise


async def _start(settings: Settings, notifier: Notifier, hold: Hold) -> Bot:
    home, clock = settings.sja_home, SystemClock()
    allow_many_descriptors()
    opened = open_store(home, clock)
    store = opened.store
    bell = LoopBell(home)
    await bell.open()
    logs = FileLogs(home / "jobs")
    supervisor = wire_supervisor(settings, store, clock, bell, logs)
    presets = presets_of(settings.sja_provider)
    engine = Engine(store=store, dispatcher=supervisor, clock=clock, logs=logs, bell=bell, limits=limits_of(settings))
    board = Board(store=store, logs=logs, meter=ProcessMeter(clock), kinds=all_kinds(), presets=presets, clock=clock)
    outbox = Outbox(store=store, notifier=notifier, clock=clock, bell=bell, listening=bell)
    await supervisor.recover_lost()
    loops = {
        "supervisor": supervisor.run,
        "outbox": outbox.run,
        "scheduler": Scheduler(store=store, dispatcher=supervisor, clock=clock, bell=bell).run,
        "mirror": lambda: _mirror(home, clock, bell),
        "backups": lambda: _back_up(home, clock),
    }
    if settings.sja_provider == "demo":
        loops["demo platform"] = lambda: _keep_demo_platform(settings)
    tasks = [asyncio.create_task(_keep(name, loop), name=name) for name, loop in loops.items()]

    async def close() -> None:
        await supervisor.drain()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        bell.close()
        write_mirror(store, home)
        store.close()
        hold.release()

    return Bot(
        engine=engine,
        board=board,
        settings=settings,
        presets=presets,
        conversations=store.conversations,
        clock=clock,
        findings=opened.findings,
        close=close,
        connected=outbox.hasten,
    )


def wire_supervisor(settings: Settings, store: Store, clock: Clock, bell: LoopBell, logs: FileLogs) -> Supervisor:
    """The supervisor of this machine, with the launcher that every platform has."""
    home = settings.sja_home
    watcher = best_watcher()
    launcher = PortableLauncher(home, WORKER, os.environ, watcher)
    settling = Settling(
        store=store, exits=ExitLog(home / "exits.log"), launcher=launcher, logs=logs, clock=clock, bell=bell
    )

    async def payload_of(job: Job, run: Run) -> bytes:
        logs.rotate(job.id, settings.sja_log_max_bytes, settings.sja_log_keep)
        return msgspec.json.encode(
            Handover(
                home=str(home),
                job_id=job.id,
                run_id=run.id,
                epoch=run.epoch,
                zone=settings.sja_timezone,
                provider=ProviderConfig(
                    name=settings.sja_provider, base_url=settings.sja_sjtu_base_url, home=str(home)
                ),
            )
        )

    return Supervisor(
        store=store,
        launcher=launcher,
        watcher=watcher,
        settling=settling,
        clock=clock,
        bell=bell,
        listening=bell,
        payload_of=payload_of,
        max_running=settings.sja_max_running,
        grace_seconds=settings.sja_stop_grace_seconds,
    )


async def _keep(name: str, loop: Callable[[], Awaitable[None]]) -> None:
    """Runs a loop for ever: one that fails says why in the log and begins again."""
    while True:
        try:
            await loop()
        except Exception:
            # Whatever it was, the other loops and the people must not suffer from it; it is in the log, whole.
            _log.exception("the %s loop failed and begins again", name)
        await asyncio.sleep(_LOOP_REST_SECONDS)


async def _mirror(home: Path, clock: Clock, bell: LoopBell) -> None:
    """Keeps `jobs.json` up to date in a thread; a large one takes seconds to write, so the rest grows with it."""
    ear = bell.listen()
    try:
        while True:
            began = clock.monotonic()
            await asyncio.to_thread(_write_mirror_beside, home, clock)
            took = clock.monotonic() - began
            await asyncio.sleep(max(_MIRROR_REST_SECONDS, _MIRROR_REST_RATIO * took))
            await ear.wait()
    finally:
        ear.close()


def _write_mirror_beside(home: Path, clock: Clock) -> None:
    store = open_beside(home, clock)
    try:
        write_mirror(store, home)
    finally:
        store.close()


async def _back_up(home: Path, clock: Clock) -> None:
    while True:
        await asyncio.to_thread(_back_up_beside, home, clock)
        await asyncio.sleep(_BACKUP_LOOK_SECONDS)


def _back_up_beside(home: Path, clock: Clock) -> None:
    """Once a day: seven restarts in an hour must not push last week's copies out."""
    newest = next(iter(newest_first(home / "backups")), None)
    if newest is not None and clock.now().timestamp() - newest.stat().st_mtime < _BACKUP_EVERY.total_seconds():
        return
    store = open_beside(home, clock)
    try:
        backup(store, home, clock.now())
    finally:
        store.close()


async def _keep_demo_platform(settings: Settings) -> None:
    while True:
        await asyncio.to_thread(
            ensure,
            settings.sja_home,
            seed=settings.sja_demo_seed,
            period_seconds=settings.sja_demo_period_seconds,
            command=DEMO_PLATFORM,
            environment=worker_environment(os.environ, settings.sja_home),
        )
        await asyncio.sleep(_DEMO_LOOK_SECONDS)
