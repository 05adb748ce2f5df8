"""Wires the engine of a bot and keeps its loops going."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from jobs.alarm import Alarm
from jobs.app.beside import check_default_preset, rules_of
from jobs.app.chores import keep_going, launching, standing_chores
from jobs.app.conditions import Conditions
from jobs.app.sweeping import sweep
from jobs.app.venues import Venues, wire_bookkeeper, wire_venues
from jobs.app.wiring import wire_engine, wire_launcher, wire_overseer, wire_scheduler, wire_supervisor
from jobs.bell import LoopBell
from jobs.clock import SystemClock
from jobs.config import Settings
from jobs.engine import Board, ChatBook, Engine
from jobs.kinds import all_kinds
from jobs.logs import FileLogs
from jobs.models.errors import Refusal
from jobs.models.venue import Preset
from jobs.outbox import Outbox
from jobs.ports.administrators import Administrators
from jobs.ports.clock import Clock
from jobs.ports.notifier import Notifier
from jobs.ports.store import Conversations, StoreUnavailable
from jobs.rope import DistantBell
from jobs.store.mirror import write_mirror
from jobs.store.opening import open_store
from jobs.store.store import SqliteStore
from jobs.supervisor.limits import allow_many_descriptors, forbid_cores
from jobs.supervisor.locks import Hold, hold_home, holder_pid
from jobs.supervisor.usage import best_meter
from jobs.templates import TemplateBook
from jobs.venues import presets_of

_log = logging.getLogger("sja")


class AlreadyRunning(Refusal):
    """Another bot holds this home."""


class Bot:
    """A running engine, as the chat front sees it."""

    def __init__(
        self,
        *,
        engine: Engine,
        board: Board,
        chats: ChatBook,
        venues: Venues,
        settings: Settings,
        presets: Sequence[Preset],
        conversations: Conversations,
        clock: Clock,
        findings: tuple[str, ...],
        close: Callable[[], Awaitable[None]],
        connected: Callable[[], None],
        said: Callable[[Sequence[str]], None],
    ) -> None:
        self.engine = engine
        self.board = board
        self.chats = chats
        """What chats have settled for themselves."""
        self.accounts = venues.accounts
        self.logins = venues.logins
        self.counter = venues.counter
        self.settings = settings
        self.presets = presets
        self.rules = rules_of(settings, presets)
        self.templates = TemplateBook(settings.sja_home, _log.warning)
        """What routines may run."""
        self.conversations = conversations
        self.clock = clock
        self.findings = findings
        """Sentences for the administrators: what was mended, set aside or imported at the start."""
        self.close = close
        """Stops the loops; what runs goes on running."""
        self.connected = connected
        """A chat came online: the outbox looks again."""
        self.said = said
        """A reply has said what these notifications (their dedupe keys) say."""


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
    forbid_cores()
    opened.callback(_held(home).release)
    store, findings = _store(home, clock, opened)
    bell = await _bell(home, opened)
    logs, presets = FileLogs(home / "jobs", settings.sja_timezone), presets_of(settings.sja_provider)
    check_default_preset(settings, presets)
    launcher = wire_launcher(settings)
    opened.push_async_callback(launcher.close)
    supervisor = wire_supervisor(settings, store, clock, bell, logs, launcher, alarm)
    overseer = wire_overseer(settings, store, clock, bell, logs)
    conditions = Conditions(home=home, store=store, clock=clock, bell=bell, alarm=alarm)
    scheduler = wire_scheduler(store, clock, bell, supervisor)
    outbox = Outbox(store=store, notifier=notifier, clock=clock, bell=bell, listening=bell)
    venues, bookkeeper = _venues(settings, store, clock, opened), wire_bookkeeper(settings, store, clock, bell)
    board = Board(store=store, logs=logs, meter=best_meter(clock), kinds=all_kinds(), presets=presets, clock=clock)
    engine = wire_engine(settings, store, clock, bell, logs, launcher, supervisor)

    await supervisor.recover_lost()
    chores = [launching(launcher, alarm), sweep(engine, store, clock, settings.sja_timezone, alarm)]
    chores += standing_chores(settings, clock, bell, alarm)
    offices = {"supervisor": supervisor.run, "outbox": outbox.run, "scheduler": scheduler.run}
    offices |= {"overseer": overseer.run, "conditions": conditions.run, "bookkeeper": bookkeeper.run}
    offices |= {chore.__name__: chore for chore in chores}
    opened.push_async_callback(keep_going(offices, clock, conditions))
    opened.push_async_callback(supervisor.drain)
    return Bot(
        engine=engine,
        board=board,
        chats=ChatBook(store, clock),
        venues=venues,
        settings=settings,
        presets=presets,
        conversations=store.conversations,
        clock=clock,
        findings=findings,
        close=opened.pop_all().aclose,
        connected=outbox.hasten,
        said=outbox.said,
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


async def _bell(home: Path, opened: AsyncExitStack) -> LoopBell:
    bell = LoopBell(home)
    opened.callback(bell.close)
    await bell.open()
    return bell


def _venues(settings: Settings, store: SqliteStore, clock: Clock, opened: AsyncExitStack) -> Venues:
    """Threads ring, too: by the rope, as other processes do."""
    rope = DistantBell(settings.sja_home)
    opened.callback(rope.close)
    venues = wire_venues(settings, store, clock, rope)
    opened.callback(venues.close)
    return venues


def _despite_the_disk(write: Callable[[], None]) -> None:
    """What cannot be written at the end (a full disk, a home that was deleted) must not hold up the end."""
    try:
        write()
    except (OSError, StoreUnavailable):
        _log.exception("not everything could be written at the end; the next start looks closer")
