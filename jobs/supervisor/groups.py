"""Ending a worker and all it started, once it is certain that the process is still the one that is meant."""

import os
import signal
import sys
from contextlib import suppress

import psutil

from jobs.models.run import Identity
from jobs.supervisor.identity import is_alive


def ask_to_end(worker: Identity) -> bool:
    """Asks the worker's process group to end. False when it could not be asked: gone, or beyond asking."""
    if sys.platform == "win32":
        return is_alive(worker) and _send_break(worker.pid)
    return _signal_group(worker, signal.SIGTERM)


def kill(worker: Identity) -> None:
    """Ends the worker's process group at once. Whoever has gone already is no error."""
    if sys.platform == "win32":
        if is_alive(worker):
            _kill_tree(worker.pid)
    else:
        _signal_group(worker, signal.SIGKILL)


def sweep(worker: Identity) -> None:
    """Ends what a worker that was just seen to die has left of its process group, in place of its keeper.

    The group's number cannot pass to strangers while a member lives, nor within the moment since the worker died.
    """
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(worker.pid, signal.SIGKILL)


def _signal_group(worker: Identity, number: signal.Signals) -> bool:
    if not is_alive(worker):
        return False
    try:
        # Workers lead a session, and so a process group, of their own.
        os.killpg(worker.pid, number)
    except ProcessLookupError:
        return False
    return True


def _send_break(pid: int) -> bool:
    try:
        os.kill(pid, getattr(signal, "CTRL_BREAK_EVENT"))  # noqa: B009 - exists on Windows alone
    except OSError:
        # Only processes that share a console can be asked.
        return False
    return True


def _kill_tree(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in [*process.children(recursive=True), process]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
