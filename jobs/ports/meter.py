"""How much a run uses."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from jobs.models.run import Identity


class Usage(Struct, frozen=True, kw_only=True):
    """What a run's process and its living descendants use.

    `cpu_percent` is of one core, since the process started; `uptime_seconds` is since then, by the kernel's own clock.
    `memory_bytes` is what would be free without them: pages that several processes share count in equal parts.
    """

    cpu_percent: float
    memory_bytes: int
    uptime_seconds: float = 0.0


class Meter(Protocol):
    """Reads what the kernel counts."""

    def usage(self, worker: Identity) -> Usage | None:
        """None when the process is gone."""
        ...

    def over(self, workers: Sequence[Identity], limit_bytes: int) -> Mapping[Identity, int]:
        """The workers that use more than the limit, each with all processes of its session, and how much, in bytes.

        Cheap for the many that are below it. Safe to call in a thread.
        """
        ...
