"""The TaskDispatcher's file beside a home's store: imported once, and from then on written after whatever happens."""

import asyncio
import logging
import threading
from contextlib import closing
from pathlib import Path
from typing import Final

from jobs.ports.clock import Clock
from jobs.ports.store import Store, StoreUnavailable
from jobs.store.dispatch import FILE_NAME, import_dispatch
from jobs.store.dispatch_export import dispatch_document
from jobs.store.files import keep_copy, needing_files, set_aside, write_whole
from jobs.store.importing import UnreadableImport
from jobs.store.opening import open_beside

_log = logging.getLogger("sja.dispatcher")

_ADOPTED: Final = "dispatch_adopted"
"""In the store's small facts: the file has been imported, and the store alone counts from then on."""
_LOOK_EVERY_SECONDS: Final = 0.2


class DispatchFile:
    """`dispatch_config.json` in a home of the engine."""

    def __init__(self, home: Path, clock: Clock) -> None:
        self._home = home
        self._clock = clock
        self._path = home / FILE_NAME
        self._saving = threading.Lock()
        self._is_behind = False
        """The last attempt to write failed, and the log says so."""

    def adopt(self, store: Store) -> None:
        """Imports the file that was there before the store; a copy of it is kept. One that is damaged is set aside.

        Raises `StoreUnavailable` when it cannot be read.
        """
        if store.meta(_ADOPTED) is None:
            with needing_files(f"读取 {FILE_NAME} "):
                if self._path.exists():
                    self._import(store)
            store.set_meta(_ADOPTED, "1")

    def save(self, store: Store) -> bool:
        """Writes the file anew; false where that failed. Then nothing is lost: the store has it all."""
        try:
            with self._saving:  # Read and written as one, or an older state might be written last.
                write_whole(self._path, dispatch_document(store, self._clock.now()))
        except (OSError, StoreUnavailable):
            if not self._is_behind:
                _log.exception("%s cannot be written; it is tried again", self._path)
            self._is_behind = True
        else:
            self._is_behind = False
        return not self._is_behind

    async def follow(self) -> None:
        """Writes the file after whatever happens (a verb, a run that began or ended, a missed instant); for ever.

        What could not be written is written as soon as it can.
        """
        seen = -1
        with closing(open_beside(self._home, self._clock)) as store:
            while True:
                try:
                    if (last := store.history.last_id()) != seen and await asyncio.to_thread(self._save_apart):
                        seen = last
                except StoreUnavailable:
                    _log.exception("%s cannot be brought up to date", self._path)
                await asyncio.sleep(_LOOK_EVERY_SECONDS)

    def _save_apart(self) -> bool:
        """In another thread, which needs a connection of its own."""
        with closing(open_beside(self._home, self._clock)) as store:
            return self.save(store)

    def _import(self, store: Store) -> None:
        now = self._clock.now()
        try:
            imported = import_dispatch(store, self._path.read_bytes(), now)
        except UnreadableImport as damage:
            aside = set_aside(self._path, "damaged", now)
            _log.error("%s，已另存为 %s %s", damage.sentence, aside.name, damage.detail)
            return
        copy = keep_copy(self._path, "imported", now)
        _log.info("imported %d tasks of %s, kept as %s", len(imported.jobs), self._path, copy.name)
        for sentence in (*imported.skipped, *imported.notes):
            _log.warning("%s", sentence)
