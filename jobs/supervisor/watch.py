"""Seeing processes die, whoever their parent is."""

import asyncio
import errno
import os
from typing import Final

from jobs.models.run import UNSEEN_EXIT, Exit, Identity
from jobs.ports.launcher import Watcher
from jobs.supervisor.identity import is_alive
from jobs.supervisor.pidfd import exit_behind

POLL_SECONDS: Final = 0.5
"""How late a death may be seen where the kernel cannot tell."""


class PollingWatcher:
    """Asks again and again; works everywhere."""

    def __init__(self, interval_seconds: float = POLL_SECONDS) -> None:
        self._interval_seconds = interval_seconds

    async def died(self, identity: Identity, patience_seconds: float = 0.0) -> Exit:  # noqa: ARG002 - it never learns
        """See `Watcher.died`; late by at most the interval."""
        while seems_alive(identity):  # noqa: ASYNC110 - nobody in this process knows of the death before us
            await asyncio.sleep(self._interval_seconds)
        return UNSEEN_EXIT


class PidfdWatcher:
    """Is told by the kernel, within a millisecond. One descriptor per watch; needs Linux and a selector event loop."""

    def __init__(self) -> None:
        self._fallback = PollingWatcher()

    async def died(self, identity: Identity, patience_seconds: float = 0.0) -> Exit:
        """See `Watcher.died`. A watch for which this process has no descriptor left polls instead."""
        try:
            return await _told_by_kernel(identity, patience_seconds)
        except OSError:
            # ESRCH: gone; EINVAL: its pid now names a thread; EMFILE: no descriptor. Asking tells them apart.
            return await self._fallback.died(identity)


def best_watcher() -> Watcher:
    """The quickest watcher this system offers."""
    return PidfdWatcher() if _has_pidfd() else PollingWatcher()


def _has_pidfd() -> bool:
    if not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        # ENOSYS or EPERM: an older kernel, or a sandbox that forbids it.
        return False
    return True


def seems_alive(identity: Identity) -> bool:
    """As `is_alive`, where one would rather wait than be wrong: with no descriptor to look with, it does."""
    try:
        return is_alive(identity)
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            return True
        raise


async def _told_by_kernel(identity: Identity, patience_seconds: float) -> Exit:
    pidfd = os.pidfd_open(identity.pid)
    try:
        # Only now: the descriptor may be of another process, born under the same pid.
        if not is_alive(identity):
            return UNSEEN_EXIT
        await _readable(pidfd)
        return await exit_behind(pidfd, patience_seconds)
    finally:
        os.close(pidfd)


async def _readable(fd: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(fd, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(fd)
