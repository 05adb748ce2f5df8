"""When a run that lives is no longer well: it uses too much memory, or has shown no progress for too long. Pure."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from jobs.models.durations import seconds_in_words
from jobs.models.run import Condemned

MIB: Final = 2**20


class Beat(Struct, frozen=True, kw_only=True):
    """A sign of life: when a run last said how it goes, and when it meant to look again."""

    at: datetime
    next_check_at: datetime | None
    checks: int

    @property
    def interval_seconds(self) -> float | None:
        """What the run itself promised. None: nothing; 0 where its clock was set back as it spoke."""
        if self.next_check_at is None:
            return None
        return max((self.next_check_at - self.at).total_seconds(), 0.0)


class Silence(Struct, frozen=True, kw_only=True):
    """How long the last beat of a run has been its last, in seconds that the watcher itself has watched.

    `beat` None: the run has given no sign of life yet.
    """

    beat: Beat | None
    seconds: float = 0.0


class HangRule(Struct, frozen=True, kw_only=True):
    """A run hangs that was silent for `missed` intervals more than the one it was due in, and for the floor at least.

    The floor leaves a quick monitor time for one slow look: nine requests of ten seconds, and some.
    """

    missed: int = 3
    floor_seconds: float = 120.0
    newborn_seconds: float = 600.0
    """For a run that has not even said that it began: far more than a start takes on a busy machine."""
    unpromised_seconds: float = 3600.0
    """For a run that promised no next sign: an hour, longer than any single piece of work here takes."""

    def patience_seconds(self, beat: Beat | None) -> float:
        """How much silence is borne after this beat, or after the birth."""
        if beat is None:
            return self.newborn_seconds
        interval = beat.interval_seconds
        return self.unpromised_seconds if interval is None else max((self.missed + 1) * interval, self.floor_seconds)

    def is_hung(self, silence: Silence) -> bool:
        return silence.seconds >= self.patience_seconds(silence.beat)

    def is_suspect(self, silence: Silence) -> bool:
        """Whether half of the patience is used up."""
        return silence.seconds >= self.patience_seconds(silence.beat) / 2


def listened(before: Silence | None, beat: Beat | None, passed_seconds: float) -> Silence:
    """The silence after another look, `passed_seconds` after the one before; any new beat ends it."""
    if before is None or before.beat != beat:
        return Silence(beat=beat)
    return Silence(beat=beat, seconds=before.seconds + passed_seconds)


def no_progress(silence: Silence) -> Condemned:
    """Why a run that hangs is ended: `15分钟没有进展（应每 300 秒查询一次），已请它退出`."""
    interval = silence.beat.interval_seconds if silence.beat is not None else None
    quiet = seconds_in_words(max(round(silence.seconds), 1))
    promised = f"（应每 {max(round(interval), 1)} 秒查询一次）" if interval is not None else ""
    return Condemned(sentence=f"{quiet}没有进展{promised}，已请它退出", again=True)


def too_much_memory(used_bytes: int, limit_bytes: int) -> Condemned:
    """Why a run is ended that stays over its limit; begun again it would only do the same."""
    return Condemned(
        sentence=f"内存超过上限 {limit_bytes // MIB} MB（用了 {_mib_up(used_bytes)} MB），已被停止", again=False
    )


def memory_warning(used_bytes: int, limit_bytes: int, seconds: float) -> str:
    """For the run's own log, at the first look that finds it over the limit."""
    return (
        f"内存用了 {_mib_up(used_bytes)} MB，超过上限 {limit_bytes // MIB} MB（SJA_RUN_MAX_MB）；"
        f"{seconds:g} 秒后仍然超过就停止"
    )


def _mib_up(used_bytes: int) -> int:
    """Rounded up, so that what is over the limit never reads as the limit."""
    return -(-used_bytes // MIB)
