"""Decisions, without a store: every happening in every order leaves a job that makes sense."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from lives_site import CHAT, DAILY, NOW, a_job, a_run
from msgspec.structs import replace

from jobs.models import decisions, endings, notices
from jobs.models.change import Change, OccurrenceStatus
from jobs.models.conduct import Conduct
from jobs.models.errors import Refusal
from jobs.models.ids import RunId
from jobs.models.job import Job, Status
from jobs.models.recurrence import Once, Recurrence
from jobs.models.restarts import NEVER, RestartPolicy
from jobs.models.run import UNSEEN_EXIT, Desired, Exit, Outcome, Run, RunStatus


def ended(job: Job, run: Run, exit: Exit, policy: RestartPolicy = NEVER) -> Change:
    conduct = Conduct(restart=policy)
    return endings.ended(job, run, exit, NOW, conduct=conduct, chance=0.5, next_run_id=RunId("r2"), log=["last words"])


def test_a_killed_worker_fails_its_job_and_tells_the_signal_in_words_once() -> None:
    change = ended(a_job(status=Status.RUNNING), a_run(), Exit(signal=9))
    (job,) = change.jobs
    assert (job.status, job.reason) == (Status.FAILED, "被信号 9 终止（可能内存不足）")
    (told,) = change.notifications
    assert (told.topic, told.target, told.data["log"]) == (notices.JOB_FAILED, CHAT, ["last words"])


def test_a_run_says_itself_why_it_failed() -> None:
    run = a_run(outcome=Outcome(done=False, sentence="场馆不存在"))
    (job,) = ended(a_job(status=Status.RUNNING), run, Exit(code=1)).jobs
    assert (job.status, job.reason) == (Status.FAILED, "场馆不存在")


@pytest.mark.parametrize("exit", [Exit(code=0), Exit(code=70), Exit(signal=15), UNSEEN_EXIT])
def test_what_a_run_says_it_has_done_is_done_however_its_process_ended(exit: Exit) -> None:
    run = a_run(outcome=Outcome(done=True, sentence="订好了"))
    (job,) = ended(a_job(status=Status.RUNNING), run, exit).jobs
    assert (job.status, job.reason) == (Status.COMPLETED, "订好了")


@pytest.mark.parametrize("recurrence", [None, Once(at=NOW), DAILY])
@pytest.mark.parametrize("scheduled_at", [NOW, None])
def test_success_that_was_told_as_it_happened_is_not_told_again(
    recurrence: Recurrence | None, scheduled_at: datetime | None
) -> None:
    next_at = NOW + timedelta(days=1) if recurrence is DAILY else None
    job = a_job(status=Status.RUNNING, recurrence=recurrence, next_at=next_at)
    run = a_run(scheduled_at=scheduled_at, outcome=Outcome(done=True, sentence="订到：czq", is_told=True))
    change = ended(job, run, Exit(code=0))
    assert (change.jobs[0].last_result, change.notifications) == ("订到：czq", ())
    silent = replace(run, outcome=Outcome(done=True, sentence="订到：czq"))
    assert len(ended(job, silent, Exit(code=0)).notifications) == 1
    assert len(ended(job, replace(run, outcome=None), Exit(code=1)).notifications) == 1


def test_that_a_rhythm_has_come_to_its_end_is_told_whatever_was_told_before() -> None:
    run = a_run(scheduled_at=NOW, outcome=Outcome(done=True, sentence="订到：czq", is_told=True))
    (told,) = ended(a_job(status=Status.RUNNING, recurrence=DAILY, next_at=None), run, Exit(code=0)).notifications
    assert told.topic == notices.JOB_COMPLETED


@pytest.mark.parametrize(
    ("kind", "config", "example"),
    [
        ("auto_booking", {"target": {"preset": 5, "date": "2026-11-22"}}, "!创建抢票 晚场 预设=5"),
        ("auto_booking", {"target": None}, "!创建抢票 晚场 预设=18"),
        ("schedule", {}, "!创建定时 晚场 每天12:00"),
    ],
)
def test_whose_instant_is_past_is_shown_how_to_make_another_of_its_kind(
    kind: str, config: dict[str, Any], example: str
) -> None:
    past = Once(at=NOW - timedelta(days=1))
    job = a_job(kind=kind, name="晚场", status=Status.COMPLETED, recurrence=past, config=config)
    with pytest.raises(Refusal, match=f"例如 {example}$"):
        decisions.started(job, None, RunId("r2"), "qq:1", NOW)


def test_an_exit_nobody_saw_is_a_failure_that_says_so() -> None:
    (job,) = ended(a_job(status=Status.RUNNING), a_run(), UNSEEN_EXIT).jobs
    assert (job.status, job.reason) == (Status.FAILED, "进程已消失，退出码未知")


def test_a_stop_that_a_person_asked_for_is_stopped_however_the_process_ended() -> None:
    for exit in (Exit(code=0), Exit(code=1), Exit(signal=9), UNSEEN_EXIT):
        change = ended(a_job(status=Status.RUNNING), a_run(desired=Desired.STOPPED), exit)
        assert change.jobs[0].status is Status.STOPPED
        assert change.notifications == ()


def test_a_restart_queues_the_next_run_when_the_present_one_is_gone() -> None:
    change = ended(a_job(status=Status.RUNNING), a_run(desired=Desired.RESTARTED), Exit(signal=15))
    assert change.jobs[0].status is Status.PENDING
    assert [(run.id, run.status) for run in change.runs] == [("r1", RunStatus.ENDED), ("r2", RunStatus.QUEUED)]


def test_a_failed_occurrence_of_a_daily_job_leaves_it_waiting_for_the_next() -> None:
    job = a_job(status=Status.RUNNING, recurrence=DAILY, next_at=NOW + timedelta(days=1))
    change = ended(job, a_run(scheduled_at=NOW), Exit(code=1))
    assert (change.jobs[0].status, change.jobs[0].last_result) == (Status.PENDING, "退出码 1")
    assert [occurrence.status for occurrence in change.occurrences] == [OccurrenceStatus.FAILED]
    assert [told.topic for told in change.notifications] == [notices.OCCURRENCE_FAILED]


def test_a_job_made_outside_any_chat_tells_nobody() -> None:
    assert ended(a_job(status=Status.RUNNING, origin=None), a_run(), Exit(code=1)).notifications == ()


@pytest.mark.parametrize("act", ["started", "restarted", "stopped", "deleted"])
def test_what_is_being_deleted_is_left_alone(act: str) -> None:
    arguments = (RunId("r2"), "qq:1", NOW) if act in ("started", "restarted") else ("qq:1", NOW)
    with pytest.raises(Refusal, match="正在删除"):
        getattr(decisions, act)(a_job(status=Status.RUNNING), a_run(desired=Desired.DELETED), *arguments)


@pytest.mark.parametrize("act", [decisions.stopped, decisions.deleted])
def test_an_occurrence_whose_run_is_cancelled_before_it_began_was_skipped(act: Any) -> None:
    change = act(a_job(), a_run(status=RunStatus.QUEUED, scheduled_at=NOW), "qq:1", NOW)
    assert [occurrence.status for occurrence in change.occurrences] == [OccurrenceStatus.SKIPPED]
    assert [run.status for run in change.runs] == [RunStatus.ENDED]


def test_a_restart_of_what_waits_in_line_keeps_its_place() -> None:
    with pytest.raises(Refusal, match="正在排队"):
        decisions.restarted(a_job(), a_run(status=RunStatus.QUEUED), RunId("r2"), "qq:1", NOW)


def test_a_start_while_it_stops_says_so() -> None:
    with pytest.raises(Refusal, match="正在停止"):
        decisions.started(a_job(status=Status.RUNNING), a_run(desired=Desired.STOPPED), RunId("r2"), "qq:1", NOW)


def test_a_run_that_the_machine_refused_waits_ever_longer_and_nothing_counts_against_its_job() -> None:
    waits: list[float] = []
    for seconds in (0, 10, 60, 3600):
        at = NOW + timedelta(seconds=seconds)
        change = decisions.postponed(
            a_job(status=Status.RUNNING), a_run(status=RunStatus.STARTING, started_at=NOW), "进程数已到上限", at
        )
        (job,), (run,) = change.jobs, change.runs
        assert (job.status, job.reason) == (Status.PENDING, "进程数已到上限")
        assert (run.status, run.restarts, run.restarted_at) == (RunStatus.QUEUED, 0, ())
        assert run.not_before_at is not None
        waits.append((run.not_before_at - at).total_seconds())
    assert waits == [2, 5, 30, 60]


def test_starting_what_runs_is_refused_with_a_sentence() -> None:
    with pytest.raises(Refusal, match="已经在运行"):
        decisions.started(a_job(status=Status.RUNNING), a_run(), RunId("r2"), "qq:1", NOW)


def test_starting_what_waits_in_line_is_refused_with_a_sentence_that_says_so() -> None:
    with pytest.raises(Refusal, match="已经在排队，轮到就会启动"):
        decisions.started(a_job(status=Status.PENDING), a_run(status=RunStatus.QUEUED), RunId("r2"), "qq:1", NOW)
