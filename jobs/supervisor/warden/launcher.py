"""The launcher of Linux: a fork server starts the runs, keeps them and tells their ends."""

import asyncio
import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGTERM
from typing import Final

from jobs.models.ids import RunId
from jobs.models.run import Exit, Identity
from jobs.ports.launcher import LaunchFailed, LiveRun, RunSpec, Watcher
from jobs.supervisor.environment import worker_environment
from jobs.supervisor.exits import ExitLog
from jobs.supervisor.grace import Grace
from jobs.supervisor.groups import ask_to_end
from jobs.supervisor.identity import is_alive
from jobs.supervisor.run_files import NOT_STARTED, RunFile, RunFiles
from jobs.supervisor.starts import Starts
from jobs.supervisor.warden.link import Link, LinkLost, Patience
from jobs.supervisor.warden.protocol import Kept, List, Listed, Refused, Retired, Signal, Signalled, Spawn, Spawned
from jobs.supervisor.warden.tidings import Tidings
from jobs.supervisor.warden.wardens import Wardens

SPAWNS_AT_ONCE: Final = 32
"""In flight: each holds a descriptor here, and a place in the socket's queue."""

_TRIES: Final = 4
_SENTENCES: Final = {
    errno.EAGAIN: "系统暂时不能再启动新进程（进程数已到上限），会自动再试",
    errno.ENOMEM: "系统内存不足，暂时不能再启动新进程，会自动再试",
    errno.EMFILE: "系统打开的文件太多，暂时不能再启动新进程，会自动再试",
    errno.ENFILE: "系统打开的文件太多，暂时不能再启动新进程，会自动再试",
    errno.ENOSPC: "磁盘已满，执行进程没能启动，请先腾出空间",
    errno.EDQUOT: "磁盘配额已满，执行进程没能启动，请先腾出空间",
    errno.EROFS: "数据目录只读，执行进程没能启动，请联系超级用户",
    errno.EACCES: "数据目录没有写权限，执行进程没能启动，请联系超级用户",
}
"""What people read of the system's usual refusals."""


class WardenLauncher:
    """A `Launcher` for Linux.

    `command` starts a warden (`server.serve`); the home and the generation are added to it. `environment` is what
    surrounds the bot; warden and workers see of it only what they need.
    """

    def __init__(
        self,
        home: Path,
        command: Sequence[str],
        environment: Mapping[str, str],
        watcher: Watcher,
        patience: Patience | None = None,
    ) -> None:
        self._home = home.absolute()
        self._runs = RunFiles(self._home)
        self._watcher = watcher
        self._grace = Grace(watcher)
        self._tidings = Tidings(ExitLog(self._home / "exits.log"), watcher)
        surroundings = worker_environment(environment, self._home)
        self._patience = patience or Patience()
        self._wardens = Wardens(self._home, command, surroundings, watcher, self._tidings.hear, self._patience)
        self._places = asyncio.Semaphore(SPAWNS_AT_ONCE)
        self._starts = Starts(self._start)

    async def get_ready(self) -> None:
        """See `Launcher.get_ready`: a warden runs, has imported everything, and is connected."""
        await self._wardens.present()

    async def start(self, spec: RunSpec) -> LiveRun:
        """See `Launcher.start`. A run whose keeper was killed before its worker had anything to do is started again."""
        return await self._starts.once(spec)

    async def live(self) -> Mapping[RunId, LiveRun]:
        """See `Launcher.live`: what the wardens list, and what other keepers' run files say."""
        await self._wardens.look()
        live: dict[RunId, LiveRun] = {}
        wardens: list[Identity] = []
        for link in self._wardens.links():
            try:
                live |= await _listed(link, self._patience.look)
            except LinkLost:
                continue
            wardens.append(link.warden)
        unlisted = (file for run_id in self._runs.ids() if run_id not in live and (file := self._runs.get(run_id)))
        return live | {file.run: file.live_run for file in unlisted if self._is_live(file, wardens)}

    async def stop(self, run: LiveRun, grace_seconds: float) -> None:
        """See `Launcher.stop`."""

        async def ask(worker: Identity) -> bool:
            return await self._signal(run, SIGTERM) or ask_to_end(worker)

        await self._grace.end(run, await self._runs.worker_of(run), grace_seconds, ask)

    async def ended(self, run: LiveRun) -> Exit:
        """See `Launcher.ended`."""
        return await self._tidings.of(run, self._runs.keeper_of(run))

    def forget(self, run_id: RunId) -> None:
        """See `Launcher.forget`. Idempotent."""
        self._runs.forget(run_id)
        self._tidings.forget(run_id)

    async def close(self) -> None:
        """See `Launcher.close`. The wardens live on, and so does what they keep."""
        await self._wardens.close()

    def _is_live(self, file: RunFile, asked: Sequence[Identity]) -> bool:
        """As `Launcher.live` means it, of a run that none of the wardens `asked` listed."""
        if file.worker is not None and (is_alive(file.worker) or file.keeper in asked):
            return is_alive(file.worker)
        # A shim at work, or a warden of old that may not have written the end down yet.
        return is_alive(file.keeper) and not self._tidings.is_written(file.run)

    async def _start(self, spec: RunSpec) -> LiveRun:
        trouble = ""
        for _ in range(_TRIES):
            if not await self._runs.is_free(spec.run_id):
                return (await self._runs.settled(spec.run_id)).live_run
            # Before the place: whoever cannot have a warden learns it together with all others.
            link = await self._wardens.present()
            try:
                async with self._places:
                    return await self._spawn(link, spec)
            except LinkLost as lost:
                # Whether it was started is not known; asked again, it is started once.
                trouble = str(lost)
        raise LaunchFailed(NOT_STARTED, f"run {spec.run_id}: {trouble}")

    async def _spawn(self, link: Link, spec: RunSpec) -> LiveRun:
        try:
            payload = _handed_over(spec.payload)
        except OSError as error:
            raise _refusal(error.errno or 0, str(error)) from error
        try:
            answer = await link.ask(
                lambda id: Spawn(id, spec.run_id, spec.job_id, spec.epoch), self._patience.start, payload
            )
        finally:
            os.close(payload)
        if isinstance(answer, Spawned):
            return LiveRun(run_id=spec.run_id, worker=answer.worker, keeper=link.warden)
        if isinstance(answer, Refused):
            raise _refusal(answer.errno, answer.detail)
        if isinstance(answer, Retired):
            self._wardens.pass_over(link)
            raise LinkLost("another bot has made the warden retire")
        return (await self._runs.settled(spec.run_id)).live_run

    async def _signal(self, run: LiveRun, number: int) -> bool:
        """Has the run's own warden send the signal. False: it is not here, or does not know the run."""
        keeper = self._runs.keeper_of(run)
        for link in self._wardens.links():
            if link.warden == keeper:
                try:
                    answer = await link.ask(lambda id: Signal(id, run.run_id, number), self._patience.look)
                except LinkLost:
                    return False
                return isinstance(answer, Signalled) and answer.known
        return False


async def _listed(link: Link, patience_seconds: float) -> dict[RunId, LiveRun]:
    found: dict[RunId, LiveRun] = {}
    after, more = "", True
    while more:
        page = await link.ask(lambda id, after=after: List(id, after), patience_seconds)
        if not isinstance(page, Listed):
            raise LinkLost(f"no list: {page}")
        for kept in page.runs:
            found[kept.run] = LiveRun(run_id=kept.run, worker=_identity(kept, link.warden), keeper=link.warden)
        after, more = (page.runs[-1].run if page.runs else ""), page.more
    return found


def _identity(kept: Kept, warden: Identity) -> Identity:
    return Identity(boot_id=warden.boot_id, pid=kept.pid, start=kept.start)


def _handed_over(payload: bytes) -> int:
    """A descriptor to read it from, of a file that has no name and lives in memory."""
    fd = os.memfd_create("sja", os.MFD_CLOEXEC)
    try:
        with open(fd, "wb", closefd=False) as file:
            file.write(payload)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _refusal(number: int, detail: str) -> LaunchFailed:
    return LaunchFailed(_SENTENCES.get(number, NOT_STARTED), detail)
