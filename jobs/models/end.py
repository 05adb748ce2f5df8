"""The end of a run: whether its work was done, in which words, and what that means for its instant. Pure."""

from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jobs.models.change import Occurrence, OccurrenceStatus
from jobs.models.moving import occurrence_of
from jobs.models.punctuality import ON_TIME
from jobs.models.restarts import ON_FAILURE, is_restartable
from jobs.models.run import EXIT_TOO_LATE, Desired, Exit, Run, RunStatus

_INTERRUPTED: Final = {
    Desired.STOPPED: "停止",
    Desired.PAUSED: "暂停",
    Desired.RESUMED: "暂停",
    Desired.RESTARTED: "重启",
    Desired.MOVED: "中止",
    Desired.DELETED: "删除",
}
BROKEN_OFF: Final = "运行中被"
"""How the reason of an occurrence begins whose run a person ended."""
_TRIES_BEFORE_THE_INSTANT: Final = 3
"""Runs that follow one which was lost while it waited for its instant."""


class End(Struct, frozen=True, kw_only=True):
    """A run that is over: when, whether its work was done, the sentence for it, and the last lines of its log."""

    run: Run
    at: datetime
    done: bool
    sentence: str
    log: list[str]

    @property
    def is_missed(self) -> bool:
        """Whether it was never started, because its instant was too long ago."""
        return self.run.exit == Exit(code=EXIT_TOO_LATE)

    @property
    def is_early(self) -> bool:
        """Whether the instant it was for still lies ahead."""
        return self.run.scheduled_at is not None and self.at < self.run.scheduled_at

    @property
    def is_too_early(self) -> bool:
        """Whether its process was lost before the instant (killed, crashed), so that another can still keep it."""
        exit = self.run.exit or Exit()
        was_lost = self.run.desired is Desired.UP and is_restartable(ON_FAILURE, self.run, exit, done=self.done)
        return self.is_early and was_lost and self.run.restarts < _TRIES_BEFORE_THE_INSTANT

    @property
    def is_told(self) -> bool:
        """Whether the chat knows what was done: the run has told it."""
        return self.done and self.run.outcome is not None and self.run.outcome.is_told

    @property
    def last_words(self) -> list[str]:
        return [] if self.done else self.log


def verdict(run: Run, exit: Exit) -> tuple[bool, str]:
    """Whether the work was done, and the sentence for it: the run's own words where they agree with its exit.

    What a run says it has done is done, however its process ended afterwards: it says so last, and a booking must not
    be made again because somebody pulled the plug then.
    """
    if run.outcome is not None and run.outcome.done:
        return True, run.outcome.sentence
    if run.condemned is not None:
        return False, run.condemned.sentence
    if run.outcome is not None and exit.signal is None:
        return False, run.outcome.sentence
    done = exit.code == 0
    return done, "已完成" if done else exit.words


def end_of(run: Run, exit: Exit, at: datetime, log: list[str]) -> End:
    """The run, over; `log` holds its last lines."""
    run = replace(run, status=RunStatus.ENDED, ended_at=at, exit=exit)
    done, sentence = verdict(run, exit)
    return End(run=run, at=at, done=done, sentence=sentence, log=log)


def closed(end: End) -> tuple[Occurrence, ...]:
    """The occurrence that is over with its run; one whose run is only begun anew is not."""
    run = end.run
    if end.done:
        return occurrence_of(run, OccurrenceStatus.DONE, end.sentence)
    if end.is_too_early or (run.desired is Desired.RESTARTED and end.is_early):
        return ()
    if interrupted := _INTERRUPTED.get(run.desired):
        # What had begun may have had its effect: it must not be taken for an instant that can still be kept.
        if end.is_early:
            return occurrence_of(run, OccurrenceStatus.SKIPPED, f"到点前被{interrupted}")
        return occurrence_of(run, OccurrenceStatus.FAILED, BROKEN_OFF + interrupted)
    return occurrence_of(run, OccurrenceStatus.MISSED if end.is_missed else OccurrenceStatus.FAILED, end.sentence)


def lateness(run: Run) -> dict[str, Any]:
    """Of a run that began noticeably after its instant: which that was, and by how much."""
    if run.scheduled_at is None or run.started_at is None or run.started_at - run.scheduled_at <= ON_TIME:
        return {}
    late = run.started_at - run.scheduled_at
    return {"scheduled_at": run.scheduled_at.isoformat(), "late_seconds": late.total_seconds()}
