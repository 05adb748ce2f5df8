"""The last moment before an instant, in which nothing else may come first."""

import gc
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final

_POLITE: Final = 10
"""As all runs that are not armed are from their beginning."""


def make_way() -> None:
    """Leaves the cores to others where they want them, for good."""
    if hasattr(os, "nice"):
        os.nice(_POLITE)


@contextmanager
def undisturbed() -> Generator[None, None, None]:
    """Within it no garbage is collected, and this process comes before all ordinary ones where it may (Linux, with
    CAP_SYS_NICE or an RLIMIT_RTPRIO). To be left as soon as possible."""
    collects = gc.isenabled()
    gc.disable()
    before = _come_first()
    try:
        yield
    finally:
        if before is not None:
            _come_again(before)
        if collects:
            gc.enable()


if hasattr(os, "SCHED_FIFO"):

    def _come_first() -> int | None:
        """The policy there was, None where it stays that."""
        try:
            before = os.sched_getscheduler(0)
            first = os.sched_param(os.sched_get_priority_min(os.SCHED_FIFO))
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, first)
        except OSError:
            return None
        return before

    def _come_again(before: int) -> None:
        with suppress(OSError):
            # The flag stays: to take it back needs a privilege that one with a mere RLIMIT_RTPRIO has not.
            os.sched_setscheduler(0, before | os.SCHED_RESET_ON_FORK, os.sched_param(0))

else:

    def _come_first() -> int | None:
        return None

    def _come_again(before: int) -> None: ...
