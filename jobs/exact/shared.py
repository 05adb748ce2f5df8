"""What is known of servers' clocks, shared by all runs of a home: one asks, the others read."""

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from jobs.models.offsets import Estimate, Sample
from jobs.ports.clock import ExactClock

_FRESH_SECONDS: Final = 300.0
"""By then two clocks may have parted by 75 ms: good enough to know when to compare them anew."""
_SET_SECONDS: Final = 1.0
"""If our two clocks disagree by more about how long ago it was, one was set, or the machine was started anew."""

TakeLock = Callable[[Path], AbstractContextManager[Any] | None]
"""The lock on a file, None when somebody has it; never waits. It goes with the process that holds it."""


class Finding(Struct, frozen=True, kw_only=True):
    """What was found out by then; `estimate` None: nothing. `settled`: whoever asked had done.

    `disbelieved`: what the last answer said that was too far off. `quiet_until`: by our steady clock, when the server
    may be asked again; 0: it never wanted to be left alone.
    """

    estimate: Estimate | None
    samples: tuple[Sample, ...] = ()
    settled: bool
    steady: float
    wall: float
    disbelieved: Estimate | None = None
    quiet_until: float = 0.0


class SharedFindings:
    """One small file for each server, in `directory`, which is made when needed. What cannot be kept is not shared."""

    def __init__(self, directory: Path, clock: ExactClock, take: TakeLock) -> None:
        self._directory = directory
        self._clock = clock
        self._take = take

    def of(self, server: str) -> Finding | None:
        """What was found out within the last minutes, on this machine since it was started."""
        try:
            finding = msgspec.json.decode(self._file(server).read_bytes(), type=Finding)
        except (OSError, msgspec.DecodeError):
            return None
        age = self._clock.steady() - finding.steady
        was_set = abs(self._clock.wall() - finding.wall - age) > _SET_SECONDS
        return finding if 0 <= age <= _FRESH_SECONDS and not was_set else None

    def found(self, estimate: Estimate | None, samples: Sequence[Sample], *, settled: bool) -> Finding:
        """As of now."""
        return Finding(
            estimate=estimate,
            samples=tuple(samples),
            settled=settled,
            steady=self._clock.steady(),
            wall=self._clock.wall(),
        )

    def keep(self, server: str, finding: Finding) -> None:
        """Replaces what is known of a server at once: a reader sees the old or the new, whole."""
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._directory)  # mode 0600
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(msgspec.json.encode(finding))
                Path(name).replace(self._file(server))
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def right_to_ask(self, server: str) -> AbstractContextManager[Any] | None:
        """Held by the one who asks a server just now; None: that is somebody else. Where nothing can be kept everybody
        has it, for nobody would ever hear of what another has found."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._take(self._file(server).with_suffix(".lock"))
        except OSError:
            return nullcontext()

    def _file(self, server: str) -> Path:
        return self._directory / blake2b(server.encode(), digest_size=8).hexdigest()
