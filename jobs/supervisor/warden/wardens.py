"""The wardens a bot is connected to: the present one, and those of earlier programs that still keep runs."""

import asyncio
import logging
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from jobs.ports.launcher import LaunchFailed, Watcher
from jobs.supervisor.identity import identify
from jobs.supervisor.run_files import NOT_STARTED
from jobs.supervisor.warden.generation import generation_of
from jobs.supervisor.warden.link import Link, LinkLost, connect
from jobs.supervisor.warden.protocol import Ended, Retire, Unwelcome
from jobs.supervisor.warden.starting import deadline, start_warden

CONNECT_POLL_SECONDS: Final = 0.02
"""How often one asks for a warden that somebody else is starting."""

_TRIES: Final = 4
"""A warden may be replaced, or killed, just as one connects to it; so often in a row is no accident."""
_log: Final = logging.getLogger("sja.supervisor")


class Wardens:
    """`command` starts a warden; the home and the generation are added to it."""

    def __init__(
        self,
        home: Path,
        command: Sequence[str],
        environment: Mapping[str, str],
        watcher: Watcher,
        on_ends: Callable[[list[Ended]], None],
    ) -> None:
        self._home = home
        self._command = command
        self._environment = environment
        self._watcher = watcher
        self._on_ends = on_ends
        self._generation = generation_of(command, environment)
        self._present: Link | None = None
        self._earlier: list[Link] = []
        self._linking: asyncio.Task[Link] | None = None
        self._reaping: set[asyncio.Task[None]] = set()

    def links(self) -> list[Link]:
        """Every open connection, the present warden's first."""
        self._earlier = [link for link in self._earlier if not link.is_lost]
        present = [self._present] if self._present is not None and not self._present.is_lost else []
        return present + self._earlier

    async def present(self) -> Link:
        """The connection to the warden of this program, which is started where it does not run.

        Raises `LaunchFailed`. Many may ask at once; one warden is started.
        """
        if self._present is not None and not self._present.is_lost:
            return self._present
        if self._linking is None:
            self._linking = asyncio.create_task(self._link_up())
            self._linking.add_done_callback(self._linked)
        return await asyncio.shield(self._linking)

    def pass_over(self, link: Link) -> None:
        """This warden starts nothing any more; it goes on telling of the runs it keeps."""
        if link is self._present:
            self._present = None
            self._earlier.append(link)

    async def look(self) -> None:
        """Connects to the warden there is, if there is one; starts none. Raises `OSError`."""
        if not self.links() and self._linking is None:
            self._present = await self._reach()

    async def close(self) -> None:
        """Lets go of all; they keep what they keep."""
        for task in [self._linking, *self._reaping]:
            if task is not None:
                task.cancel()
        for link in self.links():
            link.close()

    def _linked(self, linking: asyncio.Task[Link]) -> None:
        self._linking = None
        if not linking.cancelled() and linking.exception() is None:
            self._present = linking.result()

    async def _link_up(self) -> Link:
        try:
            for _ in range(_TRIES):
                if (link := await self._reach()) is not None:
                    return link
                await self._start()
                if (link := await self._reach_soon()) is not None:
                    return link
        except OSError as error:
            raise LaunchFailed(NOT_STARTED, f"the warden: {error}") from error
        raise LaunchFailed(NOT_STARTED, f"no warden stays; see {self._home}/warden.log")

    async def _reach(self) -> Link | None:
        """The connection to a running warden of this program; one of another program is made to retire."""
        try:
            link = connect(self._home, self._on_ends)
            if link is None:
                return None
            welcome = await link.greet(self._generation)
            if isinstance(welcome, Unwelcome):
                link.close()
                link = connect(self._home, self._on_ends)
                if link is not None:
                    await link.ask(Retire)
                    link.close()
                return None
            if welcome.generation == self._generation:
                return link
            await link.ask(Retire)
        except LinkLost as lost:
            _log.warning("the warden left while it was asked: %s", lost)
            return None
        # It tells the ends of what it keeps until it leaves.
        self._earlier.append(link)
        return None

    async def _reach_soon(self) -> Link | None:
        """As `_reach`; waits for a warden that another bot is starting."""
        until = deadline()
        loop = asyncio.get_running_loop()
        while (link := await self._reach()) is None and loop.time() < until:  # noqa: ASYNC110 - it is another process that is waited for
            await asyncio.sleep(CONNECT_POLL_SECONDS)
        return link

    async def _start(self) -> None:
        process = await asyncio.to_thread(start_warden, self._command, self._home, self._generation, self._environment)
        task = asyncio.create_task(self._reap(process))
        self._reaping.add(task)
        task.add_done_callback(self._reaping.discard)

    async def _reap(self, process: subprocess.Popen[bytes]) -> None:
        """Sees to it that the warden, a child of ours, leaves no zombie behind."""
        identity = identify(process.pid)
        if identity is not None:
            await self._watcher.died(identity)
        process.wait()
