"""Wires one run, inside its own process: lock, store, provider, kind."""

import logging
import math
import os
import signal
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from jobs.app.equipment import equipped
from jobs.app.runlog import log_to
from jobs.clock import SystemClock, SystemExactClock
from jobs.kinds import kind_named
from jobs.models.change import Fence
from jobs.models.durations import seconds_in_words
from jobs.models.errors import Refusal
from jobs.models.ids import Epoch, JobId, RunId
from jobs.models.job import Job
from jobs.models.offsets import MOST_BEHIND_SECONDS
from jobs.models.punctuality import Punctuality
from jobs.models.run import (
    EXIT_CRASHED,
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_SECOND_COPY,
    EXIT_TEMPORARY,
    EXIT_TOO_LATE,
    Outcome,
)
from jobs.models.templates import Templates
from jobs.ports.aim import Aim, TooLate
from jobs.ports.bell import Bell
from jobs.ports.kind import Assignment, Kind, Stopping
from jobs.ports.provider import VenueError
from jobs.ports.store import Fenced, Store, StoreUnavailable
from jobs.reporting import StoreReporter
from jobs.rope import DistantBell
from jobs.store.opening import open_for_run
from jobs.supervisor.job_lock import hold_job_lock
from jobs.supervisor.kernel_lock import take
from jobs.supervisor.orphan import write_own_end
from jobs.supervisor.signals import SignalStopping
from jobs.venues import ProviderConfig

_log = logging.getLogger("sja.run")

_UNDERSTOOD: Final = (Refusal, TooLate, StoreUnavailable, VenueError, msgspec.ValidationError)
"""Errors that a person can understand; any other is a defect."""


class Handover(Struct, frozen=True, kw_only=True):
    """What a run's process is handed on its standard input, as JSON."""

    home: str
    job_id: JobId
    run_id: RunId
    epoch: Epoch
    zone: str
    min_interval_seconds: float
    grace_seconds: float = 10.0
    armed: bool = False
    """Whether it may have an instant to wait for prepared: then it makes way for others only when that is over, or
    proves to be past. `jobs.worker` reads this too."""
    late_seconds_at_most: float = Punctuality().grace_seconds
    """How late it may still act where it is armed."""
    provider: ProviderConfig
    requests_per_minute: int = 60
    """To the platform, of all runs together."""
    templates: Templates | None = None
    """The one its job names, as whoever starts it knows it; None: it reads for itself what there is."""


class _Here(Struct, frozen=True):
    """A run, with what it reads and writes."""

    job: Job
    fence: Fence
    store: Store
    bell: Bell
    reporter: StoreReporter


def carry_out(payload: bytes) -> int:
    """Does one run from beginning to end; returns the exit code. Does not return when a signal ended it."""
    handover = msgspec.json.decode(payload, type=Handover)
    log_to(Path(handover.home) / "jobs" / f"{handover.job_id}.log", handover.zone)
    stopping = SignalStopping()
    code = execute(handover, stopping)
    if stopping.signal is not None and code != EXIT_DONE:
        _end_by(stopping.signal)
    return code


def execute(handover: Handover, stopping: Stopping) -> int:
    """The run as a function of what it is handed and of when it is asked to leave; returns the exit code.

    Whatever goes wrong is in the log, and in the code.
    """
    try:
        lock = hold_job_lock(Path(handover.home), handover.job_id)
        if lock is None:
            _log.error("这个任务已有一个执行进程，本进程退出")
            return EXIT_SECOND_COPY
        with lock:
            return _work(handover, stopping)
    except StoreUnavailable as trouble:
        _log.error("%s", trouble)
        return EXIT_TEMPORARY
    except Exception:
        # Whatever it was: the log has it whole, and the exit code says that it went wrong.
        _log.exception("本次运行因程序错误而中止")
        return EXIT_CRASHED


def _work(handover: Handover, stopping: Stopping) -> int:
    clock, home = SystemClock(), Path(handover.home)
    with closing(open_for_run(home)) as store, closing(DistantBell(home)) as bell:
        job = store.jobs.get(handover.job_id)
        if job is None:
            _log.error("任务 %s 已经不在了，没有什么可做", handover.job_id)
            return EXIT_FAILED
        fence = Fence(run_id=handover.run_id, epoch=handover.epoch)
        reporter = StoreReporter(store=store, bell=bell, clock=clock, job=job, fence=fence)
        _log.info("开始运行 %s（%s）", job.label, job.id)
        try:
            # Also asks, before anything is done, whether this run is still the one that is wanted.
            reporter.progress("刚刚启动", checks=0, next_check_at=None)
            outcome, code = _outcome(handover, _Here(job, fence, store, bell, reporter), stopping)
            _finish(reporter, outcome, stopping)
        except Fenced:
            _log.warning("本次运行已被取代，退出")
            return EXIT_FAILED
        _log.info("结束：%s", outcome.sentence)
        return code


def _finish(reporter: StoreReporter, outcome: Outcome, stopping: Stopping) -> None:
    """Stores what became of the work. A run that was asked to leave before it was done has nothing to say."""
    if stopping.is_set() and not outcome.done:
        return
    try:
        reporter.finish(outcome)
    except StoreUnavailable as trouble:
        # The exit code says the same in a word: what is done must not be done again for want of a sentence.
        _log.error("%s", trouble)


def _outcome(handover: Handover, here: _Here, stopping: Stopping) -> tuple[Outcome, int]:
    """What the kind made of it; errors that a person can understand become a failed outcome with their sentence."""
    try:
        kind = kind_named(here.job.kind)
        aim = _aim(handover, kind, here.reporter, stopping)
        with _assigned(handover, here, stopping, aim) as assignment:
            outcome = kind.work(assignment)
    except _UNDERSTOOD as error:
        return _understood(error)
    except Fenced:
        raise
    except Exception:
        # A defect of the kind's: people get a sentence, the log gets everything.
        _log.exception("本次运行因程序错误而中止")
        return Outcome(done=False, sentence="程序出错，细节在服务器的日志里"), EXIT_CRASHED
    return outcome, EXIT_DONE if outcome.done else EXIT_FAILED


@contextmanager
def _assigned(handover: Handover, here: _Here, stopping: Stopping, aim: Aim | None) -> Generator[Assignment]:
    home, clock = Path(handover.home), SystemClock()
    with equipped(
        home,
        handover.provider,
        handover.requests_per_minute,
        job=here.job,
        fence=here.fence,
        store=here.store,
        bell=here.bell,
        clock=clock,
        stopping=stopping,
    ) as equipment:
        yield Assignment(
            job=here.job,
            zone=handover.zone,
            min_interval_seconds=handover.min_interval_seconds,
            provider=equipment.provider,
            budget=equipment.budget,
            desk=equipment.desk,
            reporter=here.reporter,
            clock=clock,
            stopping=stopping,
            aim=aim,
            templates=partial(_templates, handover),
            grace_seconds=handover.grace_seconds,
        )


def _understood(error: Exception) -> tuple[Outcome, int]:
    """What people are told of an error that has a sentence, and the exit code for it."""
    if not isinstance(error, Refusal):
        _log.error("%s", error)
    match error:
        case Refusal():
            sentence, code = error.sentence, EXIT_FAILED
        case TooLate():
            how_late = seconds_in_words(round(error.late_seconds))
            sentence, code = f"电脑休眠过，或进程被停住：迟了{how_late}，没有出手", EXIT_TOO_LATE
        case StoreUnavailable():
            sentence, code = error.sentence, EXIT_TEMPORARY
        case VenueError():
            sentence, code = error.sentence, EXIT_FAILED if error.retry_after_seconds is None else EXIT_TEMPORARY
        case _:
            sentence, code = "任务的配置无法辨认，请删除后重新创建", EXIT_FAILED
    return Outcome(done=False, sentence=sentence), code


def _aim(handover: Handover, kind: Kind, reporter: StoreReporter, stopping: Stopping) -> Aim | None:
    """The instant to wait for. None: there is none; or it has come, by any clock that is believed, and that is
    reported."""
    instant = reporter.scheduled_at()
    if instant is not None:
        late_seconds = (SystemClock().now() - instant).total_seconds()
        if kind.conduct.lead_seconds > 0 and late_seconds < MOST_BEHIND_SECONDS:
            # Who was started late was started all the same: that it overslept can only be said of the others.
            most = handover.late_seconds_at_most if late_seconds < 0 else math.inf
            return _exact_aim(handover, instant, stopping, most)
        reporter.fired(late_seconds)
    if handover.armed:
        _make_way()
    return None


def _make_way() -> None:
    from jobs.exact.undisturbed import make_way  # noqa: PLC0415 - few runs have a use for it

    make_way()


def _exact_aim(handover: Handover, instant: datetime, stopping: Stopping, late_seconds_at_most: float) -> Aim:
    from jobs.exact.aim import ExactAim  # noqa: PLC0415 - few runs have a use for it
    from jobs.exact.shared import SharedFindings  # noqa: PLC0415

    clock = SystemExactClock()
    shared = SharedFindings(Path(handover.home) / "clocks", clock, take)
    return ExactAim(instant, clock, stopping, shared, late_seconds_at_most)


def _templates(handover: Handover) -> Templates:
    if handover.templates is not None:
        return handover.templates
    from jobs.templates import TemplateBook  # noqa: PLC0415 - few runs have a use for it

    return TemplateBook(Path(handover.home)).templates()


def _end_by(number: int) -> None:
    """Ends as the signal would have ended it, so that whoever reaps it sees the truth."""
    logging.shutdown()
    sys.stdout.flush()
    write_own_end(-number)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
