"""Decisions, without a store: every happening in every order leaves a job that makes sense."""

import contextlib
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from jobs.models import decisions, notices
from jobs.models.change import Change, OccurrenceStatus
from jobs.models.errors import Refusal
from jobs.models.ids import Epoch, JobId, JobNumber, RunId, UserId
from jobs.models.job import ENDED, Job, Status
from jobs.models.lifecycle import TRANSITIONS
from jobs.models.occasions import MISFIRE_GRACE, came_due, decided_before
from jobs.models.people import Chat
from jobs.models.recurrence import Once, Weekly, next_after
from jobs.models.restarts import ALWAYS, NEVER, ON_FAILURE, RestartPolicy
from jobs.models.run import UNSEEN_EXIT, Condemned, Desired, Exit, Identity, Outcome, Run, RunStatus

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
CHAT = Chat(self_id="10000", type="group", peer_id="12345")
WORKER = Identity(boot_id="boot", pid=42, start=7)
DAILY = Weekly(time=time(12))


def a_job(**fields: Any) -> Job:
    return Job(
        **{
            "id": JobId("1e95803d"),
            "number": JobNumber(7),
            "kind": "monitor",
            "name": "晚场监控",
            "status": Status.PENDING,
            "config": {},
            "owner": UserId("20001"),
            "origin": CHAT,
            "created_at": NOW,
            "updated_at": NOW,
            "version": 1,
            **fields,
        }
    )


def a_run(**fields: Any) -> Run:
    return Run(
        **{"id": RunId("r1"), "job_id": JobId("1e95803d"), "status": RunStatus.LIVE, "requested_at": NOW, **fields}
    )


def ended(job: Job, run: Run, exit: Exit, policy: RestartPolicy = NEVER) -> Change:
    return decisions.ended(job, run, exit, NOW, policy=policy, chance=0.5, next_run_id=RunId("r2"), log=["last words"])


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


def test_an_instant_that_comes_becomes_one_run_and_the_next_is_planned() -> None:
    due = datetime(2026, 11, 22, 4, tzinfo=UTC)
    change = came_due(a_job(recurrence=DAILY, next_at=due), None, RunId("r1"), due)
    assert change is not None
    assert [(run.id, run.scheduled_at) for run in change.runs] == [("r1", due)]
    assert [(claim.scheduled_at, claim.status) for claim in change.claims] == [(due, OccurrenceStatus.RUNNING)]
    assert change.jobs[0].next_at == due + timedelta(days=1)


def test_nothing_is_due_before_its_instant() -> None:
    due = datetime(2026, 11, 22, 4, tzinfo=UTC)
    early = due - timedelta(microseconds=1)
    assert came_due(a_job(recurrence=DAILY, next_at=due), None, RunId("r1"), early) is None


def test_instants_missed_in_an_absence_are_recorded_and_told_in_one_word() -> None:
    due = datetime(2026, 11, 22, 4, tzinfo=UTC)
    at = due + timedelta(days=3, hours=1)
    change = came_due(a_job(recurrence=DAILY, next_at=due), None, RunId("r1"), at)
    assert change is not None
    assert change.runs == ()
    assert [claim.status for claim in change.claims] == [OccurrenceStatus.MISSED] * 4
    (told,) = change.notifications
    assert (told.topic, told.data["count"]) == (notices.OCCURRENCE_MISSED, 4)
    assert change.jobs[0].next_at == due + timedelta(days=4)


def test_an_instant_missed_by_less_than_the_grace_still_runs() -> None:
    due = datetime(2026, 11, 22, 4, tzinfo=UTC)
    change = came_due(a_job(recurrence=DAILY, next_at=due), None, RunId("r1"), due + MISFIRE_GRACE)
    assert change is not None
    assert [run.scheduled_at for run in change.runs] == [due]


def test_a_single_instant_that_was_missed_ends_the_job() -> None:
    due = datetime(2026, 11, 22, 4, tzinfo=UTC)
    change = came_due(a_job(recurrence=Once(at=due), next_at=due), None, RunId("r1"), due + timedelta(hours=1))
    assert change is not None
    assert (change.jobs[0].status, change.jobs[0].next_at) == (Status.COMPLETED, None)


def test_an_instant_during_a_run_is_skipped_and_says_why() -> None:
    due = datetime(2026, 11, 22, 4, tzinfo=UTC)
    change = came_due(a_job(recurrence=DAILY, next_at=due), a_run(), RunId("r2"), due)
    assert change is not None
    assert change.runs == ()
    assert [(claim.status, claim.reason) for claim in change.claims] == [
        (OccurrenceStatus.SKIPPED, "上一次运行还没结束")
    ]


def test_an_instant_during_a_run_is_told() -> None:
    due = datetime(2026, 11, 22, 4, tzinfo=UTC)
    change = came_due(a_job(recurrence=DAILY, next_at=due), a_run(), RunId("r2"), due)
    assert change is not None
    assert [told.topic for told in change.notifications] == [notices.OCCURRENCE_SKIPPED]


def test_an_instant_that_was_decided_before_is_passed_over() -> None:
    due = datetime(2026, 11, 22, 4, tzinfo=UTC)
    (job,) = decided_before(a_job(recurrence=DAILY, next_at=due), due).jobs
    assert (job.status, job.next_at) == (Status.PENDING, due + timedelta(days=1))
    (job,) = decided_before(a_job(recurrence=Once(at=due), next_at=due), due).jobs
    assert (job.status, job.next_at) == (Status.COMPLETED, None)


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


class Life(RuleBasedStateMachine):
    """People and processes do what they like, in any order, to one job."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOW
        self.job = a_job()
        self.run: Run | None = None
        self.runs = 0
        self.gone = False

    def new_run_id(self) -> RunId:
        self.runs += 1
        return RunId(f"r{self.runs}")

    def apply(self, change: Change) -> None:
        for job in change.jobs:
            before, after = self.job.status, job.status
            assert before is after or after in {to for (start, _), to in TRANSITIONS.items() if start is before}
            self.gone = job.deleted_at is not None
            self.job = job
        for run in change.runs:
            self.run = run
        self.at += timedelta(seconds=1)

    def attempt(self, decide: Any) -> None:
        with contextlib.suppress(Refusal):
            self.apply(decide())

    @property
    def open_run(self) -> Run | None:
        return self.run if self.run is not None and self.run.is_open else None

    @precondition(lambda self: not self.gone)
    @rule(recurring=st.booleans())
    def edit(self, recurring: bool) -> None:
        if self.open_run is None and self.job.status in ENDED:
            self.job = replace(self.job, recurrence=DAILY if recurring else None)

    @precondition(lambda self: not self.gone)
    @rule(act=st.sampled_from(["started", "restarted"]))
    def start(self, act: str) -> None:
        decide = getattr(decisions, act)
        self.attempt(lambda: decide(self.job, self.open_run, self.new_run_id(), "qq:1", self.at))

    @precondition(lambda self: not self.gone)
    @rule(act=st.sampled_from(["stopped", "deleted"]))
    def halt(self, act: str) -> None:
        self.attempt(lambda: getattr(decisions, act)(self.job, self.open_run, "qq:1", self.at))

    @precondition(lambda self: not self.gone and self.job.next_at is not None)
    @rule(late=st.timedeltas(timedelta(0), timedelta(days=3)))
    def time_passes(self, late: timedelta) -> None:
        assert self.job.next_at is not None
        self.at = max(self.at, self.job.next_at + late)
        change = came_due(self.job, self.open_run, self.new_run_id(), self.at)
        if change is not None:
            self.apply(change)

    @precondition(lambda self: self.open_run is not None and self.open_run.status is RunStatus.QUEUED)
    @rule()
    def claim(self) -> None:
        assert self.run is not None
        self.apply(decisions.claimed(self.job, self.run, Epoch(self.runs), "local", self.at))

    @precondition(lambda self: self.open_run is not None and self.open_run.status is RunStatus.STARTING)
    @rule()
    def launch(self) -> None:
        assert self.run is not None
        self.apply(decisions.launched(self.job, self.run, WORKER, self.at))

    @precondition(
        lambda self: self.open_run is not None and self.open_run.status in (RunStatus.STARTING, RunStatus.LIVE)
    )
    @rule(
        exit=st.sampled_from([Exit(code=0), Exit(code=1), Exit(code=75), Exit(signal=9), UNSEEN_EXIT]),
        policy=st.sampled_from([NEVER, ON_FAILURE, ALWAYS]),
    )
    def die(self, exit: Exit, policy: RestartPolicy) -> None:
        assert self.run is not None
        self.apply(
            decisions.ended(
                self.job, self.run, exit, self.at, policy=policy, chance=0.5, next_run_id=self.new_run_id(), log=[]
            )
        )

    @precondition(lambda self: self.open_run is not None and self.open_run.status is RunStatus.STARTING)
    @rule()
    def be_refused(self) -> None:
        assert self.run is not None
        self.apply(decisions.postponed(self.job, self.run, "进程数已到上限", self.at))

    @precondition(lambda self: self.open_run is not None and self.open_run.status is RunStatus.LIVE)
    @rule(again=st.booleans())
    def condemn(self, again: bool) -> None:
        assert self.run is not None
        self.apply(decisions.condemned(self.job, self.run, Condemned(sentence="没有进展", again=again), self.at))

    @precondition(lambda self: self.gone)
    @rule(recurring=st.booleans())
    def make_another(self, recurring: bool) -> None:
        self.job, self.run, self.gone = a_job(recurrence=DAILY if recurring else None), None, False

    @invariant()
    def a_running_job_has_a_process_and_an_ended_one_has_none(self) -> None:
        if self.gone:
            assert self.open_run is None
            return
        claimed = self.open_run is not None and self.open_run.status is not RunStatus.QUEUED
        assert (self.job.status is Status.RUNNING) == claimed
        if self.job.status in ENDED:
            assert self.open_run is None
            assert self.job.next_at is None

    @invariant()
    def a_waiting_recurring_job_knows_when(self) -> None:
        waits = self.job.status is Status.PENDING and self.job.recurrence is not None and self.open_run is None
        if waits and not self.gone and self.job.next_at is not None:
            assert next_after(self.job.recurrence, self.job.next_at) is not None


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase


def test_starting_what_runs_is_refused_with_a_sentence() -> None:
    with pytest.raises(Refusal, match="已经在运行"):
        decisions.started(a_job(status=Status.RUNNING), a_run(), RunId("r2"), "qq:1", NOW)


def test_starting_what_waits_in_line_is_refused_with_a_sentence_that_says_so() -> None:
    with pytest.raises(Refusal, match="已经在排队，轮到就会启动"):
        decisions.started(a_job(status=Status.PENDING), a_run(status=RunStatus.QUEUED), RunId("r2"), "qq:1", NOW)
