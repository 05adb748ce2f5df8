"""The launcher that works everywhere: one small shim per run, which keeps the run and outlives the bot."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from jobs.models.ids import Epoch, JobId, RunId
from jobs.models.run import UNSEEN_EXIT, Exit, Identity
from jobs.ports.launcher import LaunchFailed, LiveRun, RunSpec, Watcher
from jobs.supervisor.environment import RUN_MARK, worker_environment
from jobs.supervisor.grace import REAPING_PATIENCE_SECONDS, Grace
from jobs.supervisor.groups import ask_to_end
from jobs.supervisor.identity import identify, is_alive
from jobs.supervisor.run_files import NOT_STARTED, RunFiles
from jobs.supervisor.starts import Starts

LINE_PATIENCE_SECONDS: Final = 30.0
"""How long the keeper of a dead worker may take to write its exit line, when the keeper lives."""

_log: Final = logging.getLogger("sja.supervisor")


class ShimSpec(Struct, frozen=True, kw_only=True):
    """What a shim reads from its standard input, as one JSON document; `launcher` is a pid, `payload` in base64."""

    run: RunId
    job: JobId
    epoch: Epoch
    launcher: int
    home: str
    argv: list[str]
    environment: dict[str, str]
    payload: bytes


class PortableLauncher:
    """A `Launcher` for every platform.

    `argv` is the worker's command; a worker whose standard input is empty must end without doing anything.
    `environment` is what surrounds the bot; workers see of it only what they need.
    """

    def __init__(self, home: Path, argv: Sequence[str], environment: Mapping[str, str], watcher: Watcher) -> None:
        self._home = home.absolute()
        self._runs = RunFiles(self._home)
        self._argv = list(argv)
        self._environment = worker_environment(environment, self._home)
        self._watcher = watcher
        self._grace = Grace(watcher)
        self._starts = Starts(self._start)
        self._reaping: set[asyncio.Task[None]] = set()

    async def get_ready(self) -> None:
        """See `Launcher.get_ready`: there is nothing to do."""

    async def start(self, spec: RunSpec) -> LiveRun:
        """See `Launcher.start`.

        `worker` is None in the answer when the worker could not be started; `exits.log` then already says so.
        A run whose shim was killed before its worker had anything to do is started again.
        """
        return await self._starts.once(spec)

    async def live(self) -> Mapping[RunId, LiveRun]:
        """See `Launcher.live`. Files that are no run's are passed over."""
        return {
            file.run: file.live_run
            for file in self._runs.all()
            if (file.worker is not None and is_alive(file.worker)) or is_alive(file.keeper)
        }

    async def stop(self, run: LiveRun, grace_seconds: float) -> None:
        """See `Launcher.stop`."""
        await self._grace.end(run, await self._runs.worker_of(run), grace_seconds, _ask)

    async def ended(self, run: LiveRun) -> Exit:
        """See `Launcher.ended`. The shim leaves as soon as it has written the line."""
        worker, keeper = run.worker, self._runs.keeper_of(run)
        seen = await self._watcher.died(worker, REAPING_PATIENCE_SECONDS) if worker is not None else UNSEEN_EXIT
        if keeper is not None:
            try:
                async with asyncio.timeout(LINE_PATIENCE_SECONDS):
                    await self._watcher.died(keeper)
            except TimeoutError:
                _log.warning("the keeper of run %s has not written its end yet", run.run_id)
        return seen

    async def close(self) -> None:
        """See `Launcher.close`: nothing is held."""

    def forget(self, run_id: RunId) -> None:
        """See `Launcher.forget`. Idempotent."""
        self._runs.forget(run_id)

    async def _start(self, spec: RunSpec) -> LiveRun:
        if await self._runs.is_free(spec.run_id):
            shim, trouble = await asyncio.to_thread(self._launch, spec)
            self._reap(shim)
            if trouble:
                raise LaunchFailed(NOT_STARTED, trouble)
        return (await self._runs.settled(spec.run_id)).live_run

    def _launch(self, spec: RunSpec) -> tuple[subprocess.Popen[bytes], str]:
        """Starts a shim and waits until its run is on its way, or is another's. Returns it, and its complaint."""
        detached = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        try:
            shim = subprocess.Popen(  # noqa: S603 - our own command
                _shim_command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                env=self._environment,
                start_new_session=True,
                creationflags=detached,
            )
        except OSError as error:
            raise LaunchFailed(NOT_STARTED, str(error)) from error
        assert shim.stdin is not None
        assert shim.stdout is not None
        with shim.stdout, shim.stdin:
            try:
                shim.stdin.write(self._spell_out(spec))
                shim.stdin.close()
            except BrokenPipeError:
                pass  # It died; what it wrote says why.
            complaint = shim.stdout.read().decode(errors="replace").strip()
        if not complaint and not self._is_kept_by(shim, spec.run_id) and shim.wait() != 0:
            complaint = f"run {spec.run_id}: its shim ended with {shim.returncode} before it had claimed it"
        return shim, complaint

    def _is_kept_by(self, shim: subprocess.Popen[bytes], run_id: RunId) -> bool:
        file = self._runs.get(run_id)
        return file is not None and file.keeper.pid == shim.pid

    def _spell_out(self, spec: RunSpec) -> bytes:
        document = ShimSpec(
            run=spec.run_id,
            job=spec.job_id,
            epoch=spec.epoch,
            launcher=os.getpid(),
            home=str(self._home),
            argv=self._argv,
            environment={**self._environment, RUN_MARK: spec.run_id},
            payload=spec.payload,
        )
        # json, not msgspec: paths may hold bytes that are no UTF-8, and only it carries those through.
        return json.dumps(msgspec.to_builtins(document)).encode()

    def _reap(self, shim: subprocess.Popen[bytes]) -> None:
        """Sees to it that the shim, a child of ours, leaves no zombie behind."""
        task = asyncio.create_task(self._wait_for(shim))
        self._reaping.add(task)
        task.add_done_callback(self._reaping.discard)

    async def _wait_for(self, shim: subprocess.Popen[bytes]) -> None:
        identity = identify(shim.pid)
        if identity is not None:
            await self._watcher.died(identity)
        shim.wait()


async def _ask(worker: Identity) -> bool:
    return ask_to_end(worker)


def _shim_command() -> list[str]:
    # Without site-packages (-S) a shim starts in a third of the time; off Linux it needs psutil from there.
    lean = ["-S"] if sys.platform == "linux" else []
    return [sys.executable, *lean, "-P", "-m", "jobs.supervisor.shim"]
