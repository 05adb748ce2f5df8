"""Wires the engine of a bot and keeps its loops going."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from jobs.alarm import Alarm
from jobs.app.administration import Administration
from jobs.app.beside import check_default_preset
from jobs.app.chores import keep_going, launching, standing_chores
from jobs.app.conditions import Conditions
from jobs.app.live import Live, Values
from jobs.app.presets import presets_or_own
from jobs.app.sweeping import forget_logs, sweep
from jobs.app.telling import wire_telling
from jobs.app.venues import Venues, wire_bookkeeper, wire_venues
from jobs.app.wiring import wire_board, wire_engine, wire_launcher, wire_overseer, wire_scheduler, wire_supervisor
from jobs.bell import LoopBell
from jobs.clock import SystemClock
from jobs.config import Settings, read_environment
from jobs.engine import Board, ChatBook, Engine
from jobs.engine.receipts import Receipts
from jobs.logs import FileLogs
from jobs.models.drafts import Rules
from jobs.models.errors import Refusal
from jobs.models.venue import Preset
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
from jobs.templates import TemplateBook

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
        live: Live,
        templates: TemplateBook,
        administration: Administration,
        receipts: Receipts,
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
        self.live = live
        self.templates = templates
        """What routines may run."""
        self.administration = administration
        """What superusers ask and settle."""
        self.receipts = receipts
        """Who has taken note of what."""
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

    @property
    def settings(self) -> Settings:
        """Those in force: a reload may replace them, so they are asked for whenever they are needed."""
        return self.live.settings

    @property
    def presets(self) -> Sequence[Preset]:
        """As the settings."""
        return self.live.presets

    @property
    def rules(self) -> Rules:
        """What requests are checked against; as the settings."""
        return self.live.rules


async def start_bot(
    settings: Settings, notifier: Notifier, administrators: Administrators, read: Callable[[], Values] | None = None
) -> Bot:
    """Starts the engine: one bot per home, the store mended, living runs adopted, then the loops.

    `read`: reads every setting anew, for a reload; None: out of the present directory and the environment. Raises
    `AlreadyRunning`, and `StoreUnavailable` when the home cannot be used; then everything is as it was.
    """
    presets, trouble = presets_or_own(settings)
    check_default_preset(settings, presets)
    live = Live(settings, presets, read or partial(read_environment, Path.cwd()))
    async with AsyncExitStack() as opened:
        bot = await _open(live, notifier, administrators, opened)
    if trouble is not None:
        bot.findings = (*bot.findings, trouble)
    return bot


async def _open(live: Live, notifier: Notifier, administrators: Administrators, opened: AsyncExitStack) -> Bot:
    """Every step leaves behind on `opened` how it is undone; `Bot.close` undoes all, last first."""
    settings, home, clock = live.settings, live.settings.sja_home, SystemClock()
    alarm = Alarm(administrators, clock)
    allow_many_descriptors()
    forbid_cores()
    opened.callback(_held(home).release)
    store, findings = _store(home, clock, opened)
    bell = await _bell(home, opened)
    logs = FileLogs(home / "jobs", settings.sja_timezone)
    launcher = wire_launcher(settings)
    opened.push_async_callback(launcher.close)
    templates = TemplateBook(home, _log.warning)
    supervisor = wire_supervisor(live, store, clock, bell, logs, launcher, alarm, templates)
    overseer = wire_overseer(live, store, clock, bell, logs)
    conditions = Conditions(home=home, store=store, clock=clock, bell=bell, alarm=alarm)
    scheduler = wire_scheduler(store, clock, bell, supervisor)
    telling = wire_telling(live, store, notifier, clock, bell, alarm)
    venues, bookkeeper = _venues(settings, store, clock, opened), wire_bookkeeper(settings, store, clock, bell)
    board = wire_board(live, store, clock, logs)
    engine = wire_engine(live, store, clock, bell, logs, launcher, supervisor)

    await supervisor.recover_lost()
    chores = [launching(launcher, alarm), sweep(engine, store, clock, settings.sja_timezone, alarm)]
    chores += [forget_logs(store, logs, clock), *standing_chores(live, clock, bell, alarm)]
    offices = {"supervisor": supervisor.run, "outbox": telling.outbox.run, "scheduler": scheduler.run}
    offices |= {"overseer": overseer.run, "conditions": conditions.run, "bookkeeper": bookkeeper.run}
    offices |= {"escalation": telling.escalation.run}
    offices |= {chore.__name__: chore for chore in chores}
    opened.push_async_callback(keep_going(offices, clock, conditions))
    opened.push_async_callback(supervisor.drain)
    return Bot(
        engine=engine,
        board=board,
        chats=ChatBook(store, clock),
        venues=venues,
        live=live,
        templates=templates,
        administration=Administration(live, store, clock, conditions, templates),
        receipts=telling.receipts,
        conversations=store.conversations,
        clock=clock,
        findings=(*findings, *telling.troubles),
        close=opened.pop_all().aclose,
        connected=telling.outbox.hasten,
        said=telling.outbox.said,
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
