"""How much a process uses."""

from typing import Protocol

from msgspec import Struct

from jobs.models.run import Identity


class Usage(Struct, frozen=True, kw_only=True):
    """`cpu_percent` is of one core, since the process started; `memory_bytes` is resident memory."""

    cpu_percent: float
    memory_bytes: int


class Meter(Protocol):
    """Reads what the kernel counts."""

    def usage(self, identity: Identity) -> Usage | None:
        """None when the process is gone."""
        ...
