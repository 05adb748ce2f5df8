"""A run that was claimed and could not be started in time: missed, said, and not begun hours later."""

from datetime import timedelta

import pytest
from lives_site import DAILY, NOW, a_job, a_run

from jobs.models import endings, notices
from jobs.models.change import OccurrenceStatus
from jobs.models.conduct import Conduct
from jobs.models.ids import RunId
from jobs.models.job import Status
from jobs.models.occasions import too_late
from jobs.models.punctuality import Misfire, Punctuality
from jobs.models.recurrence import Every, Once, follows_its_runs
from jobs.models.run import EXIT_TOO_LATE, Exit

GRACE = timedelta(minutes=5)
CONDUCT = Conduct(punctuality=Punctuality(grace_seconds=300))
TOO_LATE = Exit(code=EXIT_TOO_LATE)


def test_a_run_may_start_within_the_grace_of_its_instant_and_not_behind_it() -> None:
    job, run = a_job(recurrence=DAILY), a_run(scheduled_at=NOW, requested_at=NOW)
    assert too_late(job, run, NOW + GRACE, CONDUCT) is None
    assert too_late(job, run, NOW + timedelta(hours=2), CONDUCT) == "没能按时启动，迟了2小时"


def test_the_grace_of_the_job_itself_counts_before_that_of_its_kind() -> None:
    job = a_job(recurrence=DAILY, punctuality=Punctuality(misfire=Misfire.SKIP))
    assert too_late(job, a_run(scheduled_at=NOW, requested_at=NOW), NOW + timedelta(minutes=1), CONDUCT)


def test_a_run_that_waited_for_the_one_before_counts_from_its_turn() -> None:
    job, turn = a_job(recurrence=DAILY), NOW + timedelta(hours=3)
    run = a_run(scheduled_at=NOW, requested_at=turn)
    assert too_late(job, run, turn + GRACE, CONDUCT) is None
    assert too_late(job, run, turn + 2 * GRACE, CONDUCT) is not None


def test_a_run_without_an_instant_is_never_too_late() -> None:
    assert too_late(a_job(), a_run(requested_at=NOW), NOW + timedelta(days=9), CONDUCT) is None


@pytest.mark.parametrize(
    ("recurrence", "next_at", "status"),
    [
        (DAILY, NOW + timedelta(days=1), Status.PENDING),
        (Every(seconds=3600, anchor=None), None, Status.PENDING),
        (Once(at=NOW - timedelta(hours=1)), None, Status.COMPLETED),
    ],
)
def test_a_run_never_started_is_missed_told_and_no_failure(recurrence, next_at, status) -> None:
    job = a_job(status=Status.RUNNING, recurrence=recurrence, next_at=next_at, failures=2)
    run = a_run(scheduled_at=NOW - timedelta(hours=1))
    change = endings.ended(
        job, run, TOO_LATE, NOW, conduct=CONDUCT, chance=0.5, next_run_id=RunId("r2"), log=["last words"]
    )
    (after,), (occurrence,), (told,) = change.jobs, change.occurrences, change.notifications
    assert (after.status, after.failures) == (status, 2)
    assert occurrence.status is OccurrenceStatus.MISSED
    assert (told.topic, told.data["count"], told.data["first"]) == (
        notices.OCCURRENCE_MISSED,
        1,
        (NOW - timedelta(hours=1)).isoformat(),
    )
    if follows_its_runs(recurrence):
        assert after.next_at == NOW
