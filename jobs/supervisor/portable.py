"""The launcher that works everywhere: one small shim per run, which keeps the run and outlives the bot."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from filelock import FileLock
from msgspec import Struct

from jobs.models.ids import Epoch, JobId, RunId, is_job_id
from jobs.models.run import UNSEEN_EXIT, Exit, Identity
from jobs.ports.launcher import LaunchFailed, LiveRun, RunSpec, Watcher
from jobs.supervisor.groups import ask_to_end, kill, sweep
from jobs.supervisor.identity import identify, is_alive

RUN_MARK: Final = "SJA_RUN"
"""The environment variable that says, of a worker and all its children, which run they belong to."""

INHERITED: Final = frozenset(
    {
        *("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA"),
    }
)
"""What a worker may see of the bot's environment, besides `LC_*`: where things are and how to write, nothing secret."""

BIRTH_POLL_SECONDS: Final = 0.005
BIRTH_PATIENCE_SECONDS: Final = 10.0
"""How long another's shim may take to name its worker. A loaded single core starts one in under a second."""

LINE_PATIENCE_SECONDS: Final = 30.0
"""How long the keeper of a dead worker may take to write its exit line, when the keeper lives."""

_log: Final = logging.getLogger("sja.supervisor")
_NOT_STARTED: Final = "执行进程没能启动，请稍后重试"


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


class RunFile(Struct, frozen=True, kw_only=True):
    """`run/<run id>.json`, written by the run's shim. `ended`: no worker could be started, and `exits.log` says so."""

    run: RunId
    job: JobId
    epoch: Epoch
    keeper: Identity
    worker: Identity | None
    ended: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will be written here."""
        return self.worker is not None or self.ended

    @property
    def is_abandoned(self) -> bool:
        """Whether the shim died before it named a worker; no worker of such a run was ever given its payload."""
        return not self.is_settled and not is_alive(self.keeper)


class PortableLauncher:
    """A `Launcher` for every platform.

    `argv` is the worker's command; a worker whose standard input is empty must end without doing anything.
    `environment` is what surrounds the bot; workers see of it only what they need.
    """

    def __init__(self, home: Path, argv: Sequence[str], environment: Mapping[str, str], watcher: Watcher) -> None:
        self._home = home.absolute()
        self._runs = self._home / "run"
        self._argv = list(argv)
        self._environment = worker_environment(environment, self._home)
        self._watcher = watcher
        self._starting: dict[RunId, asyncio.Task[LiveRun]] = {}
        self._reaping: set[asyncio.Task[None]] = set()
        self._asked: set[RunId] = set()
        for directory in (self._home, self._runs, self._home / "jobs"):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def start(self, spec: RunSpec) -> LiveRun:
        """See `Launcher.start`.

        `worker` is None in the answer when the worker could not be started; `exits.log` then already says so.
        A run whose shim was killed before its worker had anything to do is started again.
        """
        _require_file_name(spec.run_id)
        _require_file_name(spec.job_id)
        starting = self._starting.get(spec.run_id)
        if starting is None:
            starting = self._starting[spec.run_id] = asyncio.create_task(self._start(spec))
            starting.add_done_callback(lambda _: self._starting.pop(spec.run_id))
        return await asyncio.shield(starting)

    async def live(self) -> Mapping[RunId, LiveRun]:
        """See `Launcher.live`. Files that are no run's are passed over."""
        files = (self._read(path) for path in self._runs.glob("*.json"))
        return {
            file.run: _live_run(file)
            for file in files
            if file is not None and ((file.worker is not None and is_alive(file.worker)) or is_alive(file.keeper))
        }

    async def stop(self, run: LiveRun, grace_seconds: float) -> None:
        """See `Launcher.stop`."""
        worker = run.worker or await self._born(run.run_id)
        if worker is None or not is_alive(worker):
            return
        if run.run_id in self._asked or ask_to_end(worker):
            # Once: to many programs a second SIGTERM means to drop everything.
            self._asked.add(run.run_id)
            await self._died_within(worker, grace_seconds)
        kill(worker)
        await self._watcher.died(worker)
        if run.keeper is None or not is_alive(run.keeper):
            sweep(worker)
        self._asked.discard(run.run_id)

    async def ended(self, run: LiveRun) -> Exit:
        """See `Launcher.ended`. The shim leaves as soon as it has written the line."""
        worker, keeper = run.worker, run.keeper or self._keeper_of(run.run_id)
        seen = await self._watcher.died(worker) if worker is not None else UNSEEN_EXIT
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
        _require_file_name(run_id)
        self._path(run_id).unlink(missing_ok=True)
        for draft in self._runs.glob(f"{run_id}.json.*"):
            draft.unlink(missing_ok=True)

    def _keeper_of(self, run_id: RunId) -> Identity | None:
        file = self._read(self._path(run_id))
        return file.keeper if file is not None else None

    async def _start(self, spec: RunSpec) -> LiveRun:
        if not self._path(spec.run_id).exists() or await asyncio.to_thread(self._clear_abandoned, spec.run_id):
            shim, trouble = await asyncio.to_thread(self._launch, spec)
            self._reap(shim)
            if trouble:
                raise LaunchFailed(_NOT_STARTED, trouble)
        return _live_run(await self._settled(spec.run_id))

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
            raise LaunchFailed(_NOT_STARTED, str(error)) from error
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
        file = self._read(self._path(run_id))
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

    def _clear_abandoned(self, run_id: RunId) -> bool:
        """Removes the claim of a shim that died too early. False when the run is in living hands, or was."""
        # Under a lock, so that nobody removes what a quicker one has just put in the abandoned file's place.
        with FileLock(self._runs / ".clear.lock", mode=0o600):
            file = self._read(self._path(run_id))
            if file is None or not file.is_abandoned:
                return False
            self.forget(run_id)
            return True

    async def _died_within(self, worker: Identity, grace_seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await self._watcher.died(worker)

    async def _born(self, run_id: RunId) -> Identity | None:
        if not self._path(run_id).exists():
            return None
        try:
            return (await self._settled(run_id)).worker
        except LaunchFailed:
            return None

    async def _settled(self, run_id: RunId) -> RunFile:
        """The run's file once it names the worker or says that none could be started; raises `LaunchFailed`."""
        deadline = time.monotonic() + BIRTH_PATIENCE_SECONDS
        while True:
            file = self._read(self._path(run_id))
            if file is not None and file.is_settled:
                return file
            if file is not None and file.is_abandoned and self._read(self._path(run_id)) == file:
                raise LaunchFailed(_NOT_STARTED, f"run {run_id}: its shim was killed at the start")
            if time.monotonic() > deadline:
                raise LaunchFailed(_NOT_STARTED, f"run {run_id}: no worker within {BIRTH_PATIENCE_SECONDS:g} s")
            await asyncio.sleep(BIRTH_POLL_SECONDS)

    def _read(self, path: Path) -> RunFile | None:
        """A run file; None when there is none, or what is there is no run's file (torn, empty, foreign)."""
        try:
            file = msgspec.json.decode(path.read_bytes(), type=RunFile)
        except (FileNotFoundError, IsADirectoryError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        return file if self._path(file.run) == path else None

    def _path(self, run_id: RunId) -> Path:
        return self._runs / f"{run_id}.json"


def worker_environment(surrounding: Mapping[str, str], home: Path) -> dict[str, str]:
    """What workers see: the harmless part of `surrounding`, where `jobs` is found from any directory, and the home."""
    inherited = {name: value for name, value in surrounding.items() if name in INHERITED or name.startswith("LC_")}
    return {
        **inherited,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "SJA_HOME": str(home),
        "PYTHONUNBUFFERED": "1",
    }


def _shim_command() -> list[str]:
    # Without site-packages (-S) a shim starts in a third of the time; off Linux it needs psutil from there.
    lean = ["-S"] if sys.platform == "linux" else []
    return [sys.executable, *lean, "-P", "-m", "jobs.supervisor.shim"]


def _live_run(file: RunFile) -> LiveRun:
    return LiveRun(run_id=file.run, worker=file.worker, keeper=file.keeper)


def _require_file_name(text: str) -> None:
    if not is_job_id(text):
        raise ValueError(f"not an id: {text!r}")
