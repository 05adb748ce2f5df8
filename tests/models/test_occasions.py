"""What a due instant becomes."""

from datetime import UTC, datetime, time, timedelta

import pytest
from lives_site import CHAT, DAILY, a_job, a_run

from jobs.models import notices
from jobs.models.change import Change, Occurrence, OccurrenceStatus
from jobs.models.conduct import Conduct
from jobs.models.ids import JobId, JobNumber, RunId
from jobs.models.job import Job, Status
from jobs.models.occasions import Situation, came_due, decided_before, its_turn, missed_together, wakes_at
from jobs.models.people import Chat
from jobs.models.punctuality import ON_TIME, Misfire, Overlap, Punctuality
from jobs.models.recurrence import Bounds, Every, Once, Weekly, Window
from jobs.models.run import Desired

DUE = datetime(2026, 11, 22, 4, tzinfo=UTC)
GRACE = timedelta(minutes=5)
ALONE = Situation(open_run=None)
BUSY = Situation(open_run=a_run())
PLAIN = Conduct()
ARMED = Conduct(lead_seconds=75)
QUEUES = Punctuality(overlap=Overlap.QUEUE)


def test_an_instant_that_comes_becomes_one_run_and_the_next_is_planned() -> None:
    change = came_due(a_job(recurrence=DAILY, next_at=DUE), ALONE, RunId("r1"), DUE, PLAIN)
    assert change is not None
    assert [(run.id, run.scheduled_at) for run in change.runs] == [("r1", DUE)]
    assert [(claim.scheduled_at, claim.status) for claim in change.claims] == [(DUE, OccurrenceStatus.DUE)]
    assert change.jobs[0].next_at == DUE + timedelta(days=1)


def test_nothing_is_due_before_its_instant() -> None:
    early = DUE - timedelta(microseconds=1)
    assert came_due(a_job(recurrence=DAILY, next_at=DUE), ALONE, RunId("r1"), early, PLAIN) is None


def test_instants_missed_in_an_absence_are_recorded_and_told_in_one_word() -> None:
    at = DUE + timedelta(days=3, hours=1)
    change = came_due(a_job(recurrence=DAILY, next_at=DUE), ALONE, RunId("r1"), at, PLAIN)
    assert change is not None
    assert change.runs == ()
    assert [claim.status for claim in change.claims] == [OccurrenceStatus.MISSED] * 4
    (told,) = change.notifications
    assert (told.topic, told.data["count"]) == (notices.OCCURRENCE_MISSED, 4)
    assert change.jobs[0].next_at == DUE + timedelta(days=4)


def test_an_instant_missed_by_less_than_the_grace_still_runs() -> None:
    change = came_due(a_job(recurrence=DAILY, next_at=DUE), ALONE, RunId("r1"), DUE + GRACE, PLAIN)
    assert change is not None
    assert [run.scheduled_at for run in change.runs] == [DUE]


def test_a_single_instant_that_was_missed_ends_the_job() -> None:
    change = came_due(a_job(recurrence=Once(at=DUE), next_at=DUE), ALONE, RunId("r1"), DUE + timedelta(hours=1), PLAIN)
    assert change is not None
    assert (change.jobs[0].status, change.jobs[0].next_at) == (Status.COMPLETED, None)


def test_an_instant_during_a_run_is_skipped_and_says_why() -> None:
    change = came_due(a_job(recurrence=DAILY, next_at=DUE), BUSY, RunId("r2"), DUE, PLAIN)
    assert change is not None
    assert change.runs == ()
    assert [(claim.status, claim.reason) for claim in change.claims] == [
        (OccurrenceStatus.SKIPPED, "上一次运行还没结束")
    ]


def test_an_instant_during_a_run_is_told() -> None:
    change = came_due(a_job(recurrence=DAILY, next_at=DUE), BUSY, RunId("r2"), DUE, PLAIN)
    assert change is not None
    assert [told.topic for told in change.notifications] == [notices.OCCURRENCE_SKIPPED]


def test_an_instant_that_was_decided_before_is_passed_over() -> None:
    (job,) = decided_before(a_job(recurrence=DAILY, next_at=DUE), DUE).jobs
    assert (job.status, job.next_at) == (Status.PENDING, DUE + timedelta(days=1))
    (job,) = decided_before(a_job(recurrence=Once(at=DUE), next_at=DUE), DUE).jobs
    assert (job.status, job.next_at) == (Status.COMPLETED, None)


def decided(job: Job, at: datetime, conduct: Conduct = PLAIN, situation: Situation = ALONE) -> Change:
    change = came_due(job, situation, RunId("r1"), at, conduct)
    assert change is not None
    return change


def test_a_job_that_skips_what_it_missed_runs_nothing_late() -> None:
    punctual = a_job(recurrence=DAILY, next_at=DUE, punctuality=Punctuality(misfire=Misfire.SKIP))
    assert decided(punctual, DUE + ON_TIME).runs
    late = decided(punctual, DUE + ON_TIME + timedelta(seconds=1))
    assert (late.runs, [claim.status for claim in late.claims]) == ((), [OccurrenceStatus.MISSED])


def test_what_was_missed_says_why() -> None:
    asleep = Situation(open_run=None, absence="电脑休眠过，或时钟被调整")
    change = decided(a_job(recurrence=DAILY, next_at=DUE), DUE + timedelta(hours=1), situation=asleep)
    assert [claim.reason for claim in change.claims] == ["电脑休眠过，或时钟被调整"]
    assert change.jobs[0].last_result == "错过 1 次：电脑休眠过，或时钟被调整"


def test_what_was_missed_by_little_says_by_how_much() -> None:
    job = a_job(recurrence=DAILY, next_at=DUE, punctuality=Punctuality(grace_seconds=20))
    change = decided(job, DUE + timedelta(seconds=35))
    assert [claim.reason for claim in change.claims] == ["当时机器人没有运行，迟了35秒，超过宽限 20秒"]


def test_a_kind_that_prepares_has_its_run_started_so_long_before() -> None:
    job = a_job(recurrence=DAILY, next_at=DUE)
    assert wakes_at(DUE, Status.PENDING, ARMED) == DUE - timedelta(seconds=75)
    assert came_due(job, ALONE, RunId("r1"), DUE - timedelta(seconds=76), ARMED) is None
    change = decided(job, DUE - timedelta(seconds=75), ARMED)
    assert [run.scheduled_at for run in change.runs] == [DUE]
    assert change.jobs[0].next_at == DUE + timedelta(days=1)


def test_while_another_run_goes_on_nothing_is_prepared_and_the_instant_itself_decides() -> None:
    job = a_job(recurrence=DAILY, next_at=DUE)
    assert came_due(job, BUSY, RunId("r2"), DUE - timedelta(seconds=10), ARMED) is None
    assert decided(job, DUE, ARMED, BUSY).claims[0].status is OccurrenceStatus.SKIPPED


def test_one_instant_may_wait_for_the_end_of_the_run_and_a_second_is_skipped() -> None:
    job = a_job(status=Status.RUNNING, recurrence=DAILY, next_at=DUE, punctuality=QUEUES)
    change = decided(job, DUE, situation=BUSY)
    (waiting,) = change.claims
    assert (waiting.status, waiting.run_id, change.runs) == (OccurrenceStatus.DUE, None, ())
    assert change.notifications == ()
    change = decided(job, DUE, situation=Situation(open_run=a_run(), waits=True))
    assert [(claim.status, claim.reason) for claim in change.claims] == [
        (OccurrenceStatus.SKIPPED, "上一次运行还没结束，已有一次在等它")
    ]


def test_an_occurrence_that_waited_has_its_turn_unless_the_job_was_stopped_meanwhile() -> None:
    waiting = Occurrence(job_id=a_job().id, scheduled_at=DUE, status=OccurrenceStatus.DUE)
    change = its_turn(a_job(recurrence=DAILY), waiting, RunId("r2"), DUE + timedelta(hours=1))
    assert [(run.id, run.scheduled_at) for run in change.runs] == [("r2", DUE)]
    assert [one.run_id for one in change.occurrences] == ["r2"]
    change = its_turn(a_job(status=Status.PAUSED, recurrence=DAILY), waiting, RunId("r2"), DUE)
    assert (change.runs, change.occurrences[0].status) == ((), OccurrenceStatus.SKIPPED)
    assert "已暂停" in change.occurrences[0].reason


def test_what_comes_due_in_a_pause_is_skipped_and_nobody_is_disturbed() -> None:
    job = a_job(status=Status.PAUSED, recurrence=DAILY, next_at=DUE)
    assert wakes_at(DUE, Status.PAUSED, ARMED) == DUE
    change = decided(job, DUE + timedelta(days=1), ARMED)
    assert [(claim.status, claim.reason) for claim in change.claims] == [(OccurrenceStatus.SKIPPED, "任务已暂停")] * 2
    assert (change.jobs[0].status, change.jobs[0].next_at) == (Status.PAUSED, DUE + timedelta(days=2))
    assert (change.runs, change.notifications) == ((), ())


def test_an_extra_run_of_a_paused_job_does_not_end_its_pause() -> None:
    job = a_job(status=Status.RUNNING, recurrence=DAILY, next_at=DUE)
    extra = Situation(open_run=a_run(returns_to=Status.PAUSED))
    assert [claim.reason for claim in decided(job, DUE, situation=extra).claims] == ["任务已暂停"]
    assert came_due(job, extra, RunId("r2"), DUE - timedelta(seconds=1), ARMED) is None


def test_while_an_instant_waits_for_its_turn_no_later_one_is_prepared() -> None:
    waits = Situation(open_run=None, waits=True)
    job = a_job(recurrence=DAILY, next_at=DUE, punctuality=QUEUES)
    assert came_due(job, waits, RunId("r2"), DUE - timedelta(seconds=10), ARMED) is None


def test_whoever_has_just_stopped_a_job_is_not_told_that_it_skips() -> None:
    leaving = Situation(open_run=a_run(desired=Desired.STOPPED))
    change = decided(a_job(status=Status.RUNNING, recurrence=DAILY, next_at=DUE), DUE, situation=leaving)
    assert ([claim.status for claim in change.claims], change.notifications) == ([OccurrenceStatus.SKIPPED], ())


def test_a_missed_routine_says_when_it_goes_on() -> None:
    night = datetime(2026, 11, 22, 16, tzinfo=UTC)
    routine = Every(seconds=3600, bounds=Bounds(window=Window(first=8, last=22)))
    change = decided(a_job(recurrence=routine, next_at=DUE), night)
    (told,) = change.notifications
    assert told.data["next_at"] == change.jobs[0].next_at.isoformat() == "2026-11-23T00:00:00+00:00"


def test_after_a_shifted_run_the_rhythm_goes_on_where_it_was() -> None:
    early = DUE - timedelta(hours=2)
    change = decided(a_job(recurrence=DAILY, next_at=early, served_until=DUE), early)
    assert [run.scheduled_at for run in change.runs] == [early]
    assert change.jobs[0].next_at == DUE + timedelta(days=1)
    late = DUE + timedelta(hours=2)
    assert decided(a_job(recurrence=DAILY, next_at=late, served_until=DUE), late).jobs[0].next_at == DUE + timedelta(
        days=1
    )


def test_an_absence_of_years_of_minutes_is_counted_only_so_far_and_says_so() -> None:
    often = Weekly(time=time(12))
    change = decided(a_job(recurrence=often, next_at=DUE - timedelta(days=3650)), DUE)
    (told,) = change.notifications
    assert (len(change.claims), told.data["more"]) == (300, True)
    assert "至少 300" in change.jobs[0].last_result
    assert change.jobs[0].next_at == DUE + timedelta(days=1)


def test_what_several_jobs_of_a_chat_missed_is_told_in_one_message() -> None:
    changes = [
        decided(a_job(id=JobId(f"job{n}"), number=JobNumber(n), recurrence=DAILY, next_at=DUE), DUE + timedelta(days=2))
        for n in (1, 2, 3)
    ]
    elsewhere = decided(
        a_job(id=JobId("job4"), recurrence=DAILY, next_at=DUE, origin=Chat(self_id="1", type="private", peer_id="2")),
        DUE + timedelta(days=2),
    )
    told = [one for change in missed_together([*changes, elsewhere]) for one in change.notifications]
    assert [(one.target, one.job_id) for one in told] == [
        (CHAT, None),
        (Chat(self_id="1", type="private", peer_id="2"), "job4"),
    ]
    assert [one["number"] for one in told[0].data["jobs"]] == [1, 2, 3]
    again = [one for change in missed_together([*changes, elsewhere]) for one in change.notifications]
    assert [one.dedupe_key for one in again] == [one.dedupe_key for one in told]


@pytest.mark.parametrize("status", [Status.RUNNING, Status.PENDING])
def test_the_last_instant_leaves_nothing_to_wait_for(status: Status) -> None:
    change = decided(a_job(status=status, recurrence=Once(at=DUE), next_at=DUE), DUE)
    assert (change.jobs[0].status, change.jobs[0].next_at) == (status, None)
    assert [run.scheduled_at for run in change.runs] == [DUE]
