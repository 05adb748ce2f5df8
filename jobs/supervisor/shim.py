"""The keeper of one run: starts its worker, waits for it, and writes down how it ended.

Run as `python -m jobs.supervisor.shim`, it reads one JSON document from standard input, so that nothing secret is in
its arguments or environment, and it outlives the bot that started it. Standard output and error stay open until the
run is on its way: their end tells the launcher, and whatever was written to them is why the run could not be kept.
There is one shim per run, so it imports little.
"""

# Importing pathlib would cost every shim 5 ms.
# ruff: noqa: PTH116, PTH118

import json
import os
import signal
import sys
import time
from binascii import a2b_base64
from contextlib import suppress

from jobs.supervisor.claims import Claim, spell_identity
from jobs.supervisor.journal import exit_line, write_durably

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

FIRST_RETRY_SECONDS: "Final" = 0.05
LONGEST_RETRY_SECONDS: "Final" = 5.0
"""How often a line is offered to a disk that will not take it."""
HOME_LOOKS: "Final" = 7
"""In a row that must find no home, before it is given up: more than three seconds, for a mount may come back."""

EXIT_NOT_STARTED: "Final" = 127
"""What shells answer for a command they cannot start."""


class Spec:
    """What the launcher wrote to standard input; the fields of `portable.ShimSpec`."""

    def __init__(self, text: bytes) -> None:
        data = json.loads(text)
        self.run: str = data["run"]
        self.job: str = data["job"]
        self.epoch: int = data["epoch"]
        self.launcher: int = data["launcher"]
        self.home: str = data["home"]
        self.argv: list[str] = data["argv"]
        self.environment: dict[str, str] = data["environment"]
        self.payload: bytes = a2b_base64(data["payload"])

    @property
    def log_file(self) -> str:
        return os.path.join(self.home, "jobs", f"{self.job}.log")


class Worker:
    """A worker in being. `feed`: the descriptor for its payload; `wait`: its exit code, or minus the signal."""

    def __init__(self, pid: int, feed: int, wait: "Callable[[], int]") -> None:
        self.pid = pid
        self.feed = feed
        self.wait = wait


def main() -> None:
    """Keeps one run, from its claim to the line that tells its end."""
    spec = Spec(sys.stdin.buffer.read())
    _outlive_terminal()
    claim = Claim(spec.home, spec.run, spec.job, spec.epoch, spell_identity(os.getpid()))
    if not _is_wanted(spec) or not claim.take():
        return
    try:
        worker, identity = _start(spec, claim)
    except OSError as error:
        _say_not_started(spec, claim, error)
        return
    _announce()
    _feed(worker.feed, spec.payload)
    code = worker.wait()
    _write_exit(spec, identity, code)


def _outlive_terminal() -> None:
    """A shim ends when its worker has, and for no other reason a signal could ask for politely."""
    os.umask(0o077)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _is_wanted(spec: Spec) -> bool:
    """Whether the launcher is still there.

    Of a run whose launcher was killed so early, the next launcher decides; it may long have ended when a slow shim
    gets here.
    """
    return os.getppid() == spec.launcher


def _start(spec: Spec, claim: Claim) -> "tuple[Worker, dict[str, Any]]":
    """Starts the worker and names it in the run file; raises `OSError`, and then no worker is left.

    The payload comes after the naming: a worker nobody knows of has nothing to do, and ends on its empty input.
    """
    os.chdir(spec.home)
    log = os.open(spec.log_file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        worker = _spawn_windows(spec, log) if sys.platform == "win32" else _spawn(spec, log)
    finally:
        os.close(log)
    try:
        identity = spell_identity(worker.pid)
        claim.name_worker(identity)
    except OSError:
        os.close(worker.feed)
        os.kill(worker.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        worker.wait()
        raise
    return worker, identity


def _spawn(spec: Spec, log: int) -> Worker:
    source, feed = os.pipe()
    try:
        pid = os.posix_spawnp(
            spec.argv[0],
            spec.argv,
            spec.environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, source, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE, signal.SIGXFSZ],
        )
    except OSError:
        os.close(feed)
        raise
    finally:
        os.close(source)
    return Worker(pid, feed, lambda: _reap(pid))


def _reap(pid: int) -> int:
    """Waits for the worker; what is left of its process group goes with it."""
    if hasattr(os, "waitid"):
        # Not reaped yet, it keeps its pid, which is the group's number: no stranger can be hit.
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        _kill_group(pid)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    _kill_group(pid)
    return code


def _kill_group(pgid: int) -> None:
    # Nobody left is no error; macOS says EPERM where only zombies are.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pgid, signal.SIGKILL)


def _spawn_windows(spec: Spec, log: int) -> Worker:
    import subprocess  # noqa: PLC0415 - costs 6 ms and a megabyte, and only Windows needs it

    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
    source, feed = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - the launcher's own argv
            spec.argv, stdin=source, stdout=log, stderr=log, env=spec.environment, creationflags=flags
        )
    except OSError:
        os.close(feed)
        raise
    finally:
        os.close(source)
    return Worker(process.pid, feed, process.wait)


def _announce() -> None:
    """Tells the launcher that the run is on its way, by letting go of what the launcher listens to."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)


def _feed(feed: int, payload: bytes) -> None:
    try:
        while payload:
            payload = payload[os.write(feed, payload) :]
    except OSError:
        # EPIPE: the worker has left, or wants no more. How it ends says the rest.
        pass
    finally:
        os.close(feed)


def _say_not_started(spec: Spec, claim: Claim, error: OSError) -> None:
    try:
        log = os.open(spec.log_file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.write(log, f"执行进程无法启动：{error}\n".encode())
        os.close(log)
    except OSError:
        # The log may be what failed. The exit line is the fact.
        pass
    _write_exit(spec, None, EXIT_NOT_STARTED)
    # On a disk that takes nothing, a second start of this run would try once more, and harm nobody.
    with suppress(OSError):
        claim.say_unstarted()


def _write_exit(spec: Spec, worker: "dict[str, Any] | None", code: int) -> None:
    """Appends the run's `ExitLine`, durably, however long the disk refuses it. Gives up when the home is gone."""
    line = exit_line(spec.run, worker, code)
    pause_seconds = FIRST_RETRY_SECONDS
    looks_left = HOME_LOOKS
    while looks_left:
        try:
            write_durably(spec.home, line)
        except OSError:
            looks_left = looks_left - 1 if _is_missing(spec.home) else HOME_LOOKS
            time.sleep(pause_seconds)
            pause_seconds = min(pause_seconds * 2, LONGEST_RETRY_SECONDS)
        else:
            return


def _is_missing(home: str) -> bool:
    try:
        os.stat(home)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        # It cannot be looked at now, which says nothing.
        return False
    return False


if __name__ == "__main__":
    main()
    # Nothing is left to tidy up, and the bot waits for this end to read the exit line.
    os._exit(0)
