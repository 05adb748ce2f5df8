"""A directory of the TaskDispatcher's, as a home of the engine: its store, its file, and the engine while it runs."""

import asyncio
import logging
import os
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from jobs.app.beside import Beside, beside
from jobs.app.bot import Bot, start_bot
from jobs.app.dispatch_file import DispatchFile
from jobs.app.unattended import LoggedAdministrators, Nobody
from jobs.clock import SystemClock
from jobs.config import Settings
from jobs.store.opening import open_store
from jobs.supervisor.locks import hold_home

_log = logging.getLogger("sja.dispatcher")


class DispatchHome:
    """Looks after `directory` and runs the engine in it, one life after the other."""

    def __init__(self, directory: str | os.PathLike[str], settings: Settings | None) -> None:
        """With the store mended and of today's schema, and with the tasks of a file that was there before it."""
        home = Path(directory).absolute()
        # Without a venue nothing is asked of one; with a shim per run no process stays behind.
        chosen = settings or Settings(sja_provider="sjtu", sja_launcher="portable")
        self._settings = chosen.model_copy(update={"sja_home": home})
        self._home = home
        self._file = DispatchFile(home, SystemClock())
        self._bot: Bot | None = None
        self._following: asyncio.Task[None] | None = None
        """Keeps the file as the engine has it between `start` and `stop`."""
        self._prepare()

    @property
    def is_running(self) -> bool:
        return self._bot is not None

    @contextmanager
    def reading(self) -> Generator[Beside]:
        """The engine's store, to look at."""
        with beside(self._settings) as here:
            yield here

    @contextmanager
    def acting(self) -> Generator[Beside]:
        """The engine, to act on; afterwards the file says what was done. While the engine runs, it follows anyway."""
        with beside(self._settings) as here:
            yield here
            if not self.is_running:
                self._file.save(here.store)

    async def start(self) -> None:
        """Runs the engine. Raises `Refusal` when another process does so in this directory."""
        if self._bot is not None:
            _log.warning("the dispatcher of %s is running already", self._home)
            return
        self._bot = await start_bot(self._settings, Nobody(), LoggedAdministrators())
        for finding in self._bot.findings:
            _log.warning("%s", finding)
        self._following = asyncio.create_task(self._file.follow())
        self._following.add_done_callback(self._followed)

    async def stop(self) -> None:
        """Ends the engine, not what it runs, and writes the file a last time."""
        bot, self._bot = self._bot, None
        if bot is None:
            return
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await bot.close()
        with beside(self._settings) as here:
            self._file.save(here.store)

    def _prepare(self) -> None:
        hold = hold_home(self._home)
        if hold is None:
            return  # Whoever runs there has done so.
        with hold:
            opened = open_store(self._home, SystemClock())
            for finding in opened.findings:
                _log.warning("%s", finding)
            with closing(opened.store) as store:
                self._file.adopt(store)

    def _followed(self, following: asyncio.Task[None]) -> None:
        if not following.cancelled() and (error := following.exception()):
            _log.error("the file of %s is no longer kept: %r", self._home, error)
