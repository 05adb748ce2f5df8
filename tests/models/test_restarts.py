"""When a run that ended by itself is followed by another."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from jobs.models import decisions, endings, notices
from jobs.models.change import Change
from jobs.models.conduct import Conduct
from jobs.models.ids import JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.people import Chat
from jobs.models.recurrence import Weekly
from jobs.models.restarts import (
    ALWAYS,
    LONGEST_WAIT,
    NEVER,
    ON_FAILURE,
    RestartPolicy,
    RestartWhen,
    is_restartable,
    next_restart,
)
from jobs.models.run import UNSEEN_EXIT, Condemned, Desired, Exit, Outcome, Run, RunStatus

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
EXPLAINED = Outcome(done=False, sentence="场馆不存在")
DONE = Outcome(done=True, sentence="订好了")

JOB = Job(
    id=JobId("1e95803d"),
    number=JobNumber(7),
    kind="monitor",
    name="晚场监控",
    status=Status.RUNNING,
    config={},
    origin=Chat(self_id="10000", type="group", peer_id="12345"),
    created_at=NOW,
    updated_at=NOW,
    version=1,
)


def a_run(**fields: Any) -> Run:
    return Run(**{"id": RunId("r1"), "job_id": JOB.id, "status": RunStatus.LIVE, "requested_at": NOW, **fields})


def ended(run: Run, exit: Exit, policy: RestartPolicy = ON_FAILURE, job: Job = JOB, at: datetime = NOW) -> Change:
    conduct = Conduct(restart=policy)
    return endings.ended(job, run, exit, at, conduct=conduct, chance=0.5, next_run_id=RunId("r2"), log=["last words"])


@pytest.mark.parametrize(
    ("exit", "outcome", "restarts"),
    [
        (Exit(signal=9), None, True),
        (Exit(signal=11), None, True),
        (Exit(code=70), EXPLAINED, True),
        (Exit(code=75), EXPLAINED, True),
        (Exit(code=127), EXPLAINED, True),
        (Exit(code=1), None, True),
        (UNSEEN_EXIT, None, True),
        (Exit(code=1), EXPLAINED, False),
        (Exit(code=0), DONE, False),
        (Exit(code=0), None, False),
        (UNSEEN_EXIT, DONE, False),
        (UNSEEN_EXIT, EXPLAINED, False),
        (Exit(signal=15), DONE, False),
        (Exit(code=75), DONE, False),
    ],
)
def test_on_failure_restarts_what_crashed_and_not_what_explained_itself(
    exit: Exit, outcome: Outcome | None, restarts: bool
) -> None:
    (job,) = ended(a_run(outcome=outcome), exit).jobs
    assert (job.status is Status.PENDING) == restarts


@pytest.mark.parametrize("exit", [Exit(code=0), Exit(code=1), Exit(signal=9)])
def test_never_never_restarts_and_always_always_does(exit: Exit) -> None:
    assert ended(a_run(), exit, NEVER).jobs[0].status in (Status.COMPLETED, Status.FAILED)
    assert ended(a_run(), exit, ALWAYS).jobs[0].status is Status.PENDING


def test_a_restart_waits_says_why_and_tells_nobody() -> None:
    change = ended(a_run(), Exit(signal=9))

    (job,), (first, again) = change.jobs, change.runs
    assert (job.status, job.reason, job.last_result) == (
        Status.PENDING,
        "被信号 9 终止（可能内存不足）",
        "被信号 9 终止（可能内存不足）",
    )
    assert (first.status, again.status, again.restarts) == (RunStatus.ENDED, RunStatus.QUEUED, 1)
    assert again.not_before_at == NOW + timedelta(seconds=0.5)
    assert change.notifications == ()
    assert "run.restarts" in [event.type for event in change.events]


def test_a_loop_of_crashes_ends_in_failure_told_once_with_the_last_words() -> None:
    job, run, told, restarts = JOB, a_run(), [], 0
    for second in range(20):
        change = ended(run, Exit(signal=9), job=job, at=NOW + timedelta(seconds=20 * second))
        (job,) = change.jobs
        told += change.notifications
        if job.status is Status.FAILED:
            break
        restarts += 1
        job, run = replace(job, status=Status.RUNNING), replace(change.runs[1], status=RunStatus.LIVE)

    assert (job.status, restarts) == (Status.FAILED, ON_FAILURE.intensity)
    assert "被信号 9 终止" in job.reason
    assert "10分钟内自动重启了 5 次" in job.reason
    (notification,) = told
    assert (notification.topic, notification.data["log"]) == (notices.JOB_FAILED, ["last words"])


def test_crashes_far_apart_never_end_a_job() -> None:
    run = a_run()
    for number in range(1, 30):
        change = ended(run, Exit(signal=9), at=NOW + timedelta(hours=3 * number))
        run = replace(change.runs[1], status=RunStatus.LIVE)
        assert run.restarts == number


def test_hangs_that_never_fill_a_period_are_given_up_within_a_day_all_the_same() -> None:
    run, job = a_run(condemned=Condemned(sentence="20分钟没有进展", again=True)), JOB
    for number in range(1, 100):
        change = ended(run, Exit(signal=15), at=NOW + timedelta(minutes=20 * number))
        (job,) = change.jobs
        if job.status is Status.FAILED:
            break
        run = replace(change.runs[1], status=RunStatus.LIVE, condemned=run.condemned)

    assert (job.status, run.restarts) == (Status.FAILED, ON_FAILURE.per_day)
    assert job.reason == "20分钟没有进展；一天内自动重启了 10 次，不再重启"


def test_a_person_who_starts_the_job_does_not_wait_and_the_count_begins_anew() -> None:
    change = ended(a_run(restarts=4, restarted_at=(NOW,) * 4), Exit(signal=9))
    waiting = replace(change.runs[1], version=1)

    (now,) = decisions.started(change.jobs[0], waiting, RunId("r3"), "20001", NOW).runs

    assert (now.id, now.not_before_at, now.restarts, now.restarted_at) == (waiting.id, None, 0, ())


def test_stopping_a_job_that_waits_for_its_restart_stops_it_at_once() -> None:
    change = ended(a_run(), Exit(signal=9))
    stopped = decisions.stopped(change.jobs[0], replace(change.runs[1], version=1), "20001", NOW)
    assert (stopped.jobs[0].status, stopped.runs[0].status) == (Status.STOPPED, RunStatus.ENDED)


def test_what_people_asked_for_comes_before_every_policy() -> None:
    (job,) = ended(a_run(desired=Desired.STOPPED), Exit(signal=9), ALWAYS).jobs
    assert job.status is Status.STOPPED


@pytest.mark.parametrize(("again", "status"), [(True, Status.PENDING), (False, Status.FAILED)])
def test_what_the_engine_ended_says_the_engines_reason(again: bool, status: Status) -> None:
    (run,) = decisions.condemned(JOB, a_run(), Condemned(sentence="内存超过上限", again=again), NOW).runs
    assert run.stop_requested_at == NOW
    (job,) = ended(run, Exit(signal=15)).jobs
    assert (job.status, job.reason) == (status, "内存超过上限")


def test_a_recurring_job_goes_on_to_its_next_instant_instead() -> None:
    daily = replace(JOB, recurrence=Weekly(time=datetime(2026, 1, 1, 12).time()), next_at=NOW + timedelta(days=1))  # noqa: DTZ001
    change = ended(a_run(scheduled_at=NOW), Exit(signal=9), ALWAYS, daily)
    assert [run.status for run in change.runs] == [RunStatus.ENDED]
    assert change.jobs[0].next_at == daily.next_at


POLICIES = st.builds(
    RestartPolicy,
    when=st.sampled_from(RestartWhen),
    first_seconds=st.floats(0, 100),
    cap_seconds=st.floats(0, 10_000),
    intensity=st.integers(0, 20),
    period_seconds=st.floats(1, 80_000),
)


@given(POLICIES, st.floats(0, 1, exclude_max=True), st.lists(st.floats(0, 50_000), max_size=60))
def test_within_no_period_are_there_more_restarts_than_the_intensity(
    policy: RestartPolicy, chance: float, gaps: list[float]
) -> None:
    run, at, restarted = a_run(), NOW, list[datetime]()
    for gap in gaps:
        at += timedelta(seconds=gap)
        restart = next_restart(policy, run, at, chance)
        if restart is None:
            continue
        assert timedelta(0) <= restart.at - at <= min(timedelta(seconds=policy.cap_seconds), LONGEST_WAIT)
        restarted.append(at)
        run = replace(run, restarted_at=restart.recent)
        recent = [one for one in restarted if one > at - timedelta(seconds=policy.period_seconds)]
        assert len(recent) <= policy.intensity
        assert len([one for one in restarted if one > at - timedelta(days=1)]) <= policy.per_day


@given(POLICIES, st.builds(Exit, code=st.none() | st.integers(0, 255), signal=st.none() | st.integers(1, 64)))
def test_whatever_the_policy_a_condemned_run_that_shall_not_return_does_not(policy: RestartPolicy, exit: Exit) -> None:
    run = a_run(condemned=Condemned(sentence="内存超过上限", again=False))
    assert not is_restartable(policy, run, exit, done=False)


def test_what_explained_itself_is_told_without_its_log() -> None:
    change = ended(a_run(outcome=Outcome(done=False, sentence="没有账号")), Exit(code=1))
    assert [told.data["log"] for told in change.notifications] == [()]
