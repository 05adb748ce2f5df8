"""What a bot does beside its offices: the mirror, the backups, the demo platform; and keeping all of them going."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from jobs.alarm import Alarm
from jobs.app.conditions import Conditions
from jobs.app.demo_platform import start_demo_platform
from jobs.app.live import Live
from jobs.bell import LoopBell
from jobs.config import Settings
from jobs.logs import Limits, Tidying
from jobs.ports.administrators import Administrators
from jobs.ports.clock import Clock
from jobs.ports.launcher import Launcher, LaunchFailed
from jobs.ports.store import StoreUnavailable
from jobs.store.backups import backup, made_at, newest_daily
from jobs.store.mirror import write_mirror
from jobs.store.opening import open_beside
from jobs.store.store import SqliteStore

_log = logging.getLogger("sja")

_FIRST_REST_SECONDS: Final = 1.0
_LONGEST_REST_SECONDS: Final = 300.0
"""Between the failure of a loop and its next try: doubled each time, and short again after as long a good stretch."""
_LONGEST_REST_OUTSIDE_SECONDS: Final = 10.0
"""Where the machine failed the loop (a full disk, no descriptors): once that is mended, work goes on soon."""
_MIRROR_REST_SECONDS: Final = 1.0
_MIRROR_REST_RATIO: Final = 20
"""A twentieth of a core at most goes into the mirror, however many jobs there are."""
_MIRROR_LOOK_SECONDS: Final = 30.0
"""For a ring that was lost."""
_BACKUP_EVERY: Final = timedelta(days=1)
_BACKUP_LOOK_SECONDS: Final = 3600.0
_READY_LOOK_SECONDS: Final = 10.0
_DEMO_LOOK_SECONDS: Final = 5.0
_LOG_LOOK_SECONDS: Final = 5.0

Loop = Callable[[], Awaitable[None]]


def keep_going(loops: Mapping[str, Loop], clock: Clock, conditions: Conditions) -> Loop:
    """Starts every loop, each in a task of its own; returns what ends them all."""
    tasks = [asyncio.create_task(_keep(name, loop, clock, conditions), name=name) for name, loop in loops.items()]

    async def end() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    return end


async def _keep(name: str, loop: Loop, clock: Clock, conditions: Conditions) -> None:
    """Runs a loop for ever: one that fails says why in the log and begins again."""
    rest = _FIRST_REST_SECONDS
    while True:
        began = clock.monotonic()
        try:
            await loop()
        except Exception as error:
            # Whatever it was, the other loops and the people must not suffer from it; it is in the log, whole.
            if conditions.failed(error, name):
                rest = min(rest, _LONGEST_REST_OUTSIDE_SECONDS)
                _log.error("the %s loop failed and begins again in %g s: %s", name, rest, error)
            else:
                _log.exception("the %s loop failed and begins again in %g s", name, rest)
        await asyncio.sleep(rest)
        went_well = clock.monotonic() - began > _LONGEST_REST_SECONDS
        rest = _FIRST_REST_SECONDS if went_well else min(2 * rest, _LONGEST_REST_SECONDS)


def standing_chores(live: Live, clock: Clock, bell: LoopBell, administrators: Administrators) -> list[Loop]:
    """What is done for every home, by its settings alone."""
    settings, home = live.settings, live.settings.sja_home
    chores = [mirror(home, clock, bell), backups(home, clock, administrators), tidy_logs(lambda: live.settings)]
    return [*chores, demo_platform(settings)] if settings.sja_provider == "demo" else chores


def launching(launcher: Launcher, alarm: Alarm) -> Loop:
    """Keeps the launcher ready: at the start of the bot, and again after whoever keeps the runs was lost."""

    async def launching() -> None:
        while True:
            try:
                await launcher.get_ready()
            except LaunchFailed as failure:
                alarm.tell("launcher", f"暂时启动不了新任务：{failure}")
            else:
                alarm.over("launcher", "又可以启动新任务了")
            await asyncio.sleep(_READY_LOOK_SECONDS)

    return launching


def mirror(home: Path, clock: Clock, bell: LoopBell) -> Loop:
    """Keeps `jobs.json` up to date in a thread; a large one takes seconds to write, so the rest grows with it."""

    def write() -> None:
        store = _open_beside(home, clock)
        try:
            write_mirror(store, home)
        finally:
            store.close()

    async def mirror() -> None:
        ear = bell.listen()
        try:
            while True:
                began = clock.monotonic()
                await asyncio.to_thread(write)
                took = clock.monotonic() - began
                await asyncio.sleep(max(_MIRROR_REST_SECONDS, _MIRROR_REST_RATIO * took))
                await ear.wait(_MIRROR_LOOK_SECONDS)
        finally:
            ear.close()

    return mirror


def _open_beside(home: Path, clock: Clock) -> SqliteStore:
    """As `open_beside`, but where the home was deleted under the bot, no empty one shall take its place."""
    if not (home / "jobs" / "jobs.db").exists():
        raise StoreUnavailable("任务库文件 jobs.db 不见了，请检查数据目录", str(home))
    return open_beside(home, clock)


def backups(home: Path, clock: Clock, administrators: Administrators) -> Loop:
    """Copies the store once a day: seven restarts in an hour must not push last week's copies out.

    A copy that fails, or does not pass its check, is told to the administrators and tried again within the hour.
    """

    def back_up() -> None:
        # Of none that is newer than now: when the clock was set back, it would pass for today's for as long.
        if any(timedelta(0) <= clock.now() - made_at(path) < _BACKUP_EVERY for path in newest_daily(home / "backups")):
            return
        store = _open_beside(home, clock)
        try:
            backup(store, home, clock.now())
        finally:
            store.close()

    async def backups() -> None:
        while True:
            try:
                await asyncio.to_thread(back_up)
            except (StoreUnavailable, OSError) as error:
                _log.exception("the daily backup failed")
                why = error.sentence if isinstance(error, StoreUnavailable) else str(error)
                administrators.tell("backup", f"每日备份没有做成：{why}。一小时后再试，也可以用 sja backup 备份到别处")
            await asyncio.sleep(_BACKUP_LOOK_SECONDS)

    return backups


def tidy_logs(settings: Callable[[], Settings], every_seconds: float = _LOG_LOOK_SECONDS) -> Loop:
    """Rotates the logs of jobs, compresses their older parts in a thread, and removes what is beyond the limits, as the
    settings have them at each look."""

    async def tidy_logs() -> None:
        stop = threading.Event()
        tidying = Tidying(settings().sja_home / "jobs", _log_limits(settings()), stop)
        looking, compressing = _Telling("the logs cannot be tidied"), _Telling("the logs cannot be compressed")
        compression: asyncio.Task[None] | None = None

        async def compress() -> None:
            compressing.tell(await asyncio.to_thread(tidying.compress))

        try:
            while True:
                tidying.keep_to(_log_limits(settings()))
                looking.tell(await asyncio.to_thread(tidying.look))
                if compression is not None and compression.done():
                    compression = compression.result()
                if compression is None and tidying.has_work:
                    compression = asyncio.create_task(compress())
                await asyncio.sleep(every_seconds)
        finally:
            # The thread leaves within some milliseconds; what it had begun is begun anew.
            stop.set()
            if compression is not None:
                await asyncio.wait([compression])

    return tidy_logs


def _log_limits(settings: Settings) -> Limits:
    return Limits(
        part_bytes=settings.sja_log_max_bytes,
        keep=settings.sja_log_keep,
        job_bytes=settings.sja_log_job_max_bytes,
        total_bytes=settings.sja_log_total_max_bytes,
    )


class _Telling:
    """Says once that something goes wrong, until it goes well again or goes wrong differently."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        self._told: int | None = None

    def tell(self, trouble: OSError | None) -> None:
        if trouble is not None and trouble.errno != self._told:
            _log.warning("%s, and will be tried again: %s", self._sentence, trouble)
        self._told = trouble.errno if trouble else None


def demo_platform(settings: Settings) -> Loop:
    """Sees to it that the demo platform runs."""

    async def demo_platform() -> None:
        while True:
            await asyncio.to_thread(start_demo_platform, settings)
            await asyncio.sleep(_DEMO_LOOK_SECONDS)

    return demo_platform
