"""When a run that ended by itself is followed by another, and how soon. Pure: the caller brings time and chance.

After OTP's supervisor (https://www.erlang.org/doc/system/sup_princ.html): a restart intensity per period ends a loop
of crashes. The wait between is exponential with full jitter, so that many who failed at one instant do not return
together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from jobs.models.durations import seconds_in_words
from jobs.models.run import EXIT_FAILED, UNSEEN_EXIT, Exit, Run

_DAY: Final = timedelta(days=1)
LONGEST_WAIT: Final = timedelta(minutes=10)
"""No policy waits longer (`cap_seconds`)."""


class RestartWhen(StrEnum):
    """After which ends a run is followed by another."""

    NEVER = "never"
    ON_FAILURE = "on_failure"
    """After a failure that need not last: a signal, a crash, a temporary failure. Not after one the run explained."""
    ALWAYS = "always"
    """After every end but one a person asked for."""


class RestartPolicy(Struct, frozen=True, kw_only=True):
    """What a kind declares. At most `intensity` restarts within `period_seconds`; one more failure is the last.

    At most `per_day` within a day, too: what hangs, or dies an hour after each start, would never fill a short period,
    and nobody would ever be told.

    Restart number n (from 0) of a period waits between 0 and min(`cap_seconds`, `first_seconds` · 2ⁿ).
    """

    when: RestartWhen
    first_seconds: float = 1.0
    cap_seconds: float = 60.0
    intensity: int = 5
    period_seconds: float = 600.0
    per_day: int = 10


NEVER: Final = RestartPolicy(when=RestartWhen.NEVER)
ON_FAILURE: Final = RestartPolicy(when=RestartWhen.ON_FAILURE)
ALWAYS: Final = RestartPolicy(when=RestartWhen.ALWAYS)


class Restart(Struct, frozen=True, kw_only=True):
    """A restart that is due: not before `at`; `recent` are the instants of all within a day, it included."""

    at: datetime
    recent: tuple[datetime, ...]


def is_restartable(policy: RestartPolicy, run: Run, exit: Exit, *, done: bool) -> bool:
    """Whether such an end calls for another run, however many there were."""
    if run.condemned is not None and not run.condemned.again:
        return False
    if policy.when is RestartWhen.ON_FAILURE:
        return not done and not _was_explained(run, exit)
    return policy.when is RestartWhen.ALWAYS


def next_restart(policy: RestartPolicy, run: Run, at: datetime, chance: float) -> Restart | None:
    """The restart that follows `run`; None when there were too many. `chance` is in [0, 1)."""
    today = _within(_DAY, run.restarted_at, at)
    recent = _within(timedelta(seconds=policy.period_seconds), run.restarted_at, at)
    if len(recent) >= policy.intensity or len(today) >= policy.per_day:
        return None
    wait = chance * min(policy.cap_seconds, LONGEST_WAIT.total_seconds(), policy.first_seconds * 2 ** len(recent))
    return Restart(at=at + timedelta(seconds=wait), recent=(*today, at))


def gave_up(policy: RestartPolicy, run: Run, at: datetime) -> str:
    """Why there is no further restart, for people: `10分钟内自动重启了 5 次，不再重启`."""
    recent = _within(timedelta(seconds=policy.period_seconds), run.restarted_at, at)
    if len(recent) >= policy.intensity:
        return f"{seconds_in_words(max(round(policy.period_seconds), 1))}内自动重启了 {len(recent)} 次，不再重启"
    return f"一天内自动重启了 {len(_within(_DAY, run.restarted_at, at))} 次，不再重启"


def _within(period: timedelta, instants: tuple[datetime, ...], at: datetime) -> tuple[datetime, ...]:
    return tuple(instant for instant in instants if at - period < instant <= at)


def _was_explained(run: Run, exit: Exit) -> bool:
    """The run itself said that it cannot succeed; trying again would change nothing."""
    return run.outcome is not None and exit in (Exit(code=EXIT_FAILED), UNSEEN_EXIT)
