"""How much a run uses."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from jobs.models.run import Identity


class Usage(Struct, frozen=True, kw_only=True):
    """What a run's process and its living descendants use.

    `cpu_percent` is of one core, since the process started; `uptime_seconds` is since then, by the kernel's own clock.
    `memory_bytes` is resident memory, which counts what is shared (with the fork server, and so with all its runs) in
    full; `own_bytes` counts it in equal parts, and is what a limit is about. None: not asked for.
    """

    cpu_percent: float
    memory_bytes: int
    own_bytes: int | None = None
    uptime_seconds: float = 0.0


class Meter(Protocol):
    """Reads what the kernel counts."""

    def usage(self, worker: Identity, *, own: bool = False) -> Usage | None:
        """None when the process is gone. `own` asks for `own_bytes` too, which costs ten times as much."""
        ...

    def over(self, workers: Sequence[Identity], limit_bytes: int) -> Mapping[Identity, int]:
        """The workers that use more than the limit, each with all processes of its session, and how much, in bytes.

        Cheap for the many that are below it. Safe to call in a thread.
        """
        ...
