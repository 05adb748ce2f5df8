"""Wires what the command line needs: the same engine on the same store, beside a bot or without one."""

import asyncio
import logging
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final

from jobs.app.housekeeping import wire_housekeeping
from jobs.app.platform import release_of
from jobs.app.presets import presets_or_own
from jobs.clock import SystemClock
from jobs.config import Settings, SettingsError
from jobs.engine import Board, Engine, Limits
from jobs.kinds import all_kinds
from jobs.logs import FileLogs
from jobs.models.drafts import Rules
from jobs.models.ids import JobId
from jobs.models.venue import Preset, preset_by_number
from jobs.ports.clock import Clock
from jobs.ports.store import Store
from jobs.rope import DistantBell
from jobs.store.mirror import write_mirror
from jobs.store.opening import open_beside, open_for_run
from jobs.supervisor.locks import home_is_held, home_was_held
from jobs.supervisor.usage import best_meter
from jobs.templates import TemplateBook
from jobs.venues import min_interval_seconds

if TYPE_CHECKING:
    from jobs.accounts.book import AccountBook
    from jobs.accounts.logins import Logins
    from jobs.app.venues import Venues
    from jobs.booking.counter import Counter
    from jobs.ports.provider import Provider

_log = logging.getLogger("sja")

_LOOK_EVERY_SECONDS: Final = 0.05


class Beside:
    """The engine as the command line has it: it writes intent and rings; the bot, if there is one, acts."""

    def __init__(self, settings: Settings, store: Store, bell: DistantBell, clock: Clock) -> None:
        home = settings.sja_home
        self.settings = settings
        self.store = store
        self.clock = clock
        self.ring = bell.ring
        """Tells the bot, if there is one, that something was written other than by the engine."""
        self.presets: Sequence[Preset] = _presets(settings)
        self.logs = FileLogs(home / "jobs", settings.sja_timezone)
        self.bot_runs = home_is_held(home)
        self.bot_was_here = self.bot_runs or home_was_held(home)
        self.engine = Engine(
            store=store,
            dispatcher=_DistantDispatcher(bell),
            clock=clock,
            logs=self.logs,
            bell=_StoreEars(store),
            housekeeping=wire_housekeeping(lambda: settings, store, clock),
            limits=limits_of(settings),
        )
        self.board = Board(
            store=store,
            logs=self.logs,
            meter=best_meter(clock),
            kinds=all_kinds(),
            presets=self.presets,
            clock=clock,
            aside=lambda: closing(open_for_run(home)),
        )
        self.rules = rules_of(settings, self.presets)
        self.templates = TemplateBook(home)
        self._bell = bell

    @property
    def accounts(self) -> "AccountBook":
        return self._venues.accounts

    @property
    def logins(self) -> "Logins":
        self._see_to_platform()
        return self._venues.logins

    @property
    def counter(self) -> "Counter":
        self._see_to_platform()
        return self._venues.counter

    def open_provider(self) -> "Provider":
        """A client of the platform, within the budget."""
        from jobs.app.venues import provider_opener  # noqa: PLC0415 - as below

        self._see_to_platform()
        return provider_opener(self.settings)()

    def _see_to_platform(self) -> None:
        """The demo platform may have to be started; the bot, if there is one, does so, too."""
        if self.settings.sja_provider == "demo":
            from jobs.app.demo_platform import await_demo_platform  # noqa: PLC0415 - not for the other commands

            await_demo_platform(self.settings)

    @cached_property
    def _venues(self) -> "Venues":
        # Most commands need none of it, and it loads large libraries.
        from jobs.app.venues import wire_venues  # noqa: PLC0415

        return wire_venues(self.settings, self.store, self.clock, self._bell)


@contextmanager
def beside(settings: Settings) -> Generator[Beside]:
    """The engine beside a bot; afterwards, with no bot to do it, `jobs.json` is brought up to date.

    Raises `StoreUnavailable` when the home cannot be used.
    """
    clock = SystemClock()
    with closing(open_beside(settings.sja_home, clock)) as store, closing(DistantBell(settings.sja_home)) as bell:
        here = Beside(settings, store, bell, clock)
        before = store.data_version(), store.history.last_id()
        yield here
        if not here.bot_runs and before != (store.data_version(), store.history.last_id()):
            write_mirror(store, settings.sja_home)


def _presets(settings: Settings) -> Sequence[Preset]:
    presets, trouble = presets_or_own(settings)
    if trouble is not None:
        _log.warning("⚠️ %s", trouble)
    return presets


def rules_of(settings: Settings, presets: Sequence[Preset]) -> Rules:
    """What requests are checked against."""
    return Rules(
        presets=presets,
        min_interval_seconds=min_interval(settings),
        zone=settings.sja_timezone,
        release=release_of(settings),
    )


def min_interval(settings: Settings) -> int:
    """Seconds: the setting, else the provider's own floor."""
    return settings.sja_monitor_min_interval or min_interval_seconds(settings.sja_provider)


def check_default_preset(settings: Settings, presets: Sequence[Preset]) -> None:
    """Raises `SettingsError` for a default preset that the provider does not have."""
    number = settings.sja_default_preset
    if number is not None and preset_by_number(presets, number) is None:
        raise SettingsError(f"SJA_DEFAULT_PRESET={number} 不对：{settings.sja_provider} 没有这个预设")


def limits_of(settings: Settings) -> Limits:
    """What one person may have."""
    return Limits(
        max_jobs_per_user=settings.sja_max_jobs_per_user,
        max_jobs_per_group=settings.sja_max_jobs_per_group,
        retention_days=settings.sja_retention_days,
    )


class _DistantDispatcher:
    """Implements `ports.dispatcher.Dispatcher` by ringing the bot, which looks at the store."""

    def __init__(self, bell: DistantBell) -> None:
        self._bell = bell

    def submit(self, job_id: JobId) -> None:  # noqa: ARG002 - the bot looks at everything
        self._bell.ring()

    def request_stop(self, job_id: JobId) -> None:  # noqa: ARG002
        self._bell.ring()

    async def recover_lost(self) -> None:
        self._bell.ring()

    async def drain(self) -> None:
        """The bot's own business."""


class _StoreEars:
    """Implements `ports.bell.Listening` by asking the store whether anybody wrote."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def listen(self) -> "_StoreEar":
        return _StoreEar(self._store)


class _StoreEar:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen = store.data_version()

    async def wait(self, timeout_seconds: float | None = None) -> bool:
        try:
            async with asyncio.timeout(timeout_seconds):
                while self._store.data_version() == self._seen:  # noqa: ASYNC110 - another process writes
                    await asyncio.sleep(_LOOK_EVERY_SECONDS)
        except TimeoutError:
            return False
        self._seen = self._store.data_version()
        return True

    def close(self) -> None:
        """Nothing is held."""
