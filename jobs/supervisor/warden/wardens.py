"""The wardens a bot is connected to: the present one, and those of earlier programs that still keep runs."""

import asyncio
import logging
import subprocess
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Final

from jobs.ports.launcher import LaunchFailed, Watcher
from jobs.supervisor.identity import identify
from jobs.supervisor.locks import warden_pid
from jobs.supervisor.run_files import NOT_STARTED
from jobs.supervisor.warden.generation import generation_of
from jobs.supervisor.warden.link import Link, LinkLost, Patience, Silent, connect
from jobs.supervisor.warden.protocol import Ended, Retire, Unwelcome
from jobs.supervisor.warden.starting import deadline, start_warden

HELD_PATIENCE_SECONDS: Final = 1.0
"""For another's warden to let us in, before we try again to start one of our own."""
CONNECT_POLL_SECONDS: Final = 0.02
"""How often one asks for a warden that somebody else is starting."""

_TRIES: Final = 4
"""A warden may be replaced, or killed, just as one connects to it; so often in a row is no accident."""
_REAP_LOOK_SECONDS: Final = 1.0
_SILENT: Final = "守护进程没有应答（可能被暂停，或磁盘太慢），新任务启动不了，正在运行的任务不受影响"
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
        patience: Patience,
    ) -> None:
        self._home = home
        self._command = command
        self._environment = environment
        self._watcher = watcher
        self._on_ends = on_ends
        self._patience = patience
        self._generation = generation_of(command, environment)
        self._present: Link | None = None
        self._earlier: list[Link] = []
        self._linking: asyncio.Task[Link | None] | None = None
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
        while self._present is None or self._present.is_lost:
            # None: it was but looked for, and not found.
            if (link := await asyncio.shield(self._linking or self._begin(self._link_up()))) is not None:
                return link
        return self._present

    def pass_over(self, link: Link) -> None:
        """This warden starts nothing any more; it goes on telling of the runs it keeps."""
        if link is self._present:
            self._present = None
            self._earlier.append(link)

    async def look(self) -> None:
        """Connects to the warden there is, if there is one and it answers; starts none."""
        if not self.links() and self._linking is None:
            await asyncio.shield(self._begin(self._find()))

    async def close(self) -> None:
        """Lets go of all; they keep what they keep."""
        for task in [self._linking, *self._reaping]:
            if task is not None:
                task.cancel()
        for link in self.links():
            link.close()

    def _begin(self, linking: Coroutine[None, None, Link | None]) -> asyncio.Task[Link | None]:
        """One at a time connects, so that no connection is made that nobody keeps."""
        self._linking = asyncio.create_task(linking)
        self._linking.add_done_callback(self._linked)
        return self._linking

    def _linked(self, linking: asyncio.Task[Link | None]) -> None:
        self._linking = None
        if not linking.cancelled() and linking.exception() is None:
            self._present = linking.result()

    async def _find(self) -> Link | None:
        try:
            return await self._reach(self._patience.look)
        except (Silent, OSError) as trouble:
            _log.warning("the warden, if there is one, cannot be asked now: %s", trouble)
            return None

    async def _link_up(self) -> Link:
        try:
            until, tries = deadline(), 0
            while tries < _TRIES and asyncio.get_running_loop().time() < until:
                if (link := await self._reach(self._patience.start)) is not None:
                    return link
                tries += await self._start()
                if (link := await self._reach_soon()) is not None:
                    return link
        except Silent as silent:
            pid = warden_pid(self._home)
            raise LaunchFailed(_SILENT, f"kill -CONT {pid} 或 kill -9 {pid}（{silent}）") from silent
        except OSError as error:
            raise LaunchFailed(NOT_STARTED, f"the warden: {error}") from error
        raise LaunchFailed(NOT_STARTED, f"no warden stays; see {self._home}/warden.log")

    async def _reach(self, patience_seconds: float) -> Link | None:
        """The connection to a running warden of this program; one of another program is made to retire.

        Raises `Silent` and `OSError`; nothing is left open then.
        """
        link = connect(self._home, self._on_ends)
        if link is None:
            return None
        try:
            welcome = await link.greet(self._generation, patience_seconds)
            if isinstance(welcome, Unwelcome):
                link.close()
                await self._replace_stranger(patience_seconds)
                return None
            if welcome.generation == self._generation:
                return link
            await link.ask(Retire, patience_seconds)
        except Silent:
            raise
        except LinkLost as lost:
            link.close()
            _log.warning("the warden left while it was asked: %s", lost)
            return None
        except BaseException:
            link.close()
            raise
        # It tells the ends of what it keeps until it leaves.
        self._earlier.append(link)
        return None

    async def _replace_stranger(self, patience_seconds: float) -> None:
        """Makes a warden of another protocol retire."""
        link = connect(self._home, self._on_ends)
        if link is not None:
            try:
                await link.ask(Retire, patience_seconds)
            finally:
                link.close()

    async def _reach_soon(self) -> Link | None:
        """As `_reach`; waits a little for a warden that another bot is starting.

        Not longer: the lock may be held by one that has just been killed, and then there is none to wait for.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + HELD_PATIENCE_SECONDS
        while (link := await self._reach(self._patience.start)) is None and loop.time() < until:  # noqa: ASYNC110 - it is another process that is waited for
            await asyncio.sleep(CONNECT_POLL_SECONDS)
        return link

    async def _start(self) -> bool:
        """Starts a warden. False: it left at once, for another holds the home, or has not quite let go of it."""
        process = await asyncio.to_thread(start_warden, self._command, self._home, self._generation, self._environment)
        task = asyncio.create_task(self._reap(process))
        self._reaping.add(task)
        task.add_done_callback(self._reaping.discard)
        return process.returncode is None

    async def _reap(self, process: subprocess.Popen[bytes]) -> None:
        """Sees to it that the warden, a child of ours, leaves no zombie behind."""
        try:
            identity = identify(process.pid)
        except OSError as error:
            _log.warning("the warden %d is looked at now and then: %s", process.pid, error)
            while process.poll() is None:  # noqa: ASYNC110 - it is another process that is waited for
                await asyncio.sleep(_REAP_LOOK_SECONDS)
            return
        if identity is not None:
            await self._watcher.died(identity)
        process.wait()
