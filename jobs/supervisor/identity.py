"""Who a process is, and whether it still is."""

from collections.abc import Callable

from jobs.models.run import Identity
from jobs.supervisor.process_table import Row, boot_id, look_up


def identify(pid: int, look_up: Callable[[int], Row | None] = look_up) -> Identity | None:
    """The process that runs under `pid` now. None when there is none, or only a zombie: that one has ended."""
    row = look_up(pid)
    if row is None:
        return None
    start, runs = row
    return Identity(boot_id=boot_id(), pid=pid, start=start) if runs else None


def is_alive(identity: Identity, look_up: Callable[[int], Row | None] = look_up) -> bool:
    """Whether this very process still runs, and not another that was given its pid since."""
    return identify(identity.pid, look_up) == identity
