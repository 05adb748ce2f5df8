"""Any happenings in any order leave a job that makes sense."""

import contextlib
from datetime import timedelta
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from lives_site import CHAT, DAILY, NOW, WORKER, a_job
from msgspec.structs import replace

from jobs.models import decisions, endings, pausing
from jobs.models.change import Change, Event, Occurrence, OccurrenceStatus
from jobs.models.conduct import Conduct, Retry
from jobs.models.editions import edited, edition_of
from jobs.models.errors import Refusal
from jobs.models.ids import Epoch, RunId, UserId
from jobs.models.job import ENDED, Status
from jobs.models.lifecycle import TRANSITIONS
from jobs.models.occasions import Situation, came_due, its_turn, wakes_at
from jobs.models.people import Actor, Role
from jobs.models.punctuality import Overlap, Punctuality
from jobs.models.recurrence import Every, Once, Recurrence, follows_its_runs
from jobs.models.regret import UNDONE, remembering, undone
from jobs.models.restarts import ALWAYS, NEVER, ON_FAILURE, RestartPolicy
from jobs.models.run import UNSEEN_EXIT, Condemned, Exit, Run, RunStatus

MING = Actor(user_id=UserId("20001"), role=Role.MEMBER, chat=CHAT)
HOURLY = Every(seconds=3600)
RHYTHMS: tuple[Recurrence | None, ...] = (None, DAILY, HOURLY, Once(at=NOW + timedelta(days=2)))


class Life(RuleBasedStateMachine):
    """People and processes do what they like, in any order, to one job."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOW
        self.job = a_job()
        self.run: Run | None = None
        self.runs = 0
        self.gone = False
        self.waiting: Occurrence | None = None
        self.acts: list[Event] = []
        """What may be regretted, the last act at the end."""

    def new_run_id(self) -> RunId:
        self.runs += 1
        return RunId(f"r{self.runs}")

    def apply(self, change: Change) -> None:
        for job in change.jobs:
            before, after = self.job.status, job.status
            reached = {to for (start, _), to in TRANSITIONS.items() if start is before}
            if any(event.type == UNDONE for event in change.events):
                # A stopped pause waits again, and is paused again, in one change.
                reached |= {to for (start, _), to in TRANSITIONS.items() if start in reached}
            assert before is after or after in reached
            self.gone = job.deleted_at is not None
            self.job = job
        for run in change.runs:
            self.run = run
        for one in (*change.claims, *change.occurrences):
            if one.status is OccurrenceStatus.DUE and one.run_id is None:
                assert self.waiting is None
                self.waiting = one
            elif self.waiting is not None and one.scheduled_at == self.waiting.scheduled_at:
                self.waiting = None
        self.at += timedelta(seconds=1)

    def attempt(self, decide: Any) -> None:
        with contextlib.suppress(Refusal):
            self.apply(decide())

    @property
    def open_run(self) -> Run | None:
        return self.run if self.run is not None and self.run.is_open else None

    @precondition(lambda self: not self.gone)
    @rule(rhythm=st.sampled_from(RHYTHMS), overlap=st.sampled_from(Overlap))
    def edit(self, rhythm: Recurrence | None, overlap: Overlap) -> None:
        if self.open_run is None and self.waiting is None and self.job.status in ENDED:
            self.job = replace(self.job, recurrence=rhythm, punctuality=Punctuality(overlap=overlap))

    @precondition(lambda self: not self.gone)
    @rule(act=st.sampled_from(["started", "restarted"]))
    def start(self, act: str) -> None:
        decide = getattr(decisions, act)
        self.attempt(lambda: decide(self.job, self.open_run, self.new_run_id(), "qq:1", self.at))

    @precondition(lambda self: not self.gone)
    @rule(act=st.sampled_from(["stopped", "deleted"]))
    def halt(self, act: str) -> None:
        self.attempt_and_note(lambda: getattr(decisions, act)(self.job, self.open_run, MING.label, self.at))

    def attempt_and_note(self, decide: Any) -> None:
        with contextlib.suppress(Refusal):
            change = remembering(decide(), self.job, self.open_run, MING)
            self.acts.append(replace(change.events[-1], id=len(self.acts) + 1))
            self.apply(change)

    @precondition(lambda self: not self.gone)
    @rule(rhythm=st.sampled_from(RHYTHMS))
    def change(self, rhythm: Recurrence | None) -> None:
        if (rhythm is None) == (self.job.recurrence is None):
            wanted = replace(edition_of(self.job), recurrence=rhythm, name=f"第 {len(self.acts)} 次")
            self.attempt_and_note(lambda: edited(self.job, self.open_run, wanted, MING.label, self.at))

    @precondition(lambda self: self.acts != [])
    @rule()
    def regret(self) -> None:
        act = self.acts.pop()
        if "before" in act.data and act.job_id == self.job.id:
            self.attempt(lambda: undone(act, self.job, self.open_run, self.new_run_id(), MING, self.at))

    @precondition(lambda self: not self.gone)
    @rule()
    def pause(self) -> None:
        self.attempt(lambda: pausing.paused(self.job, self.open_run, "qq:1", self.at))

    @precondition(lambda self: not self.gone)
    @rule(act=st.sampled_from(["resumed", "run_now"]))
    def go_on(self, act: str) -> None:
        decide = getattr(pausing, act)
        self.attempt(lambda: decide(self.job, self.open_run, self.new_run_id(), "qq:1", self.at))

    @precondition(lambda self: not self.gone)
    @rule(shift=st.timedeltas(-timedelta(days=2), timedelta(days=2)))
    def shift(self, shift: timedelta) -> None:
        self.attempt(lambda: pausing.reordered(self.job, self.open_run, shift, "qq:1", self.at))

    @precondition(lambda self: not self.gone and self.job.next_at is not None)
    @rule(late=st.timedeltas(timedelta(0), timedelta(days=3)), lead=st.sampled_from([0, 75]))
    def time_passes(self, late: timedelta, lead: float) -> None:
        conduct = Conduct(lead_seconds=lead)
        self.at = max(self.at, wakes_at(self.job.next_at, self.job.status, conduct) + late)
        situation = Situation(open_run=self.open_run, waits=self.waiting is not None)
        change = came_due(self.job, situation, self.new_run_id(), self.at, conduct)
        if change is not None:
            (moved,) = change.jobs
            soonest = self.at if follows_its_runs(self.job.recurrence) else self.at + timedelta.resolution
            assert moved.next_at is None or moved.next_at >= soonest
            self.apply(change)

    @precondition(lambda self: not self.gone and self.waiting is not None and self.open_run is None)
    @rule()
    def give_turn(self) -> None:
        assert self.waiting is not None
        self.apply(its_turn(self.job, self.waiting, self.new_run_id(), self.at))
        assert self.waiting is None

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
            endings.ended(
                self.job,
                self.run,
                exit,
                self.at,
                conduct=Conduct(restart=policy, retry=Retry()),
                chance=0.5,
                next_run_id=self.new_run_id(),
                log=[],
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
    @rule(rhythm=st.sampled_from(RHYTHMS))
    def make_another(self, rhythm: Recurrence | None) -> None:
        self.job, self.run, self.gone, self.waiting = a_job(recurrence=rhythm), None, False, None
        self.acts = []

    @invariant()
    def a_running_job_has_a_process_and_an_ended_one_has_none(self) -> None:
        if self.gone:
            assert self.open_run is None
            return
        claimed = self.open_run is not None and self.open_run.status is not RunStatus.QUEUED
        assert (self.job.status is Status.RUNNING) == claimed
        if self.job.status in ENDED:
            assert self.open_run is None or self.open_run.scheduled_at is None or self.waiting is None
            assert self.job.next_at is None

    @invariant()
    def a_waiting_job_that_was_started_knows_what_for(self) -> None:
        """A rhythm that follows its runs waits for their end; every other one knows its next instant."""
        if self.gone or self.job.next_at is None:
            return
        assert self.job.recurrence is not None
        assert self.job.status not in ENDED


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase
