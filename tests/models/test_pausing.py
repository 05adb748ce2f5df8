"""What people ask of a job's rhythm."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from lives_site import DAILY, a_job, a_run

from jobs.models import decisions, endings, notices, pausing
from jobs.models.change import Change, OccurrenceStatus
from jobs.models.conduct import Conduct, Retry
from jobs.models.errors import Refusal
from jobs.models.ids import RunId
from jobs.models.job import Job, Status
from jobs.models.occasions import Situation, came_due
from jobs.models.outlook import awaited
from jobs.models.recurrence import Bounds, Every, Once, Recurrence, Window
from jobs.models.run import Desired, Exit, Outcome, Run, RunStatus

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)  # 11 o'clock in Shanghai
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY = timedelta(days=1)
WORKING_HOURS = Bounds(window=Window(first=8, last=22), ends_on=date(2026, 12, 1))
HOURLY = Every(seconds=3600, bounds=WORKING_HOURS)
ROUTINE = Conduct(retry=Retry(), tells_each=False)


def waiting(**fields: Any) -> Job:
    return a_job(**{"recurrence": DAILY, "next_at": NOON, **fields})


def over(job: Job, run: Run, exit: Exit, conduct: Conduct = ROUTINE) -> Change:
    return endings.ended(job, run, exit, NOW, conduct=conduct, chance=0.5, next_run_id=RunId("r2"), log=["last"])


def resume(job: Job, at: datetime) -> Change:
    return pausing.resumed(job, None, RunId("r2"), "qq:1", at)


def test_a_pause_keeps_the_rhythm_and_going_on_says_what_was_skipped() -> None:
    (paused,) = pausing.paused(waiting(), None, "qq:1", NOW).jobs
    assert (paused.status, paused.next_at) == (Status.PAUSED, NOON)
    change = resume(paused, NOON + 2 * DAY)
    assert [(claim.scheduled_at, claim.status) for claim in change.claims] == [
        (NOON + n * DAY, OccurrenceStatus.SKIPPED) for n in range(3)
    ]
    assert (change.jobs[0].status, change.jobs[0].next_at) == (Status.PENDING, NOON + 3 * DAY)


def test_going_on_before_the_next_instant_changes_nothing_about_it() -> None:
    (paused,) = pausing.paused(waiting(next_at=NOON + timedelta(minutes=5), served_until=NOON), None, "q", NOW).jobs
    (job,) = resume(paused, NOW).jobs
    assert (job.next_at, job.served_until) == (NOON + timedelta(minutes=5), NOON)


def test_a_pause_stops_a_run_in_progress_and_its_occurrence_says_so() -> None:
    job, run = waiting(status=Status.RUNNING), a_run(scheduled_at=NOW)
    (wanted,) = pausing.paused(job, run, "qq:1", NOW).runs
    assert wanted.desired is Desired.PAUSED
    change = over(job, wanted, Exit(signal=15))
    assert change.jobs[0].status is Status.PAUSED
    assert [(one.status, one.reason) for one in change.occurrences] == [(OccurrenceStatus.FAILED, "运行中被暂停")]


def test_going_on_before_an_instant_whose_prepared_run_was_stopped_keeps_that_instant() -> None:
    job, run = waiting(status=Status.RUNNING, next_at=NOON + DAY), a_run(scheduled_at=NOON, desired=Desired.PAUSED)
    change = over(job, run, Exit(signal=15))
    assert [(one.status, one.reason) for one in change.occurrences] == [(OccurrenceStatus.SKIPPED, "到点前被暂停")]
    assert resume(change.jobs[0], NOW).jobs[0].next_at == NOON


def test_a_run_that_is_begun_anew_is_for_its_instant_only_while_that_lies_ahead() -> None:
    run = a_run(scheduled_at=NOON, desired=Desired.RESTARTED)
    change = over(waiting(status=Status.RUNNING), run, Exit(signal=15))
    assert change.occurrences == ()
    assert [run.scheduled_at for run in change.runs] == [NOON, NOON]
    run = a_run(scheduled_at=NOW - timedelta(hours=1), desired=Desired.RESTARTED)
    change = over(waiting(status=Status.RUNNING), run, Exit(signal=15))
    assert [(one.status, one.reason) for one in change.occurrences] == [(OccurrenceStatus.FAILED, "运行中被重启")]
    assert change.runs[1].scheduled_at is None


def test_a_rhythm_that_follows_its_runs_keeps_its_instant_or_goes_on_at_once_where_the_hours_admit_it() -> None:
    (paused,) = pausing.paused(waiting(recurrence=HOURLY), None, "qq:1", NOW).jobs
    assert resume(paused, NOW).jobs[0].next_at == NOON
    assert resume(paused, NOON + timedelta(hours=1)).jobs[0].next_at == NOON + timedelta(hours=1)
    night = datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert resume(paused, night).jobs[0].next_at == datetime(2026, 11, 23, 0, tzinfo=UTC)


def test_a_long_run_that_goes_on_is_queued_again() -> None:
    change = resume(a_job(status=Status.PAUSED), NOW)
    assert (change.jobs[0].status, [run.status for run in change.runs]) == (Status.PENDING, [RunStatus.QUEUED])


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        (waiting(status=Status.PAUSED), "已经暂停，发送 !继续任务 7 继续"),
        (waiting(status=Status.STOPPED), "没有在运行（已停止），不用暂停"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused(job: Job, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        pausing.paused(job, None, "qq:1", NOW)


def test_going_on_without_a_pause_is_refused() -> None:
    with pytest.raises(Refusal, match="没有暂停（等待启动）"):
        resume(waiting(), NOW)
    with pytest.raises(Refusal, match="发送 !启动任务 7"):
        resume(waiting(status=Status.STOPPED), NOW)


@pytest.mark.parametrize("status", [Status.PAUSED, Status.RUNNING])
def test_going_on_while_an_extra_run_goes_on_says_what_to_wait_for(status: Status) -> None:
    extra = a_run(returns_to=Status.PAUSED)
    with pytest.raises(Refusal, match="正在立即执行一次，等它结束后"):
        pausing.resumed(waiting(status=status), extra, RunId("r2"), "qq:1", NOW)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.RUNNING])
@pytest.mark.parametrize("recurrence", [DAILY, HOURLY])
@pytest.mark.parametrize("code", [0, 1])
def test_after_an_extra_run_a_job_is_as_it_was_before(status: Status, recurrence: Recurrence, code: int) -> None:
    next_at = NOON if status in (Status.PAUSED, Status.PENDING) else None
    job = waiting(status=status, recurrence=recurrence, next_at=next_at)
    (extra,) = pausing.run_now(job, None, RunId("r1"), "qq:1", NOW).runs
    assert (extra.scheduled_at, extra.status) == (None, RunStatus.QUEUED)
    change = over(a_job(status=Status.RUNNING, recurrence=recurrence, next_at=next_at), extra, Exit(code=code))
    assert (change.jobs[0].status, change.jobs[0].next_at) == (status, next_at)
    assert len(change.notifications) == 1


def test_a_job_that_was_never_started_waits_for_nothing_after_an_extra_run_either() -> None:
    (extra,) = pausing.run_now(waiting(next_at=None), None, RunId("r1"), "qq:1", NOW).runs
    assert over(waiting(status=Status.RUNNING, next_at=None), extra, Exit(code=0)).jobs[0].status is Status.STOPPED


def test_at_most_one_run_at_a_time() -> None:
    with pytest.raises(Refusal, match="正在运行"):
        pausing.run_now(waiting(status=Status.RUNNING), a_run(), RunId("r2"), "qq:1", NOW)
    with pytest.raises(Refusal, match="已经在排队"):
        pausing.run_now(waiting(), a_run(status=RunStatus.QUEUED), RunId("r2"), "qq:1", NOW)
    with pytest.raises(Refusal, match="不是按时间运行的"):
        pausing.run_now(a_job(), None, RunId("r2"), "qq:1", NOW)


@pytest.mark.parametrize(
    ("job", "shift", "becomes"),
    [
        (waiting(), timedelta(minutes=-30), NOON - timedelta(minutes=30)),
        (waiting(), timedelta(hours=-5), NOW),
        (waiting(), timedelta(hours=1), NOON + timedelta(hours=1)),
        (waiting(recurrence=HOURLY), timedelta(hours=11), datetime(2026, 11, 23, 0, tzinfo=UTC)),
        (waiting(recurrence=Once(at=NOON)), timedelta(days=3), NOON + 3 * DAY),
    ],
    ids=["earlier", "into the past means now", "later", "kept within the hours", "a single instant moves"],
)
def test_a_shift_moves_the_next_run(job: Job, shift: timedelta, becomes: datetime) -> None:
    (moved,) = pausing.reordered(job, None, shift, "qq:1", NOW).jobs
    assert moved.next_at == becomes


def test_a_shift_of_a_shifted_run_still_stands_for_the_first_instant() -> None:
    (once,) = pausing.reordered(waiting(), None, timedelta(hours=1), "qq:1", NOW).jobs
    (twice,) = pausing.reordered(once, None, timedelta(hours=1), "qq:1", NOW).jobs
    assert twice.next_at == NOON + timedelta(hours=2)
    assert awaited(twice, None, NOW, 2)[1] == NOON + DAY


@pytest.mark.parametrize("again", ["paused and resumed", "restarted"])
def test_an_instant_that_a_shifted_run_has_served_is_not_run_again(again: str) -> None:
    (shifted,) = pausing.reordered(waiting(), None, timedelta(minutes=-30), "qq:1", NOW).jobs
    early, later = NOON - timedelta(minutes=30), NOON - timedelta(minutes=20)
    fired = came_due(shifted, Situation(open_run=None), RunId("r1"), early, Conduct())
    assert fired is not None
    (job,) = fired.jobs
    assert job.next_at == NOON + DAY
    if again == "restarted":
        (job,) = decisions.restarted(job, None, RunId("r2"), "qq:1", later).jobs
    else:
        (job,) = pausing.paused(job, None, "qq:1", later).jobs
        (job,) = resume(job, later).jobs
    assert job.next_at == NOON + DAY


def test_a_pause_that_is_taken_back_while_its_run_is_leaving_is_no_pause() -> None:
    job, run = waiting(status=Status.RUNNING), a_run(scheduled_at=NOW, desired=Desired.PAUSED)
    (back,) = pausing.resumed(job, run, RunId("r2"), "qq:1", NOW).runs
    assert back.desired is Desired.RESUMED
    change = over(job, back, Exit(signal=15))
    assert (change.jobs[0].status, change.jobs[0].next_at) == (Status.PENDING, NOON)
    (again,) = pausing.paused(job, back, "qq:1", NOW).runs
    assert over(job, again, Exit(signal=15)).jobs[0].status is Status.PAUSED


def test_a_long_run_whose_pause_is_taken_back_begins_anew() -> None:
    change = over(a_job(status=Status.RUNNING), a_run(desired=Desired.RESUMED), Exit(signal=15))
    assert (change.jobs[0].status, len(change.runs)) == (Status.PENDING, 2)


def test_a_run_that_is_lost_before_its_instant_is_followed_by_another_for_it_a_few_times() -> None:
    job, run = waiting(status=Status.RUNNING, recurrence=Once(at=NOON), next_at=None), a_run(scheduled_at=NOON)
    for restarts in (1, 2, 3):
        change = over(job, run, Exit(signal=9))
        assert (change.jobs[0].status, change.occurrences, change.notifications) == (Status.PENDING, (), ())
        assert (change.runs[1].scheduled_at, change.runs[1].restarts) == (NOON, restarts)
        run = change.runs[1]
    assert over(job, run, Exit(signal=9)).jobs[0].status is Status.FAILED
    explained = a_run(scheduled_at=NOON, outcome=Outcome(done=False, sentence="场馆不存在"))
    assert over(job, explained, Exit(code=1)).jobs[0].status is Status.FAILED


def test_a_job_whose_rhythm_cannot_be_computed_fails_with_that_reason() -> None:
    job = a_job(status=Status.RUNNING, recurrence=Every(seconds=3600, zone="Nowhere/City", bounds=WORKING_HOURS))
    change = endings.ended_in_trouble(job, a_run(scheduled_at=NOW), Exit(code=0), NOW)
    assert (change.jobs[0].status, change.jobs[0].next_at) == (Status.FAILED, None)
    assert "时区" in change.jobs[0].reason
    assert [one.status for one in change.occurrences] == [OccurrenceStatus.DONE]


@pytest.mark.parametrize(
    ("job", "run", "shift", "sentence"),
    [
        (waiting(status=Status.RUNNING), a_run(), 60, "正在运行"),
        (waiting(status=Status.PAUSED), None, 60, "已暂停"),
        (waiting(status=Status.COMPLETED), None, 60, "已完成"),
        (waiting(next_at=None), None, 60, "还没有启动"),
        (a_job(), None, 60, "不是按时间运行的"),
        (waiting(), None, 86400, "越过再下一次"),
        (waiting(recurrence=HOURLY), None, 30 * 86400, "过了结束日期"),
        (waiting(), None, 0, "不能是 0"),
    ],
)
def test_a_shift_that_cannot_be_is_refused_with_its_reason(
    job: Job, run: Run | None, shift: int, sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        pausing.reordered(job, run, timedelta(seconds=shift), "qq:1", NOW)


def test_the_next_run_of_a_routine_is_counted_from_the_end_of_the_last() -> None:
    job = a_job(status=Status.RUNNING, recurrence=HOURLY)
    change = over(job, a_run(scheduled_at=NOW - timedelta(minutes=20)), Exit(code=0))
    assert (change.jobs[0].status, change.jobs[0].next_at) == (Status.PENDING, NOW + timedelta(hours=1))
    assert change.notifications == ()


def test_a_routine_that_fails_is_tried_again_sooner_and_ever_later() -> None:
    job, waits = a_job(status=Status.RUNNING, recurrence=HOURLY), list[float]()
    told: list[str] = []
    for _ in range(7):
        change = over(job, a_run(scheduled_at=NOW), Exit(code=1))
        (after,) = change.jobs
        assert after.next_at is not None
        waits.append((after.next_at - NOW).total_seconds())
        told += [one.topic for one in change.notifications]
        job = a_job(status=Status.RUNNING, recurrence=HOURLY, failures=after.failures)
    assert waits == [60, 120, 240, 480, 900, 3600, 3600]
    assert told == [notices.OCCURRENCE_FAILED]
    (first,) = over(
        a_job(status=Status.RUNNING, recurrence=HOURLY), a_run(scheduled_at=NOW), Exit(code=1)
    ).notifications
    assert (first.data["retries"], first.data["quiet"]) == (True, True)


def test_the_first_success_after_failures_is_told_as_such() -> None:
    job = a_job(status=Status.RUNNING, recurrence=HOURLY, failures=3)
    change = over(job, a_run(scheduled_at=NOW), Exit(code=0))
    (told,) = change.notifications
    assert (told.topic, told.data["recovered"], change.jobs[0].failures) == (notices.OCCURRENCE_DONE, True, 0)


def test_at_its_end_date_a_rhythm_is_completed_however_its_last_run_went() -> None:
    job = a_job(status=Status.RUNNING, recurrence=Every(seconds=3600, bounds=Bounds(ends_on=date(2026, 11, 22))))
    change = over(job, a_run(scheduled_at=NOW, outcome=Outcome(done=False, sentence="登录失效")), Exit(code=1))
    assert (change.jobs[0].status, change.jobs[0].next_at) == (Status.COMPLETED, None)
    assert change.jobs[0].reason == "已到结束日期；最后一次失败：登录失效"
    assert [told.topic for told in change.notifications] == [notices.JOB_COMPLETED]
